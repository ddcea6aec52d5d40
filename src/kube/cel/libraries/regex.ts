import { RE2JS } from "re2js";
import { BOOL, INT, listOf, STRING } from "../celtypes.js";
import { add, fixed, multiply, REGEX, scale, TRAVERSAL } from "../cost.js";
import { type FunctionCost, type FunctionRow, global, member } from "../functions.js";
import { ArrayList, actualSize, CelError, type CelValue, NO_SUCH_OVERLOAD, type Result } from "../values.js";

/** RE2, as in Go: linear time whatever the pattern. The error names what Go's parser names. */
export function compileRegex(pattern: string): RE2JS | CelError {
  const known = recent.get(pattern);
  if (known !== undefined) return known;
  let compiled: RE2JS | CelError;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (thrown) {
    compiled = new CelError(thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (recent.size >= PATTERNS_MAX) recent.clear();
  recent.set(pattern, compiled);
  return compiled;
}
/** Patterns compiled last; a pure function remembered. */
const recent = new Map<string, RE2JS | CelError>();
const PATTERNS_MAX = 500;

const matches = (text: CelValue | undefined, pattern: CelValue | undefined): Result => {
  if (typeof text !== "string" || typeof pattern !== "string") return NO_SUCH_OVERLOAD;
  const regex = compileRegex(pattern);
  return regex instanceof CelError ? regex : regex.matcher(text).find();
};

function findAll(text: string, pattern: string, limit: bigint): Result {
  const regex = compileRegex(pattern);
  if (regex instanceof CelError) return new CelError(`Illegal regex: ${regex.message}`);
  const matcher = regex.matcher(text);
  const found: string[] = [];
  while ((limit < 0n || found.length < Number(limit)) && matcher.find()) found.push(matcher.group() ?? "");
  return new ArrayList(found);
}
function find(text: string, pattern: string): Result {
  const regex = compileRegex(pattern);
  if (regex instanceof CelError) return new CelError(`Illegal regex: ${regex.message}`);
  const matcher = regex.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

const search: FunctionCost = {
  actual: (_overload, [text, pattern]) =>
    Math.ceil((1 + actualSize(text ?? null)) * TRAVERSAL) * Math.ceil(actualSize(pattern ?? null) * REGEX),
  estimate: (_overload, target, [pattern]) => {
    if (target === undefined || pattern === undefined) return undefined;
    const text = scale(add(target.size, fixed(1)), TRAVERSAL);
    return { cost: multiply(text, scale(pattern.size, REGEX)), size: { min: 0, max: target.size.max } };
  },
};

export const REGULAR_EXPRESSIONS: readonly FunctionRow[] = [
  {
    name: "matches",
    overloads: [global("matches", [STRING, STRING], BOOL), member("matches_string", [STRING, STRING], BOOL)],
    operand: (value) => typeof value === "string",
    run: matches,
  },
  {
    name: "find",
    cost: search,
    overloads: [member("string_find_string", [STRING, STRING], STRING, (text, pattern) => find(text as string, pattern as string))],
  },
  {
    name: "findAll",
    cost: search,
    overloads: [
      member("string_find_all_string", [STRING, STRING], listOf(STRING), (text, pattern) =>
        findAll(text as string, pattern as string, -1n),
      ),
      member("string_find_all_string_int", [STRING, STRING, INT], listOf(STRING), (text, pattern, limit) =>
        findAll(text as string, pattern as string, limit as bigint),
      ),
    ],
  },
];
