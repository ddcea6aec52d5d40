import { isObject, type Json, type JsonObject } from "../../../kube/meta/index.js";

/** Reads of objects in their normal form, where a zero field may be absent. */
type Holder = object | undefined;
const get = (o: Holder, name: string): Json | undefined => (o as JsonObject | undefined)?.[name];

export const text = (o: Holder, name: string): string => {
  const value = get(o, name);
  return typeof value === "string" ? value : "";
};
/** undefined: absent. */
export const optionalText = (o: Holder, name: string): string | undefined => {
  const value = get(o, name);
  return typeof value === "string" ? value : undefined;
};
/** Absent is 0; a 64-bit one that does not fit comes as bigint. */
export const whole = (o: Holder, name: string): number | bigint => optionalWhole(o, name) ?? 0;
export const optionalWhole = (o: Holder, name: string): number | bigint | undefined => {
  const value = get(o, name);
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
};
export const isTrue = (o: Holder, name: string): boolean => get(o, name) === true;
/** Present, and not null. */
export const has = (o: Holder, name: string): boolean => get(o, name) !== undefined && get(o, name) !== null;
export const child = (o: Holder, name: string): JsonObject | undefined => {
  const value = get(o, name);
  return isObject(value) ? value : undefined;
};
export const childAt = (o: Holder, ...path: readonly string[]): JsonObject | undefined =>
  path.reduce<JsonObject | undefined>((here, name) => child(here, name), o as JsonObject | undefined);
export const field = (o: Holder, name: string): Json | undefined => get(o, name);
export const list = (o: Holder, name: string): readonly Json[] => {
  const value = get(o, name);
  return Array.isArray(value) ? value : [];
};
/** null stands for an empty object. */
export const objects = (o: Holder, name: string): readonly JsonObject[] => list(o, name).map((v) => (isObject(v) ? v : {}));
export const texts = (o: Holder, name: string): readonly string[] => list(o, name).map((v) => (typeof v === "string" ? v : ""));
/** A map's entries by key: the original's order is random. */
export const entries = (o: Holder, name: string): readonly (readonly [string, Json])[] =>
  Object.entries(child(o, name) ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
export const textEntries = (o: Holder, name: string): readonly (readonly [string, string])[] =>
  entries(o, name).map(([key, value]) => [key, typeof value === "string" ? value : ""] as const);
