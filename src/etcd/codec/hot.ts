import type { Bytes } from "../../base/index.js";
import { KeyValue as PbKeyValue } from "../../wire/gen/etcd-kv.js";
import { fieldSize, idVarint, putBytesField, putField, putVarint, varintSize } from "../../wire/index.js";
import type { KeyValue, PutResult, RangeResult, ResponseHeader, WithHeader } from "../api/index.js";

/** Answers that every load is made of, encoded by hand; the same bytes as the generated codecs give (a test compares). */

const HEADER_TAG = 0x0a;
const HEADER = { clusterId: 0x08, memberId: 0x10, revision: 0x18, raftTerm: 0x20 } as const;
const RANGE = { kvs: 0x12, more: 0x18, count: 0x20 } as const;
const PUT_PREV_KV = 0x12;

/** The ids of a header are the same for all answers of a member. */
let ids = { clusterId: 0n, memberId: 0n, bytes: new Uint8Array(0) as Bytes };
function idBytes(h: ResponseHeader): Bytes {
  if (ids.clusterId === h.clusterId && ids.memberId === h.memberId) return ids.bytes;
  const cluster = h.clusterId === 0n ? [] : [HEADER.clusterId, ...idVarint(h.clusterId)];
  const member = h.memberId === 0n ? [] : [HEADER.memberId, ...idVarint(h.memberId)];
  ids = { clusterId: h.clusterId, memberId: h.memberId, bytes: Uint8Array.from([...cluster, ...member]) };
  return ids.bytes;
}
const HEADER_BYTES_MAX = 64;
/** The header that was encoded last, whole: answers between two writes have the same one. */
const last = { clusterId: -1n, memberId: -1n, revision: -1, raftTerm: -1, size: 0, bytes: new Uint8Array(HEADER_BYTES_MAX) };

function headerSize(h: ResponseHeader): number {
  if (last.revision === h.revision && last.raftTerm === h.raftTerm && last.memberId === h.memberId && last.clusterId === h.clusterId)
    return last.size;
  const fixed = idBytes(h);
  const size = fixed.length + fieldSize(h.revision) + fieldSize(h.raftTerm);
  const out = last.bytes;
  let at = 0;
  if (size > 0) {
    out[0] = HEADER_TAG;
    at = putVarint(out, 1, size);
    for (let i = 0; i < fixed.length; i++) out[at++] = fixed[i] as number;
    at = putField(out, at, HEADER.revision, h.revision);
    at = putField(out, at, HEADER.raftTerm, h.raftTerm);
  }
  last.clusterId = h.clusterId;
  last.memberId = h.memberId;
  last.revision = h.revision;
  last.raftTerm = h.raftTerm;
  last.size = at;
  return at;
}

/** Of the header whose size was asked for last. */
function putHeader(out: Bytes): number {
  const { bytes, size } = last;
  for (let i = 0; i < size; i++) out[i] = bytes[i] as number;
  return size;
}

const encodedKeyValue = (kv: KeyValue): Bytes => kv.encoded ?? PbKeyValue.bytes(kv);

export function putResponseBytes(a: WithHeader<PutResult>): Bytes {
  const prev = a.prevKv === undefined ? undefined : encodedKeyValue(a.prevKv);
  const out = Buffer.allocUnsafe(headerSize(a.header) + (prev === undefined ? 0 : messageSize(prev)));
  const at = putHeader(out);
  if (prev !== undefined) putMessage(out, at, PUT_PREV_KV, prev);
  return out;
}

export function rangeResponseBytes(a: WithHeader<RangeResult>): Bytes {
  const kvs = a.kvs.map(encodedKeyValue);
  let size = headerSize(a.header) + (a.more ? 2 : 0) + fieldSize(a.count);
  for (const kv of kvs) size += messageSize(kv);
  const out = Buffer.allocUnsafe(size);
  let at = putHeader(out);
  for (const kv of kvs) at = putMessage(out, at, RANGE.kvs, kv);
  at = putField(out, at, RANGE.more, a.more ? 1 : 0);
  putField(out, at, RANGE.count, a.count);
  return out;
}

/** A submessage is there even when it is empty. */
const messageSize = (bytes: Bytes): number => 1 + varintSize(bytes.length) + bytes.length;
function putMessage(out: Bytes, at: number, tag: number, bytes: Bytes): number {
  if (bytes.length > 0) return putBytesField(out, at, tag, bytes);
  out[at] = tag;
  out[at + 1] = 0;
  return at + 2;
}
