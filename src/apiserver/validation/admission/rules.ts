import { invalid, type JsonObject, notSupported, required } from "../../../kube/meta/index.js";
import { objects, optionalText, text, texts } from "../shared/read.js";
import { type Errors, NONE, oneOf } from "../shared/rules.js";

export const FAILURE_POLICIES = ["Fail", "Ignore"];
export const MATCH_POLICIES = ["Equivalent", "Exact"];
export const REINVOCATION_POLICIES = ["IfNeeded", "Never"];
const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
/** Nothing is left to change of what is deleted. */
const MUTATING_OPERATIONS = OPERATIONS.filter((o) => o !== "DELETE");
const SCOPES = ["*", "Cluster", "Namespaced"];

/** Names of finalizers are not held to the standard ones for these kinds. */
export const PLAIN_META = { namespaced: false, standardFinalizers: false } as const;

/** Absent is fine, empty is not. */
export const policyErrors = (o: JsonObject, name: string, path: string, supported: readonly string[]): Errors => {
  const value = optionalText(o, name);
  return value === undefined ? NONE : oneOf(`${path}.${name}`, value, supported);
};
const loneWildcard = (values: readonly string[], path: string, others: string): Errors =>
  values.length > 1 && values.includes("*") ? [invalid(path, [...values], `if '*' is present, must not specify other ${others}`)] : NONE;

/** Each resource against the wildcards before it: later ones are not looked back from. */
function eachResource(resources: readonly string[], path: string): Errors {
  const [wholeResources, everywhere] = [new Set<string>(), new Set<string>()];
  return resources.flatMap((one, i) => {
    const at = `${path}[${i}]`;
    if (one === "") return [required(at)];
    const slash = one.indexOf("/");
    if (slash < 0) return NONE;
    const [resource, part] = [one.slice(0, slash), one.slice(slash + 1)];
    const whole = wholeResources.has(resource) ? [invalid(at, one, `if '${resource}/*' is present, must not specify ${one}`)] : NONE;
    const every = everywhere.has(part) ? [invalid(at, one, `if '*/${part}' is present, must not specify ${one}`)] : NONE;
    if (part === "*") wholeResources.add(resource);
    if (resource === "*") everywhere.add(part);
    return [...whole, ...every];
  });
}
function resourceErrors(resources: readonly string[], path: string): Errors {
  const doubled = resources.length > 1 && resources.includes("*/*");
  // The last one without a subresource decides, as in the original.
  const plain = resources.filter((r) => r !== "" && !r.includes("/")).at(-1);
  const mixed = resources.includes("*") && plain !== undefined && plain !== "*";
  const why = "if '*' is present, must not specify other resources without subresources";
  return [
    ...(resources.length === 0 ? [required(path)] : NONE),
    ...eachResource(resources, path),
    ...(doubled ? [invalid(path, [...resources], "if '*/*' is present, must not specify other resources")] : NONE),
    ...(mixed ? [invalid(path, [...resources], why)] : NONE),
  ];
}
export function ruleErrors(rule: JsonObject, path: string): Errors {
  const [operations, groups, versions] = [texts(rule, "operations"), texts(rule, "apiGroups"), texts(rule, "apiVersions")];
  return [
    ...(operations.length === 0 ? [required(`${path}.operations`)] : NONE),
    ...loneWildcard(operations, `${path}.operations`, "operations"),
    ...operations.flatMap((o, i) => oneOf(`${path}.operations[${i}]`, o, OPERATIONS)),
    ...(groups.length === 0 ? [required(`${path}.apiGroups`)] : NONE),
    ...loneWildcard(groups, `${path}.apiGroups`, "API groups"),
    ...(versions.length === 0 ? [required(`${path}.apiVersions`)] : NONE),
    ...loneWildcard(versions, `${path}.apiVersions`, "API versions"),
    ...versions.flatMap((v, i) => (v === "" ? [required(`${path}.apiVersions[${i}]`)] : NONE)),
    ...resourceErrors(texts(rule, "resources"), `${path}.resources`),
    ...policyErrors(rule, "scope", path, SCOPES),
  ];
}
/** Told at the list, without an index. */
export const mutatingOperations = (match: JsonObject | undefined, path: string): Errors =>
  (match === undefined ? [] : objects(match, "resourceRules"))
    .flatMap((rule) => texts(rule, "operations"))
    .filter((o) => !MUTATING_OPERATIONS.includes(o))
    .map((o) => notSupported(`${path}.resourceRules.operations`, o, MUTATING_OPERATIONS));
export const isBlank = (o: JsonObject, name: string): boolean => text(o, name).trim() === "";
