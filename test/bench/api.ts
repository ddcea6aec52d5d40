import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestApi } from "../kit/api.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";
import { type Heard, openWatchers } from "./api-watchers.js";
import { loadHttp, type Shape } from "./h2load.js";
import { alternate, type BenchOptions } from "./options.js";
import { startEtcd } from "./systems.js";
import type { Row } from "./table.js";

/** An apiserver and a token of an administrator. */
interface ApiSystem {
  readonly server: string;
  readonly token: string;
  /** Of the member below it, which runs on the same thread; undefined where there is none. */
  readonly metrics?: string;
  stop(): Promise<void>;
}
const SHAPE: Shape = { connections: 10, streams: 10 };
const READY_MS_MAX = 60_000;
const MAPS = "/api/v1/namespaces/default/configmaps";
/** Of the list that is read whole, and how many are made at a time. */
const LISTED = 12_000;
const LISTED_SHORT = 300;
const AT_ONCE = 40;
/** Objects that are added while it is watched how late timers run. */
const ADDED = 100_000;
const map = (name: Record<string, string>): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: name,
  data: { value: "v".repeat(256) },
});

/** Three masters, one of which is asked, and a kube-apiserver beside three etcds. */
export async function apiBench(options: BenchOptions): Promise<Row[]> {
  const ours = await startOurs();
  try {
    const peer =
      options.apiPeerBinary === undefined || options.peerBinary === undefined
        ? undefined
        : await startPeer(options.apiPeerBinary, options.peerBinary);
    try {
      return await measured({ ours, peer }, options);
    } finally {
      await peer?.stop();
    }
  } finally {
    await ours.stop();
  }
}

interface Sides {
  readonly ours: ApiSystem;
  readonly peer: ApiSystem | undefined;
}
async function measured(sides: Sides, options: BenchOptions): Promise<Row[]> {
  const both = [sides.ours, ...(sides.peer ? [sides.peer] : [])];
  for (const side of both) made(await call(side, "POST", MAPS, map({ name: "one" })));
  const watched = await watchersOf(sides, options);
  const rows = [...watched, await loaded(sides, options, "get", `${MAPS}/one`), await loaded(sides, options, "create", MAPS)];
  const count = options.keys < LISTED ? LISTED_SHORT : LISTED;
  for (const side of both) await fill(side, count);
  const path = "/api/v1/namespaces/bench-list/configmaps";
  const runs = await alternate(sides, options.pairs, async (side) => {
    const from = performance.now();
    made(await call(side, "GET", path));
    return performance.now() - from;
  });
  options.progress("list");
  const lag = await lagOf(sides.ours, options.keys < LISTED ? LISTED_SHORT : ADDED);
  options.progress("lag");
  return [...rows, lag, { name: `list of ${count}`, unit: "ms", better: "lower", ours: runs.ours, peer: runs.peer }];
}

async function loaded(sides: Sides, options: BenchOptions, what: "get" | "create", path: string): Promise<Row> {
  const body = what === "create" ? Buffer.from(JSON.stringify(map({ generateName: "bench-" }))) : undefined;
  const runs = await alternate(sides, options.pairs, async (side) => {
    const headers = [`authorization: Bearer ${side.token}`, "content-type: application/json"];
    const result = await loadHttp({
      url: `${side.server}${path}`,
      ...(body ? { body } : {}),
      headers,
      shape: SHAPE,
      seconds: options.seconds,
    });
    if (result.failed > 0 || !(result.succeeded > 0)) throw new Error(`${what}: ${result.succeeded} succeeded, ${result.failed} failed`);
    return result.perSecond;
  });
  options.progress(what);
  return { name: `${what} 10 x 10`, unit: "/s", better: "higher", ours: runs.ours, peer: runs.peer };
}

const WATCHED = "/api/v1/namespaces/default/configmaps?watch=true&labelSelector=watched%3Dtrue";
const FANS = [
  { watchers: 200, connections: 20 },
  { watchers: 1_000, connections: 50 },
];
const FANS_SHORT = [{ watchers: 20, connections: 4 }];
const CHANGES_A_SECOND = 50;
/** What is not delivered so long after the last change counts as lost. */
const LATE_MS = 5_000;

const watchedMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "watched", labels: { watched: "true" } } };
/** A change of 1 KB is written every 20 ms, and told to all. */
async function watchersOf(sides: Sides, options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const side of [sides.ours, ...(sides.peer ? [sides.peer] : [])]) made(await call(side, "POST", MAPS, watchedMap));
  for (const fan of options.keys < LISTED ? FANS_SHORT : FANS) {
    const runs = await alternate(sides, options.pairs, (side) => fannedOut(side, fan, options.seconds));
    const name = `${fan.watchers} watchers on ${fan.connections} connections`;
    const row = (what: string, unit: string, figure: (h: Heard) => number): Row => ({
      name: `${name}: ${what}`,
      unit,
      better: unit === "ms" ? "lower" : "higher",
      ours: runs.ours.map(figure),
      peer: runs.peer.map(figure),
    });
    rows.push(
      row("p50", "ms", (h) => h.p50),
      row("p99", "ms", (h) => h.p99),
      row("delivered", "%", (h) => h.delivered * 100),
    );
    options.progress(name);
  }
  return rows;
}

async function fannedOut(side: ApiSystem, fan: (typeof FANS)[number], seconds: number): Promise<Heard> {
  const { resourceVersion } = (
    JSON.parse(made(await call(side, "GET", `${MAPS}?limit=1`)).text) as { metadata: { resourceVersion: string } }
  ).metadata;
  const watchers = await openWatchers(side, `${WATCHED}&resourceVersion=${resourceVersion}`, fan);
  try {
    const changes = seconds * CHANGES_A_SECOND;
    const answers: Promise<Called>[] = [];
    const from = performance.now();
    for (let i = 0; i < changes; i++) {
      const due = from + (i * 1_000) / CHANGES_A_SECOND;
      await new Promise((done) => setTimeout(done, Math.max(0, due - performance.now())));
      const data = { mark: watchers.next(), value: "v".repeat(1_000) };
      // Without a version, nobody else's change is in its way.
      answers.push(call(side, "PUT", `${MAPS}/watched`, { ...watchedMap, data }));
    }
    for (const answer of await Promise.all(answers)) made(answer);
    return await watchers.heard(changes, LATE_MS);
  } finally {
    watchers.close();
  }
}

async function fill(side: ApiSystem, count: number, name = "bench-list"): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  made(await call(side, "POST", "/api/v1/namespaces", namespace));
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) made(await call(side, "POST", `/api/v1/namespaces/${name}/configmaps`, map({ name: `m-${next++}` })));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** How late timers run in the master that is asked, while many objects are added. */
async function lagOf(side: ApiSystem, count: number): Promise<Row> {
  const read = async (): Promise<ReadonlyMap<number, number>> => lagBuckets(await (await fetch(side.metrics ?? "")).text());
  const before = await read();
  await fill(side, count, "bench-lag");
  const after = await read();
  const p99 = quantile(new Map([...after].map(([le, n]) => [le, n - (before.get(le) ?? 0)])), 0.99);
  return { name: `loop lag p99 while ${count} are added`, unit: "ms", better: "lower", ours: [p99], peer: [] };
}
/** Samples up to each bound. */
function lagBuckets(text: string): ReadonlyMap<number, number> {
  const lines = text.matchAll(/^loop_lag_ms_bucket\{le="([^"]+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, le, n]) => [le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), Number(n)]));
}
/** As Prometheus reckons it: evenly spread within a bucket. */
function quantile(buckets: ReadonlyMap<number, number>, q: number): number {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const rank = q * (sorted.at(-1)?.[1] ?? 0);
  let [low, below] = [0, 0];
  for (const [le, n] of sorted) {
    if (n >= rank) return Number.isFinite(le) ? low + ((le - low) * (rank - below)) / Math.max(1, n - below) : low;
    [low, below] = [le, n];
  }
  return low;
}

const AGENT = new Agent({ keepAlive: true });
interface Called {
  readonly code: number;
  readonly text: string;
}
function made(answer: Called): Called {
  if (answer.code >= 300) throw new Error(`${answer.code}: ${answer.text.slice(0, 300)}`);
  return answer;
}
function call(side: Pick<ApiSystem, "server" | "token">, method: string, path: string, body?: object): Promise<Called> {
  const headers = { authorization: `Bearer ${side.token}`, "content-type": "application/json" };
  return new Promise((done, fail) => {
    const req = request(`${side.server}${path}`, { method, headers, agent: AGENT, rejectUnauthorized: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (c: Buffer) => chunks.push(c));
      res.on("error", fail);
      res.on("end", () => done({ code: res.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }));
    });
    req.on("error", fail);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Both are asked with the token of a service account that may do everything: the administrator's certificate spares a server that work. */
async function account(ask: (method: string, path: string, body: object) => Promise<Called>): Promise<string> {
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "bench" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: "bench", namespace: "default" }],
  };
  made(await ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding));
  const serviceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "bench" } };
  made(await ask("POST", "/api/v1/namespaces/default/serviceaccounts", serviceAccount));
  const answer = made(await ask("POST", "/api/v1/namespaces/default/serviceaccounts/bench/token", { spec: {} }));
  return (JSON.parse(answer.text) as { readonly status: { readonly token: string } }).status.token;
}

async function startOurs(): Promise<ApiSystem> {
  const api = await TestApi.start(3);
  const token = await account((method, path, body) => api.request(method, path, body));
  const [server = ""] = api.servers;
  return { server, token, metrics: `${api.stores[0]}/metrics`, stop: () => api.stop() };
}

/** A kube-apiserver on three etcds: what it acknowledges is on two disks of three, as with us. */
async function startPeer(binary: string, etcdBinary: string): Promise<ApiSystem> {
  const etcd = await startEtcd(etcdBinary);
  const directory = mkdtempSync(join(tmpdir(), "trimast-bench-api-"));
  const administrator = "administrator";
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = join(directory, "sa.key");
  writeFileSync(key, privateKey.export({ type: "pkcs1", format: "pem" }));
  writeFileSync(join(directory, "tokens.csv"), `${administrator},admin,admin,"system:masters"\n`);
  const [port] = (await freePorts(1)) as [number];
  const flags = {
    "etcd-servers": etcd.members.map((m) => m.endpoint).join(","),
    "secure-port": `${port}`,
    "bind-address": "127.0.0.1",
    "cert-dir": join(directory, "certificates"),
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-signing-key-file": key,
    "service-account-key-file": key,
    "token-auth-file": join(directory, "tokens.csv"),
    "authorization-mode": "RBAC",
    "service-cluster-ip-range": "10.96.0.0/16",
    "disable-admission-plugins": "ServiceAccount",
  };
  const log = openSync(join(directory, "log"), "a");
  const child: ChildProcess = spawn(
    binary,
    Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    { stdio: ["ignore", log, log] },
  );
  process.once("exit", () => child.kill("SIGKILL"));
  const side = { server: `https://127.0.0.1:${port}`, token: administrator };
  const stop = async (): Promise<void> => {
    const gone = new Promise((done) => child.once("exit", done));
    if (child.exitCode === null && child.kill("SIGKILL")) await gone;
    await etcd.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const isReady = async (): Promise<boolean> => (await call(side, "GET", "/readyz").catch(() => ({ code: 0 }))).code === 200;
  await until("kube-apiserver is ready", isReady, READY_MS_MAX).catch(async (error) => {
    await stop();
    throw error;
  });
  // What every namespace has is made by a controller that does not run here.
  const token = await account((method, path, body) => call(side, method, path, body));
  return { server: side.server, token, stop };
}
