import type { CachedObject } from "./cached-object.js";

/** Objects in key order. Keys arrive mostly at the end or are replaced; an insertion in the middle moves pointers only. */
export class SortedObjects {
  readonly #byKey = new Map<string, CachedObject>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }
  get(key: string): CachedObject | undefined {
    return this.#byKey.get(key);
  }
  set(object: CachedObject): void {
    if (!this.#byKey.has(object.key)) this.#keys.splice(this.#firstFrom(object.key), 0, object.key);
    this.#byKey.set(object.key, object);
  }
  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#keys.splice(this.#firstFrom(key), 1);
  }

  /** Those whose keys begin with `prefix`, from `from` on when given. */
  *below(prefix: string, from = prefix): IterableIterator<CachedObject> {
    for (let i = this.#firstFrom(from < prefix ? prefix : from); i < this.#keys.length; i++) {
      const key = this.#keys[i] as string;
      if (!key.startsWith(prefix)) return;
      yield this.#byKey.get(key) as CachedObject;
    }
  }

  #firstFrom(key: string): number {
    let [low, high] = [0, this.#keys.length];
    const last = this.#keys[high - 1];
    if (last !== undefined && last < key) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
