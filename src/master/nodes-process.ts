import { readFileSync } from "node:fs";
import { createNodeClock, createNodeLog, createNodeRandom } from "../host/node/index.js";
import { httpsTransport, RestClient, readKubeconfig } from "../kube/client/index.js";
import {
  HollowNodes,
  hollowNode,
  hollowRuntime,
  METRICS_SERVER_NAME,
  type MetricsServer,
  type NodeServer,
  parseStages,
  serveMetrics,
  serveNode,
} from "../kubelet/index.js";
import { selfSigned } from "./certificates/index.js";
import type { NodesArguments, NodesMessage } from "./cluster/index.js";

/** As `/version` says; the kubelet's is never newer than its apiserver's. */
const KUBELET_VERSION = "v1.36.0";
/** The nodes' own addresses do not exist; their endpoint is this machine's, for the masters on it. */
const ENDPOINT = { host: "127.0.0.1", name: "localhost" };

/** Kubelets of their own would each have one; with one for thousands, one master would do the work of all. */
const NODE_CONNECTIONS = 6;

/** The body of a process that carries hollow nodes: it registers them and keeps them until it is told to stop. */
async function run(args: NodesArguments): Promise<void> {
  const clock = createNodeClock();
  const log = createNodeLog({});
  const access = readKubeconfig(args.kubeconfig);
  let carried: HollowNodes | undefined;
  const endpoint = await serveEndpoint(access.ca, () => carried);
  const nodes = new HollowNodes({
    client: new RestClient({ transport: httpsTransport({ ...access, connections: NODE_CONNECTIONS }), clock, userAgent: "kubelet" }),
    clock,
    random: createNodeRandom(),
    log,
    nodes: Array.from({ length: args.count }, (_, i) => hollowNode(`node-${args.first + i}`, args.first + i - 1)),
    stages: args.stages.flatMap((file) => parseStages(readFileSync(file, "utf8"), file)),
    version: KUBELET_VERSION,
    port: endpoint?.port ?? 0,
  });
  carried = nodes;
  const metrics = await serveUsage(args, nodes);
  const stop = (): void => {
    setTimeout(() => process.exit(0), STOP_MS_MAX).unref();
    void Promise.all([nodes.stop(), endpoint?.close(), metrics?.close()]).then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (args.attached) process.on("disconnect", stop);
  nodes.start();
  void nodes.registered().then(() => {
    log.info("hollow nodes are registered", { first: args.first, count: args.count, port: endpoint?.port ?? 0 });
    tell({ kind: "registered", count: args.count });
  });
}
const STOP_MS_MAX = 2_000;

/** One for all nodes of this process. Without the cluster's authority nobody could be let in: then there is none. */
async function serveEndpoint(ca: string | undefined, nodes: () => HollowNodes | undefined): Promise<NodeServer | undefined> {
  if (ca === undefined) return undefined;
  const own = selfSigned({ commonName: ENDPOINT.name, dnsNames: [ENDPOINT.name], ips: [ENDPOINT.host], usages: ["server"] });
  const runtime = hollowRuntime(
    { pod: (namespace, name) => nodes()?.pod(namespace, name), pods: () => nodes()?.pods() ?? [] },
    createNodeClock(),
  );
  return serveNode({ runtime, tls: { key: own.keyPem, cert: own.certPem, ca }, host: ENDPOINT.host, port: 0 });
}

/** As the apiservers' certificate for what they ask others says. */
const APISERVER = "kube-apiserver-kubelet-client";
/** metrics.k8s.io of all hollow nodes, whoever carries them. */
async function serveUsage(args: NodesArguments, nodes: HollowNodes): Promise<MetricsServer | undefined> {
  const access = readKubeconfig(args.kubeconfig);
  if (access.ca === undefined) return undefined;
  const clock = createNodeClock();
  const own = selfSigned({ commonName: METRICS_SERVER_NAME, dnsNames: [METRICS_SERVER_NAME], ips: [ENDPOINT.host], usages: ["server"] });
  return serveMetrics({
    client: new RestClient({ transport: httpsTransport(access), clock, userAgent: "hollow-metrics" }),
    clock,
    random: createNodeRandom(),
    log: createNodeLog({}),
    pods: () => nodes.bound(),
    tls: { key: own.keyPem, cert: own.certPem, ca: access.ca },
    clientName: APISERVER,
    ...ENDPOINT,
  });
}

function tell(message: NodesMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

if (process.argv[1]?.endsWith("nodes-process.js")) {
  const file = process.argv[2];
  if (file === undefined) throw new Error("nodes-process needs the file of its arguments");
  const failed = ({ message }: Error): void => {
    createNodeLog({}).error("hollow nodes cannot start", { why: message });
    if (process.connected) process.send?.({ kind: "failed", message }, undefined, undefined, () => process.exit(1));
    else process.exit(1);
  };
  // What is thrown while the file is read is told as well.
  Promise.resolve()
    .then(() => run(JSON.parse(readFileSync(file, "utf8")) as NodesArguments))
    .catch(failed);
}
