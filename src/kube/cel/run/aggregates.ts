import { LIST_COST, MAP_COST, STRUCT_COST } from "../cost.js";
import type { Expr, ListExpr, MapExpr, Struct } from "../parse/ast.js";
import { ArrayList, CelError, type CelValue, ConstructedObject, EntryMap, formatValue, isError, Optional, type Result } from "../values.js";
import { type ComprehensionScope, spend } from "./frame.js";
import { constant, isConstant, type Step } from "./step.js";

export type Planner = (expr: Expr) => Step;

/** What is built is paid for, also when a part of it fails. */
function charged(scope: ComprehensionScope, cost: number, result: Result): Result {
  spend(scope.meter, cost);
  return result;
}

/** [a, ?b] */
export function listStep(expr: ListExpr, plan: Planner): Step {
  const steps = expr.elements.map(plan);
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

/** {a: b, ?c: d} */
export function mapStep(expr: MapExpr, plan: Planner): Step {
  const entries = expr.entries.map((entry) => ({
    key: plan(entry.key),
    value: plan(entry.value),
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

/** Name{field: value} */
export function structStep(expr: Struct, plan: Planner): Step {
  const fields = expr.fields.map((f) => ({ name: f.name, value: plan(f.value), optional: f.optional }));
  return {
    run: (scope) => {
      const map = new ConstructedObject(expr.typeName.replace(/^\./, ""));
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
