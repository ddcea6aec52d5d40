export interface Timer {
  /** After this the callback will not run. Cancelling twice, or after it ran, does nothing. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since some fixed moment; never steps back, has a fraction. */
  monotonicMs(): number;
  /** Milliseconds since 1970; may jump. Only for what people read and for ids. */
  wallMs(): number;
  /** Runs `run` once, not before `delayMs` (>= 0) have passed. */
  after(delayMs: number, run: () => void): Timer;
  /** Runs `run` once, after the I/O events that are already waiting were taken in: the end of a loop turn. */
  soon(run: () => void): void;
}
