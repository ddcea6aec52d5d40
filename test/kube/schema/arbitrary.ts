import fc from "fast-check";
import type { Json, JsonObject } from "../../../src/kube/meta/index.js";
import { setKey } from "../../../src/kube/meta/index.js";
import { BuiltinField } from "../../../src/kube/schema/build.js";
import type { FieldSchema, ListSchema, MapSchema, ObjectSchema, ScalarType, Schema } from "../../../src/kube/schema/index.js";

/** Bodies that somebody could send: right types, everything else as it comes (zeros, nulls, empty lists, odd spellings). */

const time = fc.integer({ min: 1, max: 253_402_300_799 }).map((s) => new Date(s * 1000).toISOString());
const SCALARS: Readonly<Record<ScalarType, fc.Arbitrary<Json>>> = {
  string: fc.oneof(
    fc.string({ maxLength: 12, unit: "grapheme" }),
    fc.constantFrom("", "true", "0", "null", "1e3", "y", "a: b", "- x", " pad "),
  ),
  boolean: fc.boolean(),
  int32: fc.oneof(fc.constant(0), fc.integer()),
  int64: fc.oneof(fc.constant(0), fc.maxSafeInteger(), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
  double: fc.oneof(fc.constant(0), fc.double({ noNaN: true, noDefaultInfinity: true })),
  bytes: fc.uint8Array({ maxLength: 8 }).map((b) => Buffer.from(b).toString("base64")),
  time: time.map((t) => t.replace(/\.\d+/, "")),
  microTime: fc.tuple(time, fc.integer({ min: 0, max: 999_999 })).map(([t, u]) => t.replace(/\.\d+/, `.${String(u).padStart(6, "0")}`)),
  duration: fc.constantFrom("0s", "5m", "1h30m", "1.5s", "-3ms", "7ns"),
  quantity: fc.oneof(
    fc
      .tuple(fc.integer({ min: -5000, max: 5000 }), fc.constantFrom("", "m", "k", "Ki", "Mi", "Gi", "e3", "E", "u", "n"))
      .map(([n, s]) => `${n}${s}`),
    fc.constantFrom("1.5Gi", "0.1m", "1.500", "0", "100.25", "+5"),
    fc.integer({ min: 0, max: 10_000 }),
  ),
  intOrString: fc.oneof(fc.integer(), fc.constantFrom("25%", "http", "")),
};
const ANY: fc.Arbitrary<Json> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string({ maxLength: 5 }),
  fc.constant<Json>({ a: [1, { b: null }], "z.y": "x" }),
  fc.constant<Json>([]),
);

export function bodyOf(schema: Schema, depth: number): fc.Arbitrary<Json> {
  switch (schema.kind) {
    case "scalar":
      return SCALARS[schema.type];
    case "object":
      return objectOf(schema, depth);
    case "map":
      return mapOf(schema, depth);
    case "list":
      return listOf(schema, depth);
    default:
      // "boolean or JSON schema expected": anything else is refused.
      return "or" in schema && schema.or === "boolean" ? fc.oneof(fc.boolean(), fc.constant<Json>({ type: "string" })) : ANY;
  }
}
const orNull = (of: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.oneof({ weight: 9, arbitrary: of }, { weight: 1, arbitrary: fc.constant(null) });
const FIELDS_MAX = 8;
/** apiVersion and kind have no number: protobuf leaves those of inner objects out. */
const numbered = (schema: ObjectSchema): FieldSchema[] => [...schema.fields.values()].filter((f) => f.number > 0);

function objectOf(schema: ObjectSchema, depth: number): fc.Arbitrary<JsonObject> {
  if (depth === 0) return fc.constant({});
  return fc.subarray(numbered(schema), { maxLength: Math.min(FIELDS_MAX, numbered(schema).length) }).chain((fields) =>
    fc.tuple(...fields.map((f) => orNull(fieldOf(f, depth - 1)))).map((list) => {
      const object: JsonObject = {};
      fields.forEach((f, i) => {
        object[f.name] = list[i] as Json;
      });
      return object;
    }),
  );
}
/** Where an empty list is not the same as none, protobuf cannot tell: nothing of that kind is ever stored. */
function fieldOf(field: FieldSchema, depth: number): fc.Arbitrary<Json> {
  const value = bodyOf(field.schema, depth);
  const keepsEmpty = field instanceof BuiltinField && field.keepsEmpty;
  return keepsEmpty ? value.filter((list) => !Array.isArray(list) || list.length > 0) : value;
}
function mapOf(schema: MapSchema, depth: number): fc.Arbitrary<JsonObject> {
  const keys = fc.oneof(
    fc.constantFrom("__proto__", "1", "a.b/c", "", "constructor", "é", "\u{1f600}", "\uff61"),
    fc.string({ maxLength: 6 }),
  );
  return fc.array(fc.tuple(keys, orNull(bodyOf(schema.values, Math.max(depth - 1, 0)))), { maxLength: 3 }).map((entries) => {
    const map: JsonObject = {};
    for (const [key, value] of entries) setKey(map, key, value);
    return map;
  });
}
const listOf = (schema: ListSchema, depth: number): fc.Arbitrary<Json> =>
  fc.array(orNull(bodyOf(schema.items, Math.max(depth - 1, 0))), { maxLength: 3 });
