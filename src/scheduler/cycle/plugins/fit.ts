import type { Amounts } from "../amounts.js";
import type { NodeInfo } from "../node-info.js";
import { FREE_CPU, FREE_MEMORY, FREE_PODS, FREE_STORAGE, type NodeTable, ROW } from "../node-table.js";
import type { PodInfo } from "../pod-info.js";
import type { FilterStage, Rejection } from "../types.js";

export const FIT = "NodeResourcesFit";

/** What is missing on a node. A pod that is larger than the whole node is not helped by preemption. */
export function fits(pod: PodInfo, node: NodeInfo): Rejection | undefined {
  return hasRoom(pod.requests.actual, node) ? undefined : insufficient(pod.requests.actual, node);
}
/** `ignores`: special resources that somebody else looks after. */
export function fitStage(pod: PodInfo, table: NodeTable, ignores: ((name: string) => boolean) | undefined): FilterStage {
  const asked = without(pod.requests.actual, ignores);
  const filter = (node: NodeInfo): Rejection | undefined => (hasRoom(asked, node) ? undefined : insufficient(asked, node));
  return asked.others.size > 0 ? { filter } : { filter, passesAt: roomIn(asked, table) };
}
function without(asked: Amounts, ignores: ((name: string) => boolean) | undefined): Amounts {
  if (ignores === undefined || asked.others.size === 0) return asked;
  return { ...asked, others: new Map([...asked.others].filter(([name]) => !(name.includes("/") && ignores(name)))) };
}

/** As `hasRoom`, by the table. What is not asked for is never missing, even on a node that is overfull. */
function roomIn(asked: Amounts, { data }: NodeTable): (slot: number) => boolean {
  const need = (amount: number): number => (amount > 0 ? amount : Number.NEGATIVE_INFINITY);
  const [cpu, memory, storage] = [need(asked.milliCpu), need(asked.memory), need(asked.ephemeralStorage)];
  return (slot) => {
    const row = slot * ROW;
    return (
      (data[row + FREE_PODS] as number) > 0 &&
      (data[row + FREE_CPU] as number) >= cpu &&
      (data[row + FREE_MEMORY] as number) >= memory &&
      (data[row + FREE_STORAGE] as number) >= storage
    );
  };
}
/** Asked of hundreds of nodes in one preemption: it makes nothing. */
function hasRoom(asked: Amounts, { allocatable, requested, pods, maxPods }: NodeInfo): boolean {
  if (pods.size >= maxPods) return false;
  if (asked.milliCpu > 0 && asked.milliCpu > allocatable.milliCpu - requested.milliCpu) return false;
  if (asked.memory > 0 && asked.memory > allocatable.memory - requested.memory) return false;
  if (asked.ephemeralStorage > 0 && asked.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage) return false;
  if (asked.others.size === 0) return true;
  for (const [name, amount] of asked.others)
    if (amount > 0 && amount > (allocatable.others.get(name) ?? 0) - (requested.others.get(name) ?? 0)) return false;
  return true;
}

/** In the order in which they are told. */
const REASONS = ["Too many pods", "Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage"] as const;
const HOPELESS = 1 << REASONS.length;
/** All combinations of these reasons: thousands of nodes share a few. */
const SHARED: readonly Rejection[] = Array.from({ length: HOPELESS << 1 }, (_, missing) => ({
  plugin: FIT,
  canPreempt: (missing & HOPELESS) === 0,
  reasons: REASONS.filter((_reason, i) => (missing & (1 << i)) !== 0),
}));
function insufficient(asked: Amounts, node: NodeInfo): Rejection {
  const { allocatable, requested } = node;
  const usual = SHARED[
    (node.pods.size + 1 > node.maxPods ? 1 : 0) |
      missing(1, asked.milliCpu, allocatable.milliCpu, requested.milliCpu) |
      missing(2, asked.memory, allocatable.memory, requested.memory) |
      missing(3, asked.ephemeralStorage, allocatable.ephemeralStorage, requested.ephemeralStorage)
  ] as Rejection;
  if (asked.others.size === 0) return usual;
  const reasons = [...usual.reasons];
  let { canPreempt } = usual;
  for (const [name, amount] of asked.others) {
    const most = allocatable.others.get(name) ?? 0;
    if (amount === 0 || amount <= most - (requested.others.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    if (amount > most) canPreempt = false;
  }
  return { plugin: FIT, canPreempt, reasons };
}
function missing(reason: number, amount: number, allocatable: number, used: number): number {
  if (amount === 0 || amount <= allocatable - used) return 0;
  return (1 << reason) | (amount > allocatable ? HOPELESS : 0);
}
