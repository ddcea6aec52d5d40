import {
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Duration,
  elements,
  isError,
  look,
  type Result,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
} from "../values.js";
import { toText } from "./conversions.js";
import { goQuote } from "./go-quote.js";
import { formatDouble, parseDouble } from "./numbers.js";

/** text.format(args) of cel-go's string extension, version 2 (locale en_US). */

/** The price of a wrong clause or argument; never leaves `formatString`. */
export class FormatFailure extends Error {
  override readonly name = "FormatFailure";
}
const fail = (message: string): never => {
  throw new FormatFailure(message);
};

const CLAUSE = /^%(?:\.(\d*))?([\s\S])?/;
const PRECISION_DEFAULT = 6;
/** Printing an element takes as long as comparing this many. */
const PRINTED_WORTH = 4;

export function formatString(text: string, args: CelList): Result {
  try {
    return interpolate(text, (index) => {
      if (index >= args.size) fail(`index ${index} out of range`);
      const value = args.at(index);
      return isError(value) ? fail(value.message) : value;
    });
  } catch (thrown) {
    if (thrown instanceof FormatFailure) return new CelError(thrown.message);
    throw thrown;
  }
}

function interpolate(text: string, argument: (index: number) => CelValue): string {
  let out = "";
  let index = 0;
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf("%", at);
    if (next === -1) return out + text.slice(at);
    out += text.slice(at, next);
    if (text[next + 1] === "%") {
      out += "%";
      at = next + 2;
      continue;
    }
    const value = argument(index++);
    if (next + 1 >= text.length) fail("unexpected end of string");
    const clause = parseClause(text.slice(next));
    try {
      out += CLAUSES[clause.verb]?.(value, clause) ?? "";
    } catch (thrown) {
      throw thrown instanceof FormatFailure ? new FormatFailure(`error during formatting: ${thrown.message}`) : thrown;
    }
    at = next + clause.length;
  }
  return out;
}

export interface Clause {
  readonly verb: string;
  readonly precision: number;
  readonly length: number;
}

export function parseClause(text: string): Clause {
  const [whole, precision, verb] = CLAUSE.exec(text) as unknown as [string, string | undefined, string | undefined];
  const problem = "could not parse formatting clause: ";
  if (verb === undefined) return fail(`${problem}error while parsing precision: could not find end of precision specifier`);
  if (precision === "")
    return fail(
      `${problem}error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`,
    );
  if (!Object.hasOwn(CLAUSES, verb)) return fail(`${problem}unrecognized formatting clause "${verb}"`);
  return { verb, precision: precision === undefined ? PRECISION_DEFAULT : Number(precision), length: whole.length };
}

const isInteger = (value: CelValue): value is bigint | Uint => typeof value === "bigint" || value instanceof Uint;
const integer = (value: bigint | Uint): bigint => (value instanceof Uint ? value.value : value);
const wrong = (value: CelValue, message: string): never => fail(`${message}, was given ${typeNameOf(value)}`);

const CLAUSES: Readonly<Record<string, (value: CelValue, clause: Clause) => string>> = {
  s: (value) => textOf(value),
  d: (value) => (isInteger(value) ? String(integer(value)) : wrong(value, "decimal clause can only be used on integers")),
  f: (value, { precision }) => grouped(double(value, "fixed-point"), precision),
  e: (value, { precision }) => scientific(double(value, "scientific"), precision),
  b: (value) =>
    typeof value === "boolean"
      ? String(Number(value))
      : isInteger(value)
        ? integer(value).toString(2)
        : wrong(value, "only integers and bools can be formatted as binary"),
  x: (value) => hex(value),
  X: (value) => hex(value).toUpperCase(),
  o: (value) => (isInteger(value) ? integer(value).toString(8) : wrong(value, "octal clause can only be used on integers")),
};

function double(value: CelValue, clause: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && ["NaN", "Infinity", "-Infinity"].includes(value)) return parseDouble(value) ?? Number.NaN;
  return wrong(value, `${clause} clause can only be used on doubles`);
}
function special(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? undefined : value > 0 ? "∞" : "-∞";
}
const DIGITS_MAX = 100;
/** Halves are rounded to even, as Go does it. */
function toFixed(value: number, precision: number): string {
  const digits = Math.min(precision, DIGITS_MAX);
  const rounded = value.toFixed(digits);
  const exact = value.toFixed(DIGITS_MAX);
  const cut = exact.length - (DIGITS_MAX - digits);
  if (digits === DIGITS_MAX || !/^50*$/.test(exact.slice(cut))) return rounded;
  const truncated = exact.slice(0, cut).replace(/\.$/, "");
  return /[02468]$/.test(truncated) ? truncated : rounded;
}
/** English: thousands are grouped. */
function grouped(value: number, precision: number): string {
  const known = special(value);
  if (known !== undefined) return known;
  const [whole, fraction] = toFixed(value, precision).split(".") as [string, string | undefined];
  const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function scientific(value: number, precision: number): string {
  const known = special(value);
  if (known !== undefined) return known;
  const [mantissa, exponent] = value.toExponential(Math.min(precision, 100)).split("e") as [string, string];
  const digits = String(Math.abs(Number(exponent))).padStart(2, "0");
  const raised = Array.from(digits, (digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `${mantissa}\u00d710${Number(exponent) < 0 ? "\u207b" : ""}${raised}`;
}
function hex(value: CelValue): string {
  if (isInteger(value)) return integer(value).toString(16);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (bytes instanceof Uint8Array) return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return wrong(value, "only integers, byte buffers, and strings can be formatted as hex");
}

function textOf(value: CelValue): string {
  if (value === null) return "null";
  if (value instanceof CelList) return `[${Array.from(elements(value), nested).join(", ")}]`;
  if (value instanceof CelMap) return mapText(value);
  if (value instanceof TypeValue) return value.name;
  const text = toText(value);
  if (typeof text === "string") return text;
  return wrong(
    value,
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
  );
}
const quoted = goQuote;

/** A value inside a list or map: as a literal. */
function nested(value: Result): string {
  look(PRINTED_WORTH);
  if (isError(value)) return fail(value.message);
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return Number.isFinite(value) ? toFixed(value, PRECISION_DEFAULT) : quoted(formatDouble(value));
  if (value instanceof Uint8Array) return `b${quoted(textOf(value))}`;
  if (value instanceof Timestamp) return `timestamp(${quoted(textOf(value))})`;
  if (value instanceof Duration) return `duration(${quoted(textOf(value))})`;
  return textOf(value);
}
function mapText(map: CelMap): string {
  const pairs = map.keys().map((key): readonly [string, string] => {
    if (typeof key === "number") return fail(`no formatting function for map key of type ${typeNameOf(key)}`);
    return [nested(key), nested(map.find(key) ?? null)];
  });
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${pairs.map(([key, value]) => `${key}:${value}`).join(", ")}}`;
}
