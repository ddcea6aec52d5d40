import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestCluster } from "../kit/masters.js";
import { missing, plan, play } from "./etcd.js";

/** What a real etcd answered, step by step, and what we answer: against one fresh member and against three. */
const why = missing();
const { played, skipped } = why === undefined ? plan() : { played: [], skipped: [] };

describe("the oracle", () => {
  test.skipIf(why !== undefined)(`can be played${why === undefined ? "" : `: ${why}`}`, () => {
    expect(played.length).toBeGreaterThan(10);
  });
  for (const { file, why: reason } of skipped) test.skip(`${file}: ${reason}`, () => {});
});

for (const members of [1, 3]) {
  describe.skipIf(why !== undefined)(`the oracle on ${members} member${members > 1 ? "s" : ""}`, () => {
    let cluster: TestCluster;
    beforeAll(async () => {
      cluster = await TestCluster.start(members);
    });
    afterAll(() => cluster?.stop());

    for (const file of played) {
      test(file, async () => {
        const outcome = await play(file, { endpoint: (await cluster.leader()).endpoint, members });
        expect(outcome.failed, outcome.report).toBe(0);
        expect(outcome.passed).toBeGreaterThan(0);
      });
    }
  });
}
