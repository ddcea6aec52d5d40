import {
  addQuantities,
  asInt64,
  compareQuantities,
  parseQuantity,
  type Quantity,
  QuantityError,
  quantityOf,
  signOf,
  subtractQuantities,
} from "../../meta/index.js";
import { BOOL, DOUBLE, INT, objectType, STRING } from "../celtypes.js";
import { NOMINAL, reads } from "../cost.js";
import { type FunctionRow, global, type Implementation, member } from "../functions.js";
import { CelError, type CelValue, Opaque } from "../values.js";
import { ordering } from "./ordering.js";

/** The type of quantity(). */
export const QUANTITY = objectType("kubernetes.Quantity");

class QuantityValue extends Opaque {
  readonly type = QUANTITY;
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }
  override equals(other: CelValue): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

function parse(text: string): QuantityValue | CelError {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (thrown) {
    if (thrown instanceof QuantityError) return new CelError(thrown.message);
    throw thrown;
  }
}
const of = (value: CelValue | undefined): Quantity => (value as QuantityValue).quantity;
const combined =
  (combine: (a: Quantity, b: Quantity) => Quantity): Implementation =>
  (a, b) =>
    new QuantityValue(combine(of(a), typeof b === "bigint" ? quantityOf(b, 0, "DecimalExponent") : of(b)));

function asInteger(value: CelValue | undefined): bigint | CelError {
  return asInt64(of(value)) ?? new CelError("cannot convert value to integer");
}

export const QUANTITIES: readonly FunctionRow[] = [
  { name: "quantity", cost: reads(), overloads: [global("string_to_quantity", [STRING], QUANTITY, (text) => parse(text as string))] },
  {
    name: "isQuantity",
    cost: reads(),
    overloads: [global("is_quantity_string", [STRING], BOOL, (text) => parse(text as string) instanceof QuantityValue)],
  },
  { name: "sign", cost: NOMINAL, overloads: [global("quantity_sign", [QUANTITY], INT, (value) => BigInt(signOf(of(value))))] },
  ...ordering(QUANTITY, "quantity", (a, b) => compareQuantities(of(a), of(b))),
  {
    name: "asApproximateFloat",
    cost: NOMINAL,
    overloads: [member("quantity_get_float", [QUANTITY], DOUBLE, (value) => Number(`${of(value).unscaled}e${of(value).exponent}`))],
  },
  { name: "asInteger", cost: NOMINAL, overloads: [member("quantity_get_int", [QUANTITY], INT, asInteger)] },
  {
    name: "isInteger",
    cost: NOMINAL,
    overloads: [member("quantity_is_integer", [QUANTITY], BOOL, (value) => asInt64(of(value)) !== undefined)],
  },
  {
    name: "add",
    cost: NOMINAL,
    overloads: [
      member("quantity_add", [QUANTITY, QUANTITY], QUANTITY, combined(addQuantities)),
      member("quantity_add_int", [QUANTITY, INT], QUANTITY, combined(addQuantities)),
    ],
  },
  {
    name: "sub",
    cost: NOMINAL,
    overloads: [
      member("quantity_sub", [QUANTITY, QUANTITY], QUANTITY, combined(subtractQuantities)),
      member("quantity_sub_int", [QUANTITY, INT], QUANTITY, combined(subtractQuantities)),
    ],
  },
];
export const quantityValue = (quantity: Quantity): CelValue => new QuantityValue(quantity);
