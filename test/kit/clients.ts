import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";

export type ClientVersion = "1.27" | "1.35";

/** A real client of that version: KUBECTL or HELM, one that scripts/clients.mjs brought, one on the path; undefined when there is none. */
export function clientProgram(name: "kubectl" | "helm", version: ClientVersion): string | undefined {
  const brought = resolve(`.clients/${version}/${name}`);
  const named = process.env[name.toUpperCase()];
  const candidates = [...(named === undefined ? [] : [named]), ...(existsSync(brought) ? [brought] : []), name];
  return candidates.find((program) => name === "helm" || isVersion(program, version));
}
function isVersion(program: string, version: ClientVersion): boolean {
  try {
    const text = execFileSync(program, ["version", "--client", "-o", "json"], { encoding: "utf8", timeout: 10_000, stdio: "pipe" });
    const found = JSON.parse(text) as { readonly clientVersion: { readonly gitVersion: string } };
    return found.clientVersion.gitVersion.startsWith(`v${version}.`);
  } catch {
    return false;
  }
}

/** Runs a client in a directory that is its home too: caches and settings are of this run alone. What it prints. */
export async function runClient(
  at: { readonly directory: string; readonly kubeconfig: string; readonly timeoutMs: number },
  program: string | undefined,
  args: readonly string[],
): Promise<string> {
  const env = { ...process.env, KUBECONFIG: at.kubeconfig, HOME: at.directory };
  return (await promisify(execFile)(program ?? "", [...args], { cwd: at.directory, env, timeout: at.timeoutMs })).stdout;
}
