import { type Bytes, crc32c, NO_BYTES } from "../base/index.js";
import type { DiskFile } from "../host/index.js";
import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  type BatchHeader,
  decodeBatchHeader,
  isZero,
  resemblesBatch,
  type SegmentHeader,
  saltSeed,
  viewOf,
} from "./format.js";
import { READ_CHUNK_BYTES, SECTOR_BYTES, SEGMENT_HEADER_BYTES, wholeSectors } from "./limits.js";
import { WalCorrupt } from "./types.js";

export interface SegmentFile {
  /** For messages and for `disk`. */
  readonly path: string;
  readonly file: DiskFile;
  readonly header: SegmentHeader;
}

/** What the next batch must carry to be the next batch. */
export interface Awaited {
  readonly sequence: number;
  readonly previousCrc: number;
}

export interface ReadBatch {
  readonly header: BatchHeader;
  readonly payload: Bytes;
  readonly offset: number;
  readonly bytes: number;
}

export type Step =
  | { readonly kind: "batch"; readonly batch: ReadBatch }
  /** The header is whole, what follows it is not. */
  | { readonly kind: "broken"; readonly bytes: number }
  | { readonly kind: "none" }
  /** `load` this many bytes from the present offset and ask again. */
  | { readonly kind: "unread"; readonly bytes: number };

/** Reads one segment front to back. Nothing here decides what a gap means; tail.ts does. */
export class SegmentReader {
  readonly segment: SegmentFile;
  readonly seed: number;
  offset = SEGMENT_HEADER_BYTES;
  #chunk: Bytes = NO_BYTES;
  #chunkAt = 0;

  constructor(segment: SegmentFile) {
    this.segment = segment;
    this.seed = saltSeed(segment.header.salt);
  }

  get sizeBytes(): number {
    return this.segment.header.sizeBytes;
  }

  /** A view; valid as long as its holder wants. Shorter only at the end of the file. */
  async at(offset: number, length: number): Promise<Bytes> {
    return this.#loaded(offset, length) ?? this.#load(offset, length);
  }

  /** Makes the bytes at the present offset available to `next`. */
  async load(bytes: number): Promise<void> {
    await this.#load(this.offset, bytes);
  }

  /** The awaited batch at the present offset. Does not move. Synchronous, because a log has thousands of small batches. */
  next(awaited: Awaited): Step {
    const { offset } = this;
    if (offset + SECTOR_BYTES > this.sizeBytes) return { kind: "none" };
    const sector = this.#loaded(offset, SECTOR_BYTES);
    if (sector === undefined) return { kind: "unread", bytes: SECTOR_BYTES };
    const header = decodeBatchHeader(sector, this.seed);
    if (header === undefined) return { kind: "none" };
    if (header.sequence !== awaited.sequence) throw this.corrupt(`batch ${header.sequence} where ${awaited.sequence} belongs`);
    if (header.previousCrc !== awaited.previousCrc) throw this.corrupt("batch does not follow the one before it");
    const bytes = wholeSectors(BATCH_HEADER_BYTES + header.payloadBytes);
    if (offset + bytes > this.sizeBytes) throw this.corrupt("batch is longer than its segment");
    const whole = this.#loaded(offset, bytes);
    if (whole === undefined) return { kind: "unread", bytes };
    const payload = whole.subarray(BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + header.payloadBytes);
    if (crc32c(payload, this.seed) !== header.payloadCrc) return { kind: "broken", bytes };
    return { kind: "batch", batch: { header, payload, offset, bytes } };
  }

  #loaded(offset: number, length: number): Bytes | undefined {
    const from = offset - this.#chunkAt;
    if (from < 0 || from + length > this.#chunk.length) return undefined;
    return this.#chunk.subarray(from, from + length);
  }

  async #load(offset: number, length: number): Promise<Bytes> {
    const wanted = Math.min(Math.max(length, READ_CHUNK_BYTES), this.sizeBytes - offset);
    this.#chunk = await this.segment.file.read(offset, wanted);
    this.#chunkAt = offset;
    // The file's length was checked: only a disk that loses bytes while we look gives fewer.
    if (this.#chunk.length < wanted) throw new WalCorrupt(this.segment.path, offset + this.#chunk.length, "file became shorter");
    return this.#chunk.subarray(0, length);
  }

  corrupt(what: string): WalCorrupt {
    return new WalCorrupt(this.segment.path, this.offset, what);
  }

  /** The first batch of this life behind `from` that is younger than `sequence`: proof that what lies before was acknowledged. */
  async laterBatch(from: number, sequence: number): Promise<number | undefined> {
    for (let at = from; at < this.sizeBytes; at += READ_CHUNK_BYTES) {
      const chunk = await this.at(at, Math.min(READ_CHUNK_BYTES, this.sizeBytes - at));
      const view = viewOf(chunk);
      for (let offset = 0; offset + SECTOR_BYTES <= chunk.length; offset += SECTOR_BYTES) {
        if (view.getUint32(offset, true) !== BATCH_MAGIC) continue;
        const header = decodeBatchHeader(chunk.subarray(offset, offset + SECTOR_BYTES), this.seed);
        if (header !== undefined && header.sequence > sequence) return at + offset;
      }
    }
    return undefined;
  }

  /** End of the last sector behind `from` that holds anything; `from` when all is zero. */
  async endOfWritten(from: number): Promise<number> {
    let end = from;
    for (let at = from; at < this.sizeBytes; at += READ_CHUNK_BYTES) {
      const chunk = await this.at(at, Math.min(READ_CHUNK_BYTES, this.sizeBytes - at));
      if (isZero(chunk)) continue;
      for (let offset = 0; offset < chunk.length; offset += SECTOR_BYTES) {
        if (!isZero(chunk.subarray(offset, offset + SECTOR_BYTES))) end = at + offset + SECTOR_BYTES;
      }
    }
    return end;
  }

  /** Some sector of [from, to) is still as it was before any write: only in a fresh segment can that be seen. */
  async hasZeroSector(from: number, to: number): Promise<boolean> {
    for (let at = from; at < to; at += SECTOR_BYTES) {
      if (isZero(await this.at(at, Math.min(SECTOR_BYTES, to - at)))) return true;
    }
    return false;
  }

  async resembles(awaited: Awaited): Promise<boolean> {
    if (this.offset + SECTOR_BYTES > this.sizeBytes) return false;
    return resemblesBatch(await this.at(this.offset, SECTOR_BYTES), awaited);
  }
}
