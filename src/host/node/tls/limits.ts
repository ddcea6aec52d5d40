/** A handshake that takes longer is cut. etcd: 10 s. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Refused connections written to the log, a period: a flood of them must not fill the disk. */
export const REFUSALS_LOGGED_MAX = 10;
export const REFUSALS_PERIOD_MS = 10_000;
/** Asking the name service who a peer's address is. */
export const NAME_LOOKUP_TIMEOUT_MS = 3_000;
