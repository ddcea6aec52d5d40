import { JSON_ENUMS, JSON_MESSAGES, type JsonField } from "./gen/json.js";
import { JsonError, JsonNumber, type JsonValue, positionOf } from "./json.js";

/** Protobuf's JSON as etcd's gateway speaks it: names as in proto/ (their camel-case forms are taken too), 64-bit numbers as strings, bytes
 *  as base64, zero fields left out, unknown fields and enum names ignored. */

type Message = Record<string, unknown>;

const fieldsOf = (type: string): readonly JsonField[] => JSON_MESSAGES[type] ?? [];
const BY_NAME = new Map<string, ReadonlyMap<string, JsonField>>();
function namesOf(type: string): ReadonlyMap<string, JsonField> {
  let names = BY_NAME.get(type);
  if (names === undefined) {
    names = new Map(fieldsOf(type).flatMap((f) => [[f[0], f] as const, [camelJson(f[0]), f] as const]));
    BY_NAME.set(type, names);
  }
  return names;
}
/** protojson's own rule for the second name of a field. */
const camelJson = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** The codec's shape of a message; throws JsonError for a wrong type, a field given twice, or two members of a oneof. */
export function messageFromJson(type: string, value: JsonValue, offset = 0): Message {
  if (!(value instanceof Map)) throw new JsonError("meaning", offset, `unexpected token where a message ${type} is expected`);
  const message: Message = {};
  const given = new Set<string>();
  const names = namesOf(type);
  for (const [name, item] of value as ReadonlyMap<string, JsonValue>) {
    const field = names.get(name);
    if (field === undefined) continue;
    const [protoName, key, kind, repeated, oneof] = field;
    const at: Place = { name, offset: positionOf(value, name) };
    if (given.has(protoName)) throw new JsonError("meaning", at.offset, `duplicate field "${name}"`);
    given.add(protoName);
    if (item === null) continue;
    if (oneof !== "" && given.has(`oneof ${oneof}`))
      throw new JsonError("meaning", at.offset, `error parsing "${name}", oneof ${type}.${oneof} is already set`);
    if (oneof !== "") given.add(`oneof ${oneof}`);
    if (repeated) message[key] = listFrom(kind, item, at);
    else {
      const read = scalarFrom(kind, item, at);
      if (read !== undefined) message[key] = read;
    }
  }
  return message;
}

interface Place {
  readonly name: string;
  readonly offset: number;
}

function listFrom(kind: string, item: JsonValue, at: Place): unknown[] {
  if (!Array.isArray(item)) throw wrong(at);
  return (item as readonly JsonValue[]).map((x) => scalarFrom(kind, x, at)).filter((x) => x !== undefined);
}

const wrong = (at: Place): JsonError => new JsonError("meaning", at.offset, `invalid value for field ${at.name}`);

function scalarFrom(kind: string, item: JsonValue, at: Place): unknown {
  const [base, type] = kind.split(":") as [string, string | undefined];
  switch (base) {
    case "message":
      return messageFromJson(type ?? "", item, at.offset);
    case "enum":
      return enumFrom(type ?? "", item, at);
    case "bytes":
      if (typeof item !== "string") throw wrong(at);
      return base64(item, at);
    case "string":
      if (typeof item !== "string") throw wrong(at);
      return item;
    case "bool":
      if (typeof item !== "boolean") throw wrong(at);
      return item;
    case "id":
      return integer(item, at);
    case "wide":
      return safe(integer(item, at));
    default:
      return Number(integer(item, at));
  }
}

/** Unknown names are ignored, unknown numbers kept. */
function enumFrom(type: string, item: JsonValue, at: Place): number | undefined {
  if (item instanceof JsonNumber) return Number(integer(item, at));
  if (typeof item !== "string") throw wrong(at);
  const number = (JSON_ENUMS[type] ?? []).indexOf(item);
  return number < 0 ? undefined : number;
}

function base64(text: string, at: Place): Uint8Array {
  const standard = text.replace(/-/g, "+").replace(/_/g, "/");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard) || standard.replace(/=+$/, "").length % 4 === 1) throw wrong(at);
  return Buffer.from(standard, "base64");
}

/** Digits, as a number or in quotes; 1.0 and 1e3 are whole too. */
function integer(item: JsonValue, at: Place): bigint {
  const text = item instanceof JsonNumber ? item.digits : typeof item === "string" ? item : undefined;
  const match = text === undefined ? null : /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match) throw wrong(at);
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = `${whole}${fraction}`;
  const shift = Number(exponent) - fraction.length;
  const scaled = shift >= 0 ? digits + "0".repeat(shift) : digits;
  const value = BigInt(scaled) / (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  if (shift < 0 && BigInt(scaled) % 10n ** BigInt(-shift) !== 0n) throw wrong(at);
  const signed = sign === "-" ? -value : value;
  if (signed < -(1n << 63n) || signed >= 1n << 64n) throw wrong(at);
  return signed;
}
const safe = (n: bigint): number =>
  n > BigInt(Number.MAX_SAFE_INTEGER)
    ? Number.POSITIVE_INFINITY
    : n < -BigInt(Number.MAX_SAFE_INTEGER)
      ? Number.NEGATIVE_INFINITY
      : Number(n);

/** The gateway's text for a decoded message: fields in the order of proto/. */
export function messageToJson(type: string, message: object): string {
  const parts: string[] = [];
  for (const [name, key, kind, repeated, oneof] of fieldsOf(type)) {
    const value = (message as Message)[key];
    if (value === undefined) continue;
    if (repeated) {
      const items = value as readonly unknown[];
      if (items.length > 0) parts.push(`"${name}":[${items.map((x) => scalarTo(kind, x)).join(",")}]`);
    } else if (oneof !== "" || !isZero(value)) parts.push(`"${name}":${scalarTo(kind, value)}`);
  }
  return `{${parts.join(",")}}`;
}

const isZero = (value: unknown): boolean =>
  value === 0 || value === 0n || value === "" || value === false || (value instanceof Uint8Array && value.length === 0);

function scalarTo(kind: string, value: unknown): string {
  const [base, type = ""] = kind.split(":");
  switch (base) {
    case "message":
      return messageToJson(type, value as object);
    case "enum":
      return JSON.stringify(JSON_ENUMS[type]?.[value as number] ?? value);
    case "bytes":
      return `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "id":
    case "wide":
      return `"${String(value)}"`;
    default:
      return JSON.stringify(value);
  }
}
