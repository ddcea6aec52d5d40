/** JSON that loses nothing: numbers keep their digits, and a repeated key is an error instead of a silent last-one-wins. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;
export class JsonNumber {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

/** `offset` in characters; "syntax" and "end" are about the text, "meaning" about what it was read for. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly kind: "syntax" | "end" | "meaning";
  readonly offset: number;
  constructor(kind: JsonError["kind"], offset: number, message: string) {
    super(message);
    this.kind = kind;
    this.offset = offset;
  }
}

/** Where the values of an object begin in the text, for errors about them. */
const POSITIONS = new WeakMap<object, ReadonlyMap<string, number>>();
export const positionOf = (object: JsonValue, key: string): number =>
  (typeof object === "object" && object !== null ? POSITIONS.get(object)?.get(key) : undefined) ?? 0;

/** 1-based, as errors name places. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Nesting that a parser on the stack may follow. */
const DEPTH_MAX = 200;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** One value and white space, or JsonError. */
export function parseJson(text: string): JsonValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  if (reader.peek() !== "") throw reader.unexpected("after top-level value");
  return value;
}

class JsonReader {
  readonly #text: string;
  at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.#text);
    this.at = SPACE.lastIndex;
    return this.#text[this.at] ?? "";
  }

  unexpected(where: string): JsonError {
    const c = this.peek();
    if (c === "") return new JsonError("end", this.at, "unexpected EOF");
    return new JsonError("syntax", this.at, `invalid character '${c}' ${where}`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.at)) throw this.unexpected("looking for beginning of value");
    this.at += word.length;
    return value;
  }

  value(depth: number): JsonValue {
    if (depth > DEPTH_MAX) throw new JsonError("meaning", this.at, `nested deeper than ${DEPTH_MAX}`);
    switch (this.peek()) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default: {
        const digits = this.#match(NUMBER);
        if (digits === undefined) throw this.unexpected("looking for beginning of value");
        return new JsonNumber(digits);
      }
    }
  }

  #string(): string {
    const token = this.#match(STRING);
    if (token === undefined) throw this.#badString();
    return JSON.parse(token) as string;
  }

  /** Cut off, or with something in it that a string may not hold. */
  #badString(): JsonError {
    const rest = this.#text.slice(this.at + 1);
    const open = !/^(?:[^"\\]|\\.)*"/s.test(rest);
    return open
      ? new JsonError("end", this.at, "unexpected EOF")
      : new JsonError("syntax", this.at, "invalid character '\"' in string literal");
  }

  #array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.at++;
    if (this.peek() === "]") {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      if (!this.#more("]")) return items;
    }
  }

  #object(depth: number): ReadonlyMap<string, JsonValue> {
    const map = new Map<string, JsonValue>();
    const positions = new Map<string, number>();
    POSITIONS.set(map, positions);
    this.at++;
    if (this.peek() === "}") {
      this.at++;
      return map;
    }
    for (;;) {
      if (this.peek() !== '"') throw this.unexpected("looking for beginning of object key string");
      const key = this.#string();
      if (map.has(key)) throw new JsonError("meaning", this.at, `duplicate field "${key}"`);
      if (this.peek() !== ":") throw this.unexpected("after object key");
      this.at++;
      this.peek();
      positions.set(key, this.at);
      map.set(key, this.value(depth + 1));
      if (!this.#more("}")) return map;
    }
  }

  #more(end: string): boolean {
    const c = this.peek();
    if (c !== end && c !== ",") throw this.unexpected(end === "}" ? "after object key:value pair" : "after array element");
    this.at++;
    return c === ",";
  }
}
