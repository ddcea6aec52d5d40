import { timeText } from "../../kube/client/index.js";
import { BURST_REPLICAS_MAX } from "../framework/limits.js";
import { availableInMs, conditionOf, hasLabels, isAvailable, isReady } from "../shared/pods.js";
import { rankForDeletion, withCrowds } from "../shared/ranking.js";
import type { Condition, Pod, ReplicaSet, ReplicaSetStatus } from "../shared/types.js";

export interface Observed {
  readonly set: ReplicaSet;
  /** Its pods that count. */
  readonly active: readonly Pod[];
  /** Active pods of all sets with the same owner: a rollout spreads its deletions over nodes. */
  readonly family: readonly Pod[];
  readonly nowMs: number;
}
export type Action =
  | { readonly kind: "create"; readonly count: number }
  | { readonly kind: "delete"; readonly pods: readonly Pod[] }
  | { readonly kind: "none" };

/** Pods to make or to delete, a burst at a time. */
export function plan({ set, active, family, nowMs }: Observed): Action {
  const missing = set.spec.replicas - active.length;
  if (missing > 0) return { kind: "create", count: Math.min(missing, BURST_REPLICAS_MAX) };
  if (missing === 0) return { kind: "none" };
  const surplus = Math.min(-missing, BURST_REPLICAS_MAX);
  const ranked = surplus < active.length ? rankForDeletion(withCrowds(active, family), nowMs) : active;
  return { kind: "delete", pods: ranked.slice(0, surplus) };
}

export interface Counted {
  readonly set: ReplicaSet;
  readonly active: readonly Pod[];
  /** Undefined where the kind has no such field. */
  readonly terminating: number | undefined;
  /** Why pods could not be made or deleted. */
  readonly failure: string | undefined;
  readonly nowMs: number;
}
export function statusOf({ set, active, terminating, failure, nowMs }: Counted): ReplicaSetStatus {
  const ready = active.filter(isReady);
  const minReady = set.spec.minReadySeconds ?? 0;
  const conditions = conditionsOf({ set, active, failure, nowMs });
  return {
    replicas: active.length,
    ...positive("fullyLabeledReplicas", active.filter((p) => hasLabels(p.metadata.labels, set.spec.template.metadata?.labels)).length),
    ...positive("readyReplicas", ready.length),
    ...positive("availableReplicas", ready.filter((p) => isAvailable(p, minReady, nowMs)).length),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}
/** As Kubernetes prints counts: nothing for none. */
const positive = (name: string, count: number): object => (count === 0 ? {} : { [name]: count });

function conditionsOf(c: Omit<Counted, "terminating">): readonly Condition[] {
  const former = c.set.status?.conditions ?? [];
  const failed = conditionOf(former, "ReplicaFailure");
  if (c.failure === undefined) return former.filter((x) => x !== failed);
  if (failed !== undefined) return former;
  const reason = c.active.length < c.set.spec.replicas ? "FailedCreate" : "FailedDelete";
  return [...former, { type: "ReplicaFailure", status: "True", lastTransitionTime: timeText(c.nowMs), reason, message: c.failure }];
}

/** When the next ready pod becomes available, in milliseconds; undefined when none is waited for. */
export function nextLookMs(set: ReplicaSet, active: readonly Pod[], nowMs: number): number | undefined {
  const minReady = set.spec.minReadySeconds ?? 0;
  if (minReady === 0) return undefined;
  const waits = active
    .filter(isReady)
    .map((pod) => availableInMs(pod, minReady, nowMs))
    .filter((ms) => ms > 0);
  return waits.length === 0 ? undefined : Math.max(Math.min(...waits), MIN_LOOK_MS);
}
/** Conditions' times are whole seconds: a look just before would see nothing. */
const MIN_LOOK_MS = 50;
