import { type Bytes, check } from "../base/index.js";
import { addPair, bucketOf, copyDigests, type Digests, digestOf, firstDifference, removePair } from "./digest.js";
import { ENCODE_SLICE_KEYS, SCAN_SLICE_BYTES, SCAN_SLICE_PAIRS } from "./limits.js";
import { isMetaKey, MetaKeys, metaKeyBehind } from "./meta-keys.js";
import { type NativeDb, openNative, readFailure, writeFailure } from "./native.js";
import type { Layered } from "./overlay.js";
import { CRC_BYTES, crcOf, decodeMeta, encodeMeta, encodeStored, type StoredMeta, verifyStored } from "./record.js";
import { tablesIn, verifyTables } from "./tables.js";
import { BackendDamaged, type CheckpointMeta, type SpaceKey } from "./types.js";

export type Pair = readonly [SpaceKey, Bytes];
export type Range = { readonly from: SpaceKey; readonly to: SpaceKey };
type Write = readonly [SpaceKey, Layered];
type Batch = ReturnType<NativeDb["batch"]>;

export const EVERYTHING: Range = { from: "", to: "\u0100" };

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A view of the database that later writes do not change. */
export interface Pin {
  readonly snapshot: ReturnType<NativeDb["snapshot"]>;
  readonly stored: StoredMeta | undefined;
}

export interface GenerationOptions {
  readonly cacheBytes: number;
  readonly mayCreate: boolean;
  /** Check every block before reading any: the last start may have died of one. */
  readonly verifyTables: boolean;
}

/** One database directory. A replacement is the next generation; an old one lives on until nobody reads it. */
export class Generation {
  readonly #db: NativeDb;
  readonly location: string;
  readonly #metaKeys: MetaKeys;
  /** The meta key of the batch that is being written: a snapshot may show it already. */
  #underWay: SpaceKey | undefined;
  #meta: CheckpointMeta | undefined;
  #digests: Digests;
  #readers = 0;
  #retire: (() => Promise<void>) | undefined;

  private constructor(db: NativeDb, location: string, lastKey: SpaceKey | undefined) {
    this.#db = db;
    this.location = location;
    this.#metaKeys = new MetaKeys(lastKey !== undefined && isMetaKey(lastKey) ? lastKey : undefined);
    const stored = this.#readMeta();
    this.#meta = stored?.meta;
    this.#digests = stored?.digests ?? new Map();
  }

  static async open(location: string, options: GenerationOptions): Promise<Generation> {
    const tables = await tablesIn(location);
    const db = await openNative(location, options);
    try {
      await verifyTables(location, tables, { everything: options.verifyTables });
      return new Generation(db, location, await lastKeyOf(db));
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  get meta(): CheckpointMeta | undefined {
    return this.#meta;
  }

  get(key: SpaceKey): Bytes | undefined {
    const stored = this.#read(key);
    if (stored === undefined) return undefined;
    verifyStored(key, stored);
    return stored.subarray(CRC_BYTES);
  }

  /** One atomic, synced batch. With `meta` it is a checkpoint; without, part of a replacement that nobody reads yet. */
  async write(writes: Iterable<Write>, meta?: CheckpointMeta): Promise<void> {
    const digests = copyDigests(this.#digests);
    const batch = this.#db.batch();
    let lowest: SpaceKey = EVERYTHING.to;
    for (const slice of slices(writes)) {
      const olds = await this.#storedBefore(slice);
      for (const [key, value] of slice) {
        putInto(batch, digests, key, value, olds.get(key));
        if (key < lowest) lowest = key;
      }
      await nextTurn();
    }
    if (meta !== undefined) await this.#commitWithMeta(batch, { meta, digests }, lowest);
    else await this.#commit(batch);
    this.#digests = digests;
  }

  async #commitWithMeta(batch: Batch, stored: StoredMeta, lowest: SpaceKey): Promise<void> {
    const key = metaKeyBehind(stored.digests);
    const obsolete = this.#metaKeys.obsolete(key, lowest);
    for (const each of obsolete) batch.del(each);
    batch.put(key, encodeStored(key, encodeMeta(stored)));
    this.#underWay = key;
    await this.#commit(batch);
    this.#underWay = undefined;
    this.#metaKeys.advance(key, obsolete);
    this.#meta = stored.meta;
  }

  pin(): Pin {
    this.#readers++;
    const snapshot = this.#db.snapshot();
    return { snapshot, stored: this.#readMeta(snapshot) };
  }

  async unpin(pin: Pin): Promise<void> {
    await pin.snapshot.close();
    this.#readers--;
    await this.#retireIfUnread();
  }

  /** Pairs in order, each checked; buckets that the range covers whole are checked against the checkpoint's digest. */
  async *pairs(range: Range, pin: Pin): AsyncGenerator<readonly Pair[]> {
    const found: Digests = new Map();
    const iterator = this.#db.iterator({
      gte: range.from,
      lt: range.to,
      snapshot: pin.snapshot,
      highWaterMarkBytes: SCAN_SLICE_BYTES,
    });
    // One slice ahead: the database reads while the one before is worked through.
    let ahead = iterator.nextv(SCAN_SLICE_PAIRS);
    try {
      for (;;) {
        const entries = await ahead;
        if (entries.length === 0) break;
        ahead = iterator.nextv(SCAN_SLICE_PAIRS);
        // Whoever stops before its end asks no more: it must not count as an error that nobody saw.
        ahead.catch(() => {});
        const pairs = this.#withoutMetas(entries);
        for (const entry of pairs) acceptEntry(entry, found);
        if (pairs.length > 0) yield pairs;
      }
    } catch (error) {
      throw readFailure(error);
    } finally {
      await ahead.catch(() => {});
      await iterator.close();
    }
    const difference = firstDifference(pin.stored?.digests ?? new Map(), found, range);
    if (difference !== undefined) throw new BackendDamaged(difference);
  }

  async defragment(): Promise<void> {
    await this.#db.compactRange(EVERYTHING.from, `${EVERYTHING.to}${EVERYTHING.to}`);
  }

  /** Closed, and `then` run, as soon as nobody reads it any more. */
  async retire(then: () => Promise<void>): Promise<void> {
    check(this.#retire === undefined, "a generation retires once");
    this.#retire = then;
    await this.#retireIfUnread();
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  async #retireIfUnread(): Promise<void> {
    if (this.#readers > 0 || this.#retire === undefined) return;
    const then = this.#retire;
    this.#retire = async () => {};
    await this.#db.close();
    await then();
  }

  #read(key: SpaceKey, snapshot?: Pin["snapshot"]): Buffer | undefined {
    try {
      return snapshot === undefined ? this.#db.getSync(key) : this.#db.getSync(key, { snapshot });
    } catch (error) {
      throw readFailure(error);
    }
  }

  /** As the snapshot shows it: of the batch under way if it is in there already. */
  #readMeta(snapshot?: Pin["snapshot"]): StoredMeta | undefined {
    for (const key of [this.#underWay, this.#metaKeys.newest]) {
      const stored = key === undefined ? undefined : this.#read(key, snapshot);
      if (key === undefined || stored === undefined) continue;
      verifyStored(key, stored);
      return decodeMeta(stored.subarray(CRC_BYTES));
    }
    return undefined;
  }

  #withoutMetas(entries: [SpaceKey, Buffer][]): [SpaceKey, Buffer][] {
    if (!entries.some(([key]) => isMetaKey(key))) return entries;
    return entries.filter(([key]) => {
      if (!isMetaKey(key)) return true;
      this.#metaKeys.found(key, this.#underWay);
      return false;
    });
  }

  /** What the database holds under those keys of the slice that may be there already: their checksums leave the digest.
   *  Keys above all earlier ones of their bucket, which is every new revision, cost no look-up. */
  async #storedBefore(slice: readonly Write[]): Promise<ReadonlyMap<SpaceKey, number>> {
    const asked: SpaceKey[] = [];
    for (const [key] of slice) {
      const top = this.#digests.get(bucketOf(key))?.topKey;
      if (top !== undefined && key <= top) asked.push(key);
    }
    const olds = new Map<SpaceKey, number>();
    if (asked.length === 0) return olds;
    const values = await this.#readMany(asked);
    for (const [at, key] of asked.entries()) {
      const stored = values[at];
      if (stored === undefined) continue;
      verifyStored(key, stored);
      olds.set(key, crcOf(stored));
    }
    return olds;
  }

  async #readMany(keys: SpaceKey[]): Promise<readonly (Buffer | undefined)[]> {
    try {
      return await this.#db.getMany(keys);
    } catch (error) {
      throw readFailure(error);
    }
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      await batch.write({ sync: true });
    } catch (error) {
      throw writeFailure(error, this.location);
    }
  }
}

async function lastKeyOf(db: NativeDb): Promise<SpaceKey | undefined> {
  try {
    for await (const key of db.keys({ reverse: true, limit: 1 })) return key;
  } catch (error) {
    throw readFailure(error);
  }
  return undefined;
}

function* slices(writes: Iterable<Write>): Generator<readonly Write[]> {
  let slice: Write[] = [];
  for (const write of writes) {
    slice.push(write);
    if (slice.length < ENCODE_SLICE_KEYS) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

function putInto(batch: Batch, digests: Digests, key: SpaceKey, value: Layered, old: number | undefined): void {
  const digest = digestOf(digests, bucketOf(key));
  if (old !== undefined) removePair(digest, old);
  if (value === null) {
    batch.del(key);
    return;
  }
  const stored = encodeStored(key, value);
  batch.put(key, stored);
  addPair(digest, crcOf(stored));
  if (key > digest.topKey) digest.topKey = key;
}

/** Checks a pair as it came from the database, notes it, and leaves the bare value in its place. */
function acceptEntry(entry: [SpaceKey, Buffer], found: Digests): void {
  const [key, stored] = entry;
  addPair(digestOf(found, bucketOf(key)), verifyStored(key, stored));
  entry[1] = stored.subarray(CRC_BYTES);
}
