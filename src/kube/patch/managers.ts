import { equalJson, isObject, type Json, type JsonObject, type ManagedFieldsEntry } from "../meta/index.js";
import { canonicalElement } from "./elements.js";
import { type Fields, inOrder, isEmpty, LEAF, union } from "./fields.js";
import { UPDATE_MANAGERS_MAX } from "./limits.js";

/** One owner of fields: who, by what operation, through which subresource; updates of another version are another owner. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
}
export interface Owned extends Manager {
  readonly fields: Fields;
  readonly time: string | undefined;
  /** The entry that it was read from, as long as nothing changed. */
  readonly entry: ManagedFieldsEntry | undefined;
}
/** By `idOf`. Never changed once made. */
export type Owners = ReadonlyMap<string, Owned>;
export const NO_OWNERS: Owners = new Map();

export const idOf = (m: Manager): string => `${m.operation}\n${m.name}\n${m.subresource}\n${m.operation === "Apply" ? "" : m.apiVersion}`;

/** undefined: they cannot be read, and whoever sent them is not believed. What was stored is in its one spelling. */
export function readOwners(entries: readonly ManagedFieldsEntry[], from: "sent" | "stored"): Owners | undefined {
  const owners = new Map<string, Owned>();
  for (const entry of entries) {
    const { manager = "", operation, apiVersion = "", subresource = "", fieldsType, time } = entry;
    if ((operation !== "Apply" && operation !== "Update") || apiVersion === "" || fieldsType !== "FieldsV1") return undefined;
    const given = entry.fieldsV1 ?? LEAF;
    const fields = from === "stored" ? given : canonical(given);
    if (fields === undefined) return undefined;
    const owner: Manager = { name: manager, operation, apiVersion, subresource };
    owners.set(idOf(owner), { ...owner, fields, time: time ?? undefined, entry: fields === entry.fieldsV1 ? entry : undefined });
  }
  return owners;
}
/** The same object when it is in its one spelling already, as everything is that was stored. */
function canonical(fields: JsonObject): Fields | undefined {
  try {
    const result = canonicalNode(fields);
    const { ".": _, ...root } = result;
    return equalJson(root, fields) ? fields : inOrder(root);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
function canonicalNode(node: Json): Fields {
  if (!isObject(node)) return LEAF;
  let result: JsonObject | undefined;
  for (const key in node) {
    const inner = canonicalNode(node[key] as Json);
    const element = key === "." ? key : canonicalElement(key);
    result ??= {};
    if (element !== undefined) result[element] = inner;
  }
  return result ?? LEAF;
}

/** Appliers first, then by time, name, version and subresource; undefined: nobody owns anything. */
export function writeOwners(owners: Owners): ManagedFieldsEntry[] | undefined {
  if (owners.size === 0) return undefined;
  return [...owners.values()].sort(compareOwned).map((o) => o.entry ?? entryOf(o));
}
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareOwned = (a: Owned, b: Owned): number =>
  order(a.operation, b.operation) ||
  order(a.time ?? "", b.time ?? "") ||
  order(a.name, b.name) ||
  order(a.apiVersion, b.apiVersion) ||
  order(a.subresource, b.subresource);

function entryOf(o: Owned): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {};
  if (o.name !== "") entry.manager = o.name;
  entry.operation = o.operation;
  entry.apiVersion = o.apiVersion;
  if (o.time !== undefined) entry.time = o.time;
  entry.fieldsType = "FieldsV1";
  entry.fieldsV1 = inOrder(o.fields);
  if (o.subresource !== "") entry.subresource = o.subresource;
  return entry;
}

/** With other fields; without any it is no owner. */
export function withFields(owners: Map<string, Owned>, id: string, owned: Owned, fields: Fields): void {
  if (isEmpty(fields)) owners.delete(id);
  else if (fields !== owned.fields) owners.set(id, { ...owned, fields, entry: undefined });
}

/** The oldest updaters beyond the limit become one for each version. */
export function capped(owners: Owners): Owners {
  const updaters = [...owners.entries()].filter(([, o]) => o.operation === "Update");
  if (updaters.length <= UPDATE_MANAGERS_MAX) return owners;
  updaters.sort(([i, a], [j, b]) => order(a.time ?? "", b.time ?? "") || order(i, j));
  const result = new Map(owners);
  const firstOf = new Map<string, string>();
  let count = updaters.length;
  for (const [id, owned] of updaters) {
    if (count <= UPDATE_MANAGERS_MAX) break;
    const { apiVersion } = owned;
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, id);
      continue;
    }
    const ancient: Manager = { name: ANCIENT, operation: "Update", apiVersion, subresource: "" };
    const bucket = idOf(ancient);
    const former = result.get(bucket) ?? (result.get(first) as Owned);
    if (!result.has(bucket)) result.delete(first);
    result.delete(id);
    result.set(bucket, { ...ancient, fields: union(owned.fields, former.fields), time: owned.time, entry: undefined });
    count--;
  }
  return result;
}
const ANCIENT = "ancient-changes";
