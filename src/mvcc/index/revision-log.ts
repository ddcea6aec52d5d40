import { check } from "../../base/index.js";
import { LOG_BLOCK_BITS, LOG_BLOCK_SPARSE, LOG_BLOCKS_MAX } from "../limits.js";

const BLOCK = 1 << LOG_BLOCK_BITS;
const OFFSET_MASK = BLOCK - 1;
const TOMBSTONE = 0x8000_0000;

/** No record. */
export const NONE = 0xffff_ffff;
const HOLE = NONE;

/** Columns of up to 4096 records, outside the JS heap. A removed record leaves a hole (slot = HOLE) that keeps its revision. */
class Block {
  readonly id: number;
  used = 0;
  live = 0;
  readonly main: Float64Array;
  /** Bytes superseded by all records up to and including this one: the difference of two is what a compaction frees. */
  readonly freed: Float64Array;
  /** Sub revision; the top bit marks a tombstone. */
  readonly sub: Uint32Array;
  readonly slot: Uint32Array;
  /** Next older and next newer record of the same key. */
  readonly older: Uint32Array;
  readonly newer: Uint32Array;
  readonly bytes: Uint32Array;
  constructor(id: number) {
    this.id = id;
    const buffer = new ArrayBuffer(BLOCK * 36);
    this.main = new Float64Array(buffer, 0, BLOCK);
    this.freed = new Float64Array(buffer, BLOCK * 8, BLOCK);
    this.sub = new Uint32Array(buffer, BLOCK * 16, BLOCK);
    this.slot = new Uint32Array(buffer, BLOCK * 20, BLOCK);
    this.older = new Uint32Array(buffer, BLOCK * 24, BLOCK);
    this.newer = new Uint32Array(buffer, BLOCK * 28, BLOCK);
    this.bytes = new Uint32Array(buffer, BLOCK * 32, BLOCK);
  }
}

export interface NewRecord {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
  readonly slot: number;
  readonly older: number;
  readonly bytes: number;
}

/** Every stored revision record in (main, sub) order, linked per key in both directions. What history reads, watches that catch up,
 *  compaction and hashes walk without touching the backend. A position is valid until the record is removed or `tidy` moves it. */
export class RevisionLog {
  readonly #blocks: (Block | undefined)[] = [];
  readonly #freeIds: number[] = [];
  #order: Block[] = [];
  #tail: Block | undefined;
  #freed = 0;
  #live = 0;
  readonly #sparse = new Set<Block>();
  readonly #onMove: (slot: number, to: number) => void;

  /** `onMove`: the newest record of `slot` has a new position. */
  constructor(onMove: (slot: number, to: number) => void) {
    this.#onMove = onMove;
  }

  get live(): number {
    return this.#live;
  }
  /** Bytes superseded so far by all records ever appended. */
  get freed(): number {
    return this.#freed;
  }

  #block(pos: number): Block {
    return this.#blocks[pos >>> LOG_BLOCK_BITS] as Block;
  }
  main(pos: number): number {
    return this.#block(pos).main[pos & OFFSET_MASK] as number;
  }
  sub(pos: number): number {
    return (this.#block(pos).sub[pos & OFFSET_MASK] as number) & 0x7fff_ffff;
  }
  isTombstone(pos: number): boolean {
    return (this.#block(pos).sub[pos & OFFSET_MASK] as number) >= TOMBSTONE;
  }
  slot(pos: number): number {
    return this.#block(pos).slot[pos & OFFSET_MASK] as number;
  }
  older(pos: number): number {
    return this.#block(pos).older[pos & OFFSET_MASK] as number;
  }
  newer(pos: number): number {
    return this.#block(pos).newer[pos & OFFSET_MASK] as number;
  }
  bytes(pos: number): number {
    return this.#block(pos).bytes[pos & OFFSET_MASK] as number;
  }

  /** Later in (main, sub) order than every record before. Returns its position. */
  append(record: NewRecord): number {
    let block = this.#tail;
    if (block === undefined || block.used === BLOCK) block = this.#addBlock();
    const offset = block.used++;
    const pos = block.id * BLOCK + offset;
    block.live++;
    this.#live++;
    block.main[offset] = record.main;
    block.sub[offset] = record.tombstone ? record.sub + TOMBSTONE : record.sub;
    block.slot[offset] = record.slot;
    block.older[offset] = record.older;
    block.newer[offset] = NONE;
    block.bytes[offset] = record.bytes;
    if (record.older !== NONE) {
      const older = this.#block(record.older);
      const at = record.older & OFFSET_MASK;
      older.newer[at] = pos;
      // A tombstone counted its own bytes already: it frees itself one revision later.
      if ((older.sub[at] as number) < TOMBSTONE) this.#freed += older.bytes[at] as number;
    }
    if (record.tombstone) this.#freed += record.bytes;
    block.freed[offset] = this.#freed;
    return pos;
  }

  #addBlock(): Block {
    const id = this.#freeIds.pop() ?? this.#blocks.length;
    check(id < LOG_BLOCKS_MAX, "revision log is full");
    const block = new Block(id);
    this.#blocks[id] = block;
    this.#order.push(block);
    const last = this.#tail;
    this.#tail = block;
    if (last !== undefined) this.#noteSparse(last);
    return block;
  }

  /** Unlinks the record; its neighbours of the same key become each other's. */
  remove(pos: number): void {
    const block = this.#block(pos);
    const offset = pos & OFFSET_MASK;
    const older = block.older[offset] as number;
    const newer = block.newer[offset] as number;
    if (older !== NONE) this.#block(older).newer[older & OFFSET_MASK] = newer;
    if (newer !== NONE) this.#block(newer).older[newer & OFFSET_MASK] = older;
    block.slot[offset] = HOLE;
    block.live--;
    this.#live--;
    this.#noteSparse(block);
  }

  #noteSparse(block: Block): void {
    if (block.live < LOG_BLOCK_SPARSE && block !== this.#tail) this.#sparse.add(block);
  }

  /** Bytes freed by compacting to `main`: superseded by records up to it, but for tombstones exactly at it, which stay. */
  freedUpTo(main: number): number {
    const { block, offset } = this.#seek(main + 1, 0);
    if (offset === 0) return 0;
    const last = this.#order[block] as Block;
    return (last.freed[offset - 1] as number) - this.#tombstonesBack(main, block, offset - 1);
  }

  #tombstonesBack(main: number, fromBlock: number, fromOffset: number): number {
    let kept = 0;
    let offset = fromOffset;
    for (let i = fromBlock; i >= 0; i--) {
      const b = this.#order[i] as Block;
      for (; offset >= 0; offset--) {
        if (b.main[offset] !== main) return kept;
        if (b.slot[offset] !== HOLE && (b.sub[offset] as number) >= TOMBSTONE && this.#isLastAt(b, offset, main)) {
          kept += b.bytes[offset] as number;
        }
      }
      offset = i > 0 ? (this.#order[i - 1] as Block).used - 1 : -1;
    }
    return kept;
  }

  /** A transaction may delete a key and put it again: that tombstone goes like everything that is superseded. */
  #isLastAt(block: Block, offset: number, main: number): boolean {
    const newer = block.newer[offset] as number;
    return newer === NONE || this.main(newer) > main;
  }

  /** Visits live records from (main, sub) on, until `visit` returns false. `visit` must not append, remove or tidy
   *  anything but the record it is given and older ones. */
  walk(main: number, sub: number, visit: (pos: number) => boolean): void {
    const start = this.#seek(main, sub);
    let offset = start.offset;
    for (let i = start.block; i < this.#order.length; i++) {
      const block = this.#order[i] as Block;
      const base = block.id * BLOCK;
      for (; offset < block.used; offset++) {
        if (block.slot[offset] !== HOLE && !visit(base + offset)) return;
      }
      offset = 0;
    }
  }

  /** The first place, hole or not, whose revision is not below (main, sub). */
  #seek(main: number, sub: number): { block: number; offset: number } {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.#below(this.#order[mid] as Block, 0, main, sub)) low = mid + 1;
      else high = mid;
    }
    if (low === 0) return { block: 0, offset: 0 };
    const block = this.#order[low - 1] as Block;
    let from = 0;
    let to = block.used;
    while (from < to) {
      const mid = (from + to) >>> 1;
      if (this.#below(block, mid, main, sub)) from = mid + 1;
      else to = mid;
    }
    return { block: low - 1, offset: from };
  }

  #below(block: Block, offset: number, main: number, sub: number): boolean {
    const theirs = block.main[offset] as number;
    return theirs < main || (theirs === main && ((block.sub[offset] as number) & 0x7fff_ffff) < sub);
  }

  /** Gives back memory of blocks that are mostly holes, by joining neighbours. Moves records: no walk may be under way. */
  tidy(): void {
    if (this.#sparse.size === 0) return;
    let at = 0;
    const order: Block[] = [];
    for (const block of this.#order) {
      const previous = order[at - 1];
      if (block.live === 0 && block !== this.#tail) this.#drop(block);
      else if (previous !== undefined && block !== this.#tail && this.#joins(previous, block)) this.#join(previous, block);
      else {
        order.push(block);
        at++;
      }
    }
    this.#order = order;
    this.#sparse.clear();
  }

  #joins(a: Block, b: Block): boolean {
    return (this.#sparse.has(a) || this.#sparse.has(b)) && a.live + b.live <= BLOCK - LOG_BLOCK_SPARSE;
  }

  #drop(block: Block): void {
    this.#blocks[block.id] = undefined;
    this.#freeIds.push(block.id);
  }

  #join(into: Block, from: Block): void {
    const used = into.used;
    into.used = 0;
    for (let i = 0; i < used; i++) if (into.slot[i] !== HOLE) this.#move(into, i, into);
    for (let i = 0; i < from.used; i++) if (from.slot[i] !== HOLE) this.#move(from, i, into);
    into.live = into.used;
    this.#drop(from);
  }

  /** To the next free place of `into`, which is at or before where it lies; its links follow. */
  #move(from: Block, i: number, into: Block): void {
    const j = into.used++;
    const to = into.id * BLOCK + j;
    if (from === into && i === j) return;
    into.main[j] = from.main[i] as number;
    into.freed[j] = from.freed[i] as number;
    into.sub[j] = from.sub[i] as number;
    const slot = from.slot[i] as number;
    const older = from.older[i] as number;
    const newer = from.newer[i] as number;
    into.slot[j] = slot;
    into.older[j] = older;
    into.newer[j] = newer;
    into.bytes[j] = from.bytes[i] as number;
    if (older !== NONE) this.#block(older).newer[older & OFFSET_MASK] = to;
    if (newer === NONE) this.#onMove(slot, to);
    else this.#block(newer).older[newer & OFFSET_MASK] = to;
  }
}
