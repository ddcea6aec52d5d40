import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
const ARGUMENTS = [
  "lint",
  "--config-path=test/tidy/function-length.json",
  "--reporter=github",
  "--max-diagnostics=none",
  "src",
  "test",
  "scripts",
];
const FOUND = /noExcessiveLinesPerFunction,file=([^,]+),.*too many lines \((\d+)\)/g;

/** Lines of each function over the limit, longest first, by file. Groups of tests are lists, not functions: test files do not count. */
function tooLong(): Record<string, number[]> {
  const { stdout, error } = spawnSync(process.execPath, [BIOME, ...ARGUMENTS], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  expect(stdout, "the linter looked at tests' groups too, so it works").toContain(".test.ts");
  const found: Record<string, number[]> = {};
  for (const [, file, lines] of stdout.matchAll(FOUND)) {
    const name = relative(ROOT, resolve(ROOT, file as string));
    if (!name.endsWith(".test.ts")) found[name] = [...(found[name] ?? []), Number(lines)];
  }
  for (const list of Object.values(found)) list.sort((a, b) => b - a);
  return found;
}

test("functions of more than 70 lines are those of the baseline, which only shrinks", () => {
  const baseline = JSON.parse(readFileSync(join(import.meta.dirname, "function-length.baseline.json"), "utf8")) as Record<string, number[]>;
  const found = tooLong();
  const grown = Object.entries(found).filter(([file, lines]) => lines.some((n, i) => n > (baseline[file]?.[i] ?? 0)));
  expect(grown, "part these functions").toEqual([]);
  const shrunk = Object.entries(baseline).filter(([file, lines]) => lines.some((n, i) => n > (found[file]?.[i] ?? 0)));
  expect(shrunk, "these became shorter: say so in function-length.baseline.json").toEqual([]);
});
