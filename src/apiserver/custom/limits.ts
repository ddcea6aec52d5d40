/** Between attempts of a definition's loop that failed. */
export const RETRY_MS = 250;
/** Between two looks whether the last objects of a definition that goes away are gone: their finalizers are others' work. */
export const REMAINING_POLL_MS = 500;
/** Kubernetes: how long its loop waits for the objects before it says so in the condition. */
export const REMAINING_TELL_MS = 60_000;
