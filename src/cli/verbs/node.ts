import { resolve } from "node:path";
import { livingMasters, startNodes } from "../../master/cluster/index.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";
import type { Out } from "../out.js";
import { dataDirOf } from "../resolve.js";
import { ok } from "../style.js";
import { clusterIn } from "../view.js";

export interface NodeFlags {
  readonly hollow: string;
  readonly stages?: readonly string[];
  readonly dataDir?: string;
}
const NODES_MAX = 20_000;

/** More hollow nodes, in a process of their own that goes on until `down`. */
export async function addNodes(flags: NodeFlags, out: Out): Promise<ExitCode> {
  const count = Number(flags.hollow);
  if (!/^\d+$/.test(flags.hollow) || count < 1 || count > NODES_MAX)
    throw new CliError("TE0002", `--hollow ${flags.hollow}: a number from 1 to ${NODES_MAX}`, { fix: "trimast node add --hollow 3" });
  const dataDir = dataDirOf(flags.dataDir, process.env);
  const file = clusterIn(dataDir);
  if (file.spec.front === undefined || livingMasters(file).length === 0)
    throw new CliError("TE0001", `no API is served in ${dataDir}: nodes have nobody to register with`, { fix: "trimast up" });
  const began = performance.now();
  const stages = (flags.stages ?? []).map((path) => resolve(path));
  const nodes = startNodes({ dataDir, count, stages, attached: false });
  try {
    await nodes.registered;
  } catch (error) {
    throw new CliError("TE0104", (error as Error).message, { fix: `see ${dataDir}/logs/nodes-${nodes.first}.log` });
  }
  nodes.release();
  const last = nodes.first + count - 1;
  const names = count === 1 ? `node-${nodes.first}` : `node-${nodes.first} to node-${last}`;
  out.print(ok(out.style, `${names} joined (pid ${nodes.pid})   ${Math.round(performance.now() - began)} ms`));
  out.print("    next: trimast kubectl get nodes");
  return EXIT.done;
}
