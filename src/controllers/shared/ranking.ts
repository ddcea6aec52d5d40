import { msOf } from "../../kube/client/index.js";
import { conditionOf, isReady } from "./pods.js";
import type { Pod } from "./types.js";

export const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

export interface Ranked {
  readonly pod: Pod;
  /** Pods of the same owner, or of its kin, on the same node: the more crowded go first. */
  readonly crowd: number;
}

/** Ages are compared by their order of magnitude: among pods of about one age chance decides, so that not all of one zone go. */
const magnitude = (sinceMs: number | undefined, nowMs: number): number =>
  sinceMs === undefined ? -1 : Math.floor(Math.log2(Math.max(1, nowMs - sinceMs) * 1_000_000));
const cost = (pod: Pod): number => Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0;
const restarts = (pod: Pod): number => {
  const most = (list: readonly { readonly restartCount?: number }[] | undefined): number =>
    Math.max(0, ...(list ?? []).map((c) => c.restartCount ?? 0));
  return Math.max(most(pod.status?.containerStatuses), most(pod.status?.initContainerStatuses));
};
const readySince = (pod: Pod): number | undefined => msOf(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime);

/** Negative: `a` goes before `b`. The order of Kubernetes' scale down. */
function compare(a: Ranked, b: Ranked, nowMs: number): number {
  const assigned = Number(Boolean(a.pod.spec.nodeName)) - Number(Boolean(b.pod.spec.nodeName));
  if (assigned !== 0) return assigned;
  const phase = (PHASES[a.pod.status?.phase ?? ""] ?? 0) - (PHASES[b.pod.status?.phase ?? ""] ?? 0);
  if (phase !== 0) return phase;
  const ready = Number(isReady(a.pod)) - Number(isReady(b.pod));
  if (ready !== 0) return ready;
  const costs = cost(a.pod) - cost(b.pod);
  if (costs !== 0) return costs;
  if (a.crowd !== b.crowd) return b.crowd - a.crowd;
  if (isReady(a.pod)) {
    const order = byAge(readySince(a.pod), readySince(b.pod), a.pod, b.pod, nowMs);
    if (order !== 0) return order;
  }
  const restarted = restarts(b.pod) - restarts(a.pod);
  if (restarted !== 0) return restarted;
  return byAge(msOf(a.pod.metadata.creationTimestamp), msOf(b.pod.metadata.creationTimestamp), a.pod, b.pod, nowMs);
}
/** The younger first; of one magnitude the smaller uid. */
function byAge(a: number | undefined, b: number | undefined, first: Pod, second: Pod, nowMs: number): number {
  if (a === b) return 0;
  const order = magnitude(a, nowMs) - magnitude(b, nowMs);
  if (order !== 0) return order;
  return first.metadata.uid < second.metadata.uid ? -1 : 1;
}

/** Those to delete first come first. */
export const rankForDeletion = (pods: readonly Ranked[], nowMs: number): readonly Pod[] =>
  [...pods].sort((a, b) => compare(a, b, nowMs)).map((r) => r.pod);

/** Pods with the number of active ones of the family on their nodes. */
export function withCrowds(pods: readonly Pod[], family: readonly Pod[]): readonly Ranked[] {
  const onNode = new Map<string, number>();
  for (const pod of family) if (pod.spec.nodeName) onNode.set(pod.spec.nodeName, (onNode.get(pod.spec.nodeName) ?? 0) + 1);
  return pods.map((pod) => ({ pod, crowd: onNode.get(pod.spec.nodeName ?? "") ?? 0 }));
}
