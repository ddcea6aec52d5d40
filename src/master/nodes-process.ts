import { readFileSync } from "node:fs";
import { createNodeClock, createNodeLog, createNodeRandom } from "../host/node/index.js";
import { httpsTransport, RestClient, readKubeconfig } from "../kube/client/index.js";
import { HollowNodes, hollowNode, parseStages } from "../kubelet/index.js";
import type { NodesArguments, NodesMessage } from "./cluster/index.js";

/** As `/version` says; the kubelet's is never newer than its apiserver's. */
const KUBELET_VERSION = "v1.36.0";

/** The body of a process that carries hollow nodes: it registers them and keeps them until it is told to stop. */
function run(args: NodesArguments): void {
  const clock = createNodeClock();
  const log = createNodeLog({});
  const transport = httpsTransport(readKubeconfig(args.kubeconfig));
  const nodes = new HollowNodes({
    client: new RestClient({ transport, clock, userAgent: "kubelet" }),
    clock,
    random: createNodeRandom(),
    log,
    nodes: Array.from({ length: args.count }, (_, i) => hollowNode(`node-${args.first + i}`, args.first + i - 1)),
    stages: args.stages.flatMap((file) => parseStages(readFileSync(file, "utf8"), file)),
    version: KUBELET_VERSION,
  });
  const stop = (): void => {
    setTimeout(() => process.exit(0), STOP_MS_MAX).unref();
    void nodes.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (args.attached) process.on("disconnect", stop);
  nodes.start();
  void nodes.registered().then(() => {
    log.info("hollow nodes are registered", { first: args.first, count: args.count });
    tell({ kind: "registered", count: args.count });
  });
}
const STOP_MS_MAX = 2_000;

function tell(message: NodesMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

if (process.argv[1]?.endsWith("nodes-process.js")) {
  const file = process.argv[2];
  if (file === undefined) throw new Error("nodes-process needs the file of its arguments");
  try {
    run(JSON.parse(readFileSync(file, "utf8")) as NodesArguments);
  } catch (error) {
    const { message } = error as Error;
    createNodeLog({}).error("hollow nodes cannot start", { why: message });
    if (process.connected) process.send?.({ kind: "failed", message }, undefined, undefined, () => process.exit(1));
    else process.exit(1);
  }
}
