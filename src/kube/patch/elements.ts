import { isObject, type Json, type JsonObject, sortedJson } from "../meta/index.js";
import { type Schema, zeroOf } from "../schema/index.js";
import type { Type, Typing } from "./typing.js";

type ListSchema = Extract<Schema, { kind: "list" }>;
/** A value that does not have its type; the path is put before it on the way up. */
export class TypeProblem extends Error {
  override readonly name = "TypeProblem";
}

/** How a path names an item of a set or of a list with keys. Throws TypeProblem. */
export function elementOf(t: Typing, list: ListSchema, item: Json): string {
  if (list.listType === "map") return keyElement(t, list, item);
  if (isObject(item)) throw new TypeProblem("associative list without keys has an element that's a map type");
  if (Array.isArray(item)) throw new TypeProblem("not supported: associative list with lists as elements");
  if (item === null) throw new TypeProblem("associative list without keys has an element that's an explicit null");
  return `v:${jsonOf(item)}`;
}
function keyElement(t: Typing, list: ListSchema, item: Json): string {
  if (item === null) throw new TypeProblem("associative list with keys may not have a null element");
  if (!isObject(item)) throw new TypeProblem("associative list with keys may not have non-map elements");
  const items = t.items(list);
  let text = "";
  for (const key of sortedKeys(list)) {
    const value = item[key] ?? defaultOf(items, key);
    if (value !== undefined && value !== null) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${jsonOf(value)}`;
  }
  if (text !== "") return `k:{${text}}`;
  const names = list.keys.map((k) => JSON.stringify(k)).join(" ");
  throw new TypeProblem(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}
const sorted = new WeakMap<ListSchema, readonly string[]>();
function sortedKeys(list: ListSchema): readonly string[] {
  if (list.keys.length < 2) return list.keys;
  const known = sorted.get(list) ?? [...list.keys].sort();
  sorted.set(list, known);
  return known;
}
/** OpenAPI's default; what is always printed counts with its zero. */
function defaultOf(items: Type, key: string): Json | undefined {
  const field = items.kind === "object" ? items.fields.get(key) : undefined;
  if (field === undefined || field.default !== undefined) return field?.default;
  const isAlwaysThere = field.number > 0 && !field.pointer && !field.omitEmpty;
  return isAlwaysThere && field.schema.kind === "scalar" ? zeroOf(field.schema) : undefined;
}

const ESCAPED = /[<>&\u2028\u2029]/g;
const PLAIN = /^[\w ./:-]*$/;
/** As Go writes JSON. */
function jsonOf(value: Json): string {
  if (typeof value !== "string") return sortedJson(value);
  if (PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(ESCAPED, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** ".spec.ports[port=1,protocol="TCP"].name": as conflicts and errors show a path. */
export const pathText = (path: readonly string[]): string => path.map(elementText).join("");
export function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "k": {
      const keys = JSON.parse(rest) as JsonObject;
      return `[${Object.keys(keys)
        .map((k) => `${k}=${JSON.stringify(keys[k])}`)
        .join(",")}]`;
    }
    case "v":
      return `[=${JSON.stringify(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}
/** The one spelling of an element; undefined: no element that anybody knows. Throws SyntaxError. */
export function canonicalElement(element: string): string | undefined {
  const rest = element.slice(2);
  if (element[1] !== ":") throw new SyntaxError(`missing colon: ${element}`);
  switch (element[0]) {
    case "f":
      return element;
    case "k": {
      const keys = JSON.parse(rest) as Json;
      if (!isObject(keys)) throw new SyntaxError("no keys");
      const parts = Object.keys(keys)
        .sort()
        .map((k) => `${JSON.stringify(k)}:${jsonOf(keys[k] as Json)}`);
      return `k:{${parts.join(",")}}`;
    }
    case "v":
      return `v:${jsonOf(JSON.parse(rest) as Json)}`;
    case "i":
      if (!/^[+-]?\d+$/.test(rest)) throw new SyntaxError(`no index: ${rest}`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}
