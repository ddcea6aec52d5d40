import { CHANGES_MAX } from "./limits.js";

/** Which nodes changed, in order, so that whoever counted over all of them counts again only over those. */
export class Changes {
  #slots: number[] = [];
  /** Where the first one that is still known stands. */
  #from = 0;
  /** By slot: where its latest change stands. */
  readonly #latest: number[] = [];

  /** Where the next one will stand: what a reader keeps. */
  get end(): number {
    return this.#from + this.#slots.length;
  }
  add(slot: number): void {
    if (this.#slots.length >= CHANGES_MAX) {
      this.#slots = this.#slots.slice(CHANGES_MAX / 2);
      this.#from += CHANGES_MAX / 2;
    }
    this.#latest[slot] = this.end;
    this.#slots.push(slot);
  }
  /** Grows whenever the node in this slot changes. */
  latest(slot: number): number {
    return this.#latest[slot] ?? -1;
  }
  /** Tells each slot that changed once. False: it is too long ago, and all may have. */
  since(from: number, tell: (slot: number) => void): boolean {
    if (from < this.#from) return false;
    for (let at = from; at < this.end; at++) {
      const slot = this.#slots[at - this.#from] as number;
      if (this.#latest[slot] === at) tell(slot);
    }
    return true;
  }
}
