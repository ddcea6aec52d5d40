import {
  type ClusterSpec,
  DEFAULT_STORE,
  type MasterSpec,
  nearest,
  type ServingSettings,
  type StoreSettings,
} from "../master/cluster/index.js";
import { CliError } from "./errors.js";
import { checkCertificates, TLS_FLAGS, tlsOf } from "./etcd-tls.js";

type Kind = "string" | "bool" | "number" | "duration";
type Flags = Readonly<Record<string, Kind>>;

/** etcd's flags that do here what they do there, or that change nothing that this store has. */
export const SUPPORTED: Flags = {
  name: "string",
  "data-dir": "string",
  "snapshot-count": "number",
  "heartbeat-interval": "number",
  "election-timeout": "number",
  "initial-election-tick-advance": "bool",
  "listen-peer-urls": "string",
  "listen-client-urls": "string",
  "max-snapshots": "number",
  "max-wals": "number",
  "quota-backend-bytes": "number",
  "max-txn-ops": "number",
  "max-request-bytes": "number",
  "initial-advertise-peer-urls": "string",
  "initial-cluster": "string",
  "initial-cluster-state": "string",
  "initial-cluster-token": "string",
  "advertise-client-urls": "string",
  "strict-reconfig-check": "bool",
  "pre-vote": "bool",
  "auto-compaction-retention": "string",
  "auto-compaction-mode": "string",
  logger: "string",
  "log-outputs": "string",
  "log-level": "string",
  "log-format": "string",
  "watch-progress-notify-interval": "duration",
  "experimental-watch-progress-notify-interval": "duration",
  "max-learners": "number",
  "experimental-max-learners": "number",
  "snapshot-catchup-entries": "number",
  "experimental-snapshot-catchup-entries": "number",
  "force-new-cluster": "bool",
  "auth-token": "string",
  "auth-token-ttl": "number",
  "bcrypt-cost": "number",
  "config-file": "string",
  "grpc-keepalive-min-time": "duration",
  "grpc-keepalive-interval": "duration",
  "grpc-keepalive-timeout": "duration",
  "max-concurrent-streams": "number",
  version: "bool",
  ...TLS_FLAGS,
};

/** Settings of a machinery that is not here: any value means the same. Accepted so that scripts run, and said so in the log. */
export const WITHOUT_EFFECT: Flags = {
  "backend-batch-interval": "string",
  "backend-batch-limit": "number",
  "backend-bbolt-freelist-type": "string",
  "bootstrap-defrag-threshold-megabytes": "number",
  "experimental-bootstrap-defrag-threshold-megabytes": "number",
  "compaction-batch-limit": "number",
  "compaction-sleep-interval": "duration",
  "experimental-compaction-batch-limit": "number",
  "experimental-initial-corrupt-check": "bool",
  "experimental-corrupt-check-time": "duration",
  "corrupt-check-time": "duration",
  "compact-hash-check-time": "duration",
  "downgrade-check-time": "duration",
  "warning-apply-duration": "duration",
  "warning-unary-request-duration": "duration",
  "experimental-warning-apply-duration": "duration",
  "raft-read-timeout": "duration",
  "raft-write-timeout": "duration",
  metrics: "string",
  "enable-grpc-gateway": "bool",
  "enable-v2": "bool",
  "socket-reuse-port": "bool",
  "socket-reuse-address": "bool",
};

/** Known, and refused by name: who sets them relies on what they switch on. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  "wal-dir": "the log lies in the data directory",
  "listen-client-http-urls": "gRPC and HTTP share the client port",
  "listen-metrics-urls": "metrics are on the client port",
  "memory-mlock": "no memory is locked",
  "unsafe-no-fsync": "writes are always synced",
  "feature-gates": "there are no feature gates",
  "host-whitelist": "the Host header is not checked yet",
  cors: "browsers' cross-origin requests are not served yet",
  "enable-pprof": "profiling over HTTP is not there",
  "enable-log-rotation": "write to standard error and rotate there",
  "log-rotation-config-json": "write to standard error and rotate there",
  "enable-distributed-tracing": "tracing is not there",
  "distributed-tracing-address": "tracing is not there",
  "distributed-tracing-service-name": "tracing is not there",
  "distributed-tracing-instance-id": "tracing is not there",
  "distributed-tracing-sampling-rate": "tracing is not there",
  ...prefixed("members are found by --initial-cluster", [
    "discovery",
    "discovery-token",
    "discovery-endpoints",
    "discovery-dial-timeout",
    "discovery-request-timeout",
    "discovery-keepalive-time",
    "discovery-keepalive-timeout",
    "discovery-insecure-transport",
    "discovery-insecure-skip-tls-verify",
    "discovery-cert",
    "discovery-key",
    "discovery-cacert",
    "discovery-user",
    "discovery-password",
    "discovery-fallback",
    "discovery-proxy",
    "discovery-srv",
    "discovery-srv-name",
  ]),
};
function prefixed(why: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((n) => [n, why]));
}

export type EtcdSettings = ReadonlyMap<string, string>;
type Env = Readonly<Record<string, string | undefined>>;
export interface ParsedEtcd {
  readonly settings: EtcdSettings;
  readonly notes: readonly { readonly message: string; readonly fields: Readonly<Record<string, string>> }[];
}

const kindOf = (name: string): Kind | undefined => SUPPORTED[name] ?? WITHOUT_EFFECT[name];
const variableOf = (name: string): string => `ETCD_${name.toUpperCase().replaceAll("-", "_")}`;

/** `--flag=value`, `--flag value` and the same with one dash; a switch alone is true. */
export function parseEtcdArgs(args: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(args[i] ?? "");
    if (!match) throw new CliError("TE0702", `'${args[i]}' is not a valid flag`);
    const name = match[1] ?? "";
    const kind = knownKind(name);
    if (match[2] !== undefined) found.set(name, match[2]);
    else if (kind === "bool") found.set(name, "true");
    else if (i + 1 < args.length) found.set(name, args[++i] ?? "");
    else throw new CliError("TE0002", `flag --${name} needs a value`, { fix: `--${name}=VALUE` });
    checkValue(name, kind, found.get(name) ?? "");
  }
  return found;
}

function knownKind(name: string): Kind {
  const kind = kindOf(name);
  if (kind) return kind;
  const why = UNSUPPORTED[name];
  if (why !== undefined) throw new CliError("TE0701", `flag --${name} is not supported yet: ${why}`);
  const near = nearest(name, [...Object.keys(SUPPORTED), ...Object.keys(WITHOUT_EFFECT), ...Object.keys(UNSUPPORTED)]);
  throw new CliError("TE0702", `unknown flag --${name}${near ? `, did you mean --${near}?` : ""}`);
}

function checkValue(name: string, kind: Kind, value: string): void {
  const fits = {
    string: true,
    bool: /^(1|0|t|f|true|false|T|F|TRUE|FALSE|True|False)$/.test(value),
    number: /^-?\d+$/.test(value),
    duration: /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(value),
  };
  if (!fits[kind]) throw new CliError("TE0002", `invalid value "${value}" for flag --${name}: it is a ${kind}`, { fix: `--${name}=VALUE` });
}

/** Flags and ETCD_ variables together; the same setting from both is refused, as etcd refuses it. */
export function etcdSettings(args: readonly string[], env: Env): ParsedEtcd {
  const flags = parseEtcdArgs(args);
  const notes: { message: string; fields: Record<string, string> }[] = [];
  const settings = new Map(flags);
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith("ETCD_") || value === undefined || value === "") continue;
    const name = variable.slice(5).toLowerCase().replaceAll("_", "-");
    const kind = kindOf(name);
    if (kind === undefined) {
      if (UNSUPPORTED[name] !== undefined)
        throw new CliError("TE0701", `${variable} is not supported yet: ${UNSUPPORTED[name]}`, { fix: `unset ${variable}` });
      if (!IGNORED_VARIABLES.has(variable))
        notes.push({ message: "unrecognized environment variable", fields: { "environment-variable": `${variable}=${value}` } });
      continue;
    }
    if (flags.has(name)) {
      throw new CliError(
        "TE0703",
        `conflicting environment variable ${variable} is shadowed by the command-line flag --${name} (either unset the environment variable or disable the flag)`,
      );
    }
    checkValue(name, kind, value);
    settings.set(name, value);
    notes.push({ message: "recognized and used environment variable", fields: { "variable-name": variable, "variable-value": value } });
  }
  for (const name of settings.keys()) {
    if (name in WITHOUT_EFFECT)
      notes.push({ message: "the setting has no effect here", fields: { flag: `--${name}`, variable: variableOf(name) } });
  }
  return { settings, notes };
}
const IGNORED_VARIABLES: ReadonlySet<string> = new Set([
  "ETCD_UNSUPPORTED_ARCH",
  "ETCD_VERIFY",
  "ETCD_VER",
  "ETCD_VERSION",
  "ETCD_ENDPOINT",
]);

// ---------------------------------------------------------------- what they come to

export interface EtcdMaster {
  readonly cluster: ClusterSpec;
  readonly name: string;
  readonly dataDir: string;
  readonly initialState: "new" | "existing";
  readonly forceNewCluster: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat: "json" | "console";
  readonly logOutput: string;
}

const DEFAULT_CLIENT = "http://localhost:2379";
const DEFAULT_PEER = "http://localhost:2380";

export function etcdMaster(settings: EtcdSettings): EtcdMaster {
  const text = (name: string, otherwise: string): string => settings.get(name) ?? otherwise;
  const name = text("name", "default");
  const listenClient = urls("listen-client-urls", text("listen-client-urls", DEFAULT_CLIENT));
  if (settings.has("listen-client-urls") && !settings.has("advertise-client-urls")) {
    throw new CliError("TE0002", "--advertise-client-urls is required when --listen-client-urls is set explicitly", {
      fix: `--advertise-client-urls ${listenClient.join()}`,
    });
  }
  const advertisePeer = urls("initial-advertise-peer-urls", text("initial-advertise-peer-urls", DEFAULT_PEER));
  const tls = tlsOf(settings);
  const serving = servingOf(settings);
  const mine: MasterSpec = {
    name,
    clientUrls: listenClient,
    advertiseClientUrls: urls("advertise-client-urls", text("advertise-client-urls", DEFAULT_CLIENT)),
    peerUrls: urls("listen-peer-urls", text("listen-peer-urls", DEFAULT_PEER)),
    advertisePeerUrls: advertisePeer,
    ...(tls === undefined ? {} : { tls }),
    ...(serving === undefined ? {} : { serving }),
  };
  checkCertificates(mine);
  const masters = initialCluster(text("initial-cluster", advertisePeer.map((u) => `${name}=${u}`).join()), mine);
  const state = text("initial-cluster-state", "new");
  if (state !== "new" && state !== "existing")
    throw new CliError("TE0002", `invalid value "${state}" for --initial-cluster-state: new or existing`);
  const level = text("log-level", "info");
  return {
    cluster: { name: "etcd", masters, store: storeOf(settings) },
    name,
    dataDir: text("data-dir", `${name}.etcd`),
    initialState: state,
    forceNewCluster: isTrue(settings.get("force-new-cluster") ?? "false"),
    logLevel: level === "debug" || level === "warn" ? level : level === "info" ? "info" : "error",
    logFormat: text("log-format", "json") === "console" ? "console" : "json",
    logOutput: text("log-outputs", "default"),
  };
}

const isTrue = (value: string): boolean => /^(1|t|true)$/i.test(value);

function urls(flag: string, list: string): readonly string[] {
  return list.split(",").map((url) => {
    if (/^unixs?:\/\/./.test(url)) return url;
    if (!/^https?:\/\/(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}\/?$/.test(url)) {
      const why =
        /^\w+:\/\//.test(url) && !/^https?:/.test(url) ? "URL scheme must be http, https, unix, or unixs" : "URL must be http://host:port";
      throw new CliError("TE0002", `invalid value "${list}" for flag --${flag}: ${why}`, {
        fix: `--${flag} http://127.0.0.1:2379`,
      });
    }
    return url.replace(/\/$/, "");
  });
}

/** `m1=http://a:2380,m2=http://b:2380`; a name may come more than once. */
function initialCluster(list: string, mine: MasterSpec): readonly MasterSpec[] {
  const peers = new Map<string, string[]>();
  for (const part of list.split(",")) {
    const at = part.indexOf("=");
    if (at <= 0)
      throw new CliError("TE0002", `invalid value "${list}" for flag --initial-cluster: write name=url,name=url`, {
        fix: "--initial-cluster m1=http://127.0.0.1:2380",
      });
    const name = part.slice(0, at).trim();
    peers.set(name, [...(peers.get(name) ?? []), ...urls("initial-cluster", part.slice(at + 1).trim())]);
  }
  const own = peers.get(mine.name);
  if (!own)
    throw new CliError("TE0002", `couldn't find local name "${mine.name}" in the initial cluster configuration`, {
      fix: `--initial-cluster ${mine.name}=${mine.advertisePeerUrls[0]}`,
    });
  if (own.toSorted().join() !== mine.advertisePeerUrls.toSorted().join()) {
    throw new CliError(
      "TE0002",
      `--initial-cluster has ${mine.name}=${own.join()} but --initial-advertise-peer-urls is ${mine.advertisePeerUrls.join()}`,
      { fix: `--initial-advertise-peer-urls ${own.join()}` },
    );
  }
  return [...peers].map(([name, peerUrls]) =>
    name === mine.name ? mine : { name, clientUrls: [], advertiseClientUrls: [], peerUrls, advertisePeerUrls: peerUrls },
  );
}

function servingOf(settings: EtcdSettings): ServingSettings | undefined {
  const ms = (flag: string): number | undefined => {
    const value = settings.get(flag);
    return value === undefined ? undefined : goDurationMs(value);
  };
  const found = {
    streamsMax: settings.has("max-concurrent-streams") ? Number(settings.get("max-concurrent-streams")) : undefined,
    keepAliveMinTimeMs: ms("grpc-keepalive-min-time"),
    keepAliveIntervalMs: ms("grpc-keepalive-interval"),
    keepAliveTimeoutMs: ms("grpc-keepalive-timeout"),
  };
  const set = Object.entries(found).filter(([, value]) => value !== undefined);
  return set.length === 0 ? undefined : (Object.fromEntries(set) as ServingSettings);
}

function storeOf(settings: EtcdSettings): StoreSettings {
  const number = (names: readonly string[], otherwise: number): number => {
    const name = names.find((n) => settings.has(n));
    return name === undefined ? otherwise : Number(settings.get(name));
  };
  const heartbeatMs = number(["heartbeat-interval"], 100);
  const electionMs = number(["election-timeout"], 1_000);
  if (electionMs < 5 * heartbeatMs) {
    throw new CliError(
      "TE0002",
      `--election-timeout[${electionMs}ms] should be at least as 5 times as --heartbeat-interval[${heartbeatMs}ms]`,
      { fix: `--election-timeout ${heartbeatMs * 10}` },
    );
  }
  if (electionMs > 50_000)
    throw new CliError("TE0002", `--election-timeout[${electionMs}ms] is too long, and should be set less than 50000ms`, {
      fix: "--election-timeout 1000",
    });
  const quota = number(["quota-backend-bytes"], 0);
  const progress = settings.get("watch-progress-notify-interval") ?? settings.get("experimental-watch-progress-notify-interval");
  return {
    ...DEFAULT_STORE,
    token: settings.get("initial-cluster-token") ?? "etcd-cluster",
    heartbeatMs,
    electionMs,
    keepEntries: number(["snapshot-catchup-entries", "experimental-snapshot-catchup-entries"], DEFAULT_STORE.keepEntries),
    // 0 is etcd's default size; below it the quota is off.
    quotaBytes: quota === 0 ? DEFAULT_STORE.quotaBytes : quota < 0 ? Number.MAX_SAFE_INTEGER : quota,
    requestBytesMax: number(["max-request-bytes"], DEFAULT_STORE.requestBytesMax),
    txnOpsMax: number(["max-txn-ops"], DEFAULT_STORE.txnOpsMax),
    learnersMax: number(["max-learners", "experimental-max-learners"], DEFAULT_STORE.learnersMax),
    strictReconfigCheck: isTrue(settings.get("strict-reconfig-check") ?? "true"),
    progressNotifyMs: progress === undefined ? DEFAULT_STORE.progressNotifyMs : goDurationMs(progress),
    autoCompaction: autoCompactionOf(settings),
    authToken: settings.get("auth-token") ?? DEFAULT_STORE.authToken,
    authTokenTtlMs: number(["auth-token-ttl"], DEFAULT_STORE.authTokenTtlMs / 1_000) * 1_000,
    bcryptCost: number(["bcrypt-cost"], DEFAULT_STORE.bcryptCost),
  };
}

function autoCompactionOf(settings: EtcdSettings): StoreSettings["autoCompaction"] {
  const mode = settings.get("auto-compaction-mode") ?? "periodic";
  const retention = settings.get("auto-compaction-retention") ?? "0";
  if (mode !== "periodic" && mode !== "revision")
    throw new CliError("TE0002", `unknown auto-compaction-mode "${mode}"`, { fix: "--auto-compaction-mode periodic" });
  if (mode === "revision") {
    if (!/^\d+$/.test(retention))
      throw new CliError("TE0002", `auto-compaction-retention ${retention} is not a number of revisions`, {
        fix: "--auto-compaction-retention 1000",
      });
    return Number(retention) === 0 ? { kind: "off" } : { kind: "revision", retention: Number(retention) };
  }
  // A bare number is hours.
  const retentionMs = /^\d+$/.test(retention) ? Number(retention) * 3_600_000 : goDurationMs(retention);
  if (!Number.isFinite(retentionMs))
    throw new CliError("TE0002", `error parsing auto-compaction-retention: ${retention}`, { fix: "--auto-compaction-retention 1h" });
  return retentionMs === 0 ? { kind: "off" } : { kind: "periodic", retentionMs };
}

const GO_UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Go's duration text in milliseconds; NaN when it is none. */
export function goDurationMs(text: string): number {
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return Number.NaN;
  let total = 0;
  for (const [, n, , unit] of text.matchAll(/(\d+(\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(n) * (GO_UNITS_MS[unit ?? ""] ?? 0);
  return total;
}
