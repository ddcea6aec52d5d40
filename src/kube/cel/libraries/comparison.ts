import { BOOL, BYTES, type CelType, DOUBLE, DURATION, INT, listOf, mapOf, param, STRING, TIMESTAMP, UINT } from "../celtypes.js";
import { fixed } from "../cost.js";
import { type FunctionCost, type FunctionRow, global, member, type Overload } from "../functions.js";
import {
  CelError,
  CelList,
  CelMap,
  type CelValue,
  codePoints,
  compareNumbers,
  Duration,
  equalValues,
  isError,
  isNumeric,
  NO_SUCH_OVERLOAD,
  Opaque,
  type Result,
  Timestamp,
} from "../values.js";

/** -1, 0 or 1. */
export function compareValues(a: CelValue, b: CelValue): number | CelError {
  if (isNumeric(a) && isNumeric(b)) {
    const order = compareNumbers(a, b);
    return Number.isNaN(order) ? new CelError("NaN values cannot be ordered") : order;
  }
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration))
    return a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  return NO_SUCH_OVERLOAD;
}
export const isComparable = (value: CelValue): boolean =>
  isNumeric(value) ||
  typeof value === "string" ||
  typeof value === "boolean" ||
  value instanceof Timestamp ||
  value instanceof Duration ||
  value instanceof Uint8Array;

/** By code point (as UTF-8 sorts), not by UTF-16 unit. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === right) continue;
    const astral = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000;
    if (astral(left) !== astral(right)) return astral(left) ? 1 : -1;
    return left < right ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

const COMPARED: readonly (readonly [string, CelType, CelType])[] = [
  ["bool", BOOL, BOOL],
  ["int64", INT, INT],
  ["int64_double", INT, DOUBLE],
  ["int64_uint64", INT, UINT],
  ["uint64", UINT, UINT],
  ["uint64_double", UINT, DOUBLE],
  ["uint64_int64", UINT, INT],
  ["double", DOUBLE, DOUBLE],
  ["double_int64", DOUBLE, INT],
  ["double_uint64", DOUBLE, UINT],
  ["string", STRING, STRING],
  ["bytes", BYTES, BYTES],
  ["timestamp", TIMESTAMP, TIMESTAMP],
  ["duration", DURATION, DURATION],
];
function comparison(name: string, id: string, holds: (order: number) => boolean): FunctionRow {
  return {
    name,
    overloads: COMPARED.map(([types, left, right]): Overload => global(`${id}_${types}`, [left, right], BOOL)),
    operand: isComparable,
    run: (a, b) => {
      const order = compareValues(a as CelValue, b as CelValue);
      return order instanceof CelError ? order : holds(order);
    },
  };
}

const A = param("A");
const B = param("B");

/** Comparing values of library types costs 1, but for URLs and formats as estimated. */
const equality: FunctionCost = {
  actual: (_overload, [left]) => (left instanceof Opaque ? 1 : undefined),
  estimate: (_overload, _target, [left, right]) => {
    if (left === undefined || right === undefined) return undefined;
    const name = left.type.kind === "object" || left.type.kind === "opaque" ? left.type.name : "";
    if (right.type.kind !== left.type.kind || !("name" in right.type) || right.type.name !== name) return undefined;
    if (name === "kubernetes.NamedFormat") return { cost: { min: 1, max: 7 } };
    if (name === "kubernetes.URL") return { cost: fixed(1) };
    return /^(net\.|kubernetes\.)/.test(name) ? { cost: fixed(1) } : undefined;
  },
};

const contains = (needle: CelValue, haystack: CelValue): Result => {
  if (haystack instanceof CelList) return haystack.contains(needle);
  if (!(haystack instanceof CelMap)) return NO_SUCH_OVERLOAD;
  const found = haystack.find(needle);
  return found !== undefined && isError(found) ? found : found !== undefined;
};

const sizeOf = (value: CelValue): Result => {
  if (typeof value === "string") return BigInt(codePoints(value));
  if (value instanceof Uint8Array) return BigInt(value.length);
  return value instanceof CelList || value instanceof CelMap ? BigInt(value.size) : NO_SUCH_OVERLOAD;
};
const sized = [
  ["bytes", BYTES],
  ["list", listOf(A)],
  ["map", mapOf(A, B)],
  ["string", STRING],
] as const;

export const COMPARISON: readonly FunctionRow[] = [
  { name: "_?_:_", overloads: [global("conditional", [BOOL, A, A], A)] },
  { name: "_&&_", overloads: [global("logical_and", [BOOL, BOOL], BOOL)] },
  { name: "_||_", overloads: [global("logical_or", [BOOL, BOOL], BOOL)] },
  {
    name: "!_",
    overloads: [global("logical_not", [BOOL], BOOL)],
    run: (value) => (typeof value === "boolean" ? !value : NO_SUCH_OVERLOAD),
  },
  { name: "@not_strictly_false", overloads: [global("not_strictly_false", [BOOL], BOOL)] },
  { name: "_==_", overloads: [global("equals", [A, A], BOOL)], run: (a, b) => equalValues(a as CelValue, b as CelValue), cost: equality },
  { name: "_!=_", overloads: [global("not_equals", [A, A], BOOL)], run: (a, b) => equalValues(a as CelValue, b as CelValue) !== true },
  comparison("_<_", "less", (order) => order < 0),
  comparison("_<=_", "less_equals", (order) => order <= 0),
  comparison("_>_", "greater", (order) => order > 0),
  comparison("_>=_", "greater_equals", (order) => order >= 0),
  { name: "_[_]", overloads: [global("index_list", [listOf(A), INT], A), global("index_map", [mapOf(A, B), A], B)] },
  {
    name: "@in",
    overloads: [global("in_list", [A, listOf(A)], BOOL), global("in_map", [A, mapOf(A, B)], BOOL)],
    run: (a, b) => contains(a as CelValue, b as CelValue),
  },
  {
    name: "size",
    overloads: sized.flatMap(([id, type]) => [global(`size_${id}`, [type], INT), member(`${id}_size`, [type], INT)]),
    operand: (value) => sizeOf(value) !== NO_SUCH_OVERLOAD,
    run: (value) => sizeOf(value as CelValue),
  },
];
