import { seededRandom } from "../../src/base/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import type { TestMaster } from "../kit/masters.js";
import { until } from "../kit/until.js";
import { checkHistory, checkMembersAgree, type Finding, Log } from "./checker.js";
import { Leaseholder, Worker } from "./clients.js";
import { Field, wait } from "./field.js";
import { type Change, emptyHistory, type History, LEASED } from "./history.js";
import { type FaultRecord, Nemesis } from "./nemesis.js";
import { checkRegister, registerOf } from "./registers.js";
import { prefixEnd, rangeOf, text, watchOf } from "./requests.js";
import { Watcher } from "./watchers.js";

export interface ChaosOptions {
  readonly masters: number;
  readonly seed: number;
  readonly durationMs: number;
  readonly workers: number;
  /** How long a harm lasts, and how long the calm between two. */
  readonly harmMs: number;
  readonly calmMs: number;
  readonly progress: (line: string) => void;
}

export interface ChaosReport {
  readonly options: ChaosOptions;
  readonly faults: readonly FaultRecord[];
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refused: number;
  readonly reads: number;
  readonly events: number;
  readonly watchReconnections: number;
  readonly gaps: readonly Gap[];
  readonly registers: { readonly checked: number; readonly undecided: number; readonly impossible: readonly string[] };
  readonly findings: readonly Finding[];
  readonly crashes: readonly string[];
  readonly skipped: readonly string[];
  readonly revision: number;
  readonly keptIn: string | undefined;
}

/** A stretch without an acknowledged write. */
export interface Gap {
  readonly startMs: number;
  readonly endMs: number;
}

/** Room for the log's segments and the reserve below which a master raises the alarm. */
const SMALL_DISK_MIB = 384;
const SMALL_DISK_MIB_A_MINUTE = 32;
/** Longest that expired leases, slow watchers and late members may take once everything is well again. */
const SETTLE_MS_MAX = 30_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const smallDiskMiB = SMALL_DISK_MIB + Math.ceil((options.durationMs / 60_000) * SMALL_DISK_MIB_A_MINUTE);
  const field = await Field.start(options.masters, { smallDiskMiB });
  let failed = true;
  try {
    await field.cluster.ready();
    const report = await attackAndCheck(field, options);
    failed = !isGood(report);
    return failed ? { ...report, keptIn: field.cluster.directory } : report;
  } catch (error) {
    const alarms = await field.alarms();
    throw new Stuck(field, options, { error, alarms });
  } finally {
    await field.stop({ keep: failed });
  }
}

/** The masters did not come back, or could not be asked: as bad as a loss. */
export class Stuck extends Error {
  override readonly name = "Stuck";
  constructor(field: Field, options: ChaosOptions, { error, alarms }: { readonly error: unknown; readonly alarms: string }) {
    const what = error instanceof Error ? error.message.split("\n")[0] : String(error);
    const told = [`${what} (${options.masters} masters, seed ${options.seed})`, ...field.crashes, alarms, field.lastWords()];
    super([...told, `data and logs are kept in ${field.cluster.directory}`].join("\n"), { cause: error });
  }
}

export const isGood = (r: ChaosReport): boolean => r.findings.length === 0 && r.crashes.length === 0 && r.registers.impossible.length === 0;

async function attackAndCheck(field: Field, options: ChaosOptions): Promise<ChaosReport> {
  const history = emptyHistory();
  const acks: number[] = [];
  const nowMs = (): number => performance.now();
  const { clients, watchers } = load(field, options, { history, nowMs, acknowledged: () => acks.push(nowMs()) });
  const running = clients.map((c) => c.run());
  const nemesis = new Nemesis({ field, random: seededRandom(options.seed), nowMs, harmMs: options.harmMs, writes: () => acks.length });
  const attacking = nemesis.run(options.calmMs);
  await Promise.race([passed(options, nemesis), attacking]);
  nemesis.stop();
  await attacking;
  await wait(500);
  for (const c of clients) c.stop();
  await Promise.all(running);
  const settled = await settle(field, watchers);
  for (const w of watchers) w.stop();
  history.watches.push(...watchers.map((w) => w.record));
  return judge({ field, options, history, acks, faults: nemesis.done, watchers, settled });
}

function load(
  field: Field,
  options: ChaosOptions,
  shared: { readonly history: History; readonly nowMs: () => number; readonly acknowledged: () => void },
) {
  const common = { ...shared, endpoints: field.endpoints, seed: options.seed, thinkMs: 8 };
  const clients = [
    ...Array.from({ length: options.workers }, (_, id) => new Worker(id, common)),
    ...Array.from({ length: 2 }, (_, i) => new Leaseholder(options.workers + i, common)),
  ];
  const prefixes = ["", "r/", "", LEASED, "r/"];
  const watchers = prefixes.map((prefix, id) => new Watcher({ id, endpoints: field.endpoints, prefix, from: 1 }));
  return { clients, watchers };
}

async function passed(options: ChaosOptions, nemesis: Nemesis): Promise<void> {
  const end = performance.now() + options.durationMs;
  for (let told = 0; performance.now() < end; ) {
    await wait(Math.min(200, Math.max(1, end - performance.now())));
    for (; told < nemesis.done.length; told++) options.progress(`${nemesis.done[told]?.name}`);
  }
}

interface Settled {
  readonly logs: ReadonlyMap<string, readonly Change[]>;
  readonly findings: readonly Finding[];
  readonly revision: number;
}

/** Everybody up, leases over, watchers through, and every master's own telling of the history. */
async function settle(field: Field, watchers: readonly Watcher[]): Promise<Settled> {
  await field.healAll();
  await field.clearAlarms();
  const findings: Finding[] = [];
  const api = new RemoteEtcd({ endpoints: field.endpoints });
  const context = () => ({ deadlineMonotonicMs: performance.now() + 5_000 });
  const late = (rule: Finding["rule"], what: string) => (): void =>
    void findings.push({ rule, text: `${what} within ${SETTLE_MS_MAX} ms` });
  const leased = rangeOf(LEASED, { rangeEnd: prefixEnd(LEASED), countOnly: true });
  await until("leases end", async () => (await api.range(context(), leased)).count === 0, SETTLE_MS_MAX).catch(
    late("lease", "leases did not end"),
  );
  const { revision } = (await api.range(context(), rangeOf("r/"))).header;
  await until("watchers hear all", () => watchers.every((w) => w.record.upTo >= revision), SETTLE_MS_MAX).catch(
    late("watch", "a watcher did not hear everything"),
  );
  api.close();
  const logs = new Map<string, readonly Change[]>();
  for (const m of field.masters) logs.set(m.name, await toldBy(m, revision));
  findings.push(...checkMembersAgree(logs), ...(await hashesAgree(field.masters, revision)));
  return { logs, findings, revision };
}

/** The history from revision 1 on, as this master tells it. */
async function toldBy(m: TestMaster, upTo: number): Promise<readonly Change[]> {
  const api = new RemoteEtcd({ endpoints: [m.endpoint] });
  const changes: Change[] = [];
  let last = 0;
  const stream = api.watch(
    {},
    {
      deliver: (response) => {
        for (const e of response.events)
          changes.push({ revision: e.kv.modRevision, key: text(e.kv.key), value: e.type === "put" ? text(e.kv.value) : undefined });
        last = Math.max(last, changes.at(-1)?.revision ?? 0);
        if (response.events.length === 0 && !response.created) last = Math.max(last, response.header.revision);
      },
      closed: () => {},
    },
  );
  stream.create(watchOf("", { startRevision: 1 }));
  const ask = setInterval(() => stream.requestProgress(), 100);
  try {
    await until(`${m.name} tells its history up to ${upTo}`, () => last >= upTo, SETTLE_MS_MAX);
  } finally {
    clearInterval(ask);
    stream.close();
    api.close();
  }
  return changes.filter((c) => c.revision <= upTo);
}

async function hashesAgree(masters: readonly TestMaster[], revision: number): Promise<readonly Finding[]> {
  const hashes = await Promise.all(
    masters.map(async (m) => {
      const api = new RemoteEtcd({ endpoints: [m.endpoint] });
      const { hash } = await api.hashKv({ deadlineMonotonicMs: performance.now() + 10_000 }, revision);
      api.close();
      return hash;
    }),
  );
  if (new Set(hashes).size === 1) return [];
  return [{ rule: "members", text: `hashes at revision ${revision} differ: ${masters.map((m, i) => `${m.name}=${hashes[i]}`).join(" ")}` }];
}

function judge(seen: {
  readonly field: Field;
  readonly options: ChaosOptions;
  readonly history: History;
  readonly acks: readonly number[];
  readonly faults: readonly FaultRecord[];
  readonly watchers: readonly Watcher[];
  readonly settled: Settled;
}): ChaosReport {
  const { history, settled, field, options } = seen;
  const log = new Log(settled.logs.get(field.masters[0]?.name ?? "") ?? []);
  const writes = history.operations.flatMap((op) => (op.kind === "write" ? [op] : []));
  const outcomes = (kind: string): number => writes.filter((w) => w.outcome.kind === kind).length;
  return {
    options,
    faults: seen.faults,
    operations: history.operations.length,
    acknowledged: outcomes("done"),
    unknown: outcomes("unknown"),
    refused: outcomes("refused"),
    reads: history.operations.length - writes.length,
    events: history.watches.reduce((sum, w) => sum + w.heard.length, 0),
    watchReconnections: seen.watchers.reduce((sum, w) => sum + w.reconnections, 0),
    gaps: gapsOf(seen.acks),
    registers: registersOf(history, log),
    findings: [...settled.findings, ...checkHistory(history, log)],
    crashes: field.crashes,
    skipped: field.smallDisk ? [] : ["disk faults: a small file system needs Linux and root"],
    revision: settled.revision,
    keptIn: undefined,
  };
}

const gapsOf = (acks: readonly number[]): Gap[] => acks.slice(1).map((endMs, i) => ({ startMs: acks[i] as number, endMs }));

function registersOf(history: History, log: Log): ChaosReport["registers"] {
  const verdicts = [...log.keys()]
    .filter((key) => !key.startsWith(LEASED))
    .map((key) => ({ key, verdict: checkRegister(registerOf(key, history.operations)) }));
  return {
    checked: verdicts.length,
    undecided: verdicts.filter((v) => v.verdict === "undecided").length,
    impossible: verdicts.filter((v) => v.verdict === "impossible").map((v) => v.key),
  };
}
