import { forbidden, type JsonObject, type KubeObject, STATUS_CODES, StatusError, type StatusReason } from "../../kube/meta/index.js";
import type { AdmissionPlugin, AdmissionRequest } from "../admission/index.js";
import { validatingPolicy } from "./compiled.js";
import { Decisions } from "./decisions.js";
import type { Subject } from "./evaluation.js";
import { type Hook, hooksOf, ignoresErrors, isExempt, type PolicyParts, refusedName } from "./hooks.js";
import { ANNOTATION_BYTES_MAX } from "./limits.js";
import { type MatchParts, matches, type Seen } from "./matching.js";
import { type ParamSource, paramSource, paramsOf } from "./params.js";
import { nameOf, objectAt, specOf, textsAt } from "./read.js";
import { exposedNamespace, inVersion, matchParts, namespaceOf, subjectOf } from "./subject.js";
import { Turns } from "./turns.js";
import { type Decision, type Verdict, validate } from "./validate.js";

interface Denial {
  readonly policy: KubeObject;
  readonly binding: KubeObject | undefined;
  readonly message: string;
  readonly reason: string;
}

/** ValidatingAdmissionPolicies: all are asked, the first refusal is the answer. */
export const validatingAdmissionPolicy = (parts: PolicyParts): AdmissionPlugin => ({
  name: "ValidatingAdmissionPolicy",
  validate: async (request) => {
    if (isExempt(request)) return;
    const hooks = await hooksOf(parts.reader, "validating");
    if (hooks.length === 0) return;
    const dispatch = new Dispatch(request, parts);
    for (const hook of hooks) await dispatch.hook(hook);
    const [first] = dispatch.denials;
    if (first !== undefined) throw refusal(request, first);
  },
});

function refusal(request: AdmissionRequest, { policy, binding, message, reason }: Denial): StatusError {
  const bound = binding === undefined ? "" : ` with binding '${nameOf(binding)}'`;
  const text = `ValidatingAdmissionPolicy '${nameOf(policy)}'${bound} denied request: ${message}`;
  const { group, resource } = request.row;
  const { status } = forbidden({ group, resource }, refusedName(request), text, [{ message: text }]);
  const named = (reason === "" ? "Invalid" : reason) as StatusReason;
  return new StatusError({ ...status, reason: named, code: STATUS_CODES[named] ?? STATUS_CODES.Invalid });
}

/** One request on its way through the policies. */
class Dispatch {
  readonly denials: Denial[] = [];
  readonly #request: AdmissionRequest;
  readonly #parts: PolicyParts;
  readonly #match: MatchParts;
  readonly #decisions: Decisions;
  readonly #turns: Turns;
  constructor(request: AdmissionRequest, parts: PolicyParts) {
    this.#request = request;
    this.#parts = parts;
    this.#match = matchParts(parts.table, parts.reader);
    this.#decisions = new Decisions(parts.authorizers, request.user);
    this.#turns = new Turns(parts.clock);
  }

  async hook({ policy, bindings }: Hook): Promise<void> {
    const spec = specOf(policy);
    const match = await matches(this.#request, objectAt(spec, "matchConstraints") ?? {}, this.#match);
    if (match.kind === "no") return;
    if (match.kind === "error") return this.#misconfigured(match.why, policy, undefined);
    const source = paramSource(spec, this.#parts.table);
    if (source.kind === "unknown") return this.#misconfigured(source.why, policy, undefined);
    const published = new Annotations(nameOf(policy));
    for (const binding of bindings) await this.#binding({ policy, binding, seen: match.seen, source, published });
    published.publish(this.#request);
  }

  async #binding(at: Bound): Promise<void> {
    const { policy, binding, seen, source } = at;
    const spec = specOf(binding);
    const resources = objectAt(spec, "matchResources");
    if (resources !== undefined) {
      const match = await matches(this.#request, resources, this.#match);
      if (match.kind === "no") return;
      if (match.kind === "error") return this.#misconfigured(match.why, policy, binding);
    }
    const params = await paramsOf(source, objectAt(spec, "paramRef"), this.#request.namespace, this.#parts.reader);
    if (params.kind === "error") return this.#misconfigured(params.why, policy, binding);
    if (params.params.length === 0) return;
    const { table } = this.#parts;
    const object = await inVersion(table, this.#request, seen, this.#request.object);
    const old = await inVersion(table, this.#request, seen, this.#request.old);
    const namespaceObject = exposedNamespace(await namespaceOf(this.#request, this.#match.namespace));
    for (const param of params.params) {
      const subject = subjectOf(this.#request, seen, { object, old, params: param, namespaceObject });
      this.#apply(at, await this.#verdict(policy, subject));
    }
  }
  #verdict(policy: KubeObject, subject: Subject): Promise<Verdict> {
    const { authorize } = this.#decisions;
    const compiled = validatingPolicy(policy);
    return this.#decisions.settled(() =>
      validate(compiled, subject, { authorize, ignoreErrors: ignoresErrors(policy), turns: this.#turns }),
    );
  }

  #apply({ policy, binding, published }: Bound, { decisions, annotations }: Verdict): void {
    const actions = textsAt(specOf(binding), "validationActions");
    for (const [i, decision] of decisions.entries()) {
      if (decision.kind === "deny") for (const action of actions) this.#act(action, { policy, binding, decision, i });
    }
    for (const outcome of annotations) {
      if (outcome.kind === "publish") published.add(outcome.key, outcome.value);
      else if (outcome.kind === "error") this.denials.push({ policy, binding, message: outcome.why, reason: "" });
    }
  }
  #act(action: string, { policy, binding, decision, i }: Denied): void {
    const { message, reason } = decision;
    if (action === "Deny") this.denials.push({ policy, binding, message, reason });
    const names = `ValidatingAdmissionPolicy '${nameOf(policy)}' with binding '${nameOf(binding)}'`;
    if (action === "Warn") this.#request.warn(`Validation failed for ${names}: ${message}`);
    if (action === "Audit") this.#request.annotate?.(FAILURE_KEY, failureValue(policy, binding, message, i));
  }

  #misconfigured(why: string, policy: KubeObject, binding: KubeObject | undefined): void {
    if (ignoresErrors(policy)) return;
    const what = binding === undefined ? "policy" : "binding";
    this.denials.push({ policy, binding, message: `failed to configure ${what}: ${why}`, reason: "" });
  }
}
interface Bound {
  readonly policy: KubeObject;
  readonly binding: KubeObject;
  readonly seen: Seen;
  readonly source: Exclude<ParamSource, { kind: "unknown" }>;
  readonly published: Annotations;
}
interface Denied extends Pick<Bound, "policy" | "binding"> {
  readonly decision: Extract<Decision, { kind: "deny" }>;
  readonly i: number;
}

const FAILURE_KEY = "validation.policy.admission.k8s.io/validation_failure";
function failureValue(policy: KubeObject, binding: KubeObject, message: string, expressionIndex: number): string {
  const validationActions = [...textsAt(specOf(binding), "validationActions")];
  const failure: JsonObject = { message, policy: nameOf(policy), binding: nameOf(binding), expressionIndex, validationActions };
  return JSON.stringify([failure]);
}

/** What bindings and parameters say under one key is joined; what is said twice counts once. */
class Annotations {
  readonly #policy: string;
  readonly #values = new Map<string, Set<string>>();
  constructor(policy: string) {
    this.#policy = policy;
  }
  add(key: string, value: string): void {
    const values = this.#values.get(key) ?? new Set();
    values.add(Buffer.from(value).subarray(0, ANNOTATION_BYTES_MAX).toString());
    this.#values.set(key, values);
  }
  publish(request: AdmissionRequest): void {
    for (const [key, values] of this.#values) request.annotate?.(`${this.#policy}/${key}`, [...values].join(", "));
  }
}
