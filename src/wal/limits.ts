import { check } from "../base/index.js";

/** The unit a disk writes whole: after a crash each sector holds its old bytes or its new ones. */
export const SECTOR_BYTES = 512;
/** The segment header's own page, so that no batch is ever written into the page that holds it. */
export const SEGMENT_HEADER_BYTES = 4096;
/** First segment of a log: zero-filling it must not be felt at start-up (4 MiB take about 10 ms). */
export const FIRST_SEGMENT_BYTES = 4 * 1024 * 1024;
/** Full-grown segment, as etcd's. Each segment doubles the one before until here. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Old segments kept for reuse, which saves filling them with zeroes again. */
export const RECYCLED_SEGMENTS_MAX = 2;
/** One entry. etcd's default request limit is 1.5 MiB; --max-request-bytes may raise it. */
export const RECORD_BYTES_MAX = 64 * 1024 * 1024;
/** Zeroes are written in pieces, so that a sync of the log waits behind one piece only. */
export const FILL_CHUNK_BYTES = 1024 * 1024;
/** The next segment is prepared once this part of the current one is used. */
export const PREPARE_AT_FRACTION = 0.25;
/** An encoding buffer larger than this is not kept after the batch that needed it. */
export const BUFFER_KEEP_BYTES = 4 * 1024 * 1024;
/** Read ahead while opening. Entries keep views into these pieces. */
export const READ_CHUNK_BYTES = 1024 * 1024;

check(SEGMENT_HEADER_BYTES % SECTOR_BYTES === 0, "batches start at a sector: an acknowledged sector is never rewritten");
check(FIRST_SEGMENT_BYTES % SECTOR_BYTES === 0, "a segment ends at a sector");
check(SEGMENT_BYTES % SECTOR_BYTES === 0, "a segment ends at a sector");
check(READ_CHUNK_BYTES % SECTOR_BYTES === 0, "the scan for later evidence steps by sectors");

export interface WalLimits {
  readonly firstSegmentBytes: number;
  readonly segmentBytes: number;
  readonly recycledSegmentsMax: number;
  readonly recordBytesMax: number;
}

export function walLimits(overrides: Partial<WalLimits> = {}): WalLimits {
  const limits = {
    firstSegmentBytes: overrides.firstSegmentBytes ?? FIRST_SEGMENT_BYTES,
    segmentBytes: overrides.segmentBytes ?? SEGMENT_BYTES,
    recycledSegmentsMax: overrides.recycledSegmentsMax ?? RECYCLED_SEGMENTS_MAX,
    recordBytesMax: overrides.recordBytesMax ?? RECORD_BYTES_MAX,
  };
  check(limits.firstSegmentBytes >= SEGMENT_HEADER_BYTES + 2 * SECTOR_BYTES, "first segment too small for its header");
  check(limits.segmentBytes >= limits.firstSegmentBytes, "later segments are not smaller than the first");
  check(limits.firstSegmentBytes % SECTOR_BYTES === 0, "first segment ends at a sector");
  check(limits.segmentBytes % SECTOR_BYTES === 0, "segments end at a sector");
  return limits;
}

/** `bytes` rounded up to whole sectors. */
export const wholeSectors = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
