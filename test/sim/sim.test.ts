import { describe, expect, test } from "vitest";
import { BUGS, type Bug } from "./bugs.js";
import { runSeed } from "./scenario.js";
import { sweep } from "./sweep.js";

const SEEDS = 300;
const CANARY_SEEDS_MAX = 500;

describe("whole clusters in virtual time", () => {
  test("the same seed gives the same trace", async () => {
    const [a, b] = [await runSeed(42), await runSeed(42)];
    expect(b.fingerprint).toBe(a.fingerprint);
    expect(b.trace).toEqual(a.trace);
  });

  test("different seeds give different traces", async () => {
    expect((await runSeed(1)).fingerprint).not.toBe((await runSeed(2)).fingerprint);
  });

  test(`${SEEDS} seeds of crashes, power cuts, hangs, black holes and membership changes run clean`, { timeout: 300_000 }, async () => {
    const found = await sweep({ from: 1, to: SEEDS });
    expect(found?.report ?? "clean").toBe("clean");
  });
});

describe("canaries: each way to break a member is caught", () => {
  for (const bug of Object.keys(BUGS).filter((name): name is Bug => name !== "none")) {
    test(BUGS[bug].says, { timeout: 300_000 }, async () => {
      const found = await sweep({ from: 1, to: CANARY_SEEDS_MAX, bug });
      expect(found, `${bug} was not caught in ${CANARY_SEEDS_MAX} seeds: the checkers are worth nothing`).toBeDefined();
    });
  }
});
