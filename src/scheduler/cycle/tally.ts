import type { Changes } from "./changes.js";
import { TALLIES_MAX, TALLIES_MIN, TALLY_CELLS_MAX } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import type { NodeTable } from "./node-table.js";
import { EMPTY_VALUE, NOWHERE, type Topologies, type Topology } from "./topology.js";

/** What is counted: some pods, over some nodes, by one label of theirs. */
export interface Selection {
  /** The same for the same question, whichever pod asks it. */
  readonly key: string;
  readonly topologyKey: string;
  /** A node without the label counts as one whose label is empty. */
  readonly orEmpty: boolean;
  countOn(node: NodeInfo): number;
  /** Whether what is on this node counts for its value. */
  isCounted(node: NodeInfo): boolean;
  /** false: what the answers depend on besides nodes and pods has changed. */
  isCurrent?(): boolean;
}

/** Pods that a selection means, by node and by value of a label, kept from one cycle to the next. */
export class Tally {
  readonly topology: Topology;
  readonly selection: Selection;
  /** By slot, of all nodes. */
  onNode: Int32Array;
  /** By number of the value, of nodes that count. */
  byValue: Int32Array;
  /** Of all values. */
  total = 0;
  /** Values that a node has which counts. */
  domains = 0;
  readonly #table: NodeTable;
  /** By slot: the value for which the node counts. */
  #valueOf: Int32Array;
  /** By number of the value: nodes that count. */
  #nodes: Int32Array;
  #seen = -1;
  #least: number | undefined;
  #atLeast = 0;
  constructor(selection: Selection, topology: Topology, table: NodeTable) {
    this.selection = selection;
    this.topology = topology;
    this.#table = table;
    this.onNode = new Int32Array(table.capacity);
    this.#valueOf = new Int32Array(table.capacity).fill(NOWHERE);
    this.byValue = new Int32Array(topology.size);
    this.#nodes = new Int32Array(topology.size);
  }

  update(changes: Changes): void {
    if (this.#table.capacity > this.onNode.length) this.#growSlots();
    if (this.topology.size > this.byValue.length) this.#growValues();
    const isKnown = this.#seen >= 0 && changes.since(this.#seen, (slot) => this.#recount(slot));
    if (!isKnown) for (let slot = 0; slot < this.#table.capacity; slot++) this.#recount(slot);
    this.#seen = changes.end;
  }
  #growSlots(): void {
    this.onNode = grown(this.onNode, this.#table.capacity, 0);
    this.#valueOf = grown(this.#valueOf, this.#table.capacity, NOWHERE);
  }
  #growValues(): void {
    const size = Math.max(this.topology.size, this.byValue.length * 2);
    this.byValue = grown(this.byValue, size, 0);
    this.#nodes = grown(this.#nodes, size, 0);
  }

  /** Takes away what the node counted for, and counts it as it is now. */
  #recount(slot: number): void {
    const node = this.#table.at(slot);
    const isThere = node?.object !== undefined;
    const n = isThere ? this.selection.countOn(node) : 0;
    const value = isThere && this.selection.isCounted(node) ? this.#placeOf(slot) : NOWHERE;
    const [oldN, oldValue] = [this.onNode[slot] as number, this.#valueOf[slot] as number];
    if (n === oldN && value === oldValue) return;
    this.onNode[slot] = n;
    this.#valueOf[slot] = value;
    // In the order that lets no value vanish for a moment: its count would have to be looked for again.
    if (value !== NOWHERE) this.#add(value, n, 1);
    if (oldValue !== NOWHERE) this.#add(oldValue, -oldN, -1);
  }
  #placeOf(slot: number): number {
    const value = this.topology.ids[slot] as number;
    return value === NOWHERE && this.selection.orEmpty ? EMPTY_VALUE : value;
  }
  #add(value: number, n: number, nodes: 1 | -1): void {
    const [before, nodesBefore] = [this.byValue[value] as number, this.#nodes[value] as number];
    const [now, nodesNow] = [before + n, nodesBefore + nodes];
    this.byValue[value] = now;
    this.#nodes[value] = nodesNow;
    this.total += n;
    this.domains += (nodesNow > 0 ? 1 : 0) - (nodesBefore > 0 ? 1 : 0);
    if (this.#least === undefined) return;
    if (nodesBefore > 0 && before === this.#least) this.#atLeast--;
    if (nodesNow > 0 && now === this.#least) this.#atLeast++;
    if (this.#atLeast === 0 || (nodesNow > 0 && now < this.#least)) this.#least = undefined;
  }

  /** Whether a node that counts has this value. */
  hasValue(value: number): boolean {
    return (this.#nodes[value] as number) > 0;
  }
  /** The smallest count of a value, with `moved` added to some values; infinite where there is no value. */
  least(moved?: ReadonlyMap<number, number>): number {
    if (this.#least === undefined) this.#findLeast();
    const least = this.#least as number;
    if (moved === undefined || moved.size === 0) return least;
    let found = Number.POSITIVE_INFINITY;
    let elsewhere = this.#atLeast;
    for (const [value, n] of moved) {
      if (!this.hasValue(value)) continue;
      const count = this.byValue[value] as number;
      if (count === least) elsewhere--;
      found = Math.min(found, count + n);
    }
    return Math.min(found, elsewhere > 0 ? least : this.#leastBesides(moved));
  }
  #findLeast(): void {
    this.#least = Number.POSITIVE_INFINITY;
    this.#atLeast = 0;
    for (let value = 0; value < this.byValue.length; value++) {
      if (!this.hasValue(value)) continue;
      const n = this.byValue[value] as number;
      if (n < this.#least) {
        this.#least = n;
        this.#atLeast = 0;
      }
      if (n === this.#least) this.#atLeast++;
    }
  }
  #leastBesides(values: ReadonlyMap<number, number>): number {
    let least = Number.POSITIVE_INFINITY;
    for (let value = 0; value < this.byValue.length; value++)
      if (this.hasValue(value) && !values.has(value)) least = Math.min(least, this.byValue[value] as number);
    return least;
  }
}
function grown(old: Int32Array, size: number, filler: number): Int32Array {
  const next = new Int32Array(size).fill(filler, old.length);
  next.set(old);
  return next;
}

/** Tallies that were asked for; those that nobody asked for longest go first. */
export class Tallies {
  readonly #all = new Map<string, Tally>();
  readonly #table: NodeTable;
  readonly #topologies: Topologies;
  readonly #changes: Changes;
  constructor(table: NodeTable, topologies: Topologies, changes: Changes) {
    this.#table = table;
    this.#topologies = topologies;
    this.#changes = changes;
  }
  get size(): number {
    return this.#all.size;
  }
  /** As the cluster is now; it holds until a pod or a node changes. */
  of(selection: Selection): Tally {
    const known = this.#all.get(selection.key);
    this.#all.delete(selection.key);
    const isCurrent = known !== undefined && known.selection.isCurrent?.() !== false;
    const tally = isCurrent ? known : new Tally(selection, this.#topologies.of(selection.topologyKey), this.#table);
    this.#all.set(selection.key, tally);
    tally.update(this.#changes);
    const max = Math.max(TALLIES_MIN, Math.min(TALLIES_MAX, Math.floor(TALLY_CELLS_MAX / this.#table.capacity)));
    if (this.#all.size > max) for (const key of this.#all.keys()) if (this.#all.delete(key) && this.#all.size <= max) break;
    return tally;
  }
}
