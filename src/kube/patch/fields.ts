import type { Json, JsonObject } from "../meta/index.js";
import type { Type, Typing } from "./typing.js";

/**
 * A set of fields in the form in which managedFields carry it: `{"f:spec":{"f:replicas":{}}}`. A node without keys is a member; one with
 * "." is a member that has others below it. Never changed once made: parts are shared.
 */
export type Fields = JsonObject;
export const LEAF: Fields = Object.freeze({}) as Fields;
export const NO_FIELDS: Fields = LEAF;
const SELF = ".";

export function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}
export function isMember(node: Fields): boolean {
  return isEmpty(node) || node[SELF] !== undefined;
}
/** undefined: neither a member nor anything below. */
export function nodeOf(member: boolean, below: Fields): Fields | undefined {
  if (isEmpty(below)) return member ? LEAF : undefined;
  return member ? { [SELF]: LEAF, ...below } : below;
}
function set(into: JsonObject, element: string, node: Fields | undefined): void {
  if (node !== undefined) into[element] = node;
}
const child = (fields: Fields, element: string): Fields | undefined => fields[element] as Fields | undefined;

export function union(a: Fields, b: Fields): Fields {
  if (isEmpty(a) || a === b) return b;
  if (isEmpty(b)) return a;
  const result: JsonObject = { ...a };
  for (const element in b) {
    const mine = child(a, element);
    const theirs = b[element] as Fields;
    result[element] = mine === undefined ? theirs : unionOfNodes(mine, theirs);
  }
  return result;
}
function unionOfNodes(a: Fields, b: Fields): Fields {
  if (isEmpty(a)) return isMember(b) ? b : { [SELF]: LEAF, ...b };
  if (isEmpty(b)) return isMember(a) ? a : { [SELF]: LEAF, ...a };
  return union(a, b);
}

/** Members of both. */
export function intersection(a: Fields, b: Fields): Fields {
  const result: JsonObject = {};
  for (const element in a) {
    const theirs = element === SELF ? undefined : child(b, element);
    if (theirs === undefined) continue;
    const mine = a[element] as Fields;
    set(result, element, nodeOf(isMember(mine) && isMember(theirs), intersection(mine, theirs)));
  }
  return result;
}
/** Members of `a` that are not members of `b`; what is below a member of `b` stays. */
export function difference(a: Fields, b: Fields): Fields {
  if (isEmpty(b)) return a;
  const result: JsonObject = {};
  for (const element in a) {
    if (element === SELF) continue;
    const mine = a[element] as Fields;
    const theirs = child(b, element);
    set(result, element, theirs === undefined ? mine : nodeOf(isMember(mine) && !isMember(theirs), difference(below(mine), below(theirs))));
  }
  return result;
}
/** As difference, but what is below a member of `b` goes with it. */
export function withoutAll(a: Fields, b: Fields): Fields {
  const result: JsonObject = {};
  for (const element in a) {
    if (element === SELF) continue;
    const mine = a[element] as Fields;
    const theirs = child(b, element);
    if (theirs === undefined) result[element] = mine;
    else if (!isMember(theirs)) set(result, element, nodeOf(isMember(mine), withoutAll(mine, theirs)));
  }
  return result;
}
function below(node: Fields): Fields {
  if (node[SELF] === undefined) return node;
  const { [SELF]: _, ...rest } = node;
  return rest;
}

/** The same set with every field of a type that has members below it: a.b.c owns a and a.b too where these are declared fields. */
export function withNamedFields(t: Typing, fields: Fields, type: Type | undefined): Fields {
  const result: JsonObject = {};
  for (const element in fields) {
    if (element === SELF) continue;
    const node = fields[element] as Fields;
    const inner = withNamedFields(t, node, type === undefined ? undefined : t.at(type, element));
    const isNamed = type?.kind === "object" && element.startsWith("f:") && t.declares(type, element.slice(2));
    set(result, element, nodeOf(isMember(node) || (isNamed && !isEmpty(inner)), inner));
  }
  return result;
}

/** The path's own elements, from the root. */
export function has(fields: Fields, path: readonly string[]): boolean {
  let node: Fields | undefined = fields;
  for (const element of path) node = node === undefined ? undefined : child(node, element);
  return node !== undefined && path.length > 0 && isMember(node);
}
/** Paths of all members, those of a level before what is below it, in order. */
export function pathsOf(fields: Fields, prefix: readonly string[] = []): readonly (readonly string[])[] {
  const elements = Object.keys(fields)
    .filter((e) => e !== SELF)
    .sort(compareElements);
  const here = elements.filter((e) => isMember(fields[e] as Fields)).map((e) => [...prefix, e]);
  return [...here, ...elements.flatMap((e) => pathsOf(fields[e] as Fields, [...prefix, e]))];
}
export function fieldsOf(paths: readonly (readonly string[])[]): Fields {
  return paths.reduce<Fields>((all, path) => {
    const one = path.reduceRight<Fields>((inner, element) => ({ [element]: inner }), LEAF);
    return union(all, one);
  }, NO_FIELDS);
}

const RANKS = ".fkvi";
/** Fields by name, then items by key, by value, by index. */
export function compareElements(a: string, b: string): number {
  if (a.startsWith("f:") && b.startsWith("f:")) return compareText(a, b);
  const kind = a[0] as string;
  const rank = RANKS.indexOf(kind) - RANKS.indexOf(b[0] as string);
  if (rank !== 0) return rank;
  if (kind === "i") return Number(a.slice(2)) - Number(b.slice(2));
  if (kind === "v") return compareValues(JSON.parse(a.slice(2)) as Json, JSON.parse(b.slice(2)) as Json);
  if (kind === "k") return compareKeys(JSON.parse(a.slice(2)) as JsonObject, JSON.parse(b.slice(2)) as JsonObject);
  return compareText(a, b);
}
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
function compareKeys(a: JsonObject, b: JsonObject): number {
  const [left, right] = [Object.keys(a), Object.keys(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [l, r] = [left[i] as string, right[i] as string];
    const order = compareText(l, r) || compareValues(a[l] as Json, b[r] as Json);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
const isNumber = (v: Json): boolean => typeof v === "number" || typeof v === "bigint";
function compareValues(a: Json, b: Json): number {
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  if (isNumber(a)) return Number(a) - Number(b);
  return compareText(String(a), String(b));
}

/** Elements in order, all the way down: the form that is stored. What is in order already comes back as it is. */
export function inOrder(fields: Fields): Fields {
  const elements = Object.keys(fields);
  let isOrdered = true;
  for (let i = 1; i < elements.length && isOrdered; i++) isOrdered = compareElements(elements[i - 1] as string, elements[i] as string) < 0;
  if (!isOrdered) elements.sort(compareElements);
  let result: JsonObject | undefined = isOrdered ? undefined : {};
  for (const [i, element] of elements.entries()) {
    const node = fields[element] as Fields;
    const inner = isEmpty(node) ? LEAF : inOrder(node);
    if (result === undefined && inner !== node) {
      result = {};
      for (const before of elements.slice(0, i)) result[before] = fields[before] as Fields;
    }
    if (result !== undefined) result[element] = inner;
  }
  return result ?? fields;
}
