import { type Bytes, check, latin1 } from "../../base/index.js";
import { NONE } from "./revision-log.js";

const EMPTY = 0;
const SLOTS_START = 1024;

/** Hash of a key's bytes. The same over the bytes and over their latin1 string. */
function hashBytes(bytes: Bytes): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193);
  return (h ^ (h >>> 15)) >>> 0;
}
function sameKey(text: string, bytes: Bytes): boolean {
  if (text.length !== bytes.length) return false;
  for (let i = bytes.length - 1; i >= 0; i--) if (text.charCodeAt(i) !== bytes[i]) return false;
  return true;
}

/** One slot a key that has any stored revision: its columns lie outside the JS heap, so a full collection does not visit them, and
 *  a hash of the bytes finds the slot without making a string. */
export class KeyTable {
  /** The key's text by slot; "" for a free slot (an empty key is refused before it gets here). */
  readonly keys: string[] = [];
  /** Position of the newest record in the revision log. */
  head = new Uint32Array(SLOTS_START);
  createRevision = new Float64Array(SLOTS_START);
  /** 0: deleted, but its tombstone is still stored. */
  version = new Float64Array(SLOTS_START);
  /** Row in the lease table; 0 is no lease. */
  lease = new Uint32Array(SLOTS_START);
  #hash = new Uint32Array(SLOTS_START);
  #capacity = SLOTS_START;
  readonly #free: number[] = [];
  /** Open addressing, linear probing: slot + 1, or EMPTY. */
  #buckets = new Uint32Array(SLOTS_START * 2);
  #mask = SLOTS_START * 2 - 1;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The slot of a key, or NONE. */
  find(key: Bytes): number {
    const hash = hashBytes(key);
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const bucket = this.#buckets[at] as number;
      if (bucket === EMPTY) return NONE;
      const slot = bucket - 1;
      if (this.#hash[slot] === hash && sameKey(this.keys[slot] as string, key)) return slot;
    }
  }

  /** A slot for a key that has none. */
  add(key: Bytes): number {
    if (this.#count * 2 >= this.#mask) this.#rehash((this.#mask + 1) * 2);
    const slot = this.#free.pop() ?? this.#count;
    if (slot >= this.#capacity) this.#grow();
    const hash = hashBytes(key);
    this.keys[slot] = latin1(key);
    this.#hash[slot] = hash;
    this.head[slot] = NONE;
    this.createRevision[slot] = 0;
    this.version[slot] = 0;
    this.lease[slot] = 0;
    this.#count++;
    this.#place(slot, hash);
    return slot;
  }

  #place(slot: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#buckets[at] !== EMPTY) at = (at + 1) & this.#mask;
    this.#buckets[at] = slot + 1;
  }

  /** Frees the slot of a key whose last record was compacted away. */
  remove(slot: number): void {
    let at = (this.#hash[slot] as number) & this.#mask;
    while (this.#buckets[at] !== slot + 1) {
      check(this.#buckets[at] !== EMPTY, "a slot to remove is not in its hash chain");
      at = (at + 1) & this.#mask;
    }
    this.#closeGap(at);
    this.keys[slot] = "";
    this.#free.push(slot);
    this.#count--;
  }

  /** Moves later entries of the chain back, so that no search stops early at the gap. */
  #closeGap(gap: number): void {
    let hole = gap;
    for (let at = (hole + 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const bucket = this.#buckets[at] as number;
      if (bucket === EMPTY) break;
      const home = (this.#hash[bucket - 1] as number) & this.#mask;
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.#buckets[hole] = bucket;
      hole = at;
    }
    this.#buckets[hole] = EMPTY;
  }

  #rehash(size: number): void {
    const old = this.#buckets;
    this.#buckets = new Uint32Array(size);
    this.#mask = size - 1;
    for (const bucket of old) if (bucket !== EMPTY) this.#place(bucket - 1, this.#hash[bucket - 1] as number);
  }

  #grow(): void {
    this.#capacity *= 2;
    this.head = grown(this.head, new Uint32Array(this.#capacity));
    this.createRevision = grown(this.createRevision, new Float64Array(this.#capacity));
    this.version = grown(this.version, new Float64Array(this.#capacity));
    this.lease = grown(this.lease, new Uint32Array(this.#capacity));
    this.#hash = grown(this.#hash, new Uint32Array(this.#capacity));
  }
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
