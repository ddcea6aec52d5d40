import type { AuthorizationDecision, AuthorizationQuestion, Authorize } from "../../kube/cel/index.js";
import { internalError } from "../../kube/meta/index.js";
import { type Attributes, type Authorizer, decide } from "../chain/index.js";
import type { User } from "../resources/index.js";
import { AUTHORIZATION_ROUNDS_MAX } from "./limits.js";

const UNKNOWN: AuthorizationDecision = { allowed: false, reason: "" };

/** Authorizations for the expressions of one request. Authorizers answer later, expressions do not wait: an evaluation that asks
 *  something new is repeated once the answer is there. So what is evaluated must have no effects. */
export class Decisions {
  readonly #authorizers: readonly Authorizer[];
  readonly #user: User;
  readonly #known = new Map<string, AuthorizationDecision>();
  readonly #missing = new Map<string, Attributes>();
  constructor(authorizers: readonly Authorizer[], user: User) {
    this.#authorizers = authorizers;
    this.#user = user;
  }

  readonly authorize: Authorize = (question) => {
    const key = JSON.stringify(question);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#missing.set(key, attributesOf(question, this.#user));
    return UNKNOWN;
  };

  async settled<T>(run: () => T | Promise<T>): Promise<T> {
    for (let round = 0; round < AUTHORIZATION_ROUNDS_MAX; round++) {
      const result = await run();
      if (this.#missing.size === 0) return result;
      await this.#decide();
    }
    throw internalError("too many authorization checks in admission policies");
  }
  async #decide(): Promise<void> {
    for (const [key, attributes] of this.#missing) {
      const { kind, reason } = await decide(this.#authorizers, attributes);
      this.#known.set(key, { allowed: kind === "allow", reason });
    }
    this.#missing.clear();
  }
}

function attributesOf(question: AuthorizationQuestion, requester: User): Attributes {
  const user = question.user === "request" ? requester : serviceAccount(question.user.serviceAccount);
  if (question.kind === "path") {
    const nothing = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "" };
    return { user, verb: question.verb, isResource: false, path: question.path, ...nothing };
  }
  const { verb, group, resource, subresource, namespace, name, fieldSelector, labelSelector } = question;
  return {
    user,
    verb,
    isResource: true,
    path: "",
    group,
    version: "*",
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector === "" ? {} : { fieldSelector }),
    ...(labelSelector === "" ? {} : { labelSelector }),
  };
}
const serviceAccount = ({ namespace, name }: { readonly namespace: string; readonly name: string }): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  uid: "",
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  extra: new Map(),
});
