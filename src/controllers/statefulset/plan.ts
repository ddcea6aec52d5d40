import { scaled } from "../shared/int-or-string.js";
import { availableInMs, isAvailable, isBeingDeleted, isOver, isReady } from "../shared/pods.js";
import { REVISION_HASH } from "../shared/revisions.js";
import type { Pod } from "../shared/types.js";
import { firstOrdinal, isWanted, mendedLabels, ordinalOf, replicasOf } from "./identity.js";
import type { StatefulSet, StatefulSetStatus } from "./types.js";

export interface Observed {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  /** Names of the revisions that are rolled out, and to be. */
  readonly current: string;
  readonly update: string;
  readonly collisions: number;
  readonly nowMs: number;
}
export type Action =
  | { readonly kind: "create"; readonly ordinal: number; readonly revision: "current" | "update" }
  | { readonly kind: "delete"; readonly pod: Pod }
  /** Labels and claims of a pod that is there. */
  | { readonly kind: "mend"; readonly pod: Pod; readonly labels: Readonly<Record<string, string>> | undefined };
export interface Plan {
  readonly actions: readonly Action[];
  readonly lookMs: number | undefined;
}
const isRolling = (set: StatefulSet): boolean => (set.spec.updateStrategy.type ?? "RollingUpdate") === "RollingUpdate";
const revisionOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_HASH] ?? "";
/** Below the partition pods stay as they were. */
function usesCurrent(set: StatefulSet, ordinal: number): boolean {
  const { rollingUpdate } = set.spec.updateStrategy;
  const below = rollingUpdate === undefined ? (isRolling(set) ? (set.status?.currentReplicas ?? 0) : 0) : (rollingUpdate.partition ?? 0);
  return ordinal < firstOrdinal(set) + below;
}
function maxUnavailable(set: StatefulSet): number {
  const given = set.spec.updateStrategy.rollingUpdate?.maxUnavailable;
  return given === undefined ? 1 : Math.max(1, scaled(given, replicasOf(set), "up"));
}

/** In their order, each when the one before it is available; with policy Parallel all at once. */
export function plan(observed: Observed): Plan {
  const { set, nowMs } = observed;
  const isOrdered = set.spec.podManagementPolicy !== "Parallel";
  const seconds = set.spec.minReadySeconds ?? 0;
  const healthy = (pod: Pod | undefined): pod is Pod =>
    pod !== undefined && pod.status?.phase === "Running" && isAvailable(pod, seconds, nowMs) && !isBeingDeleted(pod);
  const byOrdinal = new Map(observed.pods.map((p) => [ordinalOf(set, p.metadata.name), p]));
  const first = firstOrdinal(set);
  const ordinals = Array.from({ length: replicasOf(set) }, (_, i) => first + i);
  const condemned = [...byOrdinal]
    .filter(([n]) => n >= 0 && !isWanted(set, n))
    .sort(([a], [b]) => b - a)
    .map(([, p]) => p);
  const waits = observed.pods.filter((p) => isReady(p) && !isAvailable(p, seconds, nowMs)).map((p) => availableInMs(p, seconds, nowMs));
  const lookMs = waits.length === 0 ? undefined : Math.max(50, Math.min(...waits));
  if (isBeingDeleted(set)) return { actions: [], lookMs: undefined };

  const actions: Action[] = [];
  for (const ordinal of ordinals) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) actions.push({ kind: "create", ordinal, revision: usesCurrent(set, ordinal) ? "current" : "update" });
    else if (isOver(pod)) {
      if (!isBeingDeleted(pod)) actions.push({ kind: "delete", pod });
    } else actions.push({ kind: "mend", pod, labels: isBeingDeleted(pod) ? undefined : mendedLabels(set, pod) });
    if (isOrdered && !healthy(pod)) return { actions, lookMs };
  }
  const all = [...ordinals.map((n) => byOrdinal.get(n)), ...[...condemned].reverse()];
  const firstSick = all.find((p) => !healthy(p));
  for (const pod of condemned) {
    actions.push({ kind: "mend", pod, labels: undefined });
    if (isBeingDeleted(pod)) {
      if (isOrdered) return { actions, lookMs };
      continue;
    }
    // A sick pod goes only when it is the first one that is sick: others may still need what it has.
    if (isOrdered && !healthy(pod) && pod !== firstSick) return { actions, lookMs };
    actions.push({ kind: "delete", pod });
    if (isOrdered) return { actions, lookMs };
  }
  if (isRolling(set))
    actions.push(
      ...updates(
        observed,
        ordinals.map((n) => byOrdinal.get(n)),
        healthy,
      ),
    );
  return { actions, lookMs };
}
/** From the last one down to the partition, as many as may be missing. */
function updates(
  { set, update }: Observed,
  replicas: readonly (Pod | undefined)[],
  healthy: (pod: Pod | undefined) => boolean,
): readonly Action[] {
  let room = maxUnavailable(set) - replicas.filter((p) => !healthy(p)).length;
  const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0;
  const actions: Action[] = [];
  for (let i = replicas.length - 1; i >= partition && room > 0; i--) {
    const pod = replicas[i];
    if (pod === undefined || isBeingDeleted(pod) || revisionOf(pod) === update) continue;
    actions.push({ kind: "delete", pod });
    room--;
  }
  return actions;
}

export interface Counted extends Observed {
  /** Made in this look, so not among the pods yet. */
  readonly created: readonly { readonly revision: string }[];
}
export function statusOf({ set, pods, current, update, collisions, nowMs, created }: Counted): StatefulSetStatus {
  const mine = pods.filter((p) => ordinalOf(set, p.metadata.name) >= 0);
  const living = [...mine.filter((p) => !isBeingDeleted(p)).map(revisionOf), ...created.map((c) => c.revision)];
  const ready = mine.filter((p) => p.status?.phase === "Running" && isReady(p));
  const n = {
    replicas: mine.length + created.length,
    ready: ready.length,
    available: ready.filter((p) => isAvailable(p, set.spec.minReadySeconds ?? 0, nowMs)).length,
    current: living.filter((r) => r === current).length,
    updated: living.filter((r) => r === update).length,
  };
  const wanted = replicasOf(set);
  const isDone = isRolling(set) && n.updated === wanted && n.ready === wanted && n.replicas === wanted;
  const count = (name: string, value: number): object => (value === 0 ? {} : { [name]: value });
  return {
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    replicas: n.replicas,
    ...count("readyReplicas", n.ready),
    ...count("currentReplicas", isDone ? n.updated : n.current),
    ...count("updatedReplicas", n.updated),
    currentRevision: isDone ? update : current,
    updateRevision: update,
    collisionCount: collisions,
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
    availableReplicas: n.available,
  };
}
