import { FLOOD_PERIOD_MS, IDLE_FRAMES_MAX, RESETS_MAX } from "./limits.js";

/** Frames that answer one of ours: clients of gRPC measure with a PING, and give back windows, for about every DATA frame they get. */
const ECHOES_A_DATA_FRAME = 4;

/** Counts what a peer makes us do that is no work it could want, in periods. */
export class FloodGuard {
  readonly #nowMs: () => number;
  #periodStartMs: number;
  #idleFrames = 0;
  #resets = 0;
  #echoes = 0;
  /** DATA frames we sent in this period. */
  dataFramesSent = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#periodStartMs = nowMs();
  }

  #newPeriod(): void {
    const now = this.#nowMs();
    if (now - this.#periodStartMs < FLOOD_PERIOD_MS) return;
    this.#periodStartMs = now;
    this.#idleFrames = 0;
    this.#resets = 0;
    this.#echoes = 0;
    this.dataFramesSent = 0;
  }

  /** A frame without work in it; true when these are too many. */
  idle(): boolean {
    this.#newPeriod();
    return ++this.#idleFrames > IDLE_FRAMES_MAX;
  }

  /** A PING or WINDOW_UPDATE: idle only beyond what our own data explains, or a busy client would be taken for a flood. */
  echo(): boolean {
    return ++this.#echoes > this.dataFramesSent * ECHOES_A_DATA_FRAME && this.idle();
  }

  /** A stream that was opened and then reset, by the peer or by us for the peer's mistake: the second is as cheap a way to make us work. */
  reset(): boolean {
    this.#newPeriod();
    return ++this.#resets > RESETS_MAX;
  }
}
