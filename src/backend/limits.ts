import { check } from "../base/index.js";

/** LevelDB's block cache when the caller names none. Fresh values are in the overlay or in mvcc's cache already. */
export const CACHE_BYTES = 4 * 1024 * 1024;
/** LevelDB's memtable. A checkpoint is about as large, so a larger one would only cost memory. */
export const WRITE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Keys encoded into a checkpoint's batch before the loop gets a turn: about half a millisecond. */
export const ENCODE_SLICE_KEYS = 256;
/** Pairs a scan hands over at a time, and the bytes after which it hands over fewer. */
export const SCAN_SLICE_PAIRS = 1000;
export const SCAN_SLICE_BYTES = 256 * 1024;
/** Metas of earlier checkpoints that may lie about; deleting them from all over the database makes LevelDB rewrite it. */
export const STALE_METAS_MAX = 16 * 1024;
/** Starts in a row that died before the database proved readable; one more would abort the same way. */
export const OPEN_ATTEMPTS_MAX = 3;
/** First room for a key and value while a checksum is made; grows to the largest value seen, up to SCRATCH_KEEP_BYTES. */
export const SCRATCH_BYTES = 64 * 1024;
export const SCRATCH_KEEP_BYTES = 4 * 1024 * 1024;
/** Lengths of values whose view is kept. */
export const VIEWS_MAX = 4 * 1024;

check(ENCODE_SLICE_KEYS >= 1, "a slice makes progress");
check(SCRATCH_BYTES <= SCRATCH_KEEP_BYTES, "the first scratch buffer is kept");
check(VIEWS_MAX <= SCRATCH_BYTES, "each kept view fits the first scratch buffer");
