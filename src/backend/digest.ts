import type { SpaceKey } from "./types.js";

/** What a bucket holds, independent of order: pairs, and the sum of their checksums modulo 2^64 in two halves. */
export interface BucketDigest {
  count: number;
  low: number;
  high: number;
  /** No key above it was ever stored in this bucket: such a key is new without looking. */
  topKey: SpaceKey;
}

export type Digests = Map<number, BucketDigest>;

export const bucketOf = (key: SpaceKey): number => key.charCodeAt(0);

export function copyDigests(digests: Digests): Digests {
  return new Map([...digests].map(([bucket, digest]) => [bucket, { ...digest }]));
}

export function digestOf(digests: Digests, bucket: number): BucketDigest {
  const known = digests.get(bucket);
  if (known !== undefined) return known;
  const digest = { count: 0, low: 0, high: 0, topKey: "" };
  digests.set(bucket, digest);
  return digest;
}

const WORD = 0x1_0000_0000;

export function addPair(digest: BucketDigest, crc: number): void {
  digest.count++;
  digest.low += crc;
  if (digest.low >= WORD) {
    digest.low -= WORD;
    digest.high = (digest.high + 1) >>> 0;
  }
}

export function removePair(digest: BucketDigest, crc: number): void {
  digest.count--;
  digest.low -= crc;
  if (digest.low < 0) {
    digest.low += WORD;
    digest.high = (digest.high - 1) >>> 0;
  }
}

const NOTHING: Readonly<BucketDigest> = { count: 0, low: 0, high: 0, topKey: "" };

/** Buckets that [from, to) covers whole and whose contents differ; the first of them, as a sentence. */
export function firstDifference(
  stored: Digests,
  found: Digests,
  range: { readonly from: SpaceKey; readonly to: SpaceKey },
): string | undefined {
  for (const bucket of new Set([...stored.keys(), ...found.keys()])) {
    const covered = range.from <= String.fromCharCode(bucket) && range.to >= String.fromCharCode(bucket + 1);
    if (!covered) continue;
    const [want, have] = [stored.get(bucket) ?? NOTHING, found.get(bucket) ?? NOTHING];
    if (want.count !== have.count) return `bucket ${bucket} holds ${have.count} pairs, the checkpoint says ${want.count}`;
    if (want.low !== have.low || want.high !== have.high) return `bucket ${bucket} holds other pairs than the checkpoint says`;
  }
  return undefined;
}
