import { describe, expect, test } from "vitest";
import { nodeOfPod, placementOf, templateFor } from "../../src/controllers/daemonset/placement.js";
import { type Observed, plan, planUpdate, statusOf } from "../../src/controllers/daemonset/plan.js";
import type { DaemonSet } from "../../src/controllers/daemonset/types.js";
import { tolerates } from "../../src/controllers/shared/tolerations.js";
import type { Node, Pod, Taint } from "../../src/controllers/shared/types.js";
import { NOW, type PodGiven, pod } from "./objects.js";

const set = (spec: object = {}, rolling: object = { maxUnavailable: 1 }): DaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "d", namespace: "ns", uid: "ud", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z", generation: 3 },
  spec: {
    selector: { matchLabels: { app: "d" } },
    template: { spec: { containers: [], ...spec } },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: rolling },
  },
});
const node = (name: string, more: { readonly labels?: Record<string, string>; readonly taints?: readonly Taint[] } = {}): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, uid: name, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z", labels: more.labels ?? {} },
  spec: { taints: more.taints ?? [] },
});
const on = (name: string, at: string, hash = "new", more: PodGiven = {}): Pod =>
  pod(name, { node: at, labels: { "controller-revision-hash": hash }, ...more });
const look = (pods: readonly Pod[], more: Partial<Observed> = {}): Observed => ({
  set: set(),
  hash: "new",
  nodes: [node("a"), node("b"), node("c")],
  pods,
  nowMs: NOW,
  mayReplace: () => true,
  ...more,
});
const names = (pods: readonly Pod[]): string[] => pods.map((p) => p.metadata.name);

describe("where a daemon runs", () => {
  const bad = (effect: string): Taint => ({ key: "k", value: "v", effect });
  test.each([
    { name: "everywhere", spec: {}, at: node("a"), runs: true, stays: true },
    { name: "where its selector fits", spec: { nodeSelector: { x: "y" } }, at: node("a"), runs: false, stays: false },
    { name: "where the node is named", spec: { nodeName: "b" }, at: node("a"), runs: false, stays: false },
    {
      name: "not on a node that takes no more, but stays there",
      spec: {},
      at: node("a", { taints: [bad("NoSchedule")] }),
      runs: false,
      stays: true,
    },
    { name: "not where it must leave", spec: {}, at: node("a", { taints: [bad("NoExecute")] }), runs: false, stays: false },
    {
      name: "where it may though others would rather not",
      spec: {},
      at: node("a", { taints: [bad("PreferNoSchedule")] }),
      runs: true,
      stays: true,
    },
    {
      name: "on a node that is not ready",
      spec: {},
      at: node("a", { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute" }] }),
      runs: true,
      stays: true,
    },
    {
      name: "where it tolerates",
      spec: { tolerations: [{ key: "k", operator: "Equal", value: "v" }] },
      at: node("a", { taints: [bad("NoExecute")] }),
      runs: true,
      stays: true,
    },
  ])("$name", ({ spec, at, runs, stays }) => {
    expect(placementOf(set(spec), at)).toEqual({ runs, stays });
  });
  test("its pod fits one node only, scheduled or not", () => {
    expect(nodeOfPod(templateFor(set(), "a", {}).spec)).toBe("a");
  });
  test("an empty key tolerates everything of its effect", () => {
    expect(tolerates({ operator: "Exists", effect: "NoSchedule" }, { key: "x", effect: "NoSchedule" })).toBe(true);
    expect(tolerates({ operator: "Exists", effect: "NoSchedule" }, { key: "x", effect: "NoExecute" })).toBe(false);
  });
});

describe("one pod on each node", () => {
  test("is made where it is missing", () => expect(plan(look([on("p", "a")])).creates).toEqual(["b", "c"]));
  test("a second one goes, the younger", () => {
    const pods = [on("young", "a", "new", { ageSeconds: 5 }), on("old", "a", "new", { ageSeconds: 50 }), on("b", "b"), on("c", "c")];
    expect(names(plan(look(pods)).deletes)).toEqual(["young"]);
  });
  test("one that failed is replaced, with a pause when it fails again", () => {
    const pods = [on("p", "a", "new", { phase: "Failed" }), on("b", "b"), on("c", "c")];
    expect(names(plan(look(pods)).deletes)).toEqual(["p"]);
    const later = plan(look(pods, { mayReplace: () => false }));
    expect([later.deletes, later.failedNodes]).toEqual([[], ["a"]]);
  });
  test("one that is on a node where it may not stay goes", () => {
    const nodes = [node("a", { taints: [{ key: "k", effect: "NoExecute" }] })];
    expect(names(plan(look([on("p", "a")], { nodes })).deletes)).toEqual(["p"]);
  });
});

describe("a rolling update", () => {
  const old = ["a", "b", "c"].map((n) => on(n, n, "old"));
  const replaced = (pods: readonly Pod[], most: number | string): string[] =>
    names(planUpdate(look(pods, { set: set({}, { maxUnavailable: most }) })).deletes);
  test.each([
    ["one at a time", old, 1, ["a"]],
    ["a share of all", old, "50%", ["a", "b"]],
    ["none while one is not ready", [on("a", "a", "new", { ready: false }), ...old.slice(1)], 1, []],
    ["the sick old one first, whatever is allowed", [...old.slice(0, 2), on("c", "c", "old", { ready: false })], 1, ["c"]],
    ["the next when the first is done", [on("a", "a"), ...old.slice(1)], 1, ["b"]],
  ])("%s", (_name, pods, most, gone) => {
    expect(replaced(pods as Pod[], most as number)).toEqual(gone);
  });
  test("with surge the new one is made first, and the old one goes when it is available", () => {
    const surging = set({}, { maxSurge: 1, maxUnavailable: 0 });
    expect(planUpdate(look(old, { set: surging })).creates).toEqual(["a"]);
    expect(planUpdate(look([...old, on("a2", "a", "new", { ready: false })], { set: surging }))).toEqual({ creates: [], deletes: [] });
    expect(names(planUpdate(look([...old, on("a2", "a")], { set: surging })).deletes)).toEqual(["a"]);
  });
  test("waits for the user where it is told to", () => {
    const manual = { ...set(), spec: { ...set().spec, updateStrategy: { type: "OnDelete" } } };
    expect(planUpdate(look(old, { set: manual }))).toEqual({ creates: [], deletes: [] });
  });
});

test("counts nodes, not pods", () => {
  const nodes = [node("a"), node("b"), node("x", { taints: [{ key: "k", effect: "NoSchedule" }] })];
  expect(statusOf(look([on("a", "a"), on("b", "b", "old", { ready: false }), on("x", "x")], { nodes }))).toEqual({
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    desiredNumberScheduled: 2,
    numberReady: 1,
    observedGeneration: 3,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 1,
  });
});
