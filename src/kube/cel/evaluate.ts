import { CALL_COST_MAX } from "./limits.js";
import type { Activation, Evaluated, Program } from "./types.js";

/** Runs a program. `limit`: the greatest cost of this evaluation. The caller subtracts `cost` from the budget it shares out. */
export function evaluate(program: Program, activation: Activation, options: { readonly limit?: number } = {}): Evaluated {
  return {
    kind: "error",
    message: `not yet ${program.expression} ${Object.keys(activation).length}`,
    cost: options.limit ?? CALL_COST_MAX,
    costExceeded: false,
  };
}
