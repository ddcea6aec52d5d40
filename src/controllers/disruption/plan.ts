import type { ApiObject } from "../../kube/client/index.js";
import { msOf } from "../../kube/client/index.js";
import { scaled } from "../shared/int-or-string.js";
import { isBeingDeleted, isReady } from "../shared/pods.js";
import type { Condition, IntOrString, Pod, Selector } from "../shared/types.js";

export interface Budget extends ApiObject {
  readonly spec?: { readonly selector?: Selector; readonly minAvailable?: IntOrString; readonly maxUnavailable?: IntOrString };
  readonly status?: BudgetStatus;
}
export interface BudgetStatus {
  readonly observedGeneration?: number;
  readonly disruptedPods?: Readonly<Record<string, string>>;
  readonly disruptionsAllowed?: number;
  readonly currentHealthy?: number;
  readonly desiredHealthy?: number;
  readonly expectedPods?: number;
  readonly conditions?: readonly Condition[];
}

/** A pod that was evicted must be deleted within this, or it counts again. Source: the disruption controller. */
export const DELETION_MS = 120_000;

/** Whether the number of pods is that which their controllers want; otherwise that of the pods there are. */
export const needsScale = (budget: Budget): boolean =>
  budget.spec?.maxUnavailable !== undefined || typeof budget.spec?.minAvailable === "string";

export interface BudgetFacts {
  readonly pods: readonly Pod[];
  /** What the pods' controllers want together. */
  readonly scale: number;
  readonly nowMs: number;
  /** RFC 3339. */
  readonly now: string;
}
export interface BudgetPlan {
  /** undefined: it says so already. */
  readonly status: BudgetStatus | undefined;
  /** Evicted and still there. */
  readonly notDeleted: readonly Pod[];
  /** When an eviction's time is over. */
  readonly againMs: number | undefined;
}

export function plan(budget: Budget, facts: BudgetFacts): BudgetPlan {
  const { pods, nowMs } = facts;
  const { expected, desired } = wanted(budget, facts);
  const { disrupted, notDeleted, againMs } = evictions(budget, pods, nowMs);
  const healthy = pods.filter((p) => !isBeingDeleted(p) && disrupted[p.metadata.name] === undefined && isReady(p)).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const status: BudgetStatus = {
    ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: conditionsOf(budget, allowed, facts.now),
  };
  return { status: JSON.stringify(ordered(budget.status)) === JSON.stringify(ordered(status)) ? undefined : status, notDeleted, againMs };
}

function wanted({ spec = {} }: Budget, { pods, scale }: BudgetFacts): { readonly expected: number; readonly desired: number } {
  if (spec.maxUnavailable !== undefined) return { expected: scale, desired: Math.max(0, scale - scaled(spec.maxUnavailable, scale, "up")) };
  if (typeof spec.minAvailable === "number") return { expected: pods.length, desired: spec.minAvailable };
  return spec.minAvailable === undefined
    ? { expected: 0, desired: 0 }
    : { expected: scale, desired: scaled(spec.minAvailable, scale, "up") };
}

function evictions(budget: Budget, pods: readonly Pod[], nowMs: number) {
  const disrupted: Record<string, string> = {};
  const notDeleted: Pod[] = [];
  let againMs: number | undefined;
  for (const pod of pods) {
    const at = budget.status?.disruptedPods?.[pod.metadata.name];
    if (at === undefined || isBeingDeleted(pod)) continue;
    const left = (msOf(at) ?? 0) + DELETION_MS - nowMs;
    if (left < 0) notDeleted.push(pod);
    else {
      disrupted[pod.metadata.name] = at;
      againMs = Math.min(againMs ?? left, left);
    }
  }
  return { disrupted, notDeleted, againMs };
}

const ALLOWED = "DisruptionAllowed";
function conditionsOf(budget: Budget, allowed: number, now: string): readonly Condition[] {
  const before = budget.status?.conditions ?? [];
  const old = before.find((c) => c.type === ALLOWED);
  const status = allowed > 0 ? "True" : "False";
  const condition: Condition = {
    type: ALLOWED,
    status,
    ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
    lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? now) : now,
    reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  return [...before.filter((c) => c.type !== ALLOWED), condition];
}
/** The same status written in the same order. */
const ordered = (status: BudgetStatus | undefined): unknown => [
  status?.observedGeneration,
  status?.disruptedPods ?? {},
  status?.disruptionsAllowed,
  status?.currentHealthy,
  status?.desiredHealthy,
  status?.expectedPods,
  (status?.conditions ?? []).map((c) => [c.type, c.status, c.reason, c.message ?? "", c.observedGeneration]),
];
