import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploymentRow } from "../../src/controllers/deployment/reconcile.js";
import { type RunningControllers, runControllers } from "../../src/controllers/framework/manager.js";
import { horizontalPodAutoscalerRow } from "../../src/controllers/horizontalpodautoscaler/reconcile.js";
import type { Autoscaler } from "../../src/controllers/horizontalpodautoscaler/types.js";
import { nodeLifecycleRow } from "../../src/controllers/nodelifecycle/reconcile.js";
import { replicaSetRow } from "../../src/controllers/replicaset/reconcile.js";
import { serviceAccountRow } from "../../src/controllers/serviceaccount/reconcile.js";
import { createNodeClock, createNodeLog, createNodeRandom } from "../../src/host/node/index.js";
import { InformerFactory, readKubeconfig } from "../../src/kube/client/index.js";
import type { Pod } from "../../src/kubelet/hollow/shapes.js";
import { METRICS_SERVER_NAME, type MetricsServer, serveMetrics } from "../../src/kubelet/index.js";
import { selfSigned } from "../../src/master/certificates/index.js";
import { type ApiObject, RESOURCES, startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

const common = { clock: createNodeClock(), random: createNodeRandom(), log: createNodeLog({ level: "error" }) };
const directory = mkdtempSync(join(tmpdir(), "trimast-hpa-"));
let cluster: TestCluster;
let controllers: RunningControllers;
let metrics: MetricsServer;
let informers: InformerFactory;
type Deployment = ApiObject & { readonly spec: { readonly replicas: number }; readonly status?: { readonly readyReplicas?: number } };
type Event = ApiObject & { readonly reason: string; readonly message: string; readonly involvedObject: { readonly name: string } };

beforeAll(async () => {
  cluster = await startCluster({ loops: ["scheduler"], nodes: 2 });
  const { client } = cluster;
  const file = join(directory, "kubeconfig");
  writeFileSync(file, (await cluster.https()).kubeconfig);
  informers = new InformerFactory({ client, ...common });
  const pods = informers.of<Pod>(RESOURCES.pods);
  informers.start();
  const own = selfSigned({ commonName: METRICS_SERVER_NAME, dnsNames: [METRICS_SERVER_NAME], usages: ["server"] });
  metrics = await serveMetrics({
    ...common,
    client,
    pods: () => pods.lister.list(),
    tls: { key: own.keyPem, cert: own.certPem, ca: readKubeconfig(file).ca ?? "" },
    clientName: "kube-apiserver-kubelet-client",
    host: "127.0.0.1",
    name: "localhost",
  });
  controllers = runControllers([serviceAccountRow, nodeLifecycleRow, deploymentRow, replicaSetRow, horizontalPodAutoscalerRow], {
    ...common,
    client: () => client,
    identity: "test",
    controllers: { autoscalerSyncMs: 100 },
  });
});
afterAll(async () => {
  await controllers?.stop();
  await metrics?.close();
  await informers?.stop();
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const deployments = () => cluster.client.resource<Deployment>(RESOURCES.deployments, "default");
const autoscalers = () => cluster.client.resource<Autoscaler>(RESOURCES.horizontalPodAutoscalers, "default");
const said = async (name: string): Promise<readonly string[]> => {
  const { items } = await cluster.client.resource<Event>(RESOURCES.events, "default").list();
  return items.filter((e) => e.involvedObject.name === name).map((e) => `${e.reason}: ${e.message}`);
};
const conditionsOf = async (name: string) => (await autoscalers().get(name)).status?.conditions ?? [];
const hpa = (name: string, kind: string, metric: object) => ({
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind, name }, maxReplicas: 6, metrics: [metric] },
});

test("a load that is shared brings as many replicas as carry it, and then no more", async () => {
  const labels = { app: "web" };
  const metadata = { labels, annotations: { "hollow.trimast.dev/shared-memory": "2Gi" } };
  const containers = [{ name: "c", image: "i", resources: { requests: { memory: "1Gi" } } }];
  const spec = { replicas: 1, selector: { matchLabels: labels }, template: { metadata, spec: { containers } } };
  const web = { metadata: { name: "web" }, spec };
  await deployments().create(web);
  const target = { type: "Utilization", averageUtilization: 50 };
  await autoscalers().create(hpa("web", "Deployment", { type: "Resource", resource: { name: "memory", target } }));
  await until("four carry it", async () => (await deployments().get("web")).status?.readyReplicas === 4);
  await until("the status says so", async () => {
    const { status } = await autoscalers().get("web");
    const current = status?.currentMetrics?.[0]?.resource?.current;
    return (
      status?.currentReplicas === 4 &&
      status.desiredReplicas === 4 &&
      current?.averageUtilization === 50 &&
      current.averageValue === "512Mi"
    );
  });
  const reason = "memory resource utilization (percentage of request) above target";
  expect((await said("web")).filter((e) => e.startsWith("SuccessfulRescale"))).toContain(
    `SuccessfulRescale: New size: 4; reason: ${reason}`,
  );
  expect((await conditionsOf("web")).map((c) => `${c.type}=${c.status}`)).toEqual([
    "AbleToScale=True",
    "ScalingActive=True",
    "ScalingLimited=False",
  ]);
  expect((await deployments().get("web")).spec.replicas).toBe(4);
});

test("a second autoscaler of the same pods makes both say so", async () => {
  const second = hpa("web2", "Deployment", {
    type: "Resource",
    resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } },
  });
  const spec = { ...second.spec, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
  await autoscalers().create({ ...second, spec } as typeof second);
  const why = "AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [{web default} {web2 default}]";
  await until("both say so", async () => (await said("web")).includes(why) && (await said("web2")).includes(why));
  await autoscalers().delete("web2");
  await until("one alone acts again", async () => (await conditionsOf("web")).some((c) => c.reason === "ValidMetricFound"));
});

test("a metric that nobody serves, and a target that is not there, are said", async () => {
  const external = { type: "External", external: { metric: { name: "queue" }, target: { type: "Value", value: "1" } } };
  await autoscalers().create(hpa("gone", "Deployment", external));
  await until("the target is missed", async () =>
    (await conditionsOf("gone")).some((c) => c.reason === "FailedGetScale" && c.message?.endsWith('deployments.apps "gone" not found')),
  );
  const queue = { ...hpa("queue", "Deployment", external) };
  const spec = { ...queue.spec, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
  await autoscalers().delete("web");
  await autoscalers().create({ ...queue, spec } as typeof queue);
  const end = "the server could not find the requested resource (get queue.external.metrics.k8s.io)";
  await until("the metric is missed", async () =>
    (await said("queue")).some((e) => e.startsWith("FailedGetExternalMetric") && e.endsWith(end)),
  );
  await autoscalers().delete("queue");
  const pods = { type: "Pods", pods: { metric: { name: "hits" }, target: { type: "AverageValue", averageValue: "1" } } };
  const custom = hpa("custom", "Deployment", pods);
  await autoscalers().create({ ...custom, spec: { ...custom.spec, scaleTargetRef: spec.scaleTargetRef } } as typeof custom);
  const none =
    "FailedGetPodsMetric: unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
  await until("nobody serves the others either", async () => (await said("custom")).includes(none));
});
