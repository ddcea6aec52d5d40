import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RemoteEtcd, type RemoteTls } from "../../src/etcd/rpc/client/index.js";
import { isSecure } from "../../src/host/index.js";
import type { GrpcAdapter } from "../../src/master/cluster/index.js";
import { TestCa } from "../kit/certificates.js";
import { type ClusterTls, TestCluster } from "../kit/masters.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";

/** History is kept by both while they are measured: neither may run into its quota. */
const QUOTA_BYTES = 8 * 1024 ** 3;
const READY_MS_MAX = 60_000;
const STATUS_MS_MAX = 2_000;

/** Three members of one kind on this machine. */
export interface System {
  readonly name: "trimast" | "etcd";
  readonly members: readonly Member[];
  start(member: Member): void;
  kill(member: Member, signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}
export interface Member {
  readonly name: string;
  readonly endpoint: string;
  process: ChildProcess | undefined;
}

export interface StartOptions {
  readonly wait?: boolean;
  /** TLS to clients and between members, both sides of which show certificates. */
  readonly tls?: boolean;
  /** Ours alone. */
  readonly grpcServer?: GrpcAdapter;
}

/** The same files for both systems. */
let authority: { readonly ca: TestCa; readonly member: { readonly certFile: string; readonly keyFile: string } } | undefined;
function certificates(): NonNullable<typeof authority> {
  if (authority !== undefined) return authority;
  const ca = new TestCa();
  process.once("exit", () => ca.remove());
  authority = { ca, member: ca.issue("member") };
  return authority;
}
const remoteOf = (endpoint: string): { readonly tls?: RemoteTls } => (isSecure(endpoint) ? { tls: { insecureSkipVerify: true } } : {});

function clusterTls(): ClusterTls {
  const { ca, member } = certificates();
  const client = { kind: "files", ...member } as const;
  return { settings: { client, peer: { ...client, trustedCaFile: ca.caFile } }, remote: { insecureSkipVerify: true } };
}

export async function startTrimast(options: StartOptions = {}): Promise<System> {
  const cluster = await TestCluster.create(
    3,
    { quotaBytes: QUOTA_BYTES },
    { tls: options.tls ? clusterTls() : undefined, grpcServer: options.grpcServer },
  );
  const system: System = {
    name: "trimast",
    members: cluster.masters,
    start: (m) => cluster.startMaster(cluster.master(m.name)),
    kill: (m, signal) => cluster.kill(cluster.master(m.name), signal),
    stop: () => cluster.stop(),
  };
  return started(system, options);
}

export async function startEtcd(binary: string, options: StartOptions = {}): Promise<System> {
  const ports = await freePorts(6);
  const directory = mkdtempSync(join(tmpdir(), "trimast-bench-"));
  const url = (port: number | undefined): string => `${options.tls ? "https" : "http"}://127.0.0.1:${port}`;
  const members = [0, 1, 2].map((i) => ({
    name: `e${i + 1}`,
    endpoint: url(ports[i * 2]),
    peer: url(ports[i * 2 + 1]),
    process: undefined as ChildProcess | undefined,
  }));
  const cluster = members.map((m) => `${m.name}=${m.peer}`).join(",");
  const system: System = {
    name: "etcd",
    members,
    start: ({ name }) => {
      const m = members.find((x) => x.name === name);
      if (m) m.process = spawnEtcd(binary, { ...m, directory, cluster });
    },
    kill: killMember,
    stop: async () => {
      await Promise.all(members.map((m) => killMember(m)));
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return started(system, options);
}

function spawnEtcd(
  binary: string,
  m: { readonly name: string; readonly endpoint: string; readonly peer: string; readonly directory: string; readonly cluster: string },
): ChildProcess {
  const log = openSync(join(m.directory, `${m.name}.log`), "a");
  const flags = {
    name: m.name,
    "data-dir": join(m.directory, m.name),
    "listen-client-urls": m.endpoint,
    "advertise-client-urls": m.endpoint,
    "listen-peer-urls": m.peer,
    "initial-advertise-peer-urls": m.peer,
    "initial-cluster": m.cluster,
    "initial-cluster-token": "bench",
    "initial-cluster-state": "new",
    "quota-backend-bytes": `${QUOTA_BYTES}`,
    "log-level": "error",
    ...(isSecure(m.endpoint) ? etcdTls() : {}),
  };
  return spawn(
    binary,
    Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    { stdio: ["ignore", log, log] },
  );
}

function etcdTls(): Readonly<Record<string, string>> {
  const { ca, member } = certificates();
  return {
    "cert-file": member.certFile,
    "key-file": member.keyFile,
    "peer-cert-file": member.certFile,
    "peer-key-file": member.keyFile,
    "peer-trusted-ca-file": ca.caFile,
    "peer-client-cert-auth": "true",
  };
}

/** Nothing outlives this process, however it ends. */
const STARTED = new Set<System>();
process.once("exit", () => {
  for (const m of [...STARTED].flatMap((s) => s.members)) m.process?.kill("SIGKILL");
});

async function started(system: System, options: StartOptions): Promise<System> {
  STARTED.add(system);
  if (options.wait === false) return system;
  for (const m of system.members) system.start(m);
  await ready(system);
  return system;
}

async function killMember(m: Member, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  const child = m.process;
  if (!child) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  await gone;
  m.process = undefined;
}

export async function withApi<T>(member: Member, use: (api: RemoteEtcd) => Promise<T>): Promise<T> {
  const api = new RemoteEtcd({ endpoints: [member.endpoint], ...remoteOf(member.endpoint) });
  try {
    return await use(api);
  } finally {
    api.close();
  }
}
export const inTime = (ms = STATUS_MS_MAX): { readonly deadlineMonotonicMs: number } => ({ deadlineMonotonicMs: performance.now() + ms });

/** Every running member knows a leader. */
export async function ready(system: System): Promise<void> {
  await Promise.all(
    system.members
      .filter((m) => m.process)
      .map((m) =>
        until(
          `${system.name} ${m.name} knows a leader`,
          () => withApi(m, async (api) => (await api.status(inTime())).leader !== 0n),
          READY_MS_MAX,
        ),
      ),
  );
}
export async function leaderOf(system: System): Promise<Member> {
  return until(`${system.name} has a leader`, async () => {
    for (const m of system.members.filter((x) => x.process)) {
      const s = await withApi(m, (api) => api.status(inTime())).catch(() => undefined);
      if (s && s.leader !== 0n && s.leader === s.header.memberId) return m;
    }
    return undefined;
  });
}
export const others = (system: System, member: Member): Member[] => system.members.filter((m) => m !== member);

export const whereIs = (program: string): string | undefined => {
  try {
    return execFileSync("sh", ["-c", 'command -v -- "$1"', "sh", program], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
};
export function versionOf(binary: string): string {
  try {
    return /etcd Version: (\S+)/.exec(execFileSync(binary, ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}

/** Resident size of a process, in bytes; what /proc says. */
export function residentBytes(m: Member): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${m.process?.pid}/status`, "utf8"));
  return Number(line?.[1] ?? Number.NaN) * 1024;
}
/** Processor time used so far, in seconds. */
export function processorSeconds(m: Member): number {
  const fields = readFileSync(`/proc/${m.process?.pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}
/** USER_HZ: 100 on every Linux that Node runs on. */
const CLOCK_TICKS = 100;
