import { Bug, type Bytes } from "../base/index.js";
import type { SpaceKey } from "./types.js";

/** null is a tombstone: deleted here, whatever lies below. */
export type Layered = Bytes | null;

/** Writes of one checkpoint. Frozen layers do not change. */
export interface Layer {
  readonly writes: ReadonlyMap<SpaceKey, Layered>;
}

/** The first char of a key is its bucket; the backend keeps bucket 0 for itself. */
export const RESERVED_BUCKET = 0;

/** Writes that are not durable yet: one open layer on top, below it those whose checkpoint is on its way. */
export class Overlay {
  #open = new Map<SpaceKey, Layered>();
  #openBytes = 0;
  #frozen: { readonly writes: Map<SpaceKey, Layered> }[] = [];

  /** undefined: not written here, look below. */
  get(key: SpaceKey): Layered | undefined {
    const newest = this.#open.get(key);
    if (newest !== undefined || this.#frozen.length === 0) return newest;
    for (let at = this.#frozen.length - 1; at >= 0; at--) {
      const value = this.#frozen[at]?.writes.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  put(key: SpaceKey, value: Layered): void {
    // A NaN is the empty key.
    if (!(key.charCodeAt(0) > RESERVED_BUCKET)) throw new Bug("key is empty or in the backend's own bucket");
    const before = this.#open.get(key);
    if (before === undefined) this.#openBytes += key.length;
    else if (before !== null) this.#openBytes -= before.length;
    if (value !== null) this.#openBytes += value.length;
    this.#open.set(key, value);
  }

  /** Bytes of keys and values in the open layer. */
  pendingBytes(): number {
    return this.#openBytes;
  }

  /** Closes the open layer. It stays readable until dropped. */
  freeze(): Layer {
    const layer = { writes: this.#open };
    this.#frozen.push(layer);
    this.#open = new Map();
    this.#openBytes = 0;
    return layer;
  }

  /** Its writes are in the store below now. */
  drop(layer: Layer): void {
    this.#frozen = this.#frozen.filter((kept) => kept !== layer);
  }

  clear(): void {
    this.#open = new Map();
    this.#openBytes = 0;
    this.#frozen = [];
  }
}
