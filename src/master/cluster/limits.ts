/** Shorter than any system's limit for a Unix socket's path (104 on macOS, 108 on Linux). */
export const SOCKET_PATH_BYTES_MAX = 100;
/** A control request without an answer: the process is paused, or busy beyond use. */
export const CONTROL_TIMEOUT_MS = 1_000;
export const CONTROL_BODY_BYTES_MAX = 1024 * 1024;
/** How long a writer of cluster.json waits for another before it takes the lock for stale. */
export const FILE_LOCK_WAIT_MS = 2_000;
export const FILE_LOCK_RETRY_MS = 5;
/** Masters that do not stop by themselves in this time are killed: the log is durable, nothing is lost. */
export const STOP_MS_MAX = 900;
/** Between looks at a process that is about to end. */
export const EXIT_POLL_MS = 5;
/** `up` gives up when no leader is there by then. */
export const READY_TIMEOUT_MS = 30_000;
/** Pause before a master that died is started again (--restart), doubled to the last while it keeps dying. */
export const RESTART_MS_MIN = 200;
export const RESTART_MS_MAX = 10_000;
/** Last lines of a master's log kept to say why it did not start. */
export const LOG_TAIL_LINES = 20;
/** A certificate that ends sooner is made anew at the next start. */
export const RENEW_BEFORE_MS = 30 * 86_400_000;
/** Between attempts to take over the front address when the one who held it is gone. */
export const FRONT_RETRY_MS = 100;
