import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** Claims of a service account's token (RFC 7519, and Kubernetes' private ones). Times in seconds since 1970. */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly node?: { readonly name: string; readonly uid: string };
    readonly secret?: { readonly name: string; readonly uid: string };
    readonly warnafter?: number;
  };
}

const TOKEN_BYTES_MAX = 64 * 1024;
/** Signatures that were found good are remembered: checking one costs as much as all the rest of a small read. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED_BYTES_MAX = 4 * 1024;
const base64 = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString("base64url");

/** Signs and checks with one ECDSA P-256 key that all masters have. */
export class TokenKey {
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  /** Tokens whose signature is good, the oldest first. What else holds of them is asked each time. */
  readonly #good = new Map<string, TokenClaims>();
  readonly id: string;

  constructor(pem: string) {
    this.#private = createPrivateKey(pem);
    this.#public = createPublicKey(this.#private);
    this.id = createHash("sha256")
      .update(this.#public.export({ type: "spki", format: "der" }))
      .digest("base64url");
  }

  sign(claims: TokenClaims): string {
    const text = `${base64({ alg: "ES256", kid: this.id })}.${base64(claims)}`;
    return `${text}.${base64(sign("sha256", Buffer.from(text), { key: this.#private, dsaEncoding: "ieee-p1363" }))}`;
  }

  /** undefined: no token of this key. Says nothing about its time. */
  verify(token: string): TokenClaims | undefined {
    const known = this.#good.get(token);
    if (known) return known;
    const claims = this.#checked(token);
    if (claims && token.length <= REMEMBERED_BYTES_MAX) this.#remember(token, claims);
    return claims;
  }
  #remember(token: string, claims: TokenClaims): void {
    const [oldest] = this.#good.keys();
    if (this.#good.size >= REMEMBERED_MAX && oldest !== undefined) this.#good.delete(oldest);
    this.#good.set(token, claims);
  }
  #checked(token: string): TokenClaims | undefined {
    const parts = token.split(".");
    if (parts.length !== 3 || token.length > TOKEN_BYTES_MAX) return undefined;
    const [head, body, signature] = parts as [string, string, string];
    try {
      const header = JSON.parse(Buffer.from(head, "base64url").toString()) as { alg?: unknown };
      if (header.alg !== "ES256") return undefined;
      // One spelling only: decoding skips what is not base64url, and the last character's unused bits.
      if (base64(Buffer.from(signature, "base64url")) !== signature) return undefined;
      const good = verify(
        "sha256",
        Buffer.from(`${head}.${body}`),
        { key: this.#public, dsaEncoding: "ieee-p1363" },
        Buffer.from(signature, "base64url"),
      );
      return good ? claimsOf(JSON.parse(Buffer.from(body, "base64url").toString())) : undefined;
    } catch {
      return undefined;
    }
  }

  /** RFC 7517, for those who check tokens themselves. */
  jwks(): object {
    const { kty, crv, x, y } = this.#public.export({ format: "jwk" });
    return { keys: [{ use: "sig", kty, kid: this.id, crv, alg: "ES256", x, y }] };
  }
}

function claimsOf(value: unknown): TokenClaims | undefined {
  const c = value as Partial<TokenClaims>;
  const k = c["kubernetes.io"];
  const whole =
    typeof c.sub === "string" && Array.isArray(c.aud) && typeof c.exp === "number" && typeof k?.serviceaccount?.name === "string";
  return whole ? (c as TokenClaims) : undefined;
}
