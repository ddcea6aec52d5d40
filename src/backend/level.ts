import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Bug, type Bytes, check } from "../base/index.js";
import type { Disk } from "../host/index.js";
import { type Current, generationName, generationOf, RunningMarker, readCurrent, writeCurrent } from "./files.js";
import { EVERYTHING, Generation, type Pair, type Range } from "./generation.js";
import { CACHE_BYTES } from "./limits.js";
import { type Layer, Overlay } from "./overlay.js";
import { Turns } from "./turns.js";
import {
  type Backend,
  BackendDamaged,
  type BackendOptions,
  type BackendSnapshot,
  type CheckpointMeta,
  type Replacement,
  type SpaceKey,
} from "./types.js";

/** Opens the backend in `directory`, creating it when there is none. Throws BackendDamaged or BackendTooNew. */
export async function openLevelBackend(options: BackendOptions): Promise<LevelBackend> {
  const { disk, directory, log } = options;
  const current = (await readCurrent(disk, directory)) ?? (await createCurrent(disk, directory));
  await removeStale(disk, directory, current);
  const marker = new RunningMarker(disk, directory);
  const stop = await marker.raise();
  if (stop !== "clean") log.warn("the backend was not closed last time; its whole contents are checked while read", {});
  const location = join(options.nativeDirectory, generationName(current.generation));
  const cacheBytes = options.cacheBytes ?? CACHE_BYTES;
  const generation = await Generation.open(location, {
    cacheBytes,
    mayCreate: !current.used,
    verifyTables: stop === "while reading",
  });
  if (current.used && generation.meta === undefined) {
    await generation.close();
    throw new BackendDamaged(`${location} has lost its checkpoint`);
  }
  return new LevelBackend({ ...options, cacheBytes }, { marker, current, generation });
}

/** The file comes first: databases without it were not made here, or it was lost. */
async function createCurrent(disk: Disk, directory: string): Promise<Current> {
  await makeDurableDirectory(disk, directory);
  const names = await disk.list(directory);
  if (names.some((name) => generationOf(name) !== undefined)) {
    throw new BackendDamaged(`${directory} holds a database, but the file that says which is gone`);
  }
  const current = { generation: 1, used: false };
  await writeCurrent(disk, directory, current);
  return current;
}

/** Every level from the root down: a directory whose parent forgot it takes the database with it. */
async function makeDurableDirectory(disk: Disk, directory: string): Promise<void> {
  await disk.makeDirectory(directory);
  const parts = directory.split("/").filter((part) => part !== "" && part !== ".");
  for (let depth = 0; depth < parts.length; depth++) {
    await disk.syncDirectory(depth === 0 ? "." : parts.slice(0, depth).join("/"));
  }
}

/** Replacements that were never committed, and what a committed one replaced. */
async function removeStale(disk: Disk, directory: string, current: Current): Promise<void> {
  for (const name of await disk.list(directory)) {
    const generation = generationOf(name);
    if (generation !== undefined && generation !== current.generation) await disk.remove(`${directory}/${name}`);
  }
}

interface Opened {
  readonly marker: RunningMarker;
  readonly current: Current;
  readonly generation: Generation;
}

/** Overlay in memory above a LevelDB that only ever sees whole checkpoints. */
export class LevelBackend implements Backend {
  readonly #options: BackendOptions & { readonly cacheBytes: number };
  readonly #marker: RunningMarker;
  readonly #overlay = new Overlay();
  readonly #turns = new Turns();
  #current: Current;
  #generation: Generation;
  /** Replaced, and still being read. */
  readonly #retired = new Set<Generation>();
  #replacing = false;
  #closed = false;

  constructor(options: BackendOptions & { readonly cacheBytes: number }, opened: Opened) {
    this.#options = options;
    this.#marker = opened.marker;
    this.#current = opened.current;
    this.#generation = opened.generation;
  }

  get checkpointed(): CheckpointMeta | undefined {
    return this.#generation.meta;
  }

  get(key: SpaceKey): Bytes | undefined {
    const layered = this.#overlay.get(key);
    return layered === undefined ? this.#generation.get(key) : (layered ?? undefined);
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

  /** The layer is closed now, not when its turn comes: later writes are not part of what `meta` says is applied. */
  checkpoint(meta: CheckpointMeta): Promise<void> {
    check(!this.#closed, "backend used after close");
    const layer = this.#overlay.freeze();
    return this.#turns.run(() => this.#write(layer, meta));
  }

  scan(range: Range): AsyncIterable<readonly Pair[]> {
    const generation = this.#generation;
    const pin = generation.pin();
    const proved = () => this.#marker.proved();
    return (async function* () {
      try {
        yield* generation.pairs(range, pin);
        await proved();
      } finally {
        await generation.unpin(pin);
      }
    })();
  }

  /** Reads everything once and checks it. Throws BackendDamaged. */
  async verifyAll(): Promise<void> {
    for await (const _ of this.scan(EVERYTHING));
  }

  async snapshot(): Promise<BackendSnapshot> {
    const generation = this.#generation;
    const pin = generation.pin();
    const meta = pin.stored?.meta;
    let released = meta === undefined;
    if (meta === undefined) {
      await generation.unpin(pin);
      throw new Bug("snapshot before the first checkpoint");
    }
    return {
      meta,
      pairs: () => generation.pairs(EVERYTHING, pin),
      release: async () => {
        if (released) return;
        released = true;
        await generation.unpin(pin);
      },
    };
  }

  async beginReplace(): Promise<Replacement> {
    check(!this.#replacing, "one replacement at a time");
    this.#replacing = true;
    const number = this.#current.generation + 1;
    const { disk, directory, cacheBytes } = this.#options;
    await disk.remove(`${directory}/${generationName(number)}`);
    const location = join(this.#options.nativeDirectory, generationName(number));
    const generation = await Generation.open(location, { cacheBytes, mayCreate: true, verifyTables: false });
    return {
      put: (pairs) => generation.write(pairs),
      commit: (meta) => this.#turns.run(() => this.#replace(generation, number, meta)),
      abandon: async () => {
        this.#replacing = false;
        await generation.close();
        await this.#removeGeneration(number);
      },
    };
  }

  async sizeBytes(): Promise<number> {
    const { location } = this.#generation;
    const names = await readdir(location);
    // Files that a compaction removes meanwhile count for nothing.
    const sizes = names.map((name) =>
      stat(join(location, name)).then(
        (stats) => stats.size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  async defragment(): Promise<void> {
    await this.#generation.defragment();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#turns.idle();
    for (const generation of [this.#generation, ...this.#retired]) await generation.close();
    await this.#marker.lower();
  }

  async #write(layer: Layer, meta: CheckpointMeta): Promise<void> {
    await this.#generation.write(layer.writes, meta);
    this.#overlay.drop(layer);
    await this.#marker.proved();
    if (!this.#current.used) await this.#setCurrent({ ...this.#current, used: true });
  }

  /** The new database is whole and synced before the file names it; naming it is the commit. */
  async #replace(generation: Generation, number: number, meta: CheckpointMeta): Promise<void> {
    await generation.write([], meta);
    const { disk, directory } = this.#options;
    await disk.syncDirectory(`${directory}/${generationName(number)}`);
    await disk.syncDirectory(directory);
    await this.#setCurrent({ generation: number, used: true });
    const [old, oldNumber] = [this.#generation, number - 1];
    this.#generation = generation;
    this.#overlay.clear();
    this.#replacing = false;
    this.#retired.add(old);
    await old.retire(async () => {
      this.#retired.delete(old);
      await this.#removeGeneration(oldNumber);
    });
  }

  async #setCurrent(current: Current): Promise<void> {
    await writeCurrent(this.#options.disk, this.#options.directory, current);
    this.#current = current;
  }

  async #removeGeneration(number: number): Promise<void> {
    await this.#options.disk.remove(`${this.#options.directory}/${generationName(number)}`);
  }
}
