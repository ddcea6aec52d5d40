import {
  compareQuantities,
  type FieldError,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  required,
} from "../../../kube/meta/index.js";
import { invalidDump } from "../shared/internal-form.js";
import { quantity } from "../shared/quantities.js";
import { child, entries, field, objects, optionalText, text, texts } from "../shared/read.js";
import { isStandardQuotaResource, quotaResourceName, resourceQuantity } from "../shared/resource-names.js";
import { type Errors, NONE } from "../shared/rules.js";
import type { KindRules } from "../types.js";

const SCOPES = [
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "VolumeAttributesClass",
  "CrossNamespacePodAffinity",
];
/** Scopes that ask for no values. */
const BARE = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "CrossNamespacePodAffinity"];
const COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;
const specOf = (o: KubeObject): JsonObject => child(o, "spec") ?? {};

function fits(scope: string, resource: string): boolean {
  if (scope === "BestEffort") return resource === "pods";
  if (scope === "VolumeAttributesClass") return resource === "persistentvolumeclaims" || resource === "requests.storage";
  return !SCOPES.includes(scope) || resource === "pods" || COMPUTE.includes(resource);
}
const listErrors = (holder: JsonObject | undefined, list: string, path: string): Errors =>
  entries(holder, list).flatMap(([name, value]) => [
    ...quotaResourceName(`${path}.${list}[${name}]`, name),
    ...resourceQuantity(`${path}.${list}[${name}]`, name, value),
  ]);
/** Resources that a scope cannot count. */
const misfits = (spec: JsonObject, scope: string): readonly string[] =>
  entries(spec, "hard")
    .map(([name]) => name)
    .filter((name) => isStandardQuotaResource(name) && !fits(scope, name));
const conflicts = (scopes: readonly string[], path: string, value: Json | undefined): Errors =>
  CONFLICTS.filter((pair) => pair.every((s) => scopes.includes(s))).map(() => invalid(path, value, "conflicting scopes"));

function specErrors(spec: JsonObject): Errors {
  const scopes = texts(spec, "scopes");
  const value = field(spec, "scopes");
  return [
    ...listErrors(spec, "hard", "spec"),
    ...scopes.flatMap((scope) => [
      ...(SCOPES.includes(scope) ? [] : [invalid("spec.scopes", value, "unsupported scope")]),
      ...misfits(spec, scope).map(() => invalid("spec.scopes", value, "unsupported scope applied to resource")),
    ]),
    ...conflicts(scopes, "spec.scopes", value),
    ...selectorErrors(spec, child(spec, "scopeSelector")),
  ];
}
const PATH = "spec.scopeSelector.matchExpressions";
const ONLY_EXISTS =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
/** No index anywhere: the original has none. */
function selectorErrors(spec: JsonObject, selector: JsonObject | undefined): Errors {
  if (selector === undefined) return NONE;
  const expressions = objects(selector, "matchExpressions");
  const errors = expressions.flatMap((e) => {
    const [scope, operator, values] = [text(e, "scopeName"), text(e, "operator"), texts(e, "values")];
    const own: FieldError[] = SCOPES.includes(scope) ? [] : [invalid(`${PATH}.scopeName`, scope, "unsupported scope")];
    own.push(...misfits(spec, scope).map(() => invalidDump(PATH, selector, "unsupported scope applied to resource")));
    if (BARE.includes(scope) && operator !== "Exists") own.push(invalid(`${PATH}.operator`, operator, ONLY_EXISTS));
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0)
        own.push(required(`${PATH}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) own.push(invalid(`${PATH}.values`, [...values], why));
    } else own.push(invalid(`${PATH}.operator`, operator, "not a valid selector operator"));
    return own;
  });
  const scopes = expressions.map((e) => text(e, "scopeName"));
  return [...errors, ...conflicts(scopes, PATH, field(spec, "scopes"))];
}

const statusErrors = (o: KubeObject): Errors => ["hard", "used"].flatMap((list) => listErrors(child(o, "status"), list, "status"));
function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const [now, was] = [new Set(texts(specOf(o), "scopes")), new Set(texts(specOf(old), "scopes"))];
  const same = now.size === was.size && [...now].every((s) => was.has(s));
  return [...specErrors(specOf(o)), ...(same ? [] : [invalid("spec.scopes", field(specOf(o), "scopes"), "field is immutable")])];
}

function warnings(o: KubeObject, old: KubeObject | undefined): readonly string[] {
  if (old !== undefined) return [];
  const hard = child(specOf(o), "hard");
  return ["cpu", "memory", "ephemeral-storage"].flatMap((resource) => {
    const names = [`requests.${resource}`, ...(resource === "ephemeral-storage" ? [] : [resource])];
    const name = names.find((n) => optionalText(hard, n) !== undefined);
    const [request, limit] = [name === undefined ? undefined : optionalText(hard, name), optionalText(hard, `limits.${resource}`)];
    if (name === undefined || request === undefined || limit === undefined) return [];
    const over = compareQuantities(quantity(request), quantity(limit)) > 0;
    return over ? [`ResourceQuota ${name} (${request}) should be less than limits.${resource} (${limit})`] : [];
  });
}

export const QUOTA: KindRules = {
  create: (o) => [...specErrors(specOf(o)), ...statusErrors(o)],
  update: updateErrors,
  parts: { status: statusErrors },
  warnings,
};
