import type { Json } from "./json.js";
import { failure, type StatusCause, type StatusError } from "./status.js";

/** One rule that an object breaks (apimachinery util/validation/field). `value` is not printed for required, forbidden and tooLong. */
export type FieldErrorType =
  | "Required"
  | "Invalid"
  | "TypeInvalid"
  | "Duplicate"
  | "NotFound"
  | "NotSupported"
  | "Forbidden"
  | "TooLong"
  | "TooMany"
  | "TooShort"
  | "InternalError";

const KINDS: Readonly<Record<FieldErrorType, { readonly reason: string; readonly text: string; readonly printsValue: boolean }>> = {
  Required: { reason: "FieldValueRequired", text: "Required value", printsValue: false },
  Invalid: { reason: "FieldValueInvalid", text: "Invalid value", printsValue: true },
  TypeInvalid: { reason: "FieldValueTypeInvalid", text: "Invalid value", printsValue: true },
  Duplicate: { reason: "FieldValueDuplicate", text: "Duplicate value", printsValue: true },
  NotFound: { reason: "FieldValueNotFound", text: "Not found", printsValue: true },
  NotSupported: { reason: "FieldValueNotSupported", text: "Unsupported value", printsValue: true },
  Forbidden: { reason: "FieldValueForbidden", text: "Forbidden", printsValue: false },
  TooLong: { reason: "FieldValueTooLong", text: "Too long", printsValue: false },
  TooMany: { reason: "FieldValueTooMany", text: "Too many", printsValue: true },
  TooShort: { reason: "FieldValueTooShort", text: "Too short", printsValue: false },
  InternalError: { reason: "InternalError", text: "Internal error", printsValue: false },
};

export interface FieldError {
  readonly type: FieldErrorType;
  /** "spec.containers[0].name", "metadata.labels[a/b]"; "" prints as []; "<nil>" for none. */
  readonly path: string;
  /** Already rendered (`renderValue`); undefined: left out. */
  readonly value: string | undefined;
  readonly detail: string;
}

/** Strings quoted, scalars plain, the rest JSON with sorted keys: as the texts show a value. */
export function renderValue(value: Json | undefined): string {
  if (value === undefined) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return String(value);
  return sortedJson(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

/** Go's %q, near enough: JSON's escapes, but its own for control characters. */
export const quote = (text: string): string =>
  JSON.stringify(text)
    .replace(/\\u0007/g, "\\a")
    .replace(/\\u000b/g, "\\v")
    .replace(/\\u00([0-9a-f]{2})/g, "\\x$1")
    .replace(/\x7f/g, "\\x7f");

export function sortedJson(value: Json): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((k) => `${JSON.stringify(k)}:${sortedJson(value[k] as Json)}`).join(",")}}`;
}

const of = (type: FieldErrorType, path: string, value: string | undefined, detail: string): FieldError => ({ type, path, value, detail });
export const required = (path: string, detail = ""): FieldError => of("Required", path, undefined, detail);
export const invalid = (path: string, value: Json | undefined, detail: string): FieldError =>
  of("Invalid", path, renderValue(value), detail);
/** The value is not printed: field.OmitValueType. */
export const invalidWithoutValue = (path: string, detail: string): FieldError => of("Invalid", path, undefined, detail);
export const typeInvalid = (path: string, value: Json | undefined, detail: string): FieldError =>
  of("TypeInvalid", path, renderValue(value), detail);
export const duplicate = (path: string, value: Json | undefined): FieldError => of("Duplicate", path, renderValue(value), "");
export const missing = (path: string, value: Json | undefined): FieldError => of("NotFound", path, renderValue(value), "");
export const forbiddenField = (path: string, detail: string): FieldError => of("Forbidden", path, undefined, detail);
export const notSupported = (path: string, value: Json | undefined, supported: readonly string[]): FieldError =>
  of(
    "NotSupported",
    path,
    renderValue(value),
    supported.length === 0 ? "" : `supported values: ${supported.map((v) => quote(v)).join(", ")}`,
  );
export const tooLong = (path: string, bytesMax: number): FieldError =>
  of(
    "TooLong",
    path,
    undefined,
    bytesMax < 0 ? "value is too long" : `may not be more than ${bytesMax} ${bytesMax === 1 ? "byte" : "bytes"}`,
  );
export const tooMany = (path: string, actual: number, max: number): FieldError =>
  of(
    "TooMany",
    path,
    actual < 0 ? undefined : String(actual),
    max < 0 ? "has too many items" : `must have at most ${max} ${max === 1 ? "item" : "items"}`,
  );
export const internalFieldError = (path: string, detail: string): FieldError => of("InternalError", path, undefined, detail);

/** The error without its path: "Invalid value: 7: must be ...". */
export function bodyOf(e: FieldError): string {
  const { text, printsValue } = KINDS[e.type];
  const head = printsValue && e.value !== undefined ? `${text}: ${e.value}` : text;
  return e.detail === "" ? head : `${head}: ${e.detail}`;
}
const pathOf = (e: FieldError): string => (e.path === "" ? "[]" : e.path);
export const textOf = (e: FieldError): string => `${pathOf(e)}: ${bodyOf(e)}`;
export const causeOf = (e: FieldError): StatusCause => ({ reason: KINDS[e.type].reason, message: bodyOf(e), field: pathOf(e) });

/** Several are in brackets, each once; one stands alone. */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? (distinct[0] as string) : `[${distinct.join(", ")}]`;
}

/** 422 with every cause; the message names each error once, the causes as often as it was found. */
export function invalidObject(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const what = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const list = errors.length === 0 ? "" : `: ${aggregate(errors.map(textOf))}`;
  return failure("Invalid", `${what} "${name}" is invalid${list}`, {
    details: {
      ...(name === "" ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      ...(kind.kind === "" ? {} : { kind: kind.kind }),
      ...(errors.length === 0 ? {} : { causes: errors.map(causeOf) }),
    },
  });
}
