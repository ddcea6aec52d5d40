import { BOOL, BYTES, type CelType, DOUBLE, DURATION, DYN, INT, listOf, param, STRING, TIMESTAMP, typeName, UINT } from "../celtypes.js";
import { add, COST_MAX, fixed, LIST_COST, multiply, scale, TRAVERSAL } from "../cost.js";
import { type CallEstimate, type CostNode, type FunctionCost, type FunctionRow, global, member, type Overload } from "../functions.js";
import { LIST_ELEMENTS_MAX } from "../limits.js";
import type { CostRange } from "../types.js";
import {
  ArrayList,
  actualSize,
  CelError,
  type CelList,
  type CelValue,
  Duration,
  elements,
  equalResults,
  isError,
  CelList as List,
  type Result,
  typeNameOf,
  Uint,
} from "../values.js";
import { addValues } from "./arithmetic.js";
import { compareValues, isComparable } from "./comparison.js";
import { elementwise } from "./strings.js";

/** Kubernetes' lists library, cel-go's lists (version 3) and sets. */

const COMPARABLE: readonly CelType[] = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES];
const SUMMABLE: readonly (readonly [CelType, CelValue])[] = [
  [INT, 0n],
  [UINT, new Uint(0n)],
  [DOUBLE, 0],
  [DURATION, new Duration(0n)],
];
const overComparable = (
  id: (name: string) => string,
  result: (type: CelType) => CelType,
  run: (list: CelList) => Result,
): readonly Overload[] => COMPARABLE.map((type) => member(id(type.kind), [listOf(type)], result(type), (list) => run(list as CelList)));

function isSorted(list: CelList): Result {
  let previous: CelValue | undefined;
  for (const item of elements(list)) {
    if (isError(item)) return item;
    if (previous !== undefined && compareValues(previous, item) === 1) return false;
    previous = item;
  }
  return true;
}
function sum(list: CelList, zero: CelValue): Result {
  let total = zero;
  for (const item of elements(list)) {
    if (isError(item)) return item;
    const next = addValues(total, item);
    if (isError(next)) return new CelError("no such overload");
    total = next;
  }
  return total;
}
function extreme(list: CelList, name: string, replaces: number): Result {
  let best: CelValue | undefined;
  for (const item of elements(list)) {
    if (isError(item)) return item;
    if (best === undefined || compareValues(best, item) === replaces) best = item;
  }
  return best ?? new CelError(`${name} called on empty list`);
}
function indexOf(list: CelList, wanted: CelValue, order: "first" | "last"): bigint {
  const items = [...elements(list)];
  const matches = (item: Result): boolean => equalResults(item, wanted) === true;
  return BigInt(order === "first" ? items.findIndex(matches) : items.findLastIndex(matches));
}

function slice(list: CelList, start: bigint, end: bigint): Result {
  const problem = `cannot slice(${start}, ${end}), `;
  if (start < 0n || end < 0n) return new CelError(`${problem}negative indexes not supported`);
  if (start > end) return new CelError(`${problem}start index must be less than or equal to end index`);
  if (BigInt(list.size) < end) return new CelError(`${problem}list is length ${list.size}`);
  return new ArrayList([...elements(list)].slice(Number(start), Number(end)));
}
function flatten(list: CelValue | undefined, depth: CelValue | undefined): Result {
  const given = depth === undefined ? "" : typeNameOf(depth);
  if (!(list instanceof List) || (depth !== undefined && typeof depth !== "bigint"))
    return new CelError(`no such overload: ${typeNameOf(list ?? null)}.flatten(${given})`);
  return flattened(list, depth ?? 1n);
}
function flattened(list: CelList, depth: bigint): Result {
  if (depth < 0n) return new CelError("level must be non-negative");
  const flat = (from: CelList, left: bigint): Result[] =>
    [...elements(from)].flatMap((item) => (item instanceof List && left > 0n ? flat(item, left - 1n) : [item]));
  return new ArrayList(flat(list, depth));
}
function distinct(list: CelList): Result {
  const unique: Result[] = [];
  for (const item of elements(list)) if (!unique.some((known) => equalResults(item, known) === true)) unique.push(item);
  return new ArrayList(unique);
}
function sortBy(list: CelList, keys: CelList): Result {
  if (list.size !== keys.size) {
    return new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`,
    );
  }
  const pairs: { readonly key: CelValue; readonly item: Result }[] = [];
  for (let i = 0; i < list.size; i++) {
    const key = keys.at(i);
    if (isError(key)) return key;
    if (!isComparable(key)) return new CelError("list elements must be comparable");
    pairs.push({ key, item: list.at(i) });
  }
  const [first] = pairs;
  if (first !== undefined && pairs.some((pair) => typeNameOf(pair.key) !== typeNameOf(first.key)))
    return new CelError("list elements must have the same type");
  pairs.sort((a, b) => {
    const order = compareValues(a.key, b.key);
    return order instanceof CelError ? 0 : order;
  });
  return new ArrayList(pairs.map((pair) => pair.item));
}
/** A longer range would cost more than any limit allows. */
const range = (count: bigint): Result =>
  count > BigInt(LIST_ELEMENTS_MAX)
    ? new CelError("operation cancelled: actual cost limit exceeded")
    : new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i)));

const allocates = (size: CostRange, factor: number): CallEstimate => ({ cost: add(scale(size, factor), fixed(1 + LIST_COST)), size });
const allocated = (size: number, factor: number): number => Math.trunc(size * factor) + 1 + LIST_COST;
const literalInt = (node: CostNode | undefined, otherwise: number): number =>
  typeof node?.literal === "bigint" ? Math.max(0, Number(node.literal)) : otherwise;

const copies: FunctionCost = {
  fromResult: true,
  byOverload: true,
  actual: (_overload, _args, result) => allocated(actualSize(result), 1),
  estimate: (_overload, target) => target && allocates(target.size, 1),
};
const slices: FunctionCost = {
  ...copies,
  estimate: (_overload, target, [start, end]) =>
    target && allocates(fixed(Math.max(0, literalInt(end, target.size.max) - literalInt(start, 0))), 1),
};
const flattens: FunctionCost = {
  byOverload: true,
  actual: (_overload, [list, depth]) => allocated(actualSize(list ?? null), typeof depth === "bigint" ? Number(depth) : 1),
  estimate: (_overload, target, [depth]) => target && allocates(target.size, depth === undefined ? 1 : literalInt(depth, COST_MAX)),
};
const ranges: FunctionCost = { ...copies, estimate: (_overload, _target, [count]) => allocates(fixed(literalInt(count, COST_MAX)), 1) };

/** Every element may be compared with every other one. */
const selfCompared = (list: CelValue | undefined): number => {
  const size = actualSize(list ?? null);
  const first = list instanceof List && list.size > 0 ? list.at(0) : undefined;
  const isText = typeof first === "string" || first instanceof Uint8Array;
  return allocated(size * size, isText ? 2 + TRAVERSAL : 2);
};
const sorts = (which: 0 | 1): FunctionCost => ({
  byOverload: true,
  actual: (_overload, args) => selfCompared(args[which]),
  estimate: (overload, target, args) => {
    const node = which === 0 ? target : args[0];
    const factor = /^list_(string|bytes)_/.test(overload) ? 2 + TRAVERSAL : 2;
    return node && allocates(multiply(node.size, node.size), factor);
  },
});
const distincts: FunctionCost = {
  byOverload: true,
  actual: (_overload, [list]) => selfCompared(list),
  estimate: (_overload, target) => target && allocates(multiply(target.size, target.size), 2),
};
const setCost = (factor: number): FunctionCost => ({
  byOverload: true,
  actual: (_overload, [a, b]) => 1 + Math.trunc(actualSize(a ?? null) * actualSize(b ?? null) * factor),
  estimate: (_overload, _target, [a, b]) => a && b && { cost: add(scale(multiply(a.size, b.size), factor), fixed(1)) },
});

const T = param("T");
const LIST_T = listOf(T);
const containsAll = (list: CelList, part: CelList): Result => {
  for (const item of elements(part)) {
    const found = isError(item) ? item : list.contains(item);
    if (found !== true) return found;
  }
  return true;
};
function equivalent(a: CelList, b: CelList): Result {
  const first = containsAll(a, b);
  return first === true ? containsAll(b, a) : first;
}
const intersects = (a: CelList, b: CelList): Result => [...elements(a)].some((item) => !isError(item) && b.contains(item) === true);
const onSets = (name: string, factor: number, run: (a: CelList, b: CelList) => Result): FunctionRow => ({
  name: `sets.${name}`,
  cost: setCost(factor),
  overloads: [global(`list_sets_${name}_list`, [LIST_T, LIST_T], BOOL, (a, b) => run(a as CelList, b as CelList))],
});

export const LISTS: readonly FunctionRow[] = [
  {
    name: "isSorted",
    cost: elementwise,
    overloads: overComparable(
      (type) => `list_${type}_is_sorted_bool`,
      () => BOOL,
      isSorted,
    ),
  },
  {
    name: "sum",
    cost: elementwise,
    overloads: SUMMABLE.map(([type, zero]) =>
      member(`list_${type.kind}_sum_${type.kind}`, [listOf(type)], type, (list) => sum(list as CelList, zero)),
    ),
  },
  {
    name: "max",
    cost: elementwise,
    overloads: overComparable(
      (type) => `list_${type}_max_${type}`,
      (type) => type,
      (list) => extreme(list, "max", -1),
    ),
  },
  {
    name: "min",
    cost: elementwise,
    overloads: overComparable(
      (type) => `list_${type}_min_${type}`,
      (type) => type,
      (list) => extreme(list, "min", 1),
    ),
  },
  {
    name: "indexOf",
    cost: elementwise,
    overloads: [member("list_a_index_of_int", [listOf(T), T], INT, (list, item) => indexOf(list as CelList, item as CelValue, "first"))],
  },
  {
    name: "lastIndexOf",
    cost: elementwise,
    overloads: [
      member("list_a_last_index_of_int", [listOf(T), T], INT, (list, item) => indexOf(list as CelList, item as CelValue, "last")),
    ],
  },
  {
    name: "slice",
    cost: slices,
    overloads: [
      member("list_slice", [LIST_T, INT, INT], LIST_T, (list, start, end) => slice(list as CelList, start as bigint, end as bigint)),
    ],
  },
  {
    name: "flatten",
    cost: flattens,
    overloads: [
      { ...member("list_flatten", [listOf(LIST_T)], LIST_T, (list) => flatten(list, undefined)), unguarded: true },
      {
        ...member("list_flatten_int", [listOf(DYN), INT], listOf(DYN), (list, depth) => flatten(list, depth)),
        unguarded: true,
      },
    ],
  },
  {
    name: "sort",
    cost: sorts(0),
    operand: (list) => list instanceof List,
    run: (list) => sortBy(list as CelList, list as CelList),
    overloads: COMPARABLE.map((type) => member(`list_${typeName(type)}_sort`, [listOf(type)], listOf(type))),
  },
  {
    name: "@sortByAssociatedKeys",
    cost: sorts(1),
    run: (list, keys) => sortBy(list as CelList, keys as CelList),
    overloads: COMPARABLE.map((type) => member(`list_${typeName(type)}_sortByAssociatedKeys`, [LIST_T, listOf(type)], LIST_T)),
  },
  { name: "lists.range", cost: ranges, overloads: [global("lists_range", [INT], listOf(INT), (count) => range(count as bigint))] },
  {
    name: "reverse",
    cost: copies,
    overloads: [member("list_reverse", [LIST_T], LIST_T, (list) => new ArrayList([...elements(list as CelList)].reverse()))],
  },
  { name: "distinct", cost: distincts, overloads: [member("list_distinct", [LIST_T], LIST_T, (list) => distinct(list as CelList))] },
  onSets("contains", 1, containsAll),
  onSets("equivalent", 2, equivalent),
  onSets("intersects", 1, intersects),
];
