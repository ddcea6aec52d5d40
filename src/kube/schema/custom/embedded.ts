import { invalid, isObject, type Json, type JsonObject, textOf } from "../../meta/index.js";
import { findBuiltin } from "../build.js";
import { DecodeError } from "../errors.js";
import { Decoding, normalize } from "../normalize.js";
import { additionalNode, type Structural } from "./structural.js";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

export interface Coercion {
  /** Of what the store holds: malformed fields are dropped, not refused. */
  readonly dropInvalid: boolean;
  /** The paths of unknown fields within embedded metadata. */
  readonly unknown: string[];
}

/** Metadata as the system's own type has it. Throws DecodeError for what is no metadata. */
export function normalMetadata(metadata: Json, path: string, unknown: string[]): JsonObject {
  const schema = findBuiltin(OBJECT_META);
  const decoding = new Decoding({ repeated: new Map(), fieldValidation: "strict" });
  const normal = schema === undefined ? {} : normalize(schema, metadata, decoding);
  if (decoding.error !== undefined) throw new DecodeError("type", decoding.error);
  for (const problem of decoding.problems) {
    const field = /^unknown field "(.*)"$/.exec(problem)?.[1];
    if (field !== undefined) unknown.push(`${path}.${field}`);
  }
  return (normal ?? {}) as JsonObject;
}

/** Resources within a resource: their header's types, their metadata in its normal form; in place. Throws DecodeError. */
export function coerceEmbedded(value: Json, schema: Structural | undefined, path: string, c: Coercion): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) coerceEmbedded(item, schema.items, `${path}[${i}]`, c);
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (schema.isEmbedded) coerceHeader(value, key, at, c);
    const property = schema.properties.get(key);
    if (property !== undefined) coerceEmbedded(value[key] as Json, property, at, c);
    else coerceEmbedded(value[key] as Json, additionalNode(schema), `${path}[${key}]`, c);
  }
}
function coerceHeader(value: JsonObject, key: string, at: string, c: Coercion): void {
  const field = value[key] as Json;
  if (key === "apiVersion" || key === "kind") {
    if (typeof field === "string") return;
    if (!c.dropInvalid) throw new DecodeError("type", textOf(invalid(at, field, "must be a string")));
    delete value[key];
  } else if (key === "metadata") value[key] = coercedMetadata(field, at, c);
}
function coercedMetadata(field: Json, at: string, c: Coercion): Json {
  try {
    const { creationTimestamp, ...rest } = normalMetadata(field, at, c.unknown);
    return creationTimestamp === null || creationTimestamp === undefined ? rest : { creationTimestamp, ...rest };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (!c.dropInvalid) throw new DecodeError("type", textOf(invalid(at, field, error.message)));
    return isObject(field) ? validFields(field) : field;
  }
}
/** Field by field: what can be read stays. */
export function validFields(metadata: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(metadata)) {
    try {
      Object.assign(kept, normalMetadata({ [key]: metadata[key] as Json }, "", []));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  return kept;
}
