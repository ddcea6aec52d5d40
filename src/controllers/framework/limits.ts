/** Pods made or deleted in one pass over a replica set, so that one of 10,000 does not keep a worker from the others. Kubernetes: 500. */
export const BURST_REPLICAS_MAX = 500;
/** First batch of creations; each next one is twice as large while all goes well (a quota that is used up is asked once, not 500 times). */
export const SLOW_START_BATCH = 1;
/** Changes that a loop waits to see in its cache are given up after this. Kubernetes: 5 min. */
export const EXPECTATIONS_MS = 300_000;
/** A create whose answer was lost is repeated under the same name this often. */
export const LOST_CREATES_MAX = 3;
/** Longest generated name: the base is cut so that the random end fits. */
export const GENERATED_BASE_MAX = 58;
