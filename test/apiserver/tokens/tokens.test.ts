import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ISSUER, ServiceAccountTokens, type TokenClaims, TokenKey } from "../../../src/apiserver/tokens/index.js";
import { asked } from "../asked.js";
import { TestReader } from "../reader.js";

const pem = (): string => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const PEM = pem();
const NOW = 1_700_000_000;
type Bound = Partial<TokenClaims["kubernetes.io"]>;
const claims = (more: Partial<TokenClaims> = {}, bound: Bound = {}): TokenClaims => ({
  iss: ISSUER,
  sub: "system:serviceaccount:shop:till",
  aud: [ISSUER],
  exp: NOW + 3_600,
  iat: NOW,
  nbf: NOW,
  jti: "j-1",
  "kubernetes.io": { namespace: "shop", serviceaccount: { name: "till", uid: "u-1" }, ...bound },
  ...more,
});
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const object = (name: string, uid: string) => ({ kind: "X", apiVersion: "v1", metadata: { name, namespace: "shop", uid } });
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("the key", () => {
  const key = new TokenKey(PEM);
  const token = key.sign(claims());
  const [head = "", body = "", signature = ""] = token.split(".");

  test("what it signs it reads back, the first time and from memory", () => {
    const fresh = new TokenKey(PEM);
    expect(fresh.verify(token)).toEqual(claims());
    expect(fresh.verify(token)).toEqual(claims());
  });

  test("any claims survive", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string()), fc.integer({ min: 0, max: 4e9 }), (sub, aud, exp) => {
        expect(key.verify(key.sign(claims({ sub, aud, exp })))).toEqual(claims({ sub, aud, exp }));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["not remembered", new TokenKey(PEM)],
    ["remembered", key],
  ])("a token with any one character changed is refused, its original %s", (name, checker) => {
    if (name === "remembered") expect(checker.verify(token)).toBeDefined();
    const accepted = [...token].flatMap((c, i) => {
      const other = c === "." ? "A" : ALPHABET[ALPHABET.indexOf(c) ^ 1];
      return checker.verify(`${token.slice(0, i)}${other}${token.slice(i + 1)}`) ? [i] : [];
    });
    expect(accepted).toEqual([]);
  });

  test("a last character that differs in unused bits alone is refused", () => {
    const last = ALPHABET.indexOf(token.at(-1) ?? "");
    const spellings = Array.from({ length: 15 }, (_, i) => `${token.slice(0, -1)}${ALPHABET[last ^ (i + 1)]}`);
    expect(spellings.filter((t) => key.verify(t))).toEqual([]);
  });

  test.each([
    ["nothing", ""],
    ["two parts", `${head}.${body}`],
    ["four parts", `${token}.`],
    ["no signature", `${head}.${body}.`],
    ["a space at its end", `${token} `],
    ["a line end in its signature", `${head}.${body}.${signature.slice(0, 9)}\n${signature.slice(9)}`],
    ["padding", `${token}==`],
    ["no algorithm", `${encoded({ alg: "none" })}.${body}.`],
    ["another algorithm", `${encoded({ alg: "HS256" })}.${body}.${signature}`],
    ["a head that is null", `${encoded(null)}.${body}.${signature}`],
    ["a head that is no JSON", `AAAA.${body}.${signature}`],
    ["the signature of other claims", `${head}.${encoded(claims({ sub: "root" }))}.${signature}`],
    ["more than 64 KiB", key.sign(claims({ jti: "x".repeat(64 * 1024) }))],
  ])("no token: %s", (_, text) => {
    expect(key.verify(text)).toBeUndefined();
  });

  test("another key's token is refused, and named by another id", () => {
    const other = new TokenKey(pem());
    expect(other.id).not.toBe(key.id);
    expect(key.verify(other.sign(claims()))).toBeUndefined();
  });

  test("signed claims that name no account are refused", () => {
    expect(key.verify(key.sign({ ...claims(), "kubernetes.io": undefined } as unknown as TokenClaims))).toBeUndefined();
    expect(key.verify(key.sign(null as unknown as TokenClaims))).toBeUndefined();
  });

  test("more than 1,000 tokens are all still good, those that memory let go of too", () => {
    const small = new TokenKey(PEM);
    const tokens = Array.from({ length: 1_050 }, (_, i) => small.sign(claims({ jti: `j-${i}` })));
    for (const round of [1, 2]) {
      const wrong = tokens.filter((t, i) => small.verify(t)?.jti !== `j-${i}`);
      expect({ round, wrong }).toEqual({ round, wrong: [] });
    }
  });

  test("the published key set has no private part", () => {
    const [jwk] = (key.jwks() as { keys: (JsonWebKey & { kid: string })[] }).keys;
    expect(jwk).toMatchObject({ kty: "EC", crv: "P-256", kid: key.id, use: "sig", alg: "ES256" });
    expect(jwk).not.toHaveProperty("d");
  });
});

describe("a service account's token", () => {
  const key = new TokenKey(PEM);
  let reader: TestReader;
  let nowMs: number;
  let tokens: ServiceAccountTokens;
  beforeEach(() => {
    reader = new TestReader().put("serviceaccounts", object("till", "u-1"));
    nowMs = NOW * 1_000;
    tokens = new ServiceAccountTokens(key, reader, () => nowMs);
  });
  const bearer = (header: string) => tokens.authenticate(asked("/api", { authorization: header }).request);
  const why = async (more: Partial<TokenClaims> = {}, bound: Bound = {}, audiences = [ISSUER]): Promise<string> => {
    const answer = await tokens.check(key.sign(claims(more, bound)), audiences);
    return answer.kind === "invalid" ? answer.why : "";
  };

  test("says who the account is, its groups, and the token's id", async () => {
    const answer = await bearer(`Bearer ${key.sign(claims())}`);
    expect(answer).toEqual({
      kind: "user",
      user: {
        name: "system:serviceaccount:shop:till",
        uid: "u-1",
        groups: ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
        extra: new Map([["authentication.kubernetes.io/credential-id", ["JTI=j-1"]]]),
      },
    });
  });

  test("of a pod names the pod and its node", async () => {
    reader.put("pods", object("p", "u-p"));
    const answer = await tokens.check(key.sign(claims({}, { pod: { name: "p", uid: "u-p" }, node: { name: "n", uid: "u-n" } })), [ISSUER]);
    const extra = answer.kind === "valid" ? Object.fromEntries(answer.user.extra) : {};
    expect(extra).toMatchObject({
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/pod-uid": ["u-p"],
      "authentication.kubernetes.io/node-name": ["n"],
      "authentication.kubernetes.io/node-uid": ["u-n"],
    });
  });

  test("is looked for in any spelling of Bearer; other credentials are another's to judge", async () => {
    expect((await bearer(`bEARER   ${key.sign(claims())}`)).kind).toBe("user");
    expect(await bearer("Basic YTpi")).toEqual({ kind: "none" });
    expect(await bearer("")).toEqual({ kind: "none" });
    expect(await bearer("Bearer abc")).toEqual({ kind: "refused", why: "invalid bearer token" });
  });

  test("is good until its last second and refused from then on", async () => {
    nowMs = (NOW + 3_600) * 1_000 - 1;
    expect(await why()).toBe("");
    nowMs++;
    expect(await why()).toBe("invalid bearer token, service account token has expired");
  });

  test("for another audience is refused with both lists", async () => {
    expect(await why({ aud: ["vault", "bank"] }, {}, ["api"])).toBe(
      'invalid bearer token, token audiences ["vault" "bank"] is invalid for the target audiences ["api"]',
    );
    expect((await bearer(`Bearer ${key.sign(claims({ aud: ["vault"] }))}`)).kind).toBe("refused");
  });

  test("for several audiences answers with those that were asked for", async () => {
    const answer = await tokens.check(key.sign(claims({ aud: ["a", "b", "c"] })), ["c", "x", "a"]);
    expect(answer).toMatchObject({ kind: "valid", audiences: ["a", "c"] });
  });

  test("is refused when its account was made anew", async () => {
    reader.clear("serviceaccounts").put("serviceaccounts", object("till", "u-2"));
    expect(await why()).toBe("invalid bearer token, service account UID does not match claim");
  });

  test("is refused when its account is of another namespace", async () => {
    expect(await why({}, { namespace: "bank" })).toBe('invalid bearer token, serviceaccounts "till" not found');
  });

  test("that was good a moment ago is refused, and stays refused, once its account is gone", async () => {
    const token = key.sign(claims());
    expect((await tokens.check(token, [ISSUER])).kind).toBe("valid");
    reader.clear("serviceaccounts");
    const gone = { kind: "invalid", why: 'invalid bearer token, serviceaccounts "till" not found' };
    expect(await tokens.check(token, [ISSUER])).toEqual(gone);
    expect(await tokens.check(token, [ISSUER])).toEqual(gone);
  });

  test.each([
    ["pods", "pod"],
    ["secrets", "secret"],
  ] as const)("bound to one of %s is good with it, and refused when it is another or gone", async (resource, field) => {
    const bound = { [field]: { name: "b", uid: "u-b" } };
    reader.put(resource, object("b", "u-b"));
    expect(await why({}, bound)).toBe("");
    reader.clear(resource).put(resource, object("b", "u-other"));
    expect(await why({}, bound)).toBe("invalid bearer token, service account token has been invalidated");
    reader.clear(resource);
    expect(await why({}, bound)).toBe("invalid bearer token, service account token has been invalidated");
  });
});
