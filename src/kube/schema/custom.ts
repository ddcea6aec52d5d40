import { copyJson, isObject, type Json, type JsonObject, type KubeObject, setKey } from "../meta/index.js";
import { findBuiltin } from "./build.js";
import { DecodeError } from "./errors.js";
import { type Decoding, normalize, withoutExact } from "./normalize.js";
import type { KindSchema, Schema } from "./types.js";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/**
 * An object of a custom kind: metadata is typed, all else is kept as it came (null and empty too) but for fields that the schema does not
 * name, which are dropped and are problems. Values of a wrong type are validation's business.
 */
export function decodeCustom(kind: KindSchema, value: Json, at: Decoding): KubeObject {
  if (!isObject(value)) throw new DecodeError("type", "json: cannot unmarshal into Go value of type map[string]interface {}");
  if (at.repeated.size > 0) findRepeated(value, at);
  const { metadata, ...rest } = value;
  const pruned = prune(kind.root, copyJson(withoutExact(rest)), at) as JsonObject;
  const schema = findBuiltin(OBJECT_META);
  at.path.push("metadata");
  const meta = metadata === undefined || metadata === null || schema === undefined ? {} : normalize(schema, metadata, at);
  at.path.pop();
  const { apiVersion, kind: name, ...fields } = pruned;
  return { apiVersion, kind: name, metadata: meta ?? {}, ...fields } as KubeObject;
}

/** Untyped decoding comes before pruning, so repeated keys are told before unknown ones, within unknown ones too. */
function findRepeated(value: Json, at: Decoding): void {
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  const seen = new Set<string>();
  for (const key of at.repeated.get(value) ?? Object.keys(value)) {
    if (seen.has(key)) at.problem("duplicate", key);
    else {
      at.path.push(isList ? Number(key) : key);
      findRepeated((value as JsonObject)[key] as Json, at);
      at.path.pop();
    }
    seen.add(key);
  }
}

function prune(schema: Schema, value: Json, at: Decoding): Json {
  if (schema.kind === "list" && Array.isArray(value))
    return value.map((item, i) => {
      at.path.push(i);
      const kept = prune(schema.items, item, at);
      at.path.pop();
      return kept;
    });
  if (!isObject(value)) return value;
  if (schema.kind === "map") return within(value, at, () => schema.values);
  if (schema.kind !== "object") return value;
  return within(value, at, (key) => schema.fields.get(key)?.schema ?? (schema.preserveUnknown ? "kept" : "unknown"));
}

function within(value: JsonObject, at: Decoding, schemaOf: (key: string) => Schema | "kept" | "unknown"): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const schema = schemaOf(key);
    const isHeader = at.path.length === 0 && (key === "apiVersion" || key === "kind");
    if (schema === "unknown" && !isHeader) {
      at.problem("unknown", key);
      continue;
    }
    at.path.push(key);
    setKey(kept, key, typeof schema === "string" ? (value[key] as Json) : prune(schema, value[key] as Json, at));
    at.path.pop();
  }
  return kept;
}
