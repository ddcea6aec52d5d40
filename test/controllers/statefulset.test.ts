import { describe, expect, test } from "vitest";
import type { Pod } from "../../src/controllers/shared/types.js";
import { claimOwners, claimsOf, ordinalOf, templateOf } from "../../src/controllers/statefulset/identity.js";
import { type Action, plan, statusOf } from "../../src/controllers/statefulset/plan.js";
import type { Claim, StatefulSet } from "../../src/controllers/statefulset/types.js";
import { NOW, type PodGiven, pod } from "./objects.js";

const set = (spec: Partial<StatefulSet["spec"]> = {}): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db", namespace: "ns", uid: "us", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z", generation: 1 },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "db" } },
    template: { spec: { containers: [] } },
    serviceName: "db",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    ...spec,
  },
});
const at = (n: number, given: PodGiven = {}, revision = "r1"): Pod => ({
  ...pod(`db-${n}`, {
    ...given,
    labels: {
      "controller-revision-hash": revision,
      "statefulset.kubernetes.io/pod-name": `db-${n}`,
      "apps.kubernetes.io/pod-index": String(n),
    },
  }),
});
const observe = (pods: readonly Pod[], s = set(), update = "r1") => ({ set: s, pods, current: "r1", update, collisions: 0, nowMs: NOW });
const short = (a: Action): string[] => {
  if (a.kind === "mend") return [];
  return [a.kind === "create" ? `create ${a.ordinal} ${a.revision}` : `delete ${a.pod.metadata.name}`];
};
const steps = (pods: readonly Pod[], s = set(), update = "r1"): string[] => plan(observe(pods, s, update)).actions.flatMap(short);
const parallel = { podManagementPolicy: "Parallel" };

describe("ordinals", () => {
  const cases: readonly {
    readonly name: string;
    readonly pods: readonly Pod[];
    readonly s?: StatefulSet;
    readonly update?: string;
    readonly steps: readonly string[];
  }[] = [
    { name: "the first one first", pods: [], steps: ["create 0 update"] },
    { name: "the next when the one before it is ready", pods: [at(0)], steps: ["create 1 update"] },
    { name: "not before", pods: [at(0, { ready: false })], steps: [] },
    {
      name: "all at once where order does not matter",
      pods: [],
      s: set(parallel),
      steps: ["create 0 update", "create 1 update", "create 2 update"],
    },
    { name: "beginning where it is told to", pods: [], s: set({ ordinals: { start: 5 } }), steps: ["create 5 update"] },
    { name: "one that is over is made again", pods: [at(0, { phase: "Failed" })], steps: ["delete db-0"] },
    { name: "too many go from the last", pods: [at(0), at(1), at(2)], s: set({ replicas: 1 }), steps: ["delete db-2"] },
    { name: "one after another", pods: [at(0), at(1), at(2, { deleting: true })], s: set({ replicas: 1 }), steps: [] },
    {
      name: "none while another one is sick",
      pods: [at(0), at(1, { ready: false }), at(2)],
      s: set({ replicas: 1 }),
      steps: ["delete db-2"],
    },
    { name: "an update goes from the last", pods: [at(0), at(1), at(2)], update: "r2", steps: ["delete db-2"] },
    { name: "and waits for the new one", pods: [at(0), at(1), at(2, { ready: false }, "r2")], update: "r2", steps: [] },
    { name: "then the one before it", pods: [at(0), at(1), at(2, {}, "r2")], update: "r2", steps: ["delete db-1"] },
    {
      name: "not below the partition",
      pods: [at(0), at(1), at(2, {}, "r2")],
      update: "r2",
      s: set({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } }),
      steps: [],
    },
    {
      name: "below it pods come back as they were",
      pods: [],
      update: "r2",
      s: set({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } }),
      steps: ["create 0 current"],
    },
    {
      name: "several at a time where that is allowed",
      pods: [at(0), at(1), at(2)],
      update: "r2",
      s: set({ ...parallel, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 2 } } }),
      steps: ["delete db-2", "delete db-1"],
    },
    {
      name: "none where the user deletes",
      pods: [at(0), at(1), at(2)],
      update: "r2",
      s: set({ updateStrategy: { type: "OnDelete" } }),
      steps: [],
    },
  ];
  test.each(cases)("$name", ({ pods, s, update, steps: expected }) => {
    expect(steps(pods, s, update)).toEqual(expected);
  });
  test.each([
    ["db-0", 0],
    ["db-12", 12],
    ["db-01", -1],
    ["db-x", -1],
    ["other-1", -1],
  ])("%s is ordinal %i", (name, ordinal) => {
    expect(ordinalOf(set(), name)).toBe(ordinal);
  });
});

test("a rollout is done when all are new and ready", () => {
  const pods = [0, 1, 2].map((n) => at(n, {}, "r2"));
  expect(statusOf({ ...observe(pods, set(), "r2"), created: [] })).toMatchObject({
    currentRevision: "r2",
    updateRevision: "r2",
    currentReplicas: 3,
    updatedReplicas: 3,
  });
  expect(statusOf({ ...observe([at(0), ...pods.slice(1)], set(), "r2"), created: [] })).toMatchObject({
    currentRevision: "r1",
    currentReplicas: 1,
    updatedReplicas: 2,
  });
});

describe("identity and claims", () => {
  const claimed = set({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { size: "1" } }] });
  test("a pod knows its name, its place and its volumes", () => {
    const template = { metadata: { labels: { app: "db" } }, spec: { containers: [], volumes: [{ name: "data" }, { name: "tmp" }] } };
    const made = templateOf(claimed, template, 1, "r1");
    expect(made.spec).toMatchObject({
      hostname: "db-1",
      subdomain: "db",
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } }, { name: "tmp" }],
    });
    expect(made.metadata?.labels).toMatchObject({ "apps.kubernetes.io/pod-index": "1", "controller-revision-hash": "r1" });
    expect(claimsOf(claimed, 1)[0]).toMatchObject({ metadata: { name: "data-db-1", labels: { app: "db" } }, spec: { size: "1" } });
  });
  const claim = { ...pod("data-db-2"), metadata: { ...pod("x").metadata, name: "data-db-2" } } as unknown as Claim;
  test.each([
    ["stay by default", undefined, 3, undefined],
    ["go with the set", { whenDeleted: "Delete" }, 3, "StatefulSet"],
    ["stay when a pod is scaled away", { whenDeleted: "Delete" }, 1, "StatefulSet"],
    ["go with the pod that is scaled away", { whenScaled: "Delete" }, 1, "Pod"],
    ["but not while it is wanted", { whenScaled: "Delete" }, 3, undefined],
  ])("claims %s", (_name, policy, replicas, owner) => {
    const s = set({ replicas, ...(policy === undefined ? {} : { persistentVolumeClaimRetentionPolicy: policy as never }) });
    expect(claimOwners(s, at(2), claim)?.[0]?.kind).toBe(owner);
  });
});
