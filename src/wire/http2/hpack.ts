import { asBuffer, type Bytes } from "../../base/index.js";
import { STATIC_TABLE } from "./hpack-tables.js";
import { huffmanDecode } from "./huffman.js";
import { HEADER_LIST_BYTES_MAX, HEADER_TABLE_BYTES } from "./limits.js";

/** Names in lower case, values latin1, in the order of the wire. */
export type HeaderList = readonly (readonly [string, string])[];

/** RFC 7541 4.1. */
export const FIELD_OVERHEAD = 32;
/** Indices up to here are the static table's. */
export const STATIC = STATIC_TABLE.length;

/** The peer's header compression: a table that both ends must agree on, so the first mistake ends the connection. */
export class HpackDecoder {
  readonly #limit: number;
  readonly #listMax: number;
  #table: (readonly [string, string])[] = [];
  #tableBytes = 0;
  #tableMax: number;
  #bytes: Bytes = new Uint8Array(0);
  #at = 0;
  /** Changes whenever the table does: a block decoded before may mean something else afterwards. */
  version = 0;

  constructor(options: { readonly tableBytes?: number; readonly listBytesMax?: number } = {}) {
    this.#limit = options.tableBytes ?? HEADER_TABLE_BYTES;
    this.#listMax = options.listBytesMax ?? HEADER_LIST_BYTES_MAX;
    this.#tableMax = this.#limit;
  }

  /** "compression": the connection cannot go on. "tooLarge": decoded (the table is right) but longer than the limit. */
  decode(block: Bytes): HeaderList | "compression" | "tooLarge" {
    this.#bytes = block;
    this.#at = 0;
    const list: (readonly [string, string])[] = [];
    let size = 0;
    let updates = true;
    while (this.#at < block.length) {
      const byte = block[this.#at] as number;
      if ((byte & 0xe0) === 0x20) {
        if (!updates || !this.#resize()) return "compression";
        continue;
      }
      updates = false;
      const field = this.#field(byte);
      if (field === undefined) return "compression";
      size += field[0].length + field[1].length + FIELD_OVERHEAD;
      if (size <= this.#listMax) list.push(field);
    }
    return size <= this.#listMax ? list : "tooLarge";
  }

  #field(byte: number): readonly [string, string] | undefined {
    if (byte & 0x80) {
      const index = this.#integer(7);
      return index === undefined ? undefined : this.#entry(index);
    }
    const indexed = (byte & 0x40) !== 0;
    const nameIndex = this.#integer(indexed ? 6 : 4);
    if (nameIndex === undefined) return undefined;
    const name = nameIndex === 0 ? this.#string() : this.#entry(nameIndex)?.[0];
    const value = name === undefined ? undefined : this.#string();
    if (name === undefined || value === undefined) return undefined;
    const field = [name, value] as const;
    if (indexed) this.#add(field);
    return field;
  }

  #entry(index: number): readonly [string, string] | undefined {
    return index <= STATIC ? STATIC_TABLE[index - 1] : this.#table[this.#table.length - (index - STATIC)];
  }

  #add(field: readonly [string, string]): void {
    this.version++;
    const size = field[0].length + field[1].length + FIELD_OVERHEAD;
    this.#evictTo(this.#tableMax - size);
    if (size > this.#tableMax) return;
    // Newest last: an index counts from the end, and eviction takes from the front.
    this.#table.push(field);
    this.#tableBytes += size;
  }

  #evictTo(bytes: number): void {
    let dropped = 0;
    while (this.#tableBytes > Math.max(0, bytes) && dropped < this.#table.length) {
      const [name, value] = this.#table[dropped] as readonly [string, string];
      this.#tableBytes -= name.length + value.length + FIELD_OVERHEAD;
      dropped++;
    }
    if (dropped > 0) this.#table = this.#table.slice(dropped);
  }

  #resize(): boolean {
    const size = this.#integer(5);
    if (size === undefined || size > this.#limit) return false;
    this.version++;
    this.#tableMax = size;
    this.#evictTo(size);
    return true;
  }

  /** RFC 7541 5.1; undefined when it does not end, or is beyond any length we take. */
  #integer(prefix: number): number | undefined {
    const mask = (1 << prefix) - 1;
    let value = (this.#bytes[this.#at++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  #string(): string | undefined {
    const first = this.#bytes[this.#at];
    if (first === undefined) return undefined;
    const length = this.#integer(7);
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
    const from = this.#at;
    this.#at += length;
    if (first & 0x80) return huffmanDecode(this.#bytes, from, this.#at);
    return asBuffer(this.#bytes).toString("latin1", from, this.#at);
  }
}

const EXACT = new Map(STATIC_TABLE.map(([name, value], i) => [`${name}\0${value}`, i + 1]));
/** The first that has a name. */
const NAMED = new Map([...STATIC_TABLE.entries()].reverse().map(([i, [name]]) => [name, i + 1]));
/** The longest integer of a block, for lengths that Buffers can have. */
const INTEGER_BYTES_MAX = 6;

/** A header block of literals that change no table: the same bytes mean the same on every connection. Text is latin1. */
export function encodeHeaders(list: HeaderList): Bytes {
  let most = 0;
  for (const [name, value] of list) most += name.length + value.length + 2 * INTEGER_BYTES_MAX;
  const out = Buffer.allocUnsafe(most);
  let at = 0;
  for (const [name, value] of list) {
    const exact = staticIndex([name, value]);
    if (exact !== undefined) {
      out[at++] = 0x80 | exact;
      continue;
    }
    const named = NAMED.get(name) ?? 0;
    at = writeInteger(out, at, 4, named);
    if (named === 0) at = writeString(out, at, name);
    at = writeString(out, at, value);
  }
  return out.subarray(0, at);
}

/** The static table's index of a whole field. */
export const staticIndex = ([name, value]: readonly [string, string]): number | undefined =>
  value === "" ? undefined : EXACT.get(`${name}\0${value}`);

/** RFC 7541 6.1, for an index that fits its first byte. */
export const indexedField = (index: number): Bytes => Uint8Array.of(0x80 | index);

/** RFC 7541 6.2.1: a literal that the peer's table takes in. */
export function insertingField([name, value]: readonly [string, string]): Bytes {
  const out = Buffer.allocUnsafe(name.length + value.length + 3 * INTEGER_BYTES_MAX);
  const named = NAMED.get(name) ?? 0;
  let at = writeInteger(out, 0, 6, named);
  out[0] = (out[0] as number) | 0x40;
  if (named === 0) at = writeString(out, at, name);
  return out.subarray(0, writeString(out, at, value));
}

function writeInteger(out: Buffer, from: number, prefix: number, value: number): number {
  let at = from;
  const mask = (1 << prefix) - 1;
  if (value < mask) {
    out[at++] = value;
    return at;
  }
  out[at++] = mask;
  let rest = value - mask;
  for (; rest >= 128; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}

function writeString(out: Buffer, from: number, text: string): number {
  const at = writeInteger(out, from, 7, text.length);
  return at + out.write(text, at, "latin1");
}
