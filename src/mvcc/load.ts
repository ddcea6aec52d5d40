import { type Bytes, hexId, NO_LEASE, type Revision, revision } from "../base/index.js";
import type { AlarmKind } from "../etcd/api/index.js";
import { type ParsedRecord, parseRecord } from "./record.js";
import { decodeNumber, idOf, LEASE_BUCKET, META_ALARM, META_COMPACT, META_SWEPT, RECORD_BUCKET, recordRevision } from "./space-keys.js";
import { Store } from "./store.js";
import type { MvccOptions } from "./types.js";

/** Records that each read well and together cannot be what was stored: some are missing, or were changed. */
export class StoreContradiction extends Error {
  override readonly name = "StoreContradiction";
  constructor(what: string, options?: ErrorOptions) {
    super(`the stored keyspace contradicts itself: ${what}`, options);
  }
}

function contradiction(what: string): never {
  throw new StoreContradiction(what);
}

/** Rebuilds the state from stored pairs, which come in key order: leases, meta, then records in revision order. */
export class StateLoader {
  readonly #store: Store;
  #lastKey = "";
  readonly #orphans = new Map<number, string>();
  #main = 0;
  #sub = 0;

  constructor(options: MvccOptions) {
    this.#store = new Store(options);
  }

  load(pairs: readonly (readonly [string, Bytes])[]): void {
    for (const [key, value] of pairs) {
      if (key <= this.#lastKey) contradiction(`key ${printable(key)} after ${printable(this.#lastKey)}`);
      this.#lastKey = key;
      const bucket = key.charAt(0);
      if (bucket === RECORD_BUCKET) this.#record(key, value);
      else if (bucket === LEASE_BUCKET) this.#store.leases.load(key, value);
      else this.#meta(key, value);
    }
  }

  #meta(key: string, value: Bytes): void {
    if (key === META_COMPACT) this.#store.compactRevision = decodeNumber(value, 0);
    else if (key === META_SWEPT) this.#store.sweptRevision = decodeNumber(value, 0);
    else if (key.startsWith(META_ALARM) && key.length === META_ALARM.length + 9) {
      const alarm: AlarmKind = key.endsWith("n") ? "nospace" : "corrupt";
      this.#store.alarms.set(key, { memberId: idOf(key, META_ALARM.length), alarm });
    } else contradiction(`unknown key ${printable(key)}`);
  }

  #record(key: string, value: Bytes): void {
    const at = recordRevision(key);
    if (at === undefined) contradiction(`record key ${printable(key)}`);
    this.#checkOrder(at);
    const fields = parsed(value, at);
    const { create, version } = fields;
    if (version !== 0 && fields.mod !== at.main) contradiction(`${nameOf(at)} says that it is of revision ${fields.mod}`);
    const keyBytes = value.subarray(fields.keyFrom, fields.keyTo);
    if (keyBytes.length === 0) contradiction(`${nameOf(at)} has no key`);
    const known = this.#store.table.find(keyBytes);
    this.#checkHistory(known, fields, at);
    const bytes = keyBytes.length + fields.valueTo - fields.valueFrom;
    const slot = this.#store.loadRecord(known, { key: keyBytes, main: at.main, sub: at.sub, createRevision: create, version, bytes });
    if (fields.lease !== NO_LEASE && this.#store.leases.get(fields.lease) === undefined) {
      // The lease may have been revoked since: then a tombstone follows, and `finish` checks that it did.
      this.#store.loadAttachment(slot, NO_LEASE);
      this.#orphans.set(slot, `${nameOf(at)} hangs on lease ${hexId(fields.lease)}, which is not stored`);
      return;
    }
    if (this.#orphans.size > 0) this.#orphans.delete(slot);
    this.#store.loadAttachment(slot, fields.lease);
  }
  /** Above the compacted revision nothing may be missing: revisions and their parts are dense. */
  #checkOrder(at: At): void {
    const dense = at.main === this.#main ? at.sub === this.#sub + 1 : at.main === this.#main + 1 && at.sub === 0;
    const first = at.sub === 0 && at.main === Math.max(this.#store.compactRevision, 1) + 1;
    if (at.main > this.#store.compactRevision && !dense && !first) contradiction(`${nameOf(at)} follows ${this.#main}/${this.#sub}`);
    this.#main = at.main;
    this.#sub = at.sub;
  }

  /** `slot`: of its key, or NONE. */
  #checkHistory(slot: number, fields: ParsedRecord, at: At): void {
    const { table } = this.#store;
    const before = this.#store.isLive(slot) ? (table.version[slot] as number) : 0;
    const compacted = at.main <= this.#store.compactRevision;
    if (fields.version === 0) {
      if (before === 0 && !compacted) contradiction(`${nameOf(at)} deletes a key that does not exist`);
      return;
    }
    const elderGone = compacted && before === 0;
    if (!elderGone && fields.version !== before + 1) {
      contradiction(`${nameOf(at)} is version ${fields.version} of its key, after version ${before}`);
    }
    const create = before === 0 ? at.main : (table.createRevision[slot] as number);
    if (!elderGone && fields.create !== create) {
      contradiction(`${nameOf(at)} says that its key was created at ${fields.create}, not ${create}`);
    }
  }

  finish(): Store {
    const store = this.#store;
    const { compactRevision, sweptRevision } = store;
    if (sweptRevision > compactRevision) contradiction(`swept to ${sweptRevision}, compacted to ${compactRevision}`);
    for (const what of this.#orphans.values()) contradiction(what);
    store.current = revision(Math.max(1, this.#main, compactRevision)) as Revision;
    store.freedBefore = store.log.freedUpTo(compactRevision);
    store.recordBytes -= store.freedBefore;
    return store;
  }
}

interface At {
  readonly main: number;
  readonly sub: number;
}
/** Made for whoever has to be told: a name for each of a million records would take a tenth of a restart. */
const nameOf = (at: At): string => `record ${at.main}/${at.sub}`;

function parsed(value: Bytes, at: At): ParsedRecord {
  try {
    return parseRecord(value);
  } catch (cause) {
    throw new StoreContradiction(`${nameOf(at)} cannot be read`, { cause });
  }
}

const printable = (key: string): string => JSON.stringify(key);
