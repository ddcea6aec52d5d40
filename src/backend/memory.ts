import { Bug, type Bytes, check } from "../base/index.js";
import { SCAN_SLICE_PAIRS } from "./limits.js";
import { type Layer, Overlay } from "./overlay.js";
import { Turns } from "./turns.js";
import type { Backend, BackendSnapshot, CheckpointMeta, Replacement, SpaceKey } from "./types.js";

type Pair = readonly [SpaceKey, Bytes];
type Range = { readonly from: SpaceKey; readonly to: SpaceKey };
const EVERYTHING: Range = { from: "", to: "\u0100" };

/** What outlives a memory backend: the checkpoints it made. Opened anew after a simulated crash, it holds exactly those. */
export interface MemoryStore {
  pairs: Map<SpaceKey, Bytes>;
  meta: CheckpointMeta | undefined;
  /** Raised by each open: a backend of an earlier life can no longer write. */
  life: number;
}

export function createMemoryStore(): MemoryStore {
  return { pairs: new Map(), meta: undefined, life: 0 };
}

export interface MemoryBackendOptions {
  /** Its own when absent: then nothing survives it. */
  readonly store?: MemoryStore;
  /** Runs the durable part of a checkpoint; a simulator decides when. At once by default. */
  readonly delay?: (run: () => void) => void;
}

/** For tests, simulation and embedding without a disk: the semantics of the level backend, in maps. */
export function createMemoryBackend(options: MemoryBackendOptions = {}): Backend {
  return new MemoryBackend(options.store ?? createMemoryStore(), options.delay ?? ((run) => run()));
}

class MemoryBackend implements Backend {
  readonly #store: MemoryStore;
  readonly #life: number;
  readonly #delay: (run: () => void) => void;
  readonly #overlay = new Overlay();
  readonly #turns = new Turns();
  #replacing = false;
  #closed = false;

  constructor(store: MemoryStore, delay: (run: () => void) => void) {
    this.#store = store;
    this.#life = ++store.life;
    this.#delay = delay;
  }

  get checkpointed(): CheckpointMeta | undefined {
    return this.#store.meta;
  }

  get(key: SpaceKey): Bytes | undefined {
    const layered = this.#overlay.get(key);
    return layered === undefined ? this.#store.pairs.get(key) : (layered ?? undefined);
  }

  put(key: SpaceKey, value: Bytes): void {
    this.#overlay.put(key, value);
  }

  delete(key: SpaceKey): void {
    this.#overlay.put(key, null);
  }

  pendingBytes(): number {
    return this.#overlay.pendingBytes();
  }

  checkpoint(meta: CheckpointMeta): Promise<void> {
    check(!this.#closed, "backend used after close");
    const layer = this.#overlay.freeze();
    return this.#turns.run(() =>
      this.#durably(() => {
        this.#apply(layer);
        this.#store.meta = meta;
      }),
    );
  }

  scan(range: Range): AsyncIterable<readonly Pair[]> {
    return inSlices(sortedPairs(this.#store.pairs, range));
  }

  async snapshot(): Promise<BackendSnapshot> {
    const { meta } = this.#store;
    if (meta === undefined) throw new Bug("snapshot before the first checkpoint");
    const pairs = sortedPairs(this.#store.pairs, EVERYTHING);
    return { meta, pairs: () => inSlices(pairs), release: async () => {} };
  }

  async beginReplace(): Promise<Replacement> {
    check(!this.#replacing, "one replacement at a time");
    this.#replacing = true;
    const pairs = new Map<SpaceKey, Bytes>();
    return {
      put: async (more) => {
        for (const [key, value] of more) pairs.set(key, value);
      },
      commit: (meta) => this.#turns.run(() => this.#durably(() => this.#replace(pairs, meta))),
      abandon: async () => {
        this.#replacing = false;
      },
    };
  }

  async sizeBytes(): Promise<number> {
    let bytes = 0;
    for (const [key, value] of this.#store.pairs) bytes += key.length + value.length;
    return bytes;
  }

  async defragment(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.idle();
  }

  #apply(layer: Layer): void {
    for (const [key, value] of layer.writes) {
      if (value === null) this.#store.pairs.delete(key);
      else this.#store.pairs.set(key, value);
    }
    this.#overlay.drop(layer);
  }

  #replace(pairs: Map<SpaceKey, Bytes>, meta: CheckpointMeta): void {
    this.#store.pairs = pairs;
    this.#store.meta = meta;
    this.#overlay.clear();
    this.#replacing = false;
  }

  /** Never resolves for a backend whose store was opened anew: its process is gone. */
  #durably(change: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#delay(() => {
        if (this.#store.life !== this.#life) return;
        change();
        resolve();
      });
    });
  }
}

function sortedPairs(pairs: ReadonlyMap<SpaceKey, Bytes>, range: Range): readonly Pair[] {
  const inside = [...pairs].filter(([key]) => key >= range.from && key < range.to);
  return inside.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function* inSlices(pairs: readonly Pair[]): AsyncIterable<readonly Pair[]> {
  for (let at = 0; at < pairs.length; at += SCAN_SLICE_PAIRS) yield pairs.slice(at, at + SCAN_SLICE_PAIRS);
}
