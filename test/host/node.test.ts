import { describe, expect, test } from "vitest";
import { createNodeClock, createNodeLog, createNodeRandom, type NodeLogOptions } from "../../src/host/node/index.js";

function lines(options: NodeLogOptions) {
  const written: string[] = [];
  return { written, log: createNodeLog({ wallMs: () => 0, ...options, write: (line) => written.push(line) }) };
}

describe("node log", () => {
  test("text lines quote what could be misread, so that no value forges a line", () => {
    const { log, written } = lines({ format: "text" });
    log.with({ member: "m1" }).warn("disk slow", { ms: 12.5, id: 7n, note: 'a "b"\nERROR forged', none: undefined });
    expect(written).toEqual(['1970-01-01T00:00:00.000Z WARN  disk slow member=m1 ms=12.5 id=7 note="a \\"b\\"\\nERROR forged"\n']);
  });

  test("json lines are one object each, big integers as text", () => {
    const { log, written } = lines({ format: "json" });
    log.error("gone", { id: 2n ** 63n, ok: false });
    expect(written.map((line) => JSON.parse(line))).toEqual([
      { time: "1970-01-01T00:00:00.000Z", level: "error", message: "gone", id: "9223372036854775808", ok: false },
    ]);
  });

  test("lines below the level are not written", () => {
    const { log, written } = lines({ level: "warn" });
    log.debug("a");
    log.info("b");
    log.warn("c");
    expect(written).toHaveLength(1);
  });
});

describe("node clock", () => {
  test("after does not run early, and a cancelled timer does not run", async () => {
    const clock = createNodeClock();
    clock.after(1, () => expect.fail("was cancelled")).cancel();
    // Whole milliseconds begin somewhere else each time.
    for (let i = 0; i < 40; i++) {
      const from = clock.monotonicMs();
      await new Promise<void>((resolve) => clock.after(1.9, resolve));
      expect(clock.monotonicMs() - from).toBeGreaterThanOrEqual(1.9);
    }
  });

  test("soon runs once, after promises that are ready", async () => {
    const order: string[] = [];
    const clock = createNodeClock();
    await new Promise<void>((resolve) => {
      clock.soon(() => {
        order.push("soon");
        resolve();
      });
      void Promise.resolve().then(() => order.push("promise"));
    });
    expect(order).toEqual(["promise", "soon"]);
  });
});

test("two node randoms differ", () => {
  expect(createNodeRandom().uint64()).not.toBe(createNodeRandom().uint64());
});
