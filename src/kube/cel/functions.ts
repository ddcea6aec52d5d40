import type { CelType } from "./celtypes.js";
import type { CostRange } from "./types.js";
import type { CelValue, Result } from "./values.js";

/** One row of the function table: what the checker, the cost estimator and the interpreter know about a function. */
export interface FunctionRow {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** Implements all overloads without an implementation of their own; told values apart itself. */
  readonly run?: Implementation;
  /** Whether the first argument can have this function at all; otherwise "no such overload: name". */
  readonly operand?: (value: CelValue) => boolean;
  readonly cost?: FunctionCost;
}
export type Implementation = (...args: readonly CelValue[]) => Result;

export interface Overload {
  readonly id: string;
  /** The receiver first, if there is one. */
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly member: boolean;
  readonly run?: Implementation;
  /** The implementation tells argument types apart itself. */
  readonly unguarded?: true;
}

/** undefined: the default of the language for the overload. */
export interface FunctionCost {
  /** Known by overload only: a call that could be any of several costs what calls cost by default. */
  readonly byOverload?: true;
  /** The result tells the price; otherwise the arguments do, and the call is paid for before it is made. */
  readonly fromResult?: true;
  readonly actual?: (overload: string, args: readonly CelValue[], result: Result) => number | undefined;
  readonly estimate?: (overload: string, target: CostNode | undefined, args: readonly CostNode[]) => CallEstimate | undefined;
}
export interface CallEstimate {
  readonly cost: CostRange;
  readonly size?: CostRange;
}
/** An argument as the estimator sees it. */
export interface CostNode {
  readonly type: CelType;
  readonly literal: CelValue | undefined;
  /** 0..2^64 where unknown. */
  readonly size: CostRange;
  /** The elements of a list. */
  readonly elements: () => CostNode | undefined;
}

export const global = (id: string, args: readonly CelType[], result: CelType, run?: Implementation): Overload =>
  run === undefined ? { id, args, result, member: false } : { id, args, result, member: false, run };
export const member = (id: string, args: readonly CelType[], result: CelType, run?: Implementation): Overload =>
  run === undefined ? { id, args, result, member: true } : { id, args, result, member: true, run };

/** Rows of one name become one row: libraries add overloads to each other's functions. */
export function functionTable(rows: readonly FunctionRow[]): ReadonlyMap<string, FunctionRow> {
  const table = new Map<string, FunctionRow>();
  for (const row of rows) {
    const known = table.get(row.name);
    table.set(row.name, known === undefined ? row : { ...known, ...row, overloads: [...known.overloads, ...row.overloads] });
  }
  return table;
}
