import { type Bytes, fromLatin1, type LeaseId, leaseId, NO_BYTES, NO_LEASE } from "../base/index.js";
import type { KeyValue } from "../etcd/api/index.js";

const TAG_KEY = 0x0a;
const TAG_CREATE = 0x10;
const TAG_MOD = 0x18;
const TAG_VERSION = 0x20;
const TAG_VALUE = 0x2a;
const TAG_LEASE = 0x30;

export interface RecordFields {
  readonly key: Bytes;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: Bytes;
  readonly lease: LeaseId;
}

function varintBytes(value: number): number {
  let n = 1;
  for (let rest = value; rest >= 128; n++) rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128);
  return n;
}

function writeVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x8000_0000) {
    out[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function writeInt64(out: Uint8Array, start: number, value: bigint): number {
  let at = start;
  let rest = BigInt.asUintN(64, value);
  while (rest >= 128n) {
    out[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  out[at++] = Number(rest);
  return at;
}

function int64Bytes(value: bigint): number {
  let n = 1;
  for (let rest = BigInt.asUintN(64, value); rest >= 128n; rest >>= 7n) n++;
  return n;
}

function writeBytes(out: Uint8Array, start: number, tag: number, bytes: Bytes): number {
  out[start] = tag;
  const at = writeVarint(out, start + 1, bytes.length);
  out.set(bytes, at);
  return at + bytes.length;
}

/** mvccpb.KeyValue as Go's protobuf marshals it: fields by number, zero fields left out. */
export function encodeRecord(kv: RecordFields): Bytes {
  const { key, value, createRevision, modRevision, version, lease } = kv;
  let size = 1 + varintBytes(key.length) + key.length;
  if (createRevision !== 0) size += 1 + varintBytes(createRevision);
  if (modRevision !== 0) size += 1 + varintBytes(modRevision);
  if (version !== 0) size += 1 + varintBytes(version);
  if (value.length > 0) size += 1 + varintBytes(value.length) + value.length;
  if (lease !== NO_LEASE) size += 1 + int64Bytes(lease);
  const out = Buffer.allocUnsafe(size);
  let at = writeBytes(out, 0, TAG_KEY, key);
  if (createRevision !== 0) {
    out[at] = TAG_CREATE;
    at = writeVarint(out, at + 1, createRevision);
  }
  if (modRevision !== 0) {
    out[at] = TAG_MOD;
    at = writeVarint(out, at + 1, modRevision);
  }
  if (version !== 0) {
    out[at] = TAG_VERSION;
    at = writeVarint(out, at + 1, version);
  }
  if (value.length > 0) at = writeBytes(out, at, TAG_VALUE, value);
  if (lease !== NO_LEASE) {
    out[at] = TAG_LEASE;
    writeInt64(out, at + 1, lease);
  }
  return out;
}

/** A tombstone's record: the key alone. A live record always has a version, so the two cannot be confused. */
export const encodeTombstone = (key: Bytes): Bytes =>
  encodeRecord({ key, createRevision: 0, modRevision: 0, version: 0, value: NO_BYTES, lease: NO_LEASE });

class Fields {
  keyFrom = 0;
  keyTo = 0;
  create = 0;
  mod = 0;
  version = 0;
  valueFrom = 0;
  valueTo = 0;
  lease: LeaseId = NO_LEASE;
}

let at = 0;
function readVarint(bytes: Bytes): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError("record ends inside a number");
    value += (byte & 0x7f) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
}
function readInt64(bytes: Bytes): LeaseId {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError("record ends inside a number");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 128) return leaseId(value);
  }
}

/** Throws RangeError for bytes that are no record: the backend is damaged. */
export function parseRecord(bytes: Bytes): Fields {
  const fields = new Fields();
  at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++];
    if (tag === TAG_KEY) {
      const size = readVarint(bytes);
      fields.keyFrom = at;
      fields.keyTo = at += size;
    } else if (tag === TAG_VALUE) {
      const size = readVarint(bytes);
      fields.valueFrom = at;
      fields.valueTo = at += size;
    } else if (tag === TAG_CREATE) fields.create = readVarint(bytes);
    else if (tag === TAG_MOD) fields.mod = readVarint(bytes);
    else if (tag === TAG_VERSION) fields.version = readVarint(bytes);
    else if (tag === TAG_LEASE) fields.lease = readInt64(bytes);
    else throw new RangeError(`unknown field tag ${tag} in a record`);
  }
  if (at !== bytes.length) throw new RangeError("record is cut short");
  return fields;
}
export type ParsedRecord = Readonly<Fields>;

/** A stored key-value: the bytes as they lie in the backend, read field by field only when someone asks. */
export class StoredKeyValue implements KeyValue {
  readonly encoded: Bytes;
  #fields: ParsedRecord | undefined;
  constructor(encoded: Bytes) {
    this.encoded = encoded;
  }
  #parsed(): ParsedRecord {
    this.#fields ??= parseRecord(this.encoded);
    return this.#fields;
  }
  get key(): Bytes {
    const f = this.#parsed();
    return this.encoded.subarray(f.keyFrom, f.keyTo);
  }
  get value(): Bytes {
    const f = this.#parsed();
    return this.encoded.subarray(f.valueFrom, f.valueTo);
  }
  get createRevision(): number {
    return this.#parsed().create;
  }
  get modRevision(): number {
    return this.#parsed().mod;
  }
  get version(): number {
    return this.#parsed().version;
  }
  get lease(): LeaseId {
    return this.#parsed().lease;
  }
}

/** Key and revisions from the index, without a read of the backend: keys_only ranges and delete events. */
export class IndexKeyValue implements KeyValue {
  readonly #text: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  #encoded: Bytes | undefined;
  constructor(key: string, fields: { readonly createRevision: number; readonly modRevision: number; readonly version: number }) {
    this.#text = key;
    this.createRevision = fields.createRevision;
    this.modRevision = fields.modRevision;
    this.version = fields.version;
  }
  get key(): Bytes {
    return fromLatin1(this.#text);
  }
  get value(): Bytes {
    return NO_BYTES;
  }
  get lease(): LeaseId {
    return NO_LEASE;
  }
  get encoded(): Bytes {
    this.#encoded ??= encodeRecord(this);
    return this.#encoded;
  }
}
