import { bad, ok, paint, type Style, sign, table, warn } from "./style.js";
import { brokenNow, type ClusterView, hasQuorum, type MemberView, majority } from "./view.js";

/** The shape of `status -o json`; people's scripts read it. */
export function statusJson(view: ClusterView) {
  return {
    quorum: view.quorum,
    members: view.members.map((m) => ({
      name: m.name,
      pid: m.process?.pid ?? null,
      state: m.state,
      role: m.status?.role ?? null,
      term: m.status?.term ?? null,
      raftIndex: m.status?.raftIndex ?? null,
      appliedIndex: m.status?.appliedIndex ?? null,
      clientUrl: m.clientUrl,
      peerUrl: m.peerUrl,
      rssBytes: m.rssBytes,
    })),
  };
}

export function statusText(style: Style, view: ClusterView): string {
  const rows = [["MEMBER", "STATE", "ROLE", "TERM", "INDEX", "APPLIED", "CLIENT"], ...view.members.map((m) => narrow(style, m))];
  return [table(rows), "", ...quorumLines(style, view)].join("\n");
}

export function statusWide(style: Style, view: ClusterView): string {
  const top = Math.max(0, ...view.members.map((m) => m.status?.commitIndex ?? 0));
  const head = ["MEMBER", "STATE", "ROLE", "TERM", "INDEX", "APPLIED", "LAG", "RSS", "CPU", "UP", "PID", "CLIENT", "PEER"];
  const rows = view.members.map((m) => {
    const [name = "", state = "", role = "", term = "", index = "", applied = "", client = ""] = narrow(style, m);
    const lag = m.status ? String(Math.max(0, top - m.status.appliedIndex)) : "-";
    const extra = [lag, megabytes(m.rssBytes), cpuShare(m), m.status ? age(m.status.upMs) : "-", String(m.process?.pid ?? "-")];
    return [name, state, role, term, index, applied, ...extra, client, bare(m.peerUrl)];
  });
  return [table([head, ...rows]), "", ...quorumLines(style, view)].join("\n");
}

function narrow(style: Style, m: MemberView): string[] {
  const state = paint(style, m.state === "running" ? "green" : m.state === "paused" ? "yellow" : "red", m.state);
  const s = m.status;
  const text = (n: number | undefined): string => (n === undefined ? "-" : String(n));
  return [m.name, state, s?.role ?? "-", text(s?.term), text(s?.raftIndex), text(s?.appliedIndex), bare(m.clientUrl)];
}

/** Clients take host:port for plain text; any other scheme must be said. */
export const bare = (url: string): string => url.replace(/^http:\/\//, "");
export const megabytes = (bytes: number): string => (bytes === 0 ? "-" : `${Math.round(bytes / 1024 / 1024)} MB`);
const cpuShare = (m: MemberView): string => (m.status ? `${(m.status.cpuMicros / 10 / Math.max(1, m.status.upMs)).toFixed(1)}%` : "-");
export function age(ms: number): string {
  const s = Math.floor(ms / 1_000);
  if (s < 60) return `${s}s`;
  if (s < 3_600) return `${Math.floor(s / 60)}m`;
  return s < 86_400 ? `${Math.floor(s / 3_600)}h` : `${Math.floor(s / 86_400)}d`;
}

/** How much more may fail, and what is broken now. */
export function quorumLines(style: Style, view: ClusterView): string[] {
  const { members, up, canLose, leader, term } = view.quorum;
  const lines: string[] = [];
  if (!hasQuorum(view.quorum)) lines.push(bad(style, `${up} of ${members} up: NO QUORUM. Writes wait; ${majority(members)} are needed.`));
  else if (leader === null) lines.push(warn(style, `${up} of ${members} up, no leader yet`));
  else lines.push((canLose > 0 ? ok : warn)(style, `${up} of ${members} up, ${leader} leads in term ${term}: ${margin(canLose)}`));
  for (const b of brokenNow(view)) lines.push(warn(style, `${b.what}   fix: ${b.fix}`));
  return lines;
}
export const margin = (canLose: number): string => (canLose > 0 ? `can lose ${canLose} more` : "losing one more stops writes");

export interface ReadyFacts {
  readonly version: string;
  readonly dataDir: string;
  readonly readyMs: number;
  readonly clientUrls: readonly string[];
  /** The API's address, and the file that clients of it need. */
  readonly api?: { readonly url: string; readonly kubeconfig: string };
  readonly leader: string;
  readonly term: number;
  readonly pids: readonly (readonly [string, number])[];
  readonly keys: boolean;
  readonly detached: boolean;
}

/** At most twelve lines: what runs, where, and what to type next. */
export function readyBlock(style: Style, f: ReadyFacts): string {
  const n = f.clientUrls.length;
  const dot = ` ${sign(style, "dot")} `;
  const arrow = paint(style, "green", sign(style, "arrow"));
  const title = paint(style, "bold", `trimast v${f.version}`);
  const endpoints = f.clientUrls.map(bare).join(",");
  const first = f.clientUrls[0] === undefined ? "" : bare(f.clientUrls[0]);
  const api = f.api === undefined ? [] : [`  ${arrow}  API      ${f.api.url}`, `  ${arrow}  export KUBECONFIG=${f.api.kubeconfig}`];
  const tries = [
    ...(f.api === undefined ? [] : ["kubectl get namespaces"]),
    // With TLS it would need the names of three files more; ours finds them.
    first.includes("://") ? "trimast kv put hello world" : `etcdctl --endpoints ${first} put hello world`,
    "trimast kill leader",
    f.detached ? "trimast down" : f.keys ? "press h + enter for help" : "ctrl-c stops",
  ];
  return [
    `  ${title}   ${n} master${n === 1 ? "" : "s"}${dot}data ${f.dataDir}   ready in ${paint(style, "bold", `${Math.round(f.readyMs)} ms`)}`,
    "",
    ...api,
    `  ${arrow}  etcd     ${endpoints}`,
    `  ${arrow}  leader   ${f.leader} in term ${f.term}   ${margin(n - majority(n))}`,
    `  ${arrow}  pids     ${f.pids.map(([name, pid]) => `${name} ${pid}`).join(dot)}`,
    `  try:  ${tries.join(`  ${sign(style, "dot")}  `)}`,
  ].join("\n");
}

export interface KillFacts {
  readonly name: string;
  readonly pid: number;
  readonly elected?: { readonly name: string; readonly term: number; readonly ms: number };
  readonly acknowledged?: { readonly by: readonly string[]; readonly ms: number; readonly kept: boolean | undefined };
}

export function killText(style: Style, f: KillFacts, view: ClusterView, autoRestart: boolean): string {
  const { members, up, canLose } = view.quorum;
  const at = (ms: number): string => `t=+${Math.round(ms)} ms`;
  if (!hasQuorum(view.quorum)) {
    return [
      bad(style, `${f.name} killed (pid ${f.pid}, SIGKILL). ${up} of ${members} up: NO QUORUM. Serializable reads go on; writes wait.`),
      `    fix:  trimast start ${f.name}      or      trimast start --all        why: trimast explain TE0401`,
    ].join("\n");
  }
  const steps: string[][] = [[bad(style, `${f.name} killed (pid ${f.pid}, SIGKILL)`), "t=0"]];
  if (f.elected) steps.push([ok(style, `${f.elected.name} elected, term ${f.elected.term}`), at(f.elected.ms)]);
  if (f.acknowledged) {
    const lost =
      f.acknowledged.kept === undefined ? "" : f.acknowledged.kept ? "0 acknowledged writes lost" : "THE LOG IS SHORTER THAN BEFORE";
    steps.push([ok(style, `first write acknowledged by ${f.acknowledged.by.join(",")}`), at(f.acknowledged.ms), lost]);
  }
  const next = canLose > 0 ? `can lose ${canLose} more.` : "losing one more stops writes.";
  const restart = autoRestart ? "it is started again by itself" : `heal: trimast start ${f.name}   (auto-restart is off)`;
  return [table(steps, ""), warn(style, `${up} of ${members} masters up: ${next}   ${restart}`)].join("\n");
}
