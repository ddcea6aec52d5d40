import { asBuffer, type Bytes, crc32c, index, term } from "../base/index.js";
import { SECTOR_BYTES, SEGMENT_HEADER_BYTES } from "./limits.js";
import type { WalHardState, WalIdentity, WalStart } from "./types.js";

/** FORMAT.md draws what this file reads and writes. All numbers are little-endian. */
export const FORMAT_VERSION = 1;
const SEGMENT_MAGIC = 0x4c415754; // "TWAL"
export const BATCH_MAGIC = 0x42415754; // "TWAB"
export const BATCH_HEADER_BYTES = 80;
export const RECORD_HEADER_BYTES = 24;
/** The last word of the first sector is the checksum of the rest of that sector, in every version of the format. */
const SEGMENT_CRC_AT = SECTOR_BYTES - 4;

export const RECORD_KINDS = ["command", "membership", "empty"] as const;

const FLAG_FRESH = 1;
const FLAG_CHAIN_START = 2;
const FLAG_HINT = 1;
const FLAG_CLOSED = 2;

export interface SegmentHeader {
  readonly identity: WalIdentity;
  readonly sequence: number;
  readonly salt: bigint;
  readonly sizeBytes: number;
  /** Zero-filled and never used before: whatever is not zero behind the tail was written in this life. */
  readonly fresh: boolean;
  /** Nothing in an older segment counts: the log was created or reset here. */
  readonly chainStart: boolean;
  /** Sequence number of the first batch, and the checksum of the batch before it. */
  readonly firstBatch: number;
  readonly previousCrc: number;
  /** The log's last entry when the segment was made. */
  readonly last: WalStart;
  readonly start: WalStart;
  readonly hardState: WalHardState;
}

export interface BatchHeader {
  readonly headerCrc: number;
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
  readonly previousCrc: number;
  readonly records: number;
  /** Holds no entry and will be overwritten by the next batch: it only says that all before it was acknowledged. */
  readonly hint: boolean;
  readonly hardState: WalHardState;
  readonly start: WalStart;
}

export const segmentName = (sequence: number): string => `${sequence.toString(16).padStart(16, "0")}.wal`;

export function segmentSequence(name: string): number | undefined {
  return /^[0-9a-f]{16}\.wal$/.test(name) ? Number.parseInt(name.slice(0, 16), 16) : undefined;
}

/** A segment in the making. Other files in the directory are somebody else's and stay. */
export const blankName = (number: number): string => `blank-${number}.tmp`;
export const isBlank = (name: string): boolean => /^blank-\d+\.tmp$/.test(name);

/** What the checksums of a segment start from: records of the file's earlier life were salted otherwise and never pass. */
export function saltSeed(salt: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(salt);
  return crc32c(bytes);
}

export function putCounter(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, (value / 0x1_0000_0000) >>> 0, true);
}

/** NaN beyond 2^53: no writer of ours makes such a number, so the reader's range checks refuse it. */
export function counterAt(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

export const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function putStart(view: DataView, at: number, start: WalStart): void {
  putCounter(view, at, start.index);
  putCounter(view, at + 8, start.term);
}

function putHardState(view: DataView, at: number, state: WalHardState): void {
  putCounter(view, at, state.term);
  view.setBigUint64(at + 8, BigInt.asUintN(64, state.vote), true);
  putCounter(view, at + 16, state.commit);
}

function startAt(view: DataView, at: number): WalStart {
  return { index: index(counterAt(view, at)), term: term(counterAt(view, at + 8)) };
}

function hardStateAt(view: DataView, at: number): WalHardState {
  return {
    term: term(counterAt(view, at)),
    vote: view.getBigUint64(at + 8, true),
    commit: index(counterAt(view, at + 16)),
  };
}

/** The whole header page. */
export function encodeSegmentHeader(header: SegmentHeader): Bytes {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setBigUint64(8, BigInt.asUintN(64, header.identity.clusterId), true);
  view.setBigUint64(16, BigInt.asUintN(64, header.identity.memberId), true);
  putCounter(view, 24, header.sequence);
  view.setBigUint64(32, header.salt, true);
  putCounter(view, 40, header.sizeBytes);
  view.setUint32(48, (header.fresh ? FLAG_FRESH : 0) | (header.chainStart ? FLAG_CHAIN_START : 0), true);
  view.setUint32(52, header.previousCrc, true);
  putCounter(view, 56, header.firstBatch);
  putStart(view, 64, header.last);
  putStart(view, 80, header.start);
  putHardState(view, 96, header.hardState);
  view.setUint32(SEGMENT_CRC_AT, crc32c(bytes, 0, 0, SEGMENT_CRC_AT), true);
  return bytes;
}

export type SegmentHeaderOutcome =
  | { readonly kind: "ok"; readonly header: SegmentHeader }
  | { readonly kind: "tooNew"; readonly version: number }
  | { readonly kind: "corrupt"; readonly what: string };

/** `sector` is the first sector of a segment. */
export function decodeSegmentHeader(sector: Bytes): SegmentHeaderOutcome {
  if (sector.length < SECTOR_BYTES) return { kind: "corrupt", what: "segment header is cut short" };
  const view = viewOf(sector);
  if (view.getUint32(SEGMENT_CRC_AT, true) !== crc32c(sector, 0, 0, SEGMENT_CRC_AT)) {
    return { kind: "corrupt", what: "segment header checksum mismatch" };
  }
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return { kind: "corrupt", what: "not a log segment" };
  const version = view.getUint32(4, true);
  if (version > FORMAT_VERSION) return { kind: "tooNew", version };
  if (version !== FORMAT_VERSION) return { kind: "corrupt", what: `unknown format version ${version}` };
  const flags = view.getUint32(48, true);
  const header: SegmentHeader = {
    identity: { clusterId: view.getBigUint64(8, true), memberId: view.getBigUint64(16, true) },
    sequence: counterAt(view, 24),
    salt: view.getBigUint64(32, true),
    sizeBytes: counterAt(view, 40),
    fresh: (flags & FLAG_FRESH) !== 0,
    chainStart: (flags & FLAG_CHAIN_START) !== 0,
    previousCrc: view.getUint32(52, true),
    firstBatch: counterAt(view, 56),
    last: startAt(view, 64),
    start: startAt(view, 80),
    hardState: hardStateAt(view, 96),
  };
  return { kind: "ok", header };
}

export interface BatchHeaderFields {
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
  readonly previousCrc: number;
  readonly records: number;
  readonly flag: "batch" | "hint" | "closed";
  readonly hardState: WalHardState;
  readonly start: WalStart;
}

/** Writes the header at the start of `bytes` and returns its checksum, which the next batch carries. */
export function putBatchHeader(bytes: Bytes, view: DataView, seed: number, fields: BatchHeaderFields): number {
  view.setUint32(0, BATCH_MAGIC, true);
  putCounter(view, 8, fields.sequence);
  view.setUint32(16, fields.payloadBytes, true);
  view.setUint32(20, fields.payloadCrc, true);
  view.setUint32(24, fields.previousCrc, true);
  view.setUint32(28, fields.records, true);
  const flags = fields.flag === "batch" ? 0 : fields.flag === "hint" ? FLAG_HINT : FLAG_HINT | FLAG_CLOSED;
  view.setUint32(32, flags, true);
  view.setUint32(36, 0, true);
  putHardState(view, 40, fields.hardState);
  putStart(view, 64, fields.start);
  const crc = crc32c(bytes, seed, 8, BATCH_HEADER_BYTES);
  view.setUint32(4, crc, true);
  return crc;
}

/** undefined when the sector does not start with a batch of this segment's life. */
export function decodeBatchHeader(sector: Bytes, seed: number): BatchHeader | undefined {
  if (sector.length < BATCH_HEADER_BYTES) return undefined;
  const view = viewOf(sector);
  if (view.getUint32(0, true) !== BATCH_MAGIC) return undefined;
  const headerCrc = view.getUint32(4, true);
  if (headerCrc !== crc32c(sector, seed, 8, BATCH_HEADER_BYTES)) return undefined;
  return {
    headerCrc,
    sequence: counterAt(view, 8),
    payloadBytes: view.getUint32(16, true),
    payloadCrc: view.getUint32(20, true),
    previousCrc: view.getUint32(24, true),
    records: view.getUint32(28, true),
    hint: (view.getUint32(32, true) & FLAG_HINT) !== 0,
    hardState: hardStateAt(view, 40),
    start: startAt(view, 64),
  };
}

/** Two of the three fields that only the awaited batch can have: its header was written here and then damaged. */
export function resemblesBatch(sector: Bytes, awaited: { readonly sequence: number; readonly previousCrc: number }): boolean {
  const view = viewOf(sector);
  const signs = [
    view.getUint32(0, true) === BATCH_MAGIC,
    counterAt(view, 8) === awaited.sequence,
    view.getUint32(24, true) === awaited.previousCrc,
  ];
  return signs.filter((sign) => sign).length >= 2;
}

let zeroes = Buffer.alloc(SECTOR_BYTES);

export function isZero(bytes: Bytes): boolean {
  if (zeroes.length < bytes.length) zeroes = Buffer.alloc(bytes.length);
  return asBuffer(bytes).compare(zeroes, 0, bytes.length) === 0;
}
