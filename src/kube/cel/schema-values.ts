import { equalJson, isObject, type Json, type JsonObject, parseDuration } from "../meta/index.js";
import { UNKNOWN } from "./celtypes.js";
import { escapeName, unescapeName } from "./escaping.js";
import { isDateTime } from "./libraries/formats.js";
import { parseTimestamp } from "./libraries/times.js";
import { withTypeMeta } from "./schema.js";
import type { SchemaJson } from "./types.js";
import {
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Duration,
  elements,
  equalResults,
  isError,
  NO_SUCH_OVERLOAD,
  Opaque,
  type Result,
} from "./values.js";

/** JSON seen through a structural schema. Lazy. A value that contradicts the schema is an error when it is read. */
export function fromSchema(json: Json, schema: SchemaJson): Result {
  if (json === null) return schema.nullable === true ? null : new CelError("invalid data, got null for schema with nullable=false");
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (typeof json === "string" || typeof json === "bigint") return json;
    return Number.isInteger(json)
      ? BigInt(json as number)
      : new CelError("invalid data, expected XIntOrString value to be either a string or integer");
  }
  switch (schema.type) {
    case "object":
      return isObject(json)
        ? new SchemaMap(json, schema)
        : new CelError("invalid data, expected a map for the provided schema with type=object");
    case "array":
      return listOf(json, schema);
    case "string":
      return textOf(json, schema);
    case "number":
      return typeof json === "object" && !Array.isArray(json)
        ? Number(String(json))
        : typeof json === "number" || typeof json === "bigint"
          ? Number(json)
          : expected("float", json);
    case "integer":
      return typeof json === "bigint" ? json : Number.isInteger(json) ? BigInt(json as number) : expected("int", json);
    case "boolean":
      return typeof json === "boolean" ? json : expected("bool", json);
    default:
      if (schema["x-kubernetes-preserve-unknown-fields"] === true) return new Preserved(json);
      return new CelError(
        `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ""}`,
      );
  }
}

const goType = (json: Json): string => {
  if (Array.isArray(json)) return "[]interface {}";
  if (typeof json === "object") return "map[string]interface {}";
  if (typeof json === "number") return Number.isInteger(json) ? "int64" : "float64";
  return typeof json === "bigint" ? "int64" : typeof json === "boolean" ? "bool" : "string";
};
const expected = (type: string, json: Json): CelError => new CelError(`invalid data, expected ${type}, got ${goType(json)}`);

/** Data whose schema is unknown: can only be compared. */
class Preserved extends Opaque {
  readonly type = UNKNOWN;
  readonly json: Json;
  constructor(json: Json) {
    super();
    this.json = json;
  }
  override equals(other: CelValue): boolean {
    return other instanceof Preserved && equalJson(this.json, other.json);
  }
}

function textOf(json: Json, schema: SchemaJson): Result {
  if (typeof json !== "string") return expected("string", json);
  switch (schema.format) {
    case "duration": {
      const ns = openApiDuration(json);
      return ns === undefined ? new CelError(`Invalid duration ${json}: unable to parse ${json} as duration`) : new Duration(ns);
    }
    case "date":
      return (
        parseTimestamp(`${json}T00:00:00Z`) ??
        new CelError(`Invalid date formatted string ${json}: parsing time "${json}" as "2006-01-02": cannot parse "${json}" as "2006"`)
      );
    case "date-time":
      return (
        (isDateTime(json) ? parseTimestamp(json.toUpperCase()) : undefined) ??
        new CelError(`Invalid date-time formatted string ${json}: parsing time "${json}" as "2006-01-02T15:04:05.000Z"`)
      );
    case "byte":
      return bytesOf(json);
    default:
      return json;
  }
}

function bytesOf(text: string): Result {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return new CelError(`Invalid byte formatted string ${text}: illegal base64 data at input byte 0`);
  }
}

const LONG_UNITS: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:weeks?|wks?|w)$/, 604_800_000_000_000n],
  [/^(?:days?|d)$/, 86_400_000_000_000n],
  [/^(?:hours?|hrs?|h)$/, 3_600_000_000_000n],
  [/^(?:minutes?|mins?|m)$/, 60_000_000_000n],
  [/^(?:seconds?|secs?|s)$/, 1_000_000_000n],
  [/^(?:milliseconds?|millis?|ms)$/, 1_000_000n],
  [/^(?:microseconds?|micros?|us|µs)$/, 1_000n],
  [/^(?:nanoseconds?|nanos?|ns)$/, 1n],
];
/** Go's durations, and "3 days". */
function openApiDuration(text: string): bigint | undefined {
  const plain = parseDuration(text);
  if (plain !== undefined) return plain;
  let total = 0n;
  let found = false;
  for (const [, count, unit] of text.matchAll(/((?:-\s?)?\d+)\s*([A-Za-zµ]+)/g)) {
    const factor = LONG_UNITS.find(([pattern]) => pattern.test((unit ?? "").toLowerCase()))?.[1];
    if (factor === undefined) return undefined;
    total += BigInt((count ?? "0").replace(/\s/g, "")) * factor;
    found = true;
  }
  return found ? total : undefined;
}

function listOf(json: Json, schema: SchemaJson): Result {
  if (!Array.isArray(json)) return new CelError("invalid data, expected an array for the provided schema with type=array");
  const { items } = schema;
  if (items === undefined) return new CelError("invalid array type, expected Items with a non-empty Schema");
  const type = schema["x-kubernetes-list-type"] ?? "atomic";
  if (type === "map") return new MapList(json, items, schema["x-kubernetes-list-map-keys"] ?? []);
  if (type === "set") return new SetList(json, items);
  return type === "atomic"
    ? new SchemaList(json, items)
    : new CelError(`invalid x-kubernetes-list-type, expected 'map', 'set' or 'atomic' but got ${type}`);
}

/** List type atomic. */
class SchemaList extends CelList {
  readonly json: readonly Json[];
  readonly items: SchemaJson;
  constructor(json: readonly Json[], items: SchemaJson) {
    super();
    this.json = json;
    this.items = items;
  }
  override get size(): number {
    return this.json.length;
  }
  override at(index: number): Result {
    return fromSchema(this.json[index] as Json, this.items);
  }
  override equals(other: CelValue): Result {
    if (!(other instanceof CelList)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    for (let i = 0; i < this.size; i++) {
      const equal = equalResults(this.at(i), other.at(i));
      if (equal !== true) return equal;
    }
    return true;
  }
}

const scalarKey = (value: Json | CelValue | CelError | undefined): string =>
  `${typeof value === "number" ? "bigint" : typeof value}:${String(value)}`;

/** List type set: order does not count, and + is union. */
class SetList extends SchemaList {
  override equals(other: CelValue): Result {
    if (!(other instanceof CelList)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    const own = new Set(this.json.map(scalarKey));
    return [...elements(other)].every((item) => own.has(scalarKey(item)));
  }
  override add(other: CelList): CelList {
    const own = new Set(this.json.map(scalarKey));
    const added: Json[] = [];
    for (const item of elements(other)) {
      if (isError(item) || own.has(scalarKey(item))) continue;
      own.add(scalarKey(item));
      if (item === null || ["string", "boolean", "number", "bigint"].includes(typeof item)) added.push(item as Json);
    }
    return new SetList([...this.json, ...added], this.items);
  }
}

/** List type map: elements are told apart by their keys; + merges. */
class MapList extends SchemaList {
  readonly #keys: readonly string[];
  constructor(json: readonly Json[], items: SchemaJson, keys: readonly string[]) {
    super(json, items);
    this.#keys = keys;
  }
  #keyOf(item: Json): string | undefined {
    return isObject(item) ? this.#keys.map((key) => scalarKey(item[key])).join("\0") : undefined;
  }
  override equals(other: CelValue): Result {
    if (!(other instanceof CelList)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    const own = new Map(this.json.map((item) => [this.#keyOf(item), item]));
    for (const item of elements(other)) {
      const mine = item instanceof SchemaMap ? own.get(this.#keyOf(item.json)) : undefined;
      if (mine === undefined) return false;
      const equal = equalResults(fromSchema(mine, this.items), item);
      if (equal !== true) return equal;
    }
    return true;
  }
  override add(other: CelList): CelList {
    const merged = [...this.json];
    const places = new Map(merged.map((item, i) => [this.#keyOf(item), i]));
    for (const item of elements(other)) {
      if (!(item instanceof SchemaMap)) continue;
      const place = places.get(this.#keyOf(item.json));
      if (place === undefined) merged.push(item.json);
      else merged[place] = item.json;
    }
    return new MapList(merged, this.items, this.#keys);
  }
}

/** An object (fields by escaped name) or a map. */
class SchemaMap extends CelMap {
  readonly json: JsonObject;
  readonly #schema: SchemaJson;
  readonly #isObject: boolean;
  constructor(json: JsonObject, schema: SchemaJson) {
    super();
    this.json = json;
    this.#schema = schema["x-kubernetes-embedded-resource"] === true ? withTypeMeta(schema) : schema;
    this.#isObject = this.#schema.properties !== undefined;
  }
  #propertySchema(name: string): SchemaJson | undefined {
    const { properties, additionalProperties } = this.#schema;
    if (properties !== undefined) return Object.hasOwn(properties, name) ? properties[name] : undefined;
    return typeof additionalProperties === "object" ? additionalProperties : undefined;
  }
  override get size(): number {
    return Object.keys(this.json).length;
  }
  override find(key: CelValue): Result | undefined {
    if (typeof key !== "string") return NO_SUCH_OVERLOAD;
    const name = this.#isObject ? unescapeName(key) : key;
    if (name === undefined || !Object.hasOwn(this.json, name)) return undefined;
    const value = this.json[name] as Json;
    // A null field is an absent one.
    if (this.#isObject && value === null) return undefined;
    const schema = this.#propertySchema(name);
    return schema === undefined ? undefined : fromSchema(value, schema);
  }
  override keys(): readonly CelValue[] {
    const known = Object.keys(this.json).filter((name) => this.#propertySchema(name) !== undefined);
    return this.#isObject ? known.map((name) => escapeName(name) ?? name) : known;
  }
  override equals(other: CelValue): Result {
    if (!(other instanceof CelMap)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    for (const [name, value] of Object.entries(this.json)) {
      const equal = this.#propertySchema(name) === undefined ? equalUnknown(name, value, other) : this.#equalKnown(name, other);
      if (equal !== true) return equal;
    }
    return true;
  }
  #equalKnown(name: string, other: CelMap): Result {
    const [mine, theirs] = [this.find(name), other.find(name)];
    if (mine === undefined || theirs === undefined) return mine === theirs;
    return equalResults(mine, theirs);
  }
}

function equalUnknown(name: string, value: Json, other: CelMap): Result {
  if (!(other instanceof SchemaMap)) return NO_SUCH_OVERLOAD;
  return !Object.hasOwn(other.json, name) || equalJson(value, other.json[name]);
}
