import { type CelType, typeName } from "../celtypes.js";
import type { FunctionRow, Overload } from "../functions.js";
import {
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Duration,
  isNumeric,
  NO_SUCH_OVERLOAD,
  Opaque,
  Optional,
  type Result,
  Timestamp,
  TypeValue,
  typeNameOf,
} from "../values.js";

/** Calls a function with values: the one overload that was resolved, or the first that fits what a dyn turned out to be. */
export function invoke(row: FunctionRow, overloads: readonly Overload[], args: readonly CelValue[]): Result {
  if (row.run !== undefined && !overloads.some((overload) => overload.run !== undefined)) {
    const [operand] = args;
    if (row.operand !== undefined && operand !== undefined && !row.operand(operand)) return refusal(row, operand);
    return row.run(...args);
  }
  for (const overload of overloads) {
    const run = overload.run ?? row.run;
    if (run !== undefined && (overload.unguarded || fits(overload.args, args))) return run(...args);
  }
  return new CelError(`no such overload: ${row.name}(${args.map(typeNameOf).join(", ")})`);
}

/** Strings and times could have methods of their own, and say otherwise that they have not. */
const refusal = (row: FunctionRow, operand: CelValue): CelError =>
  typeof operand === "string" ||
  (typeof operand === "boolean" && row.name === "-_") ||
  operand instanceof Timestamp ||
  operand instanceof Duration
    ? NO_SUCH_OVERLOAD
    : new CelError(`no such overload: ${row.name}`);

const fits = (types: readonly CelType[], args: readonly CelValue[]): boolean =>
  types.length === args.length && types.every((type, i) => isOfType(args[i] as CelValue, type));

/** Whether a value could be of a type, elements of aggregates left out but for the first. */
export function isOfType(value: CelValue, type: CelType): boolean {
  switch (type.kind) {
    case "dyn":
    case "any":
    case "param":
    case "error":
      return true;
    case "list":
      return value instanceof CelList && (value.size === 0 || firstFits(value, type.elem));
    case "map":
      return value instanceof CelMap;
    case "type":
      return value instanceof TypeValue;
    case "object":
      // Objects of schemas are maps; types of libraries are not.
      return value instanceof Opaque ? typeNameOf(value) === type.name : value instanceof CelMap && !type.name.startsWith("kubernetes.");
    case "opaque":
      return type.name === "optional_type" ? value instanceof Optional : value instanceof Opaque && typeNameOf(value) === type.name;
    default:
      return typeNameOf(value) === typeName(type);
  }
}
function firstFits(list: CelList, elem: CelType): boolean {
  const first = list.at(0);
  return first instanceof CelError || isOfType(first, elem) || (isNumeric(first) && elem.kind === "dyn");
}
