import { copyJson, equalJson, isObject, type Json, type JsonObject, setKey } from "../meta/index.js";
import { PatchError, PatchTestFailed } from "./errors.js";
import { COPIED_BYTES_MAX, OPERATIONS_MAX } from "./limits.js";

const OPERATIONS = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** A pointer's last step, and what holds it. */
interface Place {
  readonly holder: Json[] | JsonObject;
  readonly key: string;
}

/** RFC 6902 on a copy, as the library that Kubernetes uses reads it: -1 counts from the end, "01" is 1, a test of a missing
 *  path against null holds. Throws PatchError. */
export function applyJsonPatch(document: Json, patch: Json): Json {
  const operations = operationsOf(patch);
  const root: JsonObject = { "": copyJson(document) };
  let copied = 0;
  for (const operation of operations) {
    copied += apply(root, operation);
    if (copied > COPIED_BYTES_MAX) throw new PatchError("failed", "the copies of the patch are too large");
  }
  return root[""] as Json;
}

const notAList = (patch: Json): PatchError =>
  new PatchError("malformed", `json: cannot unmarshal ${wordOf(patch)} into Go value of type []handlers.jsonPatchOp`);
const wordOf = (value: Json): string => (isObject(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value);

function operationsOf(patch: Json): readonly JsonObject[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) throw notAList(patch);
  if (patch.length > OPERATIONS_MAX) {
    throw new PatchError("tooLarge", `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${patch.length}`);
  }
  for (const operation of patch) {
    if (!isObject(operation))
      throw new PatchError("malformed", `json: cannot unmarshal ${wordOf(operation)} into Go value of type handlers.jsonPatchOp`);
  }
  return patch as JsonObject[];
}

const failed = (why: string): PatchError => new PatchError("failed", why);
const pathOf = (operation: JsonObject, field: "path" | "from"): string => {
  const path = operation[field];
  if (typeof path !== "string") throw failed(`${field} is missing`);
  return path;
};

/** Bytes that were copied. */
function apply(root: JsonObject, operation: JsonObject): number {
  const op = operation["op"];
  if (typeof op !== "string" || !OPERATIONS.has(op)) throw failed(`Unexpected kind: ${String(op)}`);
  const path = pathOf(operation, "path");
  switch (op) {
    case "add":
      add(place(root, path, `add operation does not apply: doc is missing path: "${path}"`), path, "add", givenValue(operation));
      return 0;
    case "remove":
      remove(root, path);
      return 0;
    case "replace":
      replace(root, path, givenValue(operation));
      return 0;
    case "move": {
      const from = pathOf(operation, "from");
      const moved = get(root, from, "move");
      remove(root, from);
      add(place(root, path, `move operation does not apply: doc is missing destination path: ${path}`), path, "move", moved);
      return 0;
    }
    case "copy": {
      const copy = copyJson(get(root, pathOf(operation, "from"), "copy"));
      add(place(root, path, `copy operation does not apply: doc is missing destination path: ${path}`), path, "copy", copy);
      return JSON.stringify(copy, (_k, v) => (typeof v === "bigint" ? v.toString() : v)).length;
    }
    default:
      test(root, path, operation["value"] ?? null);
      return 0;
  }
}
const givenValue = (operation: JsonObject): Json => {
  const value = operation["value"];
  return value === undefined ? null : copyJson(value);
};

/** `missing`: what is said when the way to the last step ends before. */
function place(root: JsonObject, pointer: string, missing: string): Place {
  // What stands before the first slash is not looked at.
  const steps = `${pointer}`
    .split("/")
    .slice(1)
    .map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"));
  // The whole document has no place in anything.
  if (steps.length === 0) throw failed(`${missing}: missing value`);
  let holder: Json = root;
  let key = "";
  for (const step of steps) {
    const next: Json | undefined = existing(holder, key);
    if (typeof next !== "object" || next === null) throw failed(`${missing}: missing value`);
    holder = next;
    key = step;
  }
  return { holder: holder as Json[] | JsonObject, key };
}
/** undefined also for an index that is none. */
function existing(holder: Json, key: string): Json | undefined {
  if (!Array.isArray(holder)) return isObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
  const index = Number(key);
  return /^-?\d+$/.test(key) ? holder[index < 0 ? index + holder.length : index] : undefined;
}
/** Negative ones count from the end; beyond `max` there is nothing. `words` stand before what is wrong. */
function indexIn(list: readonly Json[], key: string, max: number, words: string): number {
  if (!/^-?\d+$/.test(key))
    throw failed(`${words}: value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  const given = Number(key);
  const index = given < 0 ? given + list.length + (max === list.length ? 1 : 0) : given;
  if (index < 0 || index > max) throw failed(`${words}: Unable to access invalid index: ${given}: invalid index referenced`);
  return index;
}

function get(root: JsonObject, pointer: string, op: "move" | "copy"): Json {
  const missing = `${op} operation does not apply: doc is missing from path: ${pointer}`;
  const { holder, key } = place(root, pointer, missing);
  const words = op === "move" ? `error in move for path: '${key}'` : `error in copy for from: '${pointer}'`;
  if (Array.isArray(holder)) return holder[indexIn(holder, key, holder.length - 1, words)] as Json;
  const value = existing(holder, key);
  if (value === undefined) throw failed(`${words}: Unable to remove nonexistent key: ${key}: missing value`);
  return value;
}
function add({ holder, key }: Place, pointer: string, op: string, value: Json): void {
  if (!Array.isArray(holder)) setKey(holder, key, value);
  else if (key === "-") holder.push(value);
  else holder.splice(indexIn(holder, key, holder.length, `error in ${op} for path: '${pointer}'`), 0, value);
}
function remove(root: JsonObject, pointer: string): void {
  const words = `error in remove for path: '${pointer}'`;
  const { holder, key } = place(root, pointer, `remove operation does not apply: doc is missing path: "${pointer}"`);
  if (Array.isArray(holder)) holder.splice(indexIn(holder, key, holder.length - 1, words), 1);
  else if (Object.hasOwn(holder, key)) delete holder[key];
  else throw failed(`${words}: Unable to remove nonexistent key: ${key}: missing value`);
}
function replace(root: JsonObject, pointer: string, value: Json): void {
  if (pointer === "") {
    if (typeof value !== "object" || value === null) throw failed("replace operation value must be object or array");
    root[""] = value;
    return;
  }
  const { holder, key } = place(root, pointer, `replace operation does not apply: doc is missing path: ${pointer}`);
  // A key that is not there is added; RFC 6902 would refuse.
  const missing = `replace operation does not apply: doc is missing key: ${pointer}`;
  if (Array.isArray(holder)) holder[indexIn(holder, key, holder.length - 1, missing)] = value;
  else setKey(holder, key, value);
}
function test(root: JsonObject, pointer: string, expected: Json): void {
  if (pointer === "") {
    if (!equalJson(root[""] as Json, expected)) throw new PatchTestFailed(pointer);
    return;
  }
  const { holder, key } = place(root, pointer, `test operation does not apply: is missing path: ${pointer}`);
  const value = existing(holder, key);
  if (value === undefined ? expected !== null : !equalJson(value, expected)) throw new PatchTestFailed(pointer);
}
