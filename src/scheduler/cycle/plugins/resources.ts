import type { Amounts } from "../amounts.js";
import { MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import type { PodInfo } from "../pod-info.js";
import type { CyclePlugin, Rejection } from "../types.js";

const FIT = "NodeResourcesFit";

/** What is missing on a node. A pod that is larger than the whole node is not helped by preemption. */
export function fits(pod: PodInfo, node: NodeInfo): Rejection | undefined {
  return hasRoom(pod.requests.actual, node) ? undefined : insufficient(pod.requests.actual, node);
}
function without(asked: Amounts, ignores: ((name: string) => boolean) | undefined): Amounts {
  if (ignores === undefined || asked.others.size === 0) return asked;
  return { ...asked, others: new Map([...asked.others].filter(([name]) => !(name.includes("/") && ignores(name)))) };
}
/** Asked of hundreds of nodes for each pod: it makes nothing. */
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
function insufficient(asked: Amounts, node: NodeInfo): Rejection {
  const reasons = node.pods.size + 1 > node.maxPods ? ["Too many pods"] : [];
  let canPreempt = true;
  const check = (name: string, amount: number, allocatable: number, used: number): void => {
    if (amount === 0 || amount <= allocatable - used) return;
    reasons.push(`Insufficient ${name}`);
    if (amount > allocatable) canPreempt = false;
  };
  check("cpu", asked.milliCpu, node.allocatable.milliCpu, node.requested.milliCpu);
  check("memory", asked.memory, node.allocatable.memory, node.requested.memory);
  check("ephemeral-storage", asked.ephemeralStorage, node.allocatable.ephemeralStorage, node.requested.ephemeralStorage);
  for (const [name, amount] of asked.others)
    check(name, amount, node.allocatable.others.get(name) ?? 0, node.requested.others.get(name) ?? 0);
  return { plugin: FIT, canPreempt, reasons };
}

export interface ResourceWeight {
  readonly name: string;
  readonly weight: number;
}
export type ScoringStrategy =
  | { readonly type: "LeastAllocated" | "MostAllocated"; readonly resources: readonly ResourceWeight[] }
  | {
      readonly type: "RequestedToCapacityRatio";
      readonly resources: readonly ResourceWeight[];
      /** Utilization 0..100 to score 0..10, ascending. */
      readonly shape: readonly { readonly utilization: number; readonly score: number }[];
    };
const CPU_AND_MEMORY: readonly ResourceWeight[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];
export const DEFAULT_STRATEGY: ScoringStrategy = { type: "LeastAllocated", resources: CPU_AND_MEMORY };

/** One resource on a node, for one pod: read for hundreds of nodes, so nothing is made in between. */
interface Measure {
  readonly weight: number;
  readonly asked: number;
  /** 0: it does not count on this node. */
  allocatable(node: NodeInfo): number;
  used(node: NodeInfo): number;
}
/** `nonZero`: an empty request counts as something. A special resource that the pod does not ask for counts nowhere. */
function measures(pod: PodInfo, resources: readonly ResourceWeight[], nonZero: boolean): readonly Measure[] {
  const { actual, nonZeroMilliCpu, nonZeroMemory } = pod.requests;
  return resources.flatMap(({ name, weight }): Measure[] => {
    switch (name) {
      case "cpu":
        return nonZero
          ? [{ weight, asked: nonZeroMilliCpu, allocatable: (n) => n.allocatable.milliCpu, used: (n) => n.nonZeroMilliCpu }]
          : [{ weight, asked: actual.milliCpu, allocatable: (n) => n.allocatable.milliCpu, used: (n) => n.requested.milliCpu }];
      case "memory":
        return nonZero
          ? [{ weight, asked: nonZeroMemory, allocatable: (n) => n.allocatable.memory, used: (n) => n.nonZeroMemory }]
          : [{ weight, asked: actual.memory, allocatable: (n) => n.allocatable.memory, used: (n) => n.requested.memory }];
      case "ephemeral-storage":
        return [
          {
            weight,
            asked: actual.ephemeralStorage,
            allocatable: (n) => n.allocatable.ephemeralStorage,
            used: (n) => n.requested.ephemeralStorage,
          },
        ];
      default: {
        const asked = actual.others.get(name) ?? 0;
        if (asked === 0) return [];
        const of = (amounts: Amounts): number => amounts.others.get(name) ?? 0;
        return [{ weight, asked, allocatable: (n) => of(n.allocatable), used: (n) => of(n.requested) }];
      }
    }
  });
}

function scoreOne(strategy: ScoringStrategy, after: number, allocatable: number): number {
  switch (strategy.type) {
    case "LeastAllocated":
      return after > allocatable ? 0 : Math.trunc(((allocatable - after) * MAX_NODE_SCORE) / allocatable);
    case "MostAllocated":
      return Math.trunc((Math.min(after, allocatable) * MAX_NODE_SCORE) / allocatable);
    default:
      return onShape(strategy.shape, after > allocatable ? 100 : 100 - Math.trunc(((allocatable - after) * 100) / allocatable));
  }
}
const SHAPE_SCORE_MAX = 10;
function onShape(shape: readonly { readonly utilization: number; readonly score: number }[], at: number): number {
  const scaled = (score: number): number => (score * MAX_NODE_SCORE) / SHAPE_SCORE_MAX;
  for (let i = 0; i < shape.length; i++) {
    const point = shape[i] as (typeof shape)[number];
    if (at > point.utilization) continue;
    const from = shape[i - 1];
    if (from === undefined) return scaled(point.score);
    const rise = (scaled(point.score) - scaled(from.score)) * (at - from.utilization);
    return scaled(from.score) + Math.trunc(rise / (point.utilization - from.utilization));
  }
  return scaled(shape.at(-1)?.score ?? 0);
}

function weighted(strategy: ScoringStrategy, all: readonly Measure[], node: NodeInfo): number {
  const isRatio = strategy.type === "RequestedToCapacityRatio";
  let [sum, weights] = [0, 0];
  for (const measure of all) {
    const allocatable = measure.allocatable(node);
    if (allocatable === 0) continue;
    const score = scoreOne(strategy, measure.used(node) + measure.asked, allocatable);
    if (isRatio && score <= 0) continue;
    sum += score * measure.weight;
    weights += measure.weight;
  }
  if (weights === 0) return 0;
  return isRatio ? Math.round(sum / weights) : Math.trunc(sum / weights);
}

/** `ignores`: special resources that somebody else looks after. */
export const nodeResourcesFit = (strategy: ScoringStrategy = DEFAULT_STRATEGY, ignores?: (name: string) => boolean): CyclePlugin => ({
  name: FIT,
  startFilter: (pod) => {
    const asked = without(pod.requests.actual, ignores);
    return { filter: (node) => (hasRoom(asked, node) ? undefined : insufficient(asked, node)) };
  },
  startScore: (pod) => {
    const all = measures(pod, strategy.resources, true);
    return { score: (node) => weighted(strategy, all, node) };
  },
});

/** 100 where all resources of a node are used to the same degree. `times` 1: with the pod, 0: as it is. */
function balance(all: readonly Measure[], node: NodeInfo, times: 0 | 1): number {
  let [count, sum] = [0, 0];
  for (const measure of all) {
    const fraction = fractionOf(measure, node, times);
    if (fraction < 0) continue;
    count++;
    sum += fraction;
  }
  if (count < 2) return MAX_NODE_SCORE;
  // In a second pass: a difference of sums of squares would leave a rounding error where all are equal, and cost a point.
  const mean = sum / count;
  let squares = 0;
  for (const measure of all) {
    const fraction = fractionOf(measure, node, times);
    if (fraction >= 0) squares += (fraction - mean) * (fraction - mean);
  }
  return Math.trunc((1 - Math.sqrt(squares / count)) * MAX_NODE_SCORE);
}
/** Of the node, used; -1 where it does not count. */
function fractionOf(measure: Measure, node: NodeInfo, times: 0 | 1): number {
  const allocatable = measure.allocatable(node);
  return allocatable === 0 ? -1 : Math.min(1, (measure.used(node) + times * measure.asked) / allocatable);
}
/** How much better balanced a node is with the pod than without it. */
export const balancedAllocation = (resources: readonly ResourceWeight[] = CPU_AND_MEMORY): CyclePlugin => ({
  name: "NodeResourcesBalancedAllocation",
  startScore: (pod) => {
    const all = measures(pod, resources, false);
    // A pod that asks for nothing changes no balance.
    if (all.every(({ asked }) => asked === 0)) return undefined;
    return {
      score: (node) => MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + balance(all, node, 1) - balance(all, node, 0)) / 2),
    };
  },
});
