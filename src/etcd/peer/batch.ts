import type { Bytes } from "../../base/index.js";
import type { EntryInit, RaftMessageInit } from "../../wire/gen/trimast-peer.js";
import { bytesFieldSize, fieldSize, idVarint, putBytesField, putField, putVarint, varintSize } from "../../wire/index.js";

/** A frame with a batch of raft messages, encoded by hand: every entry passes here once a follower. The same bytes as the generated codec
 *  gives (a test compares). */

const FRAME_BATCH = 0x12;
const BATCH_MESSAGE = 0x0a;
const MESSAGE = {
  kind: 0x08,
  term: 0x10,
  index: 0x18,
  logTerm: 0x20,
  commit: 0x28,
  number: 0x30,
  flags: 0x38,
  hintIndex: 0x40,
  hintTerm: 0x48,
  entry: 0x52,
  fromId: 0x58,
  toId: 0x60,
} as const;
const ENTRY = { term: 0x08, index: 0x10, kind: 0x18, data: 0x22 } as const;

const IDS = new Map<bigint, Bytes>();
function idOf(id: bigint): Bytes {
  let bytes = IDS.get(id);
  if (bytes === undefined) {
    bytes = idVarint(id);
    IDS.set(id, bytes);
  }
  return bytes;
}
const idSize = (id: bigint | undefined): number => (id ? 1 + idOf(id).length : 0);
function putId(out: Bytes, at: number, tag: number, id: bigint | undefined): number {
  if (!id) return at;
  const bytes = idOf(id);
  out[at] = tag;
  out.set(bytes, at + 1);
  return at + 1 + bytes.length;
}

const entrySize = (e: EntryInit): number =>
  fieldSize(e.term ?? 0) + fieldSize(e.index ?? 0) + fieldSize(e.kind ?? 0) + bytesFieldSize(e.data?.length ?? 0);

function messageSize(m: RaftMessageInit): number {
  let size = idSize(m.fromId) + idSize(m.toId);
  for (const value of [m.kind, m.term, m.index, m.logTerm, m.commit, m.number, m.flags, m.hintIndex, m.hintTerm])
    size += fieldSize(value ?? 0);
  for (const e of m.entry ?? []) {
    const bytes = entrySize(e);
    size += 1 + varintSize(bytes) + bytes;
  }
  return size;
}

function putMessage(out: Bytes, from: number, m: RaftMessageInit): number {
  let at = putField(out, from, MESSAGE.kind, m.kind ?? 0);
  at = putField(out, at, MESSAGE.term, m.term ?? 0);
  at = putField(out, at, MESSAGE.index, m.index ?? 0);
  at = putField(out, at, MESSAGE.logTerm, m.logTerm ?? 0);
  at = putField(out, at, MESSAGE.commit, m.commit ?? 0);
  at = putField(out, at, MESSAGE.number, m.number ?? 0);
  at = putField(out, at, MESSAGE.flags, m.flags ?? 0);
  at = putField(out, at, MESSAGE.hintIndex, m.hintIndex ?? 0);
  at = putField(out, at, MESSAGE.hintTerm, m.hintTerm ?? 0);
  for (const e of m.entry ?? []) {
    out[at] = MESSAGE.entry;
    at = putVarint(out, at + 1, entrySize(e));
    at = putField(out, at, ENTRY.term, e.term ?? 0);
    at = putField(out, at, ENTRY.index, e.index ?? 0);
    at = putField(out, at, ENTRY.kind, e.kind ?? 0);
    if (e.data) at = putBytesField(out, at, ENTRY.data, e.data);
  }
  at = putId(out, at, MESSAGE.fromId, m.fromId);
  return putId(out, at, MESSAGE.toId, m.toId);
}

export function batchFrame(messages: readonly RaftMessageInit[]): Bytes {
  const sizes = messages.map(messageSize);
  let batch = 0;
  for (const size of sizes) batch += 1 + varintSize(size) + size;
  const out = Buffer.allocUnsafe(1 + varintSize(batch) + batch);
  out[0] = FRAME_BATCH;
  let at = putVarint(out, 1, batch);
  for (const [i, m] of messages.entries()) {
    out[at] = BATCH_MESSAGE;
    at = putVarint(out, at + 1, sizes[i] as number);
    at = putMessage(out, at, m);
  }
  return out;
}
