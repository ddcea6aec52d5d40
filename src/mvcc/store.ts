import { type Bytes, check, type LeaseId, NO_LEASE, type Revision, revision } from "../base/index.js";
import type { AlarmKind } from "../etcd/api/index.js";
import { KeyTable } from "./index/key-table.js";
import { KeyTree } from "./index/key-tree.js";
import { NONE, RevisionLog } from "./index/revision-log.js";
import { LeaseTable } from "./leases.js";
import { LEASE_OVERHEAD_BYTES, RECORD_OVERHEAD_BYTES, VALUE_CACHE_BYTES_MAX } from "./limits.js";
import { encodeRecord, encodeTombstone, StoredKeyValue } from "./record.js";
import { recordKey } from "./space-keys.js";
import type { MvccOptions } from "./types.js";
import { type KeySpan, keySpan } from "./validate.js";
import { ValueCache } from "./value-cache.js";

export interface Alarm {
  readonly memberId: bigint;
  readonly alarm: AlarmKind;
}

/** One record written by the command under way: what the watch hub makes events of. */
export interface Change {
  readonly key: string;
  readonly pos: number;
  readonly type: "put" | "delete";
  readonly encoded: Bytes;
}

/** The state: index, revision log, leases, counters. Knows single writes and point reads; what is allowed is decided above. */
export class Store {
  readonly options: MvccOptions;
  readonly table = new KeyTable();
  readonly tree = new KeyTree((slot) => this.table.version[slot] !== 0);
  readonly log = new RevisionLog((slot, to) => {
    this.table.head[slot] = to;
  });
  readonly leases: LeaseTable;
  readonly cache = new ValueCache(VALUE_CACHE_BYTES_MAX);
  readonly alarms = new Map<string, Alarm>();

  /** Of the last finished command. */
  current: Revision = revision(1);
  compactRevision = -1;
  /** Compaction is carried out in the backend for every record below it. */
  sweptRevision = -1;
  liveKeys = 0;
  recordBytes = 0;
  /** Of `log.freed`, what compactions have taken off `recordBytes` already. */
  freedBefore = 0;
  /** Records of the command under way. */
  changes: Change[] = [];
  /** Someone watches: changes are noted for events. */
  watched = false;
  #subs = 0;

  constructor(options: MvccOptions) {
    this.options = options;
    this.leases = new LeaseTable(options.space);
  }

  sizeBytes(): number {
    return this.recordBytes + this.leases.count * LEASE_OVERHEAD_BYTES;
  }
  sizeInUseBytes(): number {
    return this.sizeBytes() - (this.log.freed - this.freedBefore);
  }
  /** Records written by the command under way. */
  get pendingSubs(): number {
    return this.#subs;
  }
  /** What the command under way sees: its own writes belong to the next revision. */
  get readRevision(): number {
    return this.#subs > 0 ? this.current + 1 : this.current;
  }

  /** Ends the command: its writes, if any, become the current revision. */
  commit(): Revision {
    if (this.#subs > 0) {
      this.current = (this.current + 1) as Revision;
      this.#subs = 0;
    }
    return this.current;
  }

  isLive(slot: number): boolean {
    return slot !== NONE && this.table.version[slot] !== 0;
  }

  // ------------------------------------------------------------ reads

  /** Position of the record that `slot` shows at `at`; NONE when the key does not exist there. */
  posAt(slot: number, at: number): number {
    let pos = this.table.head[slot] as number;
    while (pos !== NONE && this.log.main(pos) > at) pos = this.log.older(pos);
    return pos === NONE || this.log.isTombstone(pos) ? NONE : pos;
  }

  /** The stored bytes of a record. */
  recordAt(pos: number): Bytes {
    const main = this.log.main(pos);
    const sub = this.log.sub(pos);
    const bytes = this.options.space.get(recordKey(main, sub));
    check(bytes !== undefined, `record ${main}/${sub} is in the index and not in the backend`);
    return bytes;
  }
  keyValueAt(pos: number): StoredKeyValue {
    const slot = this.log.slot(pos);
    const main = this.log.main(pos);
    const sub = this.log.sub(pos);
    const cached = this.cache.get(slot, main, sub);
    if (cached !== undefined) return cached;
    const kv = new StoredKeyValue(this.recordAt(pos));
    if (this.table.head[slot] === pos) this.cache.set(slot, main, sub, kv);
    return kv;
  }
  /** The key as it is now, own writes of the command under way included. */
  newest(key: Bytes): StoredKeyValue | undefined {
    const slot = this.table.find(key);
    return this.isLive(slot) ? this.keyValueAt(this.table.head[slot] as number) : undefined;
  }
  leaseOf(slot: number): LeaseId {
    return this.leases.atRow(this.table.lease[slot] as number)?.id ?? NO_LEASE;
  }
  /** Slots of the living keys of a range, in order. */
  liveSlots(range: { readonly key: Bytes; readonly rangeEnd: Bytes }): number[] {
    return this.slotsOf(keySpan(range)).filter((slot) => this.table.version[slot] !== 0);
  }
  slotsOf(span: KeySpan): number[] {
    if (span.kind === "point") {
      const slot = this.table.find(span.key);
      return slot === NONE ? [] : [slot];
    }
    const slots: number[] = [];
    this.tree.scan(span.from, span.to, (slot) => {
      slots.push(slot);
      return true;
    });
    return slots;
  }

  // ------------------------------------------------------------ writes

  put(key: Bytes, value: Bytes, lease: LeaseId): void {
    const { table } = this;
    const main = this.current + 1;
    let slot = table.find(key);
    if (slot === NONE) slot = this.#addKey(key);
    else if (table.version[slot] === 0) this.#revive(slot);
    const version = (table.version[slot] as number) + 1;
    if (version === 1) table.createRevision[slot] = main;
    table.version[slot] = version;
    const createRevision = table.createRevision[slot] as number;
    const encoded = encodeRecord({ key, createRevision, modRevision: main, version, value, lease });
    this.#append(slot, encoded, key.length + value.length + RECORD_OVERHEAD_BYTES, false);
    this.#attach(slot, lease);
  }

  #addKey(key: Bytes): number {
    const slot = this.table.add(key);
    this.tree.insert(this.table.keys[slot] as string, slot);
    this.liveKeys++;
    return slot;
  }
  #revive(slot: number): void {
    this.tree.markAlive(this.table.keys[slot] as string);
    this.liveKeys++;
  }

  /** `slot` is alive. */
  delete(slot: number): void {
    const { table } = this;
    const text = table.keys[slot] as string;
    const key = Buffer.from(text, "latin1");
    this.#append(slot, encodeTombstone(key), key.length + RECORD_OVERHEAD_BYTES, true);
    this.#attach(slot, NO_LEASE);
    table.version[slot] = 0;
    this.tree.markDead(text);
    this.liveKeys--;
  }

  #append(slot: number, encoded: Bytes, bytes: number, tombstone: boolean): void {
    const main = this.current + 1;
    const sub = this.#subs++;
    this.options.space.put(recordKey(main, sub), encoded);
    const older = this.table.head[slot] as number;
    const pos = this.log.append({ main, sub, tombstone, slot, older, bytes });
    this.table.head[slot] = pos;
    this.recordBytes += bytes;
    if (!this.watched) return;
    const key = this.table.keys[slot] as string;
    this.changes.push({ key, pos, type: tombstone ? "delete" : "put", encoded });
  }

  #attach(slot: number, id: LeaseId): void {
    const row = this.table.lease[slot] as number;
    if (row === 0 && id === NO_LEASE) return;
    const before = this.leases.atRow(row);
    if (before?.id === id) return;
    before?.slots.delete(slot);
    const lease = id === NO_LEASE ? undefined : this.leases.get(id);
    check(id === NO_LEASE || lease !== undefined, "a key is attached to a lease that does not exist");
    lease?.slots.add(slot);
    this.table.lease[slot] = lease?.row ?? 0;
  }

  // ------------------------------------------------------------ loading

  /** A record as it lies in the backend, in (main, sub) order; `found` is its key's slot, or NONE. Returns the slot. */
  loadRecord(
    found: number,
    record: {
      readonly key: Bytes;
      readonly main: number;
      readonly sub: number;
      readonly createRevision: number;
      readonly version: number;
      readonly bytes: number;
    },
  ): number {
    const { table } = this;
    const tombstone = record.version === 0;
    const known = found !== NONE;
    const slot = known ? found : table.add(record.key);
    if (!known) this.tree.insert(table.keys[slot] as string, slot);
    const wasLive = known && table.version[slot] !== 0;
    if (!wasLive && !tombstone) this.liveKeys++;
    if (wasLive && tombstone) this.liveKeys--;
    const { main, sub, bytes } = record;
    const older = table.head[slot] as number;
    table.head[slot] = this.log.append({ main, sub, tombstone, slot, older, bytes: bytes + RECORD_OVERHEAD_BYTES });
    table.version[slot] = record.version;
    table.createRevision[slot] = record.createRevision;
    this.recordBytes += bytes + RECORD_OVERHEAD_BYTES;
    if (tombstone && (wasLive || !known)) this.tree.markDead(table.keys[slot] as string);
    else if (!tombstone && known && !wasLive) this.tree.markAlive(table.keys[slot] as string);
    return slot;
  }
  loadAttachment(slot: number, id: LeaseId): void {
    this.#attach(slot, id);
  }
}
