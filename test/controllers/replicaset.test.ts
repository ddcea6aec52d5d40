import { describe, expect, test } from "vitest";
import { nextLookMs, plan, statusOf } from "../../src/controllers/replicaset/plan.js";
import { claimOf } from "../../src/controllers/shared/claim.js";
import { NOW, type PodGiven, pod, set } from "./objects.js";

const wanting = (replicas: number, active: readonly ReturnType<typeof pod>[]) =>
  plan({ set: set("rs", { replicas }), active, family: active, nowMs: NOW });

describe("a replica set", () => {
  test.each([
    { name: "makes what is missing", replicas: 3, has: 1, action: { kind: "create", count: 2 } },
    { name: "makes no more than a burst at a time", replicas: 2_000, has: 0, action: { kind: "create", count: 500 } },
    { name: "is content with as many as it wants", replicas: 2, has: 2, action: { kind: "none" } },
  ])("$name", ({ replicas, has, action }) => {
    expect(
      wanting(
        replicas,
        Array.from({ length: has }, (_, i) => pod(`p${i}`)),
      ),
    ).toEqual(action);
  });

  const better: readonly { readonly name: string; readonly goes: PodGiven; readonly stays: PodGiven }[] = [
    { name: "one without a node before one with", goes: { node: "", ready: true }, stays: { ready: false, phase: "Pending" } },
    { name: "a pending one before a running one", goes: { phase: "Pending" }, stays: { ready: false } },
    { name: "an unknown one before a running one", goes: { phase: "Unknown" }, stays: { ready: false } },
    { name: "one that is not ready before a ready one, whatever it costs", goes: { ready: false, cost: "100" }, stays: { cost: "-5" } },
    { name: "the cheaper one", goes: { cost: "-5" }, stays: {} },
    { name: "the one that became ready last", goes: { readySeconds: 2 }, stays: { readySeconds: 3_000 } },
    { name: "the one that restarted more often", goes: { restarts: 4 }, stays: { restarts: 1 } },
    { name: "the younger one", goes: { ageSeconds: 3 }, stays: { ageSeconds: 4_000 } },
  ];
  test.each(better)("deletes $name", ({ goes, stays }) => {
    for (const active of [
      [pod("goes", goes), pod("stays", stays)],
      [pod("stays", stays), pod("goes", goes)],
    ]) {
      const action = wanting(1, active);
      expect(action.kind === "delete" && action.pods.map((p) => p.metadata.name)).toEqual(["goes"]);
    }
  });

  test("deletes where pods of the same owner are crowded", () => {
    const mine = [pod("alone", { node: "n2" }), pod("crowded", { node: "n1" })];
    const action = plan({ set: set("rs", { replicas: 1 }), active: mine, family: [...mine, pod("kin", { node: "n1" })], nowMs: NOW });
    expect(action.kind === "delete" && action.pods[0]?.metadata.name).toBe("crowded");
  });

  test("counts its pods: ready, available, with all labels of its template", () => {
    const labels = { app: "web", "pod-template-hash": "rs" };
    const active = [pod("a", { labels }), pod("b", { labels, readySeconds: 5 }), pod("c", { ready: false })];
    const counted = statusOf({ set: set("rs", { minReadySeconds: 30 }), active, terminating: 2, failure: undefined, nowMs: NOW });
    expect(counted).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 2,
      observedGeneration: 1,
    });
    expect(nextLookMs(set("rs", { minReadySeconds: 30 }), active, NOW)).toBe(25_000);
  });

  test("says why it cannot make pods, keeps saying it, and takes it back", () => {
    const observed = { set: set("rs", { replicas: 2 }), active: [], terminating: 0, nowMs: NOW };
    const failed = statusOf({ ...observed, failure: "quota" });
    expect(failed.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" }]);
    const later = { ...observed, set: { ...observed.set, status: failed } };
    expect(statusOf({ ...later, failure: "another text", nowMs: NOW + 9_000 }).conditions).toEqual(failed.conditions);
    expect(statusOf({ ...later, failure: undefined }).conditions).toBeUndefined();
  });
});

describe("who owns a pod", () => {
  const owner = set("rs");
  const deleted = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  test.each([
    { name: "its own pod that it selects is its own", owner, pod: pod("p", { owner: { uid: "uid-rs" } }), matches: true, claim: "mine" },
    {
      name: "its own pod that it selects no more is released",
      owner,
      pod: pod("p", { owner: { uid: "uid-rs" } }),
      matches: false,
      claim: "release",
    },
    { name: "one of another owner is left alone", owner, pod: pod("p", { owner: { uid: "other" } }), matches: true, claim: "none" },
    { name: "an orphan that it selects is adopted", owner, pod: pod("p"), matches: true, claim: "adopt" },
    { name: "an orphan that is being deleted is not", owner, pod: pod("p", { deleting: true }), matches: true, claim: "none" },
    { name: "an owner that is being deleted adopts nothing", owner: deleted, pod: pod("p"), matches: true, claim: "none" },
    { name: "nor does it release", owner: deleted, pod: pod("p", { owner: { uid: "uid-rs" } }), matches: false, claim: "none" },
  ])("$name", ({ owner: by, pod: of, matches, claim }) => {
    expect(claimOf(by, of, matches)).toBe(claim);
  });
});
