import { BOOL, type CelType, INT } from "../celtypes.js";
import { NOMINAL } from "../cost.js";
import { type FunctionRow, member } from "../functions.js";
import type { CelValue } from "../values.js";

/** Functions of a type whose values are compared by name, not by operators. `prefix`: what its overloads are called after. */
export function ordering(type: CelType, prefix: string, compare: (a: CelValue, b: CelValue) => number): readonly FunctionRow[] {
  const row = (name: string, id: string, result: CelType, of: (order: number) => CelValue): FunctionRow => ({
    name,
    cost: NOMINAL,
    overloads: [member(`${prefix}_${id}`, [type, type], result, (a, b) => of(compare(a as CelValue, b as CelValue)))],
  });
  return [
    row("isGreaterThan", "is_greater_than", BOOL, (order) => order > 0),
    row("isLessThan", "is_less_than", BOOL, (order) => order < 0),
    row("compareTo", "compare_to", INT, (order) => BigInt(order)),
  ];
}
