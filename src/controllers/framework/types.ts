import type { Random } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import type { ApiObject, EventRecorder, Informer, InformerFactory, Resource, RestClient } from "../../kube/client/index.js";

/** What a controller is given: its own identity's client (its writes carry the fence) and the shared caches. */
export interface ControllerContext {
  readonly client: RestClient;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Under this controller's name as Kubernetes' events show it. */
  readonly events: EventRecorder;
  readonly options: ControllerOptions;
}
/** What the cluster's files and flags say. */
export interface ControllerOptions {
  /** PEM of the cluster's CA, published to every namespace. */
  readonly rootCa?: string;
  readonly nodeMonitorGraceMs?: number;
  readonly terminatedPodsMax?: number;
  /** Between two looks at a horizontal pod autoscaler. */
  readonly autoscalerSyncMs?: number;
}

/** One kind of change that a controller looks at, and the keys that it then wants looked at. */
export interface Watch {
  start(enqueue: Enqueue): () => void;
}
export interface Enqueue {
  (key: string): void;
  after(key: string, delayMs: number): void;
}

export interface RunningController {
  readonly watches: readonly Watch[];
  /** Looks at the caches, plans, acts. Throwing puts the key back with a growing pause; a number asks for another look in so many ms. */
  reconcile(key: string): Promise<number | undefined>;
  /** After all caches are filled, before the first key. */
  begin?(enqueue: Enqueue): void;
  stop?(): void;
}

/** An event that a plan wants told. */
export interface PlannedEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** A row of the table of controllers. */
export interface ControllerRow {
  /** As Kubernetes' --controllers names it. */
  readonly name: string;
  /** The service account in kube-system that it acts as. */
  readonly account: string;
  /** The source of its events where that is not the account. */
  readonly component?: string;
  readonly workers: number;
  /** Collections whose caches must be warm before it starts. */
  readonly reads: readonly Resource[];
  create(context: ControllerContext): RunningController;
}

/** Keys from the changes of one cache. `old` is undefined for what is new; `gone` for what is deleted. */
export function watching<T extends ApiObject>(
  informer: Informer<T>,
  keys: (object: T, change: { readonly kind: "add" | "update" | "delete"; readonly old: T | undefined }) => Iterable<string> | undefined,
  options: { readonly resyncMs?: number } = {},
): Watch {
  return {
    start: (enqueue) => {
      const each = (found: Iterable<string> | undefined): void => {
        for (const key of found ?? []) enqueue(key);
      };
      return informer.addHandlers(
        {
          add: (object) => each(keys(object, { kind: "add", old: undefined })),
          update: (old, now) => each(keys(now, { kind: "update", old })),
          delete: (last) => each(keys(last, { kind: "delete", old: last })),
        },
        options.resyncMs ?? 0,
      );
    },
  };
}
