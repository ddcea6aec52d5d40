import type { Cluster } from "./cluster.js";
import { type Rejections, RejectionsBySlot } from "./diagnosis.js";
import { FEASIBLE_PERCENT_MIN, FEASIBLE_PERCENT_NODES_STEP, FEASIBLE_PERCENT_START, MIN_FEASIBLE_NODES } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import { AWAITED } from "./node-table.js";
import type { PodInfo } from "./pod-info.js";
import { type Trial, trialOf, verdictAmong, waitingFor } from "./trial.js";
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
  if (nominated && passes(pod, nominated, filters.stages) === undefined) return onlyOne(nominated, options.start);
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
  readonly #trial: Trial;
  /** Nodes that were looked at. */
  looked = 0;
  constructor(pod: PodInfo, cluster: Cluster, stages: readonly NamedStage[], all: Nodes, start: number) {
    this.#pod = pod;
    this.#cluster = cluster;
    this.#stages = stages;
    this.#all = all;
    this.#trial = trialOf(stages);
    this.#start = all.nodes.length === 0 ? 0 : start % all.nodes.length;
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
      if (refusesAt(quick, slot)) continue;
      // Alone first, which costs less: it must pass either way.
      if (slow.length > 0 && refuses(slow, node)) continue;
      if (((marks[slot] as number) & AWAITED) !== 0 && passes(this.#pod, node, this.#stages, this.#trial)) continue;
      slots[nodes.length] = slot;
      nodes.push(node);
    }
    return { nodes, slots: slots.subarray(0, nodes.length) };
  }

  rejections(): Rejections {
    const rejections = new RejectionsBySlot(this.#cluster.table.capacity);
    this.#tell((_, slot, rejection) => rejections.set(slot, rejection));
    return rejections;
  }
  rejected(): Map<string, Rejection> {
    const rejected = new Map<string, Rejection>();
    this.#tell((node, _, rejection) => rejected.set(node.name, rejection));
    return rejected;
  }
  /** Reasons are worked out only where somebody wants to know them. */
  #tell(to: (node: NodeInfo, slot: number, rejection: Rejection) => void): void {
    const { nodes, slots } = this.#all;
    const { marks } = this.#cluster.table;
    let at = this.#start;
    for (let i = 0; i < this.looked; i++) {
      const slot = slots[at] as number;
      const node = nodes[at] as NodeInfo;
      at = at + 1 === nodes.length ? 0 : at + 1;
      const isAwaited = ((marks[slot] as number) & AWAITED) !== 0;
      const rejection = isAwaited ? passes(this.#pod, node, this.#stages, this.#trial) : refusal(node, slot, this.#stages);
      if (rejection) to(node, slot, rejection);
    }
  }
}

interface QuickStage extends FilterStage {
  filterAt(slot: number): Rejection | undefined;
}
/** Stages that ask the tables, and those that must see the node: all of them must let the pod pass, in whatever order. */
function inTwo(stages: readonly NamedStage[]): readonly [readonly QuickStage[], readonly FilterStage[]] {
  const [quick, slow]: [QuickStage[], FilterStage[]] = [[], []];
  for (const { stage } of stages) {
    if (stage.filterAt) quick.push(stage as QuickStage);
    else slow.push(stage);
  }
  return [quick, slow];
}
function refusesAt(stages: readonly QuickStage[], slot: number): boolean {
  for (let i = 0; i < stages.length; i++) if ((stages[i] as QuickStage).filterAt(slot)) return true;
  return false;
}
function refuses(stages: readonly FilterStage[], node: NodeInfo): boolean {
  for (const stage of stages) if (stage.filter(node)) return true;
  return false;
}

/** Whether a pod passes on a node: alone, and with those that wait for it there. */
export function passes(pod: PodInfo, node: NodeInfo, stages: readonly NamedStage[], trial?: Trial): Rejection | undefined {
  const waiting = waitingFor(pod, node);
  if (waiting.length === 0) return refusal(node, node.slot, stages);
  const tried = trial ?? trialOf(stages);
  tried.start(node);
  return verdictAmong(waiting, tried);
}
function refusal(node: NodeInfo, slot: number, stages: readonly NamedStage[]): Rejection | undefined {
  for (const { stage } of stages) {
    const rejection = stage.filterAt ? stage.filterAt(slot) : stage.filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}
