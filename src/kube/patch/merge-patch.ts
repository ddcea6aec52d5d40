import { copyJson, isObject, type Json, type JsonObject, setKey } from "../meta/index.js";
import { PatchError } from "./errors.js";

/** RFC 7386 on a copy. A patch that is no object is refused: it would replace the object whole. */
export function applyMergePatch(document: Json, patch: Json): Json {
  if (!isMap(patch)) throw new PatchError("malformed", "Invalid JSON Patch");
  return merged(isObject(document) ? document : {}, patch);
}
/** Numbers that keep their digits are objects of a class. */
const isMap = (value: Json | undefined): value is JsonObject =>
  isObject(value) && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

function merged(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(target)) if (!Object.hasOwn(patch, key)) setKey(result, key, copyJson(target[key] as Json));
  for (const key of Object.keys(patch)) {
    const value = patch[key] as Json;
    if (value === null) continue;
    if (isMap(value)) setKey(result, key, merged(childOf(target, key), value));
    else setKey(result, key, copyJson(value));
  }
  return result;
}
const childOf = (target: JsonObject, key: string): JsonObject => {
  const value = Object.hasOwn(target, key) ? target[key] : undefined;
  return isObject(value) ? value : {};
};
