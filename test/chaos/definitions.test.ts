import { expect, test } from "vitest";
import { soakDefinitions } from "./definitions.js";

test("definitions come and go under writes, watches and kills, and nothing is left or stuck", async () => {
  const report = await soakDefinitions({ durationMs: 12_000, workers: 3, seed: Date.now() % 1_000_000 });
  console.log(JSON.stringify(report));
  expect(report.wrong).toEqual([]);
  expect(report.definitions).toBeGreaterThan(3);
  expect(report.kills).toBeGreaterThan(1);
}, 120_000);
