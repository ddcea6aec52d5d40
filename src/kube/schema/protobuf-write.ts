import { asBuffer, type Bytes, check } from "../../base/index.js";
import { isObject, type Json, type JsonObject, type KubeObject, parseDuration, parseTime } from "../meta/index.js";
import { type BuiltinField, BuiltinSchema, findBuiltin, UnionSchema, type WireField, WrappedListSchema } from "./build.js";
import { encodeJson } from "./json.js";
import type { KindSchema, ScalarType, Schema } from "./types.js";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIRST_BYTES = 1024;

/** Writes from the back: the length of a message is known when it comes to be written. So everything is called last thing first. */
class BackWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = FIRST_BYTES;
  get length(): number {
    return this.#buffer.length - this.#at;
  }
  bytes(): Bytes {
    return Buffer.from(this.#buffer.subarray(this.#at));
  }

  #room(bytes: number): void {
    if (this.#at >= bytes) return;
    const used = this.length;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + bytes));
    this.#buffer.copy(larger, larger.length - used, this.#at);
    this.#at = larger.length - used;
    this.#buffer = larger;
  }
  raw(bytes: Bytes): void {
    this.#room(bytes.length);
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }
  text(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#room(bytes);
    this.#at -= bytes;
    this.#buffer.write(text, this.#at);
  }
  varint(value: number): void {
    if (value < 0 || value > 0xffff_ffff) {
      this.varint64(BigInt(value));
      return;
    }
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
    this.#room(size);
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#buffer[at++] = (rest & 0x7f) | 0x80;
    this.#buffer[at] = rest;
  }
  varint64(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }
  double(value: number): void {
    this.#room(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }
  tag(number: number, wire: number): void {
    this.varint(number * 8 + wire);
  }
  /** What `body` writes, as a field with its length. */
  nested(number: number, body: () => void): void {
    const before = this.length;
    body();
    this.varint(this.length - before);
    this.tag(number, LENGTH);
  }
}

/** How Go leaves things out: pointers, lists, maps and bytes when there are none; everything else is always written. */
function writeMessage(w: BackWriter, fields: readonly WireField[], object: JsonObject): void {
  for (let i = fields.length - 1; i >= 0; i--) {
    const field = fields[i] as WireField;
    if (field.kind === "inline") w.nested(field.number, () => writeMessage(w, field.fields, object));
    else writeField(w, field.field, object[field.field.name]);
  }
}

function writeField(w: BackWriter, field: BuiltinField, value: Json | undefined): void {
  const { schema, number } = field;
  if (schema.kind === "list" && !(schema instanceof WrappedListSchema)) {
    if (!Array.isArray(value)) return;
    for (let i = value.length - 1; i >= 0; i--) writeValue(w, number, schema.items, value[i] as Json);
  } else if (schema.kind === "map") writeMap(w, number, schema.values, value);
  else if (field.pointer && (value === undefined || value === null)) return;
  else writeValue(w, number, schema, value);
}

function writeMap(w: BackWriter, number: number, values: Schema, map: Json | undefined): void {
  if (!isObject(map)) return;
  const keys = Object.keys(map).sort(byBytes);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string;
    w.nested(number, () => {
      writeValue(w, 2, values, map[key]);
      w.text(key);
      w.varint(Buffer.byteLength(key));
      w.tag(1, LENGTH);
    });
  }
}
/** Go sorts by bytes; JavaScript by UTF-16 units, which differs where a surrogate meets a character above it. */
const byBytes = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));

function writeValue(w: BackWriter, number: number, schema: Schema, value: Json | undefined): void {
  if (schema.kind === "scalar") writeScalar(w, number, schema.type, value);
  else if (schema instanceof BuiltinSchema) w.nested(number, () => writeMessage(w, schema.wire, isObject(value) ? value : {}));
  else if (schema instanceof UnionSchema) w.nested(number, () => writeUnion(w, schema, value));
  else if (schema.kind === "list") w.nested(number, () => writeStrings(w, 1, value));
  else w.nested(number, () => writeAny(w, value));
}
function writeStrings(w: BackWriter, number: number, value: Json | undefined): void {
  if (Array.isArray(value)) for (let i = value.length - 1; i >= 0; i--) writeScalar(w, number, "string", value[i]);
}
function writeAny(w: BackWriter, value: Json | undefined): void {
  if (value === undefined || value === null) return;
  w.nested(1, () => w.text(encodeJson(value)));
}

function writeUnion(w: BackWriter, schema: UnionSchema, value: Json | undefined): void {
  if (Array.isArray(value)) {
    if (schema.or === "strings") writeStrings(w, 2, value);
    else for (let i = value.length - 1; i >= 0; i--) writeValue(w, 2, schema.schema, value[i]);
    return;
  }
  const number = schema.or === "boolean" ? 2 : 1;
  if (isObject(value)) writeValue(w, number, schema.schema, value);
  if (schema.or === "boolean") writeScalar(w, 1, "boolean", isObject(value) || value === true);
}

function writeScalar(w: BackWriter, number: number, type: ScalarType, value: Json | undefined): void {
  switch (type) {
    case "string":
      w.nested(number, () => w.text(typeof value === "string" ? value : ""));
      break;
    case "boolean":
      w.varint(value === true ? 1 : 0);
      w.tag(number, VARINT);
      break;
    case "int32":
    case "int64":
      writeInteger(w, value);
      w.tag(number, VARINT);
      break;
    case "double":
      w.double(Number(value ?? 0));
      w.tag(number, FIXED64);
      break;
    case "bytes":
      if (typeof value === "string") w.nested(number, () => w.raw(Buffer.from(value, "base64")));
      break;
    case "time":
    case "microTime":
      w.nested(number, () => writeTime(w, type, value));
      break;
    case "duration":
      w.nested(number, () => {
        w.varint64(parseDuration(typeof value === "string" ? value : "0s") ?? 0n);
        w.tag(1, VARINT);
      });
      break;
    case "quantity":
      w.nested(number, () => writeScalar(w, 1, "string", value ?? "0"));
      break;
    default:
      w.nested(number, () => writeIntOrString(w, value));
  }
}
function writeInteger(w: BackWriter, value: Json | undefined): void {
  if (typeof value === "bigint") w.varint64(value);
  else w.varint(typeof value === "number" ? value : 0);
}
function writeTime(w: BackWriter, type: "time" | "microTime", value: Json | undefined): void {
  const at = typeof value === "string" ? parseTime(value, type) : undefined;
  if (at === undefined) return;
  w.varint(type === "time" ? 0 : at.nanoseconds);
  w.tag(2, VARINT);
  w.varint(at.seconds);
  w.tag(1, VARINT);
}
function writeIntOrString(w: BackWriter, value: Json | undefined): void {
  const text = typeof value === "string";
  writeScalar(w, 3, "string", text ? value : "");
  writeScalar(w, 2, "int32", text ? 0 : value);
  writeScalar(w, 1, "int32", text ? 1 : 0);
}

const MAGIC = Buffer.from("k8s\0", "latin1");

/** An object of a built-in kind in Kubernetes' frame: "k8s\0" and an Unknown that names its kind. Lists too. */
export function encodeProtobuf(object: KubeObject | JsonObject, kind: KindSchema): Bytes {
  const root = kind.root;
  check(root instanceof BuiltinSchema, "only built-in kinds have a protobuf form");
  const { group, version, kind: name } = kind.gvk;
  const w = new BackWriter();
  w.varint(0);
  w.tag(4, LENGTH);
  w.varint(0);
  w.tag(3, LENGTH);
  w.nested(2, () => writeMessage(w, root.wire, object as JsonObject));
  w.nested(1, () => {
    writeScalar(w, 2, "string", name);
    writeScalar(w, 1, "string", group === "" ? version : `${group}/${version}`);
  });
  w.raw(MAGIC);
  return w.bytes();
}

/** A watch event's message around an object that is already encoded; the stream puts its own length before it. */
export function encodeWatchEvent(type: string, object: Bytes): Bytes {
  const w = new BackWriter();
  w.nested(2, () => w.nested(1, () => w.raw(object)));
  writeScalar(w, 1, "string", type);
  return w.bytes();
}

/** A message without a frame, for tests and for parts of objects. */
export function encodeMessage(typeName: string, value: JsonObject): Bytes {
  const schema = findBuiltin(typeName);
  check(schema !== undefined, `no type ${typeName}`);
  const w = new BackWriter();
  writeMessage(w, schema.wire, value);
  return asBuffer(w.bytes());
}
