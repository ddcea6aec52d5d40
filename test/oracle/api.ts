import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ClientVersion, clientProgram } from "../kit/clients.js";
import { has } from "../kit/etcd.js";
import { ORACLE_DIR } from "./etcd.js";

/** Folders that need masters with the roles store and apiserver, and a fresh cluster each. */
export const API_FOLDERS = ["http", "corpus", "crd", "kubectl", "kubectl-1.27"] as const;
/** The one that needs all loops, and the fake nodes that come with it. */
export const LOOPS_FOLDER = "loops";
export type ApiFolder = (typeof API_FOLDERS)[number] | typeof LOOPS_FOLDER;

const DIFFERENCES = resolve("test/oracle/differences.txt");
/** How many steps of a file still answer otherwise: a line "FOLDER/FILE N". It only ever shrinks; what is not here has none. */
const OPEN = resolve("test/oracle/open.txt");

export interface ApiOutcome {
  readonly passed: number;
  readonly failed: number;
  readonly allowed: number;
  readonly report: string;
}

/** The kubectl that a folder was recorded with; any other words some things otherwise. */
const RECORDED_WITH: Partial<Record<ApiFolder, ClientVersion>> = { crd: "1.35", kubectl: "1.35", "kubectl-1.27": "1.27" };
function kubectlFor(folder: ApiFolder): string | undefined {
  const version = RECORDED_WITH[folder];
  return version === undefined ? (clientProgram("kubectl", "1.35") ?? "kubectl") : clientProgram("kubectl", version);
}

export function missingForApi(folder: ApiFolder): string | undefined {
  if (!existsSync(join(ORACLE_DIR, folder))) return `no folder ${join(ORACLE_DIR, folder)}`;
  const tools: [string, string[]][] = [
    ["curl", ["--version"]],
    ["jq", ["--version"]],
    ["python3", ["--version"]],
    ["openssl", ["version"]],
    [kubectlFor(folder) ?? `kubectl-${RECORDED_WITH[folder]}`, ["version", "--client"]],
  ];
  const absent = folder === "corpus" ? [] : tools.filter(([tool, args]) => !has(tool, args));
  return absent.length === 0 ? undefined : `no ${absent.map(([tool]) => tool).join(", ")}`;
}
export const apiFiles = (folder: ApiFolder): readonly string[] =>
  readdirSync(join(ORACLE_DIR, folder))
    .filter((f) => f.endsWith(".scn") || f.endsWith(".jsonl"))
    .sort();

/** Steps of a file that may still differ. */
export function openSteps(folder: ApiFolder, file: string): number {
  const line = readFileSync(OPEN, "utf8")
    .split("\n")
    .find((l) => l.startsWith(`${folder}/${file} `));
  return Number(line?.split(" ")[1] ?? 0);
}

export function playApi(folder: ApiFolder, file: string, kubeconfig: string): Promise<ApiOutcome> {
  const kubectl = kubectlFor(folder) ?? "kubectl";
  const args = [join(ORACLE_DIR, "oracle.mjs"), "check", "--kubeconfig", kubeconfig, "--kubectl", kubectl, "--allow", DIFFERENCES];
  return new Promise((done) => {
    execFile(process.execPath, [...args, join(ORACLE_DIR, folder, file)], { maxBuffer: 256 * 1024 * 1024 }, (_error, stdout, stderr) => {
      const report = `${stdout}${stderr}`;
      const count = (pattern: RegExp): number => Number(pattern.exec(report)?.[1] ?? 0);
      done({
        passed: count(/^(\d+) passed/m),
        failed: count(/^\d+ passed, (\d+) failed/m),
        allowed: count(/^(\d+) differ as allowed/m),
        report,
      });
    });
  });
}
