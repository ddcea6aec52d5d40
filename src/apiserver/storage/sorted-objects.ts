import type { CachedObject } from "./cached-object.js";
import { SORTED_RUN_MAX } from "./limits.js";

/** Objects in key order, in runs that are split when they are full: an insertion moves the rest of one run, however many objects there are. */
export class SortedObjects {
  readonly #byKey = new Map<string, CachedObject>();
  /** None is empty. */
  readonly #runs: string[][] = [];

  get size(): number {
    return this.#byKey.size;
  }
  get(key: string): CachedObject | undefined {
    return this.#byKey.get(key);
  }
  set(object: CachedObject): void {
    const { key } = object;
    if (!this.#byKey.has(key)) this.#insert(key);
    this.#byKey.set(key, object);
  }
  delete(key: string): void {
    if (!this.#byKey.delete(key)) return;
    const at = this.#runOf(key);
    const run = this.#runs[at] as string[];
    run.splice(firstFrom(run, key), 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** Those whose keys begin with `prefix`, from `from` on when given. What is set or deleted meanwhile may be passed over. */
  *below(prefix: string, from = prefix): IterableIterator<CachedObject> {
    const first = from < prefix ? prefix : from;
    for (let at = this.#runOf(first); at < this.#runs.length; at++) {
      const run = this.#runs[at] as string[];
      for (let i = firstFrom(run, first); i < run.length; i++) {
        const key = run[i] as string;
        if (!key.startsWith(prefix)) return;
        yield this.#byKey.get(key) as CachedObject;
      }
    }
  }

  #insert(key: string): void {
    const at = this.#runOf(key);
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push([key]);
      return;
    }
    run.splice(firstFrom(run, key), 0, key);
    if (run.length <= SORTED_RUN_MAX) return;
    // Keys that only grow leave full runs behind instead of halves.
    const grows = at === this.#runs.length - 1 && run.at(-1) === key;
    this.#runs.splice(at + 1, 0, run.splice(grows ? run.length - 1 : run.length >>> 1));
  }

  /** The last run that begins at or before the key; the first when none does. */
  #runOf(key: string): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.#runs[middle] as string[])[0] as string) <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** The place of the first that is not before the key. */
function firstFrom(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
