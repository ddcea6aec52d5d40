import {
  compareQuantities,
  containerAmounts,
  duplicate,
  type FieldError,
  forbiddenField,
  formatQuantity,
  invalid,
  type JsonObject,
  missing,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import { invalidDump } from "../shared/internal-form.js";
import { quantity } from "../shared/quantities.js";
import { child, childAt, entries, has, objects, text } from "../shared/read.js";
import {
  containerResourceName,
  hugePageMultiple,
  isHugePage,
  isOvercommittable,
  resourceName,
  resourceQuantity,
} from "../shared/resource-names.js";
import { type Errors, label, NONE, oneOf, subdomain } from "../shared/rules.js";
import type { PodFacts } from "./options.js";

type NameRules = (path: string, name: string) => Errors;
const POD_LEVEL = ["cpu", "memory"];
/** Huge pages are written as their prefix. */
const podResourceName: NameRules = (path, name) => {
  const errors = resourceName(path, name);
  if (errors.length > 0 || POD_LEVEL.includes(name) || isHugePage(name)) return errors;
  return [notSupported(path, name, ["cpu", "hugepages-", "memory"])];
};

export const containerResources = (resources: JsonObject | undefined, path: string, facts: Pick<PodFacts, "claims" | "options">): Errors =>
  requirements(resources ?? {}, path, containerResourceName, facts);

function requirements(resources: JsonObject, path: string, nameOf: NameRules, facts: Pick<PodFacts, "claims" | "options">): Errors {
  const [limits, requests] = [entries(resources, "limits"), entries(resources, "requests")];
  const one = (at: string, name: string, value: unknown): Errors => [...nameOf(at, name), ...resourceQuantity(at, name, value)];
  const pages = (at: string, name: string, value: unknown): Errors =>
    facts.options.anyHugePages ? NONE : hugePageMultiple(at, name, value);
  const errors: FieldError[] = [];
  for (const [name, value] of limits) {
    const at = `${path}.limits[${name}]`;
    errors.push(...one(at, name, value), ...pages(at, name, value));
  }
  for (const [name, value] of requests) {
    const at = `${path}.requests[${name}]`;
    errors.push(...one(at, name, value), ...againstLimit(resources, name, String(value), path), ...pages(at, name, value));
  }
  const names = [...limits, ...requests].map(([name]) => name);
  if (names.some(isHugePage) && !names.some((n) => POD_LEVEL.includes(n)))
    errors.push(forbiddenField(path, "HugePages require cpu or memory"));
  return [...errors, ...claimErrors(objects(resources, "claims"), `${path}.claims`, facts.claims)];
}
function againstLimit(resources: JsonObject, name: string, request: string, path: string): Errors {
  const limit = child(resources, "limits")?.[name];
  if (limit === undefined)
    return isOvercommittable(name) ? NONE : [required(`${path}.limits`, "Limit must be set for non overcommitable resources")];
  const order = compareQuantities(quantity(request), quantity(limit));
  const at = `${path}.requests`;
  if (order !== 0 && !isOvercommittable(name)) return [invalid(at, request, `must be equal to ${name} limit of ${String(limit)}`)];
  return order > 0 ? [invalid(at, request, `must be less than or equal to ${name} limit of ${String(limit)}`)] : NONE;
}

function claimErrors(claims: readonly JsonObject[], path: string, known: readonly string[]): Errors {
  const seen = new Set<string>();
  return claims.flatMap((claim, i) => {
    const at = `${path}[${i}]`;
    const [name, request] = [text(claim, "name"), text(claim, "request")];
    if (name === "") return [required(at)];
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      const key = request === "" ? name : `${name}/${request}`;
      if (request !== "") errors.push(...label(`${at}.request`, request));
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (request === "") for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name));
      seen.add(key);
    }
    if (!known.includes(name)) errors.push({ ...missing(at, name), detail: knownText(known) });
    return errors;
  });
}
const knownText = (known: readonly string[]): string =>
  `must be one of the names in pod.spec.resourceClaims${known.length === 0 ? " which is empty" : `: ${[...known].sort().join(", ")}`}`;

/** spec.resources: of the pod as a whole. */
export function podResources(spec: JsonObject, path: string, facts: Pick<PodFacts, "claims" | "options">): Errors {
  const resources = child(spec, "resources");
  if (resources === undefined) return NONE;
  const at = `${path}.resources`;
  if (text(childAt(spec, "os"), "name") === "windows") return [forbiddenField(at, "may not be set for a windows pod")];
  return [
    ...(has(resources, "claims") ? [forbiddenField(`${at}.claims`, "claims may not be set for Resources at pod-level")] : []),
    ...requirements(resources, at, podResourceName, facts),
    ...consistency(spec, resources, at),
  ];
}
function consistency(spec: JsonObject, resources: JsonObject, path: string): Errors {
  const errors: FieldError[] = [];
  for (const which of ["requests", "limits"] as const) {
    const sorted = [...containerAmounts(spec, which)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, sum] of sorted) {
      const given = child(resources, which)?.[name];
      if (given === undefined || (which === "limits" && !isHugePage(name))) continue;
      const why = `must be greater than or equal to aggregate container ${which} of ${formatQuantity(sum)}`;
      if (compareQuantities(sum, quantity(given)) > 0) errors.push(invalid(`${path}.${which}[${name}]`, String(given), why));
    }
  }
  objects(spec, "containers").forEach((container, i) => {
    for (const [name, limit] of entries(childAt(container, "resources"), "limits")) {
      const given = child(resources, "limits")?.[name];
      if (given === undefined || compareQuantities(quantity(limit), quantity(given)) <= 0) continue;
      const why = `must be less than or equal to pod limits of ${String(given)}`;
      errors.push(invalid(`${path}.containers[${i}][${name}].limits`, String(limit), why));
    }
  });
  return errors;
}

export function resizePolicies(policies: readonly JsonObject[], path: string, restartPolicy: string): Errors {
  const seen = new Set<string>();
  return policies.flatMap((policy, i) => {
    const [name, restart] = [text(policy, "resourceName"), text(policy, "restartPolicy")];
    const errors: FieldError[] = seen.has(name) ? [duplicate(`${path}[${i}]`, name)] : [];
    seen.add(name);
    errors.push(...oneOf(path, name, ["cpu", "memory"], "required"));
    errors.push(...oneOf(path, restart, ["NotRequired", "RestartContainer"], "required"));
    if (restartPolicy === "Never" && restart !== "NotRequired")
      errors.push(invalid(path, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    return errors;
  });
}

export function podClaimErrors(spec: JsonObject, path: string, mirror: boolean): Errors {
  const seen = new Set<string>();
  return objects(spec, "resourceClaims").flatMap((claim, i) => {
    if (mirror) return [forbiddenField("", "static pods do not support resource claims")];
    const at = `${path}[${i}]`;
    const name = text(claim, "name");
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(`${at}.name`));
    else if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    else errors.push(...label(`${at}.name`, name));
    seen.add(name);
    const [direct, template] = [has(claim, "resourceClaimName"), has(claim, "resourceClaimTemplateName")];
    if (direct && template)
      errors.push(invalidDump(at, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"));
    if (!direct && !template) errors.push(invalidDump(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
    return [...errors, ...claimNameErrors(claim, at)];
  });
}
const claimNameErrors = (claim: JsonObject, path: string): Errors =>
  ["resourceClaimName", "resourceClaimTemplateName"].flatMap((f) => (has(claim, f) ? subdomain(`${path}.${f}`, text(claim, f)) : []));
