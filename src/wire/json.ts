/** JSON that loses nothing: numbers keep their digits, and a repeated key is an error instead of a silent last-one-wins. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;
export class JsonNumber {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

export class JsonError extends Error {
  override readonly name = "JsonError";
}

/** Nesting that a parser on the stack may follow. */
const DEPTH_MAX = 200;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** One value and white space, or JsonError. */
export function parseJson(text: string): JsonValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  if (reader.peek() !== "") throw new JsonError(`unexpected text at ${reader.at}`);
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

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.at)) throw new JsonError(`invalid character at ${this.at}`);
    this.at += word.length;
    return value;
  }

  value(depth: number): JsonValue {
    if (depth > DEPTH_MAX) throw new JsonError(`nested deeper than ${DEPTH_MAX}`);
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
        if (digits === undefined) throw new JsonError(this.at >= this.#text.length ? "unexpected end of JSON input" : `invalid character at ${this.at}`);
        return new JsonNumber(digits);
      }
    }
  }

  #string(): string {
    const token = this.#match(STRING);
    if (token === undefined) throw new JsonError(`invalid string at ${this.at}`);
    return JSON.parse(token) as string;
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
    this.at++;
    if (this.peek() === "}") {
      this.at++;
      return map;
    }
    for (;;) {
      if (this.peek() !== '"') throw new JsonError(`a key is expected at ${this.at}`);
      const key = this.#string();
      if (map.has(key)) throw new JsonError(`duplicate field "${key}"`);
      if (this.peek() !== ":") throw new JsonError(`":" is expected at ${this.at}`);
      this.at++;
      map.set(key, this.value(depth + 1));
      if (!this.#more("}")) return map;
    }
  }

  #more(end: string): boolean {
    const c = this.peek();
    this.at++;
    if (c === end) return false;
    if (c !== ",") throw new JsonError(`"," or "${end}" is expected at ${this.at - 1}`);
    return true;
  }
}
