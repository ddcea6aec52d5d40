import { type Index, index } from "../../base/index.js";

/** How many entries, and how many bytes of them, stay behind a checkpoint for followers that are late. */
export interface KeepLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** Sizes of the applied entries that the log still holds, oldest first: numbers alone, for an object each would outlive its request. */
export class KeptEntries {
  /** Index of the oldest. */
  #first = 0;
  #sizes: number[] = [];
  #bytes = 0;

  /** The next applied entry. */
  add(at: Index, bytes: number): void {
    if (this.#sizes.length === 0) this.#first = at;
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  clear(): void {
    this.#sizes = [];
    this.#bytes = 0;
  }

  /** Forgets what is below the checkpoint, but for the newest; the index up to which the log may be cut, 0 for nowhere. */
  compactTo(checkpoint: Index, keep: KeepLimits): Index {
    let drop = 0;
    for (; drop < this.#sizes.length; drop++) {
      if (this.#first + drop > checkpoint) break;
      if (this.#sizes.length - drop <= keep.entries && this.#bytes <= keep.bytes) break;
      this.#bytes -= this.#sizes[drop] as number;
    }
    if (drop === 0) return index(0);
    this.#sizes.splice(0, drop);
    this.#first += drop;
    return index(this.#first - 1);
  }
}
