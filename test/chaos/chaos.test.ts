import { expect, test } from "vitest";
import { reportText } from "./report.js";
import { isGood, runChaos } from "./run.js";

/** Printed with the report, so that a failure can be played again: `npm run chaos -- --seed S`. */
const SEED = Number(process.env["TRIMAST_CHAOS_SEED"] ?? Math.floor(performance.timeOrigin % 1_000_000));

test("three masters are killed, paused, cut off, slowed, filled and restarted under load, and nothing acknowledged is lost", async () => {
  const report = await runChaos({ masters: 3, seed: SEED, durationMs: 16_000, workers: 6, harmMs: 600, calmMs: 300, progress: () => {} });
  console.log(reportText(report));
  expect(isGood(report), reportText(report)).toBe(true);
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.faults.length).toBeGreaterThan(3);
}, 120_000);
