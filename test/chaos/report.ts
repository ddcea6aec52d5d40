import { FAULTS, type FaultRecord } from "./nemesis.js";
import { type ChaosReport, type Gap, isGood } from "./run.js";

/** How many findings are told in full. */
const FINDINGS_TOLD = 20;

export function reportText(r: ChaosReport): string {
  const count = (...names: readonly string[]): number =>
    r.faults.filter((f) => names.some((n) => f.name.startsWith(n))).reduce((sum, f) => sum + Math.max(1, f.who.length), 0);
  const lost = r.findings.filter((f) => f.rule === "lost").length;
  const longest = Math.max(0, ...r.gaps.map(lengthOf));
  return [
    `${r.options.masters} masters, seed ${r.options.seed}, ${(r.options.durationMs / 60_000).toFixed(1)} min: ${r.operations} operations, ${r.acknowledged} acknowledged writes, ${r.unknown} without an answer, ${r.refused} refused, ${r.reads} reads`,
    `${count("kill", "restart")} kills, ${count("pause")} pauses, ${count("cut")} partitions, ${count("slow")} slowed, ${count("disk")} disks filled`,
    "",
    ...gapTable(r),
    "",
    `longest gap without an acknowledged write: ${longest.toFixed(0)} ms (kill all and kill majority included)`,
    `${r.events} watch events over ${r.watchReconnections} reconnections, in order and complete up to revision ${r.revision}${r.findings.some((f) => f.rule === "watch") ? ": NO, see below" : ""}`,
    `registers searched without trust in revisions: ${r.registers.checked}, undecided ${r.registers.undecided}, impossible ${r.registers.impossible.length}`,
    ...r.skipped.map((s) => `skipped: ${s}`),
    ...r.crashes.map((c) => `CRASH: ${c}`),
    ...r.registers.impossible.map((key) => `NOT LINEARIZABLE: ${key}`),
    ...r.findings.slice(0, FINDINGS_TOLD).map((f) => `${f.rule.toUpperCase()}: ${f.text}`),
    ...(r.findings.length > FINDINGS_TOLD ? [`and ${r.findings.length - FINDINGS_TOLD} more`] : []),
    ...(r.keptIn === undefined ? [] : [`data and logs are kept in ${r.keptIn}`]),
    `${lost} acknowledged writes lost${isGood(r) ? "" : ": FAILED"}`,
  ].join("\n");
}

/** The longest gap that each kind of fault caused: a gap belongs to the last fault that began before it ended and was not yet healed
 *  when it began. */
function gapTable(r: ChaosReport): string[] {
  const worst = new Map<string, number>();
  for (const gap of r.gaps) {
    const cause = r.faults.filter((f) => f.startMs < gap.endMs && f.healedMs > gap.startMs).at(-1)?.name ?? "no fault";
    worst.set(cause, Math.max(worst.get(cause) ?? 0, lengthOf(gap)));
  }
  const rows = [...FAULTS, "no fault"].flatMap((name) => {
    const times = r.faults.filter((f: FaultRecord) => f.name === name).length;
    return times === 0 && name !== "no fault"
      ? []
      : [
          `  ${name.padEnd(16)}${(name === "no fault" ? "" : `${times}`).padStart(6)}${`${(worst.get(name) ?? 0).toFixed(0)} ms`.padStart(14)}`,
        ];
  });
  return [`  ${"fault".padEnd(16)}${"times".padStart(6)}${"longest gap".padStart(14)}`, ...rows];
}

const lengthOf = (gap: Gap): number => gap.endMs - gap.startMs;
