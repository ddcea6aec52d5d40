import type { EvictionLimits } from "./plan.js";

/** How often nodes are looked at. Source: --node-monitor-period. */
export const MONITOR_MS = 5_000;
/** A node is silent after this; a new one gets a little more. Source: --node-monitor-grace-period, --node-startup-grace-period. */
export const GRACE_MS = 50_000;
export const STARTUP_GRACE_MS = 60_000;
/** Source: --node-eviction-rate and its secondary, --unhealthy-zone-threshold, --large-cluster-size-threshold. */
export const EVICTION: EvictionLimits = { perSecond: 0.1, secondaryPerSecond: 0.01, unhealthyShare: 0.55, largeZone: 50 };
/** A taint that was held back is asked for again after this. */
export const HELD_MS = 1_000;
