import { controlPost, type FaultRequest, parseDuration } from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { quorumLines } from "../printers.js";
import { dataDirOf, masterNames } from "../resolve.js";
import { ok } from "../style.js";
import { type ClusterView, type MemberView, observe } from "../view.js";
import { chosen } from "./kill.js";

export interface FaultFlags {
  readonly dataDir?: string;
  readonly for?: string;
}

/** What was done, what is broken now, what to type next. */
export function said(what: string, undo: string, view: ClusterView, out: Out): ExitCode {
  out.print(ok(out.style, what));
  for (const line of quorumLines(out.style, view)) out.print(line);
  out.print(`    next: ${undo}`);
  return EXIT.done;
}

/** A black hole between the named masters and the others: connections stay open, nothing passes. */
export async function partition(names: readonly string[], flags: FaultFlags, out: Out): Promise<ExitCode> {
  const { view, dataDir } = await running(flags);
  const cut = namesOrLeader(view, names);
  const rest = view.members.map((m) => m.name).filter((n) => !cut.includes(n));
  if (cut.length === 0 || rest.length === 0)
    throw new CliError("TE0002", "a partition has masters on both sides", { fix: "trimast partition m1" });
  const forMs = durationOf(flags.for, "--for");
  const ends = forMs === undefined ? {} : { forMs };
  await Promise.all([...tell(view, cut, { peers: rest, drop: true, ...ends }), ...tell(view, rest, { peers: cut, drop: true, ...ends })]);
  const until = forMs === undefined ? "" : `, for ${flags.for}`;
  return said(
    `cut ${cut.join(",")} off from ${rest.join(",")}${until}: connections stay open, nothing passes`,
    "trimast heal",
    await observe(dataDir),
    out,
  );
}

/** Everything to and from these masters' peers comes late. */
export async function slow(names: readonly string[], delay: string, flags: FaultFlags, out: Out): Promise<ExitCode> {
  const { view, dataDir } = await running(flags);
  const slowed = namesOrLeader(view, names);
  const delayMs = durationOf(delay, "the delay");
  const forMs = durationOf(flags.for, "--for");
  await Promise.all(
    tell(view, slowed, { peers: "all", ...(delayMs === undefined ? {} : { delayMs }), ...(forMs === undefined ? {} : { forMs }) }),
  );
  return said(`${slowed.join(",")} hears and says everything ${delayMs} ms late`, "trimast heal", await observe(dataDir), out);
}

/** Ends every injected fault. Paused masters are resumed by `resume`, dead ones by `start`. */
export async function heal(flags: FaultFlags, out: Out): Promise<ExitCode> {
  const { view, dataDir } = await running(flags);
  await Promise.all(
    tell(
      view,
      view.members.map((m) => m.name),
      { clear: true },
    ),
  );
  return said("no injected faults any more", "trimast status", await observe(dataDir), out);
}

async function running(flags: FaultFlags): Promise<{ readonly view: ClusterView; readonly dataDir: string }> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const view = await observe(dataDir);
  if (view.quorum.up === 0) throw new CliError("TE0201", `no master runs in ${dataDir}`, { fix: "trimast start --all" });
  return { view, dataDir };
}

const namesOrLeader = (view: ClusterView, names: readonly string[]): readonly string[] => [
  ...new Set(names.flatMap((n) => (n === "leader" ? [chosen(view, "leader").name] : masterNames(view.file.spec, [n])))),
];

function tell(view: ClusterView, names: readonly string[], request: FaultRequest): Promise<unknown>[] {
  const answering = (m: MemberView): boolean => names.includes(m.name) && m.state === "running";
  return view.members.filter(answering).map((m) => controlPost(m.process?.socket ?? "", "/faults", request));
}

export function durationOf(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new CliError("TE0002", `${what} ${text} is not a duration such as 200ms, 10s or 1m`, { fix: "write 200ms, 10s or 1m" });
  return ms;
}
