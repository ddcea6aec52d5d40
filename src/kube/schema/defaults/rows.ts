import { isObject, type Json, type JsonObject } from "../../meta/index.js";

/** A row of defaulting: fills in one object of its type, in place. It runs before the rows of what is inside that object.
 *  `now`: RFC 3339, or undefined where nobody may ask for the time. */
export type Row = (o: JsonObject, now?: string) => void;
/** By a type's OpenAPI name without "io.k8s.api." ("core.v1.PodSpec"); by a kind's apiVersion and kind ("v1 Pod"). */
export interface Rows {
  readonly types: Readonly<Record<string, Row>>;
  readonly kinds: Readonly<Record<string, Row>>;
}

/** null stands where a nil pointer is printed. */
export const isAbsent = (value: Json | undefined): boolean => value === undefined || value === null;
/** Zero of a field that is no pointer: those with omitempty are absent, the others are there. */
export const isZeroOrAbsent = (value: Json | undefined): boolean => isAbsent(value) || value === "" || value === 0 || value === false;

/** Functions make a new value each time: one shared between objects would be changed in both. */
type Default = string | number | boolean | (() => Json);
const made = (d: Default): Json => (typeof d === "function" ? d() : d);

/** Pointers: only nil is filled in. */
export const pointers =
  (defaults: Readonly<Record<string, Default>>): Row =>
  (o) => {
    for (const name of Object.keys(defaults)) if (isAbsent(o[name])) o[name] = made(defaults[name] as Default);
  };
/** Values: nil and zero are filled in. */
export const values =
  (defaults: Readonly<Record<string, Default>>): Row =>
  (o) => {
    for (const name of Object.keys(defaults)) if (isZeroOrAbsent(o[name])) o[name] = made(defaults[name] as Default);
  };
export const both =
  (...rows: readonly Row[]): Row =>
  (o, now) => {
    for (const row of rows) row(o, now);
  };
/** A row for the object in a field that is always there (spec); not run when it is not. */
export const inside =
  (field: string, row: Row): Row =>
  (o, now) => {
    const inner = o[field];
    if (isObject(inner)) row(inner, now);
  };

export const empty = (): JsonObject => ({});
export const child = (o: JsonObject | undefined, field: string): JsonObject | undefined => {
  const value = o?.[field];
  return isObject(value) ? value : undefined;
};
/** The object in a field, put there when it is not. */
export function childOrNew(o: JsonObject, field: string): JsonObject {
  const found = child(o, field);
  if (found !== undefined) return found;
  const inner: JsonObject = {};
  o[field] = inner;
  return inner;
}
export function objects(o: JsonObject | undefined, field: string): readonly JsonObject[] {
  const list = o?.[field];
  return Array.isArray(list) ? list.filter(isObject) : [];
}
export const isEmptyMap = (value: Json | undefined): boolean => !isObject(value) || Object.keys(value).length === 0;
export const isEmptyList = (value: Json | undefined): boolean => !Array.isArray(value) || value.length === 0;
