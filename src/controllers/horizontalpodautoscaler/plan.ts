import type { PlannedEvent } from "../framework/types.js";
import type { Condition, Pod } from "../shared/types.js";
import { type Proposal, propose, tolerancesOf } from "./metrics.js";
import { normalize, remembered } from "./normalize.js";
import type { Autoscaler, AutoscalerStatus, History, MetricStatus, Observed, Scale } from "./types.js";

/** Draft of a status: conditions keep their order and the time of their last change. */
export interface Draft {
  readonly conditions: readonly Condition[];
  readonly events: readonly PlannedEvent[];
}
export const draftOf = (hpa: Autoscaler): Draft => ({ conditions: hpa.status?.conditions ?? [], events: [] });

type Said = Pick<Condition, "type" | "status"> & { readonly reason: string; readonly message: string };
function say(draft: Draft, now: string, said: Said): Draft {
  const old = draft.conditions.find((c) => c.type === said.type);
  const lastTransitionTime = old?.status === said.status ? old.lastTransitionTime : now;
  const condition: Condition = { ...said, lastTransitionTime: lastTransitionTime ?? now };
  const conditions = old === undefined ? [...draft.conditions, condition] : draft.conditions.map((c) => (c === old ? condition : c));
  return { ...draft, conditions };
}
const tell = (draft: Draft, ...events: readonly PlannedEvent[]): Draft => ({ ...draft, events: [...draft.events, ...events] });
const warning = (reason: string, message: string): PlannedEvent => ({ type: "Warning", reason, message });
const firstScale = (hpa: Autoscaler): number => hpa.spec.minReplicas ?? 1;

/** The target, or its scale, could not be had. */
export function scaleFailed(hpa: Autoscaler, why: string, now: string): Draft {
  const message = `the HPA controller was unable to get the target's current scale: ${why}`;
  const draft = say(draftOf(hpa), now, { type: "AbleToScale", status: "False", reason: "FailedGetScale", message });
  return tell(draft, warning("FailedGetScale", why));
}

/** What is to be done before metrics are asked for. */
export type First =
  | { readonly kind: "metrics" }
  | { readonly kind: "disabled" }
  | { readonly kind: "rescale"; readonly desired: number; readonly reason: string };
export function first(hpa: Autoscaler, current: number): First {
  const min = firstScale(hpa);
  if (current === 0) return { kind: "disabled" };
  if (current > hpa.spec.maxReplicas)
    return { kind: "rescale", desired: hpa.spec.maxReplicas, reason: "Current number of replicas above Spec.MaxReplicas" };
  if (current < min) return { kind: "rescale", desired: min, reason: "Current number of replicas below Spec.MinReplicas" };
  return { kind: "metrics" };
}

/** Why a target's pods cannot be told from others. */
export type SelectorProblem =
  | { readonly kind: "missing" }
  | { readonly kind: "invalid"; readonly why: string }
  | {
      readonly kind: "ambiguous";
      readonly selector: string;
      readonly autoscalers: readonly { readonly name: string; readonly namespace: string }[];
    };
export type Measured =
  | { readonly kind: "problem"; readonly problem: SelectorProblem }
  | { readonly kind: "observed"; readonly observed: readonly Observed[]; readonly pods: readonly Pod[] };

export interface PlanFacts {
  readonly scale: Scale;
  /** Undefined where `first` asked for no metrics. */
  readonly measured: Measured | undefined;
  readonly history: History;
  readonly nowMs: number;
  readonly now: string;
}
export interface Plan {
  readonly draft: Draft;
  readonly history: History;
  readonly current: number;
  readonly desired: number;
  readonly metrics: readonly MetricStatus[] | null;
  readonly rescale: { readonly to: number; readonly reason: string } | undefined;
}

export function plan(hpa: Autoscaler, facts: PlanFacts): Plan {
  const current = facts.scale.spec?.replicas ?? 0;
  const history = facts.history.recommendations.length > 0 ? facts.history : begun(facts.history, current, facts.nowMs);
  const draft = say(draftOf(hpa), facts.now, {
    type: "AbleToScale",
    status: "True",
    reason: "SucceededGetScale",
    message: "the HPA controller was able to get the target's current scale",
  });
  const plain: Plan = { draft, history, current, desired: current, metrics: null, rescale: undefined };
  const step = first(hpa, current);
  if (step.kind === "disabled") {
    const message = "scaling is disabled since the replica count of the target is zero";
    return { ...plain, draft: say(draft, facts.now, { type: "ScalingActive", status: "False", reason: "ScalingDisabled", message }) };
  }
  if (step.kind === "rescale") return { ...plain, desired: step.desired, rescale: { to: step.desired, reason: step.reason } };
  return byMetrics(hpa, facts, plain);
}
const begun = (history: History, replicas: number, nowMs: number): History => ({
  ...history,
  recommendations: [{ replicas, atMs: nowMs }],
});

function byMetrics(hpa: Autoscaler, facts: PlanFacts, plain: Plan): Plan {
  const { measured, now, nowMs } = facts;
  if (measured === undefined) return plain;
  const wasDesired = hpa.status?.desiredReplicas ?? 0;
  if (measured.kind === "problem") return { ...plain, desired: wasDesired, draft: withProblem(plain.draft, measured.problem, now) };
  const asked = ask(hpa, facts, measured, plain);
  if (asked.kind === "failed") {
    const failed = warning("FailedComputeMetricsReplicas", asked.why);
    return { ...plain, desired: wasDesired, metrics: asked.metrics, draft: tell(asked.draft, failed) };
  }
  const { current } = plain;
  const bounds = { current, min: firstScale(hpa), max: hpa.spec.maxReplicas, nowMs };
  const { desired, able, limited, history } = normalize(hpa.spec.behavior, asked.replicas, bounds, plain.history);
  const stable = say(asked.draft, now, { type: "AbleToScale", status: "True", ...able });
  const draft = say(stable, now, {
    type: "ScalingLimited",
    status: limited.is ? "True" : "False",
    reason: limited.reason,
    message: limited.message,
  });
  const done = { ...plain, draft, history, desired, metrics: asked.metrics };
  if (desired === current) return done;
  // The reason is that of what the metrics ask for: a bound may turn it round.
  const reason = asked.replicas > current ? `${asked.name} above target` : asked.replicas < current ? "All metrics below target" : "";
  return { ...done, rescale: { to: desired, reason } };
}

function withProblem(draft: Draft, problem: SelectorProblem, now: string): Draft {
  const inactive = (reason: string, message: string): Draft => say(draft, now, { type: "ScalingActive", status: "False", reason, message });
  const all = (said: Draft, reason: string, why: string): Draft =>
    tell(said, warning(reason, why), warning("FailedComputeMetricsReplicas", why));
  if (problem.kind === "missing")
    return all(inactive("InvalidSelector", "the HPA target's scale is missing a selector"), "SelectorRequired", "selector is required");
  if (problem.kind === "invalid") {
    const why = `couldn't convert selector into a corresponding internal selector object: ${problem.why}`;
    return all(inactive("InvalidSelector", why), "InvalidSelector", why);
  }
  const names = problem.autoscalers.map(({ name, namespace }) => `{${name} ${namespace}}`).join(" ");
  const why = `pods by selector ${problem.selector} are controlled by multiple HPAs: [${names}]`;
  return all(inactive("AmbiguousSelector", why), "AmbiguousSelector", why);
}

type Asked =
  | {
      readonly kind: "replicas";
      readonly replicas: number;
      readonly name: string;
      readonly draft: Draft;
      readonly metrics: readonly MetricStatus[];
    }
  | { readonly kind: "failed"; readonly why: string; readonly draft: Draft; readonly metrics: readonly MetricStatus[] };

/** The most that any metric asks for. Where one cannot be read, the others may still say "more", never "fewer". */
function ask(hpa: Autoscaler, facts: PlanFacts, measured: Extract<Measured, { kind: "observed" }>, { draft, current }: Plan): Asked {
  const specs = hpa.spec.metrics ?? [];
  const common = {
    namespace: hpa.metadata.namespace ?? "",
    specReplicas: current,
    statusReplicas: facts.scale.status?.replicas ?? 0,
    pods: measured.pods,
    tolerances: tolerancesOf(hpa.spec),
    nowMs: facts.nowMs,
  };
  const proposals = specs.map((spec, i) => propose(spec, measured.observed[i] ?? { kind: "failed", why: "" }, common));
  const metrics = proposals.map((p): MetricStatus => (p.kind === "replicas" ? p.status : { type: "" }));
  const failures = proposals.filter((p): p is Extract<Proposal, { kind: "failed" }> => p.kind === "failed");
  const told = tell(draft, ...failures.map((f) => warning(f.reason, f.why)));
  let most = { replicas: 0, name: "" };
  for (const p of proposals) if (p.kind === "replicas" && (most.replicas === 0 || p.replicas > most.replicas)) most = p;
  const worst = failures[0];
  if (worst !== undefined && (failures.length >= specs.length || most.replicas < current)) {
    const why = `invalid metrics (${failures.length} invalid out of ${specs.length}), first error is: ${worst.wrapped}`;
    const message = `the HPA was unable to compute the replica count: ${worst.why}`;
    return {
      kind: "failed",
      why,
      metrics,
      draft: say(told, facts.now, { type: "ScalingActive", status: "False", reason: worst.reason, message }),
    };
  }
  const message = `the HPA was able to successfully calculate a replica count from ${most.name}`;
  const said = say(told, facts.now, { type: "ScalingActive", status: "True", reason: "ValidMetricFound", message });
  return { kind: "replicas", replicas: most.replicas, name: most.name, draft: said, metrics };
}

/** After the write of the scale: undefined `why` is a success. */
export function rescaled(hpa: Autoscaler, done: Plan, why: string | undefined, at: { readonly nowMs: number; readonly now: string }): Plan {
  if (done.rescale === undefined) return done;
  const { to, reason } = done.rescale;
  if (why !== undefined) {
    const message = `the HPA controller was unable to update the target scale: ${why}`;
    const draft = say(done.draft, at.now, { type: "AbleToScale", status: "False", reason: "FailedUpdateScale", message });
    const event = warning("FailedRescale", `New size: ${to}; reason: ${reason}; error: ${why}`);
    return { ...done, rescale: undefined, desired: hpa.status?.desiredReplicas ?? 0, draft: tell(draft, event) };
  }
  const message = `the HPA controller was able to update the target scale to ${to}`;
  const draft = say(done.draft, at.now, { type: "AbleToScale", status: "True", reason: "SucceededRescale", message });
  return {
    ...done,
    draft: tell(draft, { type: "Normal", reason: "SuccessfulRescale", message: `New size: ${to}; reason: ${reason}` }),
    history: remembered(hpa.spec.behavior, { from: done.current, to, nowMs: at.nowMs }, done.history),
  };
}

/** The status after a whole pass. */
export function statusOf(hpa: Autoscaler, { draft, current, desired, metrics, rescale }: Plan, now: string): AutoscalerStatus {
  const lastScaleTime = rescale === undefined ? hpa.status?.lastScaleTime : now;
  return {
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas: current,
    desiredReplicas: desired,
    currentMetrics: metrics,
    conditions: draft.conditions,
  };
}
