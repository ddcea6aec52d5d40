import type { ApiRequest, Authenticated, Authenticator } from "../chain/index.js";
import { userOf } from "../chain/index.js";
import type { ObjectReader, User } from "../resources/index.js";
import type { TokenClaims, TokenKey } from "./jwt.js";

export const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Masters' clocks differ a little: a token just signed by another is valid already. */
const CLOCK_SKEW_SECONDS = 60;

export type TokenAnswer =
  | { readonly kind: "valid"; readonly user: User; readonly audiences: readonly string[] }
  | { readonly kind: "invalid"; readonly why: string };

const bearerOf = (request: ApiRequest): string | undefined => /^bearer\s+(.+)$/i.exec((request.header("authorization") ?? "").trim())?.[1];
/** Browsers cannot set headers of a WebSocket: the token comes as one of its protocols, beside the one that is meant. */
function protocolToken(request: ApiRequest): string | undefined {
  if (request.header("upgrade")?.toLowerCase() !== "websocket") return undefined;
  const protocols = (request.header("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim());
  const tokens = protocols.filter((p) => p.startsWith(TOKEN_PROTOCOL));
  if (tokens.length === 0) return undefined;
  // Two tokens, or nothing beside one, are no token that anybody could check.
  if (tokens.length > 1 || protocols.length < 2) return "";
  return Buffer.from((tokens[0] as string).slice(TOKEN_PROTOCOL.length), "base64url").toString("utf8");
}
/** Source: the original's websocket protocol authenticator. */
const TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

/** Tokens of service accounts: signed here, in time, for this audience, and of an account (and pod or node) that is still the same. */
export class ServiceAccountTokens implements Authenticator {
  readonly #key: TokenKey;
  readonly #reader: ObjectReader;
  readonly #nowMs: () => number;

  constructor(key: TokenKey, reader: ObjectReader, nowMs: () => number) {
    this.#key = key;
    this.#reader = reader;
    this.#nowMs = nowMs;
  }

  async authenticate(request: ApiRequest): Promise<Authenticated> {
    const token = bearerOf(request) ?? protocolToken(request);
    if (token === undefined) return { kind: "none" };
    const answer = await this.check(token, [ISSUER]);
    return answer.kind === "valid" ? { kind: "user", user: answer.user } : { kind: "refused", why: answer.why };
  }

  /** For TokenReview: `audiences` empty means the API's own. */
  async check(token: string, audiences: readonly string[]): Promise<TokenAnswer> {
    const invalid = (why: string): TokenAnswer => ({ kind: "invalid", why });
    const claims = this.#key.verify(token);
    if (!claims) return invalid("invalid bearer token");
    const now = this.#nowMs() / 1_000;
    if (claims.exp <= now) return invalid("invalid bearer token, service account token has expired");
    if (claims.nbf > now + CLOCK_SKEW_SECONDS) return invalid("invalid bearer token, service account token is not valid yet");
    const common = claims.aud.filter((a) => audiences.includes(a));
    if (common.length === 0) {
      const list = (l: readonly string[]): string => `[${l.map((a) => JSON.stringify(a)).join(" ")}]`;
      return invalid(`invalid bearer token, token audiences ${list(claims.aud)} is invalid for the target audiences ${list(audiences)}`);
    }
    const gone = await this.#gone(claims);
    return gone ? invalid(`invalid bearer token, ${gone}`) : { kind: "valid", user: accountUser(claims), audiences: common };
  }

  async #gone({ "kubernetes.io": k }: TokenClaims): Promise<string | undefined> {
    const { namespace, serviceaccount, pod, secret } = k;
    const account = await this.#reader.get("", "serviceaccounts", namespace, serviceaccount.name);
    if (!account) return `serviceaccounts "${serviceaccount.name}" not found`;
    if (account.metadata.uid !== serviceaccount.uid) return "service account UID does not match claim";
    for (const [resource, bound] of [
      ["pods", pod],
      ["secrets", secret],
    ] as const) {
      if (!bound) continue;
      const found = await this.#reader.get("", resource, namespace, bound.name);
      if (!found || found.metadata.uid !== bound.uid) return `service account token has been invalidated`;
    }
    return undefined;
  }
}

export function accountUser(claims: TokenClaims): User {
  const { namespace, serviceaccount, pod, node } = claims["kubernetes.io"];
  const extra = new Map<string, readonly string[]>([["authentication.kubernetes.io/credential-id", [`JTI=${claims.jti}`]]]);
  if (pod) {
    extra.set("authentication.kubernetes.io/pod-name", [pod.name]);
    extra.set("authentication.kubernetes.io/pod-uid", [pod.uid]);
  }
  if (node) {
    extra.set("authentication.kubernetes.io/node-name", [node.name]);
    extra.set("authentication.kubernetes.io/node-uid", [node.uid]);
  }
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return userOf(`system:serviceaccount:${namespace}:${serviceaccount.name}`, groups, { uid: serviceaccount.uid, extra });
}
