const FIRST_SLOTS = 16;
/** Slots that an empty map keeps: a burst that is over gives its memory back. */
const EMPTY_SLOTS_MAX = 4_096;
/** Knuth's multiplicative hashing: neighbours spread, and so do multiples of a power of two. */
const GOLDEN = 0x9e37_79b1;
/** No key: keys are positive. */
const FREE = 0;

/**
 * Values by positive integers, for what comes and goes with every request. A Map makes a new table each few insertions there and links
 * the old one to it; once one of those lies in the old generation, the collector takes the whole chain for alive, and with it every
 * request that any of them held (measured: 2.2 KB a put moved to the old generation for nothing, a quarter of a leader's time). Open
 * addressing with linear probes; removing moves the followers up, so there are no tombstones. Unordered.
 */
export class NumberMap<V> {
  #keys: number[] = new Array<number>(FIRST_SLOTS).fill(FREE);
  #values: (V | undefined)[] = new Array<V | undefined>(FIRST_SLOTS).fill(undefined);
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): V | undefined {
    return this.#values[this.#slotOf(key)];
  }
  has(key: number): boolean {
    return this.#keys[this.#slotOf(key)] === key;
  }

  set(key: number, value: V): void {
    let slot = this.#slotOf(key);
    if (this.#keys[slot] !== key) {
      if (this.#size * 2 > this.#mask) {
        this.#resize((this.#mask + 1) * 2);
        slot = this.#slotOf(key);
      }
      this.#size++;
      this.#keys[slot] = key;
    }
    this.#values[slot] = value;
  }

  delete(key: number): boolean {
    const slot = this.#slotOf(key);
    if (this.#keys[slot] !== key) return false;
    this.#free(slot);
    if (--this.#size === 0 && this.#mask >= EMPTY_SLOTS_MAX) this.#resize(FIRST_SLOTS);
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#resize(FIRST_SLOTS);
  }

  /** A copy: the map may change while its values are gone through. */
  values(): V[] {
    const out: V[] = [];
    for (let slot = 0; slot <= this.#mask; slot++) if (this.#keys[slot] !== FREE) out.push(this.#values[slot] as V);
    return out;
  }

  /** Where the key is, or the free slot where it would be. */
  #slotOf(key: number): number {
    let slot = this.#home(key);
    for (;;) {
      const at = this.#keys[slot];
      if (at === key || at === FREE) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
  #home(key: number): number {
    const hash = Math.imul(key, GOLDEN);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }

  /** Empties a slot and moves up whatever would not be found behind it any more. */
  #free(slot: number): void {
    let hole = slot;
    for (let at = (slot + 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const key = this.#keys[at] as number;
      if (key === FREE) break;
      // Its probe passes the hole: the hole lies between its home and where it is.
      if (((at - this.#home(key)) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.#keys[hole] = key;
      this.#values[hole] = this.#values[at];
      hole = at;
    }
    this.#keys[hole] = FREE;
    this.#values[hole] = undefined;
  }

  #resize(slots: number): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Array<number>(slots).fill(FREE);
    this.#values = new Array<V | undefined>(slots).fill(undefined);
    this.#mask = slots - 1;
    if (this.#size === 0) return;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      if (key === FREE) continue;
      const slot = this.#slotOf(key);
      this.#keys[slot] = key;
      this.#values[slot] = values[i];
    }
  }
}
