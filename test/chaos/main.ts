import { parseArgs } from "node:util";
import { reportText } from "./report.js";
import { isGood, runChaos } from "./run.js";

/** `npm run chaos -- --minutes M [--masters 3|5] [--seed S] [--workers W]`: real masters under load and under attack. */
const { values } = parseArgs({
  options: { minutes: { type: "string" }, masters: { type: "string" }, seed: { type: "string" }, workers: { type: "string" } },
});
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
try {
  const report = await runChaos({
    masters: Number(values.masters ?? 3),
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    durationMs: Number(values.minutes ?? 1) * 60_000,
    workers: Number(values.workers ?? 8),
    harmMs: 1_500,
    calmMs: 1_000,
    progress: (line) => process.stderr.write(`  ${line}\n`),
  });
  process.stdout.write(`${reportText(report)}\n`);
  process.exitCode = isGood(report) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
