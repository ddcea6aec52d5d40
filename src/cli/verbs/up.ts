import { resolve } from "node:path";
import { isSecure } from "../../host/index.js";
import {
  CLUSTER_LIMITS,
  type ClusterFile,
  type ClusterSpec,
  kubeconfigPath,
  LOOPS,
  livingMasters,
  livingSupervisor,
  MasterFailed,
  type MasterSpec,
  masterDirectory,
  offLoopback,
  ownerOfPort,
  type PortTaken,
  portsTaken,
  readClusterFile,
  type StartedNodes,
  Supervisor,
  startNodes,
  stopNodes,
  withApi,
  withFreePorts,
  withoutApi,
} from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode, toCliError } from "../errors.js";
import { bindKeys } from "../hot-keys.js";
import type { Out } from "../out.js";
import { bare, readyBlock } from "../printers.js";
import { type ClusterFlags, dataDirOf, pick, type WantedCluster, wantedCluster, withGrpcServer } from "../resolve.js";
import { bad, ok, warn } from "../style.js";
import { createReport, type Report } from "../up-report.js";
import { VERSION } from "../version.js";
import { observe } from "../view.js";

export interface UpFlags extends ClusterFlags {
  readonly roles?: string;
  readonly nodes?: string;
  readonly schedulerConfig?: string;
  readonly dataDir?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly ports?: string;
  readonly grpcServer?: string;
  readonly restart?: boolean;
}

interface Plan {
  readonly dataDir: string;
  readonly spec: ClusterSpec;
  readonly origin: string;
}

/** Starts every master and stays with them; with --detach it leaves when they are ready. */
export async function up(flags: UpFlags, out: Out): Promise<ExitCode> {
  checkFlags(flags);
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const before = readClusterFile(dataDir);
  if (before && (livingSupervisor(before) || livingMasters(before).length > 0)) return alreadyRuns(dataDir, before, flags, out);
  const made = await withRoles(await makePlan(dataDir, before, flags), flags, before !== undefined);
  const plan = { ...made, spec: withGrpcServer(made.spec, flags.grpcServer, process.env) };
  const taken = await portsTaken(plan.spec.masters);
  if (taken[0]) throw portError(taken[0], before !== undefined);
  return run(plan, flags, out);
}

/** What masters can be, as --roles names it; each needs those before the loops. */
const ROLES: readonly string[] = ["store", "apiserver", ...LOOPS];

/** undefined: nobody said. */
function rolesOf(flags: UpFlags): ReadonlySet<string> | undefined {
  const said = pick(flags.roles, "roles", process.env);
  if (said === undefined) return undefined;
  const roles = new Set(said.value.split(","));
  const unknown = [...roles].find((role) => !ROLES.includes(role));
  const missing = [...roles].some((role) => role !== "store") && (roles.has("apiserver") ? undefined : "apiserver");
  const why =
    unknown !== undefined
      ? `roles are ${ROLES.join(", ")}`
      : !roles.has("store")
        ? "every master has a store (an apiserver elsewhere: trimast apiserver)"
        : missing
          ? "the loops speak to the apiserver"
          : undefined;
  if (why === undefined) return roles;
  throw new CliError("TE0002", `${said.from} ${said.value}: ${why}`, { fix: `trimast up --roles ${ROLES.join(",")}` });
}

function checkFlags(flags: UpFlags): void {
  rolesOf(flags);
  nodesOf(flags);
  if (flags.ports !== undefined && flags.ports !== "auto")
    throw new CliError("TE0002", `--ports ${flags.ports}: it is auto, or left out`, { fix: "trimast up --ports auto" });
  if (flags.detach && flags.restart)
    throw new CliError("TE0002", "--restart needs `up` to stay: nobody is there to restart a daemon", {
      fix: "leave --detach or --restart out",
    });
}

/** The API is served and the loops act unless --roles says otherwise; a directory keeps the addresses that it had. */
async function withRoles(plan: Plan, flags: UpFlags, remembered: boolean): Promise<Plan> {
  const roles = rolesOf(flags);
  const had = plan.spec.masters.every((m) => m.apiUrl !== undefined);
  if (roles?.has("apiserver") === false || (roles === undefined && remembered && !had)) return { ...plan, spec: withoutApi(plan.spec) };
  const loops = roles === undefined ? (remembered ? plan.spec.loops : LOOPS) : LOOPS.filter((loop) => roles.has(loop));
  const spec = remembered && had ? plan.spec : await withApi(plan.spec, isAutoPorts(flags) ? "free" : "known");
  const nodes = nodesOf(flags) ?? (remembered ? spec.nodes : roles === undefined ? NODES_BY_DEFAULT : undefined);
  const config = pick(flags.schedulerConfig, "scheduler-config", process.env)?.value;
  const schedulerConfig = config === undefined ? spec.schedulerConfig : await checkedConfig(config);
  return {
    ...plan,
    spec: {
      ...spec,
      ...(loops === undefined ? {} : { loops }),
      ...(nodes === undefined ? {} : { nodes }),
      ...(schedulerConfig === undefined ? {} : { schedulerConfig }),
    },
  };
}
/** A mistake in it is said here, not in a master's log. */
async function checkedConfig(file: string): Promise<string> {
  const { readSchedulerConfig } = await import("../../master/loops/index.js");
  const path = resolve(file);
  try {
    readSchedulerConfig(path);
  } catch (error) {
    throw new CliError("TE0101", (error as Error).message);
  }
  return path;
}
/** Hollow nodes that start with masters that have all roles. */
const NODES_BY_DEFAULT = 3;
const NODES_MAX = 20_000;
/** undefined: nobody said. */
function nodesOf(flags: UpFlags): number | undefined {
  const said = pick(flags.nodes, "nodes", process.env);
  if (said === undefined) return undefined;
  const count = Number(said.value);
  if (/^\d+$/.test(said.value) && count <= NODES_MAX) return count;
  throw new CliError("TE0002", `${said.from} ${said.value}: a number of hollow nodes up to ${NODES_MAX}`, { fix: "trimast up --nodes 3" });
}
const isAutoPorts = (flags: UpFlags): boolean => pick(flags.ports, "ports", process.env)?.value === "auto";

/** The directory remembers its masters: names and peer addresses are their identity. Settings of the store may change. */
async function makePlan(dataDir: string, before: ClusterFile | undefined, flags: UpFlags): Promise<Plan> {
  const wanted = await wantedCluster(flags, process.env);
  const ports = pick(flags.ports, "ports", process.env)?.value;
  if (before) return { dataDir, ...remembered(dataDir, before, wanted, ports) };
  const spec = ports === "auto" ? await withFreePorts(wanted.spec) : wanted.spec;
  const outside = offLoopback(spec.masters)[0];
  if (outside !== undefined) throw new CliError("TE0102", `${bare(outside)} in ${wanted.from} is not a loopback address`);
  return { dataDir, spec, origin: wanted.from };
}

function remembered(dataDir: string, before: ClusterFile, wanted: WantedCluster, ports: string | undefined): Omit<Plan, "dataDir"> {
  if (wanted.byDefault) return { spec: before.spec, origin: before.origin };
  const identity = (spec: ClusterSpec): string =>
    spec.masters.map((m) => (ports === "auto" || isAuto(before) ? m.name : `${m.name} ${m.advertisePeerUrls.join()}`)).join();
  if (identity(before.spec) === identity(wanted.spec) && before.spec.store.token === wanted.spec.store.token) {
    return { spec: { ...before.spec, store: wanted.spec.store, masters: mastersOf(before, wanted.spec, ports) }, origin: wanted.from };
  }
  const list = (spec: ClusterSpec): string => spec.masters.map((m) => `${m.name} ${bare(m.advertisePeerUrls[0] ?? "")}`).join(", ");
  throw new CliError("TE0103", `${dataDir} was made with ${list(before.spec)}; ${wanted.from} has ${list(wanted.spec)}`);
}
/** As the file has them now, clients' addresses and certificates included: one that was given TLS must not go on in plain text. Ports that
 *  came from the system stay, with the schemes that the file asks for. */
function mastersOf(before: ClusterFile, wanted: ClusterSpec, ports: string | undefined): readonly MasterSpec[] {
  if (ports !== "auto" && !isAuto(before)) return wanted.masters;
  return before.spec.masters.map((m) => {
    const now = wanted.masters.find((w) => w.name === m.name);
    const scheme = now?.clientUrls.some(isSecure) ? "https:" : "http:";
    const urls = m.clientUrls.map((u) => u.replace(/^https?:/, scheme));
    const { tls: _before, ...rest } = m;
    return { ...rest, clientUrls: urls, advertiseClientUrls: urls, ...(now?.tls === undefined ? {} : { tls: now.tls }) };
  });
}

/** Its ports came from the system, not from its file. */
const isAuto = (file: ClusterFile): boolean => file.spec.masters.every((m) => !m.peerUrls.some((u) => /:\d?238\d$/.test(u)));

function portError(taken: PortTaken, remembers: boolean): CliError {
  if (taken.code !== "EADDRINUSE")
    return new CliError("TE0109", `${bare(taken.url)} (${taken.use} address of ${taken.member}): ${taken.code}`);
  const owner = ownerOfPort(taken.port);
  const by = owner ? `"${owner.command}" (pid ${owner.pid})` : "an unknown process";
  const fix = remembers
    ? `end ${owner ? `it (kill ${owner.pid})` : "it"}, or trimast up --data-dir OTHER --ports auto`
    : "trimast up --ports auto     or other ports with --config";
  return new CliError("TE0107", `port ${taken.port} (${taken.use} address of ${taken.member}) is used by ${by}`, { fix });
}

async function alreadyRuns(dataDir: string, file: ClusterFile, flags: UpFlags, out: Out): Promise<ExitCode> {
  const view = await observe(dataDir);
  const { up: running, members, leader } = view.quorum;
  if (flags.json) out.print(JSON.stringify({ event: "alreadyRunning", members: running, leader }));
  else {
    const by = livingSupervisor(file);
    out.print(
      ok(
        out.style,
        `already running in ${dataDir}: ${running} of ${members} masters up, leader ${leader ?? "none"}${by ? ` (up: pid ${by.pid})` : ""}`,
      ),
    );
    out.print(`    next: trimast status      ${running < members ? "trimast start --all      " : ""}trimast down`);
  }
  return EXIT.done;
}

// ---------------------------------------------------------------- running

async function run(plan: Plan, flags: UpFlags, out: Out): Promise<ExitCode> {
  const attached = flags.detach !== true;
  const report = createReport(out, { json: flags.json === true });
  const supervisor = new Supervisor({
    dataDir: plan.dataDir,
    cluster: plan.spec,
    origin: plan.origin,
    attached,
    restart: flags.restart === true,
    onEvent: report.event,
  });
  const ended = attached ? untilStopped(supervisor, plan, out, report) : undefined;
  await supervisor.prepareApi();
  supervisor.start(plan.spec.masters.map((m) => m.name));
  // While the masters load: `down` and `start` work from the first moment.
  const listening = ended && supervisor.listen(() => ended.stop("down"));
  try {
    const ready = supervisor.ready(CLUSTER_LIMITS.READY_TIMEOUT_MS);
    if (ended) await Promise.race([ready, ended.done]);
    else await ready;
  } catch (error) {
    await supervisor.stop();
    throw explain(error, plan);
  }
  const nodes = ended?.stopping() ? undefined : startHollow(plan, attached);
  if (!ended?.stopping()) announce(plan, flags, supervisor, report);
  if (!ended) {
    await nodes?.registered.catch((error: Error) => out.complain(warn(out.errorStyle, `hollow nodes: ${error.message}`)));
    nodes?.release();
    supervisor.release();
    return EXIT.done;
  }
  nodes?.registered.then(
    () => flags.json || out.print(ok(out.style, `${plan.spec.nodes} hollow nodes joined`)),
    (error: Error) => ended.stopping() || out.complain(warn(out.errorStyle, `hollow nodes: ${error.message}`)),
  );
  await listening;
  if (!flags.json) bindKeys({ supervisor, plan, out, report, quit: () => ended.stop("quit") });
  return ended.done;
}

/** They reach the API by the front, so masters may come and go. */
function startHollow({ spec, dataDir }: Plan, attached: boolean): StartedNodes | undefined {
  const { nodes: count = 0, front } = spec;
  return count === 0 || front === undefined ? undefined : startNodes({ dataDir, count, attached });
}

function announce(plan: Plan, flags: UpFlags, supervisor: Supervisor, report: Report): void {
  const { name, term } = supervisor.leader;
  const readyMs = performance.now();
  const clientUrls = plan.spec.masters.flatMap((m) => m.advertiseClientUrls.slice(0, 1));
  const pids = supervisor.running.map((n) => [n, supervisor.pidOf(n) ?? 0] as const);
  const { front } = plan.spec;
  const api = front === undefined ? {} : { api: { url: front, kubeconfig: resolve(kubeconfigPath(plan.dataDir)) } };
  const facts = { version: VERSION, dataDir: plan.dataDir, readyMs, clientUrls, ...api, leader: name, term, pids };
  report.ready(facts, (out) => readyBlock(out.style, { ...facts, keys: process.stdin.isTTY === true, detached: flags.detach === true }));
}

function explain(error: unknown, plan: Plan): CliError {
  const known = toCliError(error);
  if (!(error instanceof MasterFailed)) return known;
  const log = resolve(plan.dataDir, "logs", `${error.master}.log`);
  if (known.code === "TE0301")
    return new CliError("TE0301", `${error.master}: ${error.failure.message}`, {
      fix: `trimast down --data-dir ${plan.dataDir}, or end that process`,
    });
  if (known.code === "TE0105") return new CliError("TE0105", `${masterDirectory(plan.dataDir, error.master)}: ${error.failure.message}`);
  return new CliError(known.code, `${error.message}\nlog: ${log}`);
}

interface Ended {
  readonly done: Promise<ExitCode>;
  stop(why: "signal" | "down" | "quit"): void;
  stopping(): boolean;
}

/** Ctrl-C stops in order; a second one kills. */
function untilStopped(supervisor: Supervisor, plan: Plan, out: Out, report: Report): Ended {
  let stopping = false;
  let resolveDone: (code: ExitCode) => void = () => {};
  const done = new Promise<ExitCode>((r) => {
    resolveDone = r;
  });
  const stop = (why: "signal" | "down" | "quit"): void => {
    if (stopping) {
      supervisor.killAll();
      if (why === "signal") out.complain(bad(out.errorStyle, "killed"));
      return;
    }
    stopping = true;
    const began = performance.now();
    stopNodes(plan.dataDir);
    void supervisor.stop().then((count) => {
      report.stopped(count, plan.dataDir, performance.now() - began);
      resolveDone(why === "signal" ? EXIT.interrupted : EXIT.done);
    });
  };
  process.on("SIGINT", () => stop("signal"));
  process.on("SIGTERM", () => stop("signal"));
  process.on("SIGHUP", () => stop("signal"));
  return { done, stop, stopping: () => stopping };
}
