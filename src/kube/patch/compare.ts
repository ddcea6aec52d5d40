import { equalJson, isObject, type Json, type JsonObject } from "../meta/index.js";
import { elementOf } from "./elements.js";
import { type Fields, isEmpty, LEAF, NO_FIELDS } from "./fields.js";
import { divisible, type Type, type Typing } from "./typing.js";

/** What a change did; no field is in two of them. */
export interface Comparison {
  readonly added: Fields;
  readonly modified: Fields;
  readonly removed: Fields;
}
export const SAME: Comparison = { added: NO_FIELDS, modified: NO_FIELDS, removed: NO_FIELDS };

/** From one object to another of the same type. Throws TypeProblem where an item has no key. */
export function compareObjects(t: Typing, from: Json, to: Json): Comparison {
  const found = compare(t, t.root, from, to);
  if (found === undefined) return SAME;
  return { added: found.added ?? NO_FIELDS, modified: found.modified ?? NO_FIELDS, removed: found.removed ?? NO_FIELDS };
}

/** Nodes of one place; undefined: nothing there. */
interface Found {
  readonly added: Fields | undefined;
  readonly modified: Fields | undefined;
  readonly removed: Fields | undefined;
}
const ADDED: Found = { added: LEAF, modified: undefined, removed: undefined };
const MODIFIED: Found = { added: undefined, modified: LEAF, removed: undefined };
const REMOVED: Found = { added: undefined, modified: undefined, removed: LEAF };

type Value = Json | undefined;
const isHollow = (value: Value): boolean =>
  value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : typeof value === "object" && isEmpty(value));

function compare(t: Typing, type: Type, from: Value, to: Value): Found | undefined {
  if (from === to) return undefined;
  const parts = divisible(type, from, to);
  // Two empty ones are told apart as a whole: {} is not null.
  if (parts === undefined || (isHollow(from) && isHollow(to))) return compareWhole(from, to);
  const collected = new Collected(from === undefined, to === undefined);
  if (parts.kind === "list") compareItems(t, parts, from, to, collected);
  else compareMembers(from, to, (key, a, b) => compareMember(t, parts, key, a, b, collected));
  return collected.found();
}
function compareWhole(from: Value, to: Value): Found | undefined {
  if (from === undefined) return ADDED;
  if (to === undefined) return REMOVED;
  return equalJson(from, to) ? undefined : MODIFIED;
}

class Collected {
  readonly #added: JsonObject;
  readonly #modified: JsonObject = {};
  readonly #removed: JsonObject;
  /** A container that comes or goes as a whole is itself a member. */
  constructor(isNew: boolean, isGone: boolean) {
    this.#added = isNew ? { ".": LEAF } : {};
    this.#removed = isGone ? { ".": LEAF } : {};
  }
  add(element: string, found: Found | undefined): void {
    if (found === undefined) return;
    if (found.added !== undefined) this.#added[element] = found.added;
    if (found.modified !== undefined) this.#modified[element] = found.modified;
    if (found.removed !== undefined) this.#removed[element] = found.removed;
  }
  found(): Found | undefined {
    const [added, modified, removed] = [filled(this.#added), filled(this.#modified), filled(this.#removed)];
    return added === undefined && modified === undefined && removed === undefined ? undefined : { added, modified, removed };
  }
}
function filled(node: Fields): Fields | undefined {
  for (const element in node) if (element !== ".") return node;
  return isEmpty(node) ? undefined : LEAF;
}

const membersOf = (value: Value): JsonObject => (isObject(value) ? value : {});
function compareMembers(from: Value, to: Value, visit: (key: string, a: Value, b: Value) => void): void {
  const [a, b] = [membersOf(from), membersOf(to)];
  for (const key in a) visit(key, a[key], b[key]);
  for (const key in b) if (a[key] === undefined) visit(key, undefined, b[key]);
}
type Holder = Exclude<NonNullable<ReturnType<typeof divisible>>, { kind: "list" }>;
function compareMember(t: Typing, holder: Holder, key: string, a: Value, b: Value, collected: Collected): void {
  if (a === b) return;
  const type = t.member(holder, key);
  if (type !== undefined) collected.add(`f:${key}`, compare(t, type, a, b));
}

type ListSchema = Extract<Type, { kind: "list" }>;
function compareItems(t: Typing, list: ListSchema, from: Value, to: Value, collected: Collected): void {
  const before = itemsByElement(t, list, from);
  const after = itemsByElement(t, list, to);
  const items = t.items(list);
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const a = before.get(element) ?? [];
    const b = after.get(element) ?? [];
    if (a.length <= 1 && b.length <= 1) collected.add(element, compare(t, items, a[0], b[0]));
    else collected.add(element, compareRepeated(t, items, a, b));
  }
}
/** Repeated items are of one owner as long as there are several. */
function compareRepeated(t: Typing, items: Type, a: readonly Json[], b: readonly Json[]): Found | undefined {
  if (a.length >= 2 && b.length >= 2) return equalJson([...a], [...b]) ? undefined : MODIFIED;
  const [single, mark] = a.length >= 2 ? ([undefined, b[0]] as const) : ([a[0], undefined] as const);
  const rest = single === undefined && mark === undefined ? undefined : compare(t, items, single, mark);
  return a.length >= 2
    ? { added: undefined, modified: undefined, ...rest, removed: LEAF }
    : { modified: undefined, removed: undefined, ...rest, added: LEAF };
}
export function itemsByElement(t: Typing, list: ListSchema, value: Value): Map<string, Json[]> {
  const found = new Map<string, Json[]>();
  if (!Array.isArray(value)) return found;
  for (const item of value) {
    const element = elementOf(t, list, item);
    const same = found.get(element);
    if (same === undefined) found.set(element, [item]);
    else same.push(item);
  }
  return found;
}
