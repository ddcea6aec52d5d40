/** A status question; a healthy master answers within a few milliseconds. */
export const STATUS_TIMEOUT_MS = 400;
/** How long `kill` follows what happens next. */
export const FAILOVER_TIMEOUT_MS = 10_000;
/** How long a started or restarted master may take to answer. */
export const START_TIMEOUT_MS = 20_000;
/** How long a process may take to end after it was told to. */
export const EXIT_TIMEOUT_MS = 10_000;
export const POLL_MS = 10;
export const TOP_PERIOD_MS = 1_000;
/** A kv request without an answer. etcdctl's --command-timeout. */
export const KV_TIMEOUT_MS = 5_000;
export const WAIT_TIMEOUT_MS = 30_000;
/** fdatasync slower than this makes every write slow. */
export const SLOW_SYNC_MS = 10;
export const SYNC_PROBES = 20;
