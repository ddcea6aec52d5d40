/** Keys read from the store at a time when a cache fills; bounds the store's response. */
export const FILL_PAGE_KEYS = 1_000;
/** Changes kept for watches that begin in the past, over all resources. */
export const HISTORY_CHANGES_MAX = 8_192;
/** Revisions that a cache reads from the store's history when it starts, for watchers that come from elsewhere. Ours. */
export const HISTORY_AT_START = 4_096;
/** Bytes of values in that history. */
export const HISTORY_BYTES_MAX = 16 * 1024 * 1024;
/** Kubernetes: how long a read waits for a cache to reach the revision that it names. */
export const CACHE_WAIT_MS = 3_000;
/** Between attempts to open the watch again after it broke. */
export const REWATCH_PAUSE_MS = 50;
/** An event lease serves all objects that are written within this time (etcd3 lease manager: 60 s or 5 % of the TTL). */
export const LEASE_REUSE_SECONDS = 60;
/** Objects attached to one lease: a lease's end is one entry in the log. */
export const LEASE_OBJECTS_MAX = 1_000;
/** Kubernetes --request-timeout's share for one call to the store. */
export const STORE_CALL_MS = 10_000;
/** Kubernetes --etcd-compaction-interval. */
export const COMPACT_EVERY_MS = 300_000;
/** A fenced write is repeated this often because its Lease was renewed meanwhile; every two seconds it is. Ours. */
export const FENCE_TRIES_MAX = 5;
/** Keys of the cache that lie in one piece of memory. */
export const SORTED_RUN_MAX = 512;
