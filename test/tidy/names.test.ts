import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const FILES = listed();

/** What the repository holds, and what is about to be added to it. */
function listed(): string[] {
  const names = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" }).split(
    "\n",
  );
  return names.filter((f) => f !== "" && statSync(join(ROOT, f), { throwIfNoEntry: false })?.isFile());
}

/** Patterns are written so that they do not match themselves. */
const FORBIDDEN: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a path of one machine", pattern: /(?<![\w.~*}$-])\/(?:work|tmp|root|home\/[a-z]\w*|Users\/[A-Za-z]\w*)\/[\w.]/ },
  {
    what: "a package registry",
    pattern: /registry\.(?:npmjs|yarnpkg)|registry\.npm|npmjs\.(?:org|com)|art[i]factory|verd[a]ccio|"re[s]olved": *"http/,
  },
  {
    what: "how it was made",
    pattern: /\b(?:cl[a]ude|anthr[o]pic|c[o]pilot|chat[g]pt|open[a]i|L[L]M|language m[o]del|sub-?ag[e]nts?|AI[- ]generated)\b/i,
  },
];

describe("what no file says", () => {
  for (const { what, pattern } of FORBIDDEN) {
    test(what, () => {
      const said = FILES.flatMap((file) => {
        const lines = readFileSync(join(ROOT, file), "latin1").split("\n");
        return lines.flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 120)}`] : []));
      });
      expect(said).toEqual([]);
    });
  }

  test("the patterns find what they are for", () => {
    const samples = [`see ${["", "tmp", "x.log"].join("/")}`, ["https://registry", "npmjs", "org/x"].join("."), ["open", "ai"].join("")];
    expect(FORBIDDEN.map(({ pattern }, i) => pattern.test(samples[i] as string))).toEqual([true, true, true]);
  });
});

test("generated codecs are those of the .proto files", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["scripts/generate-codecs.mjs", "--check"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(`${stdout}${stderr}`.trim()).toBe("");
  expect(status).toBe(0);
});

test("the lock file names every optional package that another names, so that npm ci accepts it on every platform", () => {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<
      Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>>; readonly integrity?: string }>
    >;
  };
  const all = Object.keys(lock.packages);
  const missing = Object.entries(lock.packages).flatMap(([owner, p]) =>
    Object.keys(p.optionalDependencies ?? {})
      .filter((name) => !all.some((path) => path.endsWith(`node_modules/${name}`)))
      .map((name) => `${owner} -> ${name}`),
  );
  expect(missing).toEqual([]);
  expect(Object.entries(lock.packages).filter(([path, p]) => path !== "" && p.integrity === undefined)).toEqual([]);
});
