import type { Bytes } from "../base/index.js";

/** What the operating system said: `code` is errno's name (ENOENT, EIO, ENOSPC, EEXIST, ...). */
export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string, operation: string, options?: ErrorOptions) {
    super(`${code}: ${operation} ${path}`, options);
    this.code = code;
    this.path = path;
  }
}

/** An open file. Offsets and lengths are bytes. One writer at a time; every method rejects with DiskError. */
export interface DiskFile {
  /** Up to `length` bytes from `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Writes all of `bytes` at `offset`; not durable until `sync`. */
  write(offset: number, bytes: Bytes): Promise<void>;
  /** Writes all of `bytes` at `offset` and resolves when they, and everything written before, are durable. */
  writeDurably(offset: number, bytes: Bytes): Promise<void>;
  /** fdatasync. After a rejection nothing that was written since the last success may be believed, nor the call repeated. */
  sync(): Promise<void>;
  size(): Promise<number>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface DiskLock {
  release(): Promise<void>;
}

/** Paths use "/" and are inside the directory the host was made for. */
export interface Disk {
  /** `read` needs the file; `write` opens an existing one; `create` makes a new one and rejects with EEXIST. */
  open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile>;
  /** The whole file, or undefined when there is none. */
  readFile(path: string): Promise<Bytes | undefined>;
  /** Replaces the file whole and durably: temporary file, sync, rename, directory sync. */
  replaceFile(path: string, bytes: Bytes): Promise<void>;
  /** Names in a directory, sorted; empty when there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or a whole directory; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes creations, renames and removals in `directory` durable. */
  syncDirectory(directory: string): Promise<void>;
  /** Free bytes for this process on the file system of the directory. */
  freeBytes(): Promise<number>;
  /** Exclusive lock on the directory that dies with its process; `{ heldBy }` names the living owner's pid. */
  lock(path: string): Promise<DiskLock | { readonly heldBy: number }>;
}
