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
  | { readonly kind: "none" };

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
    const within = offset >= this.#chunkAt && offset + length <= this.#chunkAt + this.#chunk.length;
    if (!within) {
      const wanted = Math.min(Math.max(length, READ_CHUNK_BYTES), this.sizeBytes - offset);
      this.#chunk = await this.segment.file.read(offset, wanted);
      this.#chunkAt = offset;
    }
    const from = offset - this.#chunkAt;
    return this.#chunk.subarray(from, from + length);
  }

  /** The awaited batch at the present offset. Does not move. */
  async next(awaited: Awaited): Promise<Step> {
    const { offset } = this;
    if (offset + SECTOR_BYTES > this.sizeBytes) return { kind: "none" };
    const header = decodeBatchHeader(await this.at(offset, SECTOR_BYTES), this.seed);
    if (header === undefined) return { kind: "none" };
    if (header.sequence !== awaited.sequence) throw this.corrupt(`batch ${header.sequence} where ${awaited.sequence} belongs`);
    if (header.previousCrc !== awaited.previousCrc) throw this.corrupt("batch does not follow the one before it");
    const bytes = wholeSectors(BATCH_HEADER_BYTES + header.payloadBytes);
    if (offset + bytes > this.sizeBytes) throw this.corrupt("batch is longer than its segment");
    const payload = (await this.at(offset, bytes)).subarray(BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + header.payloadBytes);
    if (payload.length < header.payloadBytes || crc32c(payload, this.seed) !== header.payloadCrc) {
      return { kind: "broken", bytes };
    }
    return { kind: "batch", batch: { header, payload, offset, bytes } };
  }

  corrupt(what: string): WalCorrupt {
    return new WalCorrupt(this.segment.path, this.offset, what);
  }

  /** The first batch of this life behind `from` that is younger than `sequence`: proof that what lies before was acknowledged. */
  async laterBatch(from: number, sequence: number): Promise<number | undefined> {
    for (let at = from; at + SECTOR_BYTES <= this.sizeBytes; at += SECTOR_BYTES) {
      const sector = await this.at(at, SECTOR_BYTES);
      if (sector.length < SECTOR_BYTES || viewOf(sector).getUint32(0, true) !== BATCH_MAGIC) continue;
      const header = decodeBatchHeader(sector, this.seed);
      if (header !== undefined && header.sequence > sequence) return at;
    }
    return undefined;
  }

  /** End of the last sector behind `from` that holds anything; `from` when all is zero. */
  async endOfWritten(from: number): Promise<number> {
    let end = from;
    for (let at = from; at < this.sizeBytes; at += READ_CHUNK_BYTES) {
      const chunk = await this.at(at, Math.min(READ_CHUNK_BYTES, this.sizeBytes - at));
      if (isZero(chunk)) continue;
      for (let in_ = 0; in_ < chunk.length; in_ += SECTOR_BYTES) {
        if (!isZero(chunk.subarray(in_, in_ + SECTOR_BYTES))) end = at + in_ + SECTOR_BYTES;
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
