/** Between two looks at the servers of aggregated groups, beside those that changes cause. Kubernetes: 30 s. */
export const CHECK_MS = 10_000;
/** After a change, so that a service and what is behind it are looked at together. */
export const SETTLE_MS = 50;
/** A server answers a check within this, or counts as down. Kubernetes: 5 s. */
export const CHECK_MS_MAX = 5_000;
/** An answer to a check that is longer is none. */
export const DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;
