import { type CelValue, Uint } from "../values.js";
import type { Token } from "./lexer.js";
import { unquote } from "./strings.js";

const INT_MAX = 2n ** 63n - 1n;
/** The value of a token, or what is wrong with it. `sign`: "-" or nothing. */
export function literalValue(token: Token, sign: string): CelValue | Error {
  switch (token.kind) {
    case "NUM_INT": {
      const magnitude = BigInt(token.text);
      return magnitude > INT_MAX + (sign === "-" ? 1n : 0n) ? new Error("invalid int literal") : sign === "-" ? -magnitude : magnitude;
    }
    case "NUM_UINT": {
      const value = BigInt(token.text.slice(0, -1));
      return value > 2n ** 64n - 1n ? new Error("invalid uint literal") : new Uint(value);
    }
    case "NUM_FLOAT": {
      const value = Number(sign + token.text);
      return Number.isFinite(value) ? value : new Error("invalid double literal");
    }
    case "STRING":
    case "BYTES": {
      const bytes = token.kind === "BYTES";
      const value = unquote(bytes ? token.text.slice(1) : token.text, { bytes });
      return value.kind === "error" ? new Error(value.message) : value.kind === "text" ? value.text : value.bytes;
    }
    default:
      return token.kind === "null" ? null : token.kind === "true";
  }
}
