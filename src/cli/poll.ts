import { POLL_MS } from "./limits.js";

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The first answer that is not undefined; undefined when the time is over. */
export async function pollUntil<T>(
  timeoutMs: number,
  look: () => Promise<T | undefined> | T | undefined,
  everyMs = POLL_MS,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() >= deadline) return undefined;
    await pause(everyMs);
  }
}
