import { isObject, type Json } from "../../meta/index.js";
import { additionalNode, NOTHING, type Structural } from "./structural.js";

/** Keys that the system keeps at the root of every resource, embedded ones too. */
export const HEADER_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Where pruning stands, and the paths of what it took out; undefined: nobody wants to know. */
interface Walk {
  readonly found: string[] | undefined;
}
const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** Takes out of `value` every field that the schema does not name, in place. Gives the paths of what went, sorted. */
export function prune(value: Json, schema: Structural | undefined, options: { readonly isRoot: boolean }): readonly string[] {
  const found: string[] = [];
  const node = options.isRoot && schema?.isEmbedded !== true ? { ...(schema ?? NOTHING), isEmbedded: true } : schema;
  pruneAt(value, node, "", { found });
  return found.sort();
}

function pruneAt(value: Json, schema: Structural | undefined, path: string, walk: Walk): void {
  if (Array.isArray(value)) return pruneItems(value, schema, path, walk);
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    if (schema?.isEmbedded === true && HEADER_FIELDS.has(key)) continue;
    const property = schema?.properties.get(key);
    if (property !== undefined) pruneAt(value[key] as Json, property, below(path, key), walk);
    else if (schema?.additional !== undefined) pruneAdditional(value[key] as Json, schema, below(path, key), walk);
    else if (schema?.preservesUnknown !== true) {
      if (!HEADER_FIELDS.has(key) || path !== "") walk.found?.push(below(path, key));
      delete value[key];
    }
  }
}
/** Values under "additionalProperties: true" have no schema, so all that is in them goes. */
function pruneAdditional(value: Json, schema: Structural, path: string, walk: Walk): void {
  pruneAt(value, additionalNode(schema), path, walk);
}
function pruneItems(list: readonly Json[], schema: Structural | undefined, path: string, walk: Walk): void {
  const items = schema?.items;
  // What is kept as it came has items that nobody describes.
  if (schema?.preservesUnknown === true && items === undefined) return;
  const node = schema?.preservesUnknown === true && items !== undefined ? { ...items, preservesUnknown: true } : items;
  for (const [i, item] of list.entries()) pruneAt(item, node, `${path}[${i}]`, walk);
}

const isLostNull = (value: Json | undefined, schema: Structural | undefined): boolean =>
  value === null && schema !== undefined && !schema.nullable && schema.default === undefined;

/** Takes out nulls where the schema has neither null nor a default; those with a default are filled in later. */
export function pruneNulls(value: Json, schema: Structural | undefined): void {
  if (Array.isArray(value)) for (const item of value) pruneNulls(item, schema?.items);
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const node = schema === undefined ? undefined : (schema.properties.get(key) ?? additionalNode(schema));
    if (isLostNull(value[key], node)) delete value[key];
    else pruneNulls(value[key] as Json, node);
  }
}
