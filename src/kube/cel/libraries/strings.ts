import { BOOL, DYN, INT, listOf, STRING } from "../celtypes.js";
import { add, COST_MAX, multiply, reads, scale, TRAVERSAL } from "../cost.js";
import { type FunctionCost, type FunctionRow, global, type Implementation, member } from "../functions.js";
import { TEXT_MAX } from "../limits.js";
import type { CostRange } from "../types.js";
import {
  ArrayList,
  actualSize,
  CelError,
  type CelList,
  type CelValue,
  elements,
  formatValue,
  NO_SUCH_OVERLOAD,
  type Result,
} from "../values.js";
import { formatString } from "./format-string.js";

/** cel-go's string extension, version 2. Positions are code points. */

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`);
const points = (text: string): string[] => Array.from(text);

/** A text that no limit on cost would allow to be used. */
const TOO_LONG = new CelError("operation cancelled: actual cost limit exceeded");

function charAt(text: string, index: bigint): Result {
  const runes = points(text);
  if (index < 0n || index > BigInt(runes.length)) return outOfRange(index);
  return runes[Number(index)] ?? "";
}

function indexOf(text: string, part: string, offset: bigint): Result {
  if (part === "") return offset;
  if (offset < 0n) return outOfRange(offset);
  const [runes, wanted] = [points(text), points(part)];
  for (let i = Number(offset); i <= runes.length - wanted.length; i++) {
    if (wanted.every((rune, j) => runes[i + j] === rune)) return BigInt(i);
  }
  return -1n;
}
function lastIndexOf(text: string, part: string, offset: bigint | undefined): Result {
  const [runes, wanted] = [points(text), points(part)];
  if (part === "") return offset ?? BigInt(runes.length);
  if (offset === undefined && runes.length === 0) return -1n;
  const from = offset ?? BigInt(runes.length - 1);
  if (from < 0n) return outOfRange(from);
  if (from >= BigInt(runes.length)) return -1n;
  for (let i = Math.min(Number(from), runes.length - wanted.length); i >= 0; i--) {
    if (wanted.every((rune, j) => runes[i + j] === rune)) return BigInt(i);
  }
  return -1n;
}

function substring(text: string, start: bigint, end: bigint | undefined): Result {
  const runes = points(text);
  const last = end ?? BigInt(runes.length);
  const inside = (index: bigint): boolean => index >= 0n && index <= BigInt(runes.length);
  if (end === undefined && !inside(start)) return outOfRange(start);
  if (start > last) return new CelError(`invalid substring range. start: ${start}, end: ${last}`);
  if (!inside(start)) return outOfRange(start);
  if (!inside(last)) return outOfRange(last);
  return runes.slice(Number(start), Number(last)).join("");
}

/** A negative limit is none. An empty part is found before every character and at the end. */
function replace(text: string, from: string, to: string, limit: bigint): Result {
  const found = from === "" ? text.length + 1 : text.length / from.length;
  if (found * to.length > TEXT_MAX) return TOO_LONG;
  if (limit < 0n)
    return from === ""
      ? `${to}${points(text)
          .map((rune) => rune + to)
          .join("")}`
      : text.replaceAll(from, () => to);
  const pieces = from === "" ? ["", ...points(text)] : text.split(from);
  const separator = from;
  let out = pieces[0] ?? "";
  let left = limit;
  if (from === "") {
    out = "";
    for (const rune of points(text)) {
      out += left-- > 0n ? to + rune : rune;
    }
    return left > 0n ? out + to : out;
  }
  for (const piece of pieces.slice(1)) out += (left-- > 0n ? to : separator) + piece;
  return out;
}

function split(text: string, separator: string, limit: bigint): Result {
  if (limit === 0n) return new ArrayList([]);
  const pieces = separator === "" ? points(text) : text.split(separator);
  if (limit < 0n || pieces.length <= limit) return new ArrayList(pieces);
  const count = Number(limit);
  return new ArrayList([...pieces.slice(0, count - 1), pieces.slice(count - 1).join(separator)]);
}

function join(list: CelList, separator: string): Result {
  const parts: string[] = [];
  for (const item of elements(list)) {
    if (typeof item !== "string") return item instanceof CelError ? item : new CelError(`join: invalid input: ${formatValue(item)}`);
    parts.push(item);
  }
  const length = parts.reduce((sum, part) => sum + part.length, separator.length * parts.length);
  return length > TEXT_MAX ? TOO_LONG : parts.join(separator);
}

const QUOTES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const quote = (text: string): string =>
  `"${points(text.replace(/\p{Surrogate}/gu, "\ufffd"))
    .map((rune) => QUOTES[rune] ?? rune)
    .join("")}"`;
const asciiCase = (text: string, pattern: RegExp, change: (found: string) => string): string => text.replace(pattern, change);
/** What Go's TrimSpace takes away. */
const SPACE =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/** Elements looked at one by one, and their characters. Shared by the list functions of the same names. */
export const elementwise: FunctionCost = {
  actual: (_overload, [list]) => (list === undefined ? 0 : contentCost(list)),
  estimate: (_overload, target) => {
    if (target === undefined) return undefined;
    const elem = target.elements();
    if (elem === undefined) return { cost: scale(target.size, TRAVERSAL) };
    const compared = elem.type.kind === "string" || elem.type.kind === "bytes" ? scale(elem.size, TRAVERSAL) : { min: 0, max: 0 };
    return { cost: multiply(target.size, add({ min: 1, max: 1 }, compared)) };
  },
};
function contentCost(value: CelValue): number {
  if (typeof value === "string") return Math.trunc(new TextEncoder().encode(value).length * TRAVERSAL);
  if (value instanceof Uint8Array) return Math.trunc(value.length * TRAVERSAL);
  if (value instanceof ArrayList || (typeof value === "object" && value !== null && "at" in value)) {
    let cost = 0;
    for (const item of elements(value as CelList)) cost += item instanceof CelError ? 1 : contentCost(item);
    return cost;
  }
  return 1;
}

const splitCost: FunctionCost = {
  actual: reads(2 * TRAVERSAL).actual,
  estimate: (_overload, target, args) => {
    if (target === undefined) return undefined;
    const limit = args[1]?.literal;
    const max = typeof limit === "bigint" ? (limit < 0n ? COST_MAX : Number(limit)) : target.size.max;
    return { cost: scale(target.size, 2 * TRAVERSAL), size: { min: 0, max } };
  },
} as FunctionCost;

const joinCost: FunctionCost = {
  fromResult: true,
  actual: (_overload, _args, result) => Math.ceil(actualSize(result) * 2 * TRAVERSAL),
  estimate: (_overload, target, [separator]) => {
    if (target === undefined) return undefined;
    const elem = target.elements();
    let size: CostRange = elem === undefined ? { min: 0, max: 0 } : multiply(target.size, elem.size);
    if (separator !== undefined) {
      size = add(size, multiply(separator.size, { min: Math.max(0, target.size.min - 1), max: Math.max(0, target.size.max - 1) }));
    }
    return { cost: scale(size, TRAVERSAL), size };
  },
};

const replaceCost: FunctionCost = {
  actual: reads(2 * TRAVERSAL).actual,
  estimate: (_overload, target, [from, to]) => {
    if (target === undefined || from === undefined || to === undefined) return undefined;
    return { cost: scale(target.size, 2 * TRAVERSAL), size: replacedSize(target.size, from.size, to.size) };
  },
} as FunctionCost;

/** The longest and shortest text that a replacement can leave. */
function replacedSize(text: CostRange, from: CostRange, to: CostRange): CostRange {
  const longest =
    from.min === 0
      ? { count: text.max + 1, kept: text.max }
      : to.max <= from.min
        ? { count: 0, kept: text.max }
        : { count: Math.ceil(text.max / from.min), kept: 0 };
  const shortest =
    from.max === 0
      ? { count: text.min + 1, kept: text.min }
      : from.max <= to.min
        ? { count: 0, kept: text.min }
        : { count: Math.ceil(text.min / from.max), kept: 0 };
  return add(multiply({ min: shortest.count, max: longest.count }, to), { min: shortest.kept, max: longest.kept });
}

/** Values that are no strings are refused with another text than elsewhere. */
const predicate =
  (test: (text: string, part: string) => boolean): Implementation =>
  (text, part) =>
    typeof text === "string" && typeof part === "string" ? test(text, part) : NO_SUCH_OVERLOAD;

export const STRINGS: readonly FunctionRow[] = [
  {
    name: "contains",
    overloads: [
      {
        ...member(
          "contains_string",
          [STRING, STRING],
          BOOL,
          predicate((text, part) => text.includes(part)),
        ),
        unguarded: true,
      },
    ],
  },
  {
    name: "endsWith",
    overloads: [
      {
        ...member(
          "ends_with_string",
          [STRING, STRING],
          BOOL,
          predicate((text, part) => text.endsWith(part)),
        ),
        unguarded: true,
      },
    ],
  },
  {
    name: "startsWith",
    overloads: [
      {
        ...member(
          "starts_with_string",
          [STRING, STRING],
          BOOL,
          predicate((text, part) => text.startsWith(part)),
        ),
        unguarded: true,
      },
    ],
  },
  {
    name: "charAt",
    overloads: [member("string_char_at_int", [STRING, INT], STRING, (text, index) => charAt(text as string, index as bigint))],
  },
  {
    name: "indexOf",
    cost: elementwise,
    overloads: [
      member("string_index_of_string", [STRING, STRING], INT, (text, part) => indexOf(text as string, part as string, 0n)),
      member("string_index_of_string_int", [STRING, STRING, INT], INT, (text, part, offset) =>
        indexOf(text as string, part as string, offset as bigint),
      ),
    ],
  },
  {
    name: "lastIndexOf",
    cost: elementwise,
    overloads: [
      member("string_last_index_of_string", [STRING, STRING], INT, (text, part) => lastIndexOf(text as string, part as string, undefined)),
      member("string_last_index_of_string_int", [STRING, STRING, INT], INT, (text, part, offset) =>
        lastIndexOf(text as string, part as string, offset as bigint),
      ),
    ],
  },
  {
    name: "lowerAscii",
    cost: reads(TRAVERSAL, { sized: true }),
    overloads: [member("string_lower_ascii", [STRING], STRING, (text) => asciiCase(text as string, /[A-Z]+/g, (s) => s.toLowerCase()))],
  },
  {
    name: "upperAscii",
    cost: reads(TRAVERSAL, { sized: true }),
    overloads: [member("string_upper_ascii", [STRING], STRING, (text) => asciiCase(text as string, /[a-z]+/g, (s) => s.toUpperCase()))],
  },
  {
    name: "trim",
    cost: reads(TRAVERSAL, { sized: true }),
    overloads: [member("string_trim", [STRING], STRING, (text) => (text as string).replace(SPACE, ""))],
  },
  {
    name: "replace",
    cost: replaceCost,
    overloads: [
      member("string_replace_string_string", [STRING, STRING, STRING], STRING, (text, from, to) =>
        replace(text as string, from as string, to as string, -1n),
      ),
      member("string_replace_string_string_int", [STRING, STRING, STRING, INT], STRING, (text, from, to, limit) =>
        replace(text as string, from as string, to as string, limit as bigint),
      ),
    ],
  },
  {
    name: "split",
    cost: splitCost,
    overloads: [
      member("string_split_string", [STRING, STRING], listOf(STRING), (text, separator) => split(text as string, separator as string, -1n)),
      member("string_split_string_int", [STRING, STRING, INT], listOf(STRING), (text, separator, limit) =>
        split(text as string, separator as string, limit as bigint),
      ),
    ],
  },
  {
    name: "substring",
    cost: reads(TRAVERSAL, { sized: true }),
    overloads: [
      member("string_substring_int", [STRING, INT], STRING, (text, start) => substring(text as string, start as bigint, undefined)),
      member("string_substring_int_int", [STRING, INT, INT], STRING, (text, start, end) =>
        substring(text as string, start as bigint, end as bigint),
      ),
    ],
  },
  {
    name: "format",
    overloads: [member("string_format", [STRING, listOf(DYN)], STRING, (text, args) => formatString(text as string, args as CelList))],
  },
  { name: "strings.quote", overloads: [global("strings_quote", [STRING], STRING, (text) => quote(text as string))] },
  {
    name: "join",
    cost: joinCost,
    overloads: [
      member("list_join", [listOf(STRING)], STRING, (list) => join(list as CelList, "")),
      member("list_join_string", [listOf(STRING), STRING], STRING, (list, separator) => join(list as CelList, separator as string)),
    ],
  },
];
