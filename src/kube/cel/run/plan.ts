import { typeName } from "../celtypes.js";
import type { Checked } from "../check/checker.js";
import { SELECT_COST } from "../cost.js";
import { AND, type Call, CONDITIONAL, type Expr, INDEX, OPT_INDEX, OPT_SELECT, OR, type Select } from "../parse/ast.js";
import { CelError, isError, NO_SUCH_OVERLOAD, Optional, type Result, TypeValue } from "../values.js";
import { listStep, mapStep, structStep } from "./aggregates.js";
import { conditional, logical, optimized, optionalOr, strictCall } from "./calls.js";
import { spend } from "./frame.js";
import { loopStep } from "./loop.js";
import { qualify } from "./qualify.js";
import { constant, type Step } from "./step.js";

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
      return listStep(expr, (node) => plan(node, checked));
    case "map":
      return mapStep(expr, (node) => plan(node, checked));
    case "struct":
      return structStep(expr, (node) => plan(node, checked));
    case "comprehension":
      return loopStep(expr, (node) => plan(node, checked));
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
      if (isThere(found) || !(value instanceof Optional)) spend(scope.meter, SELECT_COST);
      return found;
    },
  };
}

const isNone = (value: Result): boolean => value instanceof Optional && value.value === undefined;
const isThere = (found: Result): boolean => !isNone(found) && !isError(found);
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
      if (isThere(found) || !(options.optional || value instanceof Optional)) spend(scope.meter, indexCost);
      return found;
    },
  };
}
