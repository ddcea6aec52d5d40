import type { Issue } from "./errors.js";

/** `kind` is the token's own text, or the grammar's name of its class. */
export interface Token {
  readonly kind: string;
  readonly text: string;
  /** UTF-16 offset. */
  readonly at: number;
}

const IGNORED = /(?:[\t \r\n\f]+|\/\/[^\n]*)/y;
const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${"`"}]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;
const STRING = [
  String.raw`"""(?:${ESCAPE}|[^\\])*?"""`,
  String.raw`'''(?:${ESCAPE}|[^\\])*?'''`,
  String.raw`[rR]"""[\s\S]*?"""`,
  String.raw`[rR]'''[\s\S]*?'''`,
  String.raw`"(?:${ESCAPE}|[^\\"\n\r])*"`,
  String.raw`'(?:${ESCAPE}|[^\\'\n\r])*'`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
].map((source) => new RegExp(source, "yu"));

/** The longest match wins; among equals the first. */
const CLASSES: readonly (readonly [string, readonly RegExp[]])[] = [
  ["", [/==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y]],
  ["NUM_FLOAT", [/(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y]],
  ["NUM_INT", [/(?:0x[0-9a-fA-F]+|[0-9]+)/y]],
  ["NUM_UINT", [/(?:0x[0-9a-fA-F]+|[0-9]+)[uU]/y]],
  ["STRING", STRING],
  ["BYTES", STRING.map((regex) => new RegExp(`[bB]${regex.source}`, "yu"))],
  ["IDENTIFIER", [/[A-Za-z_][A-Za-z0-9_]*/y]],
  ["ESC_IDENTIFIER", [/`[A-Za-z0-9_.\-/ ]+`/y]],
];
const WORDS = new Set(["in", "true", "false", "null"]);

export interface Span {
  readonly from: number;
  readonly to: number;
}
export interface Lexed {
  readonly tokens: readonly Token[];
  /** What was left out. */
  readonly unknown: readonly Span[];
  readonly issues: readonly Issue[];
}

/** Cuts an expression into tokens, the last of kind "EOF". What is no token is reported and left out. */
export function tokenize(source: string): Lexed {
  const tokens: Token[] = [];
  const unknown: Span[] = [];
  const issues: Issue[] = [];
  let at = 0;
  while (at < source.length) {
    const skipped = matchAt(IGNORED, source, at);
    if (skipped > 0) {
      at += skipped;
      continue;
    }
    const token = tokenAt(source, at);
    if (token !== undefined) {
      tokens.push(token);
      at += token.text.length;
      continue;
    }
    const end = errorEnd(source, at);
    unknown.push({ from: at, to: end });
    issues.push({ at, message: `Syntax error: token recognition error at: '${source.slice(at, end)}'` });
    at = end;
  }
  tokens.push({ kind: "EOF", text: "<EOF>", at: source.length });
  return { tokens, unknown, issues };
}

function matchAt(regex: RegExp, source: string, at: number): number {
  regex.lastIndex = at;
  return regex.exec(source)?.[0].length ?? 0;
}

function tokenAt(source: string, at: number): Token | undefined {
  let kind = "";
  let length = 0;
  for (const [name, patterns] of CLASSES) {
    for (const pattern of patterns) {
      const matched = matchAt(pattern, source, at);
      if (matched > length) {
        length = matched;
        kind = name;
      }
    }
  }
  if (length === 0) return undefined;
  const text = source.slice(at, at + length);
  return { kind: kind === "" || WORDS.has(text) ? text : kind, text, at };
}

/** Where recognition failed, the failing character included: that much is skipped. */
function errorEnd(source: string, at: number): number {
  const first = source[at] as string;
  let end = at;
  if (first === '"' || first === "'")
    end = at + 1 + matchAt(new RegExp(String.raw`(?:${ESCAPE}|[^\\${first}\n\r])*`, "yu"), source, at + 1);
  else if (first === "`") end = at + 1 + matchAt(/[A-Za-z0-9_.\-/ ]*/y, source, at + 1);
  else if ("&|=".includes(first)) end = at + 1;
  // A broken escape fails at the first character that does not fit.
  if (source[end] === "\\" && end > at)
    end += 1 + matchAt(/(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?/y, source, end + 1);
  const point = source.codePointAt(end);
  return point === undefined ? source.length : end + (point > 0xffff ? 2 : 1);
}
