import type { Bytes } from "../base/index.js";

/** Protobuf by hand, for the few messages that every request needs: sizes first, then one buffer, no writer in between. */

const TWO_32 = 0x1_0000_0000;

/** Bytes of `value` as a varint; a safe integer >= 0. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  if (value < 0x8_0000_0000) return 5;
  if (value < 0x400_0000_0000) return 6;
  return value < 0x2_0000_0000_0000 ? 7 : 8;
}

/** Writes `value` at `at`; returns the index behind it. */
export function putVarint(out: Bytes, at: number, value: number): number {
  let i = at;
  let rest = value;
  while (rest >= TWO_32 / 2) {
    out[i++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    out[i++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[i++] = rest;
  return i;
}

/** A varint field with a one-byte tag, left out when zero as proto3 does. */
export const fieldSize = (value: number): number => (value === 0 ? 0 : 1 + varintSize(value));
export function putField(out: Bytes, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  out[at] = tag;
  return putVarint(out, at + 1, value);
}

/** A bytes field with a one-byte tag, left out when empty. */
export const bytesFieldSize = (length: number): number => (length === 0 ? 0 : 1 + varintSize(length) + length);
export function putBytesField(out: Bytes, at: number, tag: number, bytes: Bytes): number {
  if (bytes.length === 0) return at;
  out[at] = tag;
  const from = putVarint(out, at + 1, bytes.length);
  out.set(bytes, from);
  return from + bytes.length;
}

/** A uint64 or int64 id as a varint: its bytes, worked out once an id. */
export function idVarint(id: bigint): Bytes {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, id);
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Uint8Array.from(out);
}
