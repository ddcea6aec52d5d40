import type { Cluster } from "./cluster.js";
import { type Rejections, RejectionsBySlot } from "./diagnosis.js";
import { FEASIBLE_PERCENT_MIN, FEASIBLE_PERCENT_NODES_STEP, FEASIBLE_PERCENT_START, MIN_FEASIBLE_NODES } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import { AWAITED } from "./node-table.js";
import type { PodInfo } from "./pod-info.js";
import type { CycleOptions, FilterStage, Filters, NamedStage, Rejection } from "./types.js";

/** Some nodes and their slots, in the same order. */
export interface Nodes {
  readonly nodes: readonly NodeInfo[];
  readonly slots: Int32Array;
}
export const nodesIn = (nodes: readonly NodeInfo[]): Nodes => ({ nodes, slots: Int32Array.from(nodes, (n) => n.slot) });
/** Nodes that pass all filters. */
export interface Found extends Nodes {
  readonly nextStart: number;
  /** Why others that were looked at do not; to be asked before the cluster changes. */
  rejections(): Rejections;
  /** Names of those. */
  rejected(): Map<string, Rejection>;
}

export function findFeasible(pod: PodInfo, cluster: Cluster, filters: Filters, options: CycleOptions): Found {
  const nominated = cluster.node(pod.status.nominatedNodeName ?? "");
  // The node that was cleared for it is likely the only one.
  if (nominated && passes(pod, nominated, cluster, filters.stages) === undefined) return onlyOne(nominated, options.start);
  const all = candidates(cluster, filters);
  const walk = new Walk(pod, cluster, filters.stages, all, options.start);
  const found = walk.feasible(feasibleEnough(all.nodes.length, options.percentageOfNodes));
  return {
    ...found,
    nextStart: (options.start + walk.looked) % cluster.nodes.length,
    rejections: () => walk.rejections(),
    rejected: () => walk.rejected(),
  };
}
const onlyOne = (node: NodeInfo, nextStart: number): Found => ({
  ...nodesIn([node]),
  nextStart,
  rejections: () => new RejectionsBySlot(0),
  rejected: () => new Map(),
});
const candidates = (cluster: Cluster, { only }: Filters): Nodes =>
  only === undefined ? cluster : nodesIn(cluster.nodes.filter((n) => only.has(n.name)));

/** Large clusters are not searched whole: a good node is enough. */
export function feasibleEnough(nodes: number, percentage: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  const adaptive = Math.max(FEASIBLE_PERCENT_START - Math.floor(nodes / FEASIBLE_PERCENT_NODES_STEP), FEASIBLE_PERCENT_MIN);
  return Math.max(Math.floor((nodes * (percentage > 0 ? percentage : adaptive)) / 100), MIN_FEASIBLE_NODES);
}

/** One search along the nodes, from where the last one ended. */
class Walk {
  readonly #pod: PodInfo;
  readonly #cluster: Cluster;
  readonly #stages: readonly NamedStage[];
  readonly #all: Nodes;
  readonly #start: number;
  /** Nodes that were looked at. */
  looked = 0;
  constructor(pod: PodInfo, cluster: Cluster, stages: readonly NamedStage[], all: Nodes, start: number) {
    this.#pod = pod;
    this.#cluster = cluster;
    this.#stages = stages;
    this.#all = all;
    this.#start = all.nodes.length === 0 ? 0 : start % all.nodes.length;
  }
  /** Of the i-th node that was looked at. */
  #place(i: number): number {
    const at = this.#start + i;
    return at < this.#all.nodes.length ? at : at - this.#all.nodes.length;
  }

  feasible(enough: number): Nodes {
    const { nodes: all, slots: allSlots } = this.#all;
    const { marks } = this.#cluster.table;
    const [quick, slow] = inTwo(this.#stages);
    const slots = this.#cluster.scratch.slots(enough);
    const nodes: NodeInfo[] = [];
    let at = this.#start;
    for (this.looked = 0; this.looked < all.length && nodes.length < enough; this.looked++) {
      const slot = allSlots[at] as number;
      const node = all[at] as NodeInfo;
      at = at + 1 === all.length ? 0 : at + 1;
      if (!passesQuick(quick, slot)) continue;
      // Alone first, which costs less: it must pass either way.
      if (slow.length > 0 && runStages(node, slow)) continue;
      if (((marks[slot] as number) & AWAITED) !== 0 && passes(this.#pod, node, this.#cluster, this.#stages)) continue;
      slots[nodes.length] = slot;
      nodes.push(node);
    }
    return { nodes, slots: slots.subarray(0, nodes.length) };
  }

  rejections(): Rejections {
    const rejections = new RejectionsBySlot(this.#cluster.table.capacity);
    this.#tell((node, rejection) => rejections.set(node.slot, rejection));
    return rejections;
  }
  rejected(): Map<string, Rejection> {
    const rejected = new Map<string, Rejection>();
    this.#tell((node, rejection) => rejected.set(node.name, rejection));
    return rejected;
  }
  /** Reasons are worked out only where somebody wants to know them. */
  #tell(to: (node: NodeInfo, rejection: Rejection) => void): void {
    for (let i = 0; i < this.looked; i++) {
      const node = this.#all.nodes[this.#place(i)] as NodeInfo;
      const rejection = passes(this.#pod, node, this.#cluster, this.#stages);
      if (rejection) to(node, rejection);
    }
  }
}

interface QuickStage extends FilterStage {
  passesAt(slot: number): boolean;
}
/** Stages that ask the tables, and those that must see the node: all of them must let the pod pass, in whatever order. */
function inTwo(stages: readonly NamedStage[]): readonly [readonly QuickStage[], readonly FilterStage[]] {
  const [quick, slow]: [QuickStage[], FilterStage[]] = [[], []];
  for (const { stage } of stages) {
    if (stage.passesAt) quick.push(stage as QuickStage);
    else slow.push(stage);
  }
  return [quick, slow];
}
function passesQuick(stages: readonly QuickStage[], slot: number): boolean {
  for (let i = 0; i < stages.length; i++) if (!(stages[i] as QuickStage).passesAt(slot)) return false;
  return true;
}
function runStages(node: NodeInfo, stages: readonly FilterStage[]): Rejection | undefined {
  for (const stage of stages) {
    const rejection = stage.filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}

/**
 * Whether a pod passes on a node, with those that wait for it there and are not less important, and without them too: they may yet go
 * elsewhere, and affinity to them must not be counted on.
 */
export function passes(pod: PodInfo, node: NodeInfo, cluster: Cluster, stages: readonly NamedStage[]): Rejection | undefined {
  const waiting = cluster.isAwaited(node.slot) ? waitingFor(pod, node, cluster) : NOBODY;
  if (waiting.length > 0) {
    const trial = node.copy();
    const copies = copyStages(stages);
    for (const other of waiting) put(other, trial, copies);
    const rejection = runFilters(trial, copies);
    if (rejection) return rejection;
  }
  return runFilters(node, stages);
}
const NOBODY: readonly PodInfo[] = [];
const waitingFor = (pod: PodInfo, node: NodeInfo, cluster: Cluster): readonly PodInfo[] =>
  [...cluster.nominatedTo(node.name)].filter((p) => p.uid !== pod.uid && p.priority >= pod.priority);
function runFilters(node: NodeInfo, stages: readonly NamedStage[]): Rejection | undefined {
  for (const { stage } of stages) {
    const rejection = stage.filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}
/** Stages for a trial. */
export const copyStages = (stages: readonly NamedStage[]): readonly NamedStage[] =>
  stages.some(({ stage }) => stage.copy) ? stages.map(({ name, stage }) => ({ name, stage: stage.copy?.() ?? stage })) : stages;
export function put(pod: PodInfo, node: NodeInfo, stages: readonly NamedStage[]): void {
  node.addPod(pod);
  for (const { stage } of stages) stage.addPod?.(pod, node);
}
export function take(pod: PodInfo, node: NodeInfo, stages: readonly NamedStage[]): void {
  node.removePod(pod.uid);
  for (const { stage } of stages) stage.removePod?.(pod, node);
}
