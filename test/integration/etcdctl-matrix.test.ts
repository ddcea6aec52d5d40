import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { has } from "../kit/etcd.js";
import { TestCluster } from "../kit/masters.js";

/** docs/etcdctl.md against what etcdctl says of itself, and its examples against a master. ETCDCTL_NEW: an etcdctl of 3.6 or later. */

const rows = readFileSync(resolve("docs/etcdctl.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, command, here, what] = /^\| (.+?) \| (.+?) \| (.+) \|$/.exec(line) ?? [];
    return command === undefined || command === "command" ? [] : [{ command, here, what: what ?? "" }];
  });
const known = new Set(rows.map((r) => r.command));

const help = (program: string, ...command: string[]): string =>
  execFileSync(program, [...command, "--help"], { encoding: "utf8", env: { ...process.env, ETCDCTL_API: "3" } });
const GROUP = /^(alarm|auth|check|completion|downgrade|endpoint|lease|member|role|snapshot|user)$/;

/** The 3.4 line lists "lease grant"; later ones list "lease" and the rest in its own help. */
function commandsOf(program: string): string[] {
  const names = (text: string): string[] =>
    text
      .split("\n")
      .map((line) => /^(?:\t| {2})([a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)?)(?:\t| {2,}| (?=[A-Z]))/.exec(line)?.[1])
      .filter((name) => name !== undefined);
  const top = names(help(program)).filter((name) => name !== "etcdctl");
  return top.flatMap((name) => (GROUP.test(name) ? names(help(program, name)).map((sub) => `${name} ${sub}`) : [name]));
}

for (const [name, program] of [
  ["etcdctl on the path", has("etcdctl", ["version"]) ? "etcdctl" : undefined],
  ["a newer etcdctl", process.env["ETCDCTL_NEW"]],
] as const) {
  test.skipIf(program === undefined)(`every command of ${name} is in the table${program === undefined ? ": there is none" : ""}`, () => {
    const commands = commandsOf(program as string).filter((c) => !c.startsWith("etcdctl"));
    expect(commands.length).toBeGreaterThan(40);
    expect(commands.filter((c) => !known.has(c))).toEqual([]);
  });
}

test("the table names each command once, with one of four answers", () => {
  expect(known.size).toBe(rows.length);
  for (const { here } of rows) expect(["yes", "no", "later", "client"]).toContain(here);
});

describe.skipIf(!has("etcdctl", ["version"]))("the table's examples", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(1);
    await cluster.etcdctl(["put", "first", "1"]);
    await cluster.etcdctl(["put", "second", "1"]);
  });
  afterAll(() => cluster?.stop());

  for (const { command, what } of rows) {
    const example = /^`(.+)`$/.exec(what)?.[1];
    if (example === undefined) continue;
    test(example, async () => {
      const args = example.replace("FILE", join(cluster.directory, "snapshot.db")).split(" ");
      expect(example.startsWith(command)).toBe(true);
      const run = cluster.etcdctl(args, { input: "\n\n\n" });
      // Lease 1 is nobody's, and etcdctl says so by an exit code.
      if (command === "lease keep-alive") await expect(run).rejects.toThrow(/expired or revoked|failed/i);
      else await run;
    });
  }
});
