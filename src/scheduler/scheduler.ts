import type { Random } from "../base/index.js";
import type { Clock, Log } from "../host/index.js";
import type { InformerFactory } from "../kube/client/index.js";
import type { SchedulerApi } from "./api.js";
import type { Profile, Profiles } from "./config.js";
import {
  type BeforeBinding,
  type CycleOptions,
  type Diagnosis,
  fitErrorText,
  keyOf,
  NO_NODES,
  type Outcome,
  type PodInfo,
  preempt,
  schedule,
} from "./cycle/index.js";
import { scheduleWith } from "./extended-cycle.js";
import { Extender } from "./extender.js";
import { BINDINGS_MAX, CYCLES_TURN_MS } from "./limits.js";
import { Preemptions } from "./preemptions.js";
import { type QueuedPod, SchedulingQueue } from "./queue.js";
import { Tracker } from "./tracker.js";

export interface SchedulerOptions {
  readonly informers: InformerFactory;
  readonly api: SchedulerApi;
  readonly profiles: Profiles;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
type Unschedulable = Extract<Outcome, { kind: "unschedulable" }>;
interface Told {
  readonly message: string;
  readonly nominated?: string;
}
interface Acting {
  readonly profile: Profile;
  readonly signal: AbortSignal;
}

/**
 * Takes pods from the queue one after another, finds a node for each, and binds in the background. It watches from the start, so that
 * whoever takes over knows the cluster already; it acts between `lead` and the end of its signal.
 */
export class Scheduler {
  readonly #o: SchedulerOptions;
  readonly #tracker: Tracker;
  readonly #queue: SchedulingQueue;
  readonly #extenders: readonly Extender[];
  readonly #preemptions = new Preemptions();
  #start = 0;
  #bindings = 0;
  #signal: AbortSignal | undefined;
  #isRunning = false;

  constructor(options: SchedulerOptions) {
    this.#o = options;
    this.#extenders = options.profiles.extenders.map((settings) => new Extender(settings));
    this.#queue = new SchedulingQueue({
      clock: options.clock,
      ...options.profiles.backoff,
      isHeld: (uid) => this.#preemptions.isUnderWay(uid),
      wake: () => this.#wake(),
    });
    this.#tracker = new Tracker(options.informers, (pod) => options.profiles.of(pod.spec.schedulerName) !== undefined, {
      pending: (pod, changed) => this.#queue.set(pod, changed),
      gone: (uid) => {
        this.#preemptions.end(uid);
        this.#queue.remove(uid);
      },
      event: (event) => {
        // Before the queue hears of it: the pod that waited for this is one whom it may help.
        if ("pod" in event && (event.kind === "podGone" || event.pod.isTerminating)) this.#preemptions.left(event.pod.uid);
        this.#queue.onEvent(event);
      },
    });
  }
  get cluster() {
    return this.#tracker.cluster;
  }
  get queue(): SchedulingQueue {
    return this.#queue;
  }
  /** Acts until the signal ends. */
  lead(signal: AbortSignal): void {
    this.#signal = signal;
    // What a former time in charge sent and never saw there is looked at anew.
    const forget = (): void => {
      this.#tracker.forgetAll();
      this.#preemptions.clear();
    };
    signal.addEventListener("abort", forget, { once: true });
    this.#wake();
  }
  stop(): void {
    this.#queue.stop();
  }

  #wake(): void {
    if (this.#isRunning || this.#signal === undefined || this.#signal.aborted) return;
    this.#isRunning = true;
    this.#o.clock.soon(() => this.#turn());
  }
  /** Some cycles, then everybody else's turn. */
  #turn(): void {
    this.#isRunning = false;
    const end = this.#o.clock.monotonicMs() + CYCLES_TURN_MS;
    while (this.#signal?.aborted === false && this.#bindings < BINDINGS_MAX) {
      const queued = this.#queue.pop();
      if (queued === undefined) return;
      this.#cycle(queued, this.#signal);
      if (this.#o.clock.monotonicMs() >= end) {
        this.#wake();
        return;
      }
    }
  }

  #cycle(queued: QueuedPod, signal: AbortSignal): void {
    const { info } = queued;
    if (info.isTerminating) {
      this.#o.api.failedScheduling(info, `skip schedule deleting pod: ${keyOf(info)}`);
      this.#queue.remove(info.uid);
      return;
    }
    const profile = this.#o.profiles.of(info.spec.schedulerName);
    if (profile === undefined || this.#tracker.isPlaced(info.uid)) {
      this.#queue.remove(info.uid);
      return;
    }
    const options: CycleOptions = { ...profile, start: this.#start, below: (bound) => this.#o.random.below(bound) };
    const extenders = this.#extenders.filter((e) => e.isInterested(info));
    // A plugin of somebody's own failed, or ours, or an extender: the pod is tried again, with a pause.
    const erred = (error: unknown): void => this.#failed(queued, "SchedulerError", (error as Error).message, new Set());
    try {
      if (extenders.length > 0) this.#asked(extenders, queued, options, { profile, signal }).catch(erred);
      else this.#settle(queued, schedule(info, this.cluster, options), { profile, signal });
    } catch (error) {
      erred(error);
    }
  }
  #settle(queued: QueuedPod, outcome: Outcome, { profile, signal }: Acting): void {
    if (outcome.kind !== "noNodes") this.#start = outcome.nextStart;
    if (outcome.kind === "fits") this.#bind(queued, outcome.node, outcome.before, signal);
    else this.#unschedulable(queued, outcome, profile);
  }
  /** With extenders a cycle takes time: what was found is checked again before it counts. */
  async #asked(extenders: readonly Extender[], queued: QueuedPod, options: CycleOptions, acting: Acting): Promise<void> {
    const { info } = queued;
    const { events } = this.#queue;
    const outcome = await scheduleWith(extenders, info, this.cluster, options);
    if (acting.signal.aborted || this.#queue.get(info.uid) !== queued) return;
    if (outcome.kind !== "changed") this.#settle(queued, outcome, acting);
    else this.#queue.failed(queued, ANY_NODE, events - 1);
  }

  #bind(queued: QueuedPod, node: string, before: readonly BeforeBinding[], signal: AbortSignal): void {
    const { info } = queued;
    this.#tracker.assume(info, node);
    this.#bindings++;
    const binder = this.#extenders.find((e) => e.settings.bindVerb !== "" && e.isInterested(info));
    const binding = binder ? binder.bind(info, node) : this.#o.api.bind(info, node, before, signal);
    binding
      .then(() => {
        this.#queue.remove(info.uid);
        this.#o.api.scheduled(info, node);
      })
      .catch((error: Error) => {
        if (signal.aborted) return;
        this.#tracker.forget(info.uid);
        this.#failed(queued, "SchedulerError", `binding rejected: ${error.message}`, new Set());
      })
      .finally(() => {
        this.#bindings--;
        this.#wake();
      });
  }

  #unschedulable(queued: QueuedPod, outcome: Exclude<Outcome, { kind: "fits" }>, profile: Profile): void {
    if (outcome.kind === "noNodes") {
      this.#failed(queued, "Unschedulable", NO_NODES, ANY_NODE, "");
      return;
    }
    const { diagnosis } = outcome;
    const { message, nominated }: Told = profile.preempts ? this.#makeRoom(queued.info, outcome) : { message: fitErrorText(diagnosis) };
    this.#failed(queued, "Unschedulable", message, diagnosis.plugins, nominated);
  }
  /** What stands after the reasons, and the nomination that comes of it. */
  #makeRoom(pod: PodInfo, { diagnosis, filters }: Unschedulable): Told {
    // The original's first attempt asks for device claims, which were not looked at when a filter refused everywhere before them.
    if (filters === undefined) return { message: fitErrorText(diagnosis, "not found") };
    const result = preempt(pod, diagnosis, filters, this.cluster, (bound) => this.#o.random.below(bound));
    if (result.kind === "preempts") {
      this.#preempt(pod, result.node, result.victims);
      return { message: fitErrorText(diagnosis), nominated: result.node };
    }
    const message = fitErrorText(diagnosis, `no new claims to deallocate, preemption: ${result.message}`);
    return result.forget ? { message, nominated: "" } : { message };
  }
  #preempt(pod: PodInfo, node: string, victims: readonly PodInfo[]): void {
    // Less important pods that counted on this room must look elsewhere.
    for (const other of [...this.cluster.nominatedTo(node)]) {
      if (other.priority >= pod.priority) continue;
      this.cluster.denominate(other.uid);
      this.#o.api.clearNomination(other).catch((error: Error) => this.#say("a nomination could not be taken back", other, error));
    }
    this.cluster.nominate(pod, node);
    const staying = victims.filter((v) => !v.isTerminating);
    this.#preemptions.start(
      pod.uid,
      staying.map((v) => v.uid),
    );
    for (const victim of staying) this.#evict(victim, pod, node);
  }
  #evict(victim: PodInfo, pod: PodInfo, node: string): void {
    const evicted = (): void => {
      this.#o.api.preempted(victim, pod, node);
      // Nothing will tell of one that was gone before.
      if (!this.#tracker.isPlaced(victim.uid)) this.#preemptions.left(victim.uid);
    };
    const failed = (error: Error): void => {
      this.#say("a pod that had to go could not be deleted", victim, error);
      this.#preemptions.end(pod.uid);
      this.#queue.onEvent({ kind: "any" });
    };
    this.#o.api.evict(victim, pod).then(evicted).catch(failed);
  }

  #failed(
    queued: QueuedPod,
    reason: "Unschedulable" | "SchedulerError",
    message: string,
    plugins: Diagnosis["plugins"],
    nominated?: string,
  ): void {
    const { info } = queued;
    this.#queue.failed(queued, plugins, this.#queue.events);
    if (nominated === "") this.cluster.denominate(info.uid);
    this.#o.api.failedScheduling(info, message);
    this.#o.api
      .unschedulable(info, reason, message, nominated)
      .catch((error: Error) => this.#say("a pod's condition could not be written", info, error));
  }
  #say(what: string, pod: PodInfo, error: Error): void {
    if (this.#signal?.aborted === false) this.#o.log.warn(what, { pod: keyOf(pod), why: error.message });
  }
}

/** Any node that comes may do. */
const ANY_NODE: ReadonlySet<string> = new Set(["NodeName", "NodeAffinity", "TaintToleration"]);
