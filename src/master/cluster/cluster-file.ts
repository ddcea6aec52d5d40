import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { FILE_LOCK_RETRY_MS, FILE_LOCK_WAIT_MS } from "./limits.js";
import { clusterFilePath } from "./paths.js";
import { isAlive, type ProcessRef } from "./process-state.js";
import type { ClusterSpec } from "./spec.js";

export const CLUSTER_FILE_VERSION = 1;

export interface MasterProcess extends ProcessRef {
  readonly name: string;
  readonly socket: string;
}

/** What runs in a data directory, and with which ports: written by whoever starts or ends processes there. */
export interface ClusterFile {
  readonly formatVersion: typeof CLUSTER_FILE_VERSION;
  readonly spec: ClusterSpec;
  /** Where the specification came from, for people. */
  readonly origin: string;
  /** `up` while it is attached to its masters. */
  readonly supervisor?: ProcessRef & { readonly socket: string; readonly restart: boolean };
  readonly masters: readonly MasterProcess[];
  /** Processes that carry hollow nodes. */
  readonly nodes?: readonly NodesProcess[];
}
export interface NodesProcess extends ProcessRef {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

/** cluster.json is there and cannot be read. */
export class ClusterFileBroken extends Error {
  override readonly name = "ClusterFileBroken";
}

export function readClusterFile(dataDir: string): ClusterFile | undefined {
  const path = clusterFilePath(dataDir);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ClusterFileBroken(`${path} cannot be read: ${(error as Error).message}`);
  }
  return parse(path, text);
}

function parse(path: string, text: string): ClusterFile {
  let value: Partial<ClusterFile>;
  try {
    value = JSON.parse(text) as Partial<ClusterFile>;
  } catch (error) {
    throw new ClusterFileBroken(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (value.formatVersion !== CLUSTER_FILE_VERSION) {
    throw new ClusterFileBroken(`${path} has format ${value.formatVersion}; this version reads ${CLUSTER_FILE_VERSION}`);
  }
  if (!Array.isArray(value.masters) || !Array.isArray(value.spec?.masters))
    throw new ClusterFileBroken(`${path} does not name its masters`);
  return value as ClusterFile;
}

/** Reads, changes and replaces the file whole, one writer at a time; `change` gets undefined when there is none. */
export function updateClusterFile(
  dataDir: string,
  change: (file: ClusterFile | undefined) => ClusterFile | undefined,
): ClusterFile | undefined {
  const path = clusterFilePath(dataDir);
  mkdirSync(dataDir, { recursive: true });
  const unlock = lock(`${path}.lock`);
  try {
    const next = change(readClusterFile(dataDir));
    if (next === undefined) return undefined;
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(next, undefined, 2)}\n`);
    renameSync(temporary, path);
    return next;
  } finally {
    unlock();
  }
}

/** Creating the file is the lock. It is held for about a millisecond: one that is older was left behind by a crash. */
function lock(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      closeSync(openSync(path, "wx"));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const age = ageMs(path);
    if (age !== undefined && age > FILE_LOCK_WAIT_MS) rmSync(path, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FILE_LOCK_RETRY_MS);
  }
}

function ageMs(path: string): number | undefined {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

/** With one master's process replaced by what is known of it now. */
export function withMaster(file: ClusterFile, master: MasterProcess): ClusterFile {
  return { ...file, masters: [...file.masters.filter((m) => m.name !== master.name), master].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

export function withoutSupervisor(file: ClusterFile): ClusterFile {
  const { supervisor: _gone, ...rest } = file;
  return rest;
}

export const livingMasters = (file: ClusterFile): readonly MasterProcess[] => file.masters.filter((m) => isAlive(m));
export const livingSupervisor = (file: ClusterFile): ClusterFile["supervisor"] =>
  file.supervisor !== undefined && isAlive(file.supervisor) ? file.supervisor : undefined;
export const livingNodes = (file: ClusterFile): readonly NodesProcess[] => (file.nodes ?? []).filter((n) => isAlive(n));
