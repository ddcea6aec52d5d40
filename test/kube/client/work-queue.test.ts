import { describe, expect, test } from "vitest";
import { runWorkers, WorkQueue } from "../../../src/kube/client/index.js";
import { ManualClock, settle } from "./manual-clock.js";

describe("a work queue", () => {
  test("hands out a key once, however often it was added", async () => {
    const queue = new WorkQueue({ clock: new ManualClock() });
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    expect([await queue.take(), await queue.take(), queue.length]).toEqual(["a", "b", 0]);
  });

  test("a key that is added while it is worked on comes again after, to nobody before", async () => {
    const queue = new WorkQueue({ clock: new ManualClock() });
    queue.add("a");
    expect(await queue.take()).toBe("a");
    queue.add("a");
    expect(queue.length).toBe(0);
    queue.done("a");
    expect(await queue.take()).toBe("a");
    queue.done("a");
    expect(queue.length).toBe(0);
  });

  test("of two times the earlier counts", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 500);
    queue.addAfter("a", 100);
    queue.addAfter("a", 900);
    await clock.advance(99);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(queue.length).toBe(1);
  });

  test("failures wait 5 ms, doubled up to 1000 s, until forgotten", () => {
    const clock = new ManualClock();
    const waits: number[] = [];
    for (const failures of [0, 1, 2, 5, 17, 18, 30]) {
      const queue = new WorkQueue({ clock: new ManualClock() });
      const at = { ms: 0 };
      queue.addAfter = (_key: string, ms: number) => {
        at.ms = ms;
      };
      for (let i = 0; i <= failures; i++) queue.addRateLimited("a");
      waits.push(at.ms);
    }
    expect(waits).toEqual([5, 10, 20, 160, 655_360, 1_000_000, 1_000_000]);
    const queue = new WorkQueue({ clock });
    queue.addRateLimited("a");
    expect(queue.requeues("a")).toBe(1);
    queue.forget("a");
    expect(queue.requeues("a")).toBe(0);
  });

  test("workers stop when the queue does, and what fails is tried again", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    const seen: string[] = [];
    let failures = 0;
    const workers = runWorkers(
      queue,
      3,
      async (key) => {
        seen.push(key);
        if (key === "bad" && seen.filter((k) => k === "bad").length < 3) throw new Error("not yet");
      },
      () => failures++,
    );
    for (const key of ["one", "bad", "two"]) queue.add(key);
    await settle();
    await clock.advance(5);
    await clock.advance(10);
    expect([seen.filter((k) => k === "bad").length, failures, queue.requeues("bad")]).toEqual([3, 2, 0]);
    queue.stop();
    await workers;
  });
});
