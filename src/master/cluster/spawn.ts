import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { MasterMessage } from "./control-protocol.js";
import { argumentsPath, controlSocketPath, logDirectory, logPath, masterDirectory } from "./paths.js";
import type { ClusterSpec, MasterArguments } from "./spec.js";

export interface SpawnOptions {
  readonly dataDir: string;
  readonly cluster: ClusterSpec;
  /** Attached: its log comes through pipes and it ends with this process. Otherwise it is a daemon that writes its own log file. */
  readonly attached: boolean;
  readonly forceNewCluster?: boolean;
  /** An open listening socket that the process shares. */
  readonly frontFd?: number;
}

export interface SpawnHandlers {
  message(message: MasterMessage): void;
  line(text: string): void;
  exit(code: number | null, signal: NodeJS.Signals | null): void;
}

export interface SpawnedMaster {
  readonly name: string;
  readonly pid: number;
  readonly socket: string;
  kill(signal: NodeJS.Signals): void;
  /** Lets go of a daemon, so that this process can end. */
  release(): void;
}

/** The bundled program lies beside the bundle that this code is in, or in dist when it runs from source. */
export function masterProgram(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const found = [join(at, "master-process.js"), join(at, "dist", "master-process.js")].find((p) => existsSync(p));
    if (found !== undefined) return found;
    if (dirname(at) === at) throw new Error("master-process.js is missing: npm run build");
  }
}

export function spawnMaster(name: string, options: SpawnOptions, handlers: SpawnHandlers): SpawnedMaster {
  const socket = controlSocketPath(options.dataDir, name);
  const file = writeArguments(name, socket, options);
  const child = spawn(process.execPath, [masterProgram(), file], {
    stdio: stdioOf(name, options),
    // A group of its own: Ctrl-C in the terminal is for `up`, which stops its masters in order.
    detached: process.platform !== "win32",
    windowsHide: true,
    // The log's syncs share libuv's threads with the backend's batches: four are too few (a sync of 0.1 ms waits 2 ms).
    env: { UV_THREADPOOL_SIZE: "8", ...process.env },
  });
  child.on("message", (message) => handlers.message(message as MasterMessage));
  child.on("exit", (code, signal) => handlers.exit(code, signal));
  child.on("error", (error) => {
    handlers.line(String(error));
    handlers.exit(1, null);
  });
  for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, handlers.line);
  return {
    name,
    pid: child.pid ?? 0,
    socket,
    kill: (signal) => void child.kill(signal),
    release: () => release(child),
  };
}

function writeArguments(name: string, controlSocket: string, options: SpawnOptions): string {
  const file = argumentsPath(options.dataDir, name);
  mkdirSync(dirname(file), { recursive: true });
  const args: MasterArguments = {
    cluster: options.cluster,
    name,
    dataDir: masterDirectory(options.dataDir, name),
    initialState: "new",
    controlSocket,
    attached: options.attached,
    clusterDir: options.dataDir,
    ...(options.frontFd === undefined ? {} : { frontFd: FRONT_FD }),
    ...(options.forceNewCluster ? { forceNewCluster: true } : {}),
  };
  writeFileSync(file, JSON.stringify(args));
  return file;
}

/** Where the child finds the front socket: behind the three streams and the channel. */
const FRONT_FD = 4;

function stdioOf(name: string, options: SpawnOptions): ("ignore" | "pipe" | "ipc" | number)[] {
  const front = options.frontFd === undefined ? [] : [options.frontFd];
  if (options.attached) return ["ignore", "pipe", "pipe", "ipc", ...front];
  mkdirSync(logDirectory(options.dataDir), { recursive: true });
  const log = openSync(logPath(options.dataDir, name), "a");
  // The child has its own copy by the time the loop turns.
  setImmediate(() => closeSync(log));
  return ["ignore", log, log, "ipc", ...front];
}

function release(child: ChildProcess): void {
  if (child.connected) child.disconnect();
  child.unref();
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}
