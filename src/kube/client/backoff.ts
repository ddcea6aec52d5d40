import type { Random } from "../../base/index.js";

/** Pauses that double up to a bound, each longer by up to its own length at random so that clients do not return together. */
export class Backoff {
  readonly #min: number;
  readonly #max: number;
  readonly #random: Random;
  #next: number;
  constructor(options: { readonly minMs: number; readonly maxMs: number; readonly random: Random }) {
    this.#min = options.minMs;
    this.#max = options.maxMs;
    this.#random = options.random;
    this.#next = options.minMs;
  }
  next(): number {
    const base = this.#next;
    this.#next = Math.min(base * 2, this.#max);
    return Math.min(base + this.#random.below(Math.ceil(base) + 1), this.#max);
  }
  reset(): void {
    this.#next = this.#min;
  }
}
