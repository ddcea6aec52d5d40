import { type DeclType, declTypeOf, type SchemaJson, withName } from "../cel/index.js";
import type { KindSchema, ObjectSchema, ScalarType, Schema } from "../schema/index.js";

const SCALARS: Readonly<Record<ScalarType, SchemaJson>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number" },
  bytes: { type: "string", format: "byte" },
  time: { type: "string", format: "date-time" },
  microTime: { type: "string", format: "date-time" },
  duration: { type: "string" },
  quantity: { type: "string" },
  intOrString: { "x-kubernetes-int-or-string": true },
};
/** Anything is in it. */
const UNKNOWN: SchemaJson = { "x-kubernetes-int-or-string": true };

/** A built-in type as a schema. A type inside itself is not told further. */
function jsonOf(schema: Schema, around: ReadonlySet<ObjectSchema>): SchemaJson {
  switch (schema.kind) {
    case "scalar":
      return SCALARS[schema.type];
    case "list":
      return { type: "array", items: jsonOf(schema.items, around) };
    case "map":
      return { type: "object", additionalProperties: jsonOf(schema.values, around) };
    case "any":
      return UNKNOWN;
    case "object": {
      if (around.has(schema)) return UNKNOWN;
      const inside = new Set([...around, schema]);
      const properties = Object.fromEntries([...schema.fields.values()].map((f) => [f.name, jsonOf(f.schema, inside)]));
      return { type: "object", properties };
    }
  }
}

/** The type of a kind's objects for the checker; undefined: it has none. */
export function declaredKind(kind: KindSchema): DeclType | undefined {
  return declaredSchema(jsonOf(kind.root, new Set()), kind.gvk.kind);
}
export function declaredSchema(schema: SchemaJson, name: string): DeclType | undefined {
  const type = declTypeOf(schema, true);
  return type && withName(type, name);
}
