import { type CelType, DYN, formatType, sameType } from "../celtypes.js";
import { checkFormat } from "../libraries/format-check.js";
import { compileRegex } from "../libraries/regex.js";
import { type Call, children, type Expr, type ListExpr, type MapExpr } from "../parse/ast.js";
import type { Issue } from "../parse/errors.js";
import { invoke } from "../run/invoke.js";
import { CelError, type CelValue, isError } from "../values.js";
import type { Checked } from "./checker.js";
import { unwrapOptional } from "./unify.js";

/** What is refused though its types fit: literals that can only fail when they run, and aggregates of mixed types. */
export function validate(checked: Checked): readonly Issue[] {
  const issues: Issue[] = [];
  visit(checked.expr, checked, { issues, inFormat: false });
  return issues;
}

interface Walk {
  readonly issues: Issue[];
  /** The arguments of format() may be mixed. */
  readonly inFormat: boolean;
}

function visit(expr: Expr, checked: Checked, walk: Walk): void {
  if (expr.kind === "call") {
    literalArgument(expr, checked, walk.issues);
    formatArguments(expr, checked, walk.issues);
  }
  if (expr.kind === "list" && !walk.inFormat) mixedList(expr, checked, walk.issues);
  if (expr.kind === "map" && !walk.inFormat) mixedMap(expr, checked, walk.issues);
  const inFormat = walk.inFormat || (expr.kind === "call" && expr.fn === "format");
  for (const child of children(expr)) visit(child, checked, { issues: walk.issues, inFormat });
}

function literalArgument(expr: Call, checked: Checked, issues: Issue[]): void {
  const [first] = expr.args;
  if (first?.kind !== "literal" || !["duration", "timestamp", "matches"].includes(expr.fn)) return;
  const reference = checked.references.get(expr);
  if (reference?.kind !== "function") return;
  const fails =
    expr.fn === "matches"
      ? typeof first.value === "string" && compileRegex(first.value) instanceof CelError
      : isError(invoke(reference.row, reference.overloads, [first.value as CelValue]));
  if (fails) issues.push({ at: first.at, message: `invalid ${expr.fn} argument` });
}

/** text.format([...]) with both literal: the clauses must fit the arguments. */
function formatArguments(expr: Call, checked: Checked, issues: Issue[]): void {
  const [args] = expr.args;
  if (expr.fn !== "format" || expr.target?.kind !== "literal" || typeof expr.target.value !== "string" || args?.kind !== "list") return;
  const problem = checkFormat(expr.target.value, args.elements, (node) => checked.types.get(node) ?? DYN);
  if (problem !== undefined) issues.push({ at: problem.argument?.at ?? expr.at, message: problem.message });
}

const typeOf = (expr: Expr, checked: Checked, optional: boolean): CelType => {
  const type = checked.types.get(expr) ?? DYN;
  return optional ? (unwrapOptional(type) ?? type) : type;
};
const mismatch = (expr: Expr, expected: CelType, actual: CelType): Issue => ({
  at: expr.at,
  message: `expected type '${formatType(expected)}' but found '${formatType(actual)}'`,
});

function mixedList(expr: ListExpr, checked: Checked, issues: Issue[]): void {
  let expected: CelType | undefined;
  for (const [i, element] of expr.elements.entries()) {
    const type = typeOf(element, checked, expr.optionals.has(i));
    expected ??= type;
    if (sameType(expected, type)) continue;
    issues.push(mismatch(element, expected, type));
    return;
  }
}

function mixedMap(expr: MapExpr, checked: Checked, issues: Issue[]): void {
  let expected: { readonly key: CelType; readonly value: CelType } | undefined;
  for (const entry of expr.entries) {
    const types = { key: typeOf(entry.key, checked, false), value: typeOf(entry.value, checked, entry.optional) };
    expected ??= types;
    if (!sameType(expected.key, types.key)) issues.push(mismatch(entry.key, expected.key, types.key));
    if (!sameType(expected.value, types.value)) issues.push(mismatch(entry.value, expected.value, types.value));
  }
}
