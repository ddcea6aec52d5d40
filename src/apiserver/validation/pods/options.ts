import type { JsonObject, ObjectMeta } from "../../../kube/meta/index.js";

/** What an update tolerates because the stored object already has it, and what holds for pods alone. */
export interface PodOptions {
  /** The pod itself; undefined: a template. */
  readonly meta?: ObjectMeta;
  readonly anySelectorValue?: boolean;
  readonly anyAffinityValue?: boolean;
  readonly anySpreadSelector?: boolean;
  readonly anyTokenPath?: boolean;
  readonly anyDeletionCost?: boolean;
  readonly anyHugePages?: boolean;
  readonly hostSysctls?: boolean;
  readonly restartsOfInit?: boolean;
  readonly devicesOfUsers?: boolean;
}
export const isPod = (options: PodOptions): boolean => options.meta !== undefined;

/** What the rules of one container need to know of its pod. */
export interface PodFacts {
  /** Volumes without errors, by name. */
  readonly volumes: ReadonlyMap<string, JsonObject>;
  readonly claims: readonly string[];
  readonly restartPolicy: string;
  readonly graceSeconds: number | bigint | undefined;
  readonly hostUsers: boolean;
  readonly options: PodOptions;
}
