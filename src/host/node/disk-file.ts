import * as fs from "node:fs";
import type { Bytes } from "../../base/index.js";
import type { DiskFile } from "../index.js";
import { call } from "./errno.js";

/** O_DSYNC saves a trip through the thread pool (measured: 127 against 139 us). Only Linux is known to reach the platter with it. */
const HAS_DSYNC = process.platform === "linux" && fs.constants.O_DSYNC !== undefined && fs.existsSync("/proc/self/fd");

/** A file by its descriptor. Plain writes and durable writes go through two descriptors of the same file. */
export class NodeDiskFile implements DiskFile {
  readonly #fd: number;
  readonly #path: string;
  #durableFd: number | undefined;
  /** Bytes [from, to) written plainly since the last sync: an O_DSYNC write makes only its own range durable. */
  #dirtyFrom = Number.POSITIVE_INFINITY;
  #dirtyTo = 0;

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  async read(offset: number, length: number): Promise<Bytes> {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const got = await call<number>(this.#path, "read", (end) => fs.read(this.#fd, bytes, done, length - done, offset + done, end));
      if (got === 0) break;
      done += got;
    }
    return done === length ? bytes : bytes.subarray(0, done);
  }

  async write(offset: number, bytes: Bytes): Promise<void> {
    this.#dirtyFrom = Math.min(this.#dirtyFrom, offset);
    this.#dirtyTo = Math.max(this.#dirtyTo, offset + bytes.length);
    await this.#writeAll(this.#fd, offset, bytes);
  }

  async writeDurably(offset: number, bytes: Bytes): Promise<void> {
    const covered = this.#dirtyFrom >= offset && this.#dirtyTo <= offset + bytes.length;
    if (!HAS_DSYNC || !covered) {
      await this.write(offset, bytes);
      await this.sync();
      return;
    }
    this.#durableFd ??= await this.#openDurably();
    await this.#writeAll(this.#durableFd, offset, bytes);
    this.#clean();
  }

  async sync(): Promise<void> {
    await call<void>(this.#path, "fdatasync", (end) => fs.fdatasync(this.#fd, end));
    this.#clean();
  }

  async size(): Promise<number> {
    const stats = await call<fs.Stats>(this.#path, "stat", (end) => fs.fstat(this.#fd, end));
    return stats.size;
  }

  async truncate(length: number): Promise<void> {
    await call<void>(this.#path, "truncate", (end) => fs.ftruncate(this.#fd, length, end));
    // A new length is not inside any byte range, so the next durable write must be a full sync.
    this.#dirtyFrom = 0;
    this.#dirtyTo = Number.POSITIVE_INFINITY;
  }

  async close(): Promise<void> {
    const durable = this.#durableFd;
    this.#durableFd = undefined;
    if (durable !== undefined) await call<void>(this.#path, "close", (end) => fs.close(durable, end));
    await call<void>(this.#path, "close", (end) => fs.close(this.#fd, end));
  }

  /** By descriptor, not by name: the file may have been renamed since it was opened. */
  #openDurably(): Promise<number> {
    return call<number>(this.#path, "open", (end) => fs.open(`/proc/self/fd/${this.#fd}`, fs.constants.O_RDWR | fs.constants.O_DSYNC, end));
  }

  #clean(): void {
    this.#dirtyFrom = Number.POSITIVE_INFINITY;
    this.#dirtyTo = 0;
  }

  async #writeAll(fd: number, offset: number, bytes: Bytes): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      done += await call<number>(this.#path, "write", (end) => fs.write(fd, bytes, done, bytes.length - done, offset + done, end));
    }
  }
}
