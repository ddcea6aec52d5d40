import { copyJson, isObject, type Json, type JsonObject, type KubeObject, setKey } from "../meta/index.js";
import { findBuiltin } from "./build.js";
import { CustomKind, checkHeader } from "./custom/kind.js";
import { DecodeError } from "./errors.js";
import { type Decoding, normalize, withoutExact } from "./normalize.js";
import type { KindSchema } from "./types.js";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/**
 * An object of a custom kind: metadata is typed, all else is kept as it came (empty too) but for what its schema does not name, which is
 * dropped and is a problem, and nulls that may not be. Values of a wrong type are validation's business. Without defaults.
 */
export function decodeCustom(kind: KindSchema, value: Json, at: Decoding): KubeObject {
  if (!isObject(value)) throw new DecodeError("type", "json: cannot unmarshal into Go value of type map[string]interface {}");
  if (at.repeated.size > 0) findRepeated(value, at);
  const { metadata, ...rest } = value;
  const fields = copyJson(withoutExact(rest)) as JsonObject;
  checkHeader(fields);
  const schema = findBuiltin(OBJECT_META);
  at.path.push("metadata");
  const meta = metadata === undefined || metadata === null || schema === undefined ? {} : normalize(schema, metadata, at);
  at.path.pop();
  if (kind instanceof CustomKind) for (const path of kind.settle(fields, { dropInvalid: false })) at.problem("unknown", path);
  const { apiVersion, kind: name, ...others } = fields;
  return { apiVersion, kind: name, metadata: meta ?? {}, ...others } as KubeObject;
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

/** An object of the store in the form in which it was stored: its schema may know less than it did then, or more. Changes `object`. */
export function settleStored(kind: CustomKind, object: KubeObject): KubeObject {
  kind.settle(object as JsonObject, { dropInvalid: true });
  object.metadata.generation ??= 1;
  // It is filled in later, and stands where the alphabet wants it.
  object.metadata.resourceVersion ??= "";
  kind.applyDefaults(object);
  return object;
}
/** Half a character: no text in UTF-8 can hold it. */
const HALF = /\p{Surrogate}/u;
const HALVES = /\p{Surrogate}/gu;
/** Keys in the order of the alphabet, as whoever has no types for a kind prints it. */
export function inKeyOrder(value: Json): Json {
  if (typeof value === "string") return HALF.test(value) ? value.replace(HALVES, "\ufffd") : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inKeyOrder);
  const ordered: JsonObject = {};
  for (const key of Object.keys(value).sort()) setKey(ordered, key, inKeyOrder(value[key] as Json));
  return ordered;
}
/** The same object as another version of its kind has it. Changes `object`. */
export function asVersion(kind: CustomKind, object: KubeObject): KubeObject {
  const { group, version } = kind.gvk;
  const apiVersion = `${group}/${version}`;
  if (object.apiVersion === apiVersion) return object;
  object.apiVersion = apiVersion;
  kind.settle(object as JsonObject, { dropInvalid: false });
  return object;
}
