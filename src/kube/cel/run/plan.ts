import { typeName } from "../celtypes.js";
import type { Checked } from "../check/checker.js";
import { callCost, LIST_COST, MAP_COST, SELECT_COST, STRUCT_COST } from "../cost.js";
import { compileRegex } from "../libraries/regex.js";
import {
  AND,
  type Call,
  CONDITIONAL,
  type Comprehension,
  type Expr,
  INDEX,
  type ListExpr,
  type MapExpr,
  OPT_INDEX,
  OPT_SELECT,
  OR,
  type Select,
  type Struct,
} from "../parse/ast.js";
import {
  ArrayList,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  EntryMap,
  elements,
  formatValue,
  GrowingList,
  isError,
  NO_SUCH_OVERLOAD,
  Optional,
  type Result,
  TypeValue,
  typeNameOf,
  Uint,
} from "../values.js";
import { type ComprehensionScope, spend } from "./frame.js";
import { invoke } from "./invoke.js";
import { qualify } from "./qualify.js";
import { LoopScope } from "./scope.js";

/** A node as a closure. `constant`: its value, already known. `attribute`: a path from a variable, which costs less to go on from. */
export interface Step {
  readonly run: (scope: ComprehensionScope) => Result;
  readonly constant?: CelValue;
  readonly attribute?: true;
  /** What the step costs less as a branch of a conditional: cel-go does not observe the path there, only its parts. */
  readonly branchDiscount?: number;
  /** The program cannot be made: a conversion of a constant fails. */
  readonly broken?: CelError;
}

const constant = (value: CelValue): Step => ({ run: () => value, constant: value });
const isConstant = (step: Step): step is Step & { readonly constant: CelValue } => step.constant !== undefined;

/** A checked expression as one closure, or why there cannot be one. */
export function planProgram(checked: Checked): Step["run"] | CelError {
  const problems: CelError[] = [];
  const step = plan(checked.expr, { ...checked, problems });
  return problems[0] ?? step.run;
}
type Planning = Checked & { readonly problems: CelError[] };

/** Turns a checked expression into closures that pay what cel-go's observers count. */
function plan(expr: Expr, checked: Planning): Step {
  const step = planNode(expr, checked);
  if (step.broken !== undefined) checked.problems.push(step.broken);
  return step;
}

function planNode(expr: Expr, checked: Planning): Step {
  switch (expr.kind) {
    case "literal":
      return constant(expr.value);
    case "ident":
      return planIdent(expr, checked);
    case "select":
      return planSelect(expr, checked);
    case "call":
      return planCall(expr, checked);
    case "list":
      return planList(expr, checked);
    case "map":
      return planMap(expr, checked);
    case "struct":
      return planStruct(expr, checked);
    case "comprehension":
      return planComprehension(expr, checked);
  }
}

function planIdent(expr: Expr, checked: Planning): Step {
  const reference = checked.references.get(expr);
  if (reference?.kind !== "ident") return { run: () => new CelError("no such attribute(s): ") };
  if (reference.typeValue) {
    const type = checked.types.get(expr);
    return constant(new TypeValue(type?.kind === "type" && type.of !== undefined ? typeName(type.of) : reference.name));
  }
  const name = reference.name;
  const missing = new CelError(`no such attribute(s): ${name}`);
  return {
    attribute: true,
    branchDiscount: SELECT_COST,
    run: (scope) => {
      const value = scope.lookup(name);
      spend(scope.meter, SELECT_COST);
      return value === undefined ? missing : value;
    },
  };
}

function planSelect(expr: Select, checked: Planning): Step {
  if (checked.references.get(expr)?.kind === "ident") return planIdent(expr, checked);
  const operand = plan(expr.operand, checked);
  const key = expr.field;
  // A value that is no path of a variable becomes one first, which has its own price.
  const extra = operand.attribute ? 0 : SELECT_COST;
  if (expr.test) {
    return {
      attribute: true,
      run: (scope) => {
        const value = operand.run(scope);
        // The path itself is free in a presence test, the field is not.
        spend(scope.meter, extra - SELECT_COST);
        if (isError(value)) return value;
        if (isNone(value)) return false;
        spend(scope.meter, SELECT_COST);
        return presence(qualify(value, key, { optional: true }));
      },
    };
  }
  return {
    attribute: true,
    branchDiscount: SELECT_COST,
    run: (scope) => {
      const value = operand.run(scope);
      spend(scope.meter, extra);
      if (isError(value)) return value;
      const found = qualify(value, key, { optional: false });
      // Under an optional only what is there is paid for.
      if (!isNone(found) || !(value instanceof Optional)) spend(scope.meter, SELECT_COST);
      return found;
    },
  };
}

const isNone = (value: Result): boolean => value instanceof Optional && value.value === undefined;
const presence = (found: Result): Result => (isError(found) ? found : found instanceof Optional && found.value !== undefined);

function planCall(expr: Call, checked: Planning): Step {
  const reference = checked.references.get(expr);
  if (expr.fn === OPT_SELECT) return planIndex(expr.args, checked, { optional: true });
  const [first, second, third] = expr.args as [Expr, Expr, Expr];
  switch (expr.target === undefined ? expr.fn : "") {
    case AND:
      return { run: logical(plan(first, checked), plan(second, checked), false) };
    case OR:
      return { run: logical(plan(first, checked), plan(second, checked), true) };
    case CONDITIONAL:
      return conditional(plan(first, checked), plan(second, checked), plan(third, checked));
    case INDEX:
      return planIndex(expr.args, checked, { optional: false });
    case OPT_INDEX:
      return planIndex(expr.args, checked, { optional: true });
    default:
  }
  if (reference?.kind !== "function") return { run: () => NO_SUCH_OVERLOAD };
  const nodes = reference.receiver && expr.target !== undefined ? [expr.target, ...expr.args] : expr.args;
  const args = nodes.map((node) => plan(node, checked));
  const [overload] = reference.overloads;
  const id = reference.overloads.length === 1 && overload !== undefined ? overload.id : "";
  if (reference.row.name === "or" || reference.row.name === "orValue")
    return optionalOr(args as [Step, Step], reference.row.name === "orValue");
  return optimized(reference.row.name, id, args) ?? strictCall({ row: reference.row, overloads: reference.overloads, id }, args);
}

type Target = { readonly row: Parameters<typeof invoke>[0]; readonly overloads: Parameters<typeof invoke>[1]; readonly id: string };

function strictCall(target: Target, args: readonly Step[]): Step {
  const lenient = target.row.name === "@not_strictly_false";
  // How cel-go dispatches calls of many arguments, and calls that could be several overloads.
  const sequential = args.length > 2 || (target.id === "" && target.row.run === undefined);
  const run = (scope: ComprehensionScope): Result => {
    const results = runAll(args, scope, sequential);
    const failed = results.find(isError);
    const result =
      failed !== undefined && !lenient
        ? failed
        : lenient
          ? notStrictlyFalse(results[0] as Result)
          : invoke(target.row, target.overloads, results as CelValue[]);
    if (results.length < args.length) return result;
    spend(scope.meter, callCost(target.row, target.id, results as CelValue[], result));
    return result;
  };
  if (CONVERSIONS.has(target.row.name) && args.length === 1 && args.every(isConstant)) {
    const folded = invoke(
      target.row,
      target.overloads,
      args.map((arg) => arg.constant),
    );
    return isError(folded) ? { run: () => folded, broken: folded } : constant(folded);
  }
  const [, pattern] = args;
  const regex =
    REGEX_FUNCTIONS.has(target.row.name) && pattern !== undefined && typeof pattern.constant === "string"
      ? compileRegex(pattern.constant)
      : undefined;
  if (regex instanceof CelError) return { run, broken: regex };
  return { run };
}
/** `sequential`: after an error no more arguments are evaluated; then the call is not paid for either. */
function runAll(args: readonly Step[], scope: ComprehensionScope, sequential: boolean): readonly Result[] {
  const results: Result[] = [];
  for (const arg of args) {
    const result = arg.run(scope);
    results.push(result);
    if (sequential && isError(result)) break;
  }
  return results;
}

const REGEX_FUNCTIONS = new Set(["matches", "find", "findAll"]);
const CONVERSIONS = new Set(["bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"]);

const notStrictlyFalse = (value: Result): Result => (typeof value === "boolean" ? value : true);

/** `x in [constants]` is a set: free, but for x. */
function optimized(name: string, overload: string, args: readonly Step[]): Step | undefined {
  if (name !== "@in" || overload !== "in_list") return undefined;
  const [needle, list] = args as [Step, Step];
  if (!isConstant(list) || !(list.constant instanceof CelList)) return undefined;
  if (list.constant.size === 0) return constant(false);
  const items = [...elements(list.constant)];
  if (!items.every((item) => item instanceof Uint || ["string", "boolean", "bigint", "number"].includes(typeof item))) return undefined;
  const set = new EntryMap(items.map((item) => [item as CelValue, true]));
  return {
    run: (scope) => {
      const value = needle.run(scope);
      return isError(value) ? value : set.find(value) !== undefined;
    },
  };
}

/** Errors are absorbed when the other side decides. */
function logical(left: Step, right: Step, decisive: boolean): Step["run"] {
  return (scope) => {
    const first = left.run(scope);
    if (first === decisive) return decisive;
    const second = right.run(scope);
    if (second === decisive) return decisive;
    if (typeof first !== "boolean") return isError(first) ? first : NO_SUCH_OVERLOAD;
    if (typeof second !== "boolean") return isError(second) ? second : NO_SUCH_OVERLOAD;
    return !decisive;
  };
}

function conditional(condition: Step, yes: Step, no: Step): Step {
  return {
    attribute: true,
    run: (scope) => {
      const value = condition.run(scope);
      if (typeof value === "boolean") {
        const branch = value ? yes : no;
        const result = branch.run(scope);
        spend(scope.meter, -(branch.branchDiscount ?? 0));
        return result;
      }
      return isError(value) ? value : NO_SUCH_OVERLOAD;
    },
  };
}

function optionalOr(args: readonly [Step, Step], unwrap: boolean): Step {
  const [left, right] = args;
  return {
    run: (scope) => {
      const value = left.run(scope);
      if (!(value instanceof Optional)) return value;
      if (value.value === undefined) return right.run(scope);
      return unwrap ? value.value : value;
    },
  };
}

function planIndex(nodes: readonly Expr[], checked: Planning, options: { readonly optional: boolean }): Step {
  const [operand, index] = nodes.map((node) => plan(node, checked)) as [Step, Step];
  const extra = operand.attribute ? 0 : SELECT_COST;
  const indexCost = index.attribute ? 0 : SELECT_COST;
  const unusable = index.constant === null ? "Null" : index.constant instanceof Uint8Array ? "Bytes" : undefined;
  return {
    ...(unusable === undefined ? {} : { broken: new CelError(`invalid qualifier type: types.${unusable}`) }),
    attribute: true,
    branchDiscount: SELECT_COST,
    run: (scope) => {
      const value = operand.run(scope);
      spend(scope.meter, extra);
      if (isError(value)) return value;
      const key = index.run(scope);
      if (isError(key)) return key;
      const found = qualify(value, key, options);
      if (!isNone(found) || !(options.optional || value instanceof Optional)) spend(scope.meter, indexCost);
      return found;
    },
  };
}

/** What is built is paid for, also when a part of it fails. */
function charged(scope: ComprehensionScope, cost: number, result: Result): Result {
  spend(scope.meter, cost);
  return result;
}

function planList(expr: ListExpr, checked: Planning): Step {
  const steps = expr.elements.map((element) => plan(element, checked));
  const run = (scope: ComprehensionScope): Result => {
    const items: CelValue[] = [];
    for (const [i, step] of steps.entries()) {
      const value = step.run(scope);
      if (isError(value)) return charged(scope, LIST_COST, value);
      if (!expr.optionals.has(i)) items.push(value);
      else if (!(value instanceof Optional))
        return new CelError(`cannot initialize optional list element from non-optional value ${formatValue(value)}`);
      else if (value.value !== undefined) items.push(value.value);
    }
    spend(scope.meter, LIST_COST);
    return new ArrayList(items);
  };
  if (expr.optionals.size === 0 && steps.every(isConstant)) return constant(new ArrayList(steps.map((step) => step.constant)));
  return { run };
}

function planMap(expr: MapExpr, checked: Planning): Step {
  const entries = expr.entries.map((entry) => ({
    key: plan(entry.key, checked),
    value: plan(entry.value, checked),
    optional: entry.optional,
  }));
  const run = (scope: ComprehensionScope): Result => {
    const map = new EntryMap();
    for (const entry of entries) {
      const key = entry.key.run(scope);
      if (isError(key)) return charged(scope, MAP_COST, key);
      const value = entry.value.run(scope);
      if (isError(value)) return charged(scope, MAP_COST, value);
      if (!entry.optional) map.set(key, value);
      else if (!(value instanceof Optional))
        return new CelError(`cannot initialize optional entry '${formatValue(key)}' from non-optional value ${formatValue(value)}`);
      else if (value.value === undefined) map.delete(key);
      else map.set(key, value.value);
    }
    spend(scope.meter, MAP_COST);
    return map;
  };
  if (entries.every((entry) => !entry.optional && isConstant(entry.key) && isConstant(entry.value))) {
    return constant(new EntryMap(entries.map((entry) => [entry.key.constant as CelValue, entry.value.constant as CelValue])));
  }
  return { run };
}

function planStruct(expr: Struct, checked: Planning): Step {
  const fields = expr.fields.map((f) => ({ name: f.name, value: plan(f.value, checked), optional: f.optional }));
  return {
    run: (scope) => {
      const map = new EntryMap();
      for (const f of fields) {
        const value = f.value.run(scope);
        if (isError(value)) return charged(scope, STRUCT_COST, value);
        if (!f.optional) map.set(f.name, value);
        else if (value instanceof Optional && value.value !== undefined) map.set(f.name, value.value);
      }
      spend(scope.meter, STRUCT_COST);
      return map;
    },
  };
}

function planComprehension(expr: Comprehension, checked: Planning): Step {
  const [range, init, condition, step, result] = [expr.range, expr.init, expr.condition, expr.step, expr.result].map((node) =>
    plan(node, checked),
  ) as [Step, Step, Step, Step, Step];
  return {
    run: (outer) => {
      const over = range.run(outer);
      if (isError(over)) return over;
      if (!(over instanceof CelList) && !(over instanceof CelMap)) return notIterable(over, expr.iter2 !== undefined);
      const scope = new LoopScope({
        parent: outer,
        accu: expr.accu,
        iter: expr.iter,
        iter2: expr.iter2,
        init: () => growable(init.run(outer)),
      });
      for (const [first, second] of turns(over, expr.iter2 !== undefined)) {
        scope.turn(first, second);
        if (condition.run(scope) === false) break;
        scope.accu = step.run(scope);
      }
      scope.turn(undefined, undefined);
      return frozen(result.run(scope));
    },
  };
}

/** The text names the type of the original's implementation. */
function notIterable(value: CelValue, two: boolean): CelError {
  const type = typeNameOf(value)
    .replace(/^google\.protobuf\./, "")
    .replace("null_type", "null");
  const shown = value instanceof Optional ? "*types.Optional" : `types.${type[0]?.toUpperCase()}${type.slice(1)}`;
  return new CelError(two ? `unsupported comprehension range type: ${shown}` : `got '${shown}', expected iterable type`);
}

/** Loops that collect start from nothing and own what they collect. */
const growable = (init: Result): Result => {
  if (init instanceof CelList && init.size === 0) return new GrowingList();
  return init instanceof EntryMap && init.size === 0 ? new EntryMap() : init;
};
const frozen = (result: Result): Result => (result instanceof GrowingList ? new ArrayList(result.items) : result);

function* turns(over: CelList | CelMap, two: boolean): Iterable<readonly [Result, Result | undefined]> {
  if (over instanceof CelList) {
    let index = 0n;
    for (const item of elements(over)) yield two ? [index++, item] : [item, undefined];
    return;
  }
  for (const key of over.keys()) yield two ? [key, over.find(key)] : [key, undefined];
}
