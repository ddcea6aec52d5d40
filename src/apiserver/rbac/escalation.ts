import { forbidden, type JsonObject, type KubeObject } from "../../kube/meta/index.js";
import type { AdmissionPlugin, AdmissionRequest } from "../admission/types.js";
import { type Authorizer, decide, MASTERS } from "../chain/index.js";
import type { RbacAuthorizer } from "./authorizer.js";
import { effectiveRules, type PolicyRule } from "./rules.js";

const GROUP = "rbac.authorization.k8s.io";

/** Nobody gives away what he does not hold: roles need every rule in them, or "escalate"; bindings every rule of theirs, or "bind". */
export function escalationCheck(rbac: RbacAuthorizer, authorizers: readonly Authorizer[]): AdmissionPlugin {
  return {
    name: "RBACEscalation",
    validate: async (request) => {
      const { row, object, user, old } = request;
      if (!object || row.group !== GROUP || user.groups.includes(MASTERS)) return;
      if (row.resource === "roles" || row.resource === "clusterroles") {
        if (old && sameRules(object, old)) return;
        if (await may(authorizers, request, "escalate", row.resource, request.name)) return;
        await covered(
          rbac,
          request,
          effectiveRules(object, () => []),
        );
        // Such a role gathers whatever others hold, now or later: nothing less than everything makes sure that nobody gains by it.
        if (object["aggregationRule"] || old?.["aggregationRule"]) await holdsEverything(rbac, request);
        return;
      }
      const ref = (object["roleRef"] ?? {}) as JsonObject;
      if (old && JSON.stringify([old["roleRef"], old["subjects"]]) === JSON.stringify([object["roleRef"], object["subjects"]])) return;
      const resource = ref["kind"] === "Role" ? "roles" : "clusterroles";
      if (await may(authorizers, request, "bind", resource, String(ref["name"]))) return;
      const rules = await rbac.roleOf(ref, request.namespace);
      if (!rules)
        throw forbidden(
          { group: GROUP, resource: row.resource },
          request.name,
          `${resource.slice(0, -1)}.${GROUP} ${JSON.stringify(ref["name"])} not found`,
        );
      await covered(rbac, request, rules);
    },
  };
}
const sameRules = (a: KubeObject, b: KubeObject): boolean =>
  JSON.stringify([a["rules"], a["aggregationRule"]]) === JSON.stringify([b["rules"], b["aggregationRule"]]);

async function may(
  authorizers: readonly Authorizer[],
  request: AdmissionRequest,
  verb: string,
  resource: string,
  name: string,
): Promise<boolean> {
  const { user, namespace } = request;
  const decision = await decide(authorizers, {
    user,
    verb,
    isResource: true,
    path: "",
    group: GROUP,
    version: "*",
    resource,
    subresource: "",
    namespace,
    name,
  });
  return decision.kind === "allow";
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] },
  { verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] },
];
async function holdsEverything(rbac: RbacAuthorizer, request: AdmissionRequest): Promise<void> {
  const { grants } = await rbac.grantsFor(request.user, request.namespace);
  const held = grants.flatMap((g) => g.rules);
  if (EVERYTHING.every((one) => held.some((rule) => covers(rule, one)))) return;
  const { row, name } = request;
  throw forbidden({ group: row.group, resource: row.resource }, name, "must have cluster-admin privileges to use the aggregationRule");
}

async function covered(rbac: RbacAuthorizer, request: AdmissionRequest, wanted: readonly PolicyRule[]): Promise<void> {
  const { grants } = await rbac.grantsFor(request.user, request.namespace);
  const held = grants.flatMap((g) => g.rules);
  const missing = wanted.flatMap(brokenDown).filter((one) => !held.some((rule) => covers(rule, one)));
  if (missing.length === 0) return;
  const { user, row, name } = request;
  const who = `user ${JSON.stringify(user.name)} (groups=[${user.groups.map((g) => JSON.stringify(g)).join(" ")}]) is attempting to grant RBAC permissions not currently held:`;
  throw forbidden({ group: row.group, resource: row.resource }, name, `${who}\n${compacted(missing).map(ruleText).sort().join("\n")}`);
}

/** One verb, group, resource and name each. */
function brokenDown(rule: PolicyRule): readonly PolicyRule[] {
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((n) => [n]);
  const resources = rule.apiGroups.flatMap((g) =>
    rule.resources.flatMap((r) =>
      rule.verbs.flatMap((v) => names.map((n) => ({ verbs: [v], apiGroups: [g], resources: [r], resourceNames: n, nonResourceURLs: [] }))),
    ),
  );
  const urls = rule.nonResourceURLs.flatMap((u) =>
    rule.verbs.map((v) => ({ verbs: [v], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [u] })),
  );
  return [...resources, ...urls];
}
const has = (list: readonly string[], values: readonly string[]): boolean => list.includes("*") || values.every((v) => list.includes(v));
function covers(held: PolicyRule, one: PolicyRule): boolean {
  if (!has(held.verbs, one.verbs)) return false;
  if (one.nonResourceURLs.length > 0) {
    const [url] = one.nonResourceURLs as [string];
    return held.nonResourceURLs.some((h) => h === "*" || h === url || (h.endsWith("*") && url.startsWith(h.slice(0, -1))));
  }
  const [resource] = one.resources as [string];
  const resourceFits =
    has(held.resources, one.resources) || (resource.includes("/") && held.resources.includes(`*/${resource.split("/")[1]}`));
  const nameFits =
    held.resourceNames.length === 0 || (one.resourceNames.length > 0 && one.resourceNames.every((n) => held.resourceNames.includes(n)));
  return has(held.apiGroups, one.apiGroups) && resourceFits && nameFits;
}
/** Rules that differ in their verb alone are one again. */
function compacted(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byRest = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]);
    const before = byRest.get(key);
    byRest.set(key, before ? { ...before, verbs: [...before.verbs, ...rule.verbs] } : rule);
  }
  return [...byRest.values()];
}
function ruleText(r: PolicyRule): string {
  const list = (name: string, values: readonly string[]): string =>
    values.length === 0 ? "" : `${name}:[${values.map((v) => JSON.stringify(v)).join(" ")}]`;
  const parts = [
    list("APIGroups", r.apiGroups),
    list("Resources", r.resources),
    list("ResourceNames", r.resourceNames),
    list("NonResourceURLs", r.nonResourceURLs),
    list("Verbs", r.verbs),
  ];
  return `{${parts.filter((p) => p !== "").join(", ")}}`;
}
