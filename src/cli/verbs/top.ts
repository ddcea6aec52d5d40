import { EXIT, type ExitCode } from "../errors.js";
import { TOP_PERIOD_MS } from "../limits.js";
import type { Out } from "../out.js";
import { pause } from "../poll.js";
import { age, megabytes, quorumLines } from "../printers.js";
import { dataDirOf } from "../resolve.js";
import { type Style, table } from "../style.js";
import { type ClusterView, observe } from "../view.js";

export interface TopFlags {
  readonly dataDir?: string;
  readonly watch?: boolean;
}

/** What each master uses; CPU and entries are per second between two looks. */
export async function top(flags: TopFlags, out: Out): Promise<ExitCode> {
  const dataDir = dataDirOf(flags.dataDir, process.env);
  let before = await observe(dataDir);
  let at = performance.now();
  do {
    await pause(flags.watch ? TOP_PERIOD_MS : TOP_PERIOD_MS / 4);
    const now = await observe(dataDir);
    const seconds = (performance.now() - at) / 1_000;
    if (flags.watch && out.isTty) process.stdout.write("\u001b[2J\u001b[H");
    out.print(topText(out.style, before, now, seconds));
    before = now;
    at = performance.now();
  } while (flags.watch);
  return EXIT.done;
}

export function topText(style: Style, before: ClusterView, now: ClusterView, seconds: number): string {
  const rows = now.members.map((m) => {
    const old = before.members.find((x) => x.name === m.name)?.status;
    const s = m.status;
    const cpu = s && old ? `${((s.cpuMicros - old.cpuMicros) / 10_000 / seconds).toFixed(1)}%` : "-";
    const rate = s && old ? String(Math.round((s.appliedIndex - old.appliedIndex) / seconds)) : "-";
    return [
      m.name,
      s?.role ?? m.state,
      String(s?.term ?? "-"),
      String(s?.appliedIndex ?? "-"),
      rate,
      megabytes(m.rssBytes),
      cpu,
      s ? megabytes(s.walBytes) : "-",
      s ? age(s.upMs) : "-",
    ];
  });
  return [
    table([["MEMBER", "ROLE", "TERM", "APPLIED", "ENTRIES/S", "RSS", "CPU", "WAL", "UP"], ...rows]),
    "",
    ...quorumLines(style, now),
  ].join("\n");
}
