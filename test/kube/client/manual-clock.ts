import type { Clock, Timer } from "../../../src/host/index.js";

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  monotonicMs(): number {
    return this.#now;
  }
  wallMs(): number {
    return 1_700_000_000_000 + this.#now;
  }
  after(delayMs: number, run: () => void): Timer {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return { cancel: () => this.#timers.splice(0, this.#timers.length, ...this.#timers.filter((t) => t !== timer)) };
  }
  soon(run: () => void): void {
    this.after(0, run);
  }
  get pending(): readonly number[] {
    return this.#timers.map((t) => t.at - this.#now).sort((a, b) => a - b);
  }
  /** Moves on, running what is due in its order; promises in between get their turns. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((t) => t !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
    await settle();
  }
}
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
