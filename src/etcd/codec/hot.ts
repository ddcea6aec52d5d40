import type { Bytes } from "../../base/index.js";
import { KeyValue as PbKeyValue } from "../../wire/gen/etcd-kv.js";
import { bytesFieldSize, fieldSize, idVarint, putBytesField, putField, putVarint, varintSize } from "../../wire/index.js";
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
const headerBodySize = (h: ResponseHeader): number => idBytes(h).length + fieldSize(h.revision) + fieldSize(h.raftTerm);
const headerSize = (h: ResponseHeader): number => bytesFieldSize(headerBodySize(h));

function putHeader(out: Bytes, at: number, h: ResponseHeader): number {
  const size = headerBodySize(h);
  if (size === 0) return at;
  out[at] = HEADER_TAG;
  let i = putVarint(out, at + 1, size);
  const fixed = idBytes(h);
  for (let k = 0; k < fixed.length; k++) out[i++] = fixed[k] as number;
  i = putField(out, i, HEADER.revision, h.revision);
  return putField(out, i, HEADER.raftTerm, h.raftTerm);
}

const encodedKeyValue = (kv: KeyValue): Bytes => kv.encoded ?? PbKeyValue.bytes(kv);

export function putResponseBytes(a: WithHeader<PutResult>): Bytes {
  const prev = a.prevKv === undefined ? undefined : encodedKeyValue(a.prevKv);
  const out = Buffer.allocUnsafe(headerSize(a.header) + (prev === undefined ? 0 : messageSize(prev)));
  const at = putHeader(out, 0, a.header);
  if (prev !== undefined) putMessage(out, at, PUT_PREV_KV, prev);
  return out;
}

export function rangeResponseBytes(a: WithHeader<RangeResult>): Bytes {
  const kvs = a.kvs.map(encodedKeyValue);
  let size = headerSize(a.header) + (a.more ? 2 : 0) + fieldSize(a.count);
  for (const kv of kvs) size += messageSize(kv);
  const out = Buffer.allocUnsafe(size);
  let at = putHeader(out, 0, a.header);
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
