/** A pod that failed waits this long, doubled with each attempt, before it is tried again. Source: kube-scheduler's defaults. */
export const BACKOFF_INITIAL_MS = 1_000;
export const BACKOFF_MAX_MS = 10_000;
/** A pod that nothing could help for this long is tried all the same: an event may have been missed. Source: kube-scheduler. */
export const UNSCHEDULABLE_MAX_MS = 300_000;
/** How often that is looked at. Source: kube-scheduler. */
export const UNSCHEDULABLE_FLUSH_MS = 30_000;
/** Cycles run for this long before requests and watches have their turn. Ours. */
export const CYCLES_TURN_MS = 5;
/** Bindings under way; the next cycle waits for one to end. Ours. */
export const BINDINGS_MAX = 256;
/** A binding's volumes must be ready within this. Source: VolumeBindingArgs. */
export const BIND_VOLUMES_MS = 600_000;
/** events.k8s.io notes are cut to this many bytes. Source: its validation. */
export const NOTE_MAX = 1_024;
/** An extender must answer within this. Source: kube-scheduler's default. */
export const EXTENDER_TIMEOUT_MS = 5_000;
/** Extenders score from 0 to this. Source: the extender's API. */
export const EXTENDER_SCORE_MAX = 10;
/** An extender's answer may be this large. Ours. */
export const EXTENDER_ANSWER_BYTES_MAX = 64 * 1024 * 1024;
