import type { Clock, Timer } from "../index.js";

/** The machine's clock. `soon` is setImmediate: it runs after the poll phase, so whatever sockets and disk had ready is in. */
export function createNodeClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    after(delayMs: number, run: () => void): Timer {
      // setTimeout counts in whole milliseconds from a cached loop time and may fire up to 1 ms early against
      // performance.now: rounding up keeps "not before".
      const timer = setTimeout(run, Math.ceil(delayMs));
      return { cancel: () => clearTimeout(timer) };
    },
    soon(run: () => void): void {
      setImmediate(run);
    },
  };
}
