import { isObject, type Json } from "../meta/index.js";
import type { ScalarType, Schema } from "../schema/index.js";
import { goKind, goType } from "./go-text.js";

const GO: Readonly<Partial<Record<ScalarType, string>>> = {
  string: "string",
  boolean: "bool",
  int32: "int32",
  int64: "int64",
  double: "float64",
};

/** The first value whose type does not fit, in the words in which a strategic merge says so; undefined: all fit (or have types with decoders
 *  of their own, whose words are those of every decoding). */
export function strategicMismatch(schema: Schema, value: Json): string | undefined {
  if (value === null) return undefined;
  switch (schema.kind) {
    case "scalar":
      return scalarMismatch(schema.type, value);
    case "list":
      if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`;
      return firstOf(value, (item) => strategicMismatch(schema.items, item));
    case "map":
      if (!isObject(value)) return `cannot restore map from ${goKind(value)}`;
      return firstOf(Object.values(value), (item) => strategicMismatch(schema.values, item));
    case "object":
      if (!isObject(value)) return `cannot restore struct from: ${goKind(value)}`;
      return firstOf([...schema.fields.values()], (f) => {
        const child = value[f.name];
        return child === undefined ? undefined : strategicMismatch(f.schema, child);
      });
    default:
      return undefined;
  }
}
function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
function scalarMismatch(type: ScalarType, value: Json): string | undefined {
  const wanted = GO[type];
  const given = goType(value);
  if (wanted === undefined || wanted === given) return undefined;
  const isNumber = given === "int64" || given === "float64";
  if (isNumber && (wanted === "float64" || (wanted.startsWith("int") && given === "int64"))) return undefined;
  const converts = isNumber && (wanted.startsWith("int") || (wanted === "string" && given === "int64"));
  return converts ? `cannot convert ${given} to ${wanted}` : `unrecognized type: ${wanted}`;
}
