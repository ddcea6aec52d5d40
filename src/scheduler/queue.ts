import { Heap } from "../base/index.js";
import type { Clock, Timer } from "../host/index.js";
import type { PodInfo } from "./cycle/index.js";
import { type ClusterEvent, mayHelp } from "./hints.js";
import { BACKOFF_INITIAL_MS, BACKOFF_MAX_MS, UNSCHEDULABLE_FLUSH_MS, UNSCHEDULABLE_MAX_MS } from "./limits.js";

/** A pod that waits for a node. */
export interface QueuedPod {
  info: PodInfo;
  attempts: number;
  /** When it came to where it is; monotonic. */
  sinceMs: number;
  /** Names of the plugins that refused it last; none: an error did. */
  rejectedBy: ReadonlySet<string>;
  state: "active" | "backoff" | "unschedulable" | "gated" | "running";
  /** Of its place in a heap: an older place is skipped. */
  ticket: number;
}
interface Place {
  readonly pod: QueuedPod;
  readonly ticket: number;
  readonly atMs: number;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly backoffInitialMs?: number;
  readonly backoffMaxMs?: number;
  /** What is done for this pod is not done yet: events do not concern it. */
  readonly isHeld?: (uid: string) => boolean;
  /** Called when there may be something to pop. */
  readonly wake: () => void;
}

/**
 * Pods without a node: active ones in order of priority, those that back off, those that wait for the cluster to change, and gated ones.
 * A pod stands in one place; heaps are cleaned lazily.
 */
export class SchedulingQueue {
  readonly #o: QueueOptions;
  readonly #pods = new Map<string, QueuedPod>();
  /** Those that an event may help: each event looks at them, and thousands of others may wait. */
  readonly #unschedulable = new Set<QueuedPod>();
  readonly #active = new Heap<Place>((a, b) => before(a.pod, b.pod));
  readonly #backoff = new Heap<Place>((a, b) => a.atMs < b.atMs);
  #tickets = 0;
  #events = 0;
  #timer: Timer | undefined;
  #flush: Timer | undefined;
  constructor(options: QueueOptions) {
    this.#o = options;
    this.#flushLater();
  }
  stop(): void {
    this.#timer?.cancel();
    this.#flush?.cancel();
  }
  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid);
  }
  get size(): number {
    return this.#pods.size;
  }
  /** How many stand where. */
  counts(): Readonly<Record<QueuedPod["state"], number>> {
    const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0, running: 0 };
    for (const pod of this.#pods.values()) counts[pod.state]++;
    return counts;
  }
  /** Grows with every event: whoever works across turns sees whether it missed one. */
  get events(): number {
    return this.#events;
  }

  /** A pod that came, or changed. */
  set(info: PodInfo, changed: boolean): void {
    const known = this.#pods.get(info.uid);
    if (known === undefined) {
      const pod: QueuedPod = {
        info,
        attempts: 0,
        sinceMs: this.#o.clock.monotonicMs(),
        rejectedBy: NOBODY,
        state: "active",
        ticket: 0,
      };
      this.#pods.set(info.uid, pod);
      this.#place(pod);
      return;
    }
    known.info = info;
    if (known.state === "gated" || (changed && known.state === "unschedulable")) this.#place(known);
  }
  remove(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    pod.ticket = 0;
    this.#pods.delete(uid);
    this.#unschedulable.delete(pod);
  }

  /** The next pod to try. It stays here, running, until `done`, `failed` or `remove`. */
  pop(): QueuedPod | undefined {
    this.#ripen();
    const place = this.#take(this.#active) ?? this.#earliest();
    if (!place) return undefined;
    place.pod.state = "running";
    place.pod.ticket = 0;
    place.pod.attempts++;
    return place.pod;
  }
  /** With nothing else to do there is no reason to wait, but for pods that failed by an error. */
  #earliest(): Place | undefined {
    const place = this.#take(this.#backoff);
    if (place && place.pod.rejectedBy.size === 0) {
      this.#backoff.push(place);
      place.pod.ticket = place.ticket;
      return undefined;
    }
    return place;
  }
  #take(heap: Heap<Place>): Place | undefined {
    for (let place = heap.pop(); place !== undefined; place = heap.pop()) if (place.pod.ticket === place.ticket) return place;
    return undefined;
  }

  /** It fits nowhere now. `events`: as they were when it was looked at; one that came since may have helped. */
  failed(pod: QueuedPod, rejectedBy: ReadonlySet<string>, events: number): void {
    if (this.#pods.get(pod.info.uid) !== pod) return;
    pod.rejectedBy = rejectedBy;
    pod.sinceMs = this.#o.clock.monotonicMs();
    if (rejectedBy.size === 0 || events !== this.#events) this.#backOff(pod);
    else {
      pod.state = "unschedulable";
      this.#unschedulable.add(pod);
    }
  }

  /** The cluster changed: pods that it may help are tried again. */
  onEvent(event: ClusterEvent): void {
    this.#events++;
    for (const pod of this.#unschedulable)
      if (!this.#o.isHeld?.(pod.info.uid) && mayHelp(event, pod.info, pod.rejectedBy)) this.#backOff(pod);
  }

  #place(pod: QueuedPod): void {
    this.#unschedulable.delete(pod);
    if ((pod.info.spec.schedulingGates ?? []).length > 0) {
      pod.state = "gated";
      return;
    }
    pod.state = "active";
    pod.ticket = ++this.#tickets;
    this.#active.push({ pod, ticket: pod.ticket, atMs: 0 });
    this.#o.wake();
  }
  #backOff(pod: QueuedPod): void {
    const { backoffInitialMs = BACKOFF_INITIAL_MS, backoffMaxMs = BACKOFF_MAX_MS } = this.#o;
    const delay = Math.min(backoffInitialMs * 2 ** Math.max(0, pod.attempts - 1), backoffMaxMs);
    const atMs = pod.sinceMs + delay;
    this.#unschedulable.delete(pod);
    pod.state = "backoff";
    pod.ticket = ++this.#tickets;
    this.#backoff.push({ pod, ticket: pod.ticket, atMs });
    this.#wakeAt();
    if (pod.rejectedBy.size > 0) this.#o.wake();
  }
  /** Those whose time has come become active. */
  #ripen(): void {
    const now = this.#o.clock.monotonicMs();
    for (let next = this.#backoff.peek(); next !== undefined && next.atMs <= now; next = this.#backoff.peek()) {
      this.#backoff.pop();
      if (next.pod.ticket === next.ticket) this.#place(next.pod);
    }
  }
  #wakeAt(): void {
    const next = this.#backoff.peek();
    if (this.#timer !== undefined || next === undefined) return;
    const delay = Math.max(0, next.atMs - this.#o.clock.monotonicMs());
    this.#timer = this.#o.clock.after(delay, () => {
      this.#timer = undefined;
      this.#ripen();
      this.#wakeAt();
    });
  }
  #flushLater(): void {
    this.#flush = this.#o.clock.after(UNSCHEDULABLE_FLUSH_MS, () => {
      const before = this.#o.clock.monotonicMs() - UNSCHEDULABLE_MAX_MS;
      for (const pod of this.#unschedulable) if (pod.sinceMs < before) this.#place(pod);
      this.#flushLater();
    });
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** The more important first, then who waits longer. */
const before = (a: QueuedPod, b: QueuedPod): boolean =>
  a.info.priority !== b.info.priority ? a.info.priority > b.info.priority : a.sinceMs < b.sinceMs;
