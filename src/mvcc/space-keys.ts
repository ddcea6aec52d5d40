import { check, fromLatin1 } from "../base/index.js";

/** Every key of this room is in [MVCC_FROM, MVCC_TO): leases, meta, revision records, in that order. */
export const MVCC_FROM = "l";
export const MVCC_TO = "s";

export const LEASE_BUCKET = "l";
export const META_BUCKET = "m";
export const RECORD_BUCKET = "r";

/** Revision to which compaction was promised, and to which it was carried out. */
export const META_COMPACT = "mc";
export const META_SWEPT = "ms";
export const META_ALARM = "ma";

let prefixFor = -1;
let prefix = "";

/** 'r', main in 7 bytes, and sub in 4 bytes unless it is 0. Byte order is (main, sub) order. */
export function recordKey(main: number, sub: number): string {
  const high = Math.floor(main / 0x10000);
  if (high !== prefixFor) {
    prefix = RECORD_BUCKET + bigEndian(high, 5);
    prefixFor = high;
  }
  const key = prefix + String.fromCharCode((main >>> 8) & 0xff, main & 0xff);
  return sub === 0 ? key : key + bigEndian(sub, 4);
}

function bigEndian(value: number, bytes: number): string {
  let text = "";
  for (let rest = value, i = 0; i < bytes; i++) {
    text = String.fromCharCode(rest % 256) + text;
    rest = Math.floor(rest / 256);
  }
  return text;
}

/** The (main, sub) of a record's key; undefined when it cannot be one. */
export function recordRevision(key: string): { readonly main: number; readonly sub: number } | undefined {
  if (key.length !== 8 && key.length !== 12) return undefined;
  const main = readBigEndian(key, 1, 7);
  const sub = key.length === 12 ? readBigEndian(key, 8, 4) : 0;
  return Number.isSafeInteger(main) ? { main, sub } : undefined;
}

function readBigEndian(text: string, at: number, bytes: number): number {
  let value = 0;
  for (let i = at; i < at + bytes; i++) value = value * 256 + text.charCodeAt(i);
  return value;
}

export function idBytes(id: bigint): string {
  return bigEndian(Number(BigInt.asUintN(32, id >> 32n)), 4) + bigEndian(Number(BigInt.asUintN(32, id)), 4);
}
export function idOf(text: string, at: number): bigint {
  return (BigInt(readBigEndian(text, at, 4)) << 32n) | BigInt(readBigEndian(text, at + 4, 4));
}

/** Numbers in meta and lease values: 8 bytes each, big endian. -1 (never compacted) is not stored. */
export function encodeNumbers(...values: readonly number[]): Uint8Array {
  let text = "";
  for (const value of values) {
    check(Number.isSafeInteger(value) && value >= 0, `stored number ${value}`);
    text += bigEndian(value, 8);
  }
  return fromLatin1(text);
}
export function decodeNumber(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}
