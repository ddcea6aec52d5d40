import { type Bytes, NO_BYTES } from "../../base/index.js";
import type { EntryKind, Message } from "../../raft/types.js";
import type { RaftMessageInit } from "../../wire/gen/trimast-peer.js";
import { bytesFieldSize, fieldSize, idVarint, putBytesField, putField, putVarint, varintSize } from "../../wire/index.js";
import { fieldsOf, kindNumber } from "./codec.js";

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

/** Entries [first, last] as they lie in a frame: every follower that is not behind gets the same ones. */
export class EntryBlocks {
  #of: readonly BatchEntry[] = [];
  #block: Bytes = NO_BYTES;

  /** Encoded once for lists of the same entries. */
  of(entries: readonly BatchEntry[]): Bytes {
    if (entries.length === 0) return NO_BYTES;
    const same = entries.length === this.#of.length && entries[0] === this.#of[0] && entries.at(-1) === this.#of.at(-1);
    if (same) return this.#block;
    this.#of = entries;
    this.#block = encodeEntries(entries);
    return this.#block;
  }
}

/** An entry of the log, or a proposal that has no place in it yet. */
interface BatchEntry {
  readonly term?: number;
  readonly index?: number;
  readonly kind: EntryKind;
  readonly data: Bytes;
}

const entrySize = (e: BatchEntry, kind: number): number =>
  fieldSize(e.term ?? 0) + fieldSize(e.index ?? 0) + fieldSize(kind) + bytesFieldSize(e.data.length);

function encodeEntries(entries: readonly BatchEntry[]): Bytes {
  let size = 0;
  for (const e of entries) {
    const bytes = entrySize(e, kindNumber(e.kind));
    size += 1 + varintSize(bytes) + bytes;
  }
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const e of entries) {
    const kind = kindNumber(e.kind);
    out[at] = MESSAGE.entry;
    at = putVarint(out, at + 1, entrySize(e, kind));
    at = putField(out, at, ENTRY.term, e.term ?? 0);
    at = putField(out, at, ENTRY.index, e.index ?? 0);
    at = putField(out, at, ENTRY.kind, kind);
    at = putBytesField(out, at, ENTRY.data, e.data);
  }
  return out;
}

interface Piece {
  readonly fields: RaftMessageInit;
  readonly block: Bytes;
  readonly size: number;
}

function pieceOf(message: Message, blocks: EntryBlocks): Piece {
  const fields = fieldsOf(message);
  const block = "entries" in message ? blocks.of(message.entries) : NO_BYTES;
  let size = block.length + idSize(fields.fromId) + idSize(fields.toId);
  for (const value of scalarsOf(fields)) size += fieldSize(value ?? 0);
  return { fields, block, size };
}
const scalarsOf = (m: RaftMessageInit): readonly (number | undefined)[] => [
  m.kind,
  m.term,
  m.index,
  m.logTerm,
  m.commit,
  m.number,
  m.flags,
  m.hintIndex,
  m.hintTerm,
];

function putMessage(out: Bytes, from: number, { fields: m, block }: Piece): number {
  let at = putField(out, from, MESSAGE.kind, m.kind ?? 0);
  at = putField(out, at, MESSAGE.term, m.term ?? 0);
  at = putField(out, at, MESSAGE.index, m.index ?? 0);
  at = putField(out, at, MESSAGE.logTerm, m.logTerm ?? 0);
  at = putField(out, at, MESSAGE.commit, m.commit ?? 0);
  at = putField(out, at, MESSAGE.number, m.number ?? 0);
  at = putField(out, at, MESSAGE.flags, m.flags ?? 0);
  at = putField(out, at, MESSAGE.hintIndex, m.hintIndex ?? 0);
  at = putField(out, at, MESSAGE.hintTerm, m.hintTerm ?? 0);
  out.set(block, at);
  at += block.length;
  at = putId(out, at, MESSAGE.fromId, m.fromId);
  return putId(out, at, MESSAGE.toId, m.toId);
}

/** `blocks`: of the frames of one turn, which mostly carry the same entries. */
export function batchFrame(messages: readonly Message[], blocks: EntryBlocks): Bytes {
  const pieces = messages.map((m) => pieceOf(m, blocks));
  let batch = 0;
  for (const { size } of pieces) batch += 1 + varintSize(size) + size;
  const out = Buffer.allocUnsafe(1 + varintSize(batch) + batch);
  out[0] = FRAME_BATCH;
  let at = putVarint(out, 1, batch);
  for (const piece of pieces) {
    out[at] = BATCH_MESSAGE;
    at = putVarint(out, at + 1, piece.size);
    at = putMessage(out, at, piece);
  }
  return out;
}
