import { BYTES, type CelType, DOUBLE, DURATION, INT, listOf, param, STRING, TIMESTAMP, UINT } from "../celtypes.js";
import { type FunctionRow, global, type Overload } from "../functions.js";
import { CelError, CelList, type CelValue, Duration, NO_SUCH_OVERLOAD, type Result, Timestamp, Uint } from "../values.js";

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
export const TIMESTAMP_SECONDS_MIN = -62_135_596_800n;
export const TIMESTAMP_SECONDS_MAX = 253_402_300_799n;
const SECOND_NS = 1_000_000_000n;

export const INT_OVERFLOW = new CelError("integer overflow");
export const UINT_OVERFLOW = new CelError("unsigned integer overflow");
export const TIMESTAMP_OVERFLOW = new CelError("timestamp overflow");

export const intOrOverflow = (value: bigint): Result => (value < INT_MIN || value > INT_MAX ? INT_OVERFLOW : value);
export const uintOrOverflow = (value: bigint): Result => (value < 0n || value > UINT_MAX ? UINT_OVERFLOW : new Uint(value));
const durationOrOverflow = (ns: bigint): Result => (ns < INT_MIN || ns > INT_MAX ? INT_OVERFLOW : new Duration(ns));
export function timestampOrOverflow(ns: bigint, offsetMinutes = 0): Result {
  const seconds = ns >= 0n || ns % SECOND_NS === 0n ? ns / SECOND_NS : ns / SECOND_NS - 1n;
  return seconds < TIMESTAMP_SECONDS_MIN || seconds > TIMESTAMP_SECONDS_MAX ? TIMESTAMP_OVERFLOW : new Timestamp(ns, offsetMinutes);
}

/** One operator over the number types; `other`: what else it is defined for. */
function operator(rules: {
  readonly int: (a: bigint, b: bigint) => Result;
  readonly uint: (a: bigint, b: bigint) => Result;
  readonly double?: (a: number, b: number) => number;
  readonly other?: (a: CelValue, b: CelValue) => Result;
}): (a: CelValue, b: CelValue) => Result {
  return (a, b) => {
    if (typeof a === "bigint" && typeof b === "bigint") return rules.int(a, b);
    if (a instanceof Uint && b instanceof Uint) return rules.uint(a.value, b.value);
    if (typeof a === "number" && typeof b === "number" && rules.double !== undefined) return rules.double(a, b);
    return rules.other?.(a, b) ?? NO_SUCH_OVERLOAD;
  };
}

export const addValues = operator({
  int: (a, b) => intOrOverflow(a + b),
  uint: (a, b) => uintOrOverflow(a + b),
  double: (a, b) => a + b,
  other: (a, b) => {
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (a instanceof CelList && b instanceof CelList) return a.add(b);
    if (a instanceof Uint8Array && b instanceof Uint8Array) return Uint8Array.from([...a, ...b]);
    if (a instanceof Duration && b instanceof Duration) return durationOrOverflow(a.ns + b.ns);
    if (a instanceof Timestamp && b instanceof Duration) return timestampOrOverflow(a.ns + b.ns, a.offsetMinutes);
    return a instanceof Duration && b instanceof Timestamp ? timestampOrOverflow(a.ns + b.ns, b.offsetMinutes) : NO_SUCH_OVERLOAD;
  },
});
const subtract = operator({
  int: (a, b) => intOrOverflow(a - b),
  uint: (a, b) => uintOrOverflow(a - b),
  double: (a, b) => a - b,
  other: (a, b) => {
    if (a instanceof Duration && b instanceof Duration) return durationOrOverflow(a.ns - b.ns);
    if (a instanceof Timestamp && b instanceof Timestamp) return durationOrOverflow(a.ns - b.ns);
    return a instanceof Timestamp && b instanceof Duration ? timestampOrOverflow(a.ns - b.ns, a.offsetMinutes) : NO_SUCH_OVERLOAD;
  },
});
const DIVISION_BY_ZERO = new CelError("division by zero");
const MODULUS_BY_ZERO = new CelError("modulus by zero");
const divide = operator({
  int: (a, b) => (b === 0n ? DIVISION_BY_ZERO : intOrOverflow(a / b)),
  uint: (a, b) => (b === 0n ? DIVISION_BY_ZERO : new Uint(a / b)),
  double: (a, b) => a / b,
});
const modulo = operator({
  int: (a, b) => (b === 0n ? MODULUS_BY_ZERO : a === INT_MIN && b === -1n ? INT_OVERFLOW : a % b),
  uint: (a, b) => (b === 0n ? MODULUS_BY_ZERO : new Uint(a % b)),
});
const multiply = operator({
  int: (a, b) => intOrOverflow(a * b),
  uint: (a, b) => uintOrOverflow(a * b),
  double: (a, b) => a * b,
});
const negate = (a: CelValue): Result =>
  typeof a === "bigint"
    ? intOrOverflow(-a)
    : typeof a === "number"
      ? -a
      : a instanceof Duration
        ? durationOrOverflow(-a.ns)
        : NO_SUCH_OVERLOAD;

const same = (name: string, type: CelType, id: string): Overload => global(`${name}_${id}`, [type, type], type);
const numbers = (name: string): readonly Overload[] => [same(name, DOUBLE, "double"), same(name, INT, "int64"), same(name, UINT, "uint64")];
const isNumber = (value: CelValue): boolean => typeof value === "bigint" || typeof value === "number" || value instanceof Uint;
const isTime = (value: CelValue): boolean => value instanceof Timestamp || value instanceof Duration;
const A = param("A");

export const ARITHMETIC: readonly FunctionRow[] = [
  {
    name: "_+_",
    run: addValues,
    operand: (value) =>
      isNumber(value) || isTime(value) || typeof value === "string" || value instanceof Uint8Array || value instanceof CelList,
    overloads: [
      same("add", BYTES, "bytes"),
      same("add", DOUBLE, "double"),
      global("add_duration_duration", [DURATION, DURATION], DURATION),
      global("add_duration_timestamp", [DURATION, TIMESTAMP], TIMESTAMP),
      global("add_timestamp_duration", [TIMESTAMP, DURATION], TIMESTAMP),
      same("add", INT, "int64"),
      same("add", listOf(A), "list"),
      same("add", STRING, "string"),
      same("add", UINT, "uint64"),
    ],
  },
  {
    name: "_-_",
    run: subtract,
    operand: (value) => isNumber(value) || isTime(value),
    overloads: [
      same("subtract", DOUBLE, "double"),
      global("subtract_duration_duration", [DURATION, DURATION], DURATION),
      same("subtract", INT, "int64"),
      global("subtract_timestamp_duration", [TIMESTAMP, DURATION], TIMESTAMP),
      global("subtract_timestamp_timestamp", [TIMESTAMP, TIMESTAMP], DURATION),
      same("subtract", UINT, "uint64"),
    ],
  },
  { name: "_/_", run: divide, operand: isNumber, overloads: numbers("divide") },
  { name: "_%_", run: modulo, operand: (value) => typeof value !== "number" && isNumber(value), overloads: numbers("modulo").slice(1) },
  { name: "_*_", run: multiply, operand: isNumber, overloads: numbers("multiply") },
  {
    name: "-_",
    run: negate,
    operand: (value) => typeof value === "bigint" || typeof value === "number" || value instanceof Duration,
    overloads: [global("negate_double", [DOUBLE], DOUBLE), global("negate_int64", [INT], INT)],
  },
];
