import { type CelType, typeName } from "../celtypes.js";
import type { Expr } from "../parse/ast.js";
import { type Clause, FormatFailure, parseClause } from "./format-string.js";

export interface FormatProblem {
  readonly message: string;
  /** The argument at fault, if one is. */
  readonly argument?: Expr;
}

/** Checks a literal format against the types of its arguments. */
export function checkFormat(text: string, args: readonly Expr[], typeOf: (expr: Expr) => CelType): FormatProblem | undefined {
  let used = 0;
  let at = 0;
  for (let next = text.indexOf("%", at); next !== -1; next = text.indexOf("%", at)) {
    if (text[next + 1] === "%") {
      at = next + 2;
      continue;
    }
    const argument = args[used];
    if (argument === undefined) return { message: `index ${used} out of range` };
    used++;
    if (next + 1 >= text.length) return { message: "unexpected end of string" };
    const clause = clauseAt(text.slice(next));
    if (typeof clause === "string") return { message: clause };
    const problem = wrongArgument(clause.verb, argument, typeOf);
    if (problem !== undefined) return { ...problem, message: `error during formatting: ${problem.message}` };
    at = next + clause.length;
  }
  return args.length > used
    ? { message: `too many arguments supplied to string.format (expected ${used}, got ${args.length})` }
    : undefined;
}

function clauseAt(text: string): Clause | string {
  try {
    return parseClause(text);
  } catch (thrown) {
    if (thrown instanceof FormatFailure) return thrown.message;
    throw thrown;
  }
}

const RULES: Readonly<Record<string, { readonly kinds: readonly string[]; readonly text: string }>> = {
  d: { kinds: ["int", "uint"], text: "decimal clause can only be used on integers" },
  f: { kinds: ["double", "string"], text: "fixed-point clause can only be used on doubles" },
  e: { kinds: ["double", "string"], text: "scientific clause can only be used on doubles" },
  b: { kinds: ["int", "uint", "bool"], text: "only integers and bools can be formatted as binary" },
  x: { kinds: ["int", "uint", "string", "bytes"], text: "only integers, byte buffers, and strings can be formatted as hex" },
  X: { kinds: ["int", "uint", "string", "bytes"], text: "only integers, byte buffers, and strings can be formatted as hex" },
  o: { kinds: ["int", "uint"], text: "octal clause can only be used on integers" },
};
const PRINTABLE = ["list", "map", "int", "uint", "double", "bool", "string", "timestamp", "bytes", "duration", "type", "null"];

function wrongArgument(verb: string, argument: Expr, typeOf: (expr: Expr) => CelType): FormatProblem | undefined {
  const rule = RULES[verb];
  if (rule === undefined) return unprintable(argument, typeOf);
  const type = typeOf(argument);
  if (type.kind === "dyn" || type.kind === "any" || rule.kinds.includes(type.kind)) return undefined;
  return { message: `${rule.text}, was given ${typeName(type)}`, argument };
}

/** Literal aggregates are looked into. */
function unprintable(argument: Expr, typeOf: (expr: Expr) => CelType): FormatProblem | undefined {
  const type = typeOf(argument);
  if (type.kind !== "dyn" && type.kind !== "any" && !PRINTABLE.includes(type.kind)) {
    const text = "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps";
    return { message: `${text}, was given ${typeName(type)}`, argument };
  }
  const nested = argument.kind === "list" ? argument.elements : argument.kind === "map" ? argument.entries.map((entry) => entry.value) : [];
  for (const element of nested) {
    const problem = unprintable(element, typeOf);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
