import type { Clock, Timer } from "../../host/index.js";

interface Chore {
  readonly periodMs: number;
  readonly run: () => void;
  dueMs: number;
}

/** What is looked after now and then. Chores begin together and keep step, so that one timer serves all that are due: what an idle member
 *  costs is how often it wakes. */
export class Chores {
  readonly #clock: Clock;
  readonly #late: (ms: number) => void;
  readonly #chores: Chore[] = [];
  readonly #beganMs: number;
  #timer: Timer | undefined;
  #stopped = false;

  /** `late`: told how many milliseconds after its time each turn of chores came. */
  constructor(clock: Clock, late: (ms: number) => void = () => {}) {
    this.#clock = clock;
    this.#late = late;
    this.#beganMs = clock.monotonicMs();
  }

  /** Infinity: never. */
  every(periodMs: number, run: () => void): void {
    if (!Number.isFinite(periodMs)) return;
    this.#chores.push({ periodMs, run, dueMs: this.#beganMs + periodMs });
  }

  start(): void {
    const due = this.#chores.reduce((least, chore) => Math.min(least, chore.dueMs), Number.POSITIVE_INFINITY);
    if (this.#stopped || due === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.monotonicMs()), () => {
      const now = this.#clock.monotonicMs();
      this.#late(Math.max(0, now - due));
      for (const chore of this.#chores) if (chore.dueMs <= now && !this.#stopped) runOne(chore, now);
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}

/** After a standstill a chore is done once, not once for each time it was missed. */
function runOne(chore: Chore, nowMs: number): void {
  chore.dueMs += Math.max(1, Math.ceil((nowMs - chore.dueMs) / chore.periodMs)) * chore.periodMs;
  chore.run();
}
