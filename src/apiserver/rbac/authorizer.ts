import type { JsonObject, KubeObject } from "../../kube/meta/index.js";
import type { Attributes, Authorizer, Decision, NonResourceRule, ResourceRule, Rules } from "../chain/index.js";
import type { ObjectReader, User } from "../resources/index.js";
import { allowsPath, allowsResource, effectiveRules, type PolicyRule } from "./rules.js";

const GROUP = "rbac.authorization.k8s.io";

interface Grant {
  readonly rules: readonly PolicyRule[];
  /** 'ClusterRoleBinding "x" of ClusterRole "y" to Group "z"' */
  readonly source: string;
}
interface Grants {
  readonly grants: readonly Grant[];
  readonly errors: readonly string[];
}

/** Users, each with a namespace, whose grants are kept. Ours: loops and a few hundred people. */
const KEPT_MAX = 1_000;

/** Roles and bindings as they are in the cache now. Nothing is denied here: what no binding grants has no opinion. */
export class RbacAuthorizer implements Authorizer {
  readonly #reader: ObjectReader;
  readonly #version: (() => number) | undefined;
  /** Working out what a user holds asks every binding: kept until a role or binding changes. */
  readonly #kept = new Map<string, Grants>();
  #keptAt = -1;
  /** `version` changes with every change of roles and bindings; without it nothing is kept. */
  constructor(reader: ObjectReader, version?: () => number) {
    this.#reader = reader;
    this.#version = version;
  }

  async authorize(a: Attributes): Promise<Decision> {
    const { grants, errors } = await this.grantsFor(a.user, a.namespace);
    const granted = grants.find((g) => g.rules.some((rule) => allows(rule, a)));
    if (granted) return { kind: "allow", reason: `RBAC: allowed by ${granted.source}` };
    return { kind: "none", reason: errors.length === 0 ? "" : `RBAC: ${errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`}` };
  }

  async rulesFor(user: User, namespace: string): Promise<Rules> {
    const { grants, errors } = await this.grantsFor(user, namespace);
    const rules = grants.flatMap((g) => g.rules);
    const resourceRules: ResourceRule[] = rules.filter((r) => r.resources.length > 0);
    const nonResourceRules: NonResourceRule[] = rules.filter((r) => r.nonResourceURLs.length > 0);
    return { resourceRules, nonResourceRules, incomplete: false, evaluationError: errors.join("\n") };
  }

  /** Everything that a user holds: by cluster bindings, and by those of a namespace when there is one. */
  async grantsFor(user: User, namespace: string): Promise<Grants> {
    const version = this.#version?.();
    if (version === undefined) return this.#find(user, namespace);
    if (version !== this.#keptAt) this.#kept.clear();
    this.#keptAt = version;
    const key = [namespace, user.name, ...user.groups].join("\n");
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const found = await this.#find(user, namespace);
    // A role that is missing now may be there before anybody tells; what changed meanwhile is not known to be in.
    if (found.errors.length === 0 && this.#version?.() === version) this.#keep(key, found);
    return found;
  }
  #keep(key: string, grants: Grants): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, grants);
  }
  async #find(user: User, namespace: string): Promise<Grants> {
    const found = { grants: [] as Grant[], errors: [] as string[] };
    for (const within of namespace === "" ? [""] : ["", namespace]) {
      const resource = within === "" ? "clusterrolebindings" : "rolebindings";
      for (const binding of await this.#reader.list(GROUP, resource, within)) {
        const subject = ((binding["subjects"] ?? []) as JsonObject[]).find((s) => isSubject(s, user, within));
        // Only a binding that is the user's is waited for: there are dozens that are not.
        if (subject) await this.#add(binding, within, subject, found.grants, found.errors);
      }
    }
    return found;
  }

  async #add(binding: KubeObject, namespace: string, subject: JsonObject, grants: Grant[], errors: string[]): Promise<void> {
    const ref = binding["roleRef"] as JsonObject;
    const role = await this.roleOf(ref, namespace);
    const kind = namespace === "" ? "ClusterRoleBinding" : "RoleBinding";
    const name = namespace === "" ? binding.metadata.name : `${binding.metadata.name}/${namespace}`;
    if (!role) {
      errors.push(`${String(ref["kind"]).toLowerCase()}.${GROUP} ${JSON.stringify(ref["name"])} not found`);
      return;
    }
    const source = `${kind} ${JSON.stringify(name)} of ${String(ref["kind"])} ${JSON.stringify(ref["name"])} to ${subjectText(subject, namespace)}`;
    grants.push({ rules: role, source });
  }

  /** The rules that a roleRef stands for; undefined when there is no such role. */
  async roleOf(ref: JsonObject, namespace: string): Promise<readonly PolicyRule[] | undefined> {
    const name = String(ref["name"]);
    if (ref["kind"] === "Role") {
      const role = await this.#reader.get(GROUP, "roles", namespace, name);
      return role && effectiveRules(role, () => []);
    }
    const role = await this.#reader.get(GROUP, "clusterroles", "", name);
    if (!role) return undefined;
    const all = role["aggregationRule"] ? await this.#reader.list(GROUP, "clusterroles", "") : [];
    return effectiveRules(role, () => all);
  }
}

function allows(rule: PolicyRule, a: Attributes): boolean {
  return a.isResource ? allowsResource(rule, a) : allowsPath(rule, a.verb, a.path);
}

function isSubject(s: JsonObject, user: User, namespace: string): boolean {
  switch (s["kind"]) {
    case "User":
      return s["name"] === user.name;
    case "Group":
      return user.groups.includes(String(s["name"]));
    case "ServiceAccount":
      return user.name === `system:serviceaccount:${String(s["namespace"] || namespace)}:${String(s["name"])}`;
    default:
      return false;
  }
}
function subjectText(s: JsonObject, namespace: string): string {
  if (s["kind"] === "ServiceAccount")
    return `ServiceAccount ${JSON.stringify(`${String(s["name"])}/${String(s["namespace"] || namespace)}`)}`;
  return `${String(s["kind"])} ${JSON.stringify(s["name"])}`;
}
