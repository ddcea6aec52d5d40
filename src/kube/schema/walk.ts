import { isObject, type Json } from "../meta/index.js";
import type { FieldSchema, Schema } from "./types.js";

/** A step of a path: the name of a field, the key of a map, an index. */
export type PathStep = string | number;

/** As errors write paths: "spec.containers[0].name"; a map's key in brackets ("data[a.b]"), which only the schema tells from a field. */
export function pathText(steps: readonly PathStep[], schema?: Schema): string {
  let text = "";
  let here: Schema | undefined = schema;
  for (const step of steps) {
    if (typeof step === "number" || here?.kind === "map") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
    here = here === undefined ? undefined : childOf(here, step);
  }
  return text;
}

/** The schema of a member; undefined: the schema does not say. */
export function childOf(schema: Schema, step: PathStep): Schema | undefined {
  if (schema.kind === "object") return schema.fields.get(String(step))?.schema;
  if (schema.kind === "map") return schema.values;
  return schema.kind === "list" ? schema.items : undefined;
}

/** The schema at a path; steps through lists are indexes or "*" ("spec", "containers", "*", "image"). */
export function schemaAt(schema: Schema, path: readonly PathStep[]): Schema | undefined {
  let here: Schema | undefined = schema;
  for (const step of path) here = here === undefined ? undefined : childOf(here, step);
  return here;
}
/** The field that the last step of a path names; undefined: the path ends in no field. */
export function fieldAt(schema: Schema, path: readonly PathStep[]): FieldSchema | undefined {
  const parent = schemaAt(schema, path.slice(0, -1));
  return parent?.kind === "object" ? parent.fields.get(String(path.at(-1))) : undefined;
}

export interface Visit {
  readonly schema: Schema;
  readonly value: Json;
  /** Shared by all calls of a walk: whoever keeps it copies it. */
  readonly path: readonly PathStep[];
  /** The field that holds the value; undefined for the root, items and values of maps. */
  readonly field: FieldSchema | undefined;
}

/** Visits a value and all within that the schema names, parents first; "skip" leaves out what is inside. */
export function walk(schema: Schema, value: Json, visit: (v: Visit) => "skip" | "go on"): void {
  walkFrom({ schema, value, path: [], field: undefined }, [], visit);
}
function walkFrom(v: Visit, path: PathStep[], visit: (v: Visit) => "skip" | "go on"): void {
  if (visit(v) === "skip") return;
  const { schema, value } = v;
  const into = (step: PathStep, inner: Schema, child: Json, field: FieldSchema | undefined): void => {
    path.push(step);
    walkFrom({ schema: inner, value: child, path, field }, path, visit);
    path.pop();
  };
  if (schema.kind === "list" && Array.isArray(value)) for (const [i, item] of value.entries()) into(i, schema.items, item, undefined);
  else if (schema.kind === "map" && isObject(value))
    for (const key of Object.keys(value)) into(key, schema.values, value[key] as Json, undefined);
  else if (schema.kind === "object" && isObject(value))
    for (const key of Object.keys(value)) {
      const field = schema.fields.get(key);
      if (field !== undefined) into(key, field.schema, value[key] as Json, field);
    }
}
