import type { Labels } from "./shapes.js";

/** A node without the label. */
export const NOWHERE = -1;
/** The number of the empty value, in every topology. */
export const EMPTY_VALUE = 0;

/** One label of all nodes, each value a small number: counting by value needs no texts. */
export class Topology {
  readonly key: string;
  /** By slot of the node. Made anew when it grows: not to be kept from one cycle to the next. */
  ids: Int32Array;
  readonly #numbers = new Map<string, number>([["", EMPTY_VALUE]]);
  readonly #values: string[] = [""];
  /** Nodes by number of their value; a number that no node has is given away again. */
  readonly #nodes: number[] = [0];
  readonly #free: number[] = [];
  #isShared = true;
  /** `nowhere`: for every slot, shared by all labels that no node has: a pod may name any. */
  constructor(key: string, nowhere: Int32Array) {
    this.key = key;
    this.ids = nowhere;
  }
  /** Numbers are below this. */
  get size(): number {
    return this.#nodes.length;
  }

  grow(nowhere: Int32Array): void {
    const old = this.ids;
    this.ids = nowhere;
    if (this.#isShared) return;
    this.ids = nowhere.slice();
    this.ids.set(old);
  }
  set(slot: number, value: string | undefined): void {
    const before = this.ids[slot] as number;
    const now = value === undefined ? NOWHERE : this.#numberOf(value);
    if (now !== NOWHERE) this.#nodes[now] = (this.#nodes[now] as number) + 1;
    if (before !== NOWHERE) this.#release(before);
    if (now === before) return;
    if (this.#isShared) this.ids = this.ids.slice();
    this.#isShared = false;
    this.ids[slot] = now;
  }
  #numberOf(value: string): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#nodes.length;
    this.#nodes[number] = 0;
    this.#values[number] = value;
    this.#numbers.set(value, number);
    return number;
  }
  #release(number: number): void {
    const left = (this.#nodes[number] as number) - 1;
    this.#nodes[number] = left;
    if (left > 0 || number === EMPTY_VALUE) return;
    this.#numbers.delete(this.#values[number] as string);
    this.#free.push(number);
  }
}

/** The labels of nodes that pods spread over or gather by; each is numbered from when it is first asked for. */
export class Topologies {
  readonly #all = new Map<string, Topology>();
  #nowhere = new Int32Array(0);
  readonly #labelsAt: (slot: number) => Labels | undefined;
  constructor(labelsAt: (slot: number) => Labels | undefined) {
    this.#labelsAt = labelsAt;
  }
  of(key: string): Topology {
    const known = this.#all.get(key);
    if (known) return known;
    const topology = new Topology(key, this.#nowhere);
    this.#all.set(key, topology);
    for (let slot = 0; slot < this.#nowhere.length; slot++) {
      const value = this.#labelsAt(slot)?.[key];
      if (value !== undefined) topology.set(slot, value);
    }
    return topology;
  }
  grow(capacity: number): void {
    if (capacity <= this.#nowhere.length) return;
    this.#nowhere = new Int32Array(capacity).fill(NOWHERE);
    for (const topology of this.#all.values()) topology.grow(this.#nowhere);
  }
  /** A node has these labels now. */
  set(slot: number, labels: Labels): void {
    for (const topology of this.#all.values()) topology.set(slot, labels[topology.key]);
  }
}
