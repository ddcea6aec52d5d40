import { CALL_COST_MAX, ELEMENTS_MAX } from "./limits.js";
import { CostExceeded, type Meter } from "./run/frame.js";
import { RootScope } from "./run/scope.js";
import type { Activation, Evaluated, Program } from "./types.js";
import { isError, work } from "./values.js";

/** Runs a program. `limit`: the greatest cost of this evaluation. The caller subtracts `cost` from the budget it shares out. */
export function evaluate(program: Program, activation: Activation, options: { readonly limit?: number } = {}): Evaluated {
  const meter: Meter = { cost: 0, limit: options.limit ?? CALL_COST_MAX };
  const before = work.left;
  work.left = Math.min(before, ELEMENTS_MAX);
  try {
    const value = program.run(new RootScope(activation, meter));
    if (isError(value)) return { kind: "error", message: value.message, cost: meter.cost, costExceeded: false };
    return { kind: "value", value, cost: meter.cost };
  } catch (thrown) {
    // A text or value beyond what an engine can hold was not paid for enough.
    if (!(thrown instanceof CostExceeded) && !(thrown instanceof RangeError)) throw thrown;
    return { kind: "error", message: "operation cancelled: actual cost limit exceeded", cost: meter.cost, costExceeded: true };
  } finally {
    work.left = before;
  }
}
