import { MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import {
  COUNTED_CPU,
  COUNTED_MEMORY,
  CPU,
  EVENNESS,
  evenness,
  MEMORY,
  type NodeTable,
  ROW,
  STORAGE,
  USED_CPU,
  USED_MEMORY,
  USED_STORAGE,
} from "../node-table.js";
import type { PodInfo } from "../pod-info.js";
import type { CyclePlugin } from "../types.js";
import { FIT, fitStage } from "./fit.js";

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

/** One resource of nodes, for one pod: where in `data` its numbers stand. */
interface Measure {
  readonly weight: number;
  readonly asked: number;
  readonly data: Float64Array;
  /** In `data`, by place among the nodes that are scored: which row, and how long rows are. */
  readonly rows: Int32Array;
  readonly row: number;
  /** Columns. An allocatable amount of 0: it does not count on this node. */
  readonly allocatable: number;
  readonly used: number;
}
/** `nonZero`: an empty request counts as something. A special resource that the pod does not ask for counts nowhere. */
function measures(
  { requests }: PodInfo,
  resources: readonly ResourceWeight[],
  nonZero: boolean,
  table: NodeTable,
  slots: Int32Array,
): readonly Measure[] {
  const { actual, nonZeroMilliCpu, nonZeroMemory } = requests;
  const own = (weight: number, asked: number, allocatable: number, used: number): Measure[] => [
    { weight, asked, data: table.data, rows: slots, row: ROW, allocatable, used },
  ];
  return resources.flatMap(({ name, weight }): Measure[] => {
    switch (name) {
      case "cpu":
        return nonZero ? own(weight, nonZeroMilliCpu, CPU, COUNTED_CPU) : own(weight, actual.milliCpu, CPU, USED_CPU);
      case "memory":
        return nonZero ? own(weight, nonZeroMemory, MEMORY, COUNTED_MEMORY) : own(weight, actual.memory, MEMORY, USED_MEMORY);
      case "ephemeral-storage":
        return own(weight, actual.ephemeralStorage, STORAGE, USED_STORAGE);
      default: {
        const asked = actual.others.get(name) ?? 0;
        return asked === 0 ? [] : [{ weight, asked, ...special(name, table, slots) }];
      }
    }
  });
}
/** Few ask for these: they have no place in the table. */
function special(name: string, table: NodeTable, slots: Int32Array): Omit<Measure, "weight" | "asked"> {
  const data = new Float64Array(slots.length * 2);
  slots.forEach((slot, i) => {
    const { allocatable, requested } = table.at(slot) as NodeInfo;
    data[2 * i] = allocatable.others.get(name) ?? 0;
    data[2 * i + 1] = requested.others.get(name) ?? 0;
  });
  return { data, rows: Int32Array.from(slots, (_, i) => i), row: 2, allocatable: 0, used: 1 };
}

const leastAllocated = (after: number, allocatable: number): number =>
  after > allocatable ? 0 : Math.trunc(((allocatable - after) * MAX_NODE_SCORE) / allocatable);
function scoreOne(strategy: ScoringStrategy, after: number, allocatable: number): number {
  switch (strategy.type) {
    case "LeastAllocated":
      return leastAllocated(after, allocatable);
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

/** Adds what one resource gives each node, and its weight where it counts. One resource after another: each loop is over plain numbers. */
function addScores(strategy: ScoringStrategy, measure: Measure, sums: Float64Array, weights: Float64Array): void {
  const { weight, asked, data, rows, row, allocatable, used } = measure;
  const isRatio = strategy.type === "RequestedToCapacityRatio";
  const isLeast = strategy.type === "LeastAllocated";
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * row;
    const most = data[at + allocatable] as number;
    if (most === 0) continue;
    const after = (data[at + used] as number) + asked;
    const score = isLeast ? leastAllocated(after, most) : scoreOne(strategy, after, most);
    if (isRatio && score <= 0) continue;
    sums[i] = (sums[i] as number) + score * weight;
    weights[i] = (weights[i] as number) + weight;
  }
}
function average(strategy: ScoringStrategy, sums: Float64Array, weights: Float64Array): void {
  const isRatio = strategy.type === "RequestedToCapacityRatio";
  for (let i = 0; i < sums.length; i++) {
    const mean = weights[i] === 0 ? 0 : (sums[i] as number) / (weights[i] as number);
    sums[i] = isRatio ? Math.round(mean) : Math.trunc(mean);
  }
}

/** `ignores`: special resources that somebody else looks after. */
export const nodeResourcesFit = (strategy: ScoringStrategy = DEFAULT_STRATEGY, ignores?: (name: string) => boolean): CyclePlugin => ({
  name: FIT,
  startFilter: (pod, { table }) => fitStage(pod, table, ignores),
  scoreAll: (pod, { table, scratch }, slots, scores) => {
    const weights = scratch.numbers(2, slots.length);
    for (const measure of measures(pod, strategy.resources, true, table, slots)) addScores(strategy, measure, scores, weights);
    average(strategy, scores, weights);
    return true;
  },
});

/** 100 where all resources of a node are used to the same degree. `times` 1: with the pod, 0: as it is. */
function balance(all: readonly Measure[], i: number, times: 0 | 1): number {
  const counted = all.map((measure) => fractionOf(measure, i, times)).filter((fraction) => fraction >= 0);
  if (counted.length < 2) return MAX_NODE_SCORE;
  const [first = 0, second = 0] = counted;
  // As the original has it: the same number but for its last digits, on which a point can hang.
  if (counted.length === 2) return Math.trunc((1 - Math.abs((first - second) / 2)) * MAX_NODE_SCORE);
  const mean = counted.reduce((sum, fraction) => sum + fraction, 0) / counted.length;
  const squares = counted.reduce((sum, fraction) => sum + (fraction - mean) * (fraction - mean), 0);
  return Math.trunc((1 - Math.sqrt(squares / counted.length)) * MAX_NODE_SCORE);
}
/** Of the node, used; -1 where it does not count. */
function fractionOf({ asked, data, rows, row, allocatable, used }: Measure, i: number, times: 0 | 1): number {
  const at = (rows[i] as number) * row;
  const most = data[at + allocatable] as number;
  return most === 0 ? -1 : Math.min(1, ((data[at + used] as number) + times * asked) / most);
}
/** How much better balanced a node is with the pod than without it. */
const improvement = (after: number, before: number): number => MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + after - before) / 2);
/** For the usual two resources, whose balance without the pod stands in the table. */
function balanceUsual({ requests: { actual } }: PodInfo, { data }: NodeTable, slots: Int32Array, scores: Float64Array): void {
  const { milliCpu, memory } = actual;
  for (let i = 0; i < slots.length; i++) {
    const at = (slots[i] as number) * ROW;
    const cpuUsed = (data[at + USED_CPU] as number) + milliCpu;
    const memoryUsed = (data[at + USED_MEMORY] as number) + memory;
    const after = evenness(cpuUsed, data[at + CPU] as number, memoryUsed, data[at + MEMORY] as number);
    scores[i] = improvement(after, data[at + EVENNESS] as number);
  }
}
const isUsual = (resources: readonly ResourceWeight[]): boolean => resources.map((r) => r.name).join() === "cpu,memory";
export function balancedAllocation(resources: readonly ResourceWeight[] = CPU_AND_MEMORY): CyclePlugin {
  const usual = isUsual(resources);
  return {
    name: "NodeResourcesBalancedAllocation",
    scoreAll: (pod, { table }, slots, scores) => {
      // A pod that asks for nothing changes no balance.
      if (resources.every(({ name }) => amountOf(pod, name) === 0)) return false;
      if (usual) balanceUsual(pod, table, slots, scores);
      else {
        const all = measures(pod, resources, false, table, slots);
        for (let i = 0; i < slots.length; i++) scores[i] = improvement(balance(all, i, 1), balance(all, i, 0));
      }
      return true;
    },
  };
}
function amountOf({ requests: { actual } }: PodInfo, name: string): number {
  switch (name) {
    case "cpu":
      return actual.milliCpu;
    case "memory":
      return actual.memory;
    case "ephemeral-storage":
      return actual.ephemeralStorage;
    default:
      return actual.others.get(name) ?? 0;
  }
}
