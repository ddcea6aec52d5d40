import { duplicate, type FieldError, invalid, isObject, type Json, type JsonObject, sortedJson } from "../../../kube/meta/index.js";
import { additionalNode, type Structural } from "../../../kube/schema/index.js";
import { below } from "./paths.js";

/** Sets without repetitions, lists with keys whose keys are unique, in all of an object. */
export function listErrors(value: Json, schema: Structural, path: string): readonly FieldError[] {
  if (Array.isArray(value)) return [...ownErrors(value, schema, path), ...itemErrors(value, schema, path)];
  if (!isObject(value)) return [];
  const rest = additionalNode(schema);
  const errors: FieldError[] = [];
  if (rest) for (const key of Object.keys(value)) errors.push(...listErrors(value[key] as Json, rest, `${path}[${key}]`));
  for (const key of Object.keys(value)) {
    const property = schema.properties.get(key);
    if (property) errors.push(...listErrors(value[key] as Json, property, below(path, key)));
  }
  return errors;
}
const itemErrors = (list: readonly Json[], { items }: Structural, path: string): readonly FieldError[] =>
  items === undefined ? [] : list.flatMap((item, i) => listErrors(item, items, `${path}[${i}]`));

function ownErrors(list: readonly Json[], schema: Structural, path: string): readonly FieldError[] {
  if (schema.listType === "set") return repeated(list).map((i) => duplicate(`${path}[${i}]`, list[i]));
  if (schema.listType !== "map") return [];
  const odd = list.findIndex((item) => item !== null && !isObject(item));
  if (odd >= 0) return [invalid(`${path}[${odd}]`, list[odd], "must be an object for an array of list-type map")];
  const keys = list.map((item) => keysOf(schema.listKeys, isObject(item) ? item : {}));
  return repeated(keys).map((i) => duplicate(`${path}[${i}]`, keys[i]));
}
const keysOf = (names: readonly string[], item: JsonObject): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(item, name) ? [[name, item[name] as Json]] : [])));

/** The second appearance of each, once. */
function repeated(list: readonly Json[]): readonly number[] {
  const times = new Map<string, number>();
  const found: number[] = [];
  for (const [i, item] of list.entries()) {
    const text = `${typeof item} ${sortedJson(item)}`;
    const count = (times.get(text) ?? 0) + 1;
    times.set(text, count);
    if (count === 2) found.push(i);
  }
  return found;
}
