import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiFiles, LOOPS_FOLDER, missingForApi, openSteps, playApi } from "./api.js";
import { LoopsSubject } from "./loops.js";

/** Some of these wait for real minutes: a run plays a third of them, another third the next day. `npm run oracle -- loops` plays all. */
const PARTS = 3;
const DAY_MS = 86_400_000;
const part = Math.floor(Date.now() / DAY_MS) % PARTS;
/** What these wait for comes with loops that are not here yet, and each step would wait to its end. */
const LATER: Readonly<Record<string, string>> = { "pv.a.scn": "binds volumes to claims" };

describe(`the oracle's loops, part ${part + 1} of ${PARTS}`, () => {
  const why = missingForApi(LOOPS_FOLDER);
  if (why !== undefined) {
    test.skip(`cannot be played: ${why}`, () => {});
    return;
  }
  let subject: LoopsSubject;
  beforeAll(async () => {
    subject = await LoopsSubject.start();
  }, 60_000);
  afterAll(() => subject?.stop());
  const files = apiFiles(LOOPS_FOLDER).filter((_, i) => i % PARTS === part);
  for (const file of files) {
    if (LATER[file] !== undefined) {
      test.skip(`${file}: ${LATER[file]}`, () => {});
      continue;
    }
    test(file, async () => {
      const outcome = await playApi(LOOPS_FOLDER, file, subject.api.kubeconfig);
      expect(outcome.passed + outcome.failed, outcome.report).toBeGreaterThan(0);
      expect(outcome.failed, outcome.report.slice(0, 20_000)).toBeLessThanOrEqual(openSteps(LOOPS_FOLDER, file));
    }, 300_000);
  }
});
