import type { Json, JsonObject } from "../meta/index.js";
import { type BuiltinField, BuiltinSchema } from "./build.js";
import type { ScalarType, Schema } from "./types.js";

/** What Go prints for the zero of a type that is no pointer. */
const ZEROS: Readonly<Record<ScalarType, Json>> = {
  string: "",
  boolean: false,
  int32: 0,
  int64: 0,
  double: 0,
  bytes: null,
  time: null,
  microTime: null,
  duration: "0s",
  quantity: "0",
  intOrString: 0,
};

/** Lists, maps and raw JSON: nil, which is null. Objects: a new one, the caller may change it. */
export function zeroOf(schema: Schema): Json {
  if (schema.kind === "scalar") return ZEROS[schema.type];
  return schema instanceof BuiltinSchema ? assemble(schema, []) : null;
}

/** Values that a field without a pointer does not print when it has omitempty. */
function isEmpty(value: Json): boolean {
  if (value === "" || value === 0 || value === false || value === null || value === 0n) return true;
  if (typeof value !== "object") return false;
  return Array.isArray(value) ? value.length === 0 : isEmptyObject(value);
}
function isEmptyObject(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}

/** Whether a field prints `value`; nil is undefined. */
export const isPrinted = (field: BuiltinField, value: Json | undefined): boolean =>
  !field.omitEmpty || (value !== undefined && (field.pointer || field.keepsEmpty || !isEmpty(value)));

/** An object in its normal form: fields in the order of print, from values by their position; undefined is nil. */
export function assemble(schema: BuiltinSchema, values: readonly (Json | undefined)[]): JsonObject {
  const object: JsonObject = {};
  const list = schema.list;
  for (let i = 0; i < list.length; i++) {
    const field = list[i] as BuiltinField;
    const value = values[i];
    if (!isPrinted(field, value)) continue;
    object[field.name] = value === undefined || isLost(field, value) ? nilOf(schema, field) : value;
  }
  return object;
}
/** A list kind's own items are [] at least, as servers print them; nobody stores those. */
function nilOf(schema: BuiltinSchema, field: BuiltinField): Json {
  if (schema.isKind && field.name === "items") return [];
  return field.pointer ? null : zeroOf(field.schema);
}
/** An empty list or map that is printed even so becomes null: whatever is stored went through protobuf, which cannot tell it from nil. */
const isLost = (field: BuiltinField, value: Json): boolean =>
  !field.omitEmpty && (field.schema.kind === "list" || field.schema.kind === "map") && isEmpty(value);
