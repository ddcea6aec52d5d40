import { copyJson, isObject, type Json, type JsonObject, setKey } from "../meta/index.js";
import { type FieldSchema, type KindSchema, type Schema, withoutExact } from "../schema/index.js";
import { PatchError } from "./errors.js";
import { goType } from "./go-text.js";
import {
  checkOrder,
  DIRECTIVE,
  findMap,
  itemType,
  ordered,
  partition,
  requireMergeKey,
  sameScalar,
  unknownDirective,
  unmergeable,
  withoutRepeats,
  wrongType,
} from "./strategic-lists.js";

const RETAIN = "$retainKeys";
const DELETE_PREFIX = "$deleteFromPrimitiveList";
const ORDER_PREFIX = "$setElementOrder";
const malformed = (why: string): PatchError => new PatchError("malformed", why);

/** A strategic merge by the field tables' patch strategies, on copies. `rest`: the patch as it was left, which texts of later errors show. */
export function applyStrategicPatch(document: Json, patch: JsonObject, kind: KindSchema): { readonly value: Json; readonly rest: Json } {
  const rest = copyJson(withoutExact(patch)) as JsonObject;
  return { value: mergeMap(isObject(document) ? copyJson(document) : {}, rest, kind.root), rest };
}

interface Meta {
  readonly schema: Schema;
  readonly strategy: "merge" | "replace" | "";
  readonly mergeKey: string;
}

/** How a field of an object merges. Only types with named fields say. */
function metaOf(schema: Schema, key: string): Meta & { readonly field: FieldSchema } {
  if (schema.kind !== "object") {
    const kind = schema.kind === "list" ? "slice" : schema.kind === "any" ? "struct" : schema.kind === "map" ? "map" : "string";
    if (schema.kind === "any")
      throw unmergeable(`unable to find api field in struct RawExtension for the json field ${JSON.stringify(key)}`);
    throw unmergeable(`merging an object in json but data type is not struct, instead is: ${kind}`);
  }
  const field = schema.fields.get(key);
  if (field === undefined) {
    const name = schema.name.slice(schema.name.lastIndexOf(".") + 1);
    throw unmergeable(`unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`);
  }
  const strategies = field.patch?.strategies ?? [];
  const strategy = strategies.includes("merge") ? "merge" : strategies.includes("replace") ? "replace" : "";
  return { field, schema: field.schema, strategy, mergeKey: field.patch?.mergeKey ?? "" };
}
function listMetaOf(schema: Schema, key: string): Meta {
  const meta = metaOf(schema, key);
  if (meta.schema.kind !== "list") throw unmergeable("expected slice or array type, but got: struct");
  if (meta.schema.items.kind === "list") throw unmergeable("unexpected slice of slice");
  return { ...meta, schema: meta.schema.items };
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    if (directive === "delete") return {};
    if (directive !== "replace") throw unknownDirective(directive, patch);
    delete patch[DIRECTIVE];
    return patch;
  }
  retainKeys(original, patch);
  for (const key of Object.keys(patch)) if (key.startsWith(ORDER_PREFIX)) mergeOrdered(original, patch, key, schema);
  for (const key of Object.keys(patch)) mergeKeyOf(original, key, patch[key] as Json, schema);
  return original;
}

/** $retainKeys: fields of the original that it does not name go; the patch may hold none that it does not name. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  const retained = patch[RETAIN];
  if (retained === undefined) return;
  delete patch[RETAIN];
  const bad = malformed("invalid patch format of retainKeys");
  if (!Array.isArray(retained)) throw bad;
  const names = new Set(retained.filter((r) => typeof r === "string"));
  for (const key of Object.keys(patch)) {
    const isFree = patch[key] === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX);
    if (!isFree && !names.has(key)) throw bad;
  }
  for (const key of Object.keys(original)) if (!names.has(key)) delete original[key];
}

function directiveTarget(key: string, prefix: string, what: string): string {
  const slash = key.indexOf("/");
  if (slash < 0 || key.slice(0, slash) !== prefix) throw malformed(`invalid patch format of ${what}`);
  return key.slice(slash + 1);
}

/** $setElementOrder/x: merges x and puts it in order; both leave the patch. */
function mergeOrdered(original: JsonObject, patch: JsonObject, key: string, schema: Schema): void {
  const order = patch[key];
  delete patch[key];
  if (!Array.isArray(order)) throw wrongType("list", order);
  const name = directiveTarget(key, ORDER_PREFIX, "setElementOrder list");
  const live = original[name];
  const given = patch[name];
  if (live !== undefined && !Array.isArray(live)) throw wrongType("list", live);
  if (given !== undefined && !Array.isArray(given)) throw wrongType("list", given);
  const meta = listMetaOf(schema, name);
  if (given !== undefined) checkOrder(given, order, meta.mergeKey);
  if (live === undefined && given === undefined) return;
  const before = live === undefined ? [] : [...live];
  const merged =
    live === undefined ? (withoutDirectives(given as Json[]) as Json[]) : given === undefined ? live : mergeLists(live, given, meta, false);
  itemType(before, given ?? []);
  original[name] = ordered(partition(merged, order, meta.mergeKey), { patch: order, live: before, mergeKey: meta.mergeKey });
  delete patch[name];
}

function mergeKeyOf(original: JsonObject, givenKey: string, value: Json, schema: Schema): void {
  const isDeletion = givenKey.startsWith(DELETE_PREFIX);
  const key = isDeletion ? directiveTarget(givenKey, DELETE_PREFIX, "primitive list") : givenKey;
  if (value === null) {
    delete original[key];
    return;
  }
  const live = Object.hasOwn(original, key) ? original[key] : undefined;
  const differs = live === undefined || goType(live) !== goType(value);
  if (differs) {
    if (!isDeletion) take(original, key, withoutNulls(value));
    return;
  }
  if (isObject(live) && isObject(value)) {
    const meta = metaOf(schema, key);
    setKey(original, key, meta.strategy === "replace" ? value : mergeMap(live, value, meta.schema));
  } else if (Array.isArray(live) && Array.isArray(value)) {
    original[key] = mergeLists(live, value, listMetaOf(schema, key), isDeletion);
  } else take(original, key, value);
}
/** A directive that finds nothing to change leaves nothing. */
function take(original: JsonObject, key: string, value: Json): void {
  const kept = withoutDirectives(value);
  if (kept === undefined) delete original[key];
  else setKey(original, key, kept);
}

function mergeLists(live: Json[], patch: Json[], meta: Meta, isDeletion: boolean): Json[] {
  if (meta.strategy !== "merge" && !isDeletion) return patch;
  if (live.length === 0 && patch.length === 0) return live;
  if (itemType(live, patch) === "scalar") {
    if (isDeletion) return live.filter((item) => !patch.some((p) => sameScalar(p, item)));
    const merged = withoutRepeats([...live, ...patch]);
    return ordered(partition(merged, patch, meta.mergeKey), { patch, live, mergeKey: meta.mergeKey });
  }
  if (meta.mergeKey === "") throw unmergeable("cannot merge lists without merge key for struct");
  const special = withSpecialItems(live, patch, meta.mergeKey);
  const merged = mergeItems(special.live, special.patch, meta);
  const orders = { patch: special.patch, live: special.live, mergeKey: meta.mergeKey };
  return ordered(partition(merged, special.patch, meta.mergeKey), orders);
}

/** Items with "$patch" delete others or replace the whole list. */
function withSpecialItems(
  live: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
): { readonly live: Json[]; readonly patch: Json[] } {
  const plain: Json[] = [];
  let kept = [...live];
  let replaces = false;
  for (const item of patch as JsonObject[]) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) plain.push(item);
    else if (directive === "delete") {
      const value = requireMergeKey(item, mergeKey);
      kept = kept.filter((k) => findMap([k], mergeKey, value) < 0);
    } else if (directive === "replace") replaces = true;
    else if (directive === "merge") throw unmergeable("merging lists cannot yet be specified in the patch");
    else throw unknownDirective(directive, item);
  }
  return replaces ? { live: plain, patch: [] } : { live: kept, patch: plain };
}
function mergeItems(live: readonly Json[], patch: readonly Json[], meta: Meta): Json[] {
  const merged = [...live];
  for (const item of patch as JsonObject[]) {
    const at = findMap(merged, meta.mergeKey, requireMergeKey(item, meta.mergeKey));
    if (at < 0) merged.push(item);
    else merged[at] = mergeMap(merged[at] as JsonObject, item, meta.schema);
  }
  return merged;
}

/** undefined: the value is itself a directive. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((v) => v !== undefined);
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] !== undefined) return undefined;
  for (const key of Object.keys(value)) {
    const kept = withoutDirectives(value[key] as Json);
    if (kept === undefined) delete value[key];
    else setKey(value, key, kept);
  }
  return value;
}
/** Changes the value. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) for (const item of value) withoutNulls(item);
  else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (value[key] === null) delete value[key];
      else withoutNulls(value[key] as Json);
    }
  }
  return value;
}
