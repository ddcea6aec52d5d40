import { invalid, parseQuantity, type Quantity, signOf } from "../../../kube/meta/index.js";
import { type Errors, NON_NEGATIVE } from "./rules.js";

export const POSITIVE = "must be greater than zero";
/** Quantities in an object's normal form are canonical texts. */
export const quantity = (text: unknown): Quantity => parseQuantity(typeof text === "string" ? text : String(text ?? "0"));
export const nonNegativeQuantity = (path: string, text: unknown): Errors =>
  signOf(quantity(text)) < 0 ? [invalid(path, String(text), NON_NEGATIVE)] : [];
export const positiveQuantity = (path: string, text: unknown): Errors =>
  signOf(quantity(text)) <= 0 ? [invalid(path, String(text), POSITIVE)] : [];
