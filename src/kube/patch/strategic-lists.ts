import { isObject, type Json, type JsonObject } from "../meta/index.js";
import { PatchError } from "./errors.js";
import { goText, goType } from "./go-text.js";

export const DIRECTIVE = "$patch";
export const unmergeable = (why: string): PatchError => new PatchError("unmergeable", why);
export const wrongType = (expected: "list" | "map", actual: Json | undefined): PatchError =>
  unmergeable(`expected a ${expected === "list" ? "[]interface {}" : "map[string]interface {}"}, but received a ${goType(actual)}`);
const noMergeKey = (item: JsonObject, key: string): PatchError =>
  unmergeable(`map: ${goText(item)} does not contain declared merge key: ${key}`);
export const unknownDirective = (directive: Json | undefined, item: JsonObject): PatchError =>
  unmergeable(`unknown patch type: ${goText(directive)} in map: ${goText(item)}`);

/** Go's == on decoded values: lists and maps are never equal. */
export function sameScalar(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a === "object" && a !== null) return false;
  return a === b || ((typeof a === "bigint" || typeof b === "bigint") && String(a) === String(b));
}

/** What is compared: the merge key's value of a map, the item itself of a list of scalars. */
export type KeyOf = (item: Json) => Json | undefined;
export const keyOf =
  (mergeKey: string): KeyOf =>
  (item) =>
    mergeKey === "" ? item : isObject(item) ? item[mergeKey] : undefined;
export function indexIn(list: readonly Json[], item: Json, key: KeyOf): number {
  const value = key(item);
  return list.findIndex((other) => sameScalar(key(other), value));
}

export function requireMergeKey(item: Json, mergeKey: string): Json {
  if (!isObject(item)) throw wrongType("map", item);
  const value = item[mergeKey];
  if (value === undefined) throw noMergeKey(item, mergeKey);
  return value;
}
/** Where the first map with this merge key is; -1: nowhere. */
export function findMap(list: readonly Json[], mergeKey: string, value: Json): number {
  for (const [i, item] of list.entries()) {
    if (!isObject(item)) throw unmergeable(`value for key ${i} is not a map`);
    if (item[mergeKey] !== undefined && sameScalar(item[mergeKey], value)) return i;
  }
  return -1;
}

/** All items must be of one type, and no lists. */
export function itemType(...lists: readonly (readonly Json[])[]): "map" | "scalar" {
  let type: string | undefined;
  for (const item of lists.flat()) {
    const here = goType(item);
    if (type === undefined && Array.isArray(item)) throw new PatchError("failed", "lists of lists are not supported");
    if (type !== undefined && type !== here) throw unmergeable(`list element types are not identical: ${goText(lists as Json[][])}`);
    type = here;
  }
  if (type === undefined) throw unmergeable("no elements in any of the given slices");
  return type === "map[string]interface {}" ? "map" : "scalar";
}

/** Items that `by` names, and the others. */
export function partition(
  list: readonly Json[],
  by: readonly Json[],
  mergeKey: string,
): { readonly named: Json[]; readonly others: Json[] } {
  const named: Json[] = [];
  const others: Json[] = [];
  for (const item of list) {
    const isNamed = mergeKey === "" ? by.some((b) => sameScalar(b, item)) : findMap(by, mergeKey, requireMergeKey(item, mergeKey)) >= 0;
    (isNamed ? named : others).push(item);
  }
  return { named, others };
}

export interface Orders {
  readonly patch: readonly Json[];
  readonly live: readonly Json[];
  readonly mergeKey: string;
}
/** Named items in the patch's order, the others in the live order, one list: an item that both orders know stands where the live one has it,
 *  others of the patch come first. */
export function ordered(parts: { readonly named: readonly Json[]; readonly others: readonly Json[] }, orders: Orders): Json[] {
  const { patch, live, mergeKey } = orders;
  const key = keyOf(mergeKey);
  const right = sortedBy(parts.named, patch, mergeKey);
  const left = sortedBy(parts.others, live, mergeKey);
  const result: Json[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const li = indexIn(live, left[i] as Json, key);
    const ri = indexIn(live, right[j] as Json, key);
    result.push((li >= 0 && ri >= 0 && li < ri ? left[i++] : right[j++]) as Json);
  }
  return [...result, ...left.slice(i), ...right.slice(j)];
}
function sortedBy(list: readonly Json[], order: readonly Json[], mergeKey: string): Json[] {
  const key = keyOf(mergeKey);
  if (mergeKey !== "") for (const item of [...list, ...order]) requireMergeKey(item, mergeKey);
  const isDeletion = (item: Json): boolean => isObject(item) && item[DIRECTIVE] === "delete";
  const kept = list.filter((item) => !isDeletion(item)).map((item) => ({ item, at: indexIn(order, item, key) }));
  kept.sort((a, b) => (a.at >= 0 && b.at >= 0 ? a.at - b.at : 0));
  return [...kept.map(({ item }) => item), ...list.filter(isDeletion)];
}

/** The patch's items must stand in the order that it asks for, and be part of it. */
export function checkOrder(patch: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return;
  const kept = mergeKey === "" ? patch : patch.filter((item) => !isDeletion(item));
  let at = 0;
  let next = 0;
  while (at < kept.length && next < order.length) {
    const item = kept[at] as Json;
    if (isObject(item) && item[DIRECTIVE] !== undefined) {
      at++;
      continue;
    }
    const same =
      mergeKey === ""
        ? sameScalar(item, order[next])
        : sameScalar(requireMergeKey(item, mergeKey), requireMergeKey(order[next] as Json, mergeKey));
    if (same) at++;
    next++;
  }
  if (at < kept.length && next >= order.length) {
    throw unmergeable(
      `The order in patch list:\n${goText(patch as Json[])}\n doesn't match $setElementOrder list:\n${goText(order as Json[])}\n`,
    );
  }
}
function isDeletion(item: Json): boolean {
  if (!isObject(item)) throw wrongType("map", item);
  return item[DIRECTIVE] === "delete";
}

/** Each scalar once. */
export function withoutRepeats(list: readonly Json[]): Json[] {
  const kept: Json[] = [];
  for (const item of list) if (!kept.some((k) => sameScalar(k, item))) kept.push(item);
  return kept;
}
