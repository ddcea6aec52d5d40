import { type CelType, DYN, parameters } from "../celtypes.js";
import { add, COST_MAX, estimateCall, fixed, LIST_COST, MAP_COST, multiply, SELECT_COST, STRUCT_COST, UNKNOWN, union } from "../cost.js";
import type { CallEstimate, CostNode, FunctionRow } from "../functions.js";
import {
  ACCU,
  AND,
  type Call,
  CONDITIONAL,
  type Comprehension,
  type Expr,
  type ListExpr,
  type MapExpr,
  OLD_ACCU,
  OR,
  type Select,
  type Struct,
} from "../parse/ast.js";
import type { CostRange, SizeOf } from "../types.js";
import { type CelValue, codePoints } from "../values.js";
import type { Checked } from "./checker.js";

/** The worst case of an expression over all values its types allow. Follows cel-go's checker/cost.go step by step: CRDs are refused by
 *  these numbers. */
export function estimate(checked: Checked, sizes: SizeOf): CostRange {
  return new Estimator(checked, sizes).cost(checked.expr);
}

/** Sizes of what an aggregate holds. */
interface EntrySize {
  readonly container: "list" | "map";
  readonly key: CostRange;
  readonly value: CostRange;
}
interface Local {
  readonly path: readonly string[];
  readonly size: CostRange | undefined;
  readonly entry: EntrySize | undefined;
}

class Estimator {
  readonly #checked: Checked;
  readonly #sizes: SizeOf;
  readonly #paths = new Map<Expr, readonly string[]>();
  readonly #computed = new Map<Expr, CostRange>();
  readonly #entries = new Map<Expr, EntrySize>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, sizes: SizeOf) {
    this.#checked = checked;
    this.#sizes = sizes;
  }

  cost(expr: Expr): CostRange {
    switch (expr.kind) {
      case "literal":
        return fixed(0);
      case "ident":
        this.#paths.set(expr, this.#local(expr.name)?.path ?? [expr.name]);
        return fixed(SELECT_COST);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        return this.#struct(expr);
      case "comprehension":
        return isBinding(expr) ? this.#binding(expr) : this.#comprehension(expr);
    }
  }

  #type(expr: Expr): CelType {
    return this.#checked.types.get(expr) ?? DYN;
  }
  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }
  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name) ?? [];
    stack.push(local);
    this.#locals.set(name, stack);
  }
  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }
  #path(expr: Expr): readonly string[] {
    const local = expr.kind === "ident" ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr) ?? [];
  }

  #select(expr: Select): CostRange {
    // A name with dots is one variable.
    const reference = this.#checked.references.get(expr);
    if (reference?.kind === "ident") {
      this.#paths.set(expr, [reference.name]);
      return fixed(SELECT_COST);
    }
    const operand = this.cost(expr.operand);
    if (expr.test) return operand;
    this.#paths.set(expr, [...this.#path(expr.operand), expr.field]);
    return ["map", "object", "param"].includes(this.#type(expr.operand).kind) ? add(operand, fixed(SELECT_COST)) : operand;
  }

  #call(expr: Call): CostRange {
    const reference = this.#checked.references.get(expr);
    if (expr.fn === "dyn" && expr.target === undefined) return this.#dyn(expr);
    const args = expr.args.map((arg) => ({ cost: this.cost(arg), node: this.#node(arg) }));
    // Optional selection has no entry among the functions.
    if (reference?.kind !== "function") return expr.fn === "_?._" ? this.#optionalSelect(expr, args[0]?.cost ?? fixed(0)) : fixed(0);
    const target = reference.receiver ? expr.target : undefined;
    const targetCost = target === undefined ? fixed(0) : this.cost(target);
    const targetNode = target === undefined ? undefined : this.#node(target);
    let cost: CostRange = { min: COST_MAX, max: 0 };
    let size: CostRange | undefined;
    for (const overload of reference.overloads) {
      const call = this.#function(expr, { row: reference.row, overload: overload.id, target: targetNode, args });
      cost = union(cost, call.cost);
      if (call.size !== undefined) size = size === undefined ? call.size : union(size, call.size);
      size = this.#indexed(expr, overload.id, size) ?? this.#size(expr);
    }
    if (size !== undefined) this.#computed.set(expr, size);
    return add(targetCost, cost);
  }

  #optionalSelect(expr: Call, operand: CostRange): CostRange {
    const size = this.#size(expr);
    if (size !== undefined) this.#computed.set(expr, size);
    return add(operand, fixed(1));
  }

  /** An index leads on into the schema. */
  #indexed(expr: Call, overload: string, size: CostRange | undefined): CostRange | undefined {
    const step = overload === "index_list" ? "@items" : overload === "index_map" ? "@values" : undefined;
    const [first] = expr.args;
    if (step === undefined || first === undefined) return size;
    this.#paths.set(expr, [...this.#path(first), step]);
    return this.#entry(first)?.value;
  }

  #dyn(expr: Call): CostRange {
    const [arg] = expr.args as [Expr];
    const cost = this.cost(arg);
    this.#copySizes(expr, arg);
    return add(fixed(1), cost);
  }

  #function(
    expr: Call,
    call: {
      readonly row: FunctionRow;
      readonly overload: string;
      readonly target: CostNode | undefined;
      readonly args: readonly { readonly cost: CostRange; readonly node: CostNode }[];
    },
  ): CallEstimate {
    const nodes = call.args.map((arg) => arg.node);
    const costs = call.args.map((arg) => arg.cost) as [CostRange, CostRange, CostRange];
    const own = call.row.cost?.estimate?.(call.overload, call.target, nodes);
    if (own !== undefined) return { ...own, cost: add(own.cost, ...costs) };
    switch (call.row.name) {
      case AND:
      case OR:
        return { cost: { min: costs[0].min, max: add(costs[0], costs[1]).max } };
      case CONDITIONAL:
        return this.#conditional(expr, costs);
      default: {
        if (call.row.name === "_+_") this.#concatenated(expr);
        const estimated = estimateCall(call.overload, call.target, nodes);
        return { ...estimated, cost: add(estimated.cost, ...costs) };
      }
    }
  }

  #conditional(expr: Call, costs: readonly [CostRange, CostRange, CostRange]): CallEstimate {
    const [, yes, no] = expr.args as [Expr, Expr, Expr];
    this.#setEntry(expr, unionEntries(this.#entry(yes), this.#entry(no)));
    return { cost: add(costs[0], union(costs[1], costs[2])), size: union(this.#sizeOrUnknown(yes), this.#sizeOrUnknown(no)) };
  }

  #concatenated(expr: Call): void {
    const [left, right] = expr.args as [Expr, Expr];
    this.#setEntry(expr, unionEntries(this.#entry(left), this.#entry(right)));
  }

  #list(expr: ListExpr): CostRange {
    let item: CostRange = expr.elements.length === 0 ? fixed(0) : { min: COST_MAX, max: 0 };
    let cost = fixed(LIST_COST);
    for (const element of expr.elements) {
      cost = add(cost, this.cost(element));
      item = union(item, this.#sizeOrUnknown(element));
    }
    this.#setEntry(expr, { container: "list", key: fixed(1), value: item });
    return cost;
  }

  #map(expr: MapExpr): CostRange {
    let key: CostRange = expr.entries.length === 0 ? fixed(0) : { min: COST_MAX, max: 0 };
    let value = key;
    let cost = fixed(MAP_COST);
    for (const entry of expr.entries) {
      cost = add(cost, this.cost(entry.key), this.cost(entry.value));
      key = union(key, this.#sizeOrUnknown(entry.key));
      value = union(value, this.#sizeOrUnknown(entry.value));
    }
    this.#setEntry(expr, { container: "map", key, value });
    return cost;
  }

  #struct(expr: Struct): CostRange {
    return add(fixed(STRUCT_COST), ...expr.fields.map((f) => this.cost(f.value)));
  }

  #comprehension(expr: Comprehension): CostRange {
    const before = add(this.cost(expr.range), this.cost(expr.init));
    this.#push(expr.accu, { path: this.#path(expr.init), size: this.#size(expr.init), entry: this.#entry(expr.init) });
    this.#pushIteration(expr);
    const turn = add(this.cost(expr.step), this.cost(expr.condition));
    this.#pop(expr.iter);
    if (expr.iter2 !== undefined) this.#pop(expr.iter2);
    const result = this.cost(expr.result);
    this.#pop(expr.accu);
    const count = this.#sizeOrUnknown(expr.range);
    if (expr.init.kind === "literal") this.#setSize(expr, this.#size(expr.init));
    if (expr.init.kind === "list" || expr.init.kind === "map") {
      this.#setSize(expr, count);
      this.#setEntry(expr, this.#entry(expr.step));
    }
    return add(before, result, multiply(count, turn));
  }

  #pushIteration(expr: Comprehension): void {
    const entry = this.#entry(expr.range);
    const isList = (entry?.container ?? this.#type(expr.range).kind) === "list";
    const below = (step: string): readonly string[] => [...this.#path(expr.range), step];
    if (expr.iter2 !== undefined) {
      this.#push(expr.iter, { path: below(isList ? "@indices" : "@keys"), size: entry?.key, entry: undefined });
      this.#push(expr.iter2, { path: below(isList ? "@items" : "@values"), size: entry?.value, entry: undefined });
      return;
    }
    this.#push(expr.iter, { path: below(isList ? "@items" : "@keys"), size: isList ? entry?.value : entry?.key, entry: undefined });
  }

  /** A loop over nothing that only gives its accumulator a name. */
  #binding(expr: Comprehension): CostRange {
    const before = add(this.cost(expr.range), this.cost(expr.init));
    this.#push(expr.accu, { path: this.#path(expr.init), size: this.#size(expr.init), entry: this.#entry(expr.init) });
    const result = this.cost(expr.result);
    this.#pop(expr.accu);
    this.#copySizes(expr, expr.result);
    return add(before, result);
  }

  #node(expr: Expr): CostNode {
    const path = this.#path(expr);
    const known = path[0] === ACCU || path[0] === OLD_ACCU ? [] : path;
    return this.#costNode(this.#type(expr), known, { literal: expr.kind === "literal" ? expr.value : undefined, size: this.#size(expr) });
  }
  #costNode(
    type: CelType,
    path: readonly string[],
    known: { readonly literal?: CelValue | undefined; readonly size: CostRange | undefined },
  ): CostNode {
    return {
      type,
      literal: known.literal,
      size: known.size ?? this.#schemaSize(path) ?? UNKNOWN,
      elements: () => {
        const [elem] = parameters(type);
        return elem === undefined ? undefined : this.#costNode(elem, path.length === 0 ? [] : [...path, "@items"], { size: undefined });
      },
    };
  }

  #schemaSize(path: readonly string[]): CostRange | undefined {
    const max = path.length === 0 ? undefined : this.#sizes(path);
    return max === undefined ? undefined : { min: 0, max };
  }
  #sizeOrUnknown(expr: Expr): CostRange {
    return this.#size(expr) ?? UNKNOWN;
  }
  #size(expr: Expr): CostRange | undefined {
    const known = this.#computed.get(expr) ?? literalSize(expr);
    if (known !== undefined) return known;
    const schema = this.#schemaSize(this.#path(expr));
    if (schema !== undefined) {
      this.#computed.set(expr, schema);
      return schema;
    }
    if (isScalar(this.#type(expr))) return fixed(1);
    return expr.kind === "ident" ? this.#local(expr.name)?.size : undefined;
  }
  #entry(expr: Expr): EntrySize | undefined {
    return this.#entries.get(expr) ?? (expr.kind === "ident" ? this.#local(expr.name)?.entry : undefined);
  }
  #setSize(expr: Expr, size: CostRange | undefined): void {
    if (size !== undefined) this.#computed.set(expr, size);
  }
  #setEntry(expr: Expr, entry: EntrySize | undefined): void {
    if (entry !== undefined) this.#entries.set(expr, entry);
  }
  #copySizes(to: Expr, from: Expr): void {
    this.#setSize(to, this.#size(from));
    this.#setEntry(to, this.#entry(from));
  }
}

function unionEntries(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}

const isBinding = (expr: Comprehension): boolean =>
  expr.range.kind === "list" &&
  expr.range.elements.length === 0 &&
  expr.condition.kind === "literal" &&
  expr.condition.value === false &&
  expr.accu !== OLD_ACCU;

function literalSize(expr: Expr): CostRange | undefined {
  switch (expr.kind) {
    case "literal":
      return fixed(typeof expr.value === "string" ? codePoints(expr.value) : expr.value instanceof Uint8Array ? expr.value.length : 1);
    case "list":
      return fixed(expr.elements.length);
    case "map":
      return fixed(expr.entries.length);
    default:
      return undefined;
  }
}

function isScalar(type: CelType): boolean {
  const [inner] = parameters(type);
  if (type.kind === "opaque" && type.name === "optional_type" && inner !== undefined) return isScalar(inner);
  return ["bool", "double", "duration", "int", "timestamp", "uint"].includes(type.kind);
}
