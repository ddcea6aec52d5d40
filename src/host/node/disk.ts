import * as fs from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { type Bytes, check } from "../../base/index.js";
import type { Disk, DiskFile, DiskLock } from "../index.js";
import { NodeDiskFile } from "./disk-file.js";
import { call, callIfPresent } from "./errno.js";
import { lockDirectory } from "./lock.js";

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
const FLAGS = { read: O_RDONLY, write: O_RDWR, create: O_RDWR | O_CREAT | O_EXCL } as const;
/** State may hold secrets of the cluster: readable by its owner only. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** The real disk below `root`, which is created when missing. */
export async function createNodeDisk(root: string): Promise<Disk> {
  const base = resolve(root);
  await call<unknown>(base, "mkdir", (end) => fs.mkdir(base, { recursive: true, mode: DIRECTORY_MODE }, end));
  return new NodeDisk(base);
}

class NodeDisk implements Disk {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile> {
    const full = this.#full(path);
    const fd = await call<number>(full, "open", (end) => fs.open(full, FLAGS[mode], FILE_MODE, end));
    return new NodeDiskFile(fd, full);
  }

  async readFile(path: string): Promise<Bytes | undefined> {
    const full = this.#full(path);
    return callIfPresent<Buffer, undefined>(full, "read", undefined, (end) => fs.readFile(full, end));
  }

  async replaceFile(path: string, bytes: Bytes): Promise<void> {
    const temporary = `${path}.tmp`;
    await this.remove(temporary);
    const file = await this.open(temporary, "create");
    try {
      await file.write(0, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.rename(temporary, path);
    await this.syncDirectory(dirname(path));
  }

  async list(directory: string): Promise<readonly string[]> {
    const full = this.#full(directory);
    const names = await callIfPresent<string[], string[]>(full, "list", [], (end) => fs.readdir(full, end));
    return names.sort();
  }

  async makeDirectory(path: string): Promise<void> {
    const full = this.#full(path);
    await call<unknown>(full, "mkdir", (end) => fs.mkdir(full, { recursive: true, mode: DIRECTORY_MODE }, end));
  }

  async remove(path: string): Promise<void> {
    const full = this.#full(path);
    await call<void>(full, "remove", (end) => fs.rm(full, { recursive: true, force: true }, end));
  }

  async rename(from: string, to: string): Promise<void> {
    const full = this.#full(from);
    await call<void>(full, "rename", (end) => fs.rename(full, this.#full(to), end));
  }

  async syncDirectory(directory: string): Promise<void> {
    const full = this.#full(directory);
    const fd = await call<number>(full, "open", (end) => fs.open(full, O_RDONLY, end));
    try {
      await call<void>(full, "fsync", (end) => fs.fsync(fd, end));
    } finally {
      await call<void>(full, "close", (end) => fs.close(fd, end));
    }
  }

  async freeBytes(): Promise<number> {
    const stats = await call<fs.StatsFs>(this.#root, "statfs", (end) => fs.statfs(this.#root, end));
    return stats.bavail * stats.bsize;
  }

  lock(path: string): Promise<DiskLock | { readonly heldBy: number }> {
    return lockDirectory(this.#full(path));
  }

  #full(path: string): string {
    const full = join(this.#root, path);
    check(full === this.#root || full.startsWith(this.#root + sep), `path leaves the root: ${path}`);
    return full;
  }
}
