import { parseArgs } from "node:util";
import { soakDefinitions } from "./definitions.js";
import { isGoodLoops, loopsReportText, runLoopsChaos } from "./loops/run.js";
import { reportText } from "./report.js";
import { isGood, runChaos } from "./run.js";
import { isGoodWatches, runWatchesChaos, watchesReportText } from "./watches/run.js";

/** `npm run chaos -- [loops|definitions|watches] --minutes M [--masters 3|5] [--seed S] [--workers W]`: real masters under load and under attack. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, masters: { type: "string" }, seed: { type: "string" }, workers: { type: "string" } },
});
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
const common = {
  seed: Number(values.seed ?? Date.now() % 1_000_000),
  durationMs: Number(values.minutes ?? 1) * 60_000,
  harmMs: 1_500,
  progress: (line: string) => process.stderr.write(`  ${line}\n`),
};
async function loops(): Promise<void> {
  const report = await runLoopsChaos({ ...common, live: 24, calmMs: 3_000, settleMs: 60_000, isAwayToo: true });
  process.stdout.write(`${loopsReportText(report)}\n`);
  process.exitCode = isGoodLoops(report) ? 0 : 1;
}
async function definitions(): Promise<void> {
  const report = await soakDefinitions({ durationMs: common.durationMs, workers: Number(values.workers ?? 4), seed: common.seed });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
}
async function watches(): Promise<void> {
  const report = await runWatchesChaos({ ...common, writers: Number(values.workers ?? 2), calmMs: 2_000 });
  process.stdout.write(`${watchesReportText(report)}\n`);
  process.exitCode = isGoodWatches(report) ? 0 : 1;
}
async function store(): Promise<void> {
  const report = await runChaos({ ...common, masters: Number(values.masters ?? 3), workers: Number(values.workers ?? 8), calmMs: 1_000 });
  process.stdout.write(`${reportText(report)}\n`);
  process.exitCode = isGood(report) ? 0 : 1;
}
const CAMPAIGNS: Readonly<Record<string, () => Promise<void>>> = { store, loops, definitions, watches };
try {
  const [name = "store"] = positionals;
  const campaign = CAMPAIGNS[name];
  if (campaign === undefined) throw new Error(`no campaign ${name}; there are: ${Object.keys(CAMPAIGNS).join(", ")}`);
  await campaign();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
