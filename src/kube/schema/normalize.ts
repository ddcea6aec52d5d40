import {
  canonicalQuantity,
  canonicalTime,
  formatDuration,
  type Json,
  type JsonObject,
  parseDuration,
  QuantityError,
  setKey,
  timeError,
} from "../meta/index.js";
import { canonicalBase64 } from "./base64.js";
import { BuiltinField, BuiltinSchema, UnionSchema } from "./build.js";
import { DecodeError } from "./errors.js";
import { goTypeOf } from "./go-types.js";
import { PROBLEMS_MAX } from "./limits.js";
import { ExactNumber, type Parsed, type RepeatedKeys } from "./parse.js";
import type { ObjectSchema, ScalarType, Schema } from "./types.js";
import { assemble, zeroOf } from "./zero.js";

/** "ignore" looks for no problems at all; the other two find the same ones, and the caller decides what they mean. */
export type FieldValidation = "ignore" | "warn" | "strict";

/** One decoding: where it stands, and what it has found. */
export class Decoding {
  /** From the root: a field, a key of a map, an index. */
  readonly path: (BuiltinField | string | number)[] = [];
  /** Texts of strict decoding: at most PROBLEMS_MAX, each once, in the order of the document. */
  readonly problems = new Set<string>();
  /** The first value of a wrong type: decoding goes on behind it, since a later error may count more. */
  error: string | undefined;
  readonly repeated: RepeatedKeys;
  strict: boolean;
  constructor(options: { readonly repeated: RepeatedKeys; readonly fieldValidation: FieldValidation }) {
    this.repeated = options.repeated;
    this.strict = options.fieldValidation !== "ignore";
  }

  problem(what: "unknown" | "duplicate", key: string): void {
    if (!this.strict || this.problems.size >= PROBLEMS_MAX) return;
    this.problems.add(`${what} field ${JSON.stringify(`${this.#text()}${key}`)}`);
  }
  #text(): string {
    let text = "";
    for (const part of this.path) text += typeof part === "number" ? `[${part}]` : `${text === "" ? "" : "."}${nameOf(part)}`;
    return text === "" ? "" : `${text}.`;
  }

  /** A value of the wrong type, in Go's words. */
  mismatch(value: string, type: string): string {
    const fields = this.path.filter((p) => p instanceof BuiltinField);
    const last = fields.at(-1);
    if (last === undefined) return `json: cannot unmarshal ${value} into Go value of type ${type}`;
    const path = fields.flatMap((f) => [...f.inlinedIn, f.name]).join(".");
    return `json: cannot unmarshal ${value} into Go struct field ${last.owner}.${path} of type ${type}`;
  }
  wrong(value: Parsed, schema: Schema): undefined {
    this.error ??= this.mismatch(wordOf(value), goTypeOf(schema, this.path.findLast((p) => p instanceof BuiltinField)?.name));
  }
}
const nameOf = (part: BuiltinField | string): string => (typeof part === "string" ? part : part.name);

/** Go's word for a JSON value. */
export function wordOf(value: Parsed): string {
  if (value instanceof ExactNumber || typeof value === "number" || typeof value === "bigint") return "number";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The value in its normal form; undefined: nothing (a wrong type, already noted). Never changes what it is given. */
export function normalize(schema: Schema, value: Parsed, at: Decoding): Json | undefined {
  switch (schema.kind) {
    case "scalar":
      return normalizeScalar(schema.type, schema, value, at);
    case "object":
      return isPlainObject(value) ? normalizeObject(schema, value, at) : at.wrong(value, schema);
    case "map":
      return isPlainObject(value) ? normalizeMap(schema.values, value, at) : at.wrong(value, schema);
    case "list":
      return Array.isArray(value) ? normalizeList(schema.items, value, at) : at.wrong(value, schema);
    default:
      return schema instanceof UnionSchema ? normalizeUnion(schema, value, at) : withoutExact(value);
  }
}

const isPlainObject = (value: Parsed): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

function normalizeObject(schema: ObjectSchema, input: JsonObject, at: Decoding): JsonObject {
  if (!(schema instanceof BuiltinSchema)) return withoutExact(input) as JsonObject;
  const values: (Json | undefined)[] = new Array(schema.list.length);
  const repeated = at.repeated.size > 0 ? at.repeated.get(input) : undefined;
  const seen = repeated === undefined ? undefined : new Set<string>();
  for (const key of repeated ?? Object.keys(input)) {
    const field = schema.fields.get(key);
    if (field === undefined) {
      at.problem("unknown", key);
      continue;
    }
    if (seen?.has(key) === true) at.problem("duplicate", key);
    seen?.add(key);
    const value = input[key];
    if (value === null || value === undefined) continue;
    at.path.push(field);
    values[field.position] = normalize(field.schema, value, at);
    at.path.pop();
  }
  return assemble(schema, values);
}

function normalizeMap(values: Schema, input: JsonObject, at: Decoding): JsonObject {
  const map: JsonObject = {};
  const repeated = at.repeated.size > 0 ? at.repeated.get(input) : undefined;
  const seen = repeated === undefined ? undefined : new Set<string>();
  for (const key of repeated ?? Object.keys(input)) {
    if (seen?.has(key) === true) at.problem("duplicate", key);
    seen?.add(key);
    const value = input[key] as Json;
    at.path.push(key);
    const normal = value === null ? undefined : normalize(values, value, at);
    at.path.pop();
    // An empty list in a message of its own is nil once it is stored.
    const isNil = normal === undefined || (values.kind === "list" && Array.isArray(normal) && normal.length === 0);
    setKey(map, key, isNil ? zeroOf(values) : normal);
  }
  return map;
}

function normalizeList(items: Schema, input: readonly Json[], at: Decoding): Json[] {
  const list: Json[] = new Array(input.length);
  for (let i = 0; i < input.length; i++) {
    const value = input[i] as Json;
    at.path.push(i);
    list[i] = (value === null ? undefined : normalize(items, value, at)) ?? zeroOf(items);
    at.path.pop();
  }
  return list;
}

/** What a type decodes by itself in Go (quantities, times) ends the decoding at once; the built-in ones go on. */
const refuse = (message: string): DecodeError => new DecodeError("type", message);

function normalizeScalar(type: ScalarType, schema: Schema, value: Parsed, at: Decoding): Json | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : at.wrong(value, schema);
    case "boolean":
      return typeof value === "boolean" ? value : at.wrong(value, schema);
    case "int32":
    case "int64":
      return normalizeInteger(type, value, at);
    case "double":
      if (value instanceof ExactNumber) return Number(value.digits);
      return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : at.wrong(value, schema);
    case "bytes":
      return typeof value === "string" ? normalizeBytes(value, at) : at.wrong(value, schema);
    case "time":
    case "microTime":
      return normalizeTime(type, value, at);
    case "duration":
      return normalizeDuration(value, at);
    case "quantity":
      return normalizeQuantity(value);
    default:
      if (typeof value === "string") return value;
      return normalizeInteger("int32", value, at, refuse);
  }
}

const INT32_MAX = 2 ** 31;
function normalizeInteger(
  type: "int32" | "int64",
  value: Parsed,
  at: Decoding,
  raise?: (message: string) => DecodeError,
): Json | undefined {
  if (typeof value === "number" && Number.isInteger(value) && (type === "int64" || (value >= -INT32_MAX && value < INT32_MAX)))
    return value;
  if (typeof value === "bigint" && type === "int64") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  const word = wordOf(value);
  const digits = value instanceof ExactNumber ? value.digits : String(value);
  const message = at.mismatch(word === "number" ? `number ${digits}` : word, type);
  if (raise !== undefined) throw raise(message);
  at.error ??= message;
  return undefined;
}

function normalizeBytes(value: string, at: Decoding): Json | undefined {
  const canonical = canonicalBase64(value);
  if (typeof canonical === "number") at.error ??= `illegal base64 data at input byte ${canonical}`;
  return typeof canonical === "number" ? undefined : canonical;
}

function normalizeTime(type: "time" | "microTime", value: Parsed, at: Decoding): Json {
  if (typeof value !== "string") throw refuse(at.mismatch(wordOf(value), "string"));
  const canonical = canonicalTime(value, type);
  if (canonical === undefined) throw refuse(timeError(value, type));
  return canonical;
}

function normalizeDuration(value: Parsed, at: Decoding): Json {
  if (typeof value !== "string") throw refuse(at.mismatch(wordOf(value), "string"));
  const nanoseconds = parseDuration(value);
  if (nanoseconds === undefined) throw refuse(`time: invalid duration ${JSON.stringify(value)}`);
  return formatDuration(nanoseconds);
}

function normalizeQuantity(value: Parsed): Json {
  try {
    if (typeof value === "string") return canonicalQuantity(value.trim());
    if (value instanceof ExactNumber) return canonicalQuantity(value.digits);
    return canonicalQuantity(typeof value === "number" || typeof value === "bigint" ? String(value) : JSON.stringify(value));
  } catch (error) {
    if (error instanceof QuantityError) throw refuse(error.message);
    throw error;
  }
}

/** Inside, Kubernetes decodes with the ordinary library, which knows no strictness. */
function normalizeUnion(schema: UnionSchema, value: Parsed, at: Decoding): Json | undefined {
  const strict = at.strict;
  at.strict = false;
  try {
    if (schema.or === "boolean") {
      if (typeof value === "boolean") return value;
      if (!isPlainObject(value)) throw refuse("boolean or JSON schema expected");
      return normalize(schema.schema, value, at);
    }
    if (isPlainObject(value)) return normalize(schema.schema, value, at);
    if (value === null) return undefined;
    // Whatever it is: the original holds a union with neither side set.
    if (!Array.isArray(value) || value.length === 0) return schema.or === "schemas" ? [] : undefined;
    return normalizeList(schema.or === "strings" ? STRINGS : schema.schema, value, at);
  } finally {
    at.strict = strict;
  }
}
const STRINGS: Schema = { kind: "scalar", type: "string" };

/** Untyped values: numbers as numbers. Rebuilt only where an exact number stands inside. */
export function withoutExact(value: Parsed): Json {
  if (value instanceof ExactNumber) return Number(value.digits);
  if (typeof value !== "object" || value === null || !holdsExact(value)) return value;
  if (Array.isArray(value)) return value.map(withoutExact);
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setKey(copy, key, withoutExact(value[key] as Json));
  return copy;
}
const holdsExact = (value: Parsed): boolean =>
  value instanceof ExactNumber || (typeof value === "object" && value !== null && Object.values(value).some(holdsExact));
