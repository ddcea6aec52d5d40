import { RESERVED } from "../escaping.js";
import { ERRORS_MAX, EXPRESSION_CODE_POINTS_MAX, RECURSION_MAX } from "../limits.js";
import { codePoints } from "../values.js";
import {
  AND,
  CONDITIONAL,
  type Expr,
  INDEX,
  type MapEntry,
  NEGATE,
  NOT,
  OPERATORS,
  OPT_INDEX,
  OPT_SELECT,
  OR,
  type StructField,
} from "./ast.js";
import type { Issue } from "./errors.js";
import { type Token, tokenize } from "./lexer.js";
import { literalValue } from "./literals.js";
import { brokenAt, Nodes, type Syntax } from "./nodes.js";
import { ParseAborted, Reader } from "./recovery.js";

export type Parsed = { readonly kind: "expr"; readonly expr: Expr } | { readonly kind: "errors"; readonly issues: readonly Issue[] };

/** Parses an expression and expands its macros. Never throws. */
export function parse(source: string, syntax: Syntax = { bind: false }): Parsed {
  const size = codePoints(source);
  if (size > EXPRESSION_CODE_POINTS_MAX) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${EXPRESSION_CODE_POINTS_MAX}`;
    return { kind: "errors", issues: [{ at: -1, message }] };
  }
  const lexed = tokenize(source);
  const parser = new Parser(new Reader(source, lexed), new Nodes(syntax));
  const expr = parser.start();
  const all = tooMany(lexed.issues, parser.issues());
  return all.length === 0 ? { kind: "expr", expr } : { kind: "errors", issues: all };
}

/** A hundred syntax errors are enough. */
function tooMany(lexical: readonly Issue[], others: readonly Issue[]): readonly Issue[] {
  const next = lexical[ERRORS_MAX];
  if (next === undefined) return [...lexical, ...others];
  return [...lexical.slice(0, ERRORS_MAX), { at: next.at, message: `Syntax error: More than ${ERRORS_MAX} syntax errors` }];
}

const MEMBER_START = [
  "[",
  "{",
  "(",
  ".",
  "-",
  "true",
  "false",
  "null",
  "NUM_FLOAT",
  "NUM_INT",
  "NUM_UINT",
  "STRING",
  "BYTES",
  "IDENTIFIER",
];
const START = [...MEMBER_START, "!"];
/** How strongly operators bind. */
const LEVELS: ReadonlyMap<string, number> = new Map(
  [["||"], ["&&"], ["<", "<=", ">=", ">", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]].flatMap((ops, level) =>
    ops.map((op) => [op, level] as const),
  ),
);
const RELATION = 2;
/** The grammar's rules that operators are in; their depth is limited. */
const OPERATOR_RULES = ["conditionalOr", "conditionalAnd", "relation", "calc"];
const MEMBER_OPS = [".", "["];
/** Where nobody can tell where. */
const BROKEN = brokenAt(-1);

class Parser {
  readonly #reader: Reader;
  readonly #nodes: Nodes;

  constructor(reader: Reader, nodes: Nodes) {
    this.#reader = reader;
    this.#nodes = nodes;
  }

  issues(): readonly Issue[] {
    return [...this.#reader.issues, ...this.#nodes.issues];
  }

  start(): Expr {
    try {
      return (
        this.#reader.rule("start", [], () => {
          const expr = this.#expr(["EOF"]);
          this.#reader.match("EOF");
          if (this.#nodes.height(expr) > RECURSION_MAX) this.#reader.abort(-1, "max recursion depth exceeded");
          return expr;
        }) ?? BROKEN
      );
    } catch (thrown) {
      if (!(thrown instanceof ParseAborted)) throw thrown;
      return BROKEN;
    }
  }

  #expr(follow: readonly string[]): Expr {
    return (
      this.#reader.rule(
        "expr",
        follow,
        () => {
          const condition = this.#operators(["?"], { closed: false });
          if (this.#reader.peek().kind !== "?") return condition;
          const op = this.#reader.match("?");
          const yes = this.#operators([":"], { closed: true });
          this.#reader.match(":", START);
          const no = this.#expr([]);
          return this.#nodes.call(op, CONDITIONAL, undefined, [condition, yes, no]);
        },
        { closed: follow.length > 0 },
      ) ?? BROKEN
    );
  }

  /** Everything that operators bind: by precedence, with few stack frames, since 250 of these may be inside each other. */
  #operators(follow: readonly string[], options: { readonly closed: boolean }): Expr {
    this.#reader.push(OPERATOR_RULES, [...follow, ...LEVELS.keys()], options.closed);
    const expr = this.#climb(0);
    this.#reader.pop(OPERATOR_RULES);
    return expr;
  }

  #climb(least: number): Expr {
    let left = this.#unary();
    for (;;) {
      const kind = this.#reader.peek().kind;
      const level = LEVELS.get(kind);
      if (level === undefined || level < least) return left;
      left = level < RELATION ? this.#logical(kind, left, level) : this.#binary(left, level);
    }
  }

  #binary(left: Expr, level: number): Expr {
    const op = this.#reader.match(this.#reader.peek().kind);
    // A right operand is one level deeper; products and sums are one rule of the grammar.
    const rules = level === RELATION ? ["relation"] : ["calc"];
    this.#reader.push(rules, [], false);
    const right = this.#climb(level + 1);
    this.#reader.pop(rules);
    return this.#nodes.call(op, OPERATORS[op.text] as string, undefined, [left, right]);
  }

  /** a || b || c and a && b && c become balanced trees: cel-go evaluates and prices them so. */
  #logical(kind: string, first: Expr, level: number): Expr {
    const terms = [first];
    const ops: Token[] = [];
    while (this.#reader.peek().kind === kind) {
      ops.push(this.#reader.match(kind));
      terms.push(this.#climb(level + 1));
    }
    return this.#balance(kind === "||" ? OR : AND, terms, ops, 0, ops.length - 1);
  }

  #balance(fn: string, terms: readonly Expr[], ops: readonly Token[], lo: number, hi: number): Expr {
    const mid = Math.floor((lo + hi + 1) / 2);
    const left = mid === lo ? (terms[mid] as Expr) : this.#balance(fn, terms, ops, lo, mid - 1);
    const right = mid === hi ? (terms[mid + 1] as Expr) : this.#balance(fn, terms, ops, mid + 1, hi);
    return this.#nodes.logical((ops[mid] as Token).at, fn, [left, right]);
  }

  #unary(): Expr {
    const start = this.#reader.peek().at;
    return (
      this.#reader.rule("unary", [], () => {
        this.#reader.sync(START);
        const first = this.#reader.peek();
        const isNegative = first.kind === "-" && ["NUM_INT", "NUM_FLOAT"].includes(this.#reader.peek(1).kind);
        if (first.kind !== "!" && (first.kind !== "-" || isNegative)) return this.#member();
        if (first.kind === "-" && !MEMBER_START.includes(this.#reader.peek(1).kind)) this.#reader.noAlternative(1);
        let count = 0;
        for (; this.#reader.peek().kind === first.kind; count++) this.#reader.match(first.kind);
        this.#reader.skipUnwanted(first.kind === "!" ? START : MEMBER_START);
        const operand = this.#member();
        return count % 2 === 0 ? operand : this.#nodes.call(first, first.kind === "!" ? NOT : NEGATE, undefined, [operand]);
      }) ?? brokenAt(start)
    );
  }

  #member(): Expr {
    const start = this.#reader.peek().at;
    return (
      this.#reader.rule("member", [], () => {
        let operand = this.#primary();
        while (MEMBER_OPS.includes(this.#reader.peek().kind)) {
          operand = this.#reader.peek().kind === "[" ? this.#index(operand) : this.#selectOrCall(operand);
        }
        return operand;
      }) ?? brokenAt(start)
    );
  }

  #index(operand: Expr): Expr {
    const op = this.#reader.match("[");
    this.#reader.sync([...START, "?"]);
    const optional = this.#reader.peek().kind === "?";
    if (optional) this.#reader.match("?");
    const index = this.#expr(["]"]);
    this.#closer("]");
    return this.#nodes.call(op, optional ? OPT_INDEX : INDEX, undefined, [operand, index]);
  }

  #selectOrCall(operand: Expr): Expr {
    if (!["?", "IDENTIFIER", "ESC_IDENTIFIER"].includes(this.#reader.peek(1).kind)) this.#reader.noAlternative(1);
    const op = this.#reader.match(".");
    if (this.#reader.peek().kind === "IDENTIFIER" && this.#reader.peek(1).kind === "(") {
      const name = this.#reader.match("IDENTIFIER");
      const open = this.#reader.match("(");
      return this.#nodes.call(open, name.text, operand, this.#arguments());
    }
    const optional = this.#reader.peek().kind === "?";
    if (optional) this.#reader.match("?");
    const start = this.#reader.peek();
    const name = this.#fieldName();
    if (name === undefined) {
      this.#nodes.issues.push({ at: start.at, message: "unsupported ident kind" });
      return BROKEN;
    }
    if (optional)
      return this.#nodes.tall({
        kind: "call",
        at: op.at,
        fn: OPT_SELECT,
        target: undefined,
        args: [operand, { kind: "literal", at: name.at, value: name.text }],
      });
    return this.#nodes.tall({ kind: "select", at: op.at, operand, field: name.text, test: false });
  }

  /** Escaped names are recognized, and refused: Kubernetes does not switch them on. */
  #fieldName(): Token | undefined {
    return this.#reader.rule("escapeIdent", [], () => {
      this.#reader.sync(["IDENTIFIER", "ESC_IDENTIFIER"]);
      const token = this.#reader.match(this.#reader.peek().kind === "ESC_IDENTIFIER" ? "ESC_IDENTIFIER" : "IDENTIFIER");
      if (token.kind === "ESC_IDENTIFIER") this.#nodes.issues.push({ at: token.at, message: "unsupported syntax: '`'" });
      return token;
    });
  }

  #arguments(): readonly Expr[] {
    const args: Expr[] = [];
    this.#reader.sync([...START, ")"]);
    if (this.#reader.peek().kind !== ")") {
      this.#reader.rule("exprList", [")"], () => this.#separated(() => args.push(this.#expr([",", ")"]))), { closed: true });
    }
    this.#closer(")");
    return args;
  }

  /** After a bracket a member may go on. */
  #closer(kind: string): void {
    this.#reader.match(kind, [...MEMBER_OPS, ...this.#reader.expectedAfterRule()]);
  }

  #separated(item: () => void): void {
    item();
    while (this.#reader.peek().kind === ",") {
      this.#reader.match(",");
      item();
    }
  }

  #primary(): Expr {
    return this.#reader.rule("primary", MEMBER_OPS, () => this.#primaryBody()) ?? BROKEN;
  }

  #primaryBody(): Expr {
    const first = this.#reader.peek();
    switch (first.kind) {
      case "(": {
        this.#reader.match("(");
        const expr = this.#expr([")"]);
        this.#closer(")");
        return expr;
      }
      case "[":
        return this.#list();
      case "{":
        return this.#map();
      case ".":
      case "IDENTIFIER":
        return this.#named();
      default:
        return this.#literal();
    }
  }

  #named(): Expr {
    const dot = this.#reader.peek().kind === "." ? 1 : 0;
    if (this.#reader.peek(dot).kind !== "IDENTIFIER") this.#reader.noAlternative(dot);
    let end = dot + 1;
    while (this.#reader.peek(end).kind === "." && this.#reader.peek(end + 1).kind === "IDENTIFIER") end += 2;
    if (this.#reader.peek(end).kind === "{") return this.#struct(end);
    const start = this.#reader.peek();
    if (dot === 1) this.#reader.match(".");
    const name = this.#reader.match("IDENTIFIER");
    const fullName = dot === 1 ? `.${name.text}` : name.text;
    const isCall = this.#reader.peek().kind === "(";
    const open = isCall ? this.#reader.match("(") : name;
    const args = isCall ? this.#arguments() : [];
    if (RESERVED.has(name.text)) {
      this.#nodes.issues.push({ at: start.at, message: `reserved identifier: ${name.text}` });
      return brokenAt(start.at);
    }
    return isCall ? this.#nodes.call(open, fullName, undefined, args, { global: true }) : { kind: "ident", at: name.at, name: fullName };
  }

  #struct(tokens: number): Expr {
    let typeName = "";
    for (let i = 0; i < tokens; i++) typeName += this.#reader.match(this.#reader.peek().kind).text;
    const op = this.#reader.match("{");
    const fields: StructField[] = [];
    this.#reader.sync(["}", ",", "?", "IDENTIFIER", "ESC_IDENTIFIER"]);
    if (this.#reader.peek().kind !== "}" && this.#reader.peek().kind !== ",") {
      this.#reader.rule("fieldInitializerList", [",", "}"], () =>
        this.#items(["?", "IDENTIFIER", "ESC_IDENTIFIER"], () => this.#fieldInto(fields)),
      );
    }
    this.#closing("}");
    return { kind: "struct", at: op.at, typeName, fields };
  }

  #fieldInto(fields: StructField[]): void {
    const optional = this.#reader.peek().kind === "?";
    if (optional) this.#reader.match("?");
    const name = this.#fieldName();
    const colon = this.#reader.match(":", START);
    const value = this.#expr([",", "}"]);
    if (name !== undefined) fields.push({ at: colon.at, name: name.text, value, optional });
  }

  /** A comma that no item comes after ends the list. */
  #items(starts: readonly string[], item: () => void): void {
    item();
    while (this.#reader.peek().kind === "," && starts.includes(this.#reader.peek(1).kind)) {
      this.#reader.match(",");
      item();
    }
  }

  #closing(close: string): void {
    this.#reader.sync([close, ","]);
    if (this.#reader.peek().kind === ",") this.#reader.match(",");
    this.#closer(close);
  }

  #list(): Expr {
    const op = this.#reader.match("[");
    const elements: Expr[] = [];
    const optionals = new Set<number>();
    this.#reader.sync([...START, "?", "]", ","]);
    if (this.#reader.peek().kind !== "]" && this.#reader.peek().kind !== ",") {
      this.#reader.rule("listInit", [",", "]"], () =>
        this.#items([...START, "?"], () => {
          if (this.#optional()) optionals.add(elements.length);
          elements.push(this.#expr([",", "]"]));
        }),
      );
    }
    this.#closing("]");
    return this.#nodes.wide({ kind: "list", at: op.at, elements, optionals }, elements);
  }

  #optional(): boolean {
    this.#reader.sync([...START, "?"]);
    if (this.#reader.peek().kind !== "?") return false;
    this.#reader.match("?");
    return true;
  }

  #map(): Expr {
    const op = this.#reader.match("{");
    const entries: MapEntry[] = [];
    this.#reader.sync([...START, "?", "}", ","]);
    if (this.#reader.peek().kind !== "}" && this.#reader.peek().kind !== ",") {
      this.#reader.rule("mapInitializerList", [",", "}"], () =>
        this.#items([...START, "?"], () => {
          const optional = this.#optional();
          const key = this.#expr([":"]);
          const colon = this.#reader.match(":", START);
          entries.push({ at: colon.at, key, value: this.#expr([",", "}"]), optional });
        }),
      );
    }
    this.#closing("}");
    return this.#nodes.wide(
      { kind: "map", at: op.at, entries },
      entries.flatMap((entry) => [entry.key, entry.value]),
    );
  }

  #literal(): Expr {
    const first = this.#reader.peek();
    const sign = first.kind === "-" ? this.#reader.match("-").text : "";
    const token = this.#reader.peek();
    if (!MEMBER_START.includes(token.kind) || MEMBER_OPS.includes(token.kind)) this.#reader.mismatch(START);
    this.#reader.match(token.kind);
    const value = literalValue(token, sign);
    if (value instanceof Error) {
      this.#nodes.issues.push({ at: first.at, message: value.message });
      return brokenAt(first.at);
    }
    return { kind: "literal", at: first.at, value };
  }
}
