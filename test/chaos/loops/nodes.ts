import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Random } from "../../../src/base/index.js";
import { type NodesProcess as NodesEntry, readClusterFile, updateClusterFile } from "../../../src/master/cluster/cluster-file.js";
import { isAlive, type ProcessRef, refOf } from "../../../src/master/cluster/process-state.js";
import type { TestApi } from "../../kit/api.js";
import { until } from "../../kit/until.js";
import { wait } from "../clients.js";

/** As in the kit: another build of the same. */
const PROGRAM = process.env["TRIMAST_CLI"] ?? resolve(import.meta.dirname, "../../../dist/trimast.js");
const NODES_PROGRAM = join(PROGRAM, "..", "nodes-process.js");

/** The process that carries hollow nodes, as a machine whose power somebody plays with. */
export class NodesProcess {
  readonly names: readonly string[];
  readonly #name: string;
  readonly #directory: string;
  #process: ProcessRef;

  /** `first`: the number of its first node. */
  constructor(api: TestApi, first: number) {
    const found = readClusterFile(api.directory)?.nodes?.find((n) => n.first === first);
    if (found === undefined) throw new Error(`no process carries node-${first}`);
    this.names = Array.from({ length: found.count }, (_, i) => `node-${first + i}`);
    this.#name = found.name;
    this.#directory = api.directory;
    this.#process = found;
  }
  pause(): void {
    process.kill(this.#process.pid, "SIGSTOP");
  }
  resume(): void {
    process.kill(this.#process.pid, "SIGCONT");
  }
  async kill(): Promise<void> {
    process.kill(this.#process.pid, "SIGKILL");
    await until("the nodes' process is gone", () => !isAlive(this.#process));
  }
  /** With the arguments that it had. It ends with its cluster. */
  start(): void {
    const log = openSync(join(this.#directory, "logs", `${this.#name}.log`), "a");
    const args = [NODES_PROGRAM, join(this.#directory, "run", `${this.#name}.json`)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", log, log], detached: true });
    closeSync(log);
    child.unref();
    this.#process = refOf(child.pid ?? 0);
    const again = (entry: NodesEntry): NodesEntry => (entry.name === this.#name ? { ...entry, ...this.#process } : entry);
    updateClusterFile(this.#directory, (file) => file && { ...file, nodes: (file.nodes ?? []).map(again) });
  }
  /** One that stands still would not end with its cluster. */
  end(): void {
    if (isAlive(this.#process)) this.resume();
  }
}

export const NODE_FAULTS = ["kill nodes", "pause nodes"] as const;
export interface NodeAttack {
  readonly durationMs: number;
  readonly harmMs: number;
  readonly calmMs: number;
  readonly progress: (line: string) => void;
}
/** The machines go out, or stand still, beside whatever is done to the masters; each time they come back. */
export async function attackNodes(nodes: NodesProcess, options: NodeAttack, random: Random, done: string[]): Promise<void> {
  const { durationMs, harmMs, calmMs, progress } = options;
  const end = performance.now() + durationMs;
  for (let i = 0; performance.now() < end; i++) {
    await wait(calmMs + random.below(calmMs));
    const fault = NODE_FAULTS[i % NODE_FAULTS.length] ?? "kill nodes";
    done.push(fault);
    progress(fault);
    if (fault === "kill nodes") await nodes.kill();
    else nodes.pause();
    await wait(harmMs + random.below(harmMs * 2));
    if (fault === "kill nodes") nodes.start();
    else nodes.resume();
  }
}
