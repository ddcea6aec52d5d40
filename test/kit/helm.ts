import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ClientVersion, clientProgram } from "./clients.js";

const HELM_MS_MAX = 60_000;
/** What scripts/clients.mjs brings: helm 3 came with the older, helm 4 with the newer. */
const BROUGHT: Readonly<Record<3 | 4, ClientVersion>> = { 3: "1.27", 4: "1.35" };

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** undefined: there is none here. */
export function helmProgram(major: 3 | 4): string | undefined {
  const program = clientProgram("helm", BROUGHT[major]);
  return program !== undefined && isMajor(program, major) ? program : undefined;
}
function isMajor(program: string, major: 3 | 4): boolean {
  try {
    const version = execFileSync(program, ["version", "--template", "{{.Version}}"], { encoding: "utf8", timeout: 10_000, stdio: "pipe" });
    return version.startsWith(`v${major}.`);
  } catch {
    return false;
  }
}

/** One namespace's releases, with a home directory of their own. */
export class Helm {
  readonly major: 3 | 4;
  readonly namespace: string;
  readonly #program: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #home: string;
  constructor(options: { readonly major: 3 | 4; readonly program: string; readonly namespace: string; readonly kubeconfig: string }) {
    this.major = options.major;
    this.namespace = options.namespace;
    this.#program = options.program;
    this.#home = mkdtempSync(join(tmpdir(), "trimast-helm-"));
    this.#env = { ...process.env, KUBECONFIG: options.kubeconfig, HOME: this.#home };
  }
  close(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** What it says; throws what it complains of. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.#exec(args);
    if (code !== 0) throw new Error(`helm ${args.join(" ")}: ${err}${out}`);
    return out;
  }
  /** What it complains of; throws when it does not. */
  async fails(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.#exec(args);
    if (code === 0) throw new Error(`helm ${args.join(" ")} did not fail: ${out}`);
    return err;
  }
  /** "deployed", "superseded", ...: oldest first. */
  async history(release: string): Promise<readonly string[]> {
    const revisions = JSON.parse(await this.run("history", release, "-o", "json")) as readonly { readonly status: string }[];
    return revisions.map((r) => r.status);
  }

  #exec(args: readonly string[]): Promise<Run> {
    const options = { cwd: resolve("test/charts"), env: this.#env, timeout: HELM_MS_MAX };
    return new Promise((done) => {
      execFile(this.#program, ["--namespace", this.namespace, ...args], options, (error, out, err) =>
        done({ code: error === null ? 0 : 1, out, err: error !== null && err === "" ? error.message : err }),
      );
    });
  }
}
