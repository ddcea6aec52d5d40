import type { Clock, Timer } from "../index.js";

/** Waits in which a millisecond more is nothing. */
const LONG_MS = 20;

/** The machine's clock. `soon` is setImmediate: it runs after the poll phase, so whatever sockets and disk had ready is in. */
export function createNodeClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    after(delayMs: number, run: () => void): Timer {
      // setTimeout counts whole milliseconds that began before now, and so may fire almost 1 ms early against performance.now: what comes
      // early waits for the rest.
      const due = performance.now() + delayMs;
      // A long wait is asked for with that millisecond on top: waking twice costs more than it is worth.
      let timer = setTimeout(fire, Math.ceil(delayMs) + (delayMs >= LONG_MS ? 1 : 0));
      function fire(): void {
        const left = due - performance.now();
        if (left > 0) timer = setTimeout(fire, Math.ceil(left));
        else run();
      }
      return { cancel: () => clearTimeout(timer) };
    },
    soon(run: () => void): void {
      setImmediate(run);
    },
  };
}
