import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RESOURCES } from "../../src/testing/index.js";
import { until } from "../kit/until.js";
import { podTemplate, type Thing, World, workload } from "./world.js";

/** Nothing happens any more: what loops still ask in a second. */
const QUIET_REQUESTS_MAX = 15;
let world: World;
beforeAll(async () => {
  world = await World.start(3);
}, 30_000);
afterAll(() => world?.stop());
const R = RESOURCES;
const HOUR_MS = 3_600_000;
const isReady = (o: Thing): boolean => o.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
const readyOf = async (resource: typeof R.deployments, namespace: string, name: string): Promise<unknown> =>
  (await world.of(resource, namespace).get(name)).status?.["readyReplicas"];
const uids = (list: readonly Thing[]): readonly string[] => list.map((o) => o.metadata.uid).sort();
const pods = (namespace: string, app: string): Promise<readonly Thing[]> => world.list(R.pods, namespace, `app=${app}`);
const quiet = (): Promise<unknown> => until("the loops are quiet", async () => (await world.requestsIn(1_000)) <= QUIET_REQUESTS_MAX);

describe("clocks that jump", () => {
  test("an hour forth and two back: nodes live, pods stay, a cron job makes one job and not one for each minute", async () => {
    const ns = await world.namespace("clock");
    await world.create(R.deployments, workload("web", 3), ns);
    const job = { template: { spec: { template: podTemplate("cron", { restartPolicy: "Never" }) } } };
    const cron = { metadata: { name: "cron" }, spec: { schedule: "*/10 * * * *", jobTemplate: { spec: job.template.spec } } };
    await world.create(R.cronJobs, cron, ns);
    await until("they run", async () => (await readyOf(R.deployments, ns, "web")) === 3);
    const before = uids(await pods(ns, "web"));
    world.jump(HOUR_MS);
    await world.of(R.deployments, ns).patch("web", "merge", { spec: { replicas: 4 } });
    await world.of(R.cronJobs, ns).patch("cron", "merge", { metadata: { annotations: { look: "now" } } });
    await until("one more runs", async () => (await readyOf(R.deployments, ns, "web")) === 4);
    await until("a job is made", async () => (await world.list(R.jobs, ns)).length > 0);
    world.jump(-2 * HOUR_MS);
    await world.of(R.deployments, ns).patch("web", "merge", { spec: { replicas: 3 } });
    await world.of(R.cronJobs, ns).patch("cron", "merge", { metadata: { annotations: { look: "again" } } });
    await until("one less runs", async () => (await pods(ns, "web")).length === 3);
    await quiet();
    world.jump(HOUR_MS);
    expect((await world.list(R.jobs, ns)).length).toBe(1);
    const nodes = await world.list(R.nodes, "");
    expect(nodes.map((n) => [isReady(n), n.spec.taints ?? []])).toEqual([
      [true, []],
      [true, []],
      [true, []],
    ]);
    const after = uids(await pods(ns, "web"));
    expect(after.filter((u) => before.includes(u)).length).toBeGreaterThanOrEqual(2);
    expect(await world.timesSaid(ns, "TaintManagerEviction")).toBe(0);
  }, 40_000);
});

test("a node that flaps: its pods stay, its taints go, and it is told of each time but not for ever", async () => {
  const ns = await world.namespace("flap");
  await world.create(R.deployments, workload("web", 6), ns);
  await until("they run", async () => (await readyOf(R.deployments, ns, "web")) === 6);
  const before = uids(await pods(ns, "web"));
  const say = (status: string): Promise<unknown> => {
    const conditions = [{ type: "Ready", status, reason: "Flaps", message: "" }];
    return world.of(R.nodes, "").patch("node-1", "strategic", { status: { conditions } }, { subresource: "status" });
  };
  const node = async (): Promise<Thing> => world.of(R.nodes, "").get("node-1");
  for (let i = 0; i < 5; i++) {
    await say("False");
    await until("it is marked", async () => (await node()).spec.taints?.length > 0);
    await say("True");
    await until("it is not", async () => (await node()).spec.taints === undefined);
  }
  await until("all are ready", async () => (await pods(ns, "web")).filter(isReady).length === 6);
  expect(uids(await pods(ns, "web"))).toEqual(before);
  expect(await world.timesSaid("default", "NodeNotReady")).toBeLessThanOrEqual(5);
  await quiet();
});

test("two replica sets that select the same pods: each has its own, an orphan is adopted once, and they do not fight", async () => {
  const ns = await world.namespace("fight");
  await world.create(R.pods, { metadata: { name: "orphan", labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "i" }] } }, ns);
  await world.create(R.replicaSets, workload("one", 3, {}, "x"), ns);
  await world.create(R.replicaSets, workload("two", 3, {}, "x"), ns);
  await until(
    "both have theirs",
    async () => (await readyOf(R.replicaSets, ns, "one")) === 3 && (await readyOf(R.replicaSets, ns, "two")) === 3,
  );
  await quiet();
  const list = await pods(ns, "x");
  const owners = list.map((p) => p.metadata.ownerReferences?.filter((o) => o.controller).map((o) => o.name));
  expect(owners.map(String).sort()).toEqual(["one", "one", "one", "two", "two", "two"]);
  // Taking a pod from one: it makes another, and nobody else takes it while its labels do not fit.
  const [first] = list;
  await world.of(R.pods, ns).patch(first?.metadata.name ?? "", "merge", { metadata: { labels: { app: "taken" } } });
  await until("it is let go and replaced", async () => {
    const [taken] = await pods(ns, "taken");
    return (taken?.metadata.ownerReferences ?? []).length === 0 && (await pods(ns, "x")).length === 6;
  });
  await quiet();
});

test("owners in a cycle: it stays until one of them is deleted, then both go, in the foreground too", async () => {
  const ns = await world.namespace("cycle");
  for (const policy of ["Foreground", "Background"] as const) {
    const make = (name: string): Promise<Thing> => world.create(R.configMaps, { metadata: { name } }, ns);
    const [a, b] = [await make("a"), await make("b")];
    const owns = (owner: Thing, of: string): Promise<unknown> => {
      const { name, uid } = owner.metadata;
      const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name, uid, blockOwnerDeletion: true }];
      return world.of(R.configMaps, ns).patch(of, "merge", { metadata: { ownerReferences } });
    };
    await owns(a, "b");
    await owns(b, "a");
    await quiet();
    expect((await world.list(R.configMaps, ns)).map((m) => m.metadata.name)).toEqual(["a", "b", "kube-root-ca.crt"]);
    await world.of(R.configMaps, ns).delete("a", { propagationPolicy: policy });
    await until("both are gone", async () => (await world.list(R.configMaps, ns)).length === 1);
  }
}, 30_000);

test("a quota that is exhausted in the middle of a rollout: it waits, says why, asks rarely, and goes on when there is room", async () => {
  const ns = await world.namespace("quota");
  const rolling = { strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } };
  await world.create(R.deployments, workload("web", 4, rolling), ns);
  await until("they run", async () => (await readyOf(R.deployments, ns, "web")) === 4);
  await world.create(R.resourceQuotas, { metadata: { name: "few" }, spec: { hard: { pods: "4" } } }, ns);
  await until(
    "it counts",
    async () => JSON.stringify((await world.of(R.resourceQuotas, ns).get("few")).status?.["used"]) === '{"pods":"4"}',
  );
  await world
    .of(R.deployments, ns)
    .patch("web", "strategic", { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } });
  const failure = await until("it says why", async () => {
    const found = await world.condition(R.deployments, ns, "web", "ReplicaFailure");
    return found?.status === "True" && found;
  });
  expect(failure.reason).toBe("FailedCreate");
  expect(failure.message).toContain("exceeded quota: few, requested: pods=1, used: pods=4, limited: pods=4");
  await quiet();
  expect(await world.timesSaid(ns, "FailedCreate")).toBeLessThan(30);
  expect((await pods(ns, "web")).filter(isReady).length).toBe(4);
  await world.of(R.resourceQuotas, ns).patch("few", "merge", { spec: { hard: { pods: "5" } } });
  const isDone = async (): Promise<boolean> => {
    const list = await pods(ns, "web");
    return list.length === 4 && list.every((p) => isReady(p) && p.spec.containers[0].image === "i:2");
  };
  await until("it goes on, one at a time", isDone, 60_000);
  await until("the failure is taken back", async () => (await world.condition(R.deployments, ns, "web", "ReplicaFailure")) === undefined);
}, 90_000);

test("a history of 300 revisions is kept where it is asked for, goes back to its first, and is cut when less is asked for", async () => {
  const ns = await world.namespace("history");
  const set = workload("db", 0, { serviceName: "db", revisionHistoryLimit: 300 });
  await world.create(R.statefulSets, set, ns);
  const image = (n: number): Promise<unknown> =>
    world
      .of(R.statefulSets, ns)
      .patch("db", "strategic", { spec: { template: { spec: { containers: [{ name: "c", image: `i:${n}` }] } } } });
  const revisionOf = async (): Promise<unknown> => (await world.of(R.statefulSets, ns).get("db")).status?.["updateRevision"];
  const seen: unknown[] = [];
  for (let n = 1; n <= 300; n++) {
    await image(n);
    const former = seen.at(-1);
    seen.push(
      await until(`revision ${n}`, async () => {
        const { metadata, status } = await world.of(R.statefulSets, ns).get("db");
        const now = status?.["updateRevision"];
        return status?.["observedGeneration"] === metadata.generation && now !== former && now;
      }),
    );
  }
  expect(new Set(seen).size).toBe(300);
  expect((await world.list(R.controllerRevisions, ns)).length).toBeGreaterThanOrEqual(300);
  await image(1);
  await until("it is the first again", async () => (await revisionOf()) === seen[0]);
  await until("it stands last", async () => {
    const revisions = (await world.list(R.controllerRevisions, ns)) as readonly (Thing & { readonly revision: number })[];
    return revisions.reduce((a, b) => (a.revision > b.revision ? a : b)).metadata.name === seen[0];
  });
  await world.of(R.statefulSets, ns).patch("db", "merge", { spec: { revisionHistoryLimit: 10 } });
  await until("few are left", async () => (await world.list(R.controllerRevisions, ns)).length <= 12);
  await quiet();
}, 60_000);

test("objects that are deleted under their controllers' hands come back, and pods are not made twice for it", async () => {
  const ns = await world.namespace("hands");
  await world.create(R.services, { metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } }, ns);
  await world.create(R.deployments, workload("web", 3), ns);
  await world.create(R.statefulSets, workload("db", 2, { serviceName: "db" }), ns);
  await until("they run", async () => (await readyOf(R.deployments, ns, "web")) === 3 && (await readyOf(R.statefulSets, ns, "db")) === 2);
  const before = uids(await pods(ns, "web"));
  const [set] = await world.list(R.replicaSets, ns);
  await world.of(R.replicaSets, ns).delete(set?.metadata.name ?? "", { propagationPolicy: "Orphan" });
  await until("another set adopts the same pods", async () => {
    const [now] = await world.list(R.replicaSets, ns);
    return now !== undefined && now.metadata.uid !== set?.metadata.uid && now.status?.["readyReplicas"] === 3;
  });
  expect(uids(await pods(ns, "web"))).toEqual(before);
  for (const revision of await world.list(R.controllerRevisions, ns))
    await world.of(R.controllerRevisions, ns).delete(revision.metadata.name);
  for (const slice of await world.list(R.endpointSlices, ns)) await world.of(R.endpointSlices, ns).delete(slice.metadata.name);
  await world.of(R.configMaps, ns).delete("kube-root-ca.crt");
  await world.of(R.serviceAccounts, ns).delete("default");
  await world.of(R.pods, ns).delete("db-0", { gracePeriodSeconds: 0 });
  await until("all is there again", async () => {
    const slices = (await world.list(R.endpointSlices, ns)) as readonly (Thing & { readonly endpoints?: readonly object[] })[];
    await world.of(R.configMaps, ns).get("kube-root-ca.crt");
    await world.of(R.serviceAccounts, ns).get("default");
    const history = await world.list(R.controllerRevisions, ns);
    return slices.some((s) => s.endpoints?.length === 3) && history.length === 1 && (await readyOf(R.statefulSets, ns, "db")) === 2;
  });
  await world.of(R.nodes, "").delete("node-3");
  const there = async (): Promise<boolean> =>
    [...(await pods(ns, "web")), ...(await pods(ns, "db"))].every((p) => p.spec.nodeName !== "node-3" || isReady(p));
  await until(
    "a node that is gone takes its pods with it, and they are replaced",
    async () => (await there()) && (await readyOf(R.deployments, ns, "web")) === 3 && (await readyOf(R.statefulSets, ns, "db")) === 2,
  );
  await quiet();
}, 60_000);

test("selectors that match nothing or everything do what they say", async () => {
  const ns = await world.namespace("select");
  await world.create(R.replicaSets, workload("one", 2), ns);
  await world.create(R.replicaSets, workload("two", 1), ns);
  await until("they run", async () => (await pods(ns, "one")).concat(await pods(ns, "two")).filter(isReady).length === 3);
  const ports = [{ port: 80 }];
  await world.create(R.services, { metadata: { name: "none" }, spec: { selector: { app: "nobody" }, ports } }, ns);
  await world.create(R.services, { metadata: { name: "by-hand" }, spec: { ports } }, ns);
  const budget = (name: string, selector: object | undefined): Promise<Thing> =>
    world.create(
      R.podDisruptionBudgets,
      { metadata: { name }, spec: { minAvailable: 1, ...(selector === undefined ? {} : { selector }) } },
      ns,
    );
  await budget("all", {});
  await budget("nobody", { matchLabels: { app: "nobody" } });
  await budget("unsaid", undefined);
  const expected = async (name: string): Promise<unknown> =>
    (await world.of(R.podDisruptionBudgets, ns).get(name)).status?.["expectedPods"];
  await until("an empty selector counts all", async () => (await expected("all")) === 3);
  await until("others count none", async () => (await expected("nobody")) === 0 && (await expected("unsaid")) === 0);
  await until("a service of nobody has a slice of nobody", async () => {
    const [slice] = (await world.list(R.endpointSlices, ns, "kubernetes.io/service-name=none")) as readonly (Thing & {
      readonly endpoints?: readonly object[] | null;
    })[];
    return slice !== undefined && (slice.endpoints ?? []).length === 0;
  });
  await quiet();
  expect(await world.list(R.endpointSlices, ns, "kubernetes.io/service-name=by-hand")).toEqual([]);
  const all = { metadata: { name: "all" }, spec: { selector: {}, template: podTemplate("x") } };
  await expect(world.create(R.replicaSets, all, ns)).rejects.toThrow("empty selector is invalid for deployment");
  const other = { metadata: { name: "other" }, spec: { selector: { matchLabels: { app: "y" } }, template: podTemplate("x") } };
  await expect(world.create(R.replicaSets, other, ns)).rejects.toThrow("`selector` does not match template `labels`");
});

test("pods that fit nowhere say so, with what would be needed, and nobody tries again and again", async () => {
  const ns = await world.namespace("nowhere");
  const huge = podTemplate("huge", {
    containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1000" } } }],
    nodeSelector: { disk: "none" },
  });
  await world.create(
    R.deployments,
    {
      ...workload("huge", 2),
      spec: { replicas: 2, selector: { matchLabels: { app: "huge" } }, template: huge, progressDeadlineSeconds: 1 },
    },
    ns,
  );
  await until("the pods say so", async () => {
    const list = await pods(ns, "huge");
    return (
      list.length === 2 &&
      list.every((p) =>
        p.status?.conditions?.some(
          (c) =>
            c.type === "PodScheduled" &&
            c.reason === "Unschedulable" &&
            c.message?.includes("node(s) didn't match Pod's node affinity/selector"),
        ),
      )
    );
  });
  await until(
    "and the deployment",
    async () => (await world.condition(R.deployments, ns, "huge", "Progressing"))?.reason === "ProgressDeadlineExceeded",
  );
  await quiet();
  expect((await world.said(ns, "huge")).filter((e) => e.startsWith("FailedScheduling")).length).toBeLessThanOrEqual(4);
});

test("a finalizer that is put back on a namespace: who did it has time, then it goes", async () => {
  const namespaces = world.of(R.namespaces, "");
  await namespaces.create({ metadata: { name: "back", finalizers: ["example.com/keep"] } } as object as Thing);
  await namespaces.delete("back");
  await until("its own is taken off", async () => ((await namespaces.get("back")).spec.finalizers ?? []).length === 0);
  const body = { metadata: { name: "back" }, spec: { finalizers: ["kubernetes"] } } as object as Thing;
  await namespaces.subresource("PUT", "back", "finalize", body);
  await world.requestsIn(1_500);
  await namespaces.patch("back", "merge", { metadata: { annotations: { still: "there" } } });
  await until("it is gone", () =>
    namespaces.get("back").then(
      () => false,
      () => true,
    ),
  );
});
