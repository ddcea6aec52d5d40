/** Kubernetes: largest body of a write. */
export const BODY_BYTES_MAX = 3 * 1024 * 1024;
/** Kubernetes gzips answers from this size on. */
export const GZIP_BYTES_MIN = 128 * 1024;
/** Kubernetes --request-timeout. */
export const REQUEST_MS = 60_000;
/** Kubernetes --min-request-timeout: a watch ends after this to twice this. */
export const WATCH_SECONDS_MIN = 1_800;
/** Bookmarks of watches that ask for them. */
export const BOOKMARK_MS = 60_000;
/** Before a watch ends, a last one lets the client go on without a list. */
export const LAST_BOOKMARK_SECONDS = 2;
/** Bytes that may wait for a watcher that does not read, before it is cut. */
export const WATCH_QUEUE_BYTES_MAX = 8 * 1024 * 1024;
/** Of what a watch begins with, so much waits for the client; the rest comes as it reads. */
export const WATCH_AHEAD_BYTES = 1024 * 1024;
/** Changes that wait behind what a watch begins with, before it is cut. */
export const WATCH_BEHIND_MAX = 100_000;
/** Kubernetes: a fieldManager's length. */
export const FIELD_MANAGER_CHARACTERS_MAX = 128;
/** A continue token as it is sent. */
export const CONTINUE_TOKEN_BYTES_MAX = 64 * 1024;
/** Characters of all warnings of one answer, and of each when they are more (the original's recorder has the same). */
export const WARNING_RUNES_MAX = 4 * 1024;
export const CUT_WARNING_RUNES = 256;
