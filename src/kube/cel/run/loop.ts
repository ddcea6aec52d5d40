import { ACCU, type Comprehension } from "../parse/ast.js";
import {
  ArrayList,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  EntryMap,
  elements,
  GrowingList,
  GrowingMap,
  isError,
  Optional,
  type Result,
  TypeValue,
  typeNameOf,
} from "../values.js";
import type { Planner } from "./aggregates.js";
import { LoopScope } from "./scope.js";
import type { Step } from "./step.js";

export function loopStep(expr: Comprehension, plan: Planner): Step {
  const [range, init, condition, step, result] = [expr.range, expr.init, expr.condition, expr.step, expr.result].map(plan) as [
    Step,
    Step,
    Step,
    Step,
    Step,
  ];
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
        // A bound variable is no accumulator: it may be read more than once, and stays what it is.
        init: () => (expr.accu === ACCU ? growable(init.run(outer)) : init.run(outer)),
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
  const library = /^(?:net|kubernetes)\.(.*)$/.exec(type)?.[1];
  const shown =
    value instanceof Optional
      ? "*types.Optional"
      : library !== undefined
        ? `cel.${library.replace("Named", "")}`
        : value instanceof TypeValue
          ? "*types.Type"
          : `types.${type[0]?.toUpperCase()}${type.slice(1)}`;
  return new CelError(two ? `unsupported comprehension range type: ${shown}` : `got '${shown}', expected iterable type`);
}

/** Loops that collect start from nothing and own what they collect. */
const growable = (init: Result): Result => {
  if (init instanceof CelList && init.size === 0) return new GrowingList();
  return init instanceof CelMap && init.size === 0 ? new GrowingMap() : init;
};
const frozen = (result: Result): Result => {
  if (result instanceof GrowingList) return new ArrayList(result.items);
  return result instanceof GrowingMap ? new EntryMap(result.entries()) : result;
};

function* turns(over: CelList | CelMap, two: boolean): Iterable<readonly [Result, Result | undefined]> {
  if (over instanceof CelList) {
    let index = 0n;
    for (const item of elements(over)) yield two ? [index++, item] : [item, undefined];
    return;
  }
  for (const key of over.keys()) yield two ? [key, over.find(key)] : [key, undefined];
}
