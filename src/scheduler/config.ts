import { type CycleOptions, DEFAULT_PLUGINS } from "./cycle/index.js";

/** What a profile decides about a cycle. */
export type Profile = Pick<CycleOptions, "plugins" | "percentageOfNodes">;
export interface Profiles {
  /** By spec.schedulerName; undefined: the pod is somebody else's. */
  of(schedulerName: string | undefined): Profile | undefined;
  readonly backoff: { readonly backoffInitialMs?: number; readonly backoffMaxMs?: number };
}

export const DEFAULT_SCHEDULER = "default-scheduler";
const DEFAULT_PROFILE: Profile = { plugins: DEFAULT_PLUGINS, percentageOfNodes: 0 };
export const DEFAULT_PROFILES: Profiles = {
  of: (name) => (name === DEFAULT_SCHEDULER ? DEFAULT_PROFILE : undefined),
  backoff: {},
};
