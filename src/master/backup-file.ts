import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { type Bytes, crc32c, type Index, index, latin1, type Term, term, utf8 } from "../base/index.js";
import { BACKUP_KIND, BACKUP_MAGIC } from "../etcd/member/index.js";

const SHA256_BYTES = 32;
const ALIGN_BYTES = 512;
const HEAD_BYTES = 8;
/** Larger than any record that a member writes: a length beyond it is damage, not a reason to allocate. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024;

/** The file is no backup of ours, or not what was written. */
export class BackupUnreadable extends Error {
  override readonly name = "BackupUnreadable";
}

export interface BackupCheckpoint {
  readonly index: Index;
  readonly term: Term;
  /** The members' encoded state. */
  readonly state: Bytes;
}
export type BackupRecord =
  | { readonly kind: "checkpoint"; readonly checkpoint: BackupCheckpoint }
  | { readonly kind: "pair"; readonly key: string; readonly value: Bytes }
  | { readonly kind: "end"; readonly pairs: number };

/** Reads all of it once: magic, length and the SHA-256 at its end. etcd/member/backup.ts draws the format. */
export async function verifyBackup(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const { size } = await stat(file).catch((error: Error) => {
    throw new BackupUnreadable(`${file} cannot be read: ${error.message}`);
  });
  await checkMagic(file);
  if (size % ALIGN_BYTES !== SHA256_BYTES)
    throw new BackupUnreadable(`${file} has ${size} bytes: it is cut short, or its checksum is missing`);
  const hash = createHash("sha256");
  for await (const part of createReadStream(file, { end: size - SHA256_BYTES - 1 })) hash.update(part as Buffer);
  const expected = await tailOf(file, size);
  const sha256 = hash.digest();
  if (!sha256.equals(expected)) throw new BackupUnreadable(`${file} does not match its SHA-256: it is damaged`);
  return { bytes: size, sha256: sha256.toString("hex") };
}

async function checkMagic(file: string): Promise<void> {
  const head = await bytesAt(file, 0, BACKUP_MAGIC.length);
  if (!head.equals(utf8(BACKUP_MAGIC))) throw new BackupUnreadable(`${file} does not begin as a backup of trimast does`);
}
const tailOf = (file: string, size: number): Promise<Buffer> => bytesAt(file, size - SHA256_BYTES, SHA256_BYTES);

async function bytesAt(file: string, at: number, length: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The records in order; the first is the checkpoint, the last the end. Throws BackupUnreadable. */
export async function* readBackup(file: string): AsyncGenerator<BackupRecord> {
  let rest: Buffer = Buffer.alloc(0);
  let pairs = 0;
  for await (const part of createReadStream(file, { start: BACKUP_MAGIC.length, highWaterMark: 1024 * 1024 })) {
    rest = rest.length === 0 ? (part as Buffer) : Buffer.concat([rest, part as Buffer]);
    let at = 0;
    for (;;) {
      const taken = takeRecord(rest, at, file);
      if (taken === undefined) break;
      const { record } = taken;
      if (record.kind === "pair") pairs++;
      yield record;
      if (record.kind === "end") {
        if (record.pairs !== pairs) throw new BackupUnreadable(`${file} holds ${pairs} pairs, and says ${record.pairs}`);
        return;
      }
      at = taken.next;
    }
    rest = rest.subarray(at);
  }
  throw new BackupUnreadable(`${file} ends before its end record`);
}

function takeRecord(buffer: Buffer, at: number, file: string): { readonly record: BackupRecord; readonly next: number } | undefined {
  if (buffer.length - at < HEAD_BYTES) return undefined;
  const length = buffer.readUInt32BE(at);
  if (length === 0 || length > RECORD_BYTES_MAX) throw new BackupUnreadable(`${file}: a record of ${length} bytes`);
  const next = at + HEAD_BYTES + length;
  if (buffer.length < next) return undefined;
  const body = buffer.subarray(at + HEAD_BYTES, next);
  if (crc32c(body) !== buffer.readUInt32BE(at + 4)) throw new BackupUnreadable(`${file}: a record does not match its checksum`);
  return { record: decodeRecord(body[0] ?? 0, body.subarray(1), file), next };
}

function decodeRecord(kind: number, payload: Buffer, file: string): BackupRecord {
  const counter = (at: number): number => Number(payload.readBigUInt64BE(at));
  switch (kind) {
    case BACKUP_KIND.checkpoint:
      return { kind: "checkpoint", checkpoint: { index: index(counter(0)), term: term(counter(8)), state: payload.subarray(16) } };
    case BACKUP_KIND.pair: {
      const end = 2 + payload.readUInt16BE(0);
      return { kind: "pair", key: latin1(payload.subarray(2, end)), value: payload.subarray(end) };
    }
    case BACKUP_KIND.end:
      return { kind: "end", pairs: counter(0) };
    default:
      throw new BackupUnreadable(`${file}: a record of unknown kind ${kind}, written by a newer version`);
  }
}
