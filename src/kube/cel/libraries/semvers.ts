import { BOOL, INT, objectType, STRING } from "../celtypes.js";
import { NOMINAL, reads } from "../cost.js";
import { type FunctionRow, global, type Implementation, member } from "../functions.js";
import { CelError, type CelValue, Opaque } from "../values.js";
import { goQuote } from "./go-quote.js";
import { ordering } from "./ordering.js";

/** The type of semver(). */
export const SEMVER = objectType("kubernetes.Semver");
const UINT64_MAX = 2n ** 64n - 1n;

class Semver extends Opaque {
  readonly type = SEMVER;
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
  constructor(numbers: readonly [bigint, bigint, bigint], pre: readonly string[]) {
    super();
    this.numbers = numbers;
    this.pre = pre;
  }
  override equals(other: CelValue): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }
}

/** Build metadata does not count. */
function compare(a: Semver, b: Semver): number {
  for (const i of [0, 1, 2] as const) {
    if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] < b.numbers[i] ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length) - Math.sign(a.pre.length);
  for (let i = 0; i < Math.min(a.pre.length, b.pre.length); i++) {
    const order = comparePart(a.pre[i] as string, b.pre[i] as string);
    if (order !== 0) return order;
  }
  return Math.sign(a.pre.length - b.pre.length);
}
function comparePart(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const show = (text: string): string => goQuote(text);

/** Throws the text of what is wrong, as blang/semver says it. */
function parseStrict(text: string): Semver {
  if (text === "") throw new Error("Version string empty");
  const dot1 = text.indexOf(".");
  const dot2 = text.indexOf(".", dot1 + 1);
  if (dot1 === -1 || dot2 === -1) throw new Error("No Major.Minor.Patch elements found");
  const major = numberOf("major", text.slice(0, dot1));
  const minor = numberOf("minor", text.slice(dot1 + 1, dot2));
  const [beforeBuild, build] = cut(text.slice(dot2 + 1), "+");
  const [patchText, pre] = cut(beforeBuild, "-");
  const patch = numberOf("patch", patchText);
  const parts = pre === undefined ? [] : pre.split(".").map(prePart);
  for (const part of build === undefined ? [] : build.split(".")) {
    if (part === "") throw new Error("Build meta data is empty");
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw new Error(`Invalid character(s) found in build meta data ${show(part)}`);
  }
  return new Semver([major, minor, patch], parts);
}
function cut(text: string, at: string): readonly [string, string | undefined] {
  const index = text.indexOf(at);
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
function numberOf(name: string, text: string): bigint {
  if (!/^\d*$/.test(text)) throw new Error(`Invalid character(s) found in ${name} number ${show(text)}`);
  if (text.length > 1 && text.startsWith("0"))
    throw new Error(`${name[0]?.toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${show(text)}`);
  if (text === "") throw new Error(`strconv.ParseUint: parsing "": invalid syntax`);
  if (BigInt(text) > UINT64_MAX) throw new Error(`strconv.ParseUint: parsing ${show(text)}: value out of range`);
  return BigInt(text);
}
function prePart(text: string): string {
  if (text === "") throw new Error("Prerelease is empty");
  if (/^\d+$/.test(text) && text.length > 1 && text.startsWith("0"))
    throw new Error(`Numeric PreRelease version must not contain leading zeroes ${show(text)}`);
  if (!/^[0-9A-Za-z-]+$/.test(text)) throw new Error(`Invalid character(s) found in prerelease ${show(text)}`);
  return text;
}

/** Accepts "v1.2", "01.2.3" and the like. */
function normalized(text: string): string {
  const [first = "", second, ...others] = text.replace(/^v/, "").split(".");
  const parts = [first, ...(second === undefined ? [] : [second]), ...(others.length === 0 ? [] : [others.join(".")])].map(withoutZeros);
  if (parts.length < 3 && /[+-]/.test(parts[parts.length - 1] ?? ""))
    throw new Error("short version cannot contain PreRelease/Build meta data");
  while (parts.length < 3) parts.push("0");
  return parts.join(".");
}
function withoutZeros(part: string): string {
  if (part.length <= 1) return part;
  const trimmed = part.replace(/^0+/, "");
  return /^\d/.test(trimmed) ? trimmed : `0${trimmed}`;
}

function parse(text: CelValue | undefined, normalize: CelValue | undefined): Semver | CelError {
  try {
    return parseStrict(normalize === true ? normalized(text as string) : (text as string));
  } catch (thrown) {
    return new CelError((thrown as Error).message);
  }
}
const isSemver: Implementation = (text, normalize) => parse(text, normalize) instanceof Semver;
const number = (name: string, index: 0 | 1 | 2): FunctionRow => ({
  name,
  cost: NOMINAL,
  overloads: [member(`semver_${name}`, [SEMVER], INT, (version) => (version as Semver).numbers[index])],
});

export const SEMVERS: readonly FunctionRow[] = [
  {
    name: "semver",
    cost: reads(),
    overloads: [global("string_to_semver", [STRING], SEMVER, parse), global("string_bool_to_semver", [STRING, BOOL], SEMVER, parse)],
  },
  {
    name: "isSemver",
    cost: reads(),
    overloads: [global("is_semver_string", [STRING], BOOL, isSemver), global("is_semver_string_bool", [STRING, BOOL], BOOL, isSemver)],
  },
  ...ordering(SEMVER, "semver", (a, b) => compare(a as Semver, b as Semver)),
  number("major", 0),
  number("minor", 1),
  number("patch", 2),
];
export const semverValue = (text: string): CelValue | CelError => parse(text, false);
