import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { EtcdError } from "../../etcd/api/index.js";
import type { AuthParts, Tokens } from "../../etcd/member/index.js";
import { parseDuration } from "../cluster/index.js";
import { AuthOptionsError, createJwt } from "./jwt.js";
import { createPasswords } from "./passwords.js";

export { AuthOptionsError } from "./jwt.js";

export interface AuthSettings {
  /** As etcd's --auth-token: `simple`, or `jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=5m`. */
  readonly authToken: string;
  /** Of simple tokens. */
  readonly authTokenTtlMs: number;
  readonly bcryptCost: number;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const PREFIX_LETTERS = 16;
/** etcd's, where none is given. */
const JWT_TTL_MS = 5 * 60_000;
const TOKEN_TTL_MS = 300_000;

/** The costly and secret part of auth on this machine. Throws AuthOptionsError for options or keys that cannot be used. */
export const createAuth = (settings: AuthSettings): AuthParts => ({
  passwords: createPasswords(settings.bcryptCost),
  tokens: tokensOf(settings),
});

function tokensOf({ authToken, authTokenTtlMs }: AuthSettings): Tokens {
  const [kind = "", ...given] = authToken.split(",");
  const options = optionsOf(given);
  switch (kind) {
    case "simple":
      return { kind: "simple", ttlMs: authTokenTtlMs > 0 ? authTokenTtlMs : TOKEN_TTL_MS, newPrefix };
    case "jwt": {
      const file = (name: string): Buffer | undefined => readOption(options.get(name));
      const [publicKey, privateKey] = [file("pub-key"), file("priv-key")];
      return createJwt({ method: options.get("sign-method") ?? "", ttlMs: ttlOf(options.get("ttl")), publicKey, privateKey });
    }
    case "":
      // No tokens at all: certificates alone say who somebody is.
      return { kind: "signed", sign: () => Promise.reject(new EtcdError("authFailed")), verify: () => undefined };
    default:
      throw new AuthOptionsError("auth: invalid auth options");
  }
}

/** A random generator that starts from a seed would let who saw some tokens guess the next. */
const newPrefix = (): string => Array.from({ length: PREFIX_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join("");

function optionsOf(given: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const pair of given) {
    const [name = "", value, more] = pair.split("=");
    if (value === undefined || more !== undefined || options.has(name)) throw new AuthOptionsError("auth: invalid auth options");
    options.set(name, value);
  }
  return options;
}

function readOption(path: string | undefined): Buffer | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new AuthOptionsError(`auth: ${path} cannot be read`, { cause });
  }
}

function ttlOf(text: string | undefined): number {
  if (text === undefined || text === "") return JWT_TTL_MS;
  const ms = parseDuration(text);
  if (ms === undefined) throw new AuthOptionsError("auth: invalid auth options");
  return ms;
}
