import { BYTES, type CelType, DURATION, DYN, STRING, TIMESTAMP } from "./celtypes.js";
import {
  BOOL_DECL,
  type DeclField,
  type DeclType,
  DOUBLE_DECL,
  field,
  INT_DECL,
  listDecl,
  mapDecl,
  objectDecl,
  scalar,
} from "./decltypes.js";
import { escapeName } from "./escaping.js";
import {
  DATE_BYTES,
  DATETIME_BYTES_MAX,
  DATETIME_BYTES_MIN,
  DURATION_BYTES_MAX,
  DURATION_BYTES_MIN,
  MIN_STRING_BYTES,
  REQUEST_BYTES_MAX,
} from "./limits.js";
import type { SchemaJson } from "./types.js";

/** Sizes of what JSON needs around a value. */
const QUOTES = 2;
const BRACKETS = 2;
const COMMA = 1;
/** Key, its quotes, colon and comma of the smallest entry. */
const ENTRY = 6;
/** A required property: quotes, colon and comma. */
const PROPERTY = 4;
/** A code point has up to four bytes. */
const BYTES_A_POINT = 4;

/** The type of a structural schema; undefined: expressions cannot see it. `root`: of a resource (custom or embedded). */
export function declTypeOf(schema: SchemaJson, root = false): DeclType | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return scalar(DYN, { min: 1, max: schema.maxLength === undefined ? REQUEST_BYTES_MAX - QUOTES : points(schema.maxLength) });
  }
  const seen = root ? withTypeMeta(schema) : schema;
  switch (seen.type) {
    case "array":
      return arrayType(seen);
    case "object":
      return objectOrMap(seen);
    case "string":
      return stringType(seen);
    case "boolean":
      return BOOL_DECL;
    case "number":
      return DOUBLE_DECL;
    case "integer":
      return INT_DECL;
    default:
      return undefined;
  }
}

const points = (maxLength: number): number => Math.max(0, maxLength) * BYTES_A_POINT;
const nested = (schema: SchemaJson): DeclType | undefined => declTypeOf(schema, schema["x-kubernetes-embedded-resource"] === true);

/** Every resource has these, whether its schema says so or not. */
export function withTypeMeta(schema: SchemaJson): SchemaJson {
  const text: SchemaJson = { type: "string" };
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const complete =
    kind?.type === "string" &&
    apiVersion?.type === "string" &&
    metadata?.type === "object" &&
    metadata.properties?.["name"]?.type === "string" &&
    metadata.properties["generateName"]?.type === "string";
  if (complete) return schema;
  const meta: SchemaJson = { type: "object", properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...schema.properties, kind: text, apiVersion: text, metadata: meta } };
}

function arrayType(schema: SchemaJson): DeclType | undefined {
  const elem = schema.items === undefined ? undefined : nested(schema.items);
  if (elem === undefined) return undefined;
  const unbounded = Math.floor((REQUEST_BYTES_MAX - BRACKETS) / (elem.minSerializedSize + COMMA));
  return listDecl(elem, schema.maxItems === undefined ? unbounded : Math.max(0, schema.maxItems));
}

function objectOrMap(schema: SchemaJson): DeclType | undefined {
  if (typeof schema.additionalProperties === "object") {
    const elem = nested(schema.additionalProperties);
    if (elem === undefined) return undefined;
    const unbounded = Math.floor((REQUEST_BYTES_MAX - BRACKETS) / (elem.minSerializedSize + ENTRY));
    return mapDecl(elem, schema.maxProperties === undefined ? unbounded : Math.max(0, schema.maxProperties));
  }
  const fields: DeclField[] = [];
  let size = BRACKETS;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const type = nested(property);
    if (type === undefined) continue;
    const required = schema.required?.includes(name) ?? false;
    const escaped = escapeName(name);
    if (escaped !== undefined) fields.push(field(escaped, type, required));
    // A default fills in what is required: the smallest object does not have it.
    if (required && (property.default === undefined || property.default === null))
      size += new TextEncoder().encode(name).length + type.minSerializedSize + PROPERTY;
  }
  return objectDecl("object", fields, size);
}

const FORMATS: Readonly<Record<string, (schema: SchemaJson) => DeclType>> = {
  byte: (schema) =>
    scalar(BYTES, {
      min: MIN_STRING_BYTES,
      max: schema.maxLength === undefined ? REQUEST_BYTES_MAX - QUOTES : Math.max(0, schema.maxLength),
    }),
  duration: () => time(DURATION, DURATION_BYTES_MIN, DURATION_BYTES_MAX),
  date: () => time(TIMESTAMP, DATE_BYTES, DATE_BYTES),
  "date-time": () => time(TIMESTAMP, DATETIME_BYTES_MIN, DATETIME_BYTES_MAX),
};
const time = (type: CelType, min: number, max: number): DeclType => scalar(type, { min, max });

function stringType(schema: SchemaJson): DeclType {
  const formatted = Object.hasOwn(FORMATS, schema.format ?? "") ? FORMATS[schema.format ?? ""] : undefined;
  if (formatted !== undefined) return formatted(schema);
  if (schema.maxLength !== undefined) return scalar(STRING, { min: MIN_STRING_BYTES, max: points(schema.maxLength) });
  const words = (schema.enum ?? []).filter((value) => typeof value === "string").map((value) => new TextEncoder().encode(value).length);
  return scalar(STRING, {
    min: MIN_STRING_BYTES,
    max: (schema.enum?.length ?? 0) > 0 ? Math.max(0, ...words) : REQUEST_BYTES_MAX - QUOTES,
  });
}

/** How often a value of this least size fits into a request. */
export const maxCardinality = (minSerializedSize: number): number => Math.floor(REQUEST_BYTES_MAX / (minSerializedSize + COMMA));
