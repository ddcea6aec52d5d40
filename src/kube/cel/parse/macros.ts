import { RECURSION_MAX } from "../limits.js";
import type { CelValue } from "../values.js";
import {
  ACCU,
  AND,
  type Call,
  CONDITIONAL,
  type Comprehension,
  descendants,
  type Expr,
  type Ident,
  type ListExpr,
  type Literal,
  NOT,
  NOT_STRICTLY_FALSE,
  OLD_ACCU,
  OR,
} from "./ast.js";

/** A macro is expanded by the parser: `fail` ends it with an error at a node. undefined: an ordinary call after all. */
export type Macro = (use: MacroUse) => Expr;
export interface MacroUse {
  /** Nodes that macros of the expression may still write twice. */
  readonly copies: { left: number };
  readonly at: number;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}
export class MacroError extends Error {
  override readonly name = "MacroError";
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const literal = (at: number, value: CelValue): Literal => ({ kind: "literal", at, value });
const ident = (at: number, name: string): Ident => ({ kind: "ident", at, name });
const call = (at: number, fn: string, ...args: readonly Expr[]): Call => ({ kind: "call", at, fn, target: undefined, args });
const member = (at: number, fn: string, target: Expr): Call => ({ kind: "call", at, fn, target, args: [] });
const list = (at: number, ...elements: readonly Expr[]): ListExpr => ({ kind: "list", at, elements, optionals: new Set() });

type Loop = Pick<Comprehension, "init" | "condition" | "step" | "result">;

const quantifiers: Readonly<Record<string, (at: number, predicate: Expr) => Loop>> = {
  all: (at, predicate) => ({
    init: literal(at, true),
    condition: call(at, NOT_STRICTLY_FALSE, ident(at, ACCU)),
    step: call(at, AND, ident(at, ACCU), predicate),
    result: ident(at, ACCU),
  }),
  exists: (at, predicate) => ({
    init: literal(at, false),
    condition: call(at, NOT_STRICTLY_FALSE, call(at, NOT, ident(at, ACCU))),
    step: call(at, OR, ident(at, ACCU), predicate),
    result: ident(at, ACCU),
  }),
  existsOne: (at, predicate) => ({
    init: literal(at, 0n),
    condition: literal(at, true),
    step: call(at, CONDITIONAL, predicate, call(at, "_+_", ident(at, ACCU), literal(at, 1n)), ident(at, ACCU)),
    result: call(at, "_==_", ident(at, ACCU), literal(at, 1n)),
  }),
};

const collect = (at: number, init: Expr, step: Expr, filter: Expr | undefined): Loop => ({
  init,
  condition: literal(at, true),
  step: filter === undefined ? step : call(at, CONDITIONAL, filter, step, ident(at, ACCU)),
  result: ident(at, ACCU),
});

function oneVariable(complaint: string, loop: (use: MacroUse) => Loop): Macro {
  return (use) => {
    const [variable] = use.args as [Expr];
    const iter = variableName(variable, complaint);
    return { kind: "comprehension", at: use.at, range: use.target as Expr, iter, iter2: undefined, accu: ACCU, ...loop(use) };
  };
}

function twoVariables(loop: (use: MacroUse, key: string) => Loop): Macro {
  return (use) => {
    const [first, second] = use.args as [Expr, Expr];
    if (first.kind !== "ident") throw new MacroError(first.at, "argument must be a simple name");
    if (second.kind !== "ident") throw new MacroError(second.at, "argument must be a simple name");
    if (first.name === second.name) throw new MacroError(second.at, `duplicate variable name: ${first.name}`);
    const iter = variableName(first, "argument must be a simple name");
    const iter2 = variableName(second, "argument must be a simple name");
    return { kind: "comprehension", at: use.at, range: use.target as Expr, iter, iter2, accu: ACCU, ...loop(use, iter) };
  };
}

function variableName(variable: Expr, complaint: string): string {
  if (variable.kind !== "ident") throw new MacroError(variable.at, complaint);
  if (variable.name === ACCU || variable.name === OLD_ACCU)
    throw new MacroError(variable.at, "iteration variable overwrites accumulator variable");
  return variable.name;
}

const quantifier = (name: string): Macro =>
  oneVariable("argument must be a simple name", (use) => (quantifiers[name] as (typeof quantifiers)[string])(use.at, use.args[1] as Expr));
const quantifier2 = (name: string): Macro =>
  twoVariables((use) => (quantifiers[name] as (typeof quantifiers)[string])(use.at, use.args[2] as Expr));

const mapMacro = oneVariable("argument is not an identifier", ({ at, args }) => {
  const fn = args[args.length - 1] as Expr;
  return collect(at, list(at), call(at, "_+_", ident(at, ACCU), list(at, fn)), args.length === 3 ? args[1] : undefined);
});
const filterMacro = oneVariable("argument is not an identifier", ({ at, args }) =>
  collect(at, list(at), call(at, "_+_", ident(at, ACCU), list(at, args[0] as Expr)), args[1]),
);
const transformList = twoVariables(({ at, args }) =>
  collect(at, list(at), call(at, "_+_", ident(at, ACCU), list(at, args[args.length - 1] as Expr)), args.length === 4 ? args[2] : undefined),
);
const emptyMap = (at: number): Expr => ({ kind: "map", at, entries: [] });
const transformMap = twoVariables(({ at, args }, key) =>
  collect(
    at,
    emptyMap(at),
    call(at, "cel.@mapInsert", ident(at, ACCU), ident(at, key), args[args.length - 1] as Expr),
    args.length === 4 ? args[2] : undefined,
  ),
);
const transformMapEntry = twoVariables(({ at, args }) =>
  collect(
    at,
    emptyMap(at),
    call(at, "cel.@mapInsert", ident(at, ACCU), args[args.length - 1] as Expr),
    args.length === 4 ? args[2] : undefined,
  ),
);

const has: Macro = ({ at, args }) => {
  const [tested] = args as [Expr];
  if (tested.kind !== "select") throw new MacroError(tested.at, "invalid argument to has() macro");
  return { kind: "select", at, operand: tested.operand, field: tested.field, test: true };
};

/** A name for a value within an expression: a loop over nothing whose accumulator it is. */
const binding = (at: number, name: string, parts: { readonly value: Expr; readonly within: Expr }): Comprehension => ({
  kind: "comprehension",
  at,
  range: list(at),
  iter: "#unused",
  iter2: undefined,
  accu: name,
  init: parts.value,
  condition: literal(at, false),
  step: ident(at, name),
  result: parts.within,
});

function optionalMacro(name: string): Macro {
  return ({ at, target, args, copies }) => {
    const [variable, body] = args as [Expr, Expr];
    if (variable.kind !== "ident") throw new MacroError(variable.at, `${name}() variable name must be a simple identifier`);
    const value = member(at, "value", copyBounded(at, target as Expr, copies));
    const bound = binding(at, variable.name, { value, within: body });
    const some = name === "optMap" ? call(at, "optional.of", bound) : bound;
    return call(at, CONDITIONAL, member(at, "hasValue", target as Expr), some, call(at, "optional.none"));
  };
}

/** The list is bound to a name, for it is read twice: to be sorted, and for its keys. */
const sortBy: Macro = ({ at, target, args, copies }) => {
  const list0 = target as Expr;
  if (list0.kind === "literal" || list0.kind === "map" || list0.kind === "struct") {
    throw new MacroError(list0.at, "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
  }
  const bound = "@__sortBy_input__";
  const keys = mapMacro({ at, target: ident(at, bound), args, copies });
  const sorted: Expr = { kind: "call", at, fn: "@sortByAssociatedKeys", target: ident(at, bound), args: [keys] };
  return binding(at, bound, { value: list0, within: sorted });
};

/** A chain of optMap doubles its head in every link: without a bound, 40 links would fill the memory. */
function copyBounded(at: number, expr: Expr, copies: { left: number }): Expr {
  for (const _ of descendants(expr)) {
    copies.left--;
    if (copies.left < 0) throw new MacroError(at, `expression recursion limit exceeded: ${RECURSION_MAX}`);
  }
  return copyExpr(expr);
}

/** Nodes are identities (types are kept by node): what occurs twice is checked twice. */
function copyExpr(expr: Expr): Expr {
  switch (expr.kind) {
    case "literal":
    case "ident":
      return { ...expr };
    case "select":
      return { ...expr, operand: copyExpr(expr.operand) };
    case "call":
      return { ...expr, target: expr.target && copyExpr(expr.target), args: expr.args.map(copyExpr) };
    case "list":
      return { ...expr, elements: expr.elements.map(copyExpr) };
    case "map":
      return { ...expr, entries: expr.entries.map((e) => ({ ...e, key: copyExpr(e.key), value: copyExpr(e.value) })) };
    case "struct":
      return { ...expr, fields: expr.fields.map((f) => ({ ...f, value: copyExpr(f.value) })) };
    case "comprehension":
      return {
        ...expr,
        range: copyExpr(expr.range),
        init: copyExpr(expr.init),
        condition: copyExpr(expr.condition),
        step: copyExpr(expr.step),
        result: copyExpr(expr.result),
      };
  }
}

/** cel.bind(name, value, expression) */
export const bindMacro: Macro = ({ at, args }) => {
  const [variable, value, body] = args as [Expr, Expr, Expr];
  if (variable.kind !== "ident") throw new MacroError(variable.at, "cel.bind() variable names must be simple identifiers");
  return binding(at, variable.name, { value, within: body });
};

const MACROS: Readonly<Record<string, Macro>> = {
  "has:1:false": has,
  "all:2:true": quantifier("all"),
  "exists:2:true": quantifier("exists"),
  "exists_one:2:true": quantifier("existsOne"),
  "map:2:true": mapMacro,
  "map:3:true": mapMacro,
  "filter:2:true": filterMacro,
  "sortBy:2:true": sortBy,
  "optMap:2:true": optionalMacro("optMap"),
  "optFlatMap:2:true": optionalMacro("optFlatMap"),
  "all:3:true": quantifier2("all"),
  "exists:3:true": quantifier2("exists"),
  "existsOne:3:true": quantifier2("existsOne"),
  "exists_one:3:true": quantifier2("existsOne"),
  "transformList:3:true": transformList,
  "transformList:4:true": transformList,
  "transformMap:3:true": transformMap,
  "transformMap:4:true": transformMap,
  "transformMapEntry:3:true": transformMapEntry,
  "transformMapEntry:4:true": transformMapEntry,
};

export const macroFor = (fn: string, args: number, receiver: boolean): Macro | undefined => {
  const key = `${fn}:${args}:${receiver}`;
  return Object.hasOwn(MACROS, key) ? MACROS[key] : undefined;
};
