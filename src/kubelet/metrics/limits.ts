/** What a container of a hollow node uses of what it requests, where nothing else is declared. */
export const SHARE_OF_REQUESTS_PERCENT = 50n;
/** What one uses that requests nothing. */
export const IDLE_CPU_MILLI = 1n;
export const IDLE_MEMORY_BYTES = 8n * 1024n * 1024n;
/** What a node itself uses beside its pods. */
export const NODE_CPU_MILLI = 50n;
export const NODE_MEMORY_BYTES = 128n * 1024n * 1024n;
/** Over which a sample is said to be measured. Source: metrics-server's resolution. */
export const WINDOW = "15s";
/** How often a process looks whether somebody answers for hollow nodes. */
export const TEND_MS = 15_000;
/** A process that ends tries so long to say that it is gone. */
export const LEAVE_MS_MAX = 1_000;
