import { readdirSync, readFileSync } from "node:fs";
import type { Backend } from "../backend/index.js";
import { doubling, Histogram, hexId, type Labels, type MetricType, sampleLine } from "../base/index.js";
import { CLUSTER_VERSION, ETCD_VERSION, type StoreMember } from "../etcd/member/index.js";
import type { RpcMethod } from "../etcd/rpc/index.js";
import type { Wal } from "../wal/index.js";

/** Names of gRPC's codes as grpc-go's metrics spell them. */
const CODES =
  "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated".split(
    " ",
  );
const TYPES = { unary: "unary", serverStream: "server_stream", bidi: "bidi_stream" } as const;

export interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
export const sumOf = (all: readonly Traffic[]): Traffic => ({
  receivedBytes: all.reduce((sum, t) => sum + t.receivedBytes, 0),
  sentBytes: all.reduce((sum, t) => sum + t.sentBytes, 0),
});

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
interface CallCounts {
  readonly labels: Labels;
  started: number;
  readonly handled: number[];
}

/** What is counted while a master runs and is nobody else's to count. */
export class Metrics {
  readonly walSync = new Histogram(doubling(0.001, 14));
  readonly backendCommit = new Histogram(doubling(0.001, 14));
  readonly loopLag = new Histogram(doubling(1, 12));
  readonly health = { success: 0, failures: 0 };
  readonly checks = new Map<string, { readonly labels: Labels; count: number }>();
  readonly calls = new Map<string, CallCounts>();
  /** Of all client ports; set by whoever opens them. */
  traffic: () => Traffic = () => ({ receivedBytes: 0, sentBytes: 0 });

  /** The same methods, counted. */
  counted(methods: readonly RpcMethod[]): readonly RpcMethod[] {
    return methods.map((method) => this.#counted(method, this.#countsOf(method)));
  }
  #countsOf(method: RpcMethod): CallCounts {
    const cut = method.path.lastIndexOf("/");
    const labels = { grpc_service: method.path.slice(1, cut), grpc_method: method.path.slice(cut + 1), grpc_type: TYPES[method.kind] };
    const counts: CallCounts = { labels, started: 0, handled: [] };
    this.calls.set(method.path, counts);
    return counts;
  }
  #counted(method: RpcMethod, counts: CallCounts): RpcMethod {
    switch (method.kind) {
      case "unary":
        return { ...method, handle: (context, request) => method.handle(context, begun(counts, request)) };
      case "serverStream":
        return { ...method, handle: (context, request) => method.handle(context, begun(counts, request)) };
      case "bidi":
        return { ...method, open: (context, stream) => method.open(context, begun(counts, stream)) };
    }
  }

  /** A call ended; `path` is one of the methods'. */
  handled(path: string, code: number): void {
    const counts = this.calls.get(path);
    if (counts) counts.handled[code] = (counts.handled[code] ?? 0) + 1;
  }
  checked(type: string, name: string, status: "success" | "error"): void {
    const key = `${type}/${name}/${status}`;
    const row = this.checks.get(key) ?? { labels: { type, name, status }, count: 0 };
    row.count++;
    this.checks.set(key, row);
  }

  timedWal(wal: Wal): Wal {
    const append = wal.append.bind(wal);
    wal.append = (batch) => (batch.sync ? timed(this.walSync, () => append(batch)) : append(batch));
    return wal;
  }
  timedBackend(backend: Backend): Backend {
    const checkpoint = backend.checkpoint.bind(backend);
    backend.checkpoint = (meta) => timed(this.backendCommit, () => checkpoint(meta));
    return backend;
  }
}

function begun<T>(counts: CallCounts, what: T): T {
  counts.started++;
  return what;
}

async function timed<T>(histogram: Histogram, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await run();
  histogram.observe((performance.now() - began) / 1_000);
  return result;
}

// ---------------------------------------------------------------- the table

interface Source {
  readonly member: StoreMember;
  readonly metrics: Metrics;
}
interface Row {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly read: (at: Source) => number | readonly Sample[] | Histogram;
}
const counter = (name: string, help: string, read: Row["read"]): Row => ({ name, help, type: "counter", read });
const gauge = (name: string, help: string, read: Row["read"]): Row => ({ name, help, type: "gauge", read });
const histogram = (name: string, help: string, read: (at: Source) => Histogram): Row => ({ name, help, type: "histogram", read });
const one = (labels: Labels): readonly Sample[] => [{ labels, value: 1 }];
const flag = (is: boolean): number => (is ? 1 : 0);

const SERVER: readonly Row[] = [
  gauge("etcd_server_has_leader", "1 while this member knows a leader.", ({ member }) => flag(member.status.leader !== 0n)),
  gauge("etcd_server_is_leader", "1 while this member leads.", ({ member }) => flag(member.isLeader)),
  gauge("etcd_server_is_learner", "1 while this member has no vote.", ({ member }) => flag(member.isLearner)),
  counter(
    "etcd_server_leader_changes_seen_total",
    "Leaders that this member has seen begin.",
    ({ member }) => member.counters.leaderChanges,
  ),
  gauge("etcd_server_proposals_committed_total", "Highest log index known to be committed.", ({ member }) => member.raft.status().commit),
  gauge("etcd_server_proposals_applied_total", "Highest log index applied.", ({ member }) => member.state.appliedIndex),
  gauge(
    "etcd_server_proposals_pending",
    "Requests that wait for their place in the log or their turn.",
    ({ member }) => member.waiters.size,
  ),
  counter("etcd_server_proposals_failed_total", "Requests that ended without an outcome.", ({ member }) => member.counters.proposalsFailed),
  counter("etcd_server_slow_read_indexes_total", "Read rounds that had to be asked again.", ({ member }) => member.reads.slow),
  counter("etcd_server_read_indexes_failed_total", "Linearizable reads that found no leader in time.", ({ member }) => member.reads.failed),
  gauge("etcd_server_quota_backend_bytes", "Size at which writes are refused.", ({ member }) => member.parts.config.quotaBytes),
  gauge("etcd_server_id", "This member's id, as a label.", ({ member }) => one({ server_id: hexId(member.id) })),
  gauge("etcd_server_version", "The etcd release that this server speaks like, as a label.", () => one({ server_version: ETCD_VERSION })),
  gauge("etcd_cluster_version", "What all members speak, as a label.", () => one({ cluster_version: minor(CLUSTER_VERSION) })),
  counter("etcd_server_health_success", "Health questions answered with yes.", ({ metrics }) => metrics.health.success),
  counter("etcd_server_health_failures", "Health questions answered with no.", ({ metrics }) => metrics.health.failures),
  counter("etcd_server_healthchecks_total", "Single health checks by outcome.", ({ metrics }) => checksOf(metrics)),
];

const STORE: readonly Row[] = [
  gauge("etcd_mvcc_db_total_size_in_bytes", "Bytes of the store, history included.", ({ member }) => member.mvcc.sizeBytes()),
  gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes that a compaction now would keep.", ({ member }) => member.mvcc.sizeInUseBytes()),
  gauge("etcd_debugging_mvcc_keys_total", "Keys in the store.", ({ member }) => member.mvcc.keyCount()),
  gauge("etcd_debugging_mvcc_current_revision", "The store's revision.", ({ member }) => member.mvcc.revision()),
  gauge("etcd_debugging_mvcc_compact_revision", "Revision of the last compaction.", ({ member }) => member.mvcc.compactRevision()),
  gauge("etcd_debugging_mvcc_watch_stream_total", "Open watch streams.", ({ member }) => member.mvcc.watches.counts().streams),
  gauge("etcd_debugging_mvcc_watcher_total", "Watchers.", ({ member }) => member.mvcc.watches.counts().watchers),
  gauge("etcd_debugging_mvcc_slow_watcher_total", "Watchers behind the present.", ({ member }) => member.mvcc.watches.counts().slow),
  gauge(
    "etcd_debugging_mvcc_pending_events_total",
    "Events that watchers still wait for.",
    ({ member }) => member.mvcc.watches.counts().pendingEvents,
  ),
  gauge("trimast_leases", "Leases granted and not over.", ({ member }) => member.mvcc.leases().length),
];

const DISK: readonly Row[] = [
  histogram(
    "etcd_disk_wal_fsync_duration_seconds",
    "From handing a batch to the log until it is durable.",
    ({ metrics }) => metrics.walSync,
  ),
  histogram("etcd_disk_backend_commit_duration_seconds", "Time of a checkpoint of the store.", ({ metrics }) => metrics.backendCommit),
  gauge("trimast_wal_size_bytes", "Bytes of the log on disk.", ({ member }) => member.walBytes()),
  counter("trimast_checkpoints_total", "Checkpoints of the store.", ({ member }) => member.counters.checkpoints),
  counter("trimast_snapshots_sent_total", "Snapshots sent to members that lagged too far.", ({ member }) => member.counters.snapshotsSent),
  counter(
    "trimast_snapshots_installed_total",
    "Snapshots that took the store's place.",
    ({ member }) => member.counters.snapshotsInstalled,
  ),
];

const NETWORK: readonly Row[] = [
  gauge("etcd_network_known_peers", "Other members by id.", ({ member }) => perPeer(member, "Remote", () => 1)),
  gauge("etcd_network_active_peers", "1 while the link to the member is up.", ({ member }) => perPeer(member, "Remote", (v) => flag(v.up))),
  counter("etcd_network_peer_sent_bytes_total", "Bytes sent to a member.", ({ member }) => perPeer(member, "To", (v) => v.sentBytes)),
  counter("etcd_network_peer_received_bytes_total", "Bytes received from a member.", ({ member }) =>
    perPeer(member, "From", (v) => v.receivedBytes),
  ),
  counter("etcd_network_peer_sent_failures_total", "Frames dropped because the link was full or down.", ({ member }) =>
    perPeer(member, "To", (v) => v.droppedFrames),
  ),
  counter("etcd_network_client_grpc_received_bytes_total", "Bytes from clients.", ({ metrics }) => metrics.traffic().receivedBytes),
  counter("etcd_network_client_grpc_sent_bytes_total", "Bytes to clients.", ({ metrics }) => metrics.traffic().sentBytes),
  counter("grpc_server_started_total", "Calls begun.", ({ metrics }) =>
    [...metrics.calls.values()].map((c) => ({ labels: c.labels, value: c.started })),
  ),
  counter("grpc_server_handled_total", "Calls ended, by code.", ({ metrics }) => [...metrics.calls.values()].flatMap(handledOf)),
];

const PROCESS: readonly Row[] = [
  counter("process_cpu_seconds_total", "Processor time used.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }),
  gauge("process_resident_memory_bytes", "Memory held.", () => process.memoryUsage.rss()),
  gauge("process_start_time_seconds", "Start, in seconds since 1970.", () => Math.round((performance.timeOrigin / 1_000) * 100) / 100),
  gauge("process_open_fds", "Open files and sockets.", () => openFiles()),
  gauge("process_max_fds", "Files and sockets that may be open.", () => maxFiles()),
  gauge("os_fd_used", "Open files and sockets.", () => openFiles()),
  gauge("os_fd_limit", "Files and sockets that may be open.", () => maxFiles()),
  gauge("nodejs_heap_size_used_bytes", "JavaScript heap in use.", () => process.memoryUsage().heapUsed),
  histogram("loop_lag_ms", "How late timers run, in milliseconds.", ({ metrics }) => metrics.loopLag),
];

export const METRICS: readonly Row[] = [...SERVER, ...STORE, ...DISK, ...NETWORK, ...PROCESS];

/** The page that a scrape gets. */
export function metricsPage(at: Source): string {
  const out: string[] = [];
  for (const { name, help, type, read } of METRICS) {
    const value = read(at);
    const lines = value instanceof Histogram ? value.lines(name) : samples(value).map((s) => sampleLine(name, s.labels, s.value));
    if (lines.length > 0) out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines);
  }
  return `${out.join("\n")}\n`;
}
const samples = (value: number | readonly Sample[]): readonly Sample[] => (typeof value === "number" ? [{ labels: {}, value }] : value);

type PeerView = ReturnType<StoreMember["peers"]["views"]>[number];
const perPeer = (member: StoreMember, label: "Remote" | "To" | "From", value: (view: PeerView) => number): readonly Sample[] =>
  member.peers.views().map((v) => ({
    labels: label === "Remote" ? { Local: hexId(member.id), Remote: hexId(v.id) } : { [label]: hexId(v.id) },
    value: value(v),
  }));
const handledOf = (c: CallCounts): readonly Sample[] =>
  c.handled.map((value, code) => ({ labels: { grpc_code: CODES[code] ?? String(code), ...c.labels }, value })).filter((s) => s.value > 0);
const checksOf = (metrics: Metrics): readonly Sample[] => [...metrics.checks.values()].map((c) => ({ labels: c.labels, value: c.count }));
const minor = (version: string): string => version.split(".").slice(0, 2).join(".");

/** Linux tells by a folder and a table; elsewhere the lines are left out. */
function openFiles(): number | readonly Sample[] {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return [];
  }
}
function maxFiles(): number | readonly Sample[] {
  try {
    return Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Number.NaN) || [];
  } catch {
    return [];
  }
}
