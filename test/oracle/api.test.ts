import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApi } from "../kit/api.js";
import { API_FOLDERS, apiFiles, missingForApi, openSteps, playApi } from "./api.js";

/** What a real Kubernetes apiserver answered, step by step, and what ours does: no file may differ in more than is written down. */
for (const folder of API_FOLDERS) {
  const why = missingForApi(folder);
  describe(`the oracle's ${folder}`, () => {
    if (why !== undefined) {
      test.skip(`cannot be played: ${why}`, () => {});
      return;
    }
    let api: TestApi;
    beforeAll(async () => {
      api = await TestApi.start(1);
    });
    afterAll(() => api?.stop());
    for (const file of apiFiles(folder)) {
      test(file, async () => {
        const outcome = await playApi(folder, file, api.kubeconfig);
        expect(outcome.passed + outcome.failed, outcome.report).toBeGreaterThan(0);
        expect(outcome.failed, outcome.report.slice(0, 20_000)).toBeLessThanOrEqual(openSteps(folder, file));
      });
    }
  });
}
