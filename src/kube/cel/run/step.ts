import type { CelError, CelValue, Result } from "../values.js";
import type { ComprehensionScope } from "./frame.js";

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

export const constant = (value: CelValue): Step => ({ run: () => value, constant: value });
export const isConstant = (step: Step): step is Step & { readonly constant: CelValue } => step.constant !== undefined;
