import { asMilli, invalid, parseQuantity, type Quantity, signOf } from "../../../kube/meta/index.js";
import { type Errors, NON_NEGATIVE } from "./rules.js";

export const POSITIVE = "must be greater than zero";
/** Quantities in an object's normal form are canonical texts. */
export const quantity = (text: unknown): Quantity => parseQuantity(typeof text === "string" ? text : String(text ?? "0"));
const INT64_MAX = 2n ** 63n - 1n;
/** Thousandths are counted in 64 bits: what does not fit is taken for the largest, which is no whole number. */
export const hasFraction = (text: unknown): boolean => {
  const milli = asMilli(quantity(text));
  return milli > INT64_MAX || milli < -INT64_MAX || milli % 1000n !== 0n;
};
export const nonNegativeQuantity = (path: string, text: unknown): Errors =>
  signOf(quantity(text)) < 0 ? [invalid(path, String(text), NON_NEGATIVE)] : [];
export const positiveQuantity = (path: string, text: unknown): Errors =>
  signOf(quantity(text)) <= 0 ? [invalid(path, String(text), POSITIVE)] : [];
