/** After a change, so that schemas and levels that come together are looked at together. */
export const SETTLE_MS = 2;
/** After a write that failed: somebody else was faster, or the store has no leader now. */
export const AGAIN_MS = 1_000;
