import type { Cluster } from "./cluster.js";
import { NO_REJECTIONS, type Rejections, RejectionsBySlot } from "./diagnosis.js";
import { FEASIBLE_PERCENT_MIN, FEASIBLE_PERCENT_NODES_STEP, FEASIBLE_PERCENT_START, MIN_FEASIBLE_NODES } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import { AWAITED } from "./node-table.js";
import type { PodInfo } from "./pod-info.js";
import { type Trial, trialOf, verdictAmong, waitingFor } from "./trial.js";
import type { CycleOptions, FilterStage, Filters, NamedStage, Rejection } from "./types.js";

export const slotsOf = (nodes: readonly NodeInfo[]): Int32Array => Int32Array.from(nodes, (n) => n.slot);
export const nodesAt = ({ table }: Cluster, slots: Int32Array): readonly NodeInfo[] =>
  Array.from(slots, (slot) => table.at(slot) as NodeInfo);

/** Nodes that pass all filters. */
export interface Found {
  /** To be read before the next search. */
  readonly slots: Int32Array;
  readonly nextStart: number;
  /** Why others that were looked at do not; to be asked before the cluster changes. */
  rejections(): Rejections;
  /** The same by name. */
  rejected(): Map<string, Rejection>;
}

export function findFeasible(pod: PodInfo, cluster: Cluster, filters: Filters, options: CycleOptions): Found {
  const { stages, only } = filters;
  const nominated = cluster.node(pod.status.nominatedNodeName ?? "");
  // The node that was cleared for it is likely the only one.
  if (nominated && passes(pod, nominated, stages) === undefined) return onlyOne(nominated, options.start);
  const all = only === undefined ? cluster.slots : slotsOf(cluster.nodes.filter((n) => only.has(n.name)));
  const walk = new Walk(pod, cluster, stages, all, options.start);
  const slots = walk.feasible(feasibleEnough(all.length, options.percentageOfNodes));
  return {
    slots,
    nextStart: (options.start + walk.looked) % cluster.nodes.length,
    rejections: () => walk.rejections(),
    rejected: () => walk.rejected(),
  };
}
const onlyOne = (node: NodeInfo, nextStart: number): Found => ({
  slots: slotsOf([node]),
  nextStart,
  rejections: () => NO_REJECTIONS,
  rejected: () => new Map(),
});

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
  readonly #all: Int32Array;
  readonly #start: number;
  readonly #trial: Trial;
  /** Nodes that were looked at. */
  looked = 0;
  constructor(pod: PodInfo, cluster: Cluster, stages: readonly NamedStage[], all: Int32Array, start: number) {
    this.#pod = pod;
    this.#cluster = cluster;
    this.#stages = stages;
    this.#all = all;
    this.#trial = trialOf(stages);
    this.#start = all.length === 0 ? 0 : start % all.length;
  }

  feasible(enough: number): Int32Array {
    const all = this.#all;
    const { marks } = this.#cluster.table;
    const [quick, slow] = inTwo(this.#stages);
    const slots = this.#cluster.scratch.slots(enough);
    let found = 0;
    let looked = 0;
    for (let at = this.#start; looked < all.length && found < enough; looked++) {
      const slot = all[at] as number;
      at = at + 1 === all.length ? 0 : at + 1;
      if (refusesAt(quick, slot)) continue;
      // Alone first, which costs less: it must pass either way.
      if (slow.length > 0 && refuses(slow, this.#node(slot))) continue;
      if (((marks[slot] as number) & AWAITED) !== 0 && passes(this.#pod, this.#node(slot), this.#stages, this.#trial)) continue;
      slots[found++] = slot;
    }
    this.looked = looked;
    return slots.subarray(0, found);
  }
  #node(slot: number): NodeInfo {
    return this.#cluster.table.at(slot) as NodeInfo;
  }

  rejections(): Rejections {
    const rejections = new RejectionsBySlot(this.#cluster.table.capacity);
    this.#tell((slot, rejection) => rejections.set(slot, rejection));
    return rejections;
  }
  rejected(): Map<string, Rejection> {
    const rejected = new Map<string, Rejection>();
    this.#tell((slot, rejection) => rejected.set(this.#node(slot).name, rejection));
    return rejected;
  }
  /** Reasons are worked out only where somebody wants to know them. */
  #tell(to: (slot: number, rejection: Rejection) => void): void {
    const all = this.#all;
    const { marks } = this.#cluster.table;
    for (let i = 0, at = this.#start; i < this.looked; i++) {
      const slot = all[at] as number;
      at = at + 1 === all.length ? 0 : at + 1;
      const isAwaited = ((marks[slot] as number) & AWAITED) !== 0;
      const rejection = isAwaited ? passes(this.#pod, this.#node(slot), this.#stages, this.#trial) : this.#refusal(slot);
      if (rejection) to(slot, rejection);
    }
  }
  #refusal(slot: number): Rejection | undefined {
    for (const { stage } of this.#stages) {
      const rejection = stage.filterAt ? stage.filterAt(slot) : stage.filter(this.#node(slot));
      if (rejection) return rejection;
    }
    return undefined;
  }
}

interface QuickStage extends FilterStage {
  filterAt(slot: number): Rejection | undefined;
}
/** Stages that ask the tables, and those that must see the node: all of them must let the pod pass, in whatever order. */
function inTwo(stages: readonly NamedStage[]): readonly [QuickStage[], readonly FilterStage[]] {
  const [quick, slow]: [QuickStage[], FilterStage[]] = [[], []];
  for (const { stage } of stages) {
    if (stage.filterAt) quick.push(stage as QuickStage);
    else slow.push(stage);
  }
  return [quick, slow];
}
/** Who refused last is asked first: it is likely to refuse the next one. */
function refusesAt(stages: QuickStage[], slot: number): boolean {
  for (let i = 0; i < stages.length; i++) {
    const stage = stages[i] as QuickStage;
    if (!stage.filterAt(slot)) continue;
    stages[i] = stages[0] as QuickStage;
    stages[0] = stage;
    return true;
  }
  return false;
}
function refuses(stages: readonly FilterStage[], node: NodeInfo): boolean {
  for (const stage of stages) if (stage.filter(node)) return true;
  return false;
}

/** Whether a pod passes on a node: alone, and with those that wait for it there. */
export function passes(pod: PodInfo, node: NodeInfo, stages: readonly NamedStage[], trial?: Trial): Rejection | undefined {
  const waiting = waitingFor(pod, node);
  if (waiting.length > 0) {
    const tried = trial ?? trialOf(stages);
    tried.start(node);
    return verdictAmong(waiting, tried);
  }
  for (const { stage } of stages) {
    const rejection = stage.filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}
