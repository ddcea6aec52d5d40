import { parseDuration } from "../../meta/index.js";
import { BOOL, BYTES, type CelType, DOUBLE, DURATION, DYN, INT, param, STRING, TIMESTAMP, typeName, typeOf, UINT } from "../celtypes.js";
import { type FunctionRow, global, type Implementation } from "../functions.js";
import { CelError, type CelValue, Duration, NO_SUCH_OVERLOAD, type Result, Timestamp, TypeValue, typeNameOf, Uint } from "../values.js";
import {
  INT_OVERFLOW,
  intOrOverflow,
  TIMESTAMP_OVERFLOW,
  TIMESTAMP_SECONDS_MAX,
  TIMESTAMP_SECONDS_MIN,
  UINT_OVERFLOW,
  uintOrOverflow,
} from "./arithmetic.js";
import { formatDouble, parseBool, parseDouble, parseInteger } from "./numbers.js";
import { formatSeconds, formatTimestamp, parseTimestamp } from "./times.js";

const failed = (value: CelValue, to: CelType): CelError =>
  new CelError(`type conversion error from '${typeNameOf(value)}' to '${typeName(to)}'`);

function toInt(value: CelValue): Result {
  if (typeof value === "number")
    return Number.isFinite(value) && value > -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : INT_OVERFLOW;
  if (typeof value === "string") {
    const parsed = parseInteger(value);
    return parsed === undefined || intOrOverflow(parsed) === INT_OVERFLOW ? failed(value, INT) : parsed;
  }
  if (value instanceof Uint) return intOrOverflow(value.value);
  if (value instanceof Duration) return value.ns;
  if (value instanceof Timestamp)
    return value.ns >= 0n || value.ns % 1_000_000_000n === 0n ? value.ns / 1_000_000_000n : value.ns / 1_000_000_000n - 1n;
  return value;
}
function toUint(value: CelValue): Result {
  if (typeof value === "number")
    return Number.isFinite(value) && value >= 0 && value < 2 ** 64 ? new Uint(BigInt(Math.trunc(value))) : UINT_OVERFLOW;
  if (typeof value === "bigint") return uintOrOverflow(value);
  if (typeof value !== "string") return value;
  const parsed = /^\d+$/.test(value) ? uintOrOverflow(BigInt(value)) : UINT_OVERFLOW;
  return parsed === UINT_OVERFLOW ? failed(value, UINT) : parsed;
}
function toDouble(value: CelValue): Result {
  if (typeof value === "string") return parseDouble(value) ?? failed(value, DOUBLE);
  return typeof value === "bigint" ? Number(value) : value instanceof Uint ? Number(value.value) : value;
}
/** undefined: the bytes are no UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
export function toText(value: CelValue): Result {
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return formatDouble(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatSeconds(value);
  if (value instanceof Uint8Array) return decodeUtf8(value) ?? new CelError("invalid UTF-8 in bytes, cannot convert to string");
  return typeof value === "string" ? value : NO_SUCH_OVERLOAD;
}
function toDuration(value: CelValue): Result {
  // Declared for int, and never done: cel-go has the overload without the conversion.
  if (typeof value === "bigint") return failed(value, DURATION);
  if (typeof value !== "string") return value;
  const ns = parseDuration(value);
  return ns === undefined ? failed(value, DURATION) : new Duration(ns);
}
function toTimestamp(value: CelValue): Result {
  if (typeof value === "bigint")
    return value < TIMESTAMP_SECONDS_MIN || value > TIMESTAMP_SECONDS_MAX ? TIMESTAMP_OVERFLOW : new Timestamp(value * 1_000_000_000n);
  return typeof value === "string" ? (parseTimestamp(value) ?? failed(value, TIMESTAMP)) : value;
}
const toBool = (value: CelValue): Result => (typeof value === "string" ? (parseBool(value) ?? failed(value, BOOL)) : value);
const toBytes = (value: CelValue): Result => (typeof value === "string" ? new TextEncoder().encode(value) : value);

/** A conversion from several types: [overload, source]. */
function conversion(
  name: string,
  to: CelType,
  convert: (value: CelValue) => Result,
  from: readonly (readonly [string, CelType])[],
): FunctionRow {
  const run: Implementation = (value) => convert(value as CelValue);
  return { name, overloads: from.map(([id, type]) => global(id, [type], to, run)) };
}

const A = param("A");
export const CONVERSIONS: readonly FunctionRow[] = [
  { name: "type", overloads: [global("type", [A], typeOf(A))], run: (value) => new TypeValue(typeNameOf(value as CelValue)) },
  { name: "dyn", overloads: [global("to_dyn", [A], DYN)], run: (value) => value as CelValue },
  conversion("bool", BOOL, toBool, [
    ["bool_to_bool", BOOL],
    ["string_to_bool", STRING],
  ]),
  conversion("bytes", BYTES, toBytes, [
    ["bytes_to_bytes", BYTES],
    ["string_to_bytes", STRING],
  ]),
  conversion("double", DOUBLE, toDouble, [
    ["double_to_double", DOUBLE],
    ["int64_to_double", INT],
    ["string_to_double", STRING],
    ["uint64_to_double", UINT],
  ]),
  conversion("duration", DURATION, toDuration, [
    ["duration_to_duration", DURATION],
    ["int64_to_duration", INT],
    ["string_to_duration", STRING],
  ]),
  conversion("int", INT, toInt, [
    ["int64_to_int64", INT],
    ["double_to_int64", DOUBLE],
    ["duration_to_int64", DURATION],
    ["string_to_int64", STRING],
    ["timestamp_to_int64", TIMESTAMP],
    ["uint64_to_int64", UINT],
  ]),
  conversion("string", STRING, toText, [
    ["string_to_string", STRING],
    ["bool_to_string", BOOL],
    ["bytes_to_string", BYTES],
    ["double_to_string", DOUBLE],
    ["duration_to_string", DURATION],
    ["int64_to_string", INT],
    ["timestamp_to_string", TIMESTAMP],
    ["uint64_to_string", UINT],
  ]),
  conversion("timestamp", TIMESTAMP, toTimestamp, [
    ["timestamp_to_timestamp", TIMESTAMP],
    ["int64_to_timestamp", INT],
    ["string_to_timestamp", STRING],
  ]),
  conversion("uint", UINT, toUint, [
    ["uint64_to_uint64", UINT],
    ["double_to_uint64", DOUBLE],
    ["int64_to_uint64", INT],
    ["string_to_uint64", STRING],
  ]),
];
