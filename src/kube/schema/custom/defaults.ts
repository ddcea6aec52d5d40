import { copyJson, isObject, type Json, setKey } from "../../meta/index.js";
import { additionalNode, type Structural } from "./structural.js";

const isFilled = (value: Json | undefined, schema: Structural): boolean => value === null && !schema.nullable;

/** Fills in the schema's defaults, in place; nulls that may not be are replaced too. Idempotent. */
export function applySchemaDefaults(value: Json, schema: Structural | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (schema.items !== undefined && isFilled(item, schema.items)) value[i] = copyJson(schema.items.default ?? null);
      applySchemaDefaults(value[i] as Json, schema.items);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of schema.properties) {
    if (property.default === undefined) continue;
    if (!Object.hasOwn(value, name) || isFilled(value[name], property)) setKey(value, name, copyJson(property.default));
  }
  const rest = additionalNode(schema);
  for (const key of Object.keys(value)) {
    const property = schema.properties.get(key);
    if (property === undefined && rest !== undefined && isFilled(value[key], rest)) setKey(value, key, copyJson(rest.default ?? null));
    applySchemaDefaults(value[key] as Json, property ?? rest);
  }
}
