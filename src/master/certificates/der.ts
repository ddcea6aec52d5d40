import type { Bytes } from "../../base/index.js";

/** DER (X.690), as much of it as certificates need. */
const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, utcTime: 23, time: 24, sequence: 0x30, set: 0x31 } as const;

function tagged(tag: number, body: Bytes): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body]);
}
function lengthOf(n: number): readonly number[] {
  if (n < 0x80) return [n];
  const bytes: number[] = [];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Bytes[]): Buffer => tagged(TAG.sequence, Buffer.concat(parts));
export const set = (...parts: readonly Bytes[]): Buffer => tagged(TAG.set, Buffer.concat(parts));
export const octets = (bytes: Bytes): Buffer => tagged(TAG.octets, bytes);
export const bits = (bytes: Bytes, unused = 0): Buffer => tagged(TAG.bits, Buffer.concat([Buffer.from([unused]), bytes]));
export const boolean = (value: boolean): Buffer => tagged(TAG.boolean, Buffer.from([value ? 0xff : 0]));
export const utf8Text = (text: string): Buffer => tagged(TAG.utf8, Buffer.from(text, "utf8"));
/** `[n] EXPLICIT` */
export const explicit = (n: number, body: Bytes): Buffer => tagged(0xa0 | n, body);
/** `[n] IMPLICIT` of a primitive. */
export const implicit = (n: number, body: Bytes): Buffer => tagged(0x80 | n, body);

/** A number that is not negative, big-endian: no zeros in front but the one that keeps it positive. */
export function integer(bytes: Bytes): Buffer {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const body = bytes.subarray(at);
  return tagged(TAG.integer, (body[0] ?? 0) >= 0x80 || body.length === 0 ? Buffer.concat([Buffer.from([0]), body]) : body);
}

export function oid(text: string): Buffer {
  const [a = 0, b = 0, ...rest] = text.split(".").map(Number);
  const bytes = [a * 40 + b];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(TAG.oid, Buffer.from(bytes));
}

/** RFC 5280 4.1.2.5: two digits of the year up to 2049, four from 2050 on. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return at.getUTCFullYear() < 2050 ? tagged(TAG.utcTime, Buffer.from(digits.slice(2))) : tagged(TAG.time, Buffer.from(digits));
}

// ---------------------------------------------------------------- reading

export interface Element {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Bytes;
  readonly body: Bytes;
}

/** The elements that `bytes` are made of; undefined when they are not DER to their end. */
export function elements(bytes: Bytes): readonly Element[] | undefined {
  const found: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] as number;
    const short = bytes[at + 1];
    if (short === undefined) return undefined;
    const more = short < 0x80 ? 0 : short & 0x7f;
    if (more > 4) return undefined;
    let length = more === 0 ? short : 0;
    for (let i = 0; i < more; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const from = at + 2 + more;
    if (from + length > bytes.length) return undefined;
    found.push({ tag, whole: bytes.subarray(at, from + length), body: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return found;
}
export const IS = TAG;
