import type { Schema } from "../../kube/schema/index.js";
import { schemaOf } from "../../kube/schema/index.js";
import type { Parameter } from "./types.js";

const query = (name: string, type: Parameter["type"], description: string): Parameter => ({ name, in: "query", type, description });
const path = (name: string, description: string): Parameter => ({ name, in: "path", type: "string", description });

export const PRETTY = query("pretty", "string", "true: the answer is indented for people.");
export const NAMESPACE = path("namespace", "The namespace that the object is in.");
export const PATH = path("path", "The rest of the path, given to what is proxied to.");
export const nameOf = (kind: string): Parameter => path("name", `The name of the ${kind}.`);

export const DRY_RUN = query("dryRun", "string", "All: everything is done but storing the result. Nothing else is accepted.");
const FIELD_MANAGER = query("fieldManager", "string", "Who makes the change, in metadata.managedFields. At most 128 printable characters.");
export const FIELD_VALIDATION = query(
  "fieldValidation",
  "string",
  "What unknown and repeated fields of the body mean: Ignore, Warn (a warning header, the default) or Strict (the request is refused).",
);
const FORCE = query("force", "boolean", "Apply only: take over fields that other managers own.");

export const WRITE: readonly Parameter[] = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
export const PATCH: readonly Parameter[] = [...WRITE, FORCE];
export const DELETE: readonly Parameter[] = [
  DRY_RUN,
  query("gracePeriodSeconds", "integer", "Seconds until the object is removed; 0: at once. Default: what its kind says."),
  query(
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "boolean",
    "Removes an object that cannot be read from the store, without finalizers or hooks.",
  ),
  query("orphanDependents", "boolean", "Deprecated, use propagationPolicy. true: dependents stay."),
  query("propagationPolicy", "string", "What becomes of dependents: Orphan, Background or Foreground."),
];
export const LIST: readonly Parameter[] = [
  query("allowWatchBookmarks", "boolean", "Watches only: the server may send BOOKMARK events with no more than a resource version."),
  query("continue", "string", "Goes on with a list that was cut by limit: the token of its metadata."),
  query("fieldSelector", "string", "Only objects whose fields match: metadata.name=a,status.phase!=Failed."),
  query("labelSelector", "string", "Only objects whose labels match: app=web,tier in (a,b),!canary."),
  query("limit", "integer", "At most so many items; metadata.continue then leads on."),
  query("resourceVersion", "string", "How fresh the answer must be, or where a watch begins. 0 takes any, none the newest."),
  query("resourceVersionMatch", "string", "What resourceVersion means for a list: Exact or NotOlderThan."),
  query("sendInitialEvents", "boolean", "Watches only: begin with an event for each object that exists, then a bookmark."),
  query("shardSelector", "string", "Only objects of a shard."),
  query("timeoutSeconds", "integer", "The request ends after so many seconds."),
  query("watch", "boolean", "Changes as they happen instead of a list."),
];
/** deletecollection selects as a list does. */
export const DELETE_COLLECTION: readonly Parameter[] = [
  ...DELETE,
  ...LIST.filter((p) => p.name !== "watch" && p.name !== "allowWatchBookmarks"),
];

/** Options of a connect subresource are its query: one parameter a field of the options' kind. */
export function optionsOf(typeName: string): readonly Parameter[] {
  const schema = schemaOf(typeName);
  if (schema?.kind !== "object") return [];
  return [...schema.fields.values()]
    .filter((f) => f.name !== "kind" && f.name !== "apiVersion" && !isTime(f.schema))
    .map((f) => query(f.name, parameterType(f.schema), ""));
}
/** Times have no form in a query. */
const isTime = (schema: Schema): boolean => schema.kind === "scalar" && schema.type === "time";
function parameterType(schema: Schema): Parameter["type"] {
  if (schema.kind === "list") return parameterType(schema.items);
  if (schema.kind !== "scalar") return "string";
  if (schema.type === "boolean") return "boolean";
  return schema.type === "int32" || schema.type === "int64" ? "integer" : "string";
}

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
