import { describe, expect, test } from "vitest";
import { BUGS, type Bug, type RunResult, runRaftSeed } from "./run.js";

const SEEDS = Number(process.env["RAFT_SIM_SEEDS"] ?? 150);
const FIRST_SEED = Number(process.env["RAFT_SIM_FIRST_SEED"] ?? 1);
const CANARY_SEEDS_MAX = 500;

describe("raft in seeded worlds", () => {
  test(`seeds ${FIRST_SEED} to ${FIRST_SEED + SEEDS - 1} keep the paper's promises, and get work done`, () => {
    const total = { acknowledged: 0, reads: 0, leaders: 0, snapshots: 0, changes: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const result: RunResult = runRaftSeed(seed);
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += result[key];
    }
    if (SEEDS < 50) return;
    // A world in which nothing happens proves nothing.
    expect(total.acknowledged).toBeGreaterThan(100 * SEEDS);
    expect(total.reads).toBeGreaterThan(20 * SEEDS);
    expect(total.leaders).toBeGreaterThan(3 * SEEDS);
    expect(total.snapshots).toBeGreaterThan(SEEDS / 2);
    expect(total.changes).toBeGreaterThan(SEEDS);
  });

  test("the same seed gives the same trace", () => {
    for (const seed of [7, 42, 99]) expect(runRaftSeed(seed)).toEqual(runRaftSeed(seed));
    expect(runRaftSeed(7).hash).not.toBe(runRaftSeed(8).hash);
  });
});

/** What each mistake breaks; caught by anything else, it would be the world that is wrong. */
const BROKEN: Readonly<Record<Bug, RegExp>> = {
  voteForgotten: /two leaders in term|lacks committed entry/,
  acknowledgedBeforeSync: /two leaders in term|lacks committed entry|commits entry|applies another entry/,
  persistedWithoutTerm: /before its own log holds it/,
  readJoinsSentRound: /stale read/,
  readBeforeOwnCommit: /stale read/,
  commitByOldTerm: /lacks committed entry|commits entry/,
  voteForAnyLog: /lacks committed entry/,
};

describe("canaries", () => {
  test.each(Object.keys(BUGS) as Bug[])("%s is caught", (bug) => {
    expect(caughtAt(bug)?.message ?? "not caught").toMatch(BROKEN[bug]);
  });
});

function caughtAt(bug: Bug): { readonly seed: number; readonly message: string } | undefined {
  for (let seed = 1; seed <= CANARY_SEEDS_MAX; seed++) {
    try {
      runRaftSeed(seed, { bug });
    } catch (error) {
      return { seed, message: String(error) };
    }
  }
  return undefined;
}
