import type { Clock, Timer } from "../index.js";

interface Event {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual time: events in order of time, then of scheduling. Nothing happens between two of them. */
export class Schedule {
  #nowMs = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }
  get pending(): number {
    return this.#heap.length;
  }

  at(atMs: number, run: () => void): Timer {
    const event: Event = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    this.#push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }
  after(delayMs: number, run: () => void): Timer {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Runs the next event; false when none is left. Promises that it resolved run before the caller's next await ends. */
  step(): boolean {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return false;
      if (event.run === undefined) continue;
      this.#nowMs = event.atMs;
      event.run();
      return true;
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (before(heap[up] as Event, event)) break;
      heap[at] = heap[up] as Event;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1] as Event, heap[down] as Event)) down++;
      if (before(last, heap[down] as Event)) break;
      heap[at] = heap[down] as Event;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}

const before = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A process's clock: it drifts, and stands still for callbacks while the process is paused or after it died. */
export class SimClock implements Clock {
  readonly #schedule: Schedule;
  /** Its milliseconds for each real one. */
  readonly #rate: number;
  #alive = true;
  #pausedRuns: (() => void)[] | undefined;

  constructor(schedule: Schedule, rate = 1) {
    this.#schedule = schedule;
    this.#rate = rate;
  }

  monotonicMs(): number {
    return this.#schedule.nowMs * this.#rate;
  }
  wallMs(): number {
    return 1_700_000_000_000 + this.#schedule.nowMs;
  }
  after(delayMs: number, run: () => void): Timer {
    return this.#schedule.after(delayMs / this.#rate, () => this.#guarded(run));
  }
  soon(run: () => void): void {
    this.#schedule.after(0, () => this.#guarded(run));
  }

  /** Everything that would run is kept until `resume`. */
  pause(): void {
    this.#pausedRuns ??= [];
  }
  resume(): void {
    const runs = this.#pausedRuns ?? [];
    this.#pausedRuns = undefined;
    for (const run of runs) this.#schedule.after(0, () => this.#guarded(run));
  }
  die(): void {
    this.#alive = false;
    this.#pausedRuns = undefined;
  }
  /** For completions of disk and network: they too happen to a process, or not at all. */
  deliver(run: () => void): void {
    this.#guarded(run);
  }
  get paused(): boolean {
    return this.#pausedRuns !== undefined;
  }

  #guarded(run: () => void): void {
    if (!this.#alive) return;
    if (this.#pausedRuns) this.#pausedRuns.push(run);
    else run();
  }
}
