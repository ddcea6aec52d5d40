import { CelError, CelList, CelMap, type CelValue, formatValue, isError, Optional, type Result, typeNameOf, Uint } from "../values.js";

/** operand.key and operand[key]. `optional`: the result is an optional, empty where there is nothing. */
export function qualify(operand: CelValue, key: CelValue, options: { readonly optional: boolean }): Result {
  if (operand instanceof Optional) {
    return operand.value === undefined ? operand : qualify(operand.value, key, { optional: true });
  }
  const found = lookup(operand, key);
  if (!options.optional) return found === undefined ? missing(operand, key) : found;
  if (found === undefined) return Optional.none;
  return isError(found) ? found : new Optional(found);
}

function lookup(operand: CelValue, key: CelValue): Result | undefined {
  if (operand instanceof CelMap) return operand.find(key);
  if (!(operand instanceof CelList)) return undefined;
  const index = indexOf(key);
  if (index instanceof CelError) return index;
  return index >= 0n && index < BigInt(operand.size) ? operand.at(Number(index)) : undefined;
}

const missing = (operand: CelValue, key: CelValue): CelError =>
  new CelError(operand instanceof CelList ? `index out of bounds: ${formatValue(key)}` : `no such key: ${formatValue(key)}`);

export function indexOf(key: CelValue): bigint | CelError {
  if (typeof key === "bigint") return key;
  if (key instanceof Uint) return key.value < 2n ** 63n ? key.value : new CelError(`unsupported index value ${key.value} in list`);
  if (typeof key === "number") return Number.isInteger(key) ? BigInt(key) : new CelError(`unsupported index value ${key} in list`);
  return new CelError(`unsupported index type '${typeNameOf(key)}' in list`);
}
