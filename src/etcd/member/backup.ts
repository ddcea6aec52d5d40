import type { BackendSnapshot } from "../../backend/types.js";
import { type Bytes, concatBytes, crc32c, fromLatin1, utf8 } from "../../base/index.js";
import type { SnapshotChunk } from "../api/index.js";
import { SNAPSHOT_ALIGN_BYTES, SNAPSHOT_BLOB_BYTES } from "./limits.js";
import { STORAGE_VERSION } from "./versions.js";

/** A backup file: magic line, then records [u32 length of the rest][u32 crc32c][u8 kind][payload], zeros up to a multiple of 512 bytes,
 *  SHA-256 of everything before. Kind 1: checkpoint (u64 index, u64 term, member state); 2: pair (u16 key length, key, value);
 *  3: end (u64 pairs). Numbers are big-endian. A length of zero is the padding. */
export const BACKUP_MAGIC = "trimast-backup 1\n";
export const BACKUP_KIND = { checkpoint: 1, pair: 2, end: 3 } as const;

export interface Sha256 {
  update(bytes: Bytes): void;
  digest(): Bytes;
}

function record(kind: number, payload: Bytes): Bytes {
  const out = Buffer.allocUnsafe(9 + payload.length);
  out.writeUInt32BE(payload.length + 1, 0);
  out[8] = kind;
  out.set(payload, 9);
  out.writeUInt32BE(crc32c(out, 0, 8), 4);
  return out;
}
function counters(a: number, b?: number): Buffer {
  const out = Buffer.alloc(b === undefined ? 8 : 16);
  out.writeBigUInt64BE(BigInt(a), 0);
  if (b !== undefined) out.writeBigUInt64BE(BigInt(b), 8);
  return out;
}
function pair(key: string, value: Bytes): Bytes {
  const k = fromLatin1(key);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(k.length);
  return record(BACKUP_KIND.pair, concatBytes([size, k, value]));
}

async function* backupBytes(snapshot: BackendSnapshot): AsyncGenerator<Bytes> {
  const { appliedIndex, appliedTerm, state } = snapshot.meta;
  let pairs = 0;
  yield utf8(BACKUP_MAGIC);
  yield record(BACKUP_KIND.checkpoint, concatBytes([counters(appliedIndex, appliedTerm), state]));
  for await (const batch of snapshot.pairs()) {
    pairs += batch.length;
    yield concatBytes(batch.map(([k, v]) => pair(k, v)));
  }
  yield record(BACKUP_KIND.end, counters(pairs));
}

async function sizeOf(snapshot: BackendSnapshot): Promise<number> {
  let bytes = 0;
  for await (const part of backupBytes(snapshot)) bytes += part.length;
  return Math.ceil(bytes / SNAPSHOT_ALIGN_BYTES) * SNAPSHOT_ALIGN_BYTES;
}

/** The stream of the Maintenance service: `remainingBytes` counts down, the last chunk is the SHA-256 that etcdctl looks for. */
export async function* backupChunks(snapshot: BackendSnapshot, sha256: Sha256): AsyncGenerator<SnapshotChunk> {
  const total = await sizeOf(snapshot);
  let remaining = total;
  let waiting: Bytes[] = [];
  let bytes = 0;
  const cut = (): SnapshotChunk => {
    const blob = concatBytes(waiting);
    waiting = [];
    bytes = 0;
    sha256.update(blob);
    remaining -= blob.length;
    return { remainingBytes: remaining, blob, version: STORAGE_VERSION };
  };
  let written = 0;
  for await (const part of backupBytes(snapshot)) {
    for (let at = 0; at < part.length; at += SNAPSHOT_BLOB_BYTES) {
      const piece = part.subarray(at, at + SNAPSHOT_BLOB_BYTES);
      waiting.push(piece);
      bytes += piece.length;
      written += piece.length;
      if (bytes >= SNAPSHOT_BLOB_BYTES) yield cut();
    }
  }
  waiting.push(Buffer.alloc(total - written));
  yield cut();
  yield { remainingBytes: 0, blob: sha256.digest(), version: STORAGE_VERSION };
}
