import { msOf, timeText } from "../../kube/client/index.js";
import { conditionOf } from "../shared/pods.js";
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../shared/types.js";
import { availableOf, hasDeadline, maxUnavailable, sum, wantedBy } from "./arithmetic.js";

type Conditions = readonly DeploymentCondition[];
export const progressing = (conditions: Conditions | undefined): DeploymentCondition | undefined => conditionOf(conditions, "Progressing");

export interface News {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}
/** The same status and reason change nothing; the same status keeps the moment of its last change. */
export function withCondition(conditions: Conditions, news: News, nowMs: number): Conditions {
  const current = conditionOf(conditions, news.type);
  if (current?.status === news.status && current.reason === news.reason) return conditions;
  return replaced(conditions, news, nowMs);
}
function replaced(conditions: Conditions, news: News, nowMs: number): Conditions {
  const current = conditionOf(conditions, news.type);
  const now = timeText(nowMs);
  const since = current?.status === news.status ? (current.lastTransitionTime ?? now) : now;
  return [...conditions.filter((c) => c.type !== news.type), { ...news, lastUpdateTime: now, lastTransitionTime: since }];
}
export const without = (conditions: Conditions, type: string): Conditions => conditions.filter((c) => c.type !== type);

const count = (name: string, value: number): object => (value === 0 ? {} : { [name]: value });
/** Counts over all sets; `conditions` are the deployment's as they stand, availability is added. */
export function countedStatus(d: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const available = availableOf(all);
  const isAvailable = available >= d.spec.replicas - maxUnavailable(d);
  const availability: News = isAvailable
    ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  const terminating = all.some((s) => s.status?.terminatingReplicas === undefined && (s.status?.observedGeneration ?? 0) > 0)
    ? undefined
    : sum(all, (s) => s.status?.terminatingReplicas);
  return {
    ...(d.metadata.generation === undefined ? {} : { observedGeneration: d.metadata.generation }),
    ...count(
      "replicas",
      sum(all, (s) => s.status?.replicas),
    ),
    ...count("updatedReplicas", current?.status?.replicas ?? 0),
    ...count(
      "readyReplicas",
      sum(all, (s) => s.status?.readyReplicas),
    ),
    ...count("availableReplicas", available),
    ...count("unavailableReplicas", Math.max(0, wantedBy(all) - available)),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(d.status?.collisionCount === undefined ? {} : { collisionCount: d.status.collisionCount }),
    conditions: withCondition(d.status?.conditions ?? [], availability, nowMs),
  };
}

export function isComplete(d: Deployment, status: DeploymentStatus | undefined): boolean {
  const wanted = d.spec.replicas;
  return (
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
  );
}
function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (s: DeploymentStatus): number => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  const more = (of: (s: DeploymentStatus) => number | undefined): boolean => (of(now) ?? 0) > (of(before) ?? 0);
  return more((s) => s.updatedReplicas) || old(now) < old(before) || more((s) => s.readyReplicas) || more((s) => s.availableReplicas);
}
const deadlineMs = (d: Deployment, condition: DeploymentCondition): number =>
  (msOf(condition.lastUpdateTime) ?? 0) + (d.spec.progressDeadlineSeconds ?? 0) * 1_000;
function hasTimedOut(d: Deployment, condition: DeploymentCondition | undefined, nowMs: number): boolean {
  if (condition === undefined || condition.reason === "NewReplicaSetAvailable") return false;
  return condition.reason === "ProgressDeadlineExceeded" || deadlineMs(d, condition) < nowMs;
}

/** Counts and the conditions of a rollout. `d.status` is what the server has. */
export function rolloutStatus(d: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const status = countedStatus(d, all, current, nowMs);
  return { ...status, conditions: withFailures(progressOf(d, status, current, nowMs), all, current) };
}
function progressOf(d: Deployment, status: DeploymentStatus, current: ReplicaSet | undefined, nowMs: number): Conditions {
  const conditions = status.conditions ?? [];
  if (!hasDeadline(d)) return without(conditions, "Progressing");
  const before = progressing(d.status?.conditions);
  // One set and it is done: whatever changes now (a scale, a restart of a pod) is no rollout.
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && before?.reason === "NewReplicaSetAvailable") return conditions;
  const what = current === undefined ? `Deployment "${d.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`;
  const news = (status: News["status"], reason: string, verb: string): News => ({
    type: "Progressing",
    status,
    reason,
    message: `${what} ${verb}`,
  });
  if (isComplete(d, status))
    return withCondition(conditions, news("True", "NewReplicaSetAvailable", "has successfully progressed."), nowMs);
  // The same reason again, but a later update: the deadline counts from the last progress.
  if (hasProgressed(d.status ?? {}, status)) return replaced(conditions, news("True", "ReplicaSetUpdated", "is progressing."), nowMs);
  if (hasTimedOut(d, progressing(conditions), nowMs))
    return withCondition(conditions, news("False", "ProgressDeadlineExceeded", "has timed out progressing."), nowMs);
  return conditions;
}
/** The current set's failure, else the first other one's, becomes the deployment's. */
function withFailures(conditions: Conditions, all: readonly ReplicaSet[], current: ReplicaSet | undefined): Conditions {
  const failures = [...(current === undefined ? [] : [current]), ...all].flatMap((s) =>
    (s.status?.conditions ?? []).filter((c) => c.type === "ReplicaFailure"),
  );
  const [failure] = failures;
  if (failure === undefined) return without(conditions, "ReplicaFailure");
  const known = conditionOf(conditions, "ReplicaFailure");
  if (known?.status === failure.status && known.reason === failure.reason) return conditions;
  const since = failure.lastTransitionTime ?? null;
  return [...without(conditions, "ReplicaFailure"), { ...failure, lastUpdateTime: since, lastTransitionTime: since }];
}

/** When to look whether the deadline has passed, in ms from now; undefined: never. */
export function deadlineLookMs(d: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const condition = progressing(d.status?.conditions);
  if (!hasDeadline(d) || condition === undefined) return undefined;
  if (isComplete(d, status) || condition.reason === "ProgressDeadlineExceeded") return undefined;
  return Math.max(deadlineMs(d, condition) - nowMs, 0) + 1_000;
}
