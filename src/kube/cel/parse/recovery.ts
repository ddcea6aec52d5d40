import { RECOVERIES_MAX, RECURSION_MAX, SKIPPED_TOKENS_MAX } from "../limits.js";
import type { Issue } from "./errors.js";
import type { Lexed, Span, Token } from "./lexer.js";

/** The reader of tokens below the grammar: what it says and skips when the grammar does not fit is what ANTLR's default strategy does,
 *  since its words and positions are on the wire. */

/** Leaves the rule that failed; caught where the rule began. */
class Mismatch extends Error {
  override readonly name = "Mismatch";
}
/** Leaves the whole parse. */
export class ParseAborted extends Error {
  override readonly name = "ParseAborted";
}

const ORDER =
  "EOF == != in < <= >= > && || [ ] { } ( ) . , - ! ? : + * / % true false null NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER ESC_IDENTIFIER".split(
    " ",
  );

/** What may come after a rule. `closed`: nothing else; otherwise also what may come after the rule around it. */
interface Follow {
  readonly kinds: readonly string[];
  readonly closed: boolean;
}

export class Reader {
  readonly issues: Issue[] = [];
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #unknown: readonly Span[];
  #position = 0;
  #recovering = false;
  #lastFailure = -1;
  readonly #failedRules = new Set<string>();
  #recoveries = 0;
  readonly #follow: Follow[] = [];
  readonly #depths = new Map<string, number>();

  constructor(source: string, lexed: Lexed) {
    this.#source = source;
    this.#tokens = lexed.tokens;
    this.#unknown = lexed.unknown;
  }

  get recovering(): boolean {
    return this.#recovering;
  }

  peek(ahead = 0): Token {
    return (this.#tokens[this.#position + ahead] ?? this.#tokens[this.#tokens.length - 1]) as Token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "EOF") this.#position++;
    return token;
  }

  /** Begins rules that cannot fail themselves, only what is inside them. */
  push(names: readonly string[], follow: readonly string[], closed: boolean): void {
    for (const name of names) this.#enter(name);
    this.#follow.push({ kinds: follow, closed });
  }
  pop(names: readonly string[]): void {
    this.#follow.pop();
    for (const name of names) this.#depths.set(name, (this.#depths.get(name) ?? 1) - 1);
  }

  /** Runs a grammar rule that `follow` may come after. undefined: it failed, was reported, and the tokens it choked on are skipped. */
  rule<T>(name: string, follow: readonly string[], body: () => T, options: { readonly closed?: boolean } = {}): T | undefined {
    this.push([name], follow, options.closed ?? false);
    try {
      return body();
    } catch (thrown) {
      if (!(thrown instanceof Mismatch)) throw thrown;
      this.#recover(name);
      return undefined;
    } finally {
      this.pop([name]);
    }
  }

  #enter(name: string): void {
    const depth = (this.#depths.get(name) ?? 0) + 1;
    this.#depths.set(name, depth);
    if (depth > RECURSION_MAX) this.abort(-1, `expression recursion limit exceeded: ${RECURSION_MAX}`);
  }
  abort(at: number, message: string): never {
    this.issues.push({ at, message });
    throw new ParseAborted();
  }

  /** Before a choice: the next token must be one of these; one superfluous token is skipped. */
  sync(expected: readonly string[]): void {
    if (this.#recovering || expected.includes(this.peek().kind)) return;
    if (this.#skipOne(expected)) return;
    this.mismatch(expected);
  }

  /** `then`: what may come after the token; undefined: whatever may come after the rule. A token that only is missing is made up. */
  match(kind: string, then: readonly string[] = this.expectedAfterRule()): Token {
    if (this.peek().kind === kind) {
      this.#recovering = false;
      this.#lastFailure = -1;
      return this.next();
    }
    this.#countRecovery();
    if (this.#skipOne([kind])) return this.next();
    if (!then.includes(this.peek().kind)) this.mismatch([kind]);
    this.report(this.peek(), `missing ${displayKind(kind)} at ${display(this.peek())}`);
    return { kind, text: kind, at: this.peek().at };
  }

  /** What may come after the rules in progress. */
  expectedAfterRule(): readonly string[] {
    const kinds: string[] = [];
    for (const follow of this.#follow.toReversed()) {
      kinds.push(...follow.kinds);
      if (follow.closed) break;
    }
    return kinds;
  }

  /** In a loop over tokens: what can neither go on nor end it is skipped, all of it. */
  skipUnwanted(expected: readonly string[]): void {
    if (this.#recovering || expected.includes(this.peek().kind)) return;
    this.report(this.peek(), `extraneous input ${display(this.peek())} expecting ${displaySet(expected)}`);
    this.#skipTo(new Set([...expected, ...this.#follow.flatMap((follow) => follow.kinds)]));
  }

  mismatch(expected: readonly string[]): never {
    this.report(this.peek(), `mismatched input ${display(this.peek())} expecting ${displaySet(expected)}`);
    throw new Mismatch();
  }

  /** No alternative begins with the tokens from `start` to the one `ahead` of it. */
  noAlternative(ahead: number): never {
    const [start, offending] = [this.peek(), this.peek(ahead)];
    const end = offending.kind === "EOF" ? lastEnd(this.#tokens) : offending.at + offending.text.length;
    const text = start.kind === "EOF" ? "<EOF>" : this.#textBetween(start.at, end);
    const reserved = /^\.(true|false|null)$/.exec(text);
    const message =
      reserved === null ? `no viable alternative at input '${escapeText(text)}'` : `mismatched input '${reserved[1]}' expecting IDENTIFIER`;
    this.report(offending, message);
    throw new Mismatch();
  }

  /** Without what was no token. */
  #textBetween(from: number, to: number): string {
    let text = "";
    let at = from;
    for (const span of this.#unknown) {
      if (span.from < at || span.from >= to) continue;
      text += this.#source.slice(at, span.from);
      at = span.to;
    }
    return text + this.#source.slice(at, to);
  }

  /** Nothing is reported again until a token matched. */
  report(at: Token, message: string): void {
    if (this.#recovering) return;
    this.#recovering = true;
    this.issues.push({ at: at.at, message: `Syntax error: ${message}` });
  }

  #skipOne(expected: readonly string[]): boolean {
    if (this.peek().kind === "EOF" || !expected.includes(this.peek(1).kind)) return false;
    this.report(this.peek(), `extraneous input ${display(this.peek())} expecting ${displaySet(expected)}`);
    this.next();
    this.#recovering = false;
    return true;
  }

  #countRecovery(): void {
    this.#recoveries++;
    if (this.#recoveries > RECOVERIES_MAX) {
      this.abort(this.peek().at, `Syntax error: error recovery attempt limit exceeded: ${RECOVERIES_MAX}`);
    }
  }

  /** Skips to a token that some rule in progress could go on with. */
  #recover(rule: string): void {
    this.#countRecovery();
    // The same rule failing at the same place again would never end.
    if (this.#lastFailure === this.#position && this.#failedRules.has(rule)) this.next();
    if (this.#lastFailure !== this.#position) this.#failedRules.clear();
    this.#lastFailure = this.#position;
    this.#failedRules.add(rule);
    this.#skipTo(new Set(this.#follow.flatMap((follow) => follow.kinds)));
  }
  #skipTo(kinds: ReadonlySet<string>): void {
    for (let skipped = 0; this.peek().kind !== "EOF" && !kinds.has(this.peek().kind); skipped++) {
      if (skipped >= SKIPPED_TOKENS_MAX) this.abort(-1, `error recovery token lookahead limit exceeded: ${SKIPPED_TOKENS_MAX}`);
      this.next();
    }
  }
}

const lastEnd = (tokens: readonly Token[]): number => {
  const last = tokens[tokens.length - 2];
  return last === undefined ? 0 : last.at + last.text.length;
};
const escapeText = (text: string): string => text.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
const display = (token: Token): string => `'${escapeText(token.text)}'`;
const displayKind = (kind: string): string => (kind === "EOF" ? "<EOF>" : /^[A-Z_]+$/.test(kind) ? kind : `'${kind}'`);
function displaySet(kinds: readonly string[]): string {
  const shown = ORDER.filter((kind) => kinds.includes(kind)).map(displayKind);
  return shown.length === 1 ? (shown[0] as string) : `{${shown.join(", ")}}`;
}
