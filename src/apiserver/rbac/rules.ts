import { fromLabelSelector, type JsonObject, type KubeObject, matchesLabels } from "../../kube/meta/index.js";

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}
export interface ResourceQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : []);
export function rulesIn(role: KubeObject): readonly PolicyRule[] {
  const rules = role["rules"];
  return Array.isArray(rules) ? rules.map((r) => ruleOf(r as JsonObject)) : [];
}
export const ruleOf = (r: JsonObject): PolicyRule => ({
  verbs: texts(r["verbs"]),
  apiGroups: texts(r["apiGroups"]),
  resources: texts(r["resources"]),
  resourceNames: texts(r["resourceNames"]),
  nonResourceURLs: texts(r["nonResourceURLs"]),
});

const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

export function allowsResource(rule: PolicyRule, q: ResourceQuestion): boolean {
  if (!has(rule.verbs, q.verb) || !has(rule.apiGroups, q.group)) return false;
  const combined = q.subresource === "" ? q.resource : `${q.resource}/${q.subresource}`;
  const fits = has(rule.resources, combined) || (q.subresource !== "" && rule.resources.includes(`*/${q.subresource}`));
  return fits && (rule.resourceNames.length === 0 || rule.resourceNames.includes(q.name));
}
export function allowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  return has(rule.verbs, verb) && rule.nonResourceURLs.some((url) => urlFits(url, path));
}
const urlFits = (url: string, path: string): boolean =>
  url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1).replace(/\*+$/, "")));

/** A role's own rules and, for an aggregating one, those of every role that its selectors choose, and so on; each role once. */
export function effectiveRules(role: KubeObject, all: () => readonly KubeObject[]): readonly PolicyRule[] {
  const taken = new Set([role.metadata.name]);
  const rules: PolicyRule[] = [];
  const open = [role];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    rules.push(...rulesIn(next));
    for (const chosen of chosenBy(next, all)) {
      if (taken.has(chosen.metadata.name)) continue;
      taken.add(chosen.metadata.name);
      open.push(chosen);
    }
  }
  return rules;
}
function chosenBy(role: KubeObject, all: () => readonly KubeObject[]): readonly KubeObject[] {
  const aggregation = role["aggregationRule"] as JsonObject | undefined;
  if (!aggregation) return [];
  const selectors = ((aggregation["clusterRoleSelectors"] ?? []) as JsonObject[]).map((s) => fromLabelSelector(s));
  return all().filter((r) => selectors.some((s) => s !== undefined && matchesLabels(s, r.metadata.labels)));
}
