import { isObject, type Json, type JsonObject, type KubeObject } from "../meta/index.js";
import { isPods, listOf, type Resource, specOf } from "./objects.js";

interface Scope {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}
/** Whether a quota counts this object. */
export function scopesMatch(of: Resource, quota: KubeObject, object: KubeObject): boolean {
  const spec = specOf(quota);
  const plain = (Array.isArray(spec["scopes"]) ? (spec["scopes"] as string[]) : []).map(
    (scopeName): Scope => ({ scopeName, operator: "Exists", values: [] }),
  );
  const selector = isObject(spec["scopeSelector"]) ? listOf(spec["scopeSelector"], "matchExpressions") : [];
  const chosen = selector.map(
    (s): Scope => ({ scopeName: String(s["scopeName"]), operator: String(s["operator"]), values: (s["values"] ?? []) as string[] }),
  );
  return [...plain, ...chosen].every((scope) => scopeMatches(of, scope, object));
}
function scopeMatches(of: Resource, scope: Scope, object: KubeObject): boolean {
  if (scope.scopeName === "VolumeAttributesClass") return matchesValue(scope, String(specOf(object)["volumeAttributesClassName"] ?? ""));
  if (!isPods(of)) return false;
  const spec = specOf(object);
  const deadline = spec["activeDeadlineSeconds"];
  const terminating = typeof deadline === "number" && deadline >= 0;
  const bestEffort = ((object["status"] ?? {}) as JsonObject)["qosClass"] === "BestEffort";
  switch (scope.scopeName) {
    case "Terminating":
      return terminating;
    case "NotTerminating":
      return !terminating;
    case "BestEffort":
      return bestEffort;
    case "NotBestEffort":
      return !bestEffort;
    case "PriorityClass":
      return matchesValue(scope, String(spec["priorityClassName"] ?? ""));
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(spec);
    default:
      return false;
  }
}
function matchesValue(scope: Scope, value: string): boolean {
  if (scope.operator === "Exists") return value !== "";
  if (scope.operator === "DoesNotExist") return value === "";
  return scope.operator === "In" ? scope.values.includes(value) : !scope.values.includes(value);
}
function crossesNamespaces(spec: JsonObject): boolean {
  const affinity = isObject(spec["affinity"]) ? spec["affinity"] : {};
  const terms = ["podAffinity", "podAntiAffinity"].flatMap((which) => {
    const a = affinity[which];
    if (!isObject(a)) return [];
    const preferred = listOf(a, "preferredDuringSchedulingIgnoredDuringExecution").map((p) =>
      isObject(p["podAffinityTerm"]) ? p["podAffinityTerm"] : {},
    );
    return [...listOf(a, "requiredDuringSchedulingIgnoredDuringExecution"), ...preferred];
  });
  return terms.some((t) => ((t["namespaces"] ?? []) as Json[]).length > 0 || t["namespaceSelector"] !== undefined);
}
