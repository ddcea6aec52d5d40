import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/kube/meta/index.js";
import { podInfo } from "../../src/scheduler/cycle/index.js";
import type { ClusterEvent } from "../../src/scheduler/hints.js";
import { SchedulingQueue } from "../../src/scheduler/queue.js";
import { node, pod } from "./cycle/kit.js";
import { ManualClock } from "./manual-clock.js";

function queueAt() {
  const clock = new ManualClock();
  let woken = 0;
  const queue = new SchedulingQueue({ clock, wake: () => woken++ });
  return { clock, queue, woken: () => woken };
}
const names = (queue: SchedulingQueue): string[] => {
  const out: string[] = [];
  for (let next = queue.pop(); next; next = queue.pop()) out.push(next.info.name);
  return out;
};
const freed = (p: KubeObject): ClusterEvent => ({ kind: "podGone", pod: podInfo(p), freed: true });

describe("the queue", () => {
  test("gives the more important first, then who came first", () => {
    const { clock, queue } = queueAt();
    for (const [name, priority] of [
      ["a", 0],
      ["b", 5],
      ["c", 0],
    ] as const) {
      queue.set(podInfo(pod(name, { spec: { priority } })), false);
      clock.advance(1);
    }
    expect(names(queue)).toEqual(["b", "a", "c"]);
    queue.stop();
  });
  test("holds a gated pod until its gates are gone", () => {
    const { queue } = queueAt();
    const gated = pod("p", { spec: { schedulingGates: [{ name: "g" }] } });
    queue.set(podInfo(gated), false);
    expect(names(queue)).toEqual([]);
    queue.set(podInfo({ ...gated, spec: {} }), true);
    expect(names(queue)).toEqual(["p"]);
    queue.stop();
  });
  test("a pod that fits nowhere waits for an event that concerns who refused it", () => {
    const { queue } = queueAt();
    queue.set(podInfo(pod("p")), false);
    const popped = queue.pop();
    if (!popped) throw new Error("nothing to try");
    queue.failed(popped, new Set(["NodeResourcesFit"]), queue.events);
    queue.onEvent({ kind: "namespace" });
    expect(names(queue)).toEqual([]);
    queue.onEvent({ kind: "nodeAdded", node: node("small", { allocatable: { pods: "0" } }) });
    expect(names(queue)).toEqual([]);
    queue.onEvent(freed(pod("other")));
    expect(names(queue)).toEqual(["p"]);
    queue.stop();
  });
  test("an event during the attempt counts too", () => {
    const { queue } = queueAt();
    queue.set(podInfo(pod("p")), false);
    const popped = queue.pop();
    if (!popped) throw new Error("nothing to try");
    const { events } = queue;
    queue.onEvent(freed(pod("other")));
    queue.failed(popped, new Set(["NodeResourcesFit"]), events);
    expect(names(queue)).toEqual(["p"]);
    queue.stop();
  });
  test("an error waits out its back-off, twice as long the second time", () => {
    const { clock, queue } = queueAt();
    queue.set(podInfo(pod("p")), false);
    for (const wait of [1_000, 2_000]) {
      const popped = queue.pop();
      if (!popped) throw new Error("nothing to try");
      queue.failed(popped, new Set(), queue.events);
      clock.advance(wait - 1);
      expect(queue.pop()).toBeUndefined();
      clock.advance(2);
      expect(queue.counts().active).toBe(1);
    }
    queue.stop();
  });
  test("after five minutes everything is tried", () => {
    const { clock, queue } = queueAt();
    queue.set(podInfo(pod("p")), false);
    const popped = queue.pop();
    if (!popped) throw new Error("nothing to try");
    queue.failed(popped, new Set(["NodeAffinity"]), queue.events);
    clock.advance(330_001);
    expect(names(queue)).toEqual(["p"]);
    queue.stop();
  });
  test("who is gone is not given", () => {
    const { queue } = queueAt();
    const info = podInfo(pod("p"));
    queue.set(info, false);
    queue.remove(info.uid);
    expect(names(queue)).toEqual([]);
    expect(queue.size).toBe(0);
    queue.stop();
  });
});
