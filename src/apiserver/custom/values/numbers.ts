import { goNumber } from "./go-number.js";
import { type Problem, Result } from "./result.js";

/** A number's rules: what its type can hold, multiples, bounds. */
export interface NumberRules {
  readonly type: "integer" | "number" | "";
  readonly format: string;
  readonly multipleOf?: number;
  readonly maximum?: number;
  readonly minimum?: number;
  readonly exclusiveMaximum: boolean;
  readonly exclusiveMinimum: boolean;
}
const INT32_MAX = 2 ** 31;
const INT64_MAX = 2n ** 63n;
const FLOAT32_MAX = 3.4028234663852886e38;

/** Undefined: it fits. */
function rangeProblem(value: number | bigint, rules: NumberRules, what: string, path: string): Problem | undefined {
  const { type, format } = rules;
  const fits = type === "integer" ? fitsInteger(value, format) : format !== "float" || Math.abs(Number(value)) <= FLOAT32_MAX;
  if (fits) return undefined;
  const how = format === "" ? `of type ${type} (default format)` : `of type ${type} with format ${format}`;
  return { kind: "plain", message: `${what} value must be ${how} in ${path}` };
}
function fitsInteger(value: number | bigint, format: string): boolean {
  if (typeof value === "number" && !Number.isInteger(value)) return false;
  if (format === "int32") return value >= -INT32_MAX && value < INT32_MAX;
  return BigInt(value) >= -INT64_MAX && BigInt(value) < INT64_MAX;
}

export function checkNumber(value: number | bigint, rules: NumberRules, path: string): Result {
  const result = new Result();
  const range = rangeProblem(value, rules, "Checked", path);
  if (range) result.add(range);
  const { multipleOf, minimum, maximum } = rules;
  if (multipleOf !== undefined) {
    const wrong = rangeProblem(multipleOf, rules, "MultipleOf", path);
    if (wrong) result.add(wrong);
    const found = multipleProblem(value, multipleOf, path, wrong !== undefined);
    if (found) result.add(found);
  }
  if (minimum !== undefined) bound(result, value, { ...rules, bound: minimum, path, isMaximum: false });
  if (maximum !== undefined) bound(result, value, { ...rules, bound: maximum, path, isMaximum: true });
  result.matches++;
  return result;
}

const isWhole = (value: number | bigint): boolean => typeof value === "bigint" || Number.isInteger(value);
const FLOAT_ERROR = 1e-9;
/** As the original's helper has it: near enough to a whole number. */
function isJsonInteger(f: number): boolean {
  if (!Number.isFinite(f) || Math.abs(f) > Number.MAX_SAFE_INTEGER) return false;
  const whole = Math.trunc(f);
  const diff = Math.abs(f - whole);
  if (f === whole) return true;
  if (f === 0 || whole === 0 || diff < Number.MIN_VALUE) return diff < FLOAT_ERROR * Number.MIN_VALUE;
  return diff / Math.min(Math.abs(f) + Math.abs(whole), Number.MAX_VALUE) < FLOAT_ERROR;
}
function multipleProblem(value: number | bigint, given: number, path: string, asFloat: boolean): Problem | undefined {
  const whole = isWhole(value) && !asFloat;
  const factor = whole ? Math.trunc(given) : given;
  const named = { kind: "other", name: path } as const;
  if (factor <= 0)
    return { ...named, message: `factor MultipleOf declared for ${path} must be positive: ${goNumber(factor)}`, value: factor };
  const fits = whole
    ? BigInt(value) % BigInt(factor) === 0n
    : isJsonInteger(factor < 1 ? (1 / factor) * Number(value) : Number(value) / factor);
  return fits ? undefined : { ...named, message: `${path} in body should be a multiple of ${goNumber(factor)}`, value };
}

function bound(
  result: Result,
  value: number | bigint,
  how: NumberRules & { readonly bound: number; readonly path: string; readonly isMaximum: boolean },
): void {
  const { path, isMaximum } = how;
  const wrong = rangeProblem(how.bound, how, isMaximum ? "Maximum boundary" : "Minimum boundary", path);
  if (wrong) result.add(wrong);
  const limit = isWhole(value) && !wrong ? Math.trunc(how.bound) : how.bound;
  const exclusive = isMaximum ? how.exclusiveMaximum : how.exclusiveMinimum;
  const isOut = isMaximum
    ? value > limit || (exclusive && Number(value) === limit)
    : value < limit || (exclusive && Number(value) === limit);
  if (!isOut) return;
  const words = isMaximum ? "less than" : "greater than";
  const message = `${path} in body should be ${words}${exclusive ? "" : " or equal to"} ${goNumber(limit)}`;
  result.add({ kind: "other", name: path, message, value });
}
