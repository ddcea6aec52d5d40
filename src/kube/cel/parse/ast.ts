import type { CelValue } from "../values.js";

/** `at`: UTF-16 offset in the source where errors about the node are shown. Types and references are kept beside the tree, by node. */
export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | Struct | Comprehension;
export interface Literal {
  readonly kind: "literal";
  readonly at: number;
  readonly value: CelValue;
}
export interface Ident {
  readonly kind: "ident";
  readonly at: number;
  readonly name: string;
}
export interface Select {
  readonly kind: "select";
  readonly at: number;
  readonly operand: Expr;
  readonly field: string;
  /** has(operand.field) */
  readonly test: boolean;
}
export interface Call {
  readonly kind: "call";
  readonly at: number;
  readonly fn: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}
export interface ListExpr {
  readonly kind: "list";
  readonly at: number;
  readonly elements: readonly Expr[];
  /** Indices of `?element`. */
  readonly optionals: ReadonlySet<number>;
}
export interface MapExpr {
  readonly kind: "map";
  readonly at: number;
  readonly entries: readonly MapEntry[];
}
export interface MapEntry {
  readonly at: number;
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}
export interface Struct {
  readonly kind: "struct";
  readonly at: number;
  readonly typeName: string;
  readonly fields: readonly StructField[];
}
export interface StructField {
  readonly at: number;
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
}
/** What loops are: accu = init; for (iter of range) { if (!condition) break; accu = step } result. */
export interface Comprehension {
  readonly kind: "comprehension";
  readonly at: number;
  readonly range: Expr;
  readonly iter: string;
  readonly iter2: string | undefined;
  readonly accu: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** The accumulator of loops; cannot be written in an expression. */
export const ACCU = "@result";
export const OLD_ACCU = "__result__";

/** Names of operators as functions. */
export const OPERATORS: Readonly<Record<string, string>> = {
  "+": "_+_",
  "-": "_-_",
  "*": "_*_",
  "/": "_/_",
  "%": "_%_",
  "==": "_==_",
  "!=": "_!=_",
  "<": "_<_",
  "<=": "_<=_",
  ">": "_>_",
  ">=": "_>=_",
  in: "@in",
};
export const AND = "_&&_";
export const OR = "_||_";
export const NOT = "!_";
export const NEGATE = "-_";
export const CONDITIONAL = "_?_:_";
export const INDEX = "_[_]";
export const OPT_INDEX = "_[?_]";
export const OPT_SELECT = "_?._";
export const NOT_STRICTLY_FALSE = "@not_strictly_false";

/** Children in the order they are evaluated or printed. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "literal":
    case "ident":
      return [];
    case "select":
      return [expr.operand];
    case "call":
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case "list":
      return expr.elements;
    case "map":
      return expr.entries.flatMap((entry) => [entry.key, entry.value]);
    case "struct":
      return expr.fields.map((f) => f.value);
    case "comprehension":
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
  }
}
export function* descendants(expr: Expr): Iterable<Expr> {
  yield expr;
  for (const child of children(expr)) yield* descendants(child);
}
