import { equalJson, forbidden, internalError, type Json, type KubeObject, StatusError } from "../../kube/meta/index.js";
import { type KindSchema, kindSchema } from "../../kube/schema/index.js";
import type { AdmissionPlugin, AdmissionRequest } from "../admission/index.js";
import { type MutatingPolicy, type Mutation, mutatingPolicy } from "./compiled.js";
import { conditionsMet } from "./conditions.js";
import { Decisions } from "./decisions.js";
import { Evaluation, type Subject } from "./evaluation.js";
import { type Hook, hooksOf, ignoresErrors, isExempt, type PolicyParts, refusedName } from "./hooks.js";
import { POLICY_COST_MAX } from "./limits.js";
import type { Seen } from "./matching.js";
import { patched, untyped } from "./patches.js";
import { nameOf, specOf } from "./read.js";
import { invocationKey, Rounds } from "./rounds.js";
import { Selection } from "./selection.js";
import { asRequested, inVersion, matchParts, namespaceOf, subjectOf } from "./subject.js";
import { Turns } from "./turns.js";

interface Invocation {
  readonly policy: KubeObject;
  readonly binding: KubeObject;
  readonly seen: Seen;
  readonly param: KubeObject | undefined;
}
interface Problem {
  readonly policy: KubeObject;
  readonly binding: KubeObject | undefined;
  readonly why: string;
  /** The configuration is wrong, or what came of it. */
  readonly reason: "Forbidden" | "Invalid";
}

/** MutatingAdmissionPolicies. Nothing is left to change of what is deleted. */
export function mutatingAdmissionPolicy(parts: PolicyParts): AdmissionPlugin {
  // By request: both rounds are about one.
  const rounds = new WeakMap<AdmissionRequest, Rounds>();
  return {
    name: "MutatingAdmissionPolicy",
    admit: async (request) => {
      if (request.operation === "DELETE" || isExempt(request)) return;
      const hooks = await hooksOf(parts.reader, "mutating");
      if (hooks.length === 0) return;
      const { invocations, problems } = await selected(request, parts, hooks);
      const dispatch = new Dispatch(request, parts, rounds.get(request) ?? new Rounds());
      rounds.set(request, dispatch.rounds);
      await dispatch.run(invocations);
      refuseFor(request, [...problems, ...dispatch.problems]);
    },
  };
}

/** All are chosen before the first changes anything: what a policy makes of the object does not choose the next. */
async function selected(
  request: AdmissionRequest,
  parts: PolicyParts,
  hooks: readonly Hook[],
): Promise<{ readonly invocations: readonly Invocation[]; readonly problems: readonly Problem[] }> {
  const selection = new Selection(request, parts);
  const invocations: Invocation[] = [];
  const problems: Problem[] = [];
  for (const hook of hooks)
    for await (const found of selection.of(hook)) {
      const { policy, binding } = found;
      if (found.kind === "misconfigured") problems.push({ policy, binding, why: found.why, reason: "Forbidden" });
      else for (const param of found.params) invocations.push({ policy, binding: found.binding, seen: found.seen, param });
    }
  return { invocations, problems };
}

function refuseFor(request: AdmissionRequest, problems: readonly Problem[]): void {
  const counted = problems.filter(({ policy }) => !ignoresErrors(policy));
  const [first] = counted;
  if (first === undefined) return;
  const texts = counted.map(({ policy, binding, why }) =>
    binding === undefined
      ? `policy ${JSON.stringify(nameOf(policy))} denied request: ${why}`
      : `policy '${nameOf(policy)}' with binding '${nameOf(binding)}' denied request: ${why}`,
  );
  const { group, resource } = request.row;
  const causes = texts.map((message) => ({ message }));
  const { status } = forbidden({ group, resource }, refusedName(request), "", causes);
  // The code stays that of Forbidden, whatever the reason.
  throw new StatusError({ ...status, message: texts[0] as string, reason: first.reason });
}

/** The object as one version sees it, while policies change it. */
interface Versioned {
  readonly seen: Seen;
  readonly schema: KindSchema;
  readonly old: KubeObject | undefined;
  object: KubeObject | undefined;
  isChanged: boolean;
}

/** The chosen policies, one after the other. */
class Dispatch {
  readonly problems: Problem[] = [];
  readonly rounds: Rounds;
  readonly #request: AdmissionRequest;
  readonly #parts: PolicyParts;
  readonly #decisions: Decisions;
  readonly #turns: Turns;
  readonly #versions = new Map<string, Versioned>();
  constructor(request: AdmissionRequest, parts: PolicyParts, rounds: Rounds) {
    this.#request = request;
    this.#parts = parts;
    this.rounds = rounds;
    this.#decisions = new Decisions(parts.authorizers, request.user);
    this.#turns = new Turns(parts.clock);
  }

  async run(invocations: readonly Invocation[]): Promise<void> {
    if (invocations.length === 0) return;
    const { object, rounds } = this.#request;
    const isSecond = rounds?.isSecond === true;
    if (isSecond && this.rounds.isOtherThanLeft(object)) this.rounds.invokeAgain();
    const namespaceObject = await namespaceOf(this.#request, matchParts(this.#parts.table, this.#parts.reader).namespace);
    let last: Versioned | undefined;
    for (const invocation of invocations) last = (await this.#invoke(invocation, namespaceObject, isSecond)) ?? last;
    if (last?.isChanged === true) await this.#putBack(last);
    this.rounds.left(object);
  }

  /** undefined: the policy does not apply. */
  async #invoke(invocation: Invocation, namespaceObject: KubeObject | undefined, isSecond: boolean): Promise<Versioned | undefined> {
    const { policy, param } = invocation;
    const compiled = mutatingPolicy(policy);
    const at = await this.#versioned(invocation.seen);
    const subject = (): Subject => subjectOf(this.#request, at.seen, { object: at.object, old: at.old, params: param, namespaceObject });
    if (!(await this.#applies(invocation, compiled, subject()))) return undefined;
    const key = invocationKey(policy, invocation.binding, param);
    if (isSecond && !this.rounds.isInvokedAgain(key)) return undefined;
    const before = at.object;
    for (const mutation of compiled.mutations)
      if (at.object !== undefined) await this.#mutate(invocation, compiled, mutation, at, subject());
    if (before !== undefined && !equalJson(before as Json, at.object as Json)) {
      this.rounds.invokeAgain();
      this.#request.rounds?.wantSecond();
    }
    if (specOf(policy)["reinvocationPolicy"] === "IfNeeded") this.rounds.invoked(key);
    return at;
  }
  async #applies({ policy, binding }: Invocation, { conditions, variables }: MutatingPolicy, subject: Subject): Promise<boolean> {
    const { authorize } = this.#decisions;
    const ignoreErrors = ignoresErrors(policy);
    const met = await this.#decisions.settled(() =>
      conditionsMet(conditions, subject, { variables, authorize, ignoreErrors, turns: this.#turns }),
    );
    if (met.kind === "error") this.problems.push({ policy, binding, why: met.why, reason: "Invalid" });
    return met.kind === "met";
  }

  async #mutate(
    { policy, binding }: Invocation,
    { variables }: MutatingPolicy,
    { kind, expression }: Mutation,
    at: Versioned,
    subject: Subject,
  ): Promise<void> {
    const failed = (why: string): void => void this.problems.push({ policy, binding, why, reason: "Invalid" });
    if (expression.kind === "problem") return failed(expression.problem.detail);
    await this.#turns.next();
    const { authorize } = this.#decisions;
    const outcome = await this.#decisions.settled(() =>
      new Evaluation(subject, { variables, budget: POLICY_COST_MAX, authorize }).evaluate(expression),
    );
    if (outcome.kind !== "value") return failed(outcome.why);
    const { gvk } = at.schema;
    const isUntyped = kind === "applyConfiguration" && gvk.group !== at.seen.resource.group;
    const result = isUntyped ? untyped(gvk) : patched(kind, outcome.value, at.object as KubeObject, at.schema);
    if (result.kind === "error") return failed(result.why);
    at.object = result.object;
    at.isChanged = true;
  }

  async #versioned(seen: Seen): Promise<Versioned> {
    const key = `${seen.resource.resource}/${seen.kind.group}/${seen.kind.version}/${seen.kind.kind}`;
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const { table } = this.#parts;
    const request = this.#request;
    const made: Versioned = {
      seen,
      schema: schemaOf(seen, this.#parts),
      object: await inVersion(table, request, seen, request.object),
      old: await inVersion(table, request, seen, request.old),
      isChanged: false,
    };
    this.#versions.set(key, made);
    return made;
  }

  /** The request's own object takes the changes. */
  async #putBack({ seen, object }: Versioned): Promise<void> {
    const target = this.#request.object;
    if (target === undefined || object === undefined) return;
    // A copy: what nothing changed is the request's own object still.
    const stored = { ...(await asRequested(this.#parts.table, this.#request, seen, object)) };
    for (const key of Object.keys(target)) delete (target as Record<string, unknown>)[key];
    Object.assign(target, stored, { metadata: { ...stored.metadata } });
    this.#request.rounds?.wantSecond();
    this.rounds.invokeAgain();
  }
}

function schemaOf({ resource, kind }: Seen, { table }: PolicyParts): KindSchema {
  const version = table.find(resource.group, kind.version, resource.resource);
  const schema = version?.row.kind === kind.kind ? version.version.schema() : kindSchema(kind);
  if (schema === undefined) throw internalError(`Resource kind ${kind.group}/${kind.version}, Kind=${kind.kind} not found`);
  return schema;
}
