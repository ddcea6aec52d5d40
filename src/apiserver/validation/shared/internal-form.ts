import { type FieldError, invalid, isObject, type Json, type JsonObject, renderValue } from "../../../kube/meta/index.js";
import { entries, field, objects, texts } from "./read.js";

/** Texts print objects in the original's internal form, whose fields have upper-case names. */
const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
/** Near enough: names alone differ. */
export function internalForm(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(internalForm);
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [upper(k), internalForm(v)]));
}
/** A pointer's text is printed as JSON, not quoted as Go does it. */
export const invalidPointer = (path: string, value: string, detail: string): FieldError => ({
  ...invalid(path, value, detail),
  value: JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
});
export const invalidDump = (path: string, value: Json | undefined, detail: string): FieldError =>
  invalid(path, internalForm(value), detail);

/** Kinds of apimachinery keep their names, in the order of their fields. */
export function selectorValue(selector: JsonObject | undefined): string {
  if (selector === undefined) return "null";
  const parts: string[] = [];
  const labels = entries(selector, "matchLabels");
  const expressions = objects(selector, "matchExpressions");
  if (labels.length > 0) parts.push(`"matchLabels":${renderValue(Object.fromEntries(labels))}`);
  if (expressions.length > 0) parts.push(`"matchExpressions":[${expressions.map(expressionValue).join(",")}]`);
  return `{${parts.join(",")}}`;
}
function expressionValue(e: JsonObject): string {
  const values = texts(e, "values");
  const more = values.length > 0 ? `,"values":${JSON.stringify(values)}` : "";
  return `{"key":${JSON.stringify(field(e, "key") ?? "")},"operator":${JSON.stringify(field(e, "operator") ?? "")}${more}}`;
}
export const invalidSelector = (path: string, selector: JsonObject | undefined, detail: string): FieldError => ({
  ...invalid(path, null, detail),
  value: selectorValue(selector),
});
