import { equalJson, isObject, type Json } from "../../kube/meta/index.js";

/**
 * The JSON path of printer columns: fields, indexes and slices, wildcards, recursive descent, unions and filters, as kubectl's -o jsonpath
 * knows them. A path that cannot be read has no steps: undefined.
 */
export type JsonPath = readonly Step[];
type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "all" }
  | { readonly kind: "descend" }
  | {
      readonly kind: "slice";
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly step: number;
      readonly one: boolean;
    }
  | { readonly kind: "union"; readonly of: readonly Step[] }
  | { readonly kind: "filter"; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined };
type Operand = { readonly kind: "path"; readonly path: JsonPath } | { readonly kind: "value"; readonly value: Json };

export function parseJsonPath(text: string): JsonPath | undefined {
  try {
    const parser = new Parser(text);
    return parser.steps();
  } catch (error) {
    if (error instanceof PathError) return undefined;
    throw error;
  }
}
class PathError extends Error {}

const OPERATORS = ["==", "!=", "<=", ">=", "<", ">"];
/** Levels of filters within filters. */
const FILTERS_MAX = 16;

class Parser {
  readonly #text: string;
  readonly #depth: number;
  #at = 0;
  constructor(text: string, depth = 0) {
    if (depth > FILTERS_MAX) throw new PathError();
    this.#text = text;
    this.#depth = depth;
  }

  steps(): JsonPath {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) {
      const c = this.#text[this.#at];
      if (c === "$" || c === "@") this.#at++;
      else if (this.#text.startsWith("..", this.#at)) {
        this.#at += 2;
        steps.push({ kind: "descend" });
        if (/[A-Za-z0-9_*]/.test(this.#text[this.#at] ?? "")) steps.push(this.#field());
      } else if (c === ".") {
        this.#at++;
        if (this.#at < this.#text.length && this.#text[this.#at] !== "[") steps.push(this.#field());
      } else if (c === "[") steps.push(this.#bracket());
      else steps.push(this.#field());
    }
    return steps;
  }

  #field(): Step {
    let name = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at] as string;
      if (c === "\\" && this.#at + 1 < this.#text.length) name += this.#text[++this.#at];
      else if (/[\s.[\]@()|,]/.test(c)) break;
      else name += c;
    }
    if (name === "") throw new PathError();
    return name === "*" ? { kind: "all" } : { kind: "field", name };
  }

  #bracket(): Step {
    const end = this.#closing();
    const inside = this.#text.slice(this.#at + 1, end).trim();
    this.#at = end + 1;
    const filter = /^\?\((.*)\)$/s.exec(inside);
    if (filter) return this.#filter(filter[1] as string);
    const parts = splitOutside(inside, ",");
    const steps = parts.map((part) => this.#element(part.trim()));
    return steps.length === 1 ? (steps[0] as Step) : { kind: "union", of: steps };
  }
  #closing(): number {
    let depth = 0;
    let quote = "";
    for (let i = this.#at; i < this.#text.length; i++) {
      const c = this.#text[i] as string;
      if (quote !== "") {
        if (c === "\\") i++;
        else if (c === quote) quote = "";
      } else if (c === "'" || c === '"') quote = c;
      else if (c === "[") depth++;
      else if (c === "]" && --depth === 0) return i;
    }
    throw new PathError();
  }
  #element(text: string): Step {
    if (text === "*") return { kind: "all" };
    const quoted = unquoted(text);
    if (quoted !== undefined) return { kind: "field", name: quoted };
    const slice = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/.exec(text);
    if (slice === null || text === "") {
      if (/^[A-Za-z_][\w-]*$/.test(text)) return { kind: "field", name: text };
      throw new PathError();
    }
    const number = (s: string | undefined): number | undefined => (s === undefined || s === "" ? undefined : Number(s));
    const one = slice[2] === undefined;
    return { kind: "slice", from: number(slice[1]), to: number(slice[2]), step: number(slice[3]) ?? 1, one };
  }

  #filter(text: string): Step {
    const operator = OPERATORS.find((o) => splitOutside(text, o).length === 2);
    if (operator === undefined) return { kind: "filter", left: this.#operand(text), operator: "exists", right: undefined };
    const [left = "", right = ""] = splitOutside(text, operator);
    return { kind: "filter", left: this.#operand(left), operator, right: this.#operand(right) };
  }
  #operand(given: string): Operand {
    const text = given.trim();
    const quoted = unquoted(text);
    if (quoted !== undefined) return { kind: "value", value: quoted };
    if (/^-?\d+(\.\d+)?$/.test(text)) return { kind: "value", value: Number(text) };
    if (text === "true" || text === "false") return { kind: "value", value: text === "true" };
    return { kind: "path", path: new Parser(text, this.#depth + 1).steps() };
  }
}
function unquoted(text: string): string | undefined {
  const quote = text[0];
  if ((quote !== "'" && quote !== '"') || text.length < 2 || text.at(-1) !== quote) return undefined;
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
/** At every place of `by` that stands in no quotes and no brackets. */
function splitOutside(text: string, by: string): readonly string[] {
  const parts: string[] = [];
  let [depth, quote, from] = [0, "", 0];
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quote !== "") {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === "'" || c === '"') quote = c;
    else if (c === "[" || c === "(") depth++;
    else if (c === "]" || c === ")") depth--;
    else if (depth === 0 && text.startsWith(by, i)) {
      parts.push(text.slice(from, i));
      i += by.length - 1;
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** All that the path reaches, in order; nothing where a key is missing. undefined: a step does not fit the value. */
export function findAll(path: JsonPath, root: Json): readonly Json[] | undefined {
  let found: Json[] = [root];
  for (const step of path) {
    const next: Json[] = [];
    for (const value of found) if (!follow(step, value, next)) return undefined;
    found = next;
  }
  return found;
}
function follow(step: Step, value: Json, out: Json[]): boolean {
  switch (step.kind) {
    case "field":
      if (isObject(value) && Object.hasOwn(value, step.name)) out.push(value[step.name] as Json);
      return true;
    case "all":
      out.push(...inside(value));
      return true;
    case "descend":
      descend(value, out);
      return true;
    case "union":
      return step.of.every((s) => follow(s, value, out));
    case "slice":
      return followSlice(step, value, out);
    case "filter":
      if (!Array.isArray(value)) return value === null;
      out.push(...value.filter((item) => holds(step, item)));
      return true;
  }
}
const inside = (value: Json): readonly Json[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);
function descend(value: Json, out: Json[]): void {
  if (typeof value !== "object" || value === null) return;
  out.push(value);
  for (const inner of inside(value)) descend(inner, out);
}
function followSlice(step: Extract<Step, { kind: "slice" }>, value: Json, out: Json[]): boolean {
  if (value === null) return true;
  if (!Array.isArray(value)) return false;
  const at = (i: number | undefined, fallback: number): number => (i === undefined ? fallback : i < 0 ? i + value.length : i);
  const from = at(step.from, 0);
  if (step.one) {
    // An index beyond the end is a missing key.
    if (from >= 0 && from < value.length) out.push(value[from] as Json);
    return true;
  }
  if (step.step <= 0) return false;
  for (let i = Math.max(0, from); i < Math.min(value.length, at(step.to, value.length)); i += step.step) out.push(value[i] as Json);
  return true;
}

function holds(step: Extract<Step, { kind: "filter" }>, item: Json): boolean {
  const left = operandOf(step.left, item);
  if (step.right === undefined) return left !== undefined;
  const right = operandOf(step.right, item);
  if (left === undefined || right === undefined) return false;
  switch (step.operator) {
    case "==":
      return equalJson(left, right);
    case "!=":
      return !equalJson(left, right);
    default:
      return ordered(step.operator, left, right);
  }
}
function ordered(operator: string, a: Json, b: Json): boolean {
  const comparable = (typeof a === "number" && typeof b === "number") || (typeof a === "string" && typeof b === "string");
  if (!comparable) return false;
  if (operator === "<") return a < b;
  if (operator === ">") return a > b;
  return operator === "<=" ? a <= b : a >= b;
}
const operandOf = (o: Operand, item: Json): Json | undefined => (o.kind === "value" ? o.value : findAll(o.path, item)?.[0]);
