import type { Clock, Timer } from "../index.js";

/** The machine's clock. `soon` is setImmediate: it runs after the poll phase, so whatever sockets and disk had ready is in. */
export function createNodeClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    after(delayMs: number, run: () => void): Timer {
      // setTimeout counts whole milliseconds that began before now, and so may fire almost 1 ms early against performance.now: what comes
      // early waits for the rest.
      const due = performance.now() + delayMs;
      let timer = setTimeout(fire, Math.ceil(delayMs));
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
