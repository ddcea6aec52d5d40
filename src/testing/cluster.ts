import { type RunningApiServer, startApiServer } from "../apiserver/index.js";
import type { EtcdApi } from "../etcd/api/index.js";
import { createNodeClock, createNodeRandom } from "../host/node/index.js";
import { type LoopbackUser, loopbackTransport, loopbackUser, RestClient } from "../kube/client/index.js";
import { HollowNodes, hollowNode, hollowRuntime, type Stage, serveNode } from "../kubelet/index.js";
import { LOOPS, type Loop, temporaryPki } from "../master/cluster/index.js";
import { type RunningLoops, startLoops } from "../master/loops/index.js";
import { type MemoryMember, openInMemory, SILENT } from "./member.js";

export interface ClusterOptions {
  /** What acts beside the apiserver; none by default, so that nothing changes but by the test. true: all. */
  readonly loops?: boolean | readonly Loop[];
  /** Hollow nodes, named node-1 and so on. They need the loops to be of use. */
  readonly nodes?: number;
  /** What becomes of their pods, before the default: they run and are ready. */
  readonly stages?: readonly Stage[];
}

/** A whole cluster in this process: the real apiserver on the real store, in memory. Nothing is left behind. */
export interface TestCluster {
  /** As an administrator, without a socket. */
  readonly client: RestClient;
  /** As somebody else: roles are asked. */
  as(user: string, groups?: readonly string[]): RestClient;
  /** The store below. */
  readonly etcd: EtcdApi;
  /** Opens a socket on loopback for kubectl and other clients. */
  https(): Promise<{ readonly server: string; readonly kubeconfig: string }>;
  /** Another cluster with everything that is stored in this one, with its own life from now on. */
  clone(options?: ClusterOptions): Promise<TestCluster>;
  stop(): Promise<void>;
}

const ADMIN = loopbackUser("kubernetes-admin", ["system:masters"]);
const VERSION = "v1.36.0";
/** Documentation's address (RFC 5737): endpoints must not be loopback. */
const ADVERTISED = { ip: "192.0.2.1", port: 6443 };
type Keys = ReturnType<typeof temporaryPki>;

/** Starts an empty cluster with the objects that every one has. */
export const startCluster = (options: ClusterOptions = {}): Promise<TestCluster> => start(options, undefined, temporaryPki());

async function start(options: ClusterOptions, from: Parameters<typeof openInMemory>[0], keys: Keys): Promise<TestCluster> {
  const store = await openInMemory(from);
  const clock = createNodeClock();
  const api = await startApiServer({
    etcd: store.api,
    clock,
    log: SILENT,
    tokenKey: keys.serviceAccountKey,
    kubeletClient: keys.kubeletClient,
    caPem: keys.ca,
    advertise: ADVERTISED,
    tls: tlsOf(keys),
    listen: [],
  });
  await api.ready;
  const as = (identity: LoopbackUser): RestClient =>
    new RestClient({
      transport: loopbackTransport({ handle: (r) => api.server.handle(r), identity }),
      clock,
      userAgent: "trimast-testing",
    });
  const client = as(ADMIN);
  const loops = loopsOf(options, { api, store, keys });
  const nodes = await nodesOf(options, client, keys);
  return {
    client,
    as: (user, groups) => as(loopbackUser(user, groups)),
    etcd: store.api,
    https: async () => {
      const { port } = await api.listen({ host: "127.0.0.1", port: 0 });
      const server = `https://127.0.0.1:${port}`;
      return { server, kubeconfig: keys.kubeconfig(server) };
    },
    clone: async (more = {}) => start(more, await store.image(), keys),
    stop: async () => {
      await nodes?.stop();
      await loops?.stop();
      await api.stop();
      await store.stop();
    },
  };
}

/** The certificate is made when somebody opens a socket. */
const tlsOf = ({ server, ca }: Keys) => ({
  get key() {
    return server.key;
  },
  get cert() {
    return server.cert;
  },
  ca,
});
function loopsOf(
  { loops = false }: ClusterOptions,
  at: { readonly api: RunningApiServer; readonly store: MemoryMember; readonly keys: Keys },
): RunningLoops | undefined {
  const wanted = loops === true ? LOOPS : loops === false ? [] : loops;
  if (wanted.length === 0) return undefined;
  const host = { clock: createNodeClock(), random: createNodeRandom(), log: SILENT };
  return startLoops({ loops: wanted, api: at.api, host, name: "m1", member: at.store.member, caPem: at.keys.ca });
}

interface RunningNodes {
  stop(): Promise<void>;
}
async function nodesOf(
  { nodes: count = 0, stages = [] }: ClusterOptions,
  client: RestClient,
  keys: Keys,
): Promise<RunningNodes | undefined> {
  if (count === 0) return undefined;
  const clock = createNodeClock();
  let carried: HollowNodes | undefined;
  const runtime = hollowRuntime({ pod: (namespace, name) => carried?.pod(namespace, name), pods: () => carried?.pods() ?? [] }, clock);
  const endpoint = await serveNode({ runtime, tls: { ...keys.node, ca: keys.ca }, host: "127.0.0.1", port: 0 });
  const nodes = new HollowNodes({
    client,
    clock,
    random: createNodeRandom(),
    log: SILENT,
    nodes: Array.from({ length: count }, (_, i) => hollowNode(`node-${i + 1}`, i)),
    stages,
    version: VERSION,
    port: endpoint.port,
  });
  carried = nodes;
  nodes.start();
  await nodes.registered();
  return {
    stop: async () => {
      await nodes.stop();
      await endpoint.close();
    },
  };
}
