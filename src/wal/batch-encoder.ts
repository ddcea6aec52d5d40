import { Bug, type Bytes, crc32c } from "../base/index.js";
import {
  BATCH_HEADER_BYTES,
  type BatchHeaderFields,
  putBatchHeader,
  putCounter,
  RECORD_HEADER_BYTES,
  RECORD_KINDS,
  viewOf,
} from "./format.js";
import { BUFFER_KEEP_BYTES, SECTOR_BYTES, wholeSectors } from "./limits.js";
import type { WalEntry } from "./types.js";

const FIRST_BUFFER_BYTES = 64 * 1024;

/** Sectors that a batch with these entries takes, in bytes. */
export function batchBytes(entries: readonly WalEntry[]): number {
  let bytes = BATCH_HEADER_BYTES + entries.length * RECORD_HEADER_BYTES;
  for (let i = 0; i < entries.length; i++) bytes += (entries[i] as WalEntry).data.length;
  return wholeSectors(bytes);
}

export type BatchDescription = Omit<BatchHeaderFields, "payloadBytes" | "payloadCrc" | "records"> & {
  readonly seed: number;
};

/** Encodes into one buffer that is used again for the next batch: the caller is done with it when its write resolved. */
export class BatchEncoder {
  #bytes = Buffer.alloc(FIRST_BUFFER_BYTES);
  #view = viewOf(this.#bytes);
  readonly #recordBytesMax: number;

  constructor(options: { readonly recordBytesMax: number }) {
    this.#recordBytesMax = options.recordBytesMax;
  }

  /** Returns whole sectors and the checksum of the batch's header. */
  encode(entries: readonly WalEntry[], batch: BatchDescription): { readonly bytes: Bytes; readonly headerCrc: number } {
    const total = batchBytes(entries);
    this.#makeRoom(total);
    let at = BATCH_HEADER_BYTES;
    for (let i = 0; i < entries.length; i++) at = this.#putRecord(at, entries[i] as WalEntry);
    // The rest of the last sector: bytes of an earlier batch must not reach the disk under this one.
    this.#bytes.fill(0, at, total);
    const headerCrc = putBatchHeader(this.#bytes, this.#view, batch.seed, {
      ...batch,
      payloadBytes: at - BATCH_HEADER_BYTES,
      payloadCrc: crc32c(this.#bytes, batch.seed, BATCH_HEADER_BYTES, at),
      records: entries.length,
    });
    return { bytes: this.#bytes.subarray(0, total), headerCrc };
  }

  #putRecord(at: number, entry: WalEntry): number {
    const { data } = entry;
    if (data.length > this.#recordBytesMax) throw new Bug(`log entry of ${data.length} bytes`);
    const view = this.#view;
    view.setUint32(at, data.length, true);
    view.setUint32(at + 4, RECORD_KINDS.indexOf(entry.kind), true);
    putCounter(view, at + 8, entry.term);
    putCounter(view, at + 16, entry.index);
    this.#bytes.set(data, at + RECORD_HEADER_BYTES);
    return at + RECORD_HEADER_BYTES + data.length;
  }

  #makeRoom(bytes: number): void {
    const oversized = this.#bytes.length > BUFFER_KEEP_BYTES && bytes <= BUFFER_KEEP_BYTES;
    if (this.#bytes.length >= bytes && !oversized) return;
    const grown = oversized ? BUFFER_KEEP_BYTES : Math.max(bytes, Math.min(this.#bytes.length * 2, BUFFER_KEEP_BYTES));
    this.#bytes = Buffer.alloc(wholeSectors(Math.max(grown, SECTOR_BYTES)));
    this.#view = viewOf(this.#bytes);
  }
}
