import { equalJson, type FieldError, forbiddenField, invalid, type Json, notSupported, required } from "../../../kube/meta/index.js";
import { dnsLabel, dnsSubdomain, type Format, percent, portName, qualifiedName } from "../formats/names.js";
import { rangeText } from "../formats/text.js";

/** Rules that many fields share. Each gives the errors of one field at `path`; none: it is fine. */
export type Errors = readonly FieldError[];
export const NONE: Errors = [];
export const NON_NEGATIVE = "must be greater than or equal to 0";
export const IMMUTABLE = "field is immutable";

export const when = (condition: boolean, errors: () => Errors | FieldError): Errors => {
  if (!condition) return NONE;
  const found = errors();
  return Array.isArray(found) ? (found as Errors) : [found as FieldError];
};
/** One error a message. */
export const ofFormat = (path: string, value: string, format: Format): Errors => format(value).map((m) => invalid(path, value, m));
export const requiredText = (path: string, value: string, format: Format = () => []): Errors =>
  value === "" ? [required(path)] : ofFormat(path, value, format);
/** An empty one is fine. */
export const optionally = (path: string, value: string, format: Format): Errors => (value === "" ? NONE : ofFormat(path, value, format));

export const label = (path: string, value: string): Errors => ofFormat(path, value, dnsLabel);
export const subdomain = (path: string, value: string): Errors => ofFormat(path, value, dnsSubdomain);
export const qualified = (path: string, value: string): Errors => ofFormat(path, value, qualifiedName);

export const nonNegative = (path: string, value: number | bigint | undefined): Errors =>
  value !== undefined && value < 0 ? [invalid(path, value, NON_NEGATIVE)] : NONE;
export const inRange = (path: string, value: number | bigint, low: number, high: number): Errors =>
  value < low || value > high ? [invalid(path, value, rangeText(low, high))] : NONE;
export const portNumber = (path: string, value: number | bigint): Errors => inRange(path, value, 1, 65_535);
export const portNumberOrName = (path: string, value: Json | undefined): Errors =>
  typeof value === "string" ? ofFormat(path, value, portName) : portNumber(path, typeof value === "number" ? value : 0);

/** `empty`: what an absent one means; "required" is an error of its own. */
export const oneOf = (
  path: string,
  value: string,
  supported: readonly string[],
  empty: "required" | "refused" | "fine" = "refused",
): Errors => {
  if (value === "" && empty === "required") return [required(path)];
  if (value === "" && empty === "fine") return NONE;
  return supported.includes(value) ? NONE : [notSupported(path, value, supported)];
};
export const immutable = (path: string, now: Json | undefined, was: Json | undefined): Errors =>
  equalJson(now ?? null, was ?? null) ? NONE : [invalid(path, now, IMMUTABLE)];
export const forbiddenWhen = (condition: boolean, path: string, detail: string): Errors =>
  condition ? [forbiddenField(path, detail)] : NONE;

/** A count, or a share of one ("25%"). */
export const intOrPercent = (path: string, value: Json | undefined): Errors => {
  if (typeof value === "string") return ofFormat(path, value, percent);
  return nonNegative(path, typeof value === "number" ? value : 0);
};
/** The number before "%"; undefined when it is no percentage. */
export const percentOf = (value: Json | undefined): number | undefined =>
  typeof value === "string" && percent(value).length === 0 ? Number(value.slice(0, -1)) : undefined;
/** A count, or a percentage as its number: what is compared with zero. What is neither counts as nothing. */
export const intOrPercentNumber = (value: Json | undefined): number =>
  typeof value === "number" ? value : typeof value === "string" && COUNT_OR_PERCENT.test(value) ? Number.parseInt(value, 10) : 0;
const COUNT_OR_PERCENT = /^(\d+%|[+-]?\d+)$/;
export const notOverHundred = (path: string, value: Json | undefined): Errors => {
  const p = percentOf(value);
  return p !== undefined && p > 100 ? [invalid(path, value, "must not be greater than 100%")] : NONE;
};
