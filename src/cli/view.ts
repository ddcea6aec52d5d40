import {
  type ClusterFile,
  type ClusterSpec,
  controlGet,
  type MasterProcess,
  type MasterStatus,
  type ProcessRef,
  processState,
  readClusterFile,
  rssBytesOf,
} from "../master/cluster/index.js";
import { CliError } from "./errors.js";
import { STATUS_TIMEOUT_MS } from "./limits.js";

/** `unreachable`: the process is there and does not answer. */
export type MemberState = "running" | "paused" | "unreachable" | "down";

export interface MemberView {
  readonly name: string;
  readonly process: MasterProcess | undefined;
  readonly state: MemberState;
  readonly status: MasterStatus | undefined;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly rssBytes: number;
}

export interface ClusterView {
  readonly file: ClusterFile;
  readonly members: readonly MemberView[];
  readonly quorum: Quorum;
}

export interface Quorum {
  readonly members: number;
  readonly up: number;
  /** How many of those up may still be lost; 0 also when there is no quorum. */
  readonly canLose: number;
  readonly leader: string | null;
  readonly term: number;
}

export const majority = (members: number): number => Math.floor(members / 2) + 1;
export const hasQuorum = (q: Quorum): boolean => q.up >= majority(q.members);

/** The cluster that the data directory names, or the error that nothing was started there. */
export function clusterIn(dataDir: string): ClusterFile {
  const file = readClusterFile(dataDir);
  if (!file)
    throw new CliError("TE0201", `no cluster in ${dataDir}`, {
      fix: `trimast up${dataDir === ".trimast" ? "" : ` --data-dir ${dataDir}`}`,
    });
  return file;
}

export async function observe(dataDir: string): Promise<ClusterView> {
  const file = clusterIn(dataDir);
  const members = await Promise.all(file.spec.masters.map((m) => memberView(file, m)));
  return { file, members, quorum: quorumOf(members) };
}

async function memberView(file: ClusterFile, spec: ClusterSpec["masters"][number]): Promise<MemberView> {
  const known = file.masters.find((m) => m.name === spec.name);
  const at = { name: spec.name, clientUrl: spec.advertiseClientUrls[0] ?? "", peerUrl: spec.advertisePeerUrls[0] ?? "" };
  const alive = known === undefined ? "gone" : processState(known);
  if (known === undefined || alive === "gone") return { ...at, process: undefined, state: "down", status: undefined, rssBytes: 0 };
  const rssBytes = rssBytesOf(known.pid);
  if (alive === "paused") return { ...at, process: known, state: "paused", status: undefined, rssBytes };
  const status = await statusOf(known);
  return { ...at, process: known, state: status ? "running" : "unreachable", status, rssBytes: status?.rssBytes ?? rssBytes };
}

export const statusOf = (process: { readonly socket: string }, timeoutMs = STATUS_TIMEOUT_MS): Promise<MasterStatus | undefined> =>
  controlGet<MasterStatus>(process.socket, "/status", { timeoutMs }).catch(() => undefined);

export function quorumOf(members: readonly MemberView[]): Quorum {
  const up = members.filter((m) => m.state === "running");
  const enough = up.length - majority(members.length);
  const term = Math.max(0, ...up.map((m) => m.status?.term ?? 0));
  const leader = up.filter((m) => m.status?.role === "leader").sort((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0];
  return { members: members.length, up: up.length, canLose: Math.max(0, enough), leader: enough < 0 ? null : (leader?.name ?? null), term };
}

export interface Fault {
  readonly members: readonly [string, string];
  readonly drop: boolean;
  readonly delayMs: number;
}

/** Injected faults, each pair once. */
export function faultsIn(view: ClusterView): readonly Fault[] {
  const seen = new Map<string, Fault>();
  for (const m of view.members) {
    for (const f of m.status?.faults ?? []) {
      const pair = [m.name, f.peer].sort() as [string, string];
      const before = seen.get(pair.join());
      seen.set(pair.join(), { members: pair, drop: f.drop || before?.drop === true, delayMs: Math.max(f.delayMs, before?.delayMs ?? 0) });
    }
  }
  return [...seen.values()];
}

/** Everything that is not as it should be, each with what mends it. */
export function brokenNow(view: ClusterView): readonly { readonly what: string; readonly fix: string }[] {
  const broken: { what: string; fix: string }[] = [];
  for (const m of view.members) {
    if (m.state === "down") broken.push({ what: `${m.name} is down`, fix: `trimast start ${m.name}` });
    if (m.state === "paused") broken.push({ what: `${m.name} is paused`, fix: `trimast resume ${m.name}` });
    if (m.state === "unreachable") broken.push({ what: `${m.name} does not answer`, fix: `trimast restart ${m.name}` });
    for (const alarm of m.status?.alarms ?? [])
      broken.push({ what: `alarm ${alarm}`, fix: "compact and defragment, then disarm the alarm" });
  }
  for (const f of faultsIn(view)) {
    const pair = f.members.join(" and ");
    broken.push({ what: f.drop ? `${pair} are cut off from each other` : `${pair} are slowed by ${f.delayMs} ms`, fix: "trimast heal" });
  }
  return broken.filter((b, i) => broken.findIndex((x) => x.what === b.what) === i);
}

export const refOfMember = (m: MemberView): ProcessRef & { readonly socket: string } => {
  if (!m.process) throw new CliError("TE0203", `${m.name} is down`, { fix: `trimast start ${m.name}` });
  return m.process;
};
