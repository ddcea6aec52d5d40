import { check } from "../../base/index.js";
import { TREE_NODE_ENTRIES_MAX } from "../limits.js";

const CAPACITY = TREE_NODE_ENTRIES_MAX;

export class Leaf {
  readonly kind = "leaf";
  readonly keys: string[] = [];
  readonly slots = new Uint32Array(CAPACITY);
  /** Keys here whose newest record is a tombstone: 0 lets a count take the leaf whole. */
  dead = 0;
  next: Leaf | undefined;
}
interface Branch {
  readonly kind: "branch";
  /** keys[i] is not above any key under children[i], and above every key under children[i - 1]; keys[0] is not looked at. */
  readonly keys: string[];
  readonly children: Node[];
}
type Node = Leaf | Branch;

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((keys[mid] as string) < key) low = mid + 1;
    else high = mid;
  }
  return low;
}

function childAt(branch: Branch, key: string): number {
  let low = 1;
  let high = branch.keys.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((branch.keys[mid] as string) <= key) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

/** Keys in byte order with their slots: what ranges walk. Point reads and puts of existing keys use the hash of KeyTable instead. */
export class KeyTree {
  #root: Node = new Leaf();
  /** The leaf without a next one. */
  #last = this.#root as Leaf;
  readonly #isLive: (slot: number) => boolean;

  constructor(isLive: (slot: number) => boolean) {
    this.#isLive = isLive;
  }

  /** `key` is new, and alive unless `markDead` follows. */
  insert(key: string, slot: number): void {
    const { keys } = this.#last;
    // Keys that arrive in order are put where they belong without a way from the root.
    if (keys.length > 0 && keys.length < CAPACITY && (keys[keys.length - 1] as string) < key)
      return placeInLeaf(this.#last, keys.length, key, slot);
    const split = this.#insertInto(this.#root, key, slot);
    if (split === undefined) return;
    this.#root = { kind: "branch", keys: ["", split.key], children: [this.#root, split.node] };
  }

  #insertInto(node: Node, key: string, slot: number): Split | undefined {
    if (node.kind === "leaf") return this.#insertIntoLeaf(node, key, slot);
    const at = childAt(node, key);
    const split = this.#insertInto(node.children[at] as Node, key, slot);
    if (split === undefined) return undefined;
    node.keys.splice(at + 1, 0, split.key);
    node.children.splice(at + 1, 0, split.node);
    return node.children.length > CAPACITY ? splitBranch(node) : undefined;
  }

  #insertIntoLeaf(leaf: Leaf, key: string, slot: number): Split | undefined {
    const at = lowerBound(leaf.keys, key);
    check(leaf.keys[at] !== key, "a key inserted twice");
    if (leaf.keys.length < CAPACITY) {
      placeInLeaf(leaf, at, key, slot);
      return undefined;
    }
    // Keys that arrive in order fill their leaf whole and start the next: half-empty leaves would cost a third more memory.
    const from = at === CAPACITY && leaf.next === undefined ? CAPACITY : CAPACITY >>> 1;
    const right = new Leaf();
    right.keys.push(...leaf.keys.splice(from));
    right.slots.set(leaf.slots.subarray(from));
    right.next = leaf.next;
    leaf.next = right;
    if (right.next === undefined) this.#last = right;
    if (leaf.dead > 0) {
      for (let i = 0; i < right.keys.length; i++) if (!this.#isLive(right.slots[i] as number)) right.dead++;
      leaf.dead -= right.dead;
    }
    if (at < from) placeInLeaf(leaf, at, key, slot);
    else placeInLeaf(right, at - from, key, slot);
    return { key: right.keys[0] as string, node: right };
  }

  /** `key` is dead. */
  remove(key: string): void {
    this.#removeFrom(this.#root, key);
    while (this.#root.kind === "branch" && this.#root.children.length === 1) this.#root = this.#root.children[0] as Node;
    // It may have been joined to the one before it.
    let node = this.#root;
    while (node.kind === "branch") node = node.children.at(-1) as Node;
    this.#last = node;
  }

  /** Removes `key` under `node`; an emptied or thin child is joined with its neighbour. */
  #removeFrom(node: Node, key: string): void {
    if (node.kind === "leaf") {
      removeFromLeaf(node, key);
      return;
    }
    const at = childAt(node, key);
    const child = node.children[at] as Node;
    this.#removeFrom(child, key);
    if (sizeOf(child) <= CAPACITY / 4) joinChildren(node, Math.max(0, at - 1));
  }

  #leafOf(key: string): Leaf {
    let node = this.#root;
    while (node.kind === "branch") node = node.children[childAt(node, key)] as Node;
    return node;
  }
  markDead(key: string): void {
    this.#leafOf(key).dead++;
  }
  markAlive(key: string): void {
    this.#leafOf(key).dead--;
  }

  /** Slots of keys in [from, to) in order, until `visit` returns false. `to` undefined: to the end. */
  scan(from: string, to: string | undefined, visit: (slot: number) => boolean): void {
    let leaf: Leaf | undefined = this.#leafOf(from);
    let i = lowerBound(leaf.keys, from);
    for (; leaf !== undefined; leaf = leaf.next) {
      const end = endIn(leaf, to);
      for (; i < end; i++) if (!visit(leaf.slots[i] as number)) return;
      if (end < leaf.keys.length) return;
      i = 0;
    }
  }

  /** Living keys in [from, to) now: whole leaves without dead keys are not looked into. */
  countLive(from: string, to: string | undefined): number {
    let leaf: Leaf | undefined = this.#leafOf(from);
    let i = lowerBound(leaf.keys, from);
    let count = 0;
    for (; leaf !== undefined; leaf = leaf.next) {
      const end = endIn(leaf, to);
      if (leaf.dead === 0) count += Math.max(0, end - i);
      else for (; i < end; i++) if (this.#isLive(leaf.slots[i] as number)) count++;
      if (end < leaf.keys.length) break;
      i = 0;
    }
    return count;
  }
}

function endIn(leaf: Leaf, to: string | undefined): number {
  const { keys } = leaf;
  if (to === undefined || keys.length === 0 || (keys[keys.length - 1] as string) < to) return keys.length;
  return lowerBound(keys, to);
}

interface Split {
  readonly key: string;
  readonly node: Node;
}

const sizeOf = (node: Node): number => (node.kind === "leaf" ? node.keys.length : node.children.length);

function placeInLeaf(leaf: Leaf, at: number, key: string, slot: number): void {
  leaf.slots.copyWithin(at + 1, at, leaf.keys.length);
  leaf.slots[at] = slot;
  if (at === leaf.keys.length) leaf.keys.push(key);
  else leaf.keys.splice(at, 0, key);
}

function removeFromLeaf(leaf: Leaf, key: string): void {
  const at = lowerBound(leaf.keys, key);
  check(leaf.keys[at] === key, "a key to remove is not in the tree");
  leaf.keys.splice(at, 1);
  leaf.slots.copyWithin(at, at + 1);
  leaf.dead--;
}

function splitBranch(branch: Branch): Split {
  const half = branch.children.length >>> 1;
  const keys = branch.keys.splice(half);
  const children = branch.children.splice(half);
  return { key: keys[0] as string, node: { kind: "branch", keys, children } };
}

/** Joins children[at] and its right neighbour when they fit well into one node. */
function joinChildren(parent: Branch, at: number): void {
  const left = parent.children[at] as Node;
  const right = parent.children[at + 1];
  if (right === undefined || sizeOf(left) + sizeOf(right) > (CAPACITY * 3) / 4) return;
  if (left.kind === "leaf" && right.kind === "leaf") {
    left.slots.set(right.slots.subarray(0, right.keys.length), left.keys.length);
    left.keys.push(...right.keys);
    left.dead += right.dead;
    left.next = right.next;
  } else if (left.kind === "branch" && right.kind === "branch") {
    left.keys.push(parent.keys[at + 1] as string, ...right.keys.slice(1));
    left.children.push(...right.children);
  }
  parent.keys.splice(at + 1, 1);
  parent.children.splice(at + 1, 1);
}
