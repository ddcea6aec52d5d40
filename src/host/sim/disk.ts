import { type Bytes, copyBytes, equalBytes, type Random } from "../../base/index.js";
import { type Disk, DiskError, type DiskFile, type DiskLock } from "../index.js";
import { SimFiles } from "./files.js";
import { SimInode } from "./inode.js";

export type SimOperation = "read" | "write" | "sync" | "directory";

export interface SimDiskOptions {
  /** Chooses what a crash keeps. The same stream and the same calls give the same disk. */
  readonly random: Random;
  /** Runs the completion of an operation; the simulator decides when. At once by default. What was written counts as
   *  written (and may survive a crash in part) from the call on, as synced only once `run` has run. */
  readonly delay?: (run: () => void, operation: SimOperation) => void;
  readonly capacityBytes?: number;
  /** Whom `lock` names as the owner. */
  readonly pid?: number;
}

const CAPACITY_BYTES = 1024 * 1024 * 1024;

/** A disk in memory that forgets like a real one. After `crash`, use `disk` of the next life; the old one is dead. */
export class SimDisk {
  readonly #options: SimDiskOptions;
  readonly #files: SimFiles;
  #capacityBytes: number;
  #life = 0;
  #locks = new Set<string>();
  #syncFailures: { readonly path: string; left: number }[] = [];

  constructor(options: SimDiskOptions) {
    this.#options = options;
    this.#files = new SimFiles();
    this.#capacityBytes = options.capacityBytes ?? CAPACITY_BYTES;
  }

  /** The disk as the present life sees it. */
  get disk(): Disk {
    return new LivingDisk(this, this.#life);
  }

  /** Power is cut: synced state survives, and of what was not synced a random part. Calls under way never return. */
  crash(): void {
    this.#life++;
    this.#locks.clear();
    this.#files.crash(this.#options.random);
  }

  /** The process dies, the machine stays: everything written survives, locks are released. */
  kill(): void {
    this.#life++;
    this.#locks.clear();
  }

  /** The next `times` syncs of files whose path contains `path` fail with EIO; what they should have synced may be lost. */
  failSyncs(path: string, times = 1): void {
    this.#syncFailures.push({ path, left: times });
  }

  /** Writes that need more than this fail with ENOSPC. */
  limitTo(bytes: number): void {
    this.#capacityBytes = bytes;
  }

  /** Bit rot: the byte changes where it is stored, and reads show it. */
  flip(path: string, offset: number, mask = 0x01): void {
    this.#inode(path).flip(offset, mask);
  }

  /** What a read would see. */
  peek(path: string): Bytes | undefined {
    const found = this.#files.find(path);
    return found instanceof SimInode ? copyBytes(found.content()) : undefined;
  }

  /** Every file's path, sorted. */
  paths(): readonly string[] {
    return this.#files.paths();
  }

  /** @internal For LivingDisk. */
  get files(): SimFiles {
    return this.#files;
  }

  /** @internal Resolves with the result of `run` when the simulator lets it; never in a later life. */
  complete<T>(life: number, operation: SimOperation, run: () => T): Promise<T> {
    const delay = this.#options.delay ?? ((now: () => void) => now());
    return new Promise((resolve, reject) => {
      if (life !== this.#life) return;
      delay(() => {
        if (life !== this.#life) return;
        try {
          resolve(run());
        } catch (error) {
          reject(error);
        }
      }, operation);
    });
  }

  /** @internal */
  isAlive(life: number): boolean {
    return life === this.#life;
  }

  /** @internal Throws ENOSPC unless the file may grow to `size`. */
  reserve(path: string, inode: SimInode, size: number): void {
    const growth = Math.max(0, size - inode.size());
    if (growth > 0 && this.#files.usedBytes() + growth > this.#capacityBytes) throw new DiskError("ENOSPC", path, "write");
  }

  /** @internal */
  freeBytes(): number {
    return Math.max(0, this.#capacityBytes - this.#files.usedBytes());
  }

  /** @internal Whether this sync of `path` is to fail. */
  takeSyncFailure(path: string): boolean {
    const failure = this.#syncFailures.find((each) => each.left > 0 && path.includes(each.path));
    if (failure === undefined) return false;
    failure.left--;
    return true;
  }

  /** @internal */
  lock(path: string): DiskLock | { readonly heldBy: number } {
    if (this.#locks.has(path)) return { heldBy: this.#options.pid ?? 1 };
    this.#locks.add(path);
    return {
      release: async () => {
        this.#locks.delete(path);
      },
    };
  }

  /** @internal */
  get random(): Random {
    return this.#options.random;
  }

  #inode(path: string): SimInode {
    const found = this.#files.find(path);
    if (!(found instanceof SimInode)) throw new DiskError("ENOENT", path, "flip");
    return found;
  }
}

/** The Disk port for one life of the process. */
class LivingDisk implements Disk {
  readonly #sim: SimDisk;
  readonly #life: number;

  constructor(sim: SimDisk, life: number) {
    this.#sim = sim;
    this.#life = life;
  }

  open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile> {
    return this.#complete("directory", () => {
      const found = this.#sim.files.find(path);
      if (mode === "create") {
        if (found !== undefined) throw new DiskError("EEXIST", path, "open");
        const inode = new SimInode();
        this.#sim.files.link(path, inode);
        return new SimDiskFile(this.#sim, this.#life, path, inode);
      }
      if (found === undefined) throw new DiskError("ENOENT", path, "open");
      if (!(found instanceof SimInode)) throw new DiskError("EISDIR", path, "open");
      return new SimDiskFile(this.#sim, this.#life, path, found);
    });
  }

  readFile(path: string): Promise<Bytes | undefined> {
    return this.#complete("read", () => this.#sim.peek(path));
  }

  async replaceFile(path: string, bytes: Bytes): Promise<void> {
    const temporary = `${path}.tmp`;
    await this.remove(temporary);
    const file = await this.open(temporary, "create");
    await file.write(0, bytes);
    await file.sync();
    await file.close();
    await this.rename(temporary, path);
    await this.syncDirectory(parentOf(path));
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#complete("directory", () => this.#sim.files.list(directory));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#complete("directory", () => this.#sim.files.makeDirectory(path));
  }

  remove(path: string): Promise<void> {
    return this.#complete("directory", () => this.#sim.files.remove(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#complete("directory", () => this.#sim.files.rename(from, to));
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#complete("sync", () => {
      if (this.#sim.takeSyncFailure(directory)) throw new DiskError("EIO", directory, "fsync");
      this.#sim.files.syncDirectory(directory);
    });
  }

  async freeBytes(): Promise<number> {
    return this.#sim.freeBytes();
  }

  async lock(path: string): Promise<DiskLock | { readonly heldBy: number }> {
    return this.#sim.lock(path);
  }

  #complete<T>(operation: SimOperation, run: () => T): Promise<T> {
    return this.#sim.complete(this.#life, operation, run);
  }
}

class SimDiskFile implements DiskFile {
  readonly #sim: SimDisk;
  readonly #life: number;
  readonly #path: string;
  readonly #inode: SimInode;

  constructor(sim: SimDisk, life: number, path: string, inode: SimInode) {
    this.#sim = sim;
    this.#life = life;
    this.#path = path;
    this.#inode = inode;
  }

  read(offset: number, length: number): Promise<Bytes> {
    return this.#sim.complete(this.#life, "read", () => copyBytes(this.#inode.content().subarray(offset, offset + length)));
  }

  write(offset: number, bytes: Bytes): Promise<void> {
    return this.#put(offset, bytes, "write", () => {});
  }

  writeDurably(offset: number, bytes: Bytes): Promise<void> {
    const before = copyBytes(bytes);
    return this.#put(offset, bytes, "sync", (version) => {
      if (!equalBytes(before, bytes)) throw new DiskError("EFAULT", this.#path, "buffer changed under write of");
      this.#sync(version);
    });
  }

  sync(): Promise<void> {
    const version = this.#inode.version();
    return this.#sim.complete(this.#life, "sync", () => this.#sync(version));
  }

  async size(): Promise<number> {
    return this.#inode.size();
  }

  truncate(length: number): Promise<void> {
    return this.#sim.complete(this.#life, "write", () => this.#inode.truncate(length));
  }

  async close(): Promise<void> {}

  #put(offset: number, bytes: Bytes, operation: SimOperation, then: (version: number) => void): Promise<void> {
    if (!this.#sim.isAlive(this.#life)) return new Promise(() => {});
    let failure: unknown;
    let version = 0;
    try {
      this.#sim.reserve(this.#path, this.#inode, offset + bytes.length);
      version = this.#inode.write(offset, bytes);
    } catch (error) {
      failure = error;
    }
    return this.#sim.complete(this.#life, operation, () => {
      if (failure !== undefined) throw failure;
      then(version);
    });
  }

  #sync(version: number): void {
    if (this.#sim.takeSyncFailure(this.#sim.files.pathOf(this.#inode) ?? this.#path)) {
      this.#inode.forgetSome(this.#sim.random);
      throw new DiskError("EIO", this.#path, "fdatasync");
    }
    this.#inode.sync(version);
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
