import { readdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import {
  CLUSTER_LIMITS,
  type ClusterFile,
  controlPost,
  livingMasters,
  livingSupervisor,
  MasterFailed,
  type MasterProcess,
  NotReadyInTime,
  processState,
  readClusterFile,
  type StopRequest,
  Supervisor,
  signal,
  stopNodes,
  updateClusterFile,
  withoutSupervisor,
} from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import { EXIT_TIMEOUT_MS, START_TIMEOUT_MS } from "../limits.js";
import type { Out } from "../out.js";
import { pollUntil } from "../poll.js";
import { quorumLines } from "../printers.js";
import { dataDirOf, masterNames } from "../resolve.js";
import { ok, warn } from "../style.js";
import { clusterIn, hasQuorum, observe } from "../view.js";

export interface LifeFlags {
  readonly dataDir?: string;
  readonly all?: boolean;
  readonly rolling?: boolean;
  readonly yes?: boolean;
}

const dataDirIn = (flags: LifeFlags): string => dataDirOf(flags.dataDir, process.env);

// ---------------------------------------------------------------- start

/** Starts masters that are down: by `up` while it is attached, as daemons otherwise. */
export async function start(names: readonly string[], flags: LifeFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirIn(flags);
  const file = clusterIn(dataDir);
  const alive = new Set(livingMasters(file).map((m) => m.name));
  const wanted = flags.all ? file.spec.masters.map((m) => m.name) : masterNames(file.spec, names);
  if (wanted.length === 0) throw new CliError("TE0001", "start needs a master's name or --all", { fix: "trimast start --all" });
  for (const name of wanted) if (alive.has(name)) out.print(ok(out.style, `${name} is running already`));
  const missing = wanted.filter((n) => !alive.has(n));
  const began = performance.now();
  await launch(dataDir, file, missing);
  for (const name of missing) out.print(ok(out.style, `${name} started   ${Math.round(performance.now() - began)} ms`));
  const view = await observe(dataDir);
  for (const line of quorumLines(out.style, view)) out.print(line);
  if (!hasQuorum(view.quorum)) out.print("    next: trimast start --all");
  return EXIT.done;
}

async function launch(dataDir: string, file: ClusterFile, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const supervisor = livingSupervisor(file);
  if (supervisor) {
    await controlPost(supervisor.socket, "/start", { names });
    return answering(dataDir, names);
  }
  const own = new Supervisor({ dataDir, cluster: file.spec, origin: file.origin, attached: false, restart: false, onEvent: () => {} });
  own.start(names);
  // A minority cannot elect anybody: listening is all that can be waited for.
  const settled = own.ready(START_TIMEOUT_MS).catch((error: unknown) => {
    if (error instanceof NotReadyInTime) return;
    throw error;
  });
  try {
    await Promise.race([settled, answering(dataDir, names)]);
  } catch (error) {
    if (error instanceof MasterFailed)
      throw new CliError(error.failure.code === "locked" ? "TE0301" : "TE0104", error.message, {
        fix: `see ${dataDir}/logs/${error.master}.log`,
      });
    throw error;
  } finally {
    own.release();
  }
}

/** All of these answer, and know a leader if enough are up. */
async function answering(dataDir: string, names: readonly string[]): Promise<void> {
  const done = await pollUntil(START_TIMEOUT_MS, async () => {
    const view = await observe(dataDir);
    const mine = view.members.filter((m) => names.includes(m.name));
    if (!mine.every((m) => m.state === "running")) return undefined;
    return !hasQuorum(view.quorum) || mine.every((m) => m.status?.leader !== "") ? true : undefined;
  });
  if (!done)
    throw new CliError("TE0402", `${names.join(",")} did not answer within ${START_TIMEOUT_MS} ms`, { fix: `see ${dataDir}/logs` });
}

// ---------------------------------------------------------------- stop

/** Ends processes in order and waits for it; who takes too long is killed. */
async function end(dataDir: string, masters: readonly MasterProcess[], request: StopRequest): Promise<void> {
  await Promise.all(
    masters.map(async (m) => {
      signal(m, "SIGCONT");
      await controlPost(m.socket, "/stop", request).catch(() => signal(m, "SIGTERM"));
      const limit = request.transfer ? EXIT_TIMEOUT_MS : CLUSTER_LIMITS.STOP_MS_MAX;
      const gone = (ms: number) => pollUntil(ms, () => (processState(m) === "gone" ? true : undefined));
      if (await gone(limit)) return;
      signal(m, "SIGKILL");
      if (!(await gone(EXIT_TIMEOUT_MS))) throw new CliError("TE0204", `${m.name} (pid ${m.pid}) does not end`);
    }),
  );
  updateClusterFile(
    dataDir,
    (file) => file && { ...file, masters: file.masters.filter((m) => !masters.some((x) => x.name === m.name && x.pid === m.pid)) },
  );
}

/** Stops everything that runs in the directory; the data stays. */
export async function down(flags: LifeFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirIn(flags);
  const stopped = await stopAll(dataDir);
  if (stopped === 0) out.print(ok(out.style, `nothing runs in ${dataDir}`));
  else out.print(ok(out.style, `${stopped} master${stopped === 1 ? "" : "s"} stopped, data kept in ${dataDir}`));
  out.print(`    next: trimast up${flags.dataDir === undefined ? "" : ` --data-dir ${dataDir}`}`);
  return EXIT.done;
}

async function stopAll(dataDir: string): Promise<number> {
  const file = readClusterFile(dataDir);
  if (!file) return 0;
  const masters = livingMasters(file);
  const supervisor = livingSupervisor(file);
  stopNodes(dataDir);
  if (supervisor) {
    const told = await controlPost(supervisor.socket, "/stop", {}).catch(() => undefined);
    const gone = told && (await pollUntil(EXIT_TIMEOUT_MS, () => (processState(supervisor) === "gone" ? true : undefined)));
    if (!gone) signal(supervisor, "SIGKILL");
  }
  const left = masters.filter((m) => processState(m) !== "gone");
  await end(dataDir, left, { transfer: false });
  updateClusterFile(dataDir, (f) => f && { ...withoutSupervisor(f), masters: [] });
  return masters.length;
}

/** Gone for good: data, logs, remembered ports. */
export async function reset(flags: LifeFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirIn(flags);
  if (!isOurs(dataDir)) {
    out.print(ok(out.style, `nothing of ours in ${dataDir}`));
    return EXIT.done;
  }
  if (!flags.yes && !(await confirmed(dataDir))) {
    out.print(warn(out.style, "nothing was deleted"));
    return EXIT.failed;
  }
  const stopped = await stopAll(dataDir).catch((error: unknown) => {
    if ((error as Error).name === "ClusterFileBroken") return 0;
    throw error;
  });
  rmSync(dataDir, { recursive: true, force: true });
  out.print(ok(out.style, `deleted ${dataDir}${stopped > 0 ? ` (${stopped} masters stopped)` : ""}`));
  out.print("    next: trimast up");
  return EXIT.done;
}

/** A directory without cluster.json is not deleted, whatever its name. */
function isOurs(dataDir: string): boolean {
  try {
    return readdirSync(dataDir).includes("cluster.json");
  } catch {
    return false;
  }
}

async function confirmed(dataDir: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CliError("TE0205", `reset deletes everything in ${dataDir}`, { fix: "trimast reset --yes" });
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`  delete everything in ${dataDir}? [y/N] `);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

// ---------------------------------------------------------------- restart

/** With --rolling (or one name) the quorum never breaks: one at a time, each back and led before the next. */
export async function restart(names: readonly string[], flags: LifeFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirIn(flags);
  const file = clusterIn(dataDir);
  const wanted = names.length > 0 ? masterNames(file.spec, names) : file.spec.masters.map((m) => m.name);
  const groups = flags.rolling ? rollingOrder(wanted, (await observe(dataDir)).quorum.leader) : [wanted];
  for (const group of groups) await restartTogether(dataDir, group, out);
  for (const line of quorumLines(out.style, await observe(dataDir))) out.print(line);
  return EXIT.done;
}

/** The leader last: one election instead of one a master. */
function rollingOrder(names: readonly string[], leader: string | null): readonly (readonly string[])[] {
  return [...names.filter((n) => n !== leader), ...names.filter((n) => n === leader)].map((n) => [n]);
}

async function restartTogether(dataDir: string, names: readonly string[], out: Out): Promise<void> {
  const began = performance.now();
  const file = clusterIn(dataDir);
  const supervisor = livingSupervisor(file);
  if (supervisor) await controlPost(supervisor.socket, "/expect", { names });
  const masters = livingMasters(file).filter((m) => names.includes(m.name));
  await end(dataDir, masters, { transfer: names.length < file.spec.masters.length });
  await launch(dataDir, clusterIn(dataDir), names);
  out.print(ok(out.style, `${names.join(",")} restarted   ${Math.round(performance.now() - began)} ms`));
}
