import type { CallEstimate, CostNode, FunctionCost, FunctionRow } from "./functions.js";
import type { CostRange } from "./types.js";
import { actualSize, type CelValue, type Result } from "./values.js";

/** Prices of the language (cel-go common/cost.go). */
export const SELECT_COST = 1;
export const LIST_COST = 10;
export const MAP_COST = 30;
export const STRUCT_COST = 40;
/** Cost of a character read. */
export const TRAVERSAL = 0.1;
/** Cost of a character of a regular expression: an expression has about four. */
export const REGEX = 0.25;
/** 2^64 - 1, as near as a double comes: more is not counted. */
export const COST_MAX = 2 ** 64;

export const UNKNOWN: CostRange = { min: 0, max: COST_MAX };
export const fixed = (cost: number): CostRange => ({ min: cost, max: cost });
const saturate = (cost: number): number => Math.min(cost, COST_MAX);
export const add = (...ranges: readonly CostRange[]): CostRange =>
  ranges.reduce((a, b) => ({ min: saturate(a.min + b.min), max: saturate(a.max + b.max) }), fixed(0));
export const multiply = (a: CostRange, b: CostRange): CostRange => ({ min: saturate(a.min * b.min), max: saturate(a.max * b.max) });
/** Rounded up. */
export const scale = (a: CostRange, factor: number): CostRange => ({
  min: saturate(Math.ceil(a.min * factor)),
  max: saturate(Math.ceil(a.max * factor)),
});
export const union = (a: CostRange, b: CostRange): CostRange => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });

const traverse = (value: CelValue | undefined, factor = TRAVERSAL): number => Math.ceil(actualSize(value ?? null) * factor);

/** The price of one call at run time: the function's own, or what the language says about the overload. */
export function callCost(row: FunctionRow, overload: string, args: readonly CelValue[], result: Result): number {
  if (row.cost?.byOverload && overload === "") return 1;
  return row.cost?.actual?.(overload, args, result) ?? defaultCost(overload, args);
}

function defaultCost(overload: string, args: readonly CelValue[]): number {
  const [left, right] = args;
  switch (overload) {
    case "starts_with_string":
    case "ends_with_string":
    case "string_to_bytes":
    case "bytes_to_string":
    case "strings_quote":
    case "string_format":
      return traverse(left);
    case "in_list":
      return actualSize(right ?? null);
    case "add_string":
    case "add_bytes":
      return Math.ceil((actualSize(left ?? null) + actualSize(right ?? null)) * TRAVERSAL);
    case "matches_string":
      return Math.ceil((1 + actualSize(left ?? null)) * TRAVERSAL) * traverse(right, REGEX);
    case "contains_string":
      return traverse(left) * traverse(right);
    default:
      return COMPARISONS.has(overload) ? Math.ceil(Math.min(actualSize(left ?? null), actualSize(right ?? null)) * TRAVERSAL) : 1;
  }
}
const COMPARISONS = new Set([
  ...["less", "greater", "less_equals", "greater_equals"].flatMap((op) => [`${op}_string`, `${op}_bytes`]),
  "equals",
  "not_equals",
]);

/** What a call is estimated to cost, without its arguments. */
export function estimateCall(overload: string, target: CostNode | undefined, args: readonly CostNode[]): CallEstimate {
  const [first, second] = args;
  const size = (node: CostNode | undefined): CostRange => node?.size ?? UNKNOWN;
  switch (overload) {
    case "string_format":
      return { cost: scale(size(target), TRAVERSAL) };
    case "string_to_bytes":
      return { cost: scale(size(first), TRAVERSAL), size: { min: size(first).min, max: saturate(size(first).max * 4) } };
    case "bytes_to_string":
      return { cost: scale(size(first), TRAVERSAL), size: { min: Math.floor(size(first).min / 4), max: size(first).max } };
    case "strings_quote":
      return { cost: scale(size(first), TRAVERSAL), size: { min: size(first).min + 2, max: saturate(size(first).max * 2 + 2) } };
    case "starts_with_string":
    case "ends_with_string":
      return { cost: scale(size(first), TRAVERSAL) };
    case "in_list":
      return { cost: size(second) };
    case "matches_string":
      return { cost: multiply(scale(add(size(target), fixed(1)), TRAVERSAL), scale(size(first), REGEX)) };
    case "contains_string":
      return { cost: multiply(scale(size(target), TRAVERSAL), scale(size(first), TRAVERSAL)) };
    case "add_list":
      return { cost: fixed(1), size: add(size(first), size(second)) };
    case "add_string":
    case "add_bytes":
      return { cost: scale(add(size(first), size(second)), TRAVERSAL), size: add(size(first), size(second)) };
    default:
      return COMPARISONS.has(overload) ? { cost: compared(size(first), size(second)) } : { cost: fixed(1) };
  }
}

function compared(a: CostRange, b: CostRange): CostRange {
  const max = Math.min(a.max, b.max);
  return scale({ min: max > 0 ? 1 : 0, max }, TRAVERSAL);
}

/** Cost models that library functions share. */
export const NOMINAL: FunctionCost = { actual: () => 1, estimate: () => ({ cost: fixed(1) }) };
/** Reads its first argument once (`factor` times a character). `sized`: the result is at most as long. */
export const reads = (factor = TRAVERSAL, options: { readonly sized?: true } = {}): FunctionCost => ({
  actual: (_overload, args) => traverse(args[0], factor),
  estimate: (_overload, target, args) => {
    const node = target ?? args[0];
    if (node === undefined) return undefined;
    return options.sized ? { cost: scale(node.size, factor), size: node.size } : { cost: scale(node.size, factor) };
  },
});
