import { type Bytes, concatBytes } from "../../base/index.js";
import { DICTIONARY, DICTIONARY_ID } from "./dictionary.js";
import { WINDOW_BYTES } from "./limits.js";

/** What a peer sent is no deflate stream, or more than is taken. */
export class InflateError extends Error {
  override readonly name = "InflateError";
}

interface Code {
  /** How many codes have each length. */
  readonly counts: Uint16Array;
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array;
}
const BITS_MAX = 15;
const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
  24577,
];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const LENGTHS_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * Decompresses header blocks. Every block ends at a flush, so that only the window lives from one to the next: no bits are left over.
 * node:zlib has no synchronous stream, and blocks must be read in the order in which they come.
 */
export class Inflater {
  #window: Bytes = DICTIONARY;
  #begun = false;
  readonly #bytesMax: number;
  constructor(options: { readonly bytesMax: number }) {
    this.#bytesMax = options.bytesMax;
  }

  /** Throws InflateError; then the stream is of no more use. */
  push(block: Bytes): Bytes {
    const from = this.#begun ? 0 : zlibHeader(block);
    this.#begun = true;
    const output = inflated(block.subarray(from), this.#window, this.#bytesMax);
    this.#window = concatBytes([this.#window, output]).subarray(-WINDOW_BYTES);
    return output;
  }
}

/** Its length. */
function zlibHeader(block: Bytes): number {
  const [method = 0, flags = 0] = block;
  if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0) throw new InflateError("no zlib stream");
  if ((flags & 0x20) === 0) return 2;
  if (block.length < 6 || new DataView(block.buffer, block.byteOffset).getUint32(2) !== DICTIONARY_ID)
    throw new InflateError("another dictionary");
  return 6;
}

class Bits {
  readonly #bytes: Bytes;
  #at = 0;
  #held = 0;
  #count = 0;
  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }
  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }
  take(n: number): number {
    while (this.#count < n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new InflateError("it ends too early");
      this.#held |= byte << this.#count;
      this.#count += 8;
    }
    const value = this.#held & ((1 << n) - 1);
    this.#held >>>= n;
    this.#count -= n;
    return value;
  }
  /** A stored block's bytes begin at a byte. */
  stored(): Bytes {
    this.#held = 0;
    this.#count = 0;
    const length = this.take(16);
    if ((this.take(16) ^ length) !== 0xffff) throw new InflateError("a stored block's length is wrong");
    if (this.#at + length > this.#bytes.length) throw new InflateError("it ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= BITS_MAX; length++) {
      code |= this.take(1);
      const count = counts[length] as number;
      if (code - count < first) return symbols[index + (code - first)] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InflateError("no such code");
  }
}

function codeOf(lengths: readonly number[]): Code {
  const counts = new Uint16Array(BITS_MAX + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  const offsets = new Uint16Array(BITS_MAX + 2);
  let left = 1;
  for (let length = 1; length <= BITS_MAX; length++) {
    left = (left << 1) - (counts[length] as number);
    if (left < 0) throw new InflateError("more codes than there can be");
    offsets[length + 1] = (offsets[length] as number) + (counts[length] as number);
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const at = offsets[length] as number;
    symbols[at] = symbol;
    offsets[length] = at + 1;
  });
  counts[0] = 0;
  return { counts, symbols };
}
const times = (length: number, n: number): readonly number[] => new Array<number>(n).fill(length);
const FIXED = {
  literals: codeOf([...times(8, 144), ...times(9, 112), ...times(7, 24), ...times(8, 8)]),
  distances: codeOf(times(5, 30)),
};

/** Bytes that grow, with what came before them in reach. */
class Output {
  #bytes: Buffer;
  #length: number;
  readonly #before: number;
  readonly #max: number;
  constructor(window: Bytes, bytesMax: number) {
    this.#before = window.length;
    this.#max = bytesMax;
    this.#bytes = Buffer.alloc(window.length + 1024);
    this.#bytes.set(window);
    this.#length = window.length;
  }
  #room(n: number): void {
    if (this.#length + n - this.#before > this.#max) throw new InflateError(`more than ${this.#max} bytes`);
    if (this.#length + n <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + n));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
  add(bytes: Bytes): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }
  copy(distance: number, length: number): void {
    if (distance > this.#length) throw new InflateError("a distance beyond the beginning");
    this.#room(length);
    // Byte by byte: what is copied may overlap what it becomes.
    for (let i = 0; i < length; i++, this.#length++) this.#bytes[this.#length] = this.#bytes[this.#length - distance] as number;
  }
  get result(): Bytes {
    return this.#bytes.subarray(this.#before, this.#length);
  }
}

function inflated(input: Bytes, window: Bytes, bytesMax: number): Bytes {
  const bits = new Bits(input);
  const output = new Output(window, bytesMax);
  while (!bits.isOver) {
    const last = bits.take(1);
    const kind = bits.take(2);
    if (kind === 0) output.add(bits.stored());
    else if (kind === 1) symbolsInto(output, bits, FIXED.literals, FIXED.distances);
    else if (kind === 2) dynamicInto(output, bits);
    else throw new InflateError("no such kind of block");
    if (last === 1) break;
  }
  return output.result;
}

function symbolsInto(output: Output, bits: Bits, literals: Code, distances: Code): void {
  for (;;) {
    const symbol = bits.symbol(literals);
    if (symbol === 256) return;
    if (symbol < 256) {
      output.byte(symbol);
      continue;
    }
    const at = symbol - 257;
    const base = LENGTH_BASE[at];
    if (base === undefined) throw new InflateError("no such length");
    const length = base + bits.take(LENGTH_BITS[at] as number);
    const distance = bits.symbol(distances);
    const from = DISTANCE_BASE[distance];
    if (from === undefined) throw new InflateError("no such distance");
    output.copy(from + bits.take(DISTANCE_BITS[distance] as number), length);
  }
}

function dynamicInto(output: Output, bits: Bits): void {
  const literalCount = bits.take(5) + 257;
  const distanceCount = bits.take(5) + 1;
  const lengthCount = bits.take(4) + 4;
  const lengths = times(0, 19).slice();
  for (let i = 0; i < lengthCount; i++) lengths[LENGTHS_ORDER[i] as number] = bits.take(3);
  const code = codeOf(lengths);
  const all: number[] = [];
  while (all.length < literalCount + distanceCount) {
    const symbol = bits.symbol(code);
    if (symbol < 16) all.push(symbol);
    else if (symbol === 16) {
      const before = all.at(-1);
      if (before === undefined) throw new InflateError("nothing to repeat");
      all.push(...times(before, bits.take(2) + 3));
    } else all.push(...times(0, symbol === 17 ? bits.take(3) + 3 : bits.take(7) + 11));
  }
  if (all.length > literalCount + distanceCount) throw new InflateError("more lengths than were told of");
  symbolsInto(output, bits, codeOf(all.slice(0, literalCount)), codeOf(all.slice(literalCount)));
}
