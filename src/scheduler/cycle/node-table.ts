import { MAX_NODE_SCORE } from "./limits.js";
import type { NodeInfo } from "./node-info.js";

/** Numbers of one node, in one row: what filters compare comes first, so that looking at all nodes reads memory in a straight line. */
export const FREE_PODS = 0;
export const FREE_CPU = 1;
export const FREE_MEMORY = 2;
export const FREE_STORAGE = 3;
export const CPU = 4;
export const MEMORY = 5;
export const STORAGE = 6;
/** Used, where an empty request counts as something, and where it does not. */
export const COUNTED_CPU = 7;
export const COUNTED_MEMORY = 8;
export const USED_CPU = 9;
export const USED_MEMORY = 10;
export const USED_STORAGE = 11;
/** How evenly cpu and memory are used. */
export const EVENNESS = 12;
export const ROW = 13;

/** 100 where a node's two resources are used to the same degree, less the further they are apart; one that it does not have counts not. */
export function evenness(used: number, of: number, otherUsed: number, ofOther: number): number {
  if (of === 0 || ofOther === 0) return MAX_NODE_SCORE;
  const apart = Math.abs((Math.min(1, used / of) - Math.min(1, otherUsed / ofOther)) / 2);
  return Math.trunc((1 - apart) * MAX_NODE_SCORE);
}

/** What is special about a node; most have none of it, and a plugin that looks for it is not asked about them. */
export const CORDONED = 1;
/** A taint that keeps pods away, and one that they would rather avoid. */
export const TAINTED = 2;
export const AVOIDED = 4;
/** Pods are nominated to it. */
export const AWAITED = 8;
const MARKS = [CORDONED, TAINTED, AVOIDED, AWAITED] as const;
type Mark = (typeof MARKS)[number];

const FIRST_ROWS = 64;

/** All nodes as numbers, each in a slot that it keeps. What stands here is a copy of what NodeInfo says, written when that changes. */
export class NodeTable {
  /** `ROW` numbers a slot. Made anew when it grows: not to be kept from one cycle to the next. */
  data = new Float64Array(FIRST_ROWS * ROW);
  marks = new Uint8Array(FIRST_ROWS);
  readonly #nodes: (NodeInfo | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #marked = new Map<Mark, number>();

  /** Slots are below this. */
  get capacity(): number {
    return this.marks.length;
  }
  at(slot: number): NodeInfo | undefined {
    return this.#nodes[slot];
  }
  /** Whether any node is marked so. */
  has(mark: Mark): boolean {
    return (this.#marked.get(mark) ?? 0) > 0;
  }

  add(node: NodeInfo): void {
    node.slot = this.#free.pop() ?? this.#nodes.length;
    this.#nodes[node.slot] = node;
    if (node.slot >= this.capacity) this.#grow();
    this.writeUse(node);
  }
  remove(node: NodeInfo): void {
    this.#mark(node.slot, 0);
    this.#nodes[node.slot] = undefined;
    this.#free.push(node.slot);
    node.slot = -1;
  }
  #grow(): void {
    const data = new Float64Array(this.data.length * 2);
    data.set(this.data);
    this.data = data;
    const marks = new Uint8Array(this.marks.length * 2);
    marks.set(this.marks);
    this.marks = marks;
  }

  /** After the node itself changed. */
  writeNode(node: NodeInfo): void {
    let marks = (this.marks[node.slot] as number) & AWAITED;
    if (node.isUnschedulable) marks |= CORDONED;
    for (const { effect } of node.taints) marks |= effect === "PreferNoSchedule" ? AVOIDED : TAINTED;
    this.#mark(node.slot, marks);
    this.writeUse(node);
  }
  /** After pods came or went. */
  writeUse({ slot, allocatable, requested, pods, maxPods, nonZeroMilliCpu, nonZeroMemory }: NodeInfo): void {
    const { data } = this;
    const row = slot * ROW;
    data[row + FREE_PODS] = maxPods - pods.size;
    data[row + FREE_CPU] = allocatable.milliCpu - requested.milliCpu;
    data[row + FREE_MEMORY] = allocatable.memory - requested.memory;
    data[row + FREE_STORAGE] = allocatable.ephemeralStorage - requested.ephemeralStorage;
    data[row + CPU] = allocatable.milliCpu;
    data[row + MEMORY] = allocatable.memory;
    data[row + STORAGE] = allocatable.ephemeralStorage;
    data[row + COUNTED_CPU] = nonZeroMilliCpu;
    data[row + COUNTED_MEMORY] = nonZeroMemory;
    data[row + USED_CPU] = requested.milliCpu;
    data[row + USED_MEMORY] = requested.memory;
    data[row + USED_STORAGE] = requested.ephemeralStorage;
    data[row + EVENNESS] = evenness(requested.milliCpu, allocatable.milliCpu, requested.memory, allocatable.memory);
  }
  setAwaited(slot: number, isAwaited: boolean): void {
    const marks = this.marks[slot] as number;
    this.#mark(slot, isAwaited ? marks | AWAITED : marks & ~AWAITED);
  }
  #mark(slot: number, now: number): void {
    const before = this.marks[slot] as number;
    if (now === before) return;
    this.marks[slot] = now;
    for (const mark of MARKS) {
      const by = ((now & mark) === 0 ? 0 : 1) - ((before & mark) === 0 ? 0 : 1);
      if (by !== 0) this.#marked.set(mark, (this.#marked.get(mark) ?? 0) + by);
    }
  }
}
