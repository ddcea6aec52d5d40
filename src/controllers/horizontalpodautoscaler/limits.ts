/** Between two looks at one autoscaler; also before the first. Kubernetes: --horizontal-pod-autoscaler-sync-period. */
export const SYNC_MS = 15_000;
/** The highest recommendation of so long counts when scaling down. Kubernetes: --horizontal-pod-autoscaler-downscale-stabilization. */
export const DOWNSCALE_STABILIZATION_SECONDS = 300;
/** Ratios so near to 1 change nothing. Kubernetes: --horizontal-pod-autoscaler-tolerance. */
export const TOLERANCE = 0.1;
/** After its start a pod's CPU may be that of its start. Kubernetes: --horizontal-pod-autoscaler-cpu-initialization-period. */
export const CPU_INITIALIZATION_MS = 300_000;
/** A pod that became unready within this from its start was never ready. Kubernetes: --horizontal-pod-autoscaler-initial-readiness-delay. */
export const INITIAL_READINESS_MS = 30_000;
/** Without behavior: never more than twice as many, or this many. */
export const SCALE_UP_FACTOR = 2;
export const SCALE_UP_MIN = 4;
/** A metric's window where its server names none. */
export const METRIC_WINDOW_MS = 60_000;
/** What kinds there are is asked again after this. Kubernetes' controllers: 30 s. */
export const KINDS_FRESH_MS = 30_000;
/** A scale that was changed meanwhile is read and written again so often. Kubernetes' clients: 5 steps. */
export const SCALE_WRITES_MAX = 5;
/** Replicas are 32-bit. */
export const REPLICAS_MAX = 2_147_483_647;
