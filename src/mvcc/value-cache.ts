import type { StoredKeyValue } from "./record.js";

interface Entry {
  readonly main: number;
  readonly sub: number;
  readonly kv: StoredKeyValue;
}

/** Newest values by slot, in two generations: when the young one is full it becomes the old one and the old one is dropped, so that
 *  nothing is tracked per read. An entry names its revision: a write makes it stale without touching the cache. */
export class ValueCache {
  readonly #bytesMax: number;
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(slot: number, main: number, sub: number): StoredKeyValue | undefined {
    const young = this.#young.get(slot);
    if (young !== undefined) return young.main === main && young.sub === sub ? young.kv : undefined;
    const old = this.#old.get(slot);
    if (old === undefined || old.main !== main || old.sub !== sub) return undefined;
    this.#add(slot, old);
    return old.kv;
  }

  set(slot: number, main: number, sub: number, kv: StoredKeyValue): void {
    this.#add(slot, { main, sub, kv });
  }

  #add(slot: number, entry: Entry): void {
    // 200: map entry, objects and views, roughly; else many tiny values would take many times the limit.
    this.#youngBytes += entry.kv.encoded.length + 200;
    this.#young.set(slot, entry);
    if (this.#youngBytes * 2 < this.#bytesMax) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
