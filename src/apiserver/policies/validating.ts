import { forbidden, type JsonObject, type KubeObject, STATUS_CODES, StatusError, type StatusReason } from "../../kube/meta/index.js";
import type { AdmissionPlugin, AdmissionRequest } from "../admission/index.js";
import { validatingPolicy } from "./compiled.js";
import { Decisions } from "./decisions.js";
import type { Subject } from "./evaluation.js";
import { type Hook, hooksOf, ignoresErrors, isExempt, type PolicyParts, refusedName } from "./hooks.js";
import { ANNOTATION_BYTES_MAX } from "./limits.js";
import { nameOf, specOf, textsAt } from "./read.js";
import { type Bound, type Misconfigured, Selection } from "./selection.js";
import { exposedNamespace, inVersion, namespaceOf, subjectOf } from "./subject.js";
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
  readonly #selection: Selection;
  readonly #decisions: Decisions;
  readonly #turns: Turns;
  constructor(request: AdmissionRequest, parts: PolicyParts) {
    this.#request = request;
    this.#parts = parts;
    this.#selection = new Selection(request, parts);
    this.#decisions = new Decisions(parts.authorizers, request.user);
    this.#turns = new Turns(parts.clock);
  }

  async hook(hook: Hook): Promise<void> {
    const published = new Annotations(nameOf(hook.policy));
    for await (const found of this.#selection.of(hook)) {
      if (found.kind === "misconfigured") this.#misconfigured(found);
      else await this.#bound(found, published);
    }
    published.publish(this.#request);
  }

  async #bound(bound: Bound, published: Annotations): Promise<void> {
    const { policy, seen, params } = bound;
    if (params.length === 0) return;
    const { table } = this.#parts;
    const object = await inVersion(table, this.#request, seen, this.#request.object);
    const old = await inVersion(table, this.#request, seen, this.#request.old);
    const namespaceObject = exposedNamespace(await namespaceOf(this.#request, this.#selection.match.namespace));
    for (const param of params) {
      const subject = subjectOf(this.#request, seen, { object, old, params: param, namespaceObject });
      this.#apply(bound, await this.#verdict(policy, subject), published);
    }
  }
  #verdict(policy: KubeObject, subject: Subject): Promise<Verdict> {
    const { authorize } = this.#decisions;
    const compiled = validatingPolicy(policy);
    return this.#decisions.settled(() =>
      validate(compiled, subject, { authorize, ignoreErrors: ignoresErrors(policy), turns: this.#turns }),
    );
  }

  #apply({ policy, binding }: Bound, { decisions, annotations }: Verdict, published: Annotations): void {
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

  #misconfigured({ policy, binding, why }: Misconfigured): void {
    if (!ignoresErrors(policy)) this.denials.push({ policy, binding, message: why, reason: "" });
  }
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
