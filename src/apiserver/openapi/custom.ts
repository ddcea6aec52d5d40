import { isObject, type Json, type JsonObject } from "../../kube/meta/index.js";
import type { ResourceRow, ServedVersion } from "../resources/index.js";
import { listTypeOf, META, typeNameOf } from "./routes.js";
import type { Dialect } from "./well-known.js";

/** A custom kind, or the list of one. */
export interface CustomType {
  readonly row: ResourceRow;
  readonly version: ServedVersion;
  readonly isList: boolean;
}
export function customTypes(row: ResourceRow, version: ServedVersion): readonly (readonly [string, CustomType])[] {
  if (row.custom === undefined) return [];
  return [
    [typeNameOf(version.schema()), { row, version, isList: false }],
    [listTypeOf(row, version), { row, version, isList: true }],
  ];
}
type Refer = (typeName: string) => JsonObject;

const API_VERSION: JsonObject = { description: "The group and version of this object's schema: example.com/v1.", type: "string" };
const KIND: JsonObject = { description: "What this object is. In CamelCase; it cannot be changed.", type: "string" };
const METADATA = "What every object has: its name, labels, annotations and more.";

/** The document of a custom type, of its definition's words. */
export function customDocument({ row, version, isList }: CustomType, dialect: Dialect, refer: Refer): JsonObject {
  const kind = isList ? row.listKind : row.kind;
  const selectable = [...version.fieldLabels.keys()].filter((l) => !l.startsWith("metadata."));
  const gvk = {
    "x-kubernetes-group-version-kind": [{ group: row.group, kind, version: version.name }],
    ...(isList || selectable.length === 0 ? {} : { "x-kubernetes-selectable-fields": selectable.map((fieldPath) => ({ fieldPath })) }),
  };
  return isList ? { ...listDocument(row, version, dialect, refer), ...gvk } : { ...kindDocument(version, dialect, refer), ...gvk };
}
const referTo = (typeName: string, description: string, dialect: Dialect, refer: Refer): JsonObject =>
  dialect === 3 ? { description, allOf: [refer(typeName)] } : { description, ...refer(typeName) };

function listDocument(row: ResourceRow, version: ServedVersion, dialect: Dialect, refer: Refer): JsonObject {
  return {
    description: `${row.listKind} is a list of ${row.kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: API_VERSION,
      items: { description: `The ${row.resource}.`, type: "array", items: refer(typeNameOf(version.schema())) },
      kind: KIND,
      metadata: referTo(`${META}.ListMeta`, "Where the list stands: its version, and what is left of it.", dialect, refer),
    },
  };
}
function kindDocument(version: ServedVersion, dialect: Dialect, refer: Refer): JsonObject {
  const props = version.definedSchema?.();
  const header = headerOf(dialect, refer);
  const keepsAll = props?.["x-kubernetes-preserve-unknown-fields"] === true;
  // Old clients stumble over fields where anything may stand: then they are told nothing at all.
  if (props === undefined || (dialect === 2 && keepsAll))
    return { type: "object", ...(props === undefined ? {} : { "x-kubernetes-preserve-unknown-fields": true }) };
  const shown = shownProps(props, dialect, refer);
  return { ...shown, properties: { ...(isObject(shown["properties"]) ? shown["properties"] : {}), ...header } };
}
const headerOf = (dialect: Dialect, refer: Refer): JsonObject => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: referTo(`${META}.ObjectMeta`, METADATA, dialect, refer),
});

const SCHEMAS = ["allOf", "anyOf", "oneOf"] as const;
function shownProps(props: JsonObject, dialect: Dialect, refer: Refer): JsonObject {
  const inner = (p: Json | undefined): Json => (isObject(p) ? shownProps(p, dialect, refer) : (p ?? null));
  const shown: JsonObject = { ...props };
  if (isObject(props["properties"]))
    shown["properties"] = Object.fromEntries(Object.entries(props["properties"]).map(([k, p]) => [k, inner(p)]));
  if (props["items"] !== undefined) shown["items"] = inner(props["items"]);
  if (props["additionalProperties"] !== undefined) shown["additionalProperties"] = inner(props["additionalProperties"]);
  if (props["x-kubernetes-embedded-resource"] === true) {
    shown["properties"] = { ...(isObject(shown["properties"]) ? shown["properties"] : {}), ...headerOf(dialect, refer) };
    const needed = Array.isArray(props["required"]) ? props["required"] : [];
    if (dialect === 3) shown["required"] = [...new Set([...needed, "kind", "apiVersion"])];
  }
  return dialect === 3 ? unfolded(shown) : reduced(shown, props);
}
/** An integer or a string: said in the general way too. */
function unfolded(shown: JsonObject): JsonObject {
  if (shown["x-kubernetes-int-or-string"] !== true) return shown;
  const either = [{ type: "integer" }, { type: "string" }];
  if (shown["anyOf"] === undefined && shown["allOf"] === undefined) return { ...shown, anyOf: either };
  return shown;
}
/** What version 2 and its readers understand. */
function reduced(shown: JsonObject, props: JsonObject): JsonObject {
  for (const field of [...SCHEMAS, "not", "default", "nullable"]) delete shown[field];
  const keepsAll = shown["x-kubernetes-preserve-unknown-fields"] === true;
  if (props["nullable"] === true || keepsAll) {
    delete shown["items"];
    delete shown["properties"];
  }
  if (props["nullable"] === true || (keepsAll && shown["type"] === "object")) delete shown["type"];
  if (shown["type"] === "array" && shown["items"] === undefined) delete shown["type"];
  const properties = isObject(props["properties"]) ? props["properties"] : {};
  if (Array.isArray(shown["required"])) {
    const isNullable = (name: Json): boolean => {
      const p = properties[String(name)];
      return isObject(p) && p["nullable"] === true;
    };
    const needed = shown["required"].filter((name) => !isNullable(name));
    if (needed.length > 0) shown["required"] = needed;
    else delete shown["required"];
  }
  return shown;
}
