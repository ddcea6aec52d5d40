import { check } from "../base/index.js";

/** Largest lease time to live, seconds. etcd: lease.MaxLeaseTTL. */
export const LEASE_TTL_SECONDS_MAX = 9_000_000_000;

/** What a stored revision costs beside its key and value, bytes: record key, fields, index. Part of the replicated size. */
export const RECORD_OVERHEAD_BYTES = 64;
/** What a lease costs, bytes. etcd's estimate of the same (storage/quota.go). */
export const LEASE_OVERHEAD_BYTES = 64;

/** Encoded values kept for reads that would else go to the backend, bytes. */
export const VALUE_CACHE_BYTES_MAX = 8 * 1024 * 1024;

/** Keys in a leaf or children in a branch of the key tree: an insert moves half of one on average. */
export const TREE_NODE_ENTRIES_MAX = 256;

/** Records in one block of the revision log. 2^12, so that a position splits by shift and mask. */
export const LOG_BLOCK_BITS = 12;
/** Blocks with fewer live records than this are joined with their neighbour. */
export const LOG_BLOCK_SPARSE = 1 << (LOG_BLOCK_BITS - 2);
/** Positions are 32 bits, of which the highest value means "none". */
export const LOG_BLOCKS_MAX = 2 ** (32 - LOG_BLOCK_BITS) - 1;

/** Bytes of events that a lagging watcher gets in one response before the next watcher has its turn. A revision is never split. */
export const CATCH_UP_BATCH_BYTES = 1024 * 1024;
/** Records that one lagging watcher may read in its turn. */
export const CATCH_UP_TURN_RECORDS = 256;
/** Records of other keys passed over in the revision log that cost as much as one read of a value. */
export const CATCH_UP_SKIPS_PER_RECORD = 32;
/** A watcher of one key whose missed revisions are at most so many follows that key's chain and skips the log. */
export const CATCH_UP_CHAIN_MAX = 1024;

/** Bytes of an event and of its response beside the encoded key-values: tags, lengths, type; an upper estimate. */
export const EVENT_OVERHEAD_BYTES = 16;
export const WATCH_RESPONSE_OVERHEAD_BYTES = 64;

check(TREE_NODE_ENTRIES_MAX >= 4, "a node must be splittable into halves that hold two");
check(CATCH_UP_TURN_RECORDS > 0, "a turn that reads nothing never ends");
