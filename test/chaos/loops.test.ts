import { describe, expect, test } from "vitest";
import type { ApiObject } from "../../src/kube/client/index.js";
import { broken, type Event, type Snapshot, unsettled } from "./loops/checks.js";
import { isGoodLoops, loopsReportText, runLoopsChaos } from "./loops/run.js";
import type { Pod, Seen, Witness } from "./loops/witness.js";
import type { Wanted } from "./loops/workload.js";

/** Printed with the report, so that a failure can be played again: `npm run chaos -- loops --seed S`. */
const SEED = Number(process.env["TRIMAST_CHAOS_SEED"] ?? Math.floor(performance.timeOrigin % 1_000_000));

const wantedOf = (given: Partial<Wanted> = {}): Wanted => ({
  kind: "Deployment",
  name: "d",
  created: 1,
  replicas: 1,
  image: "app:1",
  isUntouched: true,
  state: "there",
  ...given,
});
const meta = (name: string, more: object = {}) => ({
  name,
  namespace: "default",
  uid: name,
  resourceVersion: "1",
  creationTimestamp: "",
  generation: 1,
  ...more,
});
const status = { observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
const owner = (name: string, of: object = status): ApiObject =>
  ({ apiVersion: "v1", kind: "Deployment", metadata: meta(name), status: of }) as ApiObject;
const podOf = (name: string, more: object = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: meta(name, { labels: { app: "d" }, ...more }),
  spec: { nodeName: "node-1", containers: [{ image: "app:1" }] },
});
const state = (given: Partial<Snapshot> = {}): Snapshot => ({
  owners: new Map([["d", owner("d")]]),
  pods: [podOf("p")],
  others: [],
  ...given,
});
const seen = (list: readonly Seen[]) =>
  ({ pods: new Map(list.map((s, i) => [`u${i}`, s])), of: (app: string) => list.filter((s) => s.app === app) }) as Pick<
    Witness,
    "pods" | "of"
  >;
const seenPod = (...nodes: readonly string[]): Seen => ({ name: "p", app: "d", owner: "rs", nodes: new Set(nodes) });
const event = (reason: string, count: number, uid = "u0"): Event =>
  ({ apiVersion: "v1", kind: "Event", metadata: meta("e"), reason, count, involvedObject: { kind: "Pod", name: "p", uid } }) as Event;

describe("what a chaos run of the loops finds", () => {
  test("nothing where everything is as it was asked for", () => {
    expect(unsettled([wantedOf()], state())).toEqual([]);
    expect(broken([wantedOf()], seen([seenPod("node-1")]), [event("Scheduled", 1)])).toEqual([]);
  });
  const cases: readonly { name: string; wanted?: Partial<Wanted>; state?: Partial<Snapshot>; why: string }[] = [
    { name: "a surplus pod", state: { pods: [podOf("p"), podOf("q")] }, why: "d has 2 pods" },
    { name: "pods of an old image", wanted: { image: "app:2" }, why: "0 of app:2" },
    {
      name: "a change that nobody saw",
      state: { owners: new Map([["d", owner("d", { ...status, observedGeneration: 0 })]]) },
      why: "was not seen",
    },
    { name: "something that is not there", state: { owners: new Map() }, why: "d is not there" },
    { name: "something that was deleted", wanted: { state: "deleted" }, why: "d was deleted and is still there" },
    { name: "pods of something that was deleted", wanted: { state: "deleted" }, state: { owners: new Map() }, why: "has 1 pods" },
    {
      name: "an orphan",
      state: {
        others: [
          {
            apiVersion: "v1",
            kind: "ReplicaSet",
            metadata: meta("rs", { ownerReferences: [{ kind: "Deployment", uid: "gone" }] }),
          } as ApiObject,
        ],
      },
      why: "ReplicaSet rs has an owner that is gone",
    },
  ];
  for (const c of cases)
    test(c.name, () => {
      expect(unsettled([wantedOf(c.wanted)], state(c.state)).join()).toContain(c.why);
    });
  test("what must never have happened", () => {
    expect(broken([], seen([seenPod("node-1", "node-2")]), [])).toEqual(["pod p was bound to node-1 and node-2"]);
    expect(broken([wantedOf()], seen([seenPod("node-1"), seenPod("node-1")]), [])).toEqual(["d wanted 1 pods and got 2"]);
    expect(broken([], seen([seenPod("node-1")]), [event("Scheduled", 1), event("Scheduled", 1)])).toEqual(["pod p was scheduled 2 times"]);
    expect(broken([], seen([]), [event("FailedCreate", 500)])).toEqual(["Pod p: FailedCreate was said 500 times"]);
  });
});

test("three masters with all loops are killed and restarted while things are made, scaled, rolled and deleted, and everything is as asked", async () => {
  const times = { durationMs: 15_000, harmMs: 400, calmMs: 700, settleMs: 30_000 };
  const report = await runLoopsChaos({ seed: SEED, live: 16, ...times, progress: () => {} });
  console.log(loopsReportText(report));
  expect(isGoodLoops(report), loopsReportText(report)).toBe(true);
  expect(report.counts.created).toBeGreaterThan(8);
  expect(report.faults.length).toBeGreaterThan(1);
}, 120_000);
