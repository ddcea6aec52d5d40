import { afterAll, beforeAll, expect, test } from "vitest";
import { deploymentRow } from "../../src/controllers/deployment/reconcile.js";
import { type RunningControllers, runControllers } from "../../src/controllers/framework/manager.js";
import { horizontalPodAutoscalerRow } from "../../src/controllers/horizontalpodautoscaler/reconcile.js";
import type { Autoscaler } from "../../src/controllers/horizontalpodautoscaler/types.js";
import { nodeLifecycleRow } from "../../src/controllers/nodelifecycle/reconcile.js";
import { replicaSetRow } from "../../src/controllers/replicaset/reconcile.js";
import { serviceAccountRow } from "../../src/controllers/serviceaccount/reconcile.js";
import { createNodeClock, createNodeLog, createNodeRandom } from "../../src/host/node/index.js";
import { type ApiObject, RESOURCES, startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";
import { type MetricsQuery, serveAdapter, type Values } from "./metrics-server.js";

const common = { clock: createNodeClock(), random: createNodeRandom(), log: createNodeLog({ level: "error" }) };
let cluster: TestCluster;
let controllers: RunningControllers;
let adapter: Awaited<ReturnType<typeof serveAdapter>>;
/** What the adapter was asked and what it says, by metric. */
const asked = new Map<string, MetricsQuery>();
const serves = new Map<string, (query: MetricsQuery) => Promise<Values> | Values>();
type Deployment = ApiObject & { readonly spec: { readonly replicas: number }; readonly status?: { readonly readyReplicas?: number } };
type Event = ApiObject & {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
};

beforeAll(async () => {
  cluster = await startCluster({ loops: ["scheduler"], nodes: 2 });
  adapter = await serveAdapter(cluster.client, (query) => {
    asked.set(query.metric, query);
    return serves.get(query.metric)?.(query);
  });
  controllers = runControllers([serviceAccountRow, nodeLifecycleRow, deploymentRow, replicaSetRow, horizontalPodAutoscalerRow], {
    ...common,
    // The autoscaler asks as itself: its role lets it read metrics.
    client: (account) =>
      account === "horizontal-pod-autoscaler"
        ? cluster.as(`system:serviceaccount:kube-system:${account}`, ["system:authenticated"])
        : cluster.client,
    identity: "test",
    controllers: { autoscalerSyncMs: 100 },
  });
});
afterAll(async () => {
  await controllers?.stop();
  await adapter?.stop();
  await cluster?.stop();
});

const deployments = () => cluster.client.resource<Deployment>(RESOURCES.deployments, "default");
const autoscalers = () => cluster.client.resource<Autoscaler>(RESOURCES.horizontalPodAutoscalers, "default");
const said = async (name: string): Promise<readonly string[]> => {
  const { items } = await cluster.client.resource<Event>(RESOURCES.events, "default").list();
  return items
    .filter(({ involvedObject: of }) => of.kind === "HorizontalPodAutoscaler" && of.name === name)
    .map((e) => `${e.reason}: ${e.message}`);
};
const conditionsOf = async (name: string): Promise<readonly string[]> =>
  ((await autoscalers().get(name)).status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`);
async function scaled(name: string, metric: object): Promise<void> {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  await deployments().create({
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  } as object as Deployment);
  await until(`${name} runs`, async () => (await deployments().get(name)).status?.readyReplicas === 1);
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name };
  await autoscalers().create({ metadata: { name }, spec: { scaleTargetRef, maxReplicas: 10, metrics: [metric] } } as object as Autoscaler);
}
/** Each pod its part of a load. */
const shared =
  (load: number) =>
  async ({ pods }: MetricsQuery): Promise<Values> => {
    const { items } = await cluster.client.resource<ApiObject>(RESOURCES.pods, "default").list({ labelSelector: pods });
    return Object.fromEntries(items.map((p) => [p.metadata.name, `${Math.round((load * 1_000) / items.length)}m`]));
  };
const service = { apiVersion: "v1", kind: "Service", name: "main" };

const cases = [
  {
    name: "pods",
    metric: {
      type: "Pods",
      pods: {
        metric: { name: "requests", selector: { matchLabels: { verb: "get" } } },
        target: { type: "AverageValue", averageValue: "10" },
      },
    },
    values: shared(40),
    query: { resource: "pods", object: "*", selector: "verb=get", pods: "app=pods" },
    replicas: 4,
    from: "pods metric requests",
    current: {
      type: "Pods",
      pods: { metric: { name: "requests", selector: { matchLabels: { verb: "get" } } }, current: { averageValue: "10" } },
    },
  },
  {
    name: "object",
    metric: { type: "Object", object: { describedObject: service, metric: { name: "hits" }, target: { type: "Value", value: "100" } } },
    values: async () => {
      const replicas = (await deployments().get("object")).spec.replicas;
      return { main: String(300 / replicas) };
    },
    query: { resource: "services", object: "main", selector: "", pods: "" },
    replicas: 3,
    from: "Service metric hits",
    current: { type: "Object", object: { describedObject: service, metric: { name: "hits" }, current: { value: "100" } } },
  },
  {
    name: "object-share",
    metric: {
      type: "Object",
      object: { describedObject: service, metric: { name: "bytes" }, target: { type: "AverageValue", averageValue: "1k" } },
    },
    values: () => ({ main: "4500" }),
    query: { resource: "services", object: "main", selector: "", pods: "" },
    replicas: 5,
    from: "external metric bytes(nil)",
    current: { type: "Object", object: { describedObject: service, metric: { name: "bytes" }, current: { averageValue: "900" } } },
  },
  {
    name: "object-namespace",
    metric: {
      type: "Object",
      object: {
        describedObject: { apiVersion: "v1", kind: "Namespace", name: "other" },
        metric: { name: "load" },
        target: { type: "AverageValue", averageValue: "2" },
      },
    },
    values: () => ({ default: "4" }),
    query: { resource: "namespaces", object: "default", selector: "", pods: "" },
    replicas: 2,
    from: "external metric load(nil)",
    current: { type: "Object", object: { current: { averageValue: "2" } } },
  },
  {
    name: "external",
    metric: {
      type: "External",
      external: {
        metric: { name: "queue", selector: { matchLabels: { topic: "a" } } },
        target: { type: "AverageValue", averageValue: "5" },
      },
    },
    // The sum of them counts.
    values: () => ({ first: "10", second: "20" }),
    query: { resource: "", selector: "topic=a" },
    replicas: 6,
    from: "external metric queue(&LabelSelector{MatchLabels:map[string]string{topic: a,},MatchExpressions:[]LabelSelectorRequirement{},})",
    current: { type: "External", external: { current: { averageValue: "5" } } },
  },
  {
    name: "external-value",
    metric: { type: "External", external: { metric: { name: "lag" }, target: { type: "Value", value: "30" } } },
    values: async () => ({ all: String(60 / (await deployments().get("external-value")).spec.replicas) }),
    query: { resource: "", selector: "" },
    replicas: 2,
    from: "external metric lag(nil)",
    current: { type: "External", external: { metric: { name: "lag" }, current: { value: "30" } } },
  },
] as const;
for (const c of cases)
  test(`${c.name}: as many replicas as the metric asks for, and it says so`, async () => {
    const { metric } = "pods" in c.metric ? c.metric.pods : "object" in c.metric ? c.metric.object : c.metric.external;
    serves.set(metric.name, c.values);
    await scaled(c.name, c.metric);
    await until("it is as large", async () => (await deployments().get(c.name)).status?.readyReplicas === c.replicas);
    await until("the status says so", async () => {
      const { status } = await autoscalers().get(c.name);
      expect(status).toMatchObject({ currentReplicas: c.replicas, desiredReplicas: c.replicas, currentMetrics: [c.current] });
      return true;
    });
    expect(asked.get(metric.name)).toMatchObject({ namespace: "default", metric: metric.name, ...c.query });
    const events = (await said(c.name)).filter((e) => e.startsWith("SuccessfulRescale"));
    expect(events).toContain(`SuccessfulRescale: New size: ${c.replicas}; reason: ${c.from} above target`);
    expect(await conditionsOf(c.name)).toContain(
      `ScalingActive=True ValidMetricFound: the HPA was able to successfully calculate a replica count from ${c.from}`,
    );
  });

const missing = [
  {
    name: "no-pods",
    metric: { type: "Pods", pods: { metric: { name: "none" }, target: { type: "AverageValue", averageValue: "1" } } },
    reason: "FailedGetPodsMetric",
    why: "unable to get metric none: unable to fetch metrics from custom metrics API: the server could not find the metric none for pods",
    first: "failed to get pods metric value: ",
  },
  {
    name: "empty-pods",
    metric: { type: "Pods", pods: { metric: { name: "empty" }, target: { type: "AverageValue", averageValue: "1" } } },
    reason: "FailedGetPodsMetric",
    why: "unable to get metric empty: no metrics returned from custom metrics API",
    first: "failed to get pods metric value: ",
  },
  {
    name: "no-object",
    metric: { type: "Object", object: { describedObject: service, metric: { name: "none" }, target: { type: "Value", value: "1" } } },
    reason: "FailedGetObjectMetric",
    why: "unable to get metric none: unable to fetch metrics from custom metrics API: the server could not find the metric none for services on Service default/main",
    first: "failed to get object metric value: ",
  },
  {
    name: "two-objects",
    metric: {
      type: "Object",
      object: { describedObject: service, metric: { name: "two" }, target: { type: "AverageValue", averageValue: "1" } },
    },
    reason: "FailedGetObjectMetric",
    why: "unable to get metric two: unable to fetch metrics from custom metrics API: the custom metrics API server returned 2 results when we asked for exactly one on Service default/main",
    first: "failed to get object metric value: failed to get two object metric: ",
  },
  {
    name: "no-kind",
    metric: {
      type: "Object",
      object: {
        describedObject: { apiVersion: "example.com/v1", kind: "Thing", name: "t" },
        metric: { name: "none" },
        target: { type: "Value", value: "1" },
      },
    },
    reason: "FailedGetObjectMetric",
    why: 'unable to get metric none: unable to fetch metrics from custom metrics API: no matches for kind "Thing" in group "example.com" on Thing default/t',
    first: "failed to get object metric value: ",
  },
  {
    name: "no-external",
    metric: { type: "External", external: { metric: { name: "empty" }, target: { type: "Value", value: "1" } } },
    reason: "FailedGetExternalMetric",
    why: "unable to get external metric default/empty/nil: no metrics returned from external metrics API",
    first: "failed to get empty external metric value: failed to get external metric empty: ",
  },
] as const;
for (const c of missing)
  test(`${c.name}: a metric that is missing changes nothing, and conditions and events say why`, async () => {
    serves.set("empty", () => ({}));
    serves.set("two", () => ({ main: "1", other: "2" }));
    await scaled(c.name, c.metric);
    await until("it is said", async () => (await said(c.name)).length >= 2);
    expect(new Set(await said(c.name))).toEqual(
      new Set([
        `${c.reason}: ${c.why}`,
        `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: ${c.first}${c.why}`,
      ]),
    );
    await until("the condition says so", async () =>
      (await conditionsOf(c.name)).includes(`ScalingActive=False ${c.reason}: the HPA was unable to compute the replica count: ${c.why}`),
    );
    expect((await deployments().get(c.name)).spec.replicas).toBe(1);
  });

test("a metric that comes back is followed again, and a server that is gone is said", async () => {
  await scaled("later", { type: "External", external: { metric: { name: "later" }, target: { type: "AverageValue", averageValue: "1" } } });
  const unknown =
    "FailedGetExternalMetric: unable to get external metric default/later/nil: unable to fetch metrics from external metrics API: ";
  await until("it is missed", async () =>
    (await said("later")).some((e) => e.startsWith(`${unknown}the server could not find the metric later for`)),
  );
  serves.set("later", () => ({ x: "3" }));
  await until("it is followed", async () => (await deployments().get("later")).status?.readyReplicas === 3);
  await until("the condition says so", async () => (await conditionsOf("later")).some((c) => c.startsWith("ScalingActive=True")));
  await adapter.remove("external.metrics.k8s.io");
  const gone = `${unknown}the server could not find the requested resource (get later.external.metrics.k8s.io)`;
  await until("that is said", async () => (await said("later")).includes(gone));
  expect((await deployments().get("later")).spec.replicas).toBe(3);
});
