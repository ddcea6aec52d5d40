import type { Amounts } from "../amounts.js";
import type { NodeInfo } from "../node-info.js";
import { CPU, FREE_CPU, FREE_MEMORY, FREE_PODS, FREE_STORAGE, MEMORY, type NodeTable, ROW, STORAGE } from "../node-table.js";
import type { PodInfo } from "../pod-info.js";
import type { FilterStage, Rejection } from "../types.js";

export const FIT = "NodeResourcesFit";

/** What is missing on a node. A pod that is larger than the whole node is not helped by preemption. */
export const fits = (pod: PodInfo, node: NodeInfo): Rejection | undefined =>
  missing(pod.requests.actual, node, node.requested, node.pods.size);

/** `ignores`: special resources that somebody else looks after. */
export function fitStage(pod: PodInfo, table: NodeTable, ignores: ((name: string) => boolean) | undefined): FilterStage {
  const asked = without(pod.requests.actual, ignores);
  const filter = (node: NodeInfo): Rejection | undefined => missing(asked, node, node.requested, node.pods.size);
  if (asked.others.size > 0) return { filter };
  return {
    filter,
    filterAt: missingAt(asked, table),
    filterUsed: (node, used, pods) => missing(asked, node, used, pods),
    usedKey: `${asked.milliCpu} ${asked.memory} ${asked.ephemeralStorage}`,
  };
}
function without(asked: Amounts, ignores: ((name: string) => boolean) | undefined): Amounts {
  if (ignores === undefined || asked.others.size === 0) return asked;
  return { ...asked, others: new Map([...asked.others].filter(([name]) => !(name.includes("/") && ignores(name)))) };
}

/** In the order in which they are told. */
const REASONS = ["Too many pods", "Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage"] as const;
const TOO_MANY = 1;
const HOPELESS = 1 << REASONS.length;
/** All combinations of these reasons: thousands of nodes share a few. */
const SHARED: readonly Rejection[] = Array.from({ length: HOPELESS << 1 }, (_, reasons) => ({
  plugin: FIT,
  canPreempt: (reasons & HOPELESS) === 0,
  reasons: REASONS.filter((_reason, i) => (reasons & (1 << i)) !== 0),
}));
/** What is not asked for is never missing, even on a node that is overfull. */
function lacks(reason: number, amount: number, allocatable: number, free: number): number {
  if (amount === 0 || amount <= free) return 0;
  return (1 << reason) | (amount > allocatable ? HOPELESS : 0);
}

function missingAt({ milliCpu, memory, ephemeralStorage }: Amounts, { data }: NodeTable): (slot: number) => Rejection | undefined {
  return (slot) => {
    const row = slot * ROW;
    const reasons =
      ((data[row + FREE_PODS] as number) > 0 ? 0 : TOO_MANY) |
      lacks(1, milliCpu, data[row + CPU] as number, data[row + FREE_CPU] as number) |
      lacks(2, memory, data[row + MEMORY] as number, data[row + FREE_MEMORY] as number) |
      lacks(3, ephemeralStorage, data[row + STORAGE] as number, data[row + FREE_STORAGE] as number);
    return reasons === 0 ? undefined : SHARED[reasons];
  };
}
function missing(asked: Amounts, { allocatable, maxPods }: NodeInfo, used: Amounts, pods: number): Rejection | undefined {
  const reasons =
    (pods < maxPods ? 0 : TOO_MANY) |
    lacks(1, asked.milliCpu, allocatable.milliCpu, allocatable.milliCpu - used.milliCpu) |
    lacks(2, asked.memory, allocatable.memory, allocatable.memory - used.memory) |
    lacks(3, asked.ephemeralStorage, allocatable.ephemeralStorage, allocatable.ephemeralStorage - used.ephemeralStorage);
  if (asked.others.size > 0) return withSpecial(reasons, asked, allocatable, used);
  return reasons === 0 ? undefined : SHARED[reasons];
}
function withSpecial(usual: number, asked: Amounts, allocatable: Amounts, used: Amounts): Rejection | undefined {
  const { reasons: first, canPreempt: can } = SHARED[usual] as Rejection;
  const reasons = [...first];
  let canPreempt = can;
  for (const [name, amount] of asked.others) {
    const most = allocatable.others.get(name) ?? 0;
    if (amount === 0 || amount <= most - (used.others.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    if (amount > most) canPreempt = false;
  }
  return reasons.length === 0 ? undefined : { plugin: FIT, canPreempt, reasons };
}
