import type { Bytes } from "../../base/index.js";
import { encodeHeaders, FIELD_OVERHEAD, type HeaderList, indexedField, insertingField, STATIC, staticIndex } from "./hpack.js";

/** RFC 7541 4.2: what every peer's table holds until it says otherwise. */
export const DEFAULT_TABLE_BYTES = 4_096;
/** An index that fits one byte. */
const INDEX_MAX = 126;

/** A header block that is sent over and over. */
export interface RepeatedBlock {
  readonly fields: HeaderList;
  /** Literals, for a peer whose table is not ours to use. */
  readonly plain: Bytes;
  /** Its place among all of them. */
  readonly slot: number;
}

let slots = 0;
/** Once a program for each block, not once a connection. */
export const repeatedBlock = (fields: HeaderList): RepeatedBlock => ({ fields, plain: encodeHeaders(fields), slot: slots++ });

/** Our side of header compression: the fields of repeated blocks go into the peer's table with the first block that has them, and are one
 *  byte each from then on. Blocks must be asked for in the order in which they are sent. */
export class HpackEncoder {
  /** Oldest first. */
  readonly #table: (readonly [string, string])[] = [];
  #tableBytes = 0;
  #off = false;
  /** By the block's slot; good while the table is the same. */
  readonly #known: ({ readonly inserted: number; readonly bytes: Bytes } | undefined)[] = [];

  /** The peer wants a smaller table: none from now on. */
  turnOff(): void {
    this.#off = true;
  }

  encode(block: RepeatedBlock): Bytes {
    if (this.#off) return block.plain;
    const known = this.#known[block.slot];
    if (known !== undefined && known.inserted === this.#table.length) return known.bytes;
    const before = this.#table.length;
    const bytes = Buffer.concat(block.fields.map((field) => this.#field(field)));
    // Not what inserts: it would insert again.
    if (before === this.#table.length) this.#known[block.slot] = { inserted: before, bytes };
    return bytes;
  }

  #field(field: readonly [string, string]): Bytes {
    const fixed = staticIndex(field);
    if (fixed !== undefined) return indexedField(fixed);
    const at = this.#table.findIndex(([name, value]) => name === field[0] && value === field[1]);
    if (at >= 0) {
      const index = STATIC + this.#table.length - at;
      return index <= INDEX_MAX ? indexedField(index) : encodeHeaders([field]);
    }
    const size = field[0].length + field[1].length + FIELD_OVERHEAD;
    // Nothing is ever evicted, so that an index stays what it is.
    if (this.#tableBytes + size > DEFAULT_TABLE_BYTES) return encodeHeaders([field]);
    this.#table.push(field);
    this.#tableBytes += size;
    return insertingField(field);
  }
}
