import { type Json, type JsonObject, setKey } from "../meta/index.js";
import { DecodeError } from "./errors.js";
import { NESTING_MAX } from "./limits.js";

/** A number whose digits say more than its value: "1.0", "1e3", more than 64 bits. Only an exact parse yields it. */
export class ExactNumber {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}
export type Parsed = Json | ExactNumber;
/** Of objects with a repeated key: all keys in the order of the text. The object holds the last value of each. */
export type RepeatedKeys = ReadonlyMap<object, readonly string[]>;
export interface ParsedText {
  /** May hold ExactNumber where a number stands; whoever decodes by a schema looks for it. */
  readonly value: Json;
  readonly repeated: RepeatedKeys;
}
const NONE: RepeatedKeys = new Map();

/** Every key of a text has a closing quote and a colon behind it. Some other things too, so this counts too many, never too few. */
const KEYS = /(?<!\\)"\s*:/g;
/** Where JSON.parse would lose digits: 16 and more, an exponent, zeros at the end of a fraction. */
const LOSSY = /[[:,]\s*-?(?:\d{16}|\d+(?:\.\d+)?[eE]|\d+\.\d*0[\s,\]}])/;

/**
 * JSON that loses nothing. JSON.parse is several times faster than anything written here, but drops repeated keys and rounds large
 * integers; so it does the work, and only a text that may hold such a thing is read a second time.
 */
export function parseJsonText(text: string): ParsedText {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return exactly(text);
  }
  if (LOSSY.test(text) || text.includes('\\\\"')) return exactly(text);
  const keys = countKeys(value);
  KEYS.lastIndex = 0;
  let found = 0;
  while (KEYS.test(text)) found++;
  return found === keys ? { value, repeated: NONE } : exactly(text);
}

/** Keys of all objects; refuses what is nested too deeply. */
function countKeys(value: Json): number {
  let count = 0;
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > NESTING_MAX) throw new DecodeError("syntax", "exceeded max depth");
    const next: Json[] = [];
    for (const v of level) {
      if (Array.isArray(v)) {
        for (const item of v) if (typeof item === "object" && item !== null) next.push(item);
      } else
        for (const key in v as JsonObject) {
          count++;
          const item = (v as JsonObject)[key];
          if (typeof item === "object" && item !== null) next.push(item);
        }
    }
    level = next;
  }
  return count;
}

export function exactly(text: string): ParsedText {
  const reader = new ExactReader(text);
  const value = reader.value(0);
  reader.end();
  return { value: value as Json, repeated: reader.repeated };
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

class ExactReader {
  readonly #text: string;
  #at = 0;
  readonly repeated = new Map<object, readonly string[]>();
  constructor(text: string) {
    this.#text = text;
  }

  #skip(): string {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
    return this.#text[this.#at] ?? "";
  }
  #fail(where: string): DecodeError {
    const c = this.#text[this.#at];
    return new DecodeError("syntax", c === undefined ? "unexpected end of JSON input" : `invalid character '${c}' ${where}`);
  }
  end(): void {
    if (this.#skip() !== "") throw this.#fail("after top-level value");
  }

  value(depth: number): Parsed {
    if (depth > NESTING_MAX) throw new DecodeError("syntax", "exceeded max depth");
    switch (this.#skip()) {
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
      default:
        return this.#number();
    }
  }

  #word<T>(word: string, value: T): T {
    for (const c of word) {
      if (this.#text[this.#at] !== c) throw this.#fail(`in literal ${word}`);
      this.#at++;
    }
    return value;
  }

  #number(): Parsed {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#text)?.[0];
    if (digits === undefined) throw this.#fail("looking for beginning of value");
    this.#at += digits.length;
    if (/[eE]|\..*0$/.test(digits)) return new ExactNumber(digits);
    const value = Number(digits);
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    const whole = BigInt(digits);
    return BigInt.asIntN(64, whole) === whole ? whole : new ExactNumber(digits);
  }

  #string(): string {
    const from = this.#at++;
    for (;;) {
      PLAIN.lastIndex = this.#at;
      PLAIN.test(this.#text);
      this.#at = PLAIN.lastIndex;
      const c = this.#text[this.#at];
      if (c === '"') break;
      if (c !== "\\") throw this.#fail("in string literal");
      ESCAPE.lastIndex = this.#at;
      if (!ESCAPE.test(this.#text)) {
        this.#at++;
        throw this.#fail("in string escape code");
      }
      this.#at = ESCAPE.lastIndex;
    }
    this.#at++;
    return JSON.parse(this.#text.slice(from, this.#at)) as string;
  }

  #array(depth: number): Json[] {
    const list: Parsed[] = [];
    this.#at++;
    if (this.#skip() === "]") {
      this.#at++;
      return [];
    }
    for (;;) {
      list.push(this.value(depth + 1));
      const c = this.#skip();
      if (c !== "," && c !== "]") throw this.#fail("after array element");
      this.#at++;
      if (c === "]") return list as Json[];
    }
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = {};
    const keys: string[] = [];
    this.#at++;
    let c = this.#skip();
    if (c === "}") this.#at++;
    while (c !== "}") {
      if (this.#skip() !== '"') throw this.#fail("looking for beginning of object key string");
      const key = this.#string();
      if (this.#skip() !== ":") throw this.#fail("after object key");
      this.#at++;
      setKey(object, key, this.value(depth + 1) as Json);
      keys.push(key);
      c = this.#skip();
      if (c !== "," && c !== "}") throw this.#fail("after object key:value pair");
      this.#at++;
    }
    if (new Set(keys).size < keys.length) this.repeated.set(object, keys);
    return object;
  }
}
