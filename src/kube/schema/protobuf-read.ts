import { asBuffer, type Bytes, utf8Text } from "../../base/index.js";
import { canonicalQuantity, formatDuration, formatTime, type Json, type JsonObject, QuantityError, setKey } from "../meta/index.js";
import { BuiltinSchema, UnionSchema, type WireField, WrappedListSchema } from "./build.js";
import { DecodeError } from "./errors.js";
import { MESSAGE_NESTING_MAX } from "./limits.js";
import { withoutExact } from "./normalize.js";
import { parseJsonText } from "./parse.js";
import type { ScalarType, Schema } from "./types.js";
import { assemble, zeroOf } from "./zero.js";

export const brokenProtobuf = (what: string): DecodeError => new DecodeError("syntax", `proto: ${what}`);

/** A message's bytes; everything it reads stays within them. */
export class ProtoReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;
  number = 0;
  wire = 0;
  constructor(bytes: Bytes) {
    this.#bytes = asBuffer(bytes);
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** The next field's `number` and `wire` type; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.varint();
    this.number = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.number === 0 || tag > 0xffff_ffff) throw brokenProtobuf("illegal tag");
    return true;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || this.#at >= this.#end) throw brokenProtobuf("unexpected EOF");
    this.#at++;
    return byte;
  }
  /** Up to 2^53 exactly; what is longer is no tag and no length. */
  varint(): number {
    const value = this.varint64();
    return typeof value === "number" && value >= 0 ? value : Number.POSITIVE_INFINITY;
  }
  /** Signed 64 bits: a number where that is exact. */
  varint64(): number | bigint {
    let low = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return low;
      scale *= 128;
    }
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return narrow(BigInt.asIntN(64, value));
    }
    throw brokenProtobuf("integer overflow");
  }
  double(): number {
    if (this.#end - this.#at < 8) throw brokenProtobuf("unexpected EOF");
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }
  bytes(): Bytes {
    const length = this.varint();
    if (length > this.#end - this.#at) throw brokenProtobuf("unexpected EOF");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  text(): string {
    return utf8Text(this.bytes());
  }
  skip(): void {
    if (this.wire === 0) this.varint64();
    else if (this.wire === 1) this.double();
    else if (this.wire === 2) this.bytes();
    else if (this.wire === 5 && this.#end - this.#at >= 4) this.#at += 4;
    else throw brokenProtobuf(`illegal wireType ${this.wire}`);
  }
  /** Whether the current field can be what the schema wants; a wrong wire type is an error, as in the original. */
  want(wire: number): void {
    if (this.wire !== wire) throw brokenProtobuf(`wrong wireType = ${this.wire} for field ${this.number}`);
  }
}
const narrow = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const TABLES = new WeakMap<readonly WireField[], ReadonlyMap<number, WireField>>();
function byNumber(fields: readonly WireField[]): ReadonlyMap<number, WireField> {
  let table = TABLES.get(fields);
  if (table === undefined) {
    table = new Map(fields.map((f) => [f.number, f]));
    TABLES.set(fields, table);
  }
  return table;
}

/** A message in its normal form. */
export function readMessageBytes(schema: BuiltinSchema, bytes: Bytes, depth = 0): JsonObject {
  const values: (Json | undefined)[] = new Array(schema.list.length);
  readFields(schema.wire, bytes, values, depth);
  return assemble(schema, values);
}

function readFields(fields: readonly WireField[], bytes: Bytes, values: (Json | undefined)[], depth: number): void {
  if (depth > MESSAGE_NESTING_MAX) throw brokenProtobuf("exceeded max depth");
  const table = byNumber(fields);
  const r = new ProtoReader(bytes);
  while (r.next()) {
    const entry = table.get(r.number);
    if (entry === undefined) r.skip();
    else if (entry.kind === "inline") {
      r.want(2);
      readFields(entry.fields, r.bytes(), values, depth + 1);
    } else {
      const { schema, position } = entry.field;
      values[position] = readInto(r, schema, values[position], depth);
    }
  }
}

/** The field's value so far and what this occurrence adds to it. */
function readInto(r: ProtoReader, schema: Schema, so: Json | undefined, depth: number): Json {
  if (schema.kind === "list" && !(schema instanceof WrappedListSchema)) {
    const list = Array.isArray(so) ? so : [];
    if (r.wire === 2 && schema.items.kind === "scalar" && isVarint(schema.items.type)) readPacked(r.bytes(), schema.items.type, list);
    else list.push(readValue(r, schema.items, depth));
    return list;
  }
  if (schema.kind !== "map") return readValue(r, schema, depth);
  const map = typeof so === "object" && so !== null && !Array.isArray(so) ? so : {};
  r.want(2);
  readEntry(r.bytes(), schema.values, map, depth);
  return map;
}
const isVarint = (type: ScalarType): boolean => type === "int32" || type === "int64" || type === "boolean";
function readPacked(bytes: Bytes, type: ScalarType, list: Json[]): void {
  for (let rest = bytes; rest.length > 0; ) {
    const end = rest.findIndex((b) => b < 0x80) + 1;
    if (end === 0) throw brokenProtobuf("unexpected EOF");
    list.push(ofVarint(new ProtoReader(rest.subarray(0, end)).varint64(), type));
    rest = rest.subarray(end);
  }
}

function readEntry(bytes: Bytes, values: Schema, map: JsonObject, depth: number): void {
  let key = "";
  let value: Json | undefined;
  const r = new ProtoReader(bytes);
  while (r.next()) {
    if (r.number === 1) {
      r.want(2);
      key = r.text();
    } else if (r.number === 2) value = readValue(r, values, depth);
    else r.skip();
  }
  setKey(map, key, value ?? zeroOf(values));
}

function readValue(r: ProtoReader, schema: Schema, depth: number): Json {
  if (schema.kind === "scalar") return readScalar(r, schema.type);
  r.want(2);
  const bytes = r.bytes();
  if (schema instanceof BuiltinSchema) return readMessageBytes(schema, bytes, depth + 1);
  if (schema instanceof UnionSchema) return readUnion(schema, bytes, depth + 1);
  if (schema.kind !== "list") return readAny(bytes);
  const list = readStrings(bytes, 1);
  return list.length === 0 ? null : list;
}

function readStrings(bytes: Bytes, number: number): string[] {
  const list: string[] = [];
  const r = new ProtoReader(bytes);
  while (r.next()) {
    if (r.number !== number) r.skip();
    else {
      r.want(2);
      list.push(r.text());
    }
  }
  return list;
}

function readUnion(schema: UnionSchema, bytes: Bytes, depth: number): Json {
  let simple: Json = schema.or === "boolean" ? false : null;
  const list: Json[] = [];
  let full: Json | undefined;
  const schemaNumber = schema.or === "boolean" ? 2 : 1;
  const r = new ProtoReader(bytes);
  while (r.next()) {
    if (r.number === schemaNumber) full = readValue(r, schema.schema, depth);
    else if (r.number === 1) simple = readScalar(r, "boolean");
    else if (r.number === 2) list.push(schema.or === "strings" ? readScalar(r, "string") : readValue(r, schema.schema, depth));
    else r.skip();
  }
  if (list.length > 0) return list;
  if (full !== undefined) return full;
  return simple;
}

/** RawExtension, FieldsV1, JSON: JSON bytes in field 1. */
function readAny(bytes: Bytes): Json {
  const r = new ProtoReader(bytes);
  let raw: Bytes | undefined;
  while (r.next()) {
    if (r.number === 1 && r.wire === 2) raw = r.bytes();
    else r.skip();
  }
  return raw === undefined || raw.length === 0 ? null : withoutExact(parseJsonText(utf8Text(raw)).value);
}

function ofVarint(value: number | bigint, type: ScalarType): Json {
  if (type === "boolean") return value !== 0;
  return type === "int32" ? Number(BigInt.asIntN(32, BigInt(value))) : value;
}

function readScalar(r: ProtoReader, type: ScalarType): Json {
  if (isVarint(type)) {
    r.want(0);
    const value = r.varint64();
    return type === "int32" && typeof value === "number" && value >= -0x8000_0000 && value < 0x8000_0000 ? value : ofVarint(value, type);
  }
  if (type === "double") {
    r.want(1);
    const value = r.double();
    if (!Number.isFinite(value)) throw new DecodeError("type", "json: unsupported value");
    return value;
  }
  r.want(2);
  if (type === "string") return r.text();
  if (type === "bytes") return asBuffer(r.bytes()).toString("base64");
  return readSpecial(r.bytes(), type);
}

function readSpecial(bytes: Bytes, type: ScalarType): Json {
  if (type === "quantity") return readQuantity(bytes);
  const r = new ProtoReader(bytes);
  const numbers: [number | bigint, number | bigint] = [0, 0];
  let text = "";
  while (r.next()) {
    if (r.wire === 0 && r.number <= 2) numbers[r.number - 1] = r.varint64();
    else if (r.wire === 2 && r.number === 3) text = r.text();
    else r.skip();
  }
  if (type === "intOrString") return numbers[0] === 1 ? text : ofVarint(numbers[1], "int32");
  if (type === "duration") return formatDuration(BigInt(numbers[0]));
  return bytes.length === 0 ? null : readTime(numbers, type === "time" ? "time" : "microTime");
}

/** Years 1 to 9999: RFC 3339 writes no others. */
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;
function readTime([seconds, nanoseconds]: readonly (number | bigint)[], type: "time" | "microTime"): Json {
  const s = Number(seconds);
  const n = type === "time" ? 0 : Number(nanoseconds);
  if (s < SECONDS_MIN || s > SECONDS_MAX || n < 0 || n > 999_999_999) throw new DecodeError("type", "time: year outside of range [0,9999]");
  return formatTime({ seconds: s, nanoseconds: n }, type);
}

function readQuantity(bytes: Bytes): Json {
  const r = new ProtoReader(bytes);
  let text = "";
  while (r.next()) {
    if (r.number === 1 && r.wire === 2) text = r.text();
    else r.skip();
  }
  if (text === "") return "0";
  try {
    return canonicalQuantity(text);
  } catch (error) {
    throw error instanceof QuantityError ? new DecodeError("type", error.message) : error;
  }
}
