/** Amounts of resources (apimachinery api/resource), in whole numbers: value = unscaled * 10^exponent, exactly. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";
export interface Quantity {
  readonly unscaled: bigint;
  /** A power of ten; never below -9 after parsing. */
  readonly exponent: number;
  /** How it was written, and so how it is printed. */
  readonly format: QuantityFormat;
  /** The text as it was given, where that is already a form that Kubernetes keeps ("1.500"). */
  readonly kept: string | undefined;
}

export const QUANTITY_ERRORS = {
  format: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  numeric: "unable to parse numeric part of quantity",
  suffix: "unable to parse quantity's suffix",
} as const;
/** Text of what is wrong with a quantity; a value, since callers put it into errors of their own. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

/** Longer ones are refused: exponents are the attack, "1e2147483647" is a number of two billion digits. Source: ours. */
const EXPONENT_MAX = 1_000;
const DIGITS_MAX = 1_000;
const NANO = -9;
/** Kubernetes caps binary quantities, and only those. */
const BINARY_MAX = (1n << 63n) - 1n;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const DECIMAL: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const DECIMAL_NAMES = new Map([...DECIMAL].map(([name, exponent]) => [exponent, name]));
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

const tens = (n: number): bigint => 10n ** BigInt(n);

interface Suffix {
  readonly format: QuantityFormat;
  readonly exponent: number;
}
function suffixOf(text: string): Suffix {
  const decimal = DECIMAL.get(text);
  if (decimal !== undefined) return { format: "DecimalSI", exponent: decimal };
  const binary = (BINARY as readonly string[]).indexOf(text);
  if (binary > 0) return { format: "BinarySI", exponent: binary * 10 };
  if (!/^[eE][+-]?\d+$/.test(text)) throw new QuantityError(QUANTITY_ERRORS.suffix);
  const exponent = Number(text.slice(1));
  if (Math.abs(exponent) > EXPONENT_MAX) throw new QuantityError(QUANTITY_ERRORS.suffix);
  return { format: "DecimalExponent", exponent };
}

/** Kubernetes prints some texts as they came instead of in canonical form; which ones is visible to clients. */
function keeps(text: string, digits: string, fraction: string, suffix: Suffix): boolean {
  const shifted = digits + fraction;
  if (suffix.format === "BinarySI") {
    const precise = 15 - digits.length - Math.trunc((suffix.exponent * 3) / 10) - 1 >= 0;
    return fraction === "" && precise && suffix.exponent % 10 === 0 && (BigInt(shifted) & 7n) !== 0n;
  }
  const scale = suffix.exponent - fraction.length;
  return (
    18 - shifted.length >= 0 && scale >= NANO && scale % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0") && text.length > 0
  );
}

/** Throws QuantityError. */
export function parseQuantity(text: string): Quantity {
  const match = PATTERN.exec(text);
  if (text === "" || text.length > DIGITS_MAX || match === null) throw new QuantityError(QUANTITY_ERRORS.format);
  const digits = (match[2] ?? "").replace(/^0+/, "") || "0";
  const fraction = match[3] ?? "";
  const suffix = suffixOf(match[4] ?? "");
  if ((match[2] ?? "") === "" && fraction === "" && match[4] !== "") throw new QuantityError(QUANTITY_ERRORS.numeric);
  const sign = match[1] === "-" ? -1n : 1n;
  const magnitude = BigInt(digits + fraction);
  const kept = keeps(text, digits, fraction, suffix) ? text : undefined;
  if (suffix.format === "BinarySI") return binary(sign, magnitude << BigInt(suffix.exponent), -fraction.length, kept);
  const whole = roundAway({ unscaled: magnitude, exponent: suffix.exponent - fraction.length }, NANO);
  return { unscaled: sign * whole.unscaled, exponent: whole.exponent, format: suffix.format, kept };
}

function binary(sign: bigint, unscaled: bigint, exponent: number, kept: string | undefined): Quantity {
  const rounded = roundAway({ unscaled, exponent }, NANO);
  const capped = exceeds(rounded, BINARY_MAX) ? { unscaled: BINARY_MAX, exponent: 0 } : rounded;
  const small = capped.unscaled > 0n && !exceeds(capped, 0n, 1n);
  return { unscaled: sign * capped.unscaled, exponent: capped.exponent, format: small ? "DecimalSI" : "BinarySI", kept };
}

interface Scaled {
  readonly unscaled: bigint;
  readonly exponent: number;
}
/** a > max, or with `orEqual` a >= orEqual. */
function exceeds(a: Scaled, max: bigint, orEqual?: bigint): boolean {
  const [x, y] = aligned(a, { unscaled: orEqual ?? max, exponent: 0 });
  return orEqual === undefined ? x > y : x >= y;
}
function aligned(a: Scaled, b: Scaled): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.unscaled * tens(a.exponent - exponent), b.unscaled * tens(b.exponent - exponent), exponent];
}
/** Away from zero: who asks for too small an amount gets some, never none. */
function roundAway(a: Scaled, exponent: number): Scaled {
  if (a.exponent >= exponent) return a;
  const unit = tens(exponent - a.exponent);
  const rest = a.unscaled % unit;
  const whole = a.unscaled / unit;
  return { unscaled: rest === 0n ? whole : whole + (rest > 0n ? 1n : -1n), exponent };
}

/** As Kubernetes prints it: no fraction, the largest suffix, nothing lost. */
export function formatQuantity(q: Quantity): string {
  if (q.kept !== undefined) return q.kept;
  if (q.unscaled === 0n) return "0";
  if (q.format === "BinarySI") {
    const whole = roundAway(q, 0);
    const [a, b] = aligned(whole, q);
    const value = whole.unscaled * tens(whole.exponent);
    if (a === b && (value <= -1024n || value >= 1024n)) return binaryText(value);
  }
  return decimalText(q, q.format === "DecimalExponent" ? "DecimalExponent" : "DecimalSI");
}
function binaryText(value: bigint): string {
  let rest = value;
  let times = 0;
  while (times < BINARY.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    times++;
  }
  return `${rest}${BINARY[times]}`;
}
function decimalText(q: Scaled, format: "DecimalExponent" | "DecimalSI"): string {
  let { unscaled, exponent } = q;
  while (unscaled % 10n === 0n) {
    unscaled /= 10n;
    exponent++;
  }
  // A suffix exists for every third power, up to exa.
  while (exponent % 3 !== 0 || (format === "DecimalSI" && exponent > 18)) {
    unscaled *= 10n;
    exponent--;
  }
  if (format === "DecimalSI") return `${unscaled}${DECIMAL_NAMES.get(exponent) ?? ""}`;
  return exponent === 0 ? `${unscaled}` : `${unscaled}e${exponent}`;
}

/** What most quantities look like and already is canonical: "250m", "10", "3Gi" (an odd count of a power of 1024). */
const PLAIN = /^[1-9]\d{0,14}[mkMG]?$/;
export function canonicalQuantity(text: string): string {
  if (text === "0" || (PLAIN.test(text) && !/000[mkMG]?$/.test(text))) return text;
  return formatQuantity(parseQuantity(text));
}

export const quantityOf = (value: bigint | number, exponent = 0, format: QuantityFormat = "DecimalSI"): Quantity => ({
  unscaled: BigInt(value),
  exponent,
  format,
  kept: undefined,
});
export const ZERO_QUANTITY: Quantity = quantityOf(0n);

/** -1, 0 or 1. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}
/** The sum has the format of `a`, unless `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const [x, y, exponent] = aligned(a, b);
  return { unscaled: x + y, exponent, format: a.unscaled === 0n ? b.format : a.format, kept: undefined };
}
export const negateQuantity = (a: Quantity): Quantity => ({ ...a, unscaled: -a.unscaled, kept: undefined });
export const subtractQuantities = (a: Quantity, b: Quantity): Quantity => addQuantities(a, negateQuantity(b));
export const signOf = (a: Quantity): -1 | 0 | 1 => (a.unscaled < 0n ? -1 : a.unscaled > 0n ? 1 : 0);
/** Rounded away from zero to a multiple of 10^exponent (-3: milli); the same object when nothing changes. */
export function roundQuantityUp(a: Quantity, exponent: number): Quantity {
  if (a.exponent >= exponent) return a;
  const { unscaled, exponent: to } = roundAway(a, exponent);
  return { unscaled, exponent: to, format: a.format, kept: undefined };
}
/** Units of 10^exponent, rounded away from zero. */
export function scaledValue(a: Quantity, exponent: number): bigint {
  const rounded = roundAway(a, exponent);
  return rounded.unscaled * tens(rounded.exponent - exponent);
}
export const asWhole = (a: Quantity): bigint => scaledValue(a, 0);
export const asMilli = (a: Quantity): bigint => scaledValue(a, -3);
/** Exactly, or undefined where it has a fraction or does not fit in 64 bits. */
export function asInt64(a: Quantity): bigint | undefined {
  const whole = asWhole(a);
  const exact = compareQuantities(a, quantityOf(whole)) === 0;
  return exact && BigInt.asIntN(64, whole) === whole ? whole : undefined;
}
