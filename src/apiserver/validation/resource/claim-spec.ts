import { selectorProblem } from "../../../kube/expressions/index.js";
import { forbiddenField, internalFieldError, invalid, type JsonObject, notSupported, required, tooLong } from "../../../kube/meta/index.js";
import { dnsSubdomain } from "../formats/names.js";
import { byteLength } from "../formats/text.js";
import { CONFIGS_MAX, CONSTRAINTS_MAX, DEVICE_REQUESTS_MAX, EXPRESSION_BYTES_MAX, FIRST_AVAILABLE_MAX, SELECTORS_MAX } from "../limits.js";
import { child, has, objects, optionalText, text, texts, whole } from "../shared/read.js";
import { type Errors, label, NONE, requiredText } from "../shared/rules.js";
import { configurationErrors, fullDeviceName, listErrors, nameOf, tolerationErrors } from "./parts.js";

// ---------------------------------------------------------------- names of requests

/** By name; the value: names of its alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;
export const requestNamesOf = (devices: JsonObject | undefined): RequestNames =>
  new Map(objects(devices, "requests").map((r) => [nameOf(r), new Set(objects(r, "firstAvailable").map(nameOf))]));
const REFERENCE = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
/** "request" or "request/alternative". */
export function requestReference(path: string, name: string, names: RequestNames): Errors {
  const [request, alternative, ...more] = name.split("/") as [string, ...string[]];
  if (more.length > 0) return [invalid(path, name, REFERENCE)];
  const found = names.get(request);
  const known = found !== undefined && (alternative === undefined || found.has(alternative));
  return [...name.split("/").flatMap((part) => label(path, part)), ...(known ? NONE : [invalid(path, name, REFERENCE)])];
}
export const referencesErrors = (holder: JsonObject, path: string, names: RequestNames): Errors =>
  listErrors(texts(holder, "requests"), {
    path: `${path}.requests`,
    max: DEVICE_REQUESTS_MAX,
    rules: (name, at) => requestReference(at, name, names),
    key: (name) => name,
  });

// ---------------------------------------------------------------- requests

/** What is too long is not compiled. */
function selectorErrors(selector: JsonObject, path: string): Errors {
  const cel = child(selector, "cel");
  if (cel === undefined) return [required(`${path}.cel`)];
  const long = byteLength(text(cel, "expression")) > EXPRESSION_BYTES_MAX;
  const [at, expression] = [`${path}.cel.expression`, text(cel, "expression")];
  if (long) return [tooLong(at, EXPRESSION_BYTES_MAX)];
  const problem = selectorProblem(expression);
  switch (problem?.kind) {
    case undefined:
      return NONE;
    case "too expensive":
      return [forbiddenField(at, "too complex, exceeds cost limit")];
    case "internal":
      return [internalFieldError(at, problem.detail)];
    case "invalid":
      return [invalid(at, expression, problem.detail)];
  }
}
export const selectorsErrors = (holder: JsonObject, path: string): Errors =>
  listErrors(objects(holder, "selectors"), { path: `${path}.selectors`, max: SELECTORS_MAX, rules: selectorErrors });

function countErrors(request: JsonObject, path: string): Errors {
  const [mode, count] = [text(request, "allocationMode"), whole(request, "count")];
  if (mode === "All") return count === 0 ? NONE : [invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
  if (mode === "ExactCount") return count > 0 ? NONE : [invalid(`${path}.count`, count, "must be greater than zero")];
  return [notSupported(`${path}.allocationMode`, mode, ["All", "ExactCount"])];
}
const exactErrors = (request: JsonObject, path: string): Errors => [
  ...requiredText(`${path}.deviceClassName`, text(request, "deviceClassName"), dnsSubdomain),
  ...selectorsErrors(request, path),
  ...countErrors(request, path),
  ...objects(request, "tolerations").flatMap((t, i) => tolerationErrors(t, `${path}.tolerations[${i}]`)),
];
const ONE = "exactly one of `exactly` or `firstAvailable` is required";
function requestErrors(request: JsonObject, path: string): Errors {
  const [exactly, alternatives] = [child(request, "exactly"), objects(request, "firstAvailable")];
  const named = label(`${path}.name`, nameOf(request));
  if (exactly !== undefined && alternatives.length > 0) return [...named, invalid(path, undefined, `${ONE}, but multiple fields are set`)];
  if (exactly !== undefined) return [...named, ...exactErrors(exactly, `${path}.exactly`)];
  if (alternatives.length === 0) return [...named, required(path, ONE)];
  const each = listErrors(alternatives, {
    path: `${path}.firstAvailable`,
    max: FIRST_AVAILABLE_MAX,
    rules: (a, at) => [...label(`${at}.name`, nameOf(a)), ...exactErrors(a, at)],
    key: nameOf,
  });
  return [...named, ...each];
}

// ---------------------------------------------------------------- the whole

/** The text speaks of several although none is there: so does the original. */
const NO_ATTRIBUTE = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
function constraintErrors(constraint: JsonObject, path: string, names: RequestNames): Errors {
  const which = ["matchAttribute", "distinctAttribute"].find((f) => has(constraint, f));
  const attribute =
    which === undefined ? [required(path, NO_ATTRIBUTE)] : fullDeviceName(`${path}.${which}`, optionalText(constraint, which) ?? "");
  return [...referencesErrors(constraint, path, names), ...attribute];
}
export function claimSpecErrors(spec: JsonObject | undefined, holder: string): Errors {
  const [devices, path] = [child(spec, "devices"), `${holder}.devices`];
  const names = requestNamesOf(devices);
  return [
    ...listErrors(objects(devices, "requests"), {
      path: `${path}.requests`,
      max: DEVICE_REQUESTS_MAX,
      rules: requestErrors,
      key: nameOf,
    }),
    ...listErrors(objects(devices, "constraints"), {
      path: `${path}.constraints`,
      max: CONSTRAINTS_MAX,
      rules: (c, at) => constraintErrors(c, at, names),
    }),
    ...listErrors(objects(devices, "config"), {
      path: `${path}.config`,
      max: CONFIGS_MAX,
      rules: (c, at) => [...referencesErrors(c, at, names), ...configurationErrors(c, at)],
    }),
  ];
}
