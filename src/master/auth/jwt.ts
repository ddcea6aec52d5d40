import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signRaw,
  timingSafeEqual,
  verify as verifyRaw,
} from "node:crypto";
import { promisify } from "node:util";
import { EtcdError } from "../../etcd/api/index.js";
import type { Tokens } from "../../etcd/member/index.js";

type Signed = Extract<Tokens, { readonly kind: "signed" }>;
type Identity = Parameters<Signed["sign"]>[0];

/** Keys, method or options that no token can be made or checked with. The words are etcd's. */
export class AuthOptionsError extends Error {
  override readonly name = "AuthOptionsError";
}

export interface JwtOptions {
  readonly method: string;
  readonly ttlMs: number;
  /** Contents of the files; for HS the private one is the secret itself. */
  readonly publicKey: Buffer | undefined;
  readonly privateKey: Buffer | undefined;
}

const CURVES: Readonly<Record<string, string>> = { ES256: "prime256v1", ES384: "secp384r1", ES512: "secp521r1" };
const VERIFIED_MAX = 4_096;
const asyncSign = promisify(signRaw);

/** What one method does with bytes. */
interface Signer {
  /** undefined: there is a public key alone. */
  readonly sign: ((data: Buffer) => Promise<Buffer>) | undefined;
  verify(data: Buffer, signature: Buffer): boolean;
}

/** Tokens that carry user and auth revision under a signature: RFC 7519 with the one method that is configured, whatever a token says. */
export function createJwt(options: JwtOptions, nowMs: () => number = Date.now): Signed {
  const signer = signerOf(options);
  const verified = new Map<string, { readonly identity: Identity; readonly fromMs: number; readonly untilMs: number }>();
  const head = encode({ alg: options.method, typ: "JWT" });
  return {
    kind: "signed",
    sign: async ({ user, revision }) => {
      if (signer.sign === undefined) throw new EtcdError("verifyOnly");
      const exp = Math.floor((nowMs() + options.ttlMs) / 1_000);
      const data = `${head}.${encode({ exp, revision, username: user })}`;
      return `${data}.${(await signer.sign(Buffer.from(data))).toString("base64url")}`;
    },
    verify: (token) => {
      let known = verified.get(token);
      if (known === undefined) {
        known = parse(token, options.method, signer);
        if (known === undefined) return undefined;
        if (verified.size >= VERIFIED_MAX) verified.delete(verified.keys().next().value ?? "");
        verified.set(token, known);
      }
      const now = nowMs();
      return now < known.untilMs && now >= known.fromMs ? known.identity : undefined;
    },
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function parse(
  token: string,
  method: string,
  signer: Signer,
): { readonly identity: Identity; readonly fromMs: number; readonly untilMs: number } | undefined {
  const [head = "", body = "", signature = "", more] = token.split(".");
  if (more !== undefined || json(head)?.["alg"] !== method) return undefined;
  if (!signer.verify(Buffer.from(`${head}.${body}`), Buffer.from(signature, "base64url"))) return undefined;
  const claims = json(body);
  const { username, revision, exp, nbf } = claims ?? {};
  if (typeof username !== "string" || typeof revision !== "number") return undefined;
  if (!isTime(exp) || !isTime(nbf)) return undefined;
  return {
    identity: { user: username, revision },
    fromMs: nbf === undefined ? 0 : nbf * 1_000,
    untilMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000,
  };
}
const isTime = (value: unknown): value is number | undefined => value === undefined || typeof value === "number";

function json(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

// ---------------------------------------------------------------- methods

function signerOf(options: JwtOptions): Signer {
  const match = /^(RS|PS|ES|HS)(256|384|512)$/.exec(options.method);
  if (options.method === "EdDSA") return asymmetric(options, { type: "ed25519", hash: null });
  if (match === null) throw new AuthOptionsError("auth: invalid auth options");
  const hash = `sha${match[2]}`;
  switch (match[1]) {
    case "HS":
      return hmac(options, hash);
    case "RS":
      return asymmetric(options, { type: "rsa", hash });
    case "PS":
      return asymmetric(options, { type: "rsa", hash, pss: true });
    default:
      return asymmetric(options, { type: "ec", hash });
  }
}

function hmac({ privateKey }: JwtOptions, hash: string): Signer {
  if (privateKey === undefined || privateKey.length === 0) throw new AuthOptionsError("auth: missing key data");
  const digest = (data: Buffer): Buffer => createHmac(hash, privateKey).update(data).digest();
  return {
    sign: async (data) => digest(data),
    verify: (data, signature) => {
      const expected = digest(data);
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}

interface Scheme {
  readonly type: "rsa" | "ec" | "ed25519";
  readonly hash: string | null;
  readonly pss?: boolean;
}

function asymmetric(options: JwtOptions, scheme: Scheme): Signer {
  const { privateKey, publicKey } = keysOf(options, scheme);
  const padding = scheme.pss ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  const encoding = scheme.type === "ec" ? { dsaEncoding: "ieee-p1363" as const } : {};
  const how = { ...padding, ...encoding };
  const saltAt = (saltLength: number) => (scheme.pss ? { saltLength } : {});
  return {
    sign:
      privateKey &&
      (async (data) => asyncSign(scheme.hash, data, { key: privateKey, ...how, ...saltAt(constants.RSA_PSS_SALTLEN_DIGEST) })),
    verify: (data, signature) =>
      verifyRaw(scheme.hash, data, { key: publicKey, ...how, ...saltAt(constants.RSA_PSS_SALTLEN_AUTO) }, signature),
  };
}

function keysOf(options: JwtOptions, { type }: Scheme): { readonly privateKey: KeyObject | undefined; readonly publicKey: KeyObject } {
  const privateKey = options.privateKey && readKey(() => createPrivateKey(options.privateKey as Buffer));
  const given = options.publicKey && readKey(() => createPublicKey(options.publicKey as Buffer));
  if (privateKey === undefined && given === undefined) throw new AuthOptionsError("auth: missing key data");
  const derived = privateKey && createPublicKey(privateKey);
  if (derived && given && !derived.equals(given)) throw new AuthOptionsError("auth: public and private keys don't match");
  const publicKey = (derived ?? given) as KeyObject;
  const fits = publicKey.asymmetricKeyType === type && (type !== "ec" || curveOf(publicKey) === CURVES[options.method]);
  if (!fits) throw new AuthOptionsError(`auth: the key does not fit sign-method ${options.method}`);
  return { privateKey, publicKey };
}
const curveOf = (key: KeyObject): string | undefined => key.asymmetricKeyDetails?.namedCurve;

function readKey(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (cause) {
    throw new AuthOptionsError("auth: a key cannot be read: it must be PEM", { cause });
  }
}
