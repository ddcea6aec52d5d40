import { isObject, type Json, type JsonObject } from "../../../kube/meta/index.js";

/** JSONSchemaProps as it is stored; all within that is a schema too. */
export type Props = JsonObject;
export const propsIn = (value: Json | undefined): readonly Props[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const schemasOf = (value: Json | undefined): readonly (readonly [string, Props])[] =>
  isObject(value)
    ? Object.keys(value)
        .sort()
        .flatMap((k) => (isObject(value[k]) ? [[k, value[k] as Props] as const] : []))
    : [];
export const isSet = (value: Json | undefined): boolean =>
  value !== undefined &&
  value !== null &&
  value !== "" &&
  value !== false &&
  value !== 0 &&
  !(Array.isArray(value) && value.length === 0) &&
  !(isObject(value) && Object.keys(value).length === 0);
export const text = (props: Props | undefined, field: string): string =>
  typeof props?.[field] === "string" ? (props[field] as string) : "";
/** The one schema of items; an array of them is another thing. */
export const itemsOf = (props: Props): Props | undefined => (isObject(props["items"]) ? props["items"] : undefined);
export const additionalOf = (props: Props): Props | undefined =>
  isObject(props["additionalProperties"]) ? props["additionalProperties"] : undefined;

/** Whether this schema or one within it satisfies `is`. */
export function someSchema(props: Props | undefined, is: (props: Props) => boolean): boolean {
  if (props === undefined) return false;
  if (is(props)) return true;
  const lists = ["allOf", "anyOf", "oneOf"].flatMap((f) => propsIn(props[f]));
  const maps = ["properties", "patternProperties", "definitions", "dependencies"].flatMap((f) => schemasOf(props[f]).map(([, p]) => p));
  const items = Array.isArray(props["items"]) ? propsIn(props["items"]) : [];
  const single = ["items", "not", "additionalProperties", "additionalItems"].flatMap((f) =>
    isObject(props[f]) ? [props[f] as Props] : [],
  );
  return [...lists, ...maps, ...items, ...single].some((p) => someSchema(p, is));
}

const FIELDS: readonly (readonly [string, string, "text" | "flag" | "pointer" | "list" | "one" | "map" | "union"])[] = [
  ["ID", "id", "text"],
  ["Schema", "$schema", "text"],
  ["Ref", "$ref", "pointer"],
  ["Description", "description", "text"],
  ["Type", "type", "text"],
  ["Nullable", "nullable", "flag"],
  ["Format", "format", "text"],
  ["Title", "title", "text"],
  ["Default", "default", "pointer"],
  ["Maximum", "maximum", "pointer"],
  ["ExclusiveMaximum", "exclusiveMaximum", "flag"],
  ["Minimum", "minimum", "pointer"],
  ["ExclusiveMinimum", "exclusiveMinimum", "flag"],
  ["MaxLength", "maxLength", "pointer"],
  ["MinLength", "minLength", "pointer"],
  ["Pattern", "pattern", "text"],
  ["MaxItems", "maxItems", "pointer"],
  ["MinItems", "minItems", "pointer"],
  ["UniqueItems", "uniqueItems", "flag"],
  ["MultipleOf", "multipleOf", "pointer"],
  ["Enum", "enum", "pointer"],
  ["MaxProperties", "maxProperties", "pointer"],
  ["MinProperties", "minProperties", "pointer"],
  ["Required", "required", "pointer"],
  ["Items", "items", "union"],
  ["AllOf", "allOf", "list"],
  ["OneOf", "oneOf", "list"],
  ["AnyOf", "anyOf", "list"],
  ["Not", "not", "one"],
  ["Properties", "properties", "map"],
  ["AdditionalProperties", "additionalProperties", "union"],
  ["PatternProperties", "patternProperties", "map"],
  ["Dependencies", "dependencies", "map"],
  ["AdditionalItems", "additionalItems", "union"],
  ["Definitions", "definitions", "map"],
  ["ExternalDocs", "externalDocs", "pointer"],
  ["Example", "example", "pointer"],
  ["XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", "pointer"],
  ["XEmbeddedResource", "x-kubernetes-embedded-resource", "flag"],
  ["XIntOrString", "x-kubernetes-int-or-string", "flag"],
  ["XListMapKeys", "x-kubernetes-list-map-keys", "pointer"],
  ["XListType", "x-kubernetes-list-type", "pointer"],
  ["XMapType", "x-kubernetes-map-type", "pointer"],
  ["XValidations", "x-kubernetes-validations", "list"],
];
/** Names of the fields that are set, in the original's words and order. */
export const setFields = (props: Props): readonly (readonly [string, string])[] =>
  FIELDS.filter(([, name]) => isSet(props[name]) || props[name] === 0).map(([goName, name]) => [goName, name]);

/** As texts show a schema: the original prints the fields of its own type. */
export function shownProps(props: Props | undefined): JsonObject | null {
  if (props === undefined) return null;
  return Object.fromEntries(FIELDS.map(([goName, name, kind]) => [goName, shownField(name, props[name], kind)]));
}
function shownField(name: string, value: Json | undefined, kind: (typeof FIELDS)[number][2]): Json {
  switch (kind) {
    case "text":
      return value ?? "";
    case "flag":
      return value ?? false;
    case "list":
      if (name === "x-kubernetes-validations") return Array.isArray(value) ? propsIn(value).map(shownRule) : null;
      return Array.isArray(value) ? propsIn(value).map(shownProps) : null;
    case "map":
      return isObject(value) ? Object.fromEntries(schemasOf(value).map(([k, p]) => [k, shownProps(p)])) : null;
    case "one":
      return isObject(value) ? shownProps(value) : null;
    case "union":
      return shownUnion(name, value);
    default:
      return value ?? null;
  }
}
function shownUnion(name: string, value: Json | undefined): Json {
  if (value === undefined || value === null) return null;
  if (name === "items")
    return {
      Schema: isObject(value) ? shownProps(value) : null,
      JSONSchemas: Array.isArray(value) ? propsIn(value).map(shownProps) : null,
    };
  return { Allows: value !== false, Schema: isObject(value) ? shownProps(value) : null };
}
export const shownRule = (rule: JsonObject): JsonObject => ({
  Rule: rule["rule"] ?? "",
  Message: rule["message"] ?? "",
  MessageExpression: rule["messageExpression"] ?? "",
  Reason: rule["reason"] ?? null,
  FieldPath: rule["fieldPath"] ?? "",
  OptionalOldSelf: rule["optionalOldSelf"] ?? null,
});
/** Of a text that shows a value: unlike other values, a type of the original keeps the order of its fields. */
export const shownJson = (value: Json): string => JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
