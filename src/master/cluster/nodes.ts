import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { livingNodes, type NodesProcess, readClusterFile, updateClusterFile } from "./cluster-file.js";
import { argumentsPath, logDirectory, logPath } from "./paths.js";
import { kubeconfigPath } from "./pki.js";
import { refOf, signal } from "./process-state.js";
import { masterProgram } from "./spawn.js";

/** What a process of hollow nodes is started with, as JSON in a file. */
export interface NodesArguments {
  readonly kubeconfig: string;
  /** node-FIRST .. node-(FIRST+COUNT-1). */
  readonly first: number;
  readonly count: number;
  readonly stages: readonly string[];
  readonly attached: boolean;
}
/** What it tells who started it. */
export type NodesMessage = { readonly kind: "registered"; readonly count: number } | { readonly kind: "failed"; readonly message: string };

export interface StartNodes {
  readonly dataDir: string;
  readonly count: number;
  /** Files of declared stages. */
  readonly stages?: readonly string[];
  /** It ends with this process. */
  readonly attached: boolean;
}
export interface StartedNodes {
  readonly first: number;
  readonly pid: number;
  /** Resolves when all are registered; rejects with why they cannot be. */
  readonly registered: Promise<void>;
  stop(): void;
  /** Lets go of a daemon, so that this process can end. */
  release(): void;
}

/** Starts a process that carries hollow nodes, with the first names that are free. */
export function startNodes(options: StartNodes): StartedNodes {
  const { dataDir, count, attached } = options;
  const file = readClusterFile(dataDir);
  const running = file === undefined ? [] : livingNodes(file);
  const first = Math.max(1, ...running.map((n) => n.first + n.count));
  const name = `nodes-${first}`;
  const args: NodesArguments = { kubeconfig: kubeconfigPath(dataDir), first, count, stages: options.stages ?? [], attached };
  const path = argumentsPath(dataDir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(args));
  const child = spawnNodes(dataDir, name, path);
  const entry: NodesProcess = { ...refOf(child.pid ?? 0), name, first, count };
  updateClusterFile(dataDir, (now) => now && { ...now, nodes: [...livingNodes(now), entry] });
  return {
    first,
    pid: child.pid ?? 0,
    registered: registeredBy(child),
    stop: () => void child.kill("SIGTERM"),
    release: () => {
      if (child.connected) child.disconnect();
      child.unref();
    },
  };
}

/** Ends all of them; how many nodes they carried. */
export function stopNodes(dataDir: string): number {
  const file = readClusterFile(dataDir);
  const running = file === undefined ? [] : livingNodes(file);
  for (const nodes of running) signal(nodes, "SIGTERM");
  updateClusterFile(dataDir, (now) => now && { ...now, nodes: [] });
  return running.reduce((sum, n) => sum + n.count, 0);
}

function spawnNodes(dataDir: string, name: string, path: string): ChildProcess {
  const program = join(dirname(masterProgram()), "nodes-process.js");
  if (!existsSync(program)) throw new Error("nodes-process.js is missing: npm run build");
  mkdirSync(logDirectory(dataDir), { recursive: true });
  const log = openSync(logPath(dataDir, name), "a");
  // The child has its own copy by the time the loop turns.
  setImmediate(() => closeSync(log));
  return spawn(process.execPath, [program, path], {
    stdio: ["ignore", log, log, "ipc"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
}

function registeredBy(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: NodesMessage) => {
      if (message.kind === "registered") resolve();
      else reject(new Error(message.message));
    });
    child.on("error", reject);
    child.on("exit", (code, by) => reject(new Error(`the nodes' process ended with ${by ?? `code ${code}`}`)));
  });
}
