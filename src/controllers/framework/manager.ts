import type { Random } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import {
  CoreEventRecorder,
  type ElectionOptions,
  type Fence,
  InformerFactory,
  isConflict,
  isNamespaceTerminating,
  LeaseElection,
  type RestClient,
  runWorkers,
  WorkQueue,
} from "../../kube/client/index.js";
import type { ControllerContext, ControllerOptions, ControllerRow, Enqueue } from "./types.js";

export interface ControllersOptions {
  /** A client with this identity: a service account's name in kube-system, or "" for the manager itself. */
  readonly client: (account: string) => RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of this process, unique among candidates: host and a random id. */
  readonly identity: string;
  readonly controllers?: ControllerOptions;
  readonly election?: Pick<ElectionOptions, "leaseMs" | "renewDeadlineMs" | "retryPeriodMs" | "isGone">;
}
export interface RunningControllers {
  readonly isLeader: boolean;
  /** The Lease's holder may be gone: look now. */
  nudge(): void;
  stop(): Promise<void>;
}

/** All controllers of a table under one Lease: caches are kept warm while another one leads. */
export function runControllers(table: readonly ControllerRow[], options: ControllersOptions): RunningControllers {
  const { clock, random, log } = options;
  const own = options.client("");
  const informers = new InformerFactory({ client: own, clock, random: random.fork("informers"), log });
  for (const row of table) for (const resource of row.reads) informers.of(resource);
  informers.start();
  const election = new LeaseElection({
    client: own,
    clock,
    random: random.fork("election"),
    log,
    namespace: "kube-system",
    name: "kube-controller-manager",
    identity: options.identity,
    ...options.election,
    lead: async (fence, signal) => {
      const reign = new Reign(table, options, informers);
      const over = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      await Promise.race([informers.synced(), over]);
      if (!signal.aborted) reign.begin(fence);
      await over;
      await reign.end();
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
      await informers.stop();
    },
  };
}

/** The controllers between winning the Lease and losing it. */
class Reign {
  readonly #table: readonly ControllerRow[];
  readonly #o: ControllersOptions;
  readonly #informers: InformerFactory;
  readonly #ends: (() => void)[] = [];
  readonly #workers: Promise<void>[] = [];
  constructor(table: readonly ControllerRow[], options: ControllersOptions, informers: InformerFactory) {
    this.#table = table;
    this.#o = options;
    this.#informers = informers;
  }
  begin(fence: Fence): void {
    for (const row of this.#table) this.#start(row, fence);
  }
  #start(row: ControllerRow, fence: Fence): void {
    const { clock, random, log } = this.#o;
    const client = this.#o.client(row.account).withFence(fence);
    const events = new CoreEventRecorder({
      client: this.#o.client(row.account),
      clock,
      random: random.fork(`events ${row.name}`),
      log,
      component: row.component ?? row.account,
    });
    const context: ControllerContext = {
      client,
      informers: this.#informers,
      clock,
      random: random.fork(row.name),
      log: log.with({ controller: row.name }),
      events,
      options: this.#o.controllers ?? {},
    };
    const queue = new WorkQueue({ clock });
    const enqueue: Enqueue = Object.assign((key: string) => queue.add(key), {
      after: (key: string, delayMs: number) => queue.addAfter(key, delayMs),
    });
    const running = row.create(context);
    running.begin?.(enqueue);
    const removals = running.watches.map((watch) => watch.start(enqueue));
    this.#ends.push(() => {
      for (const remove of removals) remove();
      running.stop?.();
      queue.stop();
      void events.stop();
    });
    this.#workers.push(
      runWorkers(
        queue,
        row.workers,
        async (key) => {
          const again = await running.reconcile(key);
          if (again !== undefined) queue.addAfter(key, again);
        },
        (key, error, requeues) => {
          const expected = isConflict(error) || isNamespaceTerminating(error);
          const fields = { key, why: (error as Error).message, requeues };
          if (expected || requeues < 6) context.log.debug("tried again later", fields);
          else context.log.warn("does not succeed", { ...fields, at: (error as Error).stack?.split("\n")[1]?.trim() });
        },
      ),
    );
  }
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    await Promise.all(this.#workers.splice(0));
  }
}
