import { isObject, type Json } from "../meta/index.js";

/** A value as Go's %v prints it: texts of strategic merge and of apply show patches so. */
export function goText(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((k) => `${k}:${goText(value[k])}`).join(" ")}]`;
}

/** Go's type of a decoded value. */
export function goType(value: Json | undefined): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return typeof value === "bigint" || Number.isInteger(value) ? "int64" : "float64";
}
/** reflect.Kind of the same. */
export function goKind(value: Json): string {
  if (Array.isArray(value)) return "slice";
  return isObject(value) ? "map" : goType(value);
}
