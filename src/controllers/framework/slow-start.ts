import { SLOW_START_BATCH } from "./limits.js";

/** Calls `act` `count` times in batches that double; a batch with a failure is the last. */
export async function slowStart(
  count: number,
  act: (i: number) => Promise<void>,
): Promise<{ readonly done: number; readonly skipped: number; readonly error: unknown }> {
  let done = 0;
  let next = 0;
  for (let batch = Math.min(SLOW_START_BATCH, count); batch > 0; batch = Math.min(batch * 2, count - next)) {
    const from = next;
    next += batch;
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, i) => act(from + i)));
    done += results.filter((r) => r.status === "fulfilled").length;
    const failed = results.find((r) => r.status === "rejected");
    if (failed !== undefined) return { done, skipped: count - next, error: failed.reason };
  }
  return { done, skipped: 0, error: undefined };
}
