import type { CachedObject } from "./cached-object.js";
import { HISTORY_BYTES_MAX, HISTORY_CHANGES_MAX } from "./limits.js";

/** A change as watchers get it. */
export interface CacheChange {
  readonly key: string;
  readonly revision: number;
  /** undefined: deleted. */
  readonly object: CachedObject | undefined;
  readonly previous: CachedObject | undefined;
}

/** The newest changes of all resources, oldest first, for watches that begin a little in the past. */
export class History {
  readonly #changes: CacheChange[] = [];
  #dropped = 0;
  #bytes = 0;
  /** Every change after this revision is here. */
  #since: number;

  constructor(since: number) {
    this.#since = since;
  }
  get since(): number {
    return this.#since;
  }

  push(change: CacheChange): void {
    this.#changes.push(change);
    this.#bytes += sizeOf(change);
    while (this.#changes.length - this.#dropped > HISTORY_CHANGES_MAX || this.#bytes > HISTORY_BYTES_MAX) this.#dropOldest();
    if (this.#dropped > HISTORY_CHANGES_MAX) {
      this.#changes.splice(0, this.#dropped);
      this.#dropped = 0;
    }
  }
  /** A transaction's changes share a revision: a watch from it must see all or be told that it is too old. */
  #dropOldest(): void {
    const oldest = this.#changes[this.#dropped] as CacheChange;
    this.#bytes -= sizeOf(oldest);
    this.#since = Math.max(this.#since, oldest.revision);
    this.#dropped++;
  }

  /** Changes of keys below `prefix` after `revision`; undefined when some are not here any more. */
  after(revision: number, prefix: string): readonly CacheChange[] | undefined {
    if (revision < this.#since) return undefined;
    const first = this.#firstAfter(revision);
    return this.#changes.slice(first).filter((c) => c.key.startsWith(prefix));
  }
  #firstAfter(revision: number): number {
    let [low, high] = [this.#dropped, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle] as CacheChange).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Nothing before `revision` is known: the cache was filled anew. */
  reset(revision: number): void {
    this.#changes.length = 0;
    this.#dropped = 0;
    this.#bytes = 0;
    this.#since = revision;
  }
}

const sizeOf = (c: CacheChange): number => (c.object?.value.length ?? 0) + c.key.length;
