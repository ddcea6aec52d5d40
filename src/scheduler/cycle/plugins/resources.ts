import { MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import type { PodInfo } from "../pod-info.js";
import type { CyclePlugin, Rejection } from "../types.js";

const FIT = "NodeResourcesFit";

/** What is missing on a node, worst case first said: a pod that is larger than the whole node is not helped by preemption. */
export function fits(pod: PodInfo, node: NodeInfo): Rejection | undefined {
  const { actual } = pod.requests;
  let reasons: string[] | undefined;
  let canPreempt = true;
  const check = (name: string, asked: number, allocatable: number, used: number): void => {
    if (asked === 0 || asked <= allocatable - used) return;
    reasons ??= [];
    reasons.push(`Insufficient ${name}`);
    if (asked > allocatable) canPreempt = false;
  };
  if (node.pods.size + 1 > node.maxPods) reasons = ["Too many pods"];
  check("cpu", actual.milliCpu, node.allocatable.milliCpu, node.requested.milliCpu);
  check("memory", actual.memory, node.allocatable.memory, node.requested.memory);
  check("ephemeral-storage", actual.ephemeralStorage, node.allocatable.ephemeralStorage, node.requested.ephemeralStorage);
  for (const [name, asked] of actual.others)
    check(name, asked, node.allocatable.others.get(name) ?? 0, node.requested.others.get(name) ?? 0);
  return reasons === undefined ? undefined : { plugin: FIT, canPreempt, reasons };
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

interface Use {
  readonly allocatable: number;
  readonly before: number;
  readonly after: number;
}
/** undefined: it does not count here, since the node has none, or nobody asks for this special one. */
function useOf(name: string, pod: PodInfo, node: NodeInfo, nonZero: boolean): Use | undefined {
  const { actual, nonZeroMilliCpu, nonZeroMemory } = pod.requests;
  const use = (allocatable: number, before: number, asked: number): Use | undefined =>
    allocatable === 0 ? undefined : { allocatable, before, after: before + asked };
  switch (name) {
    case "cpu":
      return nonZero
        ? use(node.allocatable.milliCpu, node.nonZeroMilliCpu, nonZeroMilliCpu)
        : use(node.allocatable.milliCpu, node.requested.milliCpu, actual.milliCpu);
    case "memory":
      return nonZero
        ? use(node.allocatable.memory, node.nonZeroMemory, nonZeroMemory)
        : use(node.allocatable.memory, node.requested.memory, actual.memory);
    case "ephemeral-storage":
      return use(node.allocatable.ephemeralStorage, node.requested.ephemeralStorage, actual.ephemeralStorage);
    default: {
      const asked = actual.others.get(name) ?? 0;
      return asked === 0 ? undefined : use(node.allocatable.others.get(name) ?? 0, node.requested.others.get(name) ?? 0, asked);
    }
  }
}

function scoreOne(strategy: ScoringStrategy, { after, allocatable }: Use): number {
  switch (strategy.type) {
    case "LeastAllocated":
      return after > allocatable ? 0 : Math.trunc(((allocatable - after) * MAX_NODE_SCORE) / allocatable);
    case "MostAllocated":
      return Math.trunc((Math.min(after, allocatable) * MAX_NODE_SCORE) / allocatable);
    default:
      return after > allocatable
        ? onShape(strategy.shape, 100)
        : onShape(strategy.shape, 100 - Math.trunc(((allocatable - after) * 100) / allocatable));
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

function weighted(strategy: ScoringStrategy, pod: PodInfo, node: NodeInfo): number {
  const isRatio = strategy.type === "RequestedToCapacityRatio";
  let [sum, weights] = [0, 0];
  for (const { name, weight } of strategy.resources) {
    const use = useOf(name, pod, node, true);
    if (use === undefined) continue;
    const score = scoreOne(strategy, use);
    if (isRatio && score <= 0) continue;
    sum += score * weight;
    weights += weight;
  }
  if (weights === 0) return 0;
  return isRatio ? Math.round(sum / weights) : Math.trunc(sum / weights);
}

export const nodeResourcesFit = (strategy: ScoringStrategy = DEFAULT_STRATEGY): CyclePlugin => ({
  name: FIT,
  startFilter: (pod) => ({ filter: (node) => fits(pod, node) }),
  startScore: (pod) => ({ score: (node) => weighted(strategy, pod, node) }),
});

/** 100 where all resources of a node are used to the same degree. */
function balance(fractions: readonly number[]): number {
  if (fractions.length < 2) return MAX_NODE_SCORE;
  const mean = fractions.reduce((a, b) => a + b, 0) / fractions.length;
  const deviation = Math.sqrt(fractions.reduce((sum, f) => sum + (f - mean) ** 2, 0) / fractions.length);
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}
/** How much better balanced a node is with the pod than without it. */
export const balancedAllocation = (resources: readonly ResourceWeight[] = CPU_AND_MEMORY): CyclePlugin => ({
  name: "NodeResourcesBalancedAllocation",
  startScore: (pod) => {
    const { actual } = pod.requests;
    const asked = (name: string): number =>
      name === "cpu"
        ? actual.milliCpu
        : name === "memory"
          ? actual.memory
          : name === "ephemeral-storage"
            ? actual.ephemeralStorage
            : (actual.others.get(name) ?? 0);
    // A pod that asks for nothing changes no balance.
    if (resources.every(({ name }) => asked(name) === 0)) return undefined;
    return {
      score: (node) => {
        const uses = resources.map(({ name }) => useOf(name, pod, node, false)).filter((u): u is Use => u !== undefined);
        const after = balance(uses.map((u) => Math.min(1, u.after / u.allocatable)));
        const before = balance(uses.map((u) => Math.min(1, u.before / u.allocatable)));
        return MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + after - before) / 2);
      },
    };
  },
});
