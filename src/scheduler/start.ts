import type { Random } from "../base/index.js";
import type { Clock, Log } from "../host/index.js";
import {
  type ElectionOptions,
  type Fence,
  InformerFactory,
  LeaseElection,
  type RestClient,
  SeriesEventRecorder,
} from "../kube/client/index.js";
import { SchedulerApi } from "./api.js";
import { DEFAULT_PROFILES, DEFAULT_SCHEDULER, type Profiles } from "./config.js";
import { Scheduler } from "./scheduler.js";

export interface SchedulerStart {
  /** As system:kube-scheduler. */
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of this process among those that may act. */
  readonly identity: string;
  readonly profiles?: Profiles;
  readonly election?: Pick<ElectionOptions, "leaseMs" | "renewDeadlineMs" | "retryPeriodMs" | "isGone">;
}
export interface RunningScheduler {
  readonly isLeader: boolean;
  /** The Lease's holder may be gone: look now. */
  nudge(): void;
  stop(): Promise<void>;
}

/** Watches at once, acts while it holds the Lease kube-system/kube-scheduler. */
export function startScheduler(options: SchedulerStart): RunningScheduler {
  const { client, clock, random, log, identity, profiles = DEFAULT_PROFILES } = options;
  let fence: Fence | undefined;
  const fenced = client.withFence(() => fence);
  const informers = new InformerFactory({ client, clock, random: random.fork("informers"), log });
  const recorder = new SeriesEventRecorder({ client: fenced, clock, random: random.fork("events"), log, component: DEFAULT_SCHEDULER });
  const api = new SchedulerApi({ client: fenced, informers, recorder, clock });
  const scheduler = new Scheduler({ informers, api, profiles, clock, random: random.fork("ties"), log });
  informers.start();
  const election = new LeaseElection({
    client,
    clock,
    random: random.fork("election"),
    log,
    namespace: "kube-system",
    name: "kube-scheduler",
    identity,
    ...options.election,
    lead: async (won, signal) => {
      fence = won;
      const over = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      await Promise.race([informers.synced(), over]);
      if (!signal.aborted) scheduler.lead(signal);
      await over;
    },
  });
  election.start();
  return {
    get isLeader() {
      return election.isLeader;
    },
    nudge: () => election.nudge(),
    stop: async () => {
      await election.stop();
      scheduler.stop();
      await recorder.stop();
      await informers.stop();
    },
  };
}
