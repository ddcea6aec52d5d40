import protobuf from "protobufjs/minimal.js";
import { NO_BYTES } from "../base/index.js";

/** protobufjs's minimal reader and writer, and the 64-bit fields that they leave to Long. */
export type Reader = protobuf.Reader;
export type Writer = protobuf.Writer;
export const Reader = protobuf.Reader;
export const Writer = protobuf.Writer;

export const EMPTY: Uint8Array = NO_BYTES;

const TWO_32 = 0x1_0000_0000;
/** A varint's halves; module state instead of a pair a call: this runs for every counter on the wire. */
let low = 0;
let high = 0;

function readHalves(r: Reader): void {
  const buf = r.buf;
  low = 0;
  high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (r.pos >= r.len) throw new RangeError("varint runs past its end");
    const byte = buf[r.pos++] as number;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) {
      low >>>= 0;
      high >>>= 0;
      return;
    }
  }
  throw new RangeError("varint of more than 10 bytes");
}

const HIGH_SAFE = 0x1f_ffff;

/** uint64 as a number; beyond 2^53 Infinity, never rounded. */
export function readCounter(r: Reader): number {
  readHalves(r);
  return high > HIGH_SAFE ? Number.POSITIVE_INFINITY : high * TWO_32 + low;
}

/** int64 as a number; beyond +-2^53 an infinity of that sign. */
export function readSigned(r: Reader): number {
  readHalves(r);
  if (high < 0x8000_0000) return high > HIGH_SAFE ? Number.POSITIVE_INFINITY : high * TWO_32 + low;
  const value = (high - TWO_32) * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : Number.NEGATIVE_INFINITY;
}

export function readUint64(r: Reader): bigint {
  readHalves(r);
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
}

export function readInt64(r: Reader): bigint {
  return BigInt.asIntN(64, readUint64(r));
}

/** A safe integer as uint64 or int64 (the same varint for both). */
export function writeCounter(w: Writer, value: number): Writer {
  if (value >= 0 && value < TWO_32) return w.uint32(value);
  return w.uint64(value);
}

export function writeId(w: Writer, value: bigint): Writer {
  const bits = BigInt.asUintN(64, value);
  if (bits < 0x8000_0000n) return w.uint32(Number(bits));
  return w.uint64(longOf(bits));
}

/** protobufjs takes anything with two 32-bit halves where it wants a Long. */
function longOf(bits: bigint): never {
  return { low: Number(bits & 0xffff_ffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true } as unknown as never;
}
