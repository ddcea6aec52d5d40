import type { Clock, Timer } from "../../host/index.js";
import { REQUEUE_MS_MAX, REQUEUE_MS_MIN, REQUEUES_BURST, REQUEUES_PER_SECOND } from "./limits.js";

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly minMs?: number;
  readonly maxMs?: number;
}

/** Keys that want work: each once, never two workers on one, what comes while a key is worked on comes again after. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #dirty = new Set<string>();
  readonly #busy = new Set<string>();
  #ready: string[] = [];
  #head = 0;
  readonly #waiting = new Map<string, { readonly atMs: number; readonly timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #tokens = REQUEUES_BURST;
  #filledMs: number;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#minMs = options.minMs ?? REQUEUE_MS_MIN;
    this.#maxMs = options.maxMs ?? REQUEUE_MS_MAX;
    this.#filledMs = options.clock.monotonicMs();
  }

  get length(): number {
    return this.#ready.length - this.#head;
  }
  add(key: string): void {
    if (this.#stopped || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#busy.has(key)) this.#push(key);
  }
  /** Of several times the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const atMs = this.#clock.monotonicMs() + delayMs;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined && waiting.atMs <= atMs) return;
    waiting?.timer.cancel();
    const timer = this.#clock.after(Math.min(delayMs, TIMER_MS_MAX), () => {
      this.#waiting.delete(key);
      if (delayMs > TIMER_MS_MAX) this.addAfter(key, delayMs - TIMER_MS_MAX);
      else this.add(key);
    });
    this.#waiting.set(key, { atMs, timer });
  }
  /** After a failure: longer each time until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.max(Math.min(this.#minMs * 2 ** Math.min(failures, 40), this.#maxMs), this.#bucketMs()));
  }
  requeues(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
  forget(key: string): void {
    this.#failures.delete(key);
  }
  /** The next key; undefined once the queue is stopped. Each taken key ends with `done`. */
  take(): Promise<string | undefined> {
    const key = this.#pop();
    if (key !== undefined || this.#stopped) return Promise.resolve(key);
    return new Promise((resolve) => this.#takers.push(resolve));
  }
  done(key: string): void {
    this.#busy.delete(key);
    if (this.#dirty.has(key)) this.#push(key);
  }
  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #push(key: string): void {
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#ready.push(key);
      return;
    }
    this.#busy.add(key);
    this.#dirty.delete(key);
    taker(key);
  }
  #pop(): string | undefined {
    if (this.#stopped || this.#head === this.#ready.length) return undefined;
    const key = this.#ready[this.#head++] as string;
    // shift() of a long array is linear: the taken ones go in one piece.
    if (this.#head > 1_024 && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    this.#busy.add(key);
    this.#dirty.delete(key);
    return key;
  }
  /** A reservation in the bucket that all keys share. */
  #bucketMs(): number {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(REQUEUES_BURST, this.#tokens + ((now - this.#filledMs) / 1_000) * REQUEUES_PER_SECOND);
    this.#filledMs = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / REQUEUES_PER_SECOND) * 1_000;
  }
}
/** Node's timers overflow beyond this. */
const TIMER_MS_MAX = 2_000_000_000;

/** `count` workers until the queue stops; resolves when the last one is idle. `work` says what of its failure to log by throwing. */
export async function runWorkers(
  queue: WorkQueue,
  count: number,
  work: (key: string) => Promise<void>,
  failed: (key: string, error: unknown, requeues: number) => void,
): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await work(key);
        queue.forget(key);
      } catch (error) {
        failed(key, error, queue.requeues(key));
        queue.addRateLimited(key);
      } finally {
        queue.done(key);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
}
