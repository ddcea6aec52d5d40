import type { Bytes } from "./bytes.js";

/** CRC-32C (Castagnoli), reflected polynomial; the checksum of every record we store and of etcd's HashKV. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

function buildTables(): Int32Array[] {
  const tables = Array.from({ length: SLICES }, () => new Int32Array(256));
  const first = tables[0] as Int32Array;
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    first[n] = c;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    const previous = tables[slice - 1] as Int32Array;
    const table = tables[slice] as Int32Array;
    for (let n = 0; n < 256; n++) {
      const c = previous[n] as number;
      table[n] = (c >>> 8) ^ (first[c & 0xff] as number);
    }
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = buildTables() as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Extends `crc` (0 to start) by bytes [from, to) of `data`; returns an unsigned 32-bit number. */
export function crc32c(data: Bytes, crc = 0, from = 0, to = data.length): number {
  let c = ~crc;
  let i = from;
  for (const end = to - 7; i < end; i += 8) {
    const a =
      c ^ ((data[i] as number) | ((data[i + 1] as number) << 8) | ((data[i + 2] as number) << 16) | ((data[i + 3] as number) << 24));
    c =
      (T7[a & 0xff] as number) ^
      (T6[(a >>> 8) & 0xff] as number) ^
      (T5[(a >>> 16) & 0xff] as number) ^
      (T4[a >>> 24] as number) ^
      (T3[data[i + 4] as number] as number) ^
      (T2[data[i + 5] as number] as number) ^
      (T1[data[i + 6] as number] as number) ^
      (T0[data[i + 7] as number] as number);
  }
  for (; i < to; i++) c = (c >>> 8) ^ (T0[(c ^ (data[i] as number)) & 0xff] as number);
  return ~c >>> 0;
}

/** Of the bytes that a latin1 text stands for: keys are such texts, and too short to be written out first. */
export function crc32cOfLatin1(text: string, crc = 0): number {
  let c = ~crc;
  for (let i = 0; i < text.length; i++) c = (c >>> 8) ^ (T0[(c ^ text.charCodeAt(i)) & 0xff] as number);
  return ~c >>> 0;
}
