import { describe, expect, test } from "vitest";
import { isGoodWatches, runWatchesChaos, watchesReportText } from "./watches/run.js";
import { Listener, nameOf, type Scope, storyOf } from "./watches/story.js";

/** Printed with the report, so that a failure can be played again: `npm run chaos -- watches --seed S`. */
const SEED = Number(process.env["TRIMAST_CHAOS_SEED"] ?? Math.floor(performance.timeOrigin % 1_000_000));
const DURATION_MS = Number(process.env["TRIMAST_WATCH_SOAK_SECONDS"] ?? 10) * 1_000;

describe("what a watcher must be told", () => {
  test("without a selector, each step and the end", () => {
    expect(storyOf("all", 2)).toEqual(["ADDED 0", "MODIFIED 1", "MODIFIED 2", "DELETED 2"]);
  });
  test("with one, when it comes and goes, as it was before it went", () => {
    expect(storyOf("shift", 3)).toEqual(["ADDED 0", "MODIFIED 1", "DELETED 1"]);
    expect(storyOf("shift", 4)).toEqual(["ADDED 0", "MODIFIED 1", "DELETED 1", "ADDED 4", "DELETED 4"]);
  });
});

describe("a listener notices what", () => {
  const name = nameOf("a", 2);
  const wrongOf = (said: readonly string[], scope: Scope = "all"): readonly string[] => {
    const listener = new Listener({ who: "w", scope, from: 0 });
    for (const text of said) {
      const [phase = "", step, revision] = text.split(" ");
      if (phase === "BOOKMARK") listener.bookmark(Number(revision));
      else listener.hear({ phase, name, step: Number(step), revision: Number(revision) });
    }
    return [...listener.wrong, ...listener.open([name]).map((n) => `${n} is open`)];
  };
  const whole = ["ADDED 0 1", "MODIFIED 1 2", "MODIFIED 2 3", "DELETED 2 4"];
  test("nothing, when all is told", () => {
    expect(wrongOf(whole)).toEqual([]);
    expect(wrongOf(["ADDED 0 1", "BOOKMARK - 1", "MODIFIED 1 2", "BOOKMARK - 2", "DELETED 1 3"], "shift")).toEqual([]);
  });
  test.each<readonly [string, readonly string[]]>([
    ["was lost", whole.filter((t) => !t.startsWith("MODIFIED 1"))],
    ["was lost at the end", whole.slice(0, -1)],
    ["came twice", [...whole.slice(0, 2), "MODIFIED 1 2", ...whole.slice(2)]],
    ["came in another order", ["ADDED 0 1", "MODIFIED 2 3", "MODIFIED 1 2", "DELETED 2 4"]],
    ["came after a bookmark that promised it had come", ["ADDED 0 1", "BOOKMARK - 2", "MODIFIED 1 2", "MODIFIED 2 3", "DELETED 2 4"]],
    ["goes back", [...whole, "BOOKMARK - 3"]],
    ["was told as another thing", ["ADDED 0 1", "ADDED 1 2", "MODIFIED 2 3", "DELETED 2 4"]],
  ])("%s", (_what, said) => {
    expect(wrongOf(said).length).toBeGreaterThan(0);
  });
});

test(
  "no watcher misses, repeats or reorders a change, over HTTP/1.1, HTTP/2 and a published client, while masters die and come back",
  async () => {
    const faults = ["kill leader", "kill one", "kill leader", "restart"] as const;
    const report = await runWatchesChaos({
      seed: SEED,
      durationMs: DURATION_MS,
      writers: 2,
      harmMs: 400,
      calmMs: 600,
      faults,
      progress: () => {},
    });
    console.log(watchesReportText(report));
    expect(isGoodWatches(report), watchesReportText(report)).toBe(true);
    expect(report.faults.length).toBeGreaterThan(2);
    expect(report.objects).toBeGreaterThan(30);
    expect(report.resumed).toBeGreaterThan(report.watchers);
  },
  DURATION_MS + 90_000,
);
