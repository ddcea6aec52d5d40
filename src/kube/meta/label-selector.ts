import { type FieldError, invalid, textOf } from "./field-error.js";
import type { JsonObject } from "./json.js";
import { labelValueErrors, qualifiedNameErrors } from "./names.js";

export type LabelOperator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";
export interface Requirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}
/** All must hold; none of them: everything matches. */
export type LabelSelector = readonly Requirement[];
type Labels = Readonly<Record<string, string>>;

/** Its message is the text that clients see. */
export class SelectorError extends Error {
  override readonly name = "SelectorError";
}

type Token = { readonly kind: "word" | "end" | "," | "!" | "=" | "==" | "!=" | ">" | "<" | "(" | ")" | "?"; readonly text: string };
const WORD_OPERATORS = new Set(["in", "notin", "gt", "lt"]);
const SYMBOLS = new Set([",", "!", "=", "==", "!=", ">", "<", "(", ")"]);
const PIECE = /\s+|[=!(),><]|[^\s=!(),><]+/gy;
const INTEGER = /^[+-]?\d+$/;
const BINARY = "in, notin, =, ==, !=, gt, lt";

function* tokens(text: string): Generator<Token> {
  const pieces = (text.match(PIECE) ?? []).map((p) => p);
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as string;
    if (/^\s/.test(piece)) continue;
    if (!SYMBOLS.has(piece)) {
      yield { kind: "word", text: piece };
      continue;
    }
    // "==" and "!=" are the only symbols of two characters.
    const two = piece + (pieces[i + 1] ?? "");
    if (two === "==" || two === "!=") i++;
    const symbol = two === "==" || two === "!=" ? two : piece;
    yield { kind: symbol as Token["kind"], text: symbol };
  }
  yield { kind: "end", text: "" };
}

/** "app=web,tier in (front,back),!old": Kubernetes' grammar and its errors. Throws SelectorError. */
export function parseLabelSelector(text: string): LabelSelector {
  return new SelectorParser([...tokens(text)]).parse();
}

class SelectorParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(all: readonly Token[]) {
    this.#tokens = all;
  }
  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }
  #next(): Token {
    return this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)] as Token;
  }

  parse(): LabelSelector {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end") return sorted(requirements);
      if (token.kind !== "word" && token.kind !== "!")
        throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirementOrError());
      const after = this.#next();
      if (after.kind === "end") return sorted(requirements);
      if (after.kind !== ",") throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const next = this.#peek();
      if (next.kind !== "word" && next.kind !== "!") throw new SelectorError(`found '${next.text}', expected: identifier after ','`);
    }
  }

  #requirementOrError(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #requirement(): Requirement {
    const negated = this.#peek().kind === "!";
    if (negated) this.#next();
    const key = this.#next();
    if (key.kind !== "word") throw new SelectorError(`found '${key.text}', expected: identifier`);
    refuse(qualifiedNameErrors(key.text).length > 0 ? [{ ...invalid("<nil>", key.text, qualifiedNameErrors(key.text).join("; ")) }] : []);
    const kind = this.#peek().kind;
    if (negated || kind === "end" || kind === ",") return { key: key.text, operator: negated ? "!" : "exists", values: [] };
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#values() : [this.#exactValue()];
    return checked({ key: key.text, operator, values: [...new Set(values)].sort() });
  }

  #operator(): LabelOperator {
    const token = this.#next();
    if (token.kind === "=" || token.kind === "==" || token.kind === "!=") return token.kind;
    if (token.kind === ">") return "gt";
    if (token.kind === "<") return "lt";
    if (token.kind === "word" && WORD_OPERATORS.has(token.text)) return token.text as LabelOperator;
    throw new SelectorError(`found '${token.text}', expected: ${BINARY}`);
  }

  #values(): readonly string[] {
    const open = this.#next();
    if (open.kind !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ")") {
      this.#next();
      return [""];
    }
    if (first.kind !== "word" && first.kind !== ",") throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#list();
    this.#next();
    return values;
  }
  /** Up to the closing parenthesis; empty places count as "". */
  #list(): readonly string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === "word") {
        values.push(token.text);
        const after = this.#peek();
        if (after.kind === ")") return values;
        if (after.kind !== ",") throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.kind === ",") {
        const after = this.#peek();
        if (values.length === 0 || after.kind === "," || after.kind === ")") values.push("");
        if (after.kind === ")") return values;
      } else throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token.kind === "end" || token.kind === ",") return "";
    this.#next();
    if (token.kind !== "word") throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }
}

function checked(r: Requirement): Requirement {
  const errors: FieldError[] = [];
  r.values.forEach((value, i) => {
    if ((r.operator === "gt" || r.operator === "lt") && !INTEGER.test(value)) {
      errors.push(invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
    }
  });
  r.values.forEach((value, i) => {
    const texts = labelValueErrors(value);
    if (texts.length > 0) errors.push(invalid(`values[${i}][${r.key}]`, value, texts.join("; ")));
  });
  refuse(errors);
  return r;
}
function refuse(errors: readonly FieldError[]): void {
  if (errors.length === 1) throw new SelectorError(textOf(errors[0] as FieldError));
  if (errors.length > 1) throw new SelectorError(`[${errors.map(textOf).join(", ")}]`);
}
const sorted = (requirements: Requirement[]): LabelSelector => requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

export function matchesLabels(selector: LabelSelector, labels: Labels | undefined): boolean {
  return selector.every((r) => holds(r, labels !== undefined && Object.hasOwn(labels, r.key) ? labels[r.key] : undefined));
}
function holds(r: Requirement, value: string | undefined): boolean {
  switch (r.operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "in":
    case "=":
    case "==":
      return value !== undefined && r.values.includes(value);
    case "notin":
    case "!=":
      return value === undefined || !r.values.includes(value);
    case "gt":
    case "lt":
      return value !== undefined && INTEGER.test(value) && compare(r, value);
  }
}
function compare(r: Requirement, value: string): boolean {
  const [a, b] = [BigInt(value.replace("+", "")), BigInt((r.values[0] as string).replace("+", ""))];
  return r.operator === "gt" ? a > b : a < b;
}

/** As Kubernetes prints one, in status.selector of a Scale and in tables. */
export function labelSelectorText(selector: LabelSelector): string {
  return selector
    .map((r) => {
      if (r.operator === "exists") return r.key;
      if (r.operator === "!") return `!${r.key}`;
      if (r.operator === "in" || r.operator === "notin") return `${r.key} ${r.operator} (${r.values.join(",")})`;
      return `${r.key}${r.operator === "gt" ? ">" : r.operator === "lt" ? "<" : r.operator}${r.values[0] ?? ""}`;
    })
    .join(",");
}

const OBJECT_OPERATORS: Readonly<Record<string, LabelOperator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };
/** metav1.LabelSelector; undefined when it is not a valid one. Nothing in it matches everything; an absent one (null) nothing. */
export function fromLabelSelector(selector: JsonObject | undefined): LabelSelector | undefined {
  if (selector === undefined) return undefined;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries((selector["matchLabels"] ?? {}) as Labels))
    requirements.push({ key, operator: "=", values: [value] });
  for (const e of (selector["matchExpressions"] ?? []) as { key: string; operator: string; values?: string[] }[]) {
    const operator = OBJECT_OPERATORS[e.operator];
    if (!operator) return undefined;
    requirements.push({ key: e.key, operator, values: [...(e.values ?? [])].sort() });
  }
  return sorted(requirements);
}
