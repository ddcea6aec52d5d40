import { isObject, type Json, type JsonObject, setKey } from "../meta/index.js";
import { itemsByElement } from "./compare.js";
import { elementOf } from "./elements.js";
import { type Fields, isEmpty, LEAF, NO_FIELDS, nodeOf } from "./fields.js";
import { divisible, type Type, type Typing } from "./typing.js";

type ListSchema = Extract<Type, { kind: "list" }>;
type Value = Json | undefined;
const isHollow = (value: Value): boolean =>
  value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : isObject(value) && isEmpty(value));

// ---------------------------------------------------------------- the fields that a value speaks of

/** What somebody who applies the value owns. */
export function fieldsIn(t: Typing, value: Json): Fields {
  return nodesIn(t, t.root, value);
}
/** Below the value; a value of one owner is LEAF. */
function nodesIn(t: Typing, type: Type, value: Json): Fields {
  const parts = divisible(type, value, value);
  if (parts === undefined) return NO_FIELDS;
  const result: JsonObject = {};
  if (parts.kind === "list") {
    const items = t.items(parts);
    for (const [element, same] of itemsByElement(t, parts, value))
      result[element] = same.length > 1 ? LEAF : (nodeOf(true, nodesIn(t, items, same[0] as Json)) as Fields);
    return result;
  }
  if (!isObject(value)) return NO_FIELDS;
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    const type = t.member(parts, key);
    if (type === undefined) continue;
    const isWhole = divisible(type, inner, inner) === undefined;
    const isDeclared = parts.kind === "object" && t.declares(parts, key);
    const isOwned = isWhole || !isDeclared || inner === null || (isObject(inner) && isEmpty(inner));
    const node = nodeOf(isOwned, nodesIn(t, type, inner));
    if (node !== undefined) result[`f:${key}`] = node;
  }
  return result;
}

// ---------------------------------------------------------------- one value over another

/** Nothing is removed; where both have a leaf, `over` wins. undefined: neither has anything. */
export function mergeTyped(t: Typing, base: Json, over: Json): Json {
  return merged(t, t.root, base, over) ?? null;
}
function merged(t: Typing, type: Type, base: Value, over: Value): Value {
  const parts = divisible(type, base, over);
  if (parts === undefined || (isHollow(base) && isHollow(over))) return over === undefined ? base : over;
  if (parts.kind === "list") return mergedList(t, parts, base, over);
  const [a, b] = [isObject(base) ? base : {}, isObject(over) ? over : {}];
  const result: JsonObject = {};
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner = t.member(parts, key);
    const value = inner === undefined ? (b[key] ?? a[key]) : merged(t, inner, a[key], b[key]);
    if (value !== undefined) setKey(result, key, value);
  }
  return result;
}

interface Indexed {
  readonly elements: readonly string[];
  /** Items that stand several times have no value to merge with. */
  readonly byElement: ReadonlyMap<string, Json>;
  readonly items: readonly Json[];
}
function indexed(t: Typing, list: ListSchema, value: Value): Indexed {
  const items = Array.isArray(value) ? value : [];
  const elements = items.map((item) => elementOf(t, list, item));
  const byElement = new Map<string, Json>();
  for (const [i, element] of elements.entries()) byElement.set(element, byElement.has(element) ? null : (items[i] as Json));
  return { elements, byElement, items };
}

/** Items of both in the order of `over`; those that only `base` has stay where they are among the shared ones. */
function mergedList(t: Typing, list: ListSchema, base: Value, over: Value): Value {
  const left = indexed(t, list, base);
  const right = indexed(t, list, over);
  const type = t.items(list);
  const out: Json[] = [];
  const put = (a: Value, b: Value): void => {
    const value = merged(t, type, a, b);
    if (value !== undefined) out.push(value);
  };
  const shared = right.elements.filter((e) => left.byElement.has(e));
  const taken = new Set<string>();
  let next = 0;
  let l = 0;
  let r = 0;
  while (l < left.elements.length || r < right.elements.length) {
    const mine = left.elements[l];
    const theirs = right.elements[r];
    if (mine !== undefined && !right.byElement.has(mine)) {
      put(left.items[l], undefined);
      l++;
    } else if (mine !== undefined && theirs !== undefined && mine !== theirs && next < shared.length && shared[next] !== mine) {
      // A shared item, and not the one whose turn it is: it comes where `over` has it.
      l++;
    } else {
      if (mine !== undefined && (mine === theirs || taken.has(mine))) l++;
      if (theirs === undefined) continue;
      taken.add(theirs);
      put(left.byElement.get(theirs), right.byElement.get(theirs));
      if (shared[next] === theirs) next++;
      r++;
    }
  }
  return out.length === 0 ? undefined : out;
}

// ---------------------------------------------------------------- without some of it

/** null: nothing is left. */
export function without(t: Typing, value: Json, fields: Fields): Json {
  return isEmpty(fields) ? value : removed(t, t.root, value, fields);
}
function removed(t: Typing, type: Type, value: Json, fields: Fields): Json {
  const parts = divisible(type, value, value);
  if (parts === undefined) return typeof value === "object" ? null : value;
  if (parts.kind === "list") return removedItems(t, parts, value, fields);
  if (!isObject(value) || isEmpty(value)) return null;
  const result: JsonObject = {};
  let matched = false;
  for (const key of Object.keys(value)) {
    const node = fields[`f:${key}`] as Fields | undefined;
    const inner = value[key] as Json;
    if (node === undefined) setKey(result, key, inner);
    else if (!isOut(node)) {
      matched = true;
      const type = t.member(parts, key);
      setKey(result, key, type === undefined ? inner : emptied(inner, removed(t, type, inner, node)));
    }
  }
  return isEmpty(result) && !matched ? null : result;
}
function removedItems(t: Typing, list: ListSchema, value: Json, fields: Fields): Json {
  if (!Array.isArray(value) || value.length === 0) return null;
  const kept: Json[] = [];
  let matched = false;
  for (const item of value) {
    const node = fields[elementOf(t, list, item)] as Fields | undefined;
    if (node === undefined) kept.push(item);
    else if (!isOut(node)) {
      matched = true;
      kept.push(emptied(item, removed(t, t.items(list), item, node)));
    }
  }
  return kept.length === 0 && !matched ? null : kept;
}
const isOut = (node: Fields): boolean => isEmpty(node) || node["."] !== undefined;
/** What only loses what is in it stays, empty. */
const emptied = (before: Json, after: Json): Json => (after !== null ? after : Array.isArray(before) ? [] : isObject(before) ? {} : null);
