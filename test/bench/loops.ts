import { createNodeClock } from "../../src/host/node/index.js";
import { type ApiObject, httpsTransport, RESOURCES, type ResourceClient, RestClient, readKubeconfig } from "../../src/kube/client/index.js";
import { startCluster } from "../../src/testing/index.js";
import { TestApi } from "../kit/api.js";
import { until } from "../kit/until.js";
import type { BenchOptions } from "./options.js";
import type { Row } from "./table.js";

/** Nodes, pods before and pods that are measured, as the original's scheduler benchmark has them (5000Nodes_10000Pods); and of a run that
 *  only shows that it works. */
const NODES = 5_000;
const PODS_BEFORE = 1_000;
const PODS = 10_000;
const SMALL = { nodes: 50, before: 5, pods: 40, hollow: 20, replicas: 20 };
const HOLLOW = 1_000;
const REPLICAS = 100;
const ZONES = 3;
const AT_ONCE = 50;
const DONE_MS_MAX = 120_000;
const LOOK_MS = 50;
/** Looking costs what is measured. */
const seldom = (probe: () => Promise<boolean>) => async (): Promise<boolean> => {
  await new Promise((done) => setTimeout(done, LOOK_MS));
  return probe();
};

type Pod = ApiObject & { readonly spec: { readonly nodeName?: string } };
const isShort = (options: BenchOptions): boolean => options.keys < NODES;
const labels = { app: "bench" };
const selector = { labelSelector: { matchLabels: labels } };

interface Workload {
  /** What a pod asks besides its resources, and how many of them: those that look at all pods are fewer. */
  readonly spec: object;
  readonly pods: number;
  /** Pods that each node has before, which have to go. */
  readonly before?: number;
}
const WORKLOADS: Readonly<Record<string, Workload>> = {
  basic: { spec: {}, pods: PODS },
  "topology spreading": {
    spec: {
      topologySpreadConstraints: [
        { maxSkew: 5, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", ...selector },
      ],
    },
    pods: PODS,
  },
  "pod affinity": {
    spec: { affinity: { podAffinity: required("topology.kubernetes.io/zone") } },
    pods: PODS / 2,
  },
  // No two of them on a node: there must be more nodes than pods.
  "pod anti-affinity": {
    spec: { affinity: { podAntiAffinity: required("kubernetes.io/hostname") } },
    pods: PODS / 5,
  },
  // Three of a node's four go for each.
  preemption: {
    spec: { priorityClassName: "high", containers: [asking("3")] },
    pods: PODS / 10,
    before: 4,
  },
};
const LOW_CPU = "900m";
function required(topologyKey: string): object {
  return { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, ...selector }] };
}
const ROOM = { cpu: "4", memory: "32Gi", pods: "110" };
const node = (i: number) => ({
  metadata: { name: `n${i}`, labels: { "kubernetes.io/hostname": `n${i}`, "topology.kubernetes.io/zone": `z${i % ZONES}` } },
  status: { capacity: ROOM, allocatable: ROOM, conditions: [{ type: "Ready", status: "True" }] },
});
function asking(cpu: string): object {
  return { name: "c", image: "i", resources: { requests: { cpu, memory: "500Mi" } } };
}
const pod = (name: string, more: object) => ({
  metadata: { name, labels },
  spec: { automountServiceAccountToken: false, containers: [asking("100m")], ...more },
});
async function inParallel(count: number, one: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
/** Nodes without the taint that admission puts on new ones. */
async function nodesOf(client: RestClient, count: number): Promise<void> {
  const nodes = client.resource(RESOURCES.nodes);
  await inParallel(count, async (i) => {
    await nodes.create(node(i));
    await nodes.patch(`n${i}`, "merge", { spec: { taints: null } });
  });
}
const account = (client: RestClient): Promise<unknown> =>
  client
    .resource(RESOURCES.serviceAccounts, "default")
    .create({ metadata: { name: "default" } })
    .catch(() => undefined);

/** Nodes full of pods that go at once when they are deleted. */
async function fill(client: RestClient, nodes: number, each: number): Promise<void> {
  const high = { metadata: { name: "high" }, value: 10 };
  await client.resource(RESOURCES.priorityClasses).create(high);
  const pods = client.resource(RESOURCES.pods, "default");
  const low = (i: number) => ({ nodeName: `n${i % nodes}`, terminationGracePeriodSeconds: 0, containers: [asking(LOW_CPU)] });
  await inParallel(nodes * each, (i) => pods.create(pod(`low${i}`, low(i))));
}

/** Pods a second, from the first that is made to the last that is bound: making them is part of it. */
async function scheduled(
  client: RestClient,
  { before, count }: { readonly before: number; readonly count: number },
  more: object,
): Promise<number> {
  const pods = client.resource<Pod>(RESOURCES.pods, "default");
  await bound(pods, "before", before, {});
  const from = performance.now();
  await bound(pods, "p", count, more);
  return (count * 1_000) / (performance.now() - from);
}
/** Makes them and waits until the last one is bound, then until all are: looking for those that are not means looking at all. */
async function bound(pods: ResourceClient<Pod>, prefix: string, count: number, more: object): Promise<void> {
  await inParallel(count, (i) => pods.create(pod(`${prefix}${i}`, more)));
  const isBound = async (name: string): Promise<boolean> => (await pods.get(name)).spec.nodeName !== undefined;
  await until(
    "the last one is bound",
    seldom(() => isBound(`${prefix}${count - 1}`)),
    DONE_MS_MAX,
  );
  await until("all are bound", () => noneLeft(pods), DONE_MS_MAX);
}
const noneLeft = async (pods: ResourceClient<Pod>): Promise<boolean> =>
  (await pods.list({ fieldSelector: "spec.nodeName=", limit: 1 })).items.length === 0;

/** One process, in memory, and its scheduler; then the same through three synced masters. */
export async function schedulerBench(options: BenchOptions): Promise<Row[]> {
  const nodes = isShort(options) ? SMALL.nodes : NODES;
  const rows: Row[] = [];
  const base = await startCluster();
  try {
    await nodesOf(base.client, nodes);
    await account(base.client);
    for (const [name, { spec, pods, before = 0 }] of Object.entries(WORKLOADS)) {
      const ours: number[] = [];
      for (let i = 0; i < options.pairs; i++) {
        const cluster = await base.clone({ loops: ["scheduler"] });
        try {
          if (before > 0) await fill(cluster.client, nodes, before);
          ours.push(await scheduled(cluster.client, sizeOf(options, pods), spec));
        } finally {
          await cluster.stop();
        }
      }
      options.progress(name);
      rows.push({ name: `${name}, ${nodes} nodes`, unit: "pods/s", better: "higher", ours, peer: [] });
    }
  } finally {
    await base.stop();
  }
  return [...rows, await throughMasters(options, nodes)];
}
const sizeOf = (options: BenchOptions, count: number) =>
  isShort(options) ? { before: SMALL.before, count: SMALL.pods } : { before: PODS_BEFORE, count };
async function throughMasters(options: BenchOptions, nodes: number): Promise<Row> {
  const api = await TestApi.start(3, { loops: true });
  try {
    const client = clientOf(api);
    await nodesOf(client, nodes);
    const rate = await scheduled(client, sizeOf(options, PODS), {});
    options.progress("three masters");
    return { name: `basic, ${nodes} nodes, three synced masters`, unit: "pods/s", better: "higher", ours: [rate], peer: [] };
  } finally {
    await api.stop();
  }
}
function clientOf(api: TestApi): RestClient {
  const transport = httpsTransport(readKubeconfig(api.kubeconfig));
  return new RestClient({ transport, clock: createNodeClock(), userAgent: "bench" });
}

/** Hollow nodes that come, and a deployment that is rolled out on ten of them. */
export async function hollowBench(options: BenchOptions): Promise<Row[]> {
  const [registered, rollout]: [number[], number[]] = [[], []];
  for (let i = 0; i < options.pairs; i++) {
    const api = await TestApi.start(3, { loops: true });
    try {
      const client = clientOf(api);
      rollout.push(await rolledOut(api, client, isShort(options) ? SMALL.replicas : REPLICAS));
      registered.push(await joined(api, client, isShort(options) ? SMALL.hollow : HOLLOW));
      options.progress(`${i + 1} of ${options.pairs}`);
    } finally {
      await api.stop();
    }
  }
  return [
    { name: "a deployment's pods are ready on 10 nodes", unit: "ms", better: "lower", ours: rollout, peer: [] },
    { name: "hollow nodes are Ready", unit: "ms", better: "lower", ours: registered, peer: [] },
  ];
}
type Node = ApiObject & { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } };
const isReady = (n: Node): boolean => n.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
async function joined(api: TestApi, client: RestClient, count: number): Promise<number> {
  const nodes = client.resource<Node>(RESOURCES.nodes);
  const before = (await nodes.listAll()).items.length;
  const from = performance.now();
  await api.trimast("node", "add", "--hollow", String(count));
  await until(
    "all are ready",
    seldom(async () => (await nodes.listAll()).items.filter(isReady).length === before + count),
    DONE_MS_MAX,
  );
  return performance.now() - from;
}
type Deployment = ApiObject & { readonly status?: { readonly readyReplicas?: number } };
async function rolledOut(api: TestApi, client: RestClient, replicas: number): Promise<number> {
  await joined(api, client, 10);
  const deployments = client.resource<Deployment>(RESOURCES.deployments, "default");
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const web = { metadata: { name: "web" }, spec: { replicas, selector: { matchLabels: labels }, template } };
  const from = performance.now();
  await deployments.create(web);
  await until(
    "all are ready",
    seldom(async () => (await deployments.get("web")).status?.readyReplicas === replicas),
    DONE_MS_MAX,
  );
  return performance.now() - from;
}
