import { createHash } from "node:crypto";
import { join } from "node:path";
import { openLevelBackend } from "../backend/index.js";
import { type Bytes, hexId, type MemberId } from "../base/index.js";
import { MemberApi, type MemberConfig, StoreMember } from "../etcd/member/index.js";
import { FRAME_BYTES_MAX, LINK_QUEUE_BYTES_MAX } from "../etcd/peer/index.js";
import {
  type ClientPort,
  type ClientPortOptions,
  createGateway,
  DEFAULT_KEEP_ALIVE,
  etcdMethods,
  GRPC_OVERHEAD_BYTES,
  gatewayExchange,
  gatewayListener,
  grpcJsServer,
  type KeepAlive,
  openClientPort,
  wireServer,
} from "../etcd/rpc/index.js";
import { type DiskLock, endpointOf, type Host, isSecure, type Log, type Net } from "../host/index.js";
import { createNodeClock, createNodeDisk, createNodeRandom, grpcNet, type WireNetOptions, wireNet } from "../host/node/index.js";
import { beginLoad, MVCC_FROM, MVCC_TO } from "../mvcc/index.js";
import { createRaft } from "../raft/index.js";
import { createWal, openWal } from "../wal/index.js";
import type { ServeApi } from "./api.js";
import { createAuth } from "./auth/index.js";
import type { ClusterSpec, MasterSpec, ServingSettings } from "./cluster/index.js";
import { handleHttp, httpListener } from "./http.js";
import { sha1 } from "./ids.js";
import { type Identity, identityOf, refuseForgottenFounder } from "./join.js";
import { Metrics, sumOf } from "./metrics.js";
import { type Security, securityOf } from "./security.js";

/** Another living process has the data directory open. */
export class DirectoryLocked extends Error {
  override readonly name = "DirectoryLocked";
}

export interface MasterOptions {
  readonly cluster: ClusterSpec;
  readonly name: string;
  /** This master's own directory. */
  readonly dataDir: string;
  readonly log: Log;
  /** "existing": joins a cluster that knows it already. */
  readonly initialState: "new" | "existing";
  readonly forceNewCluster?: boolean;
  readonly clusterDir?: string;
  readonly frontFd?: number;
  /** The member cannot go on; the process must end. */
  readonly fatal: (error: unknown) => void;
}

export interface RunningMaster {
  readonly member: StoreMember;
  readonly api: MemberApi;
  readonly clientPorts: readonly ClientPort[];
  /** Resolves when the apiserver answers; undefined without that role. */
  readonly serving: Promise<void> | undefined;
  /** `transfer` (default): leadership is handed over first. Not when all members stop at once. */
  stop(options?: { readonly transfer: boolean }): Promise<void>;
}

export async function startMaster(options: MasterOptions): Promise<RunningMaster> {
  const spec = options.cluster.masters.find((m) => m.name === options.name);
  if (!spec)
    throw new Error(`no master named ${options.name}: the configuration has ${options.cluster.masters.map((m) => m.name).join(", ")}`);
  const disk = await createNodeDisk(options.dataDir);
  const lock = await disk.lock(".");
  if ("heldBy" in lock) throw new DirectoryLocked(`${options.dataDir} is in use by process ${lock.heldBy}`);
  try {
    return await run(options, spec, { disk, lock });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const WAL_DIRECTORY = "wal";
/** Peers ask who belongs to the cluster before they can be users of it. */
const AS_ROOT = { user: "root" } as const;
const MEMBER_LIST_PATH = "/etcdserverpb.Cluster/MemberList";

async function run(
  options: MasterOptions,
  spec: MasterSpec,
  at: { readonly disk: Host["disk"]; readonly lock: DiskLock },
): Promise<RunningMaster> {
  const clock = createNodeClock();
  const limits = { linkQueueBytesMax: LINK_QUEUE_BYTES_MAX, frameBytesMax: FRAME_BYTES_MAX };
  // Who joins has the peer addresses of others alone (--initial-cluster) and must ask them which member it is.
  const asked: { memberList?: (request: Bytes) => Promise<Bytes> } = {};
  const log = options.log.with({ member: spec.name });
  const security = await securityOf(options.cluster, spec, { dataDir: options.dataDir, log });
  const calls = (path: string, request: Bytes): Promise<Bytes> | undefined =>
    path === MEMBER_LIST_PATH ? asked.memberList?.(request) : undefined;
  const net = await peerNet({ limits, calls, security: security.peer });
  const host: Host = { clock, net, log, disk: at.disk, random: createNodeRandom() };
  const identity = await identityOf(options.cluster, spec, { disk: at.disk, joins: options.initialState === "existing", security });
  const config = memberConfig(options, spec, identity);
  const backendAt = { directory: "backend", nativeDirectory: join(options.dataDir, "backend") };
  const metrics = new Metrics();
  const member = await StoreMember.open({
    host,
    config,
    walDirectory: WAL_DIRECTORY,
    beforeBirth: () => refuseForgottenFounder(options.cluster, spec, { identity, security: security.peer }),
    openBackend: async () => metrics.timedBackend(await openLevelBackend({ log, disk: at.disk, ...backendAt })),
    discardBackend: () => at.disk.remove(backendAt.directory),
    openWal: async (from) => {
      const opened = await openWal(from);
      return opened === "absent" ? opened : { ...opened, wal: metrics.timedWal(opened.wal) };
    },
    createWal: async (from) => metrics.timedWal(await createWal(from)),
    createRaft,
    beginLoad,
    auth: createAuth(options.cluster.store),
    mvccRange: { from: MVCC_FROM, to: MVCC_TO },
    sha256: newSha256,
    sha1: (data: Bytes) => sha1(data),
    fatal: options.fatal,
    late: (ms) => metrics.loopLag.observe(ms),
  });
  const api = new MemberApi(member);
  const serving = {
    methods: metrics.counted(etcdMethods(api)),
    observe: (path: string, code: number) => metrics.handled(path, code),
    receiveBytesMax: config.requestBytesMax + GRPC_OVERHEAD_BYTES,
    nowMs: () => clock.monotonicMs(),
    ...servingOf(spec.serving),
  };
  const memberList = serving.methods.find((m) => m.path === MEMBER_LIST_PATH);
  if (memberList?.kind === "unary") asked.memberList = async (request) => memberList.handle(AS_ROOT, request);
  const gateway = createGateway(serving);
  const handle = handleHttp({ member, api, metrics });
  // JSON says in base64 what gRPC says in bytes.
  const bodyBytesMax = serving.receiveBytesMax * 2;
  const http = gatewayListener(gateway, httpListener(handle), bodyBytesMax);
  const grpc =
    spec.serving?.grpcServer === "grpc-js"
      ? await grpcJsServer(serving)
      : wireServer({ ...serving, http: gatewayExchange(gateway, handle, bodyBytesMax) });
  const clientPorts = await Promise.all(spec.clientUrls.map((url) => openClientPort(portOptions(url, security, { grpc, http }))));
  metrics.traffic = () => sumOf(clientPorts.map((p) => p.traffic()));
  publishWhenPossible(member, spec);
  // Loaded only by masters that have the role: a store alone starts without it.
  const kube =
    spec.apiUrl === undefined
      ? undefined
      : await (await import("./api.js")).serveApi(apiOptions(options, spec.apiUrl, { etcd: api, host, member }));
  return {
    member,
    api,
    clientPorts,
    serving: kube?.ready,
    stop: async (how = { transfer: true }) => {
      await kube?.stop();
      await member.stop(how);
      await Promise.all(clientPorts.map((p) => p.close()));
      await at.lock.release();
    },
  };
}

function apiOptions(
  options: MasterOptions,
  url: string,
  { member, ...more }: Pick<ServeApi, "etcd" | "host"> & { readonly member: StoreMember },
): ServeApi {
  const { front, loops = [], schedulerConfig } = options.cluster;
  const clusterDir = options.clusterDir ?? options.dataDir;
  const acting =
    loops.length === 0
      ? {}
      : { loops: { loops, name: options.name, member, ...(schedulerConfig === undefined ? {} : { schedulerConfig }) } };
  return { ...more, ...acting, spec: { url, ...(front === undefined ? {} : { front }) }, clusterDir, frontFd: options.frontFd };
}

function memberConfig(options: MasterOptions, spec: MasterSpec, identity: Identity): MemberConfig {
  return {
    ...options.cluster.store,
    name: spec.name,
    id: identity.id,
    clusterId: identity.clusterId,
    initialMembers: identity.founder ? identity.members : [],
    seeds: identity.members,
    clientUrls: spec.advertiseClientUrls,
    peerListenUrls: spec.peerUrls,
    advertisePeerUrls: spec.advertisePeerUrls,
    forceNewCluster: options.forceNewCluster ?? false,
  };
}

/** Tells the cluster name, client addresses and what we speak: once a start, as soon as somebody leads. */
function publishWhenPossible(member: StoreMember, spec: MasterSpec): void {
  const publish = { id: member.id, name: spec.name, clientUrls: [...spec.advertiseClientUrls], speaks: 1 };
  const attempt = (): void => {
    if (member.stopped) return;
    member.propose({ kind: "publish", publish }, {}).catch(attempt);
  };
  attempt();
}

function newSha256(): { update(bytes: Bytes): void; digest(): Bytes } {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

async function peerNet(options: WireNetOptions): Promise<Net> {
  if (process.env["TRIMAST_PEER_NET"] !== "grpc-js") return wireNet(options);
  // It would speak plain text to an address that says https.
  if (options.security !== undefined) throw new Error("TRIMAST_PEER_NET=grpc-js: peers within TLS need the usual transport");
  return grpcNet(options.limits);
}

function servingOf(set: ServingSettings = {}): { readonly streamsMax?: number; readonly keepAlive: KeepAlive } {
  return {
    ...(set.streamsMax === undefined ? {} : { streamsMax: set.streamsMax }),
    keepAlive: {
      minTimeMs: set.keepAliveMinTimeMs ?? DEFAULT_KEEP_ALIVE.minTimeMs,
      intervalMs: set.keepAliveIntervalMs ?? DEFAULT_KEEP_ALIVE.intervalMs,
      timeoutMs: set.keepAliveTimeoutMs ?? DEFAULT_KEEP_ALIVE.timeoutMs,
    },
  };
}

function portOptions(url: string, security: Security, serve: Pick<ClientPortOptions, "grpc" | "http">): ClientPortOptions {
  const secure = isSecure(url) ? security.client : undefined;
  return { ...serve, endpoint: endpointOf(url), ...(secure === undefined ? {} : { secure }) };
}

export const memberName = (id: MemberId): string => hexId(id);
