import { failure, type StatusError } from "../../kube/meta/index.js";
import type { User } from "../resources/index.js";
import type { Attributes, Authorizer, Decision, RequestInfo } from "./types.js";
import { MASTERS } from "./users.js";

const ALWAYS_ALLOWED = new Set(["/healthz", "/livez", "/readyz"]);
const NO_RULES = { resourceRules: [], nonResourceRules: [], incomplete: false, evaluationError: "" };

/** system:masters may do anything; no rule can take it away. */
export const masters: Authorizer = {
  authorize: ({ user }): Decision => (user.groups.includes(MASTERS) ? { kind: "allow", reason: "" } : { kind: "none", reason: "" }),
  rulesFor: (user) =>
    user.groups.includes(MASTERS)
      ? {
          ...NO_RULES,
          resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [] }],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        }
      : NO_RULES,
};
/** Probes need no credentials. */
export const healthPaths: Authorizer = {
  authorize: (a): Decision => (!a.isResource && ALWAYS_ALLOWED.has(a.path) ? { kind: "allow", reason: "" } : { kind: "none", reason: "" }),
  rulesFor: () => NO_RULES,
};

export function attributesOf(info: RequestInfo, user: User): Attributes {
  const { verb, isResource, path, group, version, resource, subresource, namespace, name, query } = info;
  const selectors = ["list", "watch", "deletecollection"].includes(verb)
    ? { fieldSelector: query.get("fieldSelector") ?? "", labelSelector: query.get("labelSelector") ?? "" }
    : {};
  return { user, verb, isResource, path, group, version, resource, subresource, namespace, name, ...selectors };
}

export async function decide(authorizers: readonly Authorizer[], attributes: Attributes): Promise<Decision> {
  const reasons: string[] = [];
  for (const authorizer of authorizers) {
    const decision = await authorizer.authorize(attributes);
    if (decision.kind !== "none") return decision;
    if (decision.reason !== "") reasons.push(decision.reason);
  }
  return { kind: "none", reason: reasons.join("\n") };
}

/** 403 in Kubernetes' words. */
export function refusal(a: Attributes, reason: string): StatusError {
  const user = `User ${JSON.stringify(a.user.name)} cannot ${a.verb}`;
  const tail = reason === "" ? "" : `: ${reason}`;
  if (!a.isResource) return failure("Forbidden", `forbidden: ${user} path ${JSON.stringify(a.path)}${tail}`, { details: {} });
  const resource = a.subresource === "" ? a.resource : `${a.resource}/${a.subresource}`;
  const where = a.namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(a.namespace)}`;
  const why = `${user} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(a.group)} ${where}${tail}`;
  const qualified = a.group === "" ? a.resource : `${a.resource}.${a.group}`;
  const text = a.name === "" ? `${qualified} is forbidden: ${why}` : `${qualified} ${JSON.stringify(a.name)} is forbidden: ${why}`;
  return failure("Forbidden", text, {
    details: { ...(a.name === "" ? {} : { name: a.name }), ...(a.group === "" ? {} : { group: a.group }), kind: a.resource },
  });
}
