import { type Bytes, crc32c, crc32cOfLatin1, fromLatin1, index, latin1, term } from "../base/index.js";
import type { BucketDigest, Digests } from "./digest.js";
import { SCRATCH_BYTES, SCRATCH_KEEP_BYTES, VIEWS_MAX } from "./limits.js";
import { BackendDamaged, type CheckpointMeta, type SpaceKey } from "./types.js";

/** A stored value is its CRC-32C over key and value, little-endian, and the value. */
export const CRC_BYTES = 4;

let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

function room(bytes: number): Buffer {
  if (scratch.length >= bytes) return scratch;
  const larger = Buffer.allocUnsafeSlow(bytes);
  if (bytes <= SCRATCH_KEEP_BYTES) scratch = larger;
  return larger;
}

/** Views of the first scratch buffer by their length: values of one size come by the thousand, and a view costs as much as its checksum. */
const views: Buffer[] = [];
const first = scratch;

function viewOf(bytes: number): Buffer {
  if (bytes >= VIEWS_MAX) return room(bytes).subarray(0, bytes);
  const known = views[bytes];
  if (known !== undefined) return known;
  const view = first.subarray(0, bytes);
  views[bytes] = view;
  return view;
}

/** A view that the next call overwrites: the native batch copies it at once. */
export function encodeStored(key: SpaceKey, value: Bytes): Buffer {
  const stored = viewOf(CRC_BYTES + value.length);
  stored.set(value, CRC_BYTES);
  const crc = crc32c(stored, crc32cOfLatin1(key), CRC_BYTES);
  stored[0] = crc;
  stored[1] = crc >>> 8;
  stored[2] = crc >>> 16;
  stored[3] = crc >>> 24;
  return stored;
}

/** Throws BackendDamaged unless the checksum fits both key and value. Returns the checksum. */
export function verifyStored(key: SpaceKey, stored: Buffer): number {
  if (stored.length < CRC_BYTES) throw new BackendDamaged(`value of ${keyText(key)} has no checksum`);
  const crc = stored.readUInt32LE(0);
  if (crc32c(stored, crc32cOfLatin1(key), CRC_BYTES) !== crc) {
    throw new BackendDamaged(`checksum of ${keyText(key)} does not match`);
  }
  return crc;
}

export const crcOf = (stored: Buffer): number => stored.readUInt32LE(0);

/** In hexadecimal: keys hold bytes. */
function keyText(key: SpaceKey): string {
  return `key ${Buffer.from(key, "latin1").toString("hex")}`;
}

export interface StoredMeta {
  readonly meta: CheckpointMeta;
  readonly digests: Digests;
}

const FIXED_BYTES = 8 + 8 + 2;
const DIGEST_BYTES = 2 + 8 + 4 + 4 + 2;

/** index, term, number of buckets; each bucket's digest with its top key; the rest is the caller's state. */
export function encodeMeta({ meta, digests }: StoredMeta): Bytes {
  const tops = [...digests.values()].reduce((sum, digest) => sum + digest.topKey.length, 0);
  const bytes = Buffer.alloc(FIXED_BYTES + digests.size * DIGEST_BYTES + tops + meta.state.length);
  let at = bytes.writeBigUInt64LE(BigInt(meta.appliedIndex), 0);
  at = bytes.writeBigUInt64LE(BigInt(meta.appliedTerm), at);
  at = bytes.writeUInt16LE(digests.size, at);
  for (const [bucket, digest] of digests) at = putDigest(bytes, at, bucket, digest);
  bytes.set(meta.state, at);
  return bytes;
}

function putDigest(bytes: Buffer, from: number, bucket: number, digest: BucketDigest): number {
  let at = bytes.writeUInt16LE(bucket, from);
  at = bytes.writeBigUInt64LE(BigInt(digest.count), at);
  at = bytes.writeUInt32LE(digest.low, at);
  at = bytes.writeUInt32LE(digest.high, at);
  at = bytes.writeUInt16LE(digest.topKey.length, at);
  bytes.set(fromLatin1(digest.topKey), at);
  return at + digest.topKey.length;
}

/** `bytes` passed its checksum already. */
export function decodeMeta(bytes: Buffer): StoredMeta {
  const buckets = bytes.readUInt16LE(16);
  const digests: Digests = new Map();
  let at = FIXED_BYTES;
  for (let n = 0; n < buckets; n++) {
    const top = at + DIGEST_BYTES;
    const end = top + bytes.readUInt16LE(at + 18);
    digests.set(bytes.readUInt16LE(at), {
      count: Number(bytes.readBigUInt64LE(at + 2)),
      low: bytes.readUInt32LE(at + 10),
      high: bytes.readUInt32LE(at + 14),
      topKey: latin1(bytes.subarray(top, end)),
    });
    at = end;
  }
  const appliedIndex = index(Number(bytes.readBigUInt64LE(0)));
  const appliedTerm = term(Number(bytes.readBigUInt64LE(8)));
  return { meta: { appliedIndex, appliedTerm, state: Buffer.from(bytes.subarray(at)) }, digests };
}
