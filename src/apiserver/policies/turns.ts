import type { Clock } from "../../host/index.js";
import { TURN_MS_MAX } from "./limits.js";

/** Costs bound what a policy computes, not what the process does meanwhile: between two expressions others get their turn. */
export class Turns {
  readonly #clock: Clock;
  #sinceMs: number;
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }
  async next(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#sinceMs < TURN_MS_MAX) return;
    await new Promise<void>((resume) => this.#clock.soon(resume));
    this.#sinceMs = this.#clock.monotonicMs();
  }
}
