/** Waits for a condition, not for luck: fails with `what` and the last thing seen when the deadline passes. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`not in ${timeoutMs} ms: ${what}${last === undefined ? "" : ` (last: ${String(last)})`}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
