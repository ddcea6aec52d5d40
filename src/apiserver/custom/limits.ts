/** Between attempts of a definition's loop that failed. */
export const RETRY_MS = 250;
/** Between two looks whether the last objects of a definition that goes away are gone: their finalizers are others' work. */
export const REMAINING_POLL_MS = 500;
/** Kubernetes: how long its loop waits for the objects before it says so in the condition. */
export const REMAINING_TELL_MS = 60_000;
/** Regular expressions of schemas that are kept compiled, over all kinds. */
export const PATTERNS_CACHED_MAX = 1_000;
/** Kubernetes: fields of a version that selectors may name. */
export const SELECTABLE_FIELDS_MAX = 8;
/** Kubernetes: bytes of a message that an expression made. */
export const MESSAGE_BYTES_MAX = 5 * 1024;
/** After a definition is gone every master has heard of it, or is gone too: far beyond what a watch takes. */
export const SWEEP_MS = 5_000;
