import { MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import {
  COUNTED_CPU,
  COUNTED_MEMORY,
  CPU,
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

/** One resource of the nodes that are scored, for one pod: where in `data` its numbers stand. */
interface Measure {
  readonly weight: number;
  readonly asked: number;
  readonly data: Float64Array;
  /** Where a node's row begins, by its place among those that are scored. */
  readonly rows: Int32Array;
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
  const rows = slots.map((slot) => slot * ROW);
  const own = (weight: number, asked: number, allocatable: number, used: number): Measure[] => [
    { weight, asked, data: table.data, rows, allocatable, used },
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
function special(name: string, table: NodeTable, slots: Int32Array): Pick<Measure, "data" | "rows" | "allocatable" | "used"> {
  const data = new Float64Array(slots.length * 2);
  slots.forEach((slot, i) => {
    const { allocatable, requested } = table.at(slot) as NodeInfo;
    data[2 * i] = allocatable.others.get(name) ?? 0;
    data[2 * i + 1] = requested.others.get(name) ?? 0;
  });
  return { data, rows: slots.map((_, i) => 2 * i), allocatable: 0, used: 1 };
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

function weighted(strategy: ScoringStrategy, all: readonly Measure[], i: number): number {
  const isRatio = strategy.type === "RequestedToCapacityRatio";
  let sum = 0;
  let weights = 0;
  for (const { weight, asked, data, rows, allocatable, used } of all) {
    const row = rows[i] as number;
    const most = data[row + allocatable] as number;
    if (most === 0) continue;
    const score = scoreOne(strategy, (data[row + used] as number) + asked, most);
    if (isRatio && score <= 0) continue;
    sum += score * weight;
    weights += weight;
  }
  if (weights === 0) return 0;
  return isRatio ? Math.round(sum / weights) : Math.trunc(sum / weights);
}

/** `ignores`: special resources that somebody else looks after. */
export const nodeResourcesFit = (strategy: ScoringStrategy = DEFAULT_STRATEGY, ignores?: (name: string) => boolean): CyclePlugin => ({
  name: FIT,
  startFilter: (pod, { table }) => fitStage(pod, table, ignores),
  startScore: (pod, { table }) => ({
    scoreAll: (slots, scores) => {
      const all = measures(pod, strategy.resources, true, table, slots);
      for (let i = 0; i < slots.length; i++) scores[i] = weighted(strategy, all, i);
    },
  }),
});

/** 100 where all resources of a node are used to the same degree. `times` 1: with the pod, 0: as it is. */
function balance(all: readonly Measure[], i: number, times: 0 | 1): number {
  let count = 0;
  let sum = 0;
  for (const measure of all) {
    const fraction = fractionOf(measure, i, times);
    if (fraction < 0) continue;
    count++;
    sum += fraction;
  }
  if (count < 2) return MAX_NODE_SCORE;
  // In a second pass: a difference of sums of squares would leave a rounding error where all are equal, and cost a point.
  const mean = sum / count;
  let squares = 0;
  for (const measure of all) {
    const fraction = fractionOf(measure, i, times);
    if (fraction >= 0) squares += (fraction - mean) * (fraction - mean);
  }
  return Math.trunc((1 - Math.sqrt(squares / count)) * MAX_NODE_SCORE);
}
/** Of the node, used; -1 where it does not count. */
function fractionOf({ asked, data, rows, allocatable, used }: Measure, i: number, times: 0 | 1): number {
  const row = rows[i] as number;
  const most = data[row + allocatable] as number;
  return most === 0 ? -1 : Math.min(1, ((data[row + used] as number) + times * asked) / most);
}
/** How much better balanced a node is with the pod than without it. */
export const balancedAllocation = (resources: readonly ResourceWeight[] = CPU_AND_MEMORY): CyclePlugin => ({
  name: "NodeResourcesBalancedAllocation",
  startScore: (pod, { table }) => {
    // A pod that asks for nothing changes no balance.
    if (resources.every(({ name }) => amountOf(pod, name) === 0)) return undefined;
    return {
      scoreAll: (slots, scores) => {
        const all = measures(pod, resources, false, table, slots);
        for (let i = 0; i < slots.length; i++)
          scores[i] = MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + balance(all, i, 1) - balance(all, i, 0)) / 2);
      },
    };
  },
});
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
