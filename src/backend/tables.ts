import { type FileHandle, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "../base/index.js";
import { BackendDamaged } from "./types.js";

/** LevelDB's table files end in a footer that points at the index and, over one more block, at the bloom filter. It reads
 *  both without looking at their checksums: a flipped bit in a filter makes a stored key read as absent, which no checksum
 *  on values can show (tried). So they are checked here, once, when the database is opened. */
const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Behind each block: its compression, one byte, and a masked CRC-32C over block and compression. */
const TRAILER_BYTES = 5;
const FILTER_NAME = "filter.";

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** Table files and what tells a file from another that was later given its name. */
export type Tables = ReadonlyMap<string, string>;

export async function tablesIn(location: string): Promise<Tables> {
  const names = await readdir(location).catch(() => []);
  const tables = new Map<string, string>();
  for (const name of names) {
    if (!/\.(ldb|sst)$/.test(name)) continue;
    const stats = await stat(join(location, name)).catch(() => undefined);
    if (stats !== undefined) tables.set(name, `${stats.ino}/${stats.mtimeMs}/${stats.size}`);
  }
  return tables;
}

/** Checks the tables of `before` that are still there. Listed before LevelDB opened: opening removes unfinished ones, and
 *  those that appear afterwards are being written. `everything` also checks the blocks that hold data, which costs a second
 *  and a half a gigabyte: a damaged one can make LevelDB abort the process on an assertion (tried). Throws BackendDamaged. */
export async function verifyTables(location: string, before: Tables, options: { readonly everything: boolean }): Promise<void> {
  for (const [name, identity] of await tablesIn(location)) {
    if (before.get(name) !== identity) continue;
    const index = await verifyTable(join(location, name));
    if (options.everything && index !== undefined) await verifyData(join(location, name), index);
  }
}

/** `index` was found to be right: one entry a data block, whose value is the block's handle. */
async function verifyData(path: string, index: Buffer): Promise<void> {
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined) return;
  const restarts = index.readUInt32LE(index.length - 4);
  const end = index.length - 4 * (restarts + 1);
  for (let at = 0; at < end; ) {
    const unshared = varint(index, varint(index, at).next);
    const valueLength = varint(index, unshared.next);
    const valueAt = valueLength.next + unshared.value;
    const { handle } = handleAt(index, valueAt);
    checkBlock(file.subarray(handle.offset, handle.offset + handle.size + TRAILER_BYTES), path, handle);
    at = valueAt + valueLength.value;
  }
}

/** Returns the index block; undefined when the file is gone. */
async function verifyTable(path: string): Promise<Buffer | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  // Compacted away since it was listed.
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size < FOOTER_BYTES) throw new BackendDamaged(`${path} is cut short`);
    const footer = await readExactly(file, path, { offset: size - FOOTER_BYTES, size: FOOTER_BYTES });
    if (footer.readBigUInt64LE(40) !== MAGIC) throw new BackendDamaged(`${path} does not end like a table`);
    const { handle: metaindex, next } = handleAt(footer, 0);
    const index = await readBlock(file, path, handleAt(footer, next).handle);
    const filter = filterHandle(await readBlock(file, path, metaindex));
    if (filter !== undefined) await readBlock(file, path, filter);
    return index;
  } finally {
    await file.close();
  }
}

/** The block's bytes without its trailer, which was found to be right. */
async function readBlock(file: FileHandle, path: string, handle: Handle): Promise<Buffer> {
  const bytes = await readExactly(file, path, { offset: handle.offset, size: handle.size + TRAILER_BYTES });
  checkBlock(bytes, path, handle);
  return bytes.subarray(0, handle.size);
}

/** `bytes`: the block with its trailer. */
function checkBlock(bytes: Buffer, path: string, handle: Handle): void {
  const whole = bytes.length === handle.size + TRAILER_BYTES;
  if (whole && bytes.readUInt32LE(handle.size + 1) === mask(crc32c(bytes, 0, 0, handle.size + 1))) return;
  throw new BackendDamaged(`${path} at byte ${handle.offset}: block checksum does not match`);
}

async function readExactly(file: FileHandle, path: string, { offset, size }: Handle): Promise<Buffer> {
  const { size: fileBytes } = await file.stat();
  if (!(offset + size <= fileBytes)) throw new BackendDamaged(`${path}: a block lies outside the file`);
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, offset);
  if (bytesRead !== size) throw new BackendDamaged(`${path} cannot be read at byte ${offset}`);
  return bytes;
}

/** LevelDB stores checksums rotated and shifted, so that a checksum of data that holds checksums stays good. */
function mask(crc: number): number {
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
}

function handleAt(bytes: Buffer, at: number): { readonly handle: Handle; readonly next: number } {
  const offset = varint(bytes, at);
  const size = varint(bytes, offset.next);
  return { handle: { offset: offset.value, size: size.value }, next: size.next };
}

function varint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let factor = 1;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: at + 1 };
    factor *= 128;
  }
  return { value: Number.POSITIVE_INFINITY, next: bytes.length };
}

/** The metaindex holds one entry, the filter's: shared, unshared and value length, then name and handle. */
function filterHandle(metaindex: Buffer): Handle | undefined {
  const shared = varint(metaindex, 0);
  const unshared = varint(metaindex, shared.next);
  const valueLength = varint(metaindex, unshared.next);
  const valueAt = valueLength.next + unshared.value;
  const name = metaindex.toString("latin1", valueLength.next, valueAt);
  return name.startsWith(FILTER_NAME) ? handleAt(metaindex, valueAt).handle : undefined;
}
