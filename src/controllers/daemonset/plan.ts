import type { PlannedEvent } from "../framework/types.js";
import { scaled } from "../shared/int-or-string.js";
import { availableInMs, isAvailable, isBeingDeleted, isReady } from "../shared/pods.js";
import { REVISION_HASH } from "../shared/revisions.js";
import type { Node, Pod } from "../shared/types.js";
import { nodeOfPod, type Placement, placementOf } from "./placement.js";
import type { DaemonSet, DaemonSetStatus } from "./types.js";

export const GENERATION = "deprecated.daemonset.template.generation";
const GENERATION_LABEL = "pod-template-generation";
/** A failed pod is replaced after this, doubled up to 15 minutes for a node where it fails again. */
const MIN_LOOK_MS = 1_000;

export interface Observed {
  readonly set: DaemonSet;
  /** Of the current template. */
  readonly hash: string;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly nowMs: number;
  /** Whether a failed pod of the node may be replaced by now. */
  readonly mayReplace: (node: string) => boolean;
}
export interface Plan {
  /** Names of nodes. */
  readonly creates: readonly string[];
  readonly deletes: readonly Pod[];
  readonly failedNodes: readonly string[];
  readonly events: readonly PlannedEvent[];
}

const surgeOf = (set: DaemonSet, desired: number): number =>
  set.spec.updateStrategy.type === "RollingUpdate" ? scaled(set.spec.updateStrategy.rollingUpdate?.maxSurge, desired, "up") : 0;
const allowsSurge = (set: DaemonSet): boolean => surgeOf(set, 100) > 0;

/** Made from the current template: by its hash, or by the number that older versions counted. */
export function isUpdated(set: DaemonSet, pod: Pod, hash: string): boolean {
  const generation = set.metadata.annotations?.[GENERATION];
  const labels = pod.metadata.labels ?? {};
  return (hash !== "" && labels[REVISION_HASH] === hash) || (generation !== undefined && labels[GENERATION_LABEL] === generation);
}
export const labelsFor = (set: DaemonSet, hash: string): Readonly<Record<string, string>> => {
  const generation = set.metadata.annotations?.[GENERATION];
  return { ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }), [REVISION_HASH]: hash };
};
function byNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const nodes = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = nodeOfPod(pod.spec);
    const held = nodes.get(node);
    if (held === undefined) nodes.set(node, [pod]);
    else held.push(pod);
  }
  return nodes;
}
/** Those that run before those that wait, then the older. */
const byAge = (a: Pod, b: Pod): number => {
  const placed = Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName));
  return placed || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1);
};

/** One pod on each node that fits: which are missing, which are too many. */
export function plan(observed: Observed): Plan {
  const { set, nodes, pods } = observed;
  const onNode = byNode(pods);
  const creates: string[] = [];
  const deletes: Pod[] = [];
  const failedNodes: string[] = [];
  const events: PlannedEvent[] = [];
  const known = new Set(nodes.map((n) => n.metadata.name));
  for (const node of nodes) {
    const here = onNode.get(node.metadata.name);
    const { runs, stays } = placementOf(set, node);
    if (runs && here === undefined) creates.push(node.metadata.name);
    else if (stays && here !== undefined) {
      const kept = here.filter((p) => !isBeingDeleted(p) && !sweep(observed, node.metadata.name, p, { deletes, failedNodes, events }));
      deletes.push(...surplus(observed, kept));
      if (kept.length === 0 && runs && allowsSurge(set) && here.every(isBeingDeleted)) creates.push(node.metadata.name);
    } else if (!stays) deletes.push(...(here ?? []).filter((p) => !isBeingDeleted(p)));
  }
  // A pod that waits for a node which is gone would wait for ever.
  for (const [node, here] of onNode)
    if (node !== "" && !known.has(node)) deletes.push(...here.filter((p) => !p.spec.nodeName && !isBeingDeleted(p)));
  return { creates, deletes, failedNodes, events };
}
/** Ended pods make room for others; true: it is one. */
function sweep(
  observed: Observed,
  node: string,
  pod: Pod,
  out: { readonly deletes: Pod[]; readonly failedNodes: string[]; readonly events: PlannedEvent[] },
): boolean {
  const phase = pod.status?.phase;
  if (phase !== "Failed" && phase !== "Succeeded") return false;
  const what = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node}`;
  if (phase === "Succeeded") {
    out.events.push({ type: "Normal", reason: "SucceededDaemonPod", message: `Found succeeded ${what}, will try to delete it` });
    out.deletes.push(pod);
  } else if (observed.mayReplace(node)) {
    out.events.push({ type: "Warning", reason: "FailedDaemonPod", message: `Found failed ${what}, will try to kill it` });
    out.deletes.push(pod);
    out.failedNodes.push(node);
  } else out.failedNodes.push(node);
  return true;
}
/** Of several pods on one node one stays; with surge an old and a new one until the new one is available. */
function surplus({ set, hash, nowMs }: Observed, running: readonly Pod[]): readonly Pod[] {
  if (running.length <= 1) return [];
  const sorted = [...running].sort(byAge);
  if (!allowsSurge(set)) return sorted.slice(1);
  const fresh = sorted.filter((p) => p.metadata.labels?.[REVISION_HASH] === hash);
  const stale = sorted.filter((p) => p.metadata.labels?.[REVISION_HASH] !== hash);
  const gone = [...fresh.slice(1), ...stale.slice(1)];
  const [now, old] = [fresh[0], stale[0]];
  if (now !== undefined && old !== undefined && (!isReady(old) || isAvailable(now, set.spec.minReadySeconds ?? 0, nowMs))) gone.push(old);
  return gone;
}

/** The next step of a rolling update. */
export function planUpdate(observed: Observed): Pick<Plan, "creates" | "deletes"> {
  const { set, nodes, pods, hash, nowMs } = observed;
  if (set.spec.updateStrategy.type !== "RollingUpdate") return { creates: [], deletes: [] };
  const places = new Map(nodes.map((n) => [n.metadata.name, placementOf(set, n)]));
  const desired = [...places.values()].filter((p) => p.runs).length;
  const surge = surgeOf(set, desired);
  const unavailable = scaled(set.spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1, desired, "up");
  const available = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
  const states = [...byNode(pods.filter((p) => nodeOfPod(p.spec) !== ""))].map(([node, here]) => ({
    node,
    place: places.get(node),
    ...pairOf(here, set, hash),
  }));
  // Nodes that want a pod and have none are unavailable too.
  const empty = [...places].filter(([name, p]) => p.runs && !states.some((s) => s.node === name)).length;
  return surge > 0 ? surging(states, surge, available) : replacing(states, (unavailable === 0 ? 1 : unavailable) - empty, available);
}
interface NodeState {
  readonly node: string;
  readonly place: Placement | undefined;
  readonly fresh: Pod | undefined;
  readonly stale: Pod | undefined;
  /** More than one of a kind: the other plan puts that right first. */
  readonly isOdd: boolean;
}
function pairOf(here: readonly Pod[], set: DaemonSet, hash: string): Pick<NodeState, "fresh" | "stale" | "isOdd"> {
  const living = here.filter((p) => !isBeingDeleted(p));
  const fresh = living.filter((p) => isUpdated(set, p, hash));
  const stale = living.filter((p) => !isUpdated(set, p, hash));
  return { fresh: fresh[0], stale: stale[0], isOdd: fresh.length > 1 || stale.length > 1 };
}
function replacing(states: readonly NodeState[], most: number, available: (pod: Pod) => boolean): Pick<Plan, "creates" | "deletes"> {
  let down = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { fresh, stale, isOdd } of states) {
    if (isOdd || (fresh === undefined) === (stale === undefined)) down++;
    else if (fresh !== undefined) down += available(fresh) ? 0 : 1;
    else if (stale !== undefined && !available(stale)) {
      broken.push(stale);
      down++;
    } else if (stale !== undefined) candidates.push(stale);
  }
  return { creates: [], deletes: [...broken, ...candidates.slice(0, Math.max(0, most - down))] };
}
function surging(states: readonly NodeState[], most: number, available: (pod: Pod) => boolean): Pick<Plan, "creates" | "deletes"> {
  let surge = 0;
  const deletes: Pod[] = [];
  const allowed: string[] = [];
  const candidates: string[] = [];
  for (const { node, place, fresh, stale, isOdd } of states) {
    if (isOdd) surge++;
    else if (stale !== undefined && fresh !== undefined) {
      if (available(fresh)) deletes.push(stale);
      else surge++;
    } else if (stale !== undefined) {
      if (place?.runs !== true) deletes.push(stale);
      else if (!available(stale)) allowed.push(node);
      else candidates.push(node);
    }
  }
  return { creates: [...allowed, ...candidates.slice(0, Math.max(0, most - surge))], deletes };
}

export function statusOf(observed: Observed): DaemonSetStatus {
  const { set, nodes, pods, hash, nowMs } = observed;
  const onNode = byNode(pods);
  const n = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const here = onNode.get(node.metadata.name) ?? [];
    if (!placementOf(set, node).runs) {
      if (here.length > 0) n.misscheduled++;
      continue;
    }
    n.desired++;
    const [oldest] = [...here].sort(byAge);
    if (oldest === undefined) continue;
    n.current++;
    if (isReady(oldest)) n.ready++;
    if (isAvailable(oldest, set.spec.minReadySeconds ?? 0, nowMs)) n.available++;
    if (isUpdated(set, oldest, hash)) n.updated++;
  }
  const count = (name: string, value: number): object => (value === 0 ? {} : { [name]: value });
  return {
    currentNumberScheduled: n.current,
    numberMisscheduled: n.misscheduled,
    desiredNumberScheduled: n.desired,
    numberReady: n.ready,
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    ...count("updatedNumberScheduled", n.updated),
    ...count("numberAvailable", n.available),
    ...count("numberUnavailable", n.desired - n.available),
    ...(set.status?.collisionCount === undefined ? {} : { collisionCount: set.status.collisionCount }),
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  };
}
/** When the next ready pod becomes available. */
export function nextLookMs({ set, pods, nowMs }: Observed): number | undefined {
  const seconds = set.spec.minReadySeconds ?? 0;
  if (seconds === 0) return undefined;
  const waits = pods.filter((p) => isReady(p) && !isAvailable(p, seconds, nowMs)).map((p) => availableInMs(p, seconds, nowMs));
  return waits.length === 0 ? undefined : Math.max(MIN_LOOK_MS, Math.min(...waits));
}
