import { NO_BYTES } from "../../base/index.js";
import type { KeyValue, RangeRequest, RangeResult, WithHeader } from "../api/index.js";
import type { StoreMember } from "./member.js";

/** etcd 3.7: the first chunk has 10 keys, later ones double or halve towards the request limit. */
const FIRST_KEYS = 10;
const CHUNK_KEYS_MAX = 10_000;
const KEY_COST = 64;

/** A range in pieces at one revision: the first piece pins it. Only the last has header, more and count. */
export async function* rangeChunks(member: StoreMember, request: RangeRequest): AsyncGenerator<WithHeader<RangeResult> | RangeResult> {
  const header = member.header();
  const revision = request.revision > 0 ? request.revision : header.revision;
  if (request.countOnly) {
    yield { ...member.mvcc.range({ ...request, revision }), header };
    return;
  }
  const bytesMax = member.parts.config.requestBytesMax;
  let key = request.key;
  let left = request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
  let step = FIRST_KEYS;
  let count: number | undefined;
  for (;;) {
    const limit = Math.min(step, left);
    const piece = member.mvcc.range({ ...request, key, revision, limit });
    count ??= piece.count;
    left -= piece.kvs.length;
    const last = piece.kvs.at(-1);
    if (!piece.more || left <= 0 || last === undefined) {
      yield { ...piece, count, more: piece.more, header };
      return;
    }
    yield { kind: "range", kvs: piece.kvs, more: false, count: 0 };
    key = after(last);
    step = sizeOf(piece.kvs) * 2 > bytesMax ? Math.max(1, step >> 1) : Math.min(step * 2, CHUNK_KEYS_MAX);
    await new Promise<void>((resolve) => member.parts.host.clock.soon(resolve));
  }
}

/** The smallest key behind this one. */
function after(kv: KeyValue): Uint8Array {
  const next = new Uint8Array(kv.key.length + 1);
  next.set(kv.key);
  return next;
}
const sizeOf = (kvs: readonly KeyValue[]): number =>
  kvs.reduce((sum, kv) => sum + KEY_COST + kv.key.length + (kv.encoded ?? NO_BYTES).length, 0);
