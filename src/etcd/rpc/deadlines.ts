import { DEADLINE_STEP_MS } from "./limits.js";

export interface Expiring {
  /** The time that the client gave is over. */
  expired(): void;
}

/** Calls by the time they may take: one timer for all, a step of a few milliseconds late. A timer a call would cost more than the call. */
export class Deadlines {
  readonly #nowMs: () => number;
  readonly #steps = new Map<number, Set<Expiring>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The set that it is in: whoever is done before deletes itself from there. */
  add(call: Expiring, deadlineMs: number): Set<Expiring> {
    // One step later than due: what watches its own deadline answers first, with more to say.
    const step = Math.ceil(deadlineMs / DEADLINE_STEP_MS) + 1;
    let calls = this.#steps.get(step);
    if (calls === undefined) {
      calls = new Set();
      this.#steps.set(step, calls);
    }
    calls.add(call);
    this.#timer ??= setInterval(this.#look, DEADLINE_STEP_MS).unref();
    return calls;
  }

  readonly #look = (): void => {
    const due = this.#nowMs() / DEADLINE_STEP_MS;
    for (const [step, calls] of this.#steps) {
      // An empty one that is not due yet was left by calls that were answered: as good as never made.
      if (step > due && calls.size > 0) continue;
      this.#steps.delete(step);
      for (const call of calls) call.expired();
    }
    if (this.#steps.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  };
}
