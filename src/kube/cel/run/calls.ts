import { callCost } from "../cost.js";
import { compileRegex } from "../libraries/regex.js";
import { CelError, CelList, type CelValue, EntryMap, elements, isError, NO_SUCH_OVERLOAD, Optional, type Result, Uint } from "../values.js";
import { type ComprehensionScope, spend } from "./frame.js";
import { invoke } from "./invoke.js";
import { constant, isConstant, type Step } from "./step.js";

type Target = { readonly row: Parameters<typeof invoke>[0]; readonly overloads: Parameters<typeof invoke>[1]; readonly id: string };

/** A call of a function with values. */
export function strictCall(target: Target, args: readonly Step[]): Step {
  const lenient = target.row.name === "@not_strictly_false";
  // How cel-go dispatches calls of many arguments, and calls that could be several overloads.
  const sequential = args.length > 2 || (target.id === "" && target.row.run === undefined);
  // A constant pattern is compiled once, and then refuses what is no text in its own words.
  const [, pattern] = args;
  const regex =
    REGEX_FUNCTIONS.has(target.row.name) && pattern !== undefined && typeof pattern.constant === "string"
      ? compileRegex(pattern.constant)
      : undefined;
  const run = (scope: ComprehensionScope): Result => {
    const results = runAll(args, scope, sequential);
    if (results.length < args.length) return results.at(-1) as Result;
    const failed = lenient ? undefined : results.find(isError);
    const values = results as CelValue[];
    // Paid before it is done, where the arguments tell the price: what is too expensive is not even begun.
    if (!target.row.cost?.fromResult) spend(scope.meter, callCost(target.row, target.id, values, null));
    const refused = failed ?? (regex !== undefined && typeof values[0] !== "string" ? NO_SUCH_OVERLOAD : undefined);
    const result = refused ?? (lenient ? notStrictlyFalse(results[0] as Result) : invoke(target.row, target.overloads, values));
    if (target.row.cost?.fromResult) spend(scope.meter, callCost(target.row, target.id, values, result));
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
export function optimized(name: string, overload: string, args: readonly Step[]): Step | undefined {
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
export function logical(left: Step, right: Step, decisive: boolean): Step["run"] {
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

export function conditional(condition: Step, yes: Step, no: Step): Step {
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

export function optionalOr(args: readonly [Step, Step], unwrap: boolean): Step {
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
