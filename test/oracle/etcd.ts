import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { has } from "../kit/etcd.js";

/** Scenarios that were played against a real etcd, with its answers: the folder's README says how. */
export const ORACLE_DIR = realPath(process.env["ORACLE_DIR"] ?? resolve("../shared/oracle"));
const FILES = join(ORACLE_DIR, "etcd");
const DIFFERENCES = resolve("test/oracle/differences.txt");

/** The player runs only under its own name: behind a link it would say nothing. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** What waits for a later part of the program: whole files, or single steps of one. Emptied as the parts arrive. */
export const LATER: readonly { readonly file: RegExp; readonly steps?: readonly number[]; readonly why: string }[] = [];
/** Recorded on one member, and a matter of how many there are: members are counted or listed. */
const ALONE: readonly { readonly file: RegExp; readonly steps: readonly number[]; readonly why: string }[] = [
  { file: /^cluster\./, steps: [3, 14, 15, 17, 22], why: "lists or counts the members" },
  { file: /^new-txn\./, steps: [16], why: "lists the members" },
];
/** Played with an etcdctl of 3.6 or later alone: ETCDCTL_NEW names one. */
const NEEDS_NEW = /^new-/;

const isLater = (file: string): boolean => LATER.some((l) => l.steps === undefined && l.file.test(file));

/** Why the oracle cannot be played here; undefined when it can. */
export function missing(): string | undefined {
  if (!existsSync(FILES)) return `no folder ${FILES}`;
  const absent = [
    ["etcdctl", ["version"]],
    ["curl", ["--version"]],
    ["jq", ["--version"]],
    ["python3", ["--version"]],
    ["openssl", ["version"]],
  ].filter(([tool, args]) => !has(tool as string, args as string[]));
  return absent.length === 0 ? undefined : `no ${absent.map(([tool]) => tool).join(", ")}`;
}

/** These switch authentication on and off: after all others, as they were recorded. */
const LAST = /^(http)?auth\./;

const everyFile = (): string[] => {
  const files = readdirSync(FILES)
    .filter((f) => f.endsWith(".scn"))
    .sort();
  return [...files.filter((f) => !LAST.test(f)), ...files.filter((f) => LAST.test(f))];
};

export interface Plan {
  readonly played: readonly string[];
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
}
export function plan(): Plan {
  const skipped: { file: string; why: string }[] = [];
  const played = everyFile().filter((file) => {
    const later = LATER.find((l) => l.steps === undefined && l.file.test(file));
    if (later) skipped.push({ file, why: later.why });
    else if (NEEDS_NEW.test(file) && newEtcdctl() === undefined)
      skipped.push({ file, why: "needs an etcdctl of 3.6 or later: ETCDCTL_NEW" });
    return !isLater(file) && !(NEEDS_NEW.test(file) && newEtcdctl() === undefined);
  });
  return { played, skipped };
}
const newEtcdctl = (): string | undefined => process.env["ETCDCTL_NEW"];

/** differences.txt and the steps that wait, as the player wants them. */
function allowFile(directory: string, members: number): string {
  const lines = [...LATER, ...(members > 1 ? ALONE : [])].flatMap(({ file, steps, why }) =>
    everyFile()
      .filter((f) => file.test(f))
      .flatMap((f) => (steps ?? []).map((step) => `${f}#${step}  ${why}`)),
  );
  const path = join(directory, "allow.txt");
  writeFileSync(path, `${readFileSync(DIFFERENCES, "utf8")}\n${lines.join("\n")}\n`);
  return path;
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly allowed: number;
  /** Step by step what differs; the player's own words. */
  readonly report: string;
}

/** Plays one file against the member at `endpoint`, which leads: some steps look at the leader. */
export async function play(file: string, at: { readonly endpoint: string; readonly members: number }): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), "trimast-oracle-"));
  const etcdctl = NEEDS_NEW.test(file) ? (newEtcdctl() ?? "etcdctl") : "etcdctl";
  const args = [join(ORACLE_DIR, "oracle.mjs"), "check", "--etcd", at.endpoint, "--etcdctl", etcdctl];
  args.push("--allow", allowFile(directory, at.members));
  try {
    const report = await run([...args, join(FILES, file)]);
    const count = (pattern: RegExp): number => Number(pattern.exec(report)?.[1] ?? 0);
    const passed = count(/^(\d+) passed/m);
    if (passed === 0 && count(/, (\d+) failed/m) === 0) throw new Error(`the player told nothing: ${report}`);
    return { passed, failed: count(/^\d+ passed, (\d+) failed/m), allowed: count(/^(\d+) differ as allowed/m), report };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(args: readonly string[]): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, [...args], { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => done(`${stdout}${stderr}`));
  });
}
