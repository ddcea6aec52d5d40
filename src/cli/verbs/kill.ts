import {
  controlPost,
  livingSupervisor,
  type MasterStatus,
  type ProbeAnswer,
  processState,
  readClusterFile,
  signal,
} from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import { FAILOVER_TIMEOUT_MS } from "../limits.js";
import type { Out } from "../out.js";
import { pause, pollUntil } from "../poll.js";
import { type KillFacts, killText } from "../printers.js";
import { dataDirOf, masterName } from "../resolve.js";
import { type ClusterView, type MemberView, majority, observe, refOfMember, statusOf } from "../view.js";

export interface KillFlags {
  readonly dataDir?: string;
  readonly output?: string;
}

/** SIGKILL, and then the story of what the others do about it. */
export async function kill(who: string, flags: KillFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const before = await observe(dataDir);
  const victim = chosen(before, who);
  const process_ = refOfMember(victim);
  const survivors = before.members.filter((m) => m.name !== victim.name && m.state === "running");
  const began = performance.now();
  if (!signal(process_, "SIGKILL")) throw new CliError("TE0203", `${victim.name} is gone already`, { fix: `trimast start ${victim.name}` });
  const next = survivors.length >= majority(before.members.length) ? await follow(victim, survivors, began) : {};
  await pollUntil(FAILOVER_TIMEOUT_MS, () => (processState(process_) === "gone" ? true : undefined));
  const facts: KillFacts = { name: victim.name, pid: process_.pid, ...next };
  const after = await observe(dataDir);
  if (flags.output === "json") out.print(JSON.stringify(facts));
  else out.print(killText(out.style, facts, after, autoRestart(dataDir)));
  return EXIT.done;
}

export function chosen(view: ClusterView, who: string): MemberView {
  const name = who === "leader" ? view.quorum.leader : masterName(view.file.spec, who);
  if (name === null) throw new CliError("TE0203", "there is no leader now", { fix: "trimast wait --for=leader" });
  const member = view.members.find((m) => m.name === name);
  if (!member || member.state === "down") throw new CliError("TE0203", `${name} is down already`, { fix: `trimast start ${name}` });
  return member;
}

/** Watches the survivors, and sends an entry through the log meanwhile: its acknowledgement says when writes go on. */
async function follow(victim: MemberView, survivors: readonly MemberView[], began: number): Promise<Omit<KillFacts, "name" | "pid">> {
  const acknowledged = firstAcknowledged(survivors).then((answer) => answer && { ...answer, ms: performance.now() - began });
  const elected = victim.status?.role === "leader" ? await newLeader(victim, survivors, began) : undefined;
  const first = await acknowledged;
  if (!first) return elected ? { elected } : {};
  const known = victim.status?.commitIndex;
  const kept = known === undefined ? undefined : first.appliedIndex >= known;
  return { ...(elected ? { elected } : {}), acknowledged: { by: survivors.map((m) => m.name), ms: first.ms, kept } };
}

async function newLeader(victim: MemberView, survivors: readonly MemberView[], began: number): Promise<KillFacts["elected"]> {
  const led = (s: MasterStatus | undefined): s is MasterStatus => s !== undefined && s.leader !== "" && s.leader !== victim.name;
  return pollUntil(FAILOVER_TIMEOUT_MS, async () => {
    const statuses = await Promise.all(survivors.map((m) => statusOf(refOfMember(m))));
    const found = statuses.find(led);
    return found && { name: found.leader, term: found.term, ms: performance.now() - began };
  });
}

async function firstAcknowledged(survivors: readonly MemberView[]): Promise<ProbeAnswer | undefined> {
  const asks = survivors.map(async (m) => {
    for (const deadline = performance.now() + FAILOVER_TIMEOUT_MS; performance.now() < deadline; await pause(20)) {
      const answer = await controlPost<ProbeAnswer>(refOfMember(m).socket, "/probe", {}, { timeoutMs: FAILOVER_TIMEOUT_MS }).catch(
        () => undefined,
      );
      if (answer) return answer;
    }
    throw new Error("no answer");
  });
  return Promise.any(asks).catch(() => undefined);
}

/** Recorded by nobody but the one that does it: `up --restart` shows itself by starting masters again. */
function autoRestart(dataDir: string): boolean {
  const file = readClusterFile(dataDir);
  return file !== undefined && livingSupervisor(file) !== undefined && file.supervisor?.restart === true;
}

// ---------------------------------------------------------------- pause and resume

export async function pauseMaster(who: string, flags: KillFlags, out: Out): Promise<ExitCode> {
  return signalMaster(who, flags, out, { from: "running", signal: "SIGSTOP", to: "paused", undo: "resume" });
}
export async function resumeMaster(who: string, flags: KillFlags, out: Out): Promise<ExitCode> {
  return signalMaster(who, flags, out, { from: "paused", signal: "SIGCONT", to: "running", undo: "pause" });
}

interface Move {
  readonly from: "running" | "paused";
  readonly signal: "SIGSTOP" | "SIGCONT";
  readonly to: "running" | "paused";
  readonly undo: string;
}

async function signalMaster(who: string, flags: KillFlags, out: Out, move: Move): Promise<ExitCode> {
  if (process.platform === "win32") throw new CliError("TE0203", "Windows cannot pause a process", { fix: `trimast partition ${who}` });
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const view = await observe(dataDir);
  const member = chosen(view, who);
  if (member.state !== move.from) throw new CliError("TE0203", `${member.name} is ${member.state}, not ${move.from}`);
  signal(refOfMember(member), move.signal);
  const now = await pollUntil(FAILOVER_TIMEOUT_MS, async () => {
    const v = await observe(dataDir);
    return v.members.find((m) => m.name === member.name)?.state === move.to ? v : undefined;
  });
  if (!now) throw new CliError("TE0204", `${member.name} is not ${move.to}`);
  const { said } = await import("./faults.js");
  return said(`${member.name} is ${move.to} (${move.signal})`, `trimast ${move.undo} ${member.name}`, now, out);
}
