import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { utf8Text } from "../../src/base/index.js";
import { createAuth } from "../../src/master/auth/index.js";
import { createJwt } from "../../src/master/auth/jwt.js";
import { COST, createPasswords } from "../../src/master/auth/passwords.js";

describe("passwords", () => {
  const passwords = createPasswords(COST.min);

  test("are stored as something else every time, and still recognised", async () => {
    const [one, two] = [await passwords.hash("secret ü"), await passwords.hash("secret ü")];
    expect(utf8Text(one)).toMatch(/^\$scrypt\$ln=8,r=8,p=1\$/);
    expect(utf8Text(one)).not.toBe(utf8Text(two));
    expect(await passwords.matches("secret ü", one)).toBe(true);
    expect(await passwords.matches("secret u", one)).toBe(false);
    expect(await passwords.matches("", one)).toBe(false);
    expect(await passwords.matches("", await passwords.hash(""))).toBe(true);
  });

  test("made at another cost are recognised too, and what nobody made is not", async () => {
    const stored = await createPasswords(5).hash("x");
    expect(await passwords.matches("x", stored)).toBe(true);
    for (const text of ["", "x", "$scrypt$ln=8,r=8,p=1$$"]) expect(await passwords.matches("x", Buffer.from(text))).toBe(false);
  });

  test("hashing leaves the loop free", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all(Array.from({ length: 4 }, () => createPasswords(COST.normal).hash("x")));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });
});

describe("signed tokens", () => {
  let directory: string;
  const files = new Map<string, { readonly priv: string; readonly pub: string }>();
  const pem = (key: KeyObject, type: "pkcs8" | "spki"): string => key.export({ format: "pem", type }) as string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "trimast-jwt-"));
    const pairs = {
      rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
      ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
      ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
      ES512: generateKeyPairSync("ec", { namedCurve: "P-521" }),
      EdDSA: generateKeyPairSync("ed25519"),
    };
    for (const [name, { privateKey, publicKey }] of Object.entries(pairs)) {
      const at = { priv: join(directory, `${name}.key`), pub: join(directory, `${name}.pub`) };
      writeFileSync(at.priv, pem(privateKey, "pkcs8"));
      writeFileSync(at.pub, pem(publicKey, "spki"));
      files.set(name, at);
    }
    writeFileSync(join(directory, "hmac"), "a secret\n");
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const at = (method: string) => files.get(/^[RP]S/.test(method) ? "rsa" : method) ?? { priv: join(directory, "hmac"), pub: "" };
  const tokensOf = (authToken: string) => {
    const { tokens } = createAuth({ authToken, authTokenTtlMs: 0, bcryptCost: 4 });
    if (tokens.kind !== "signed") throw new Error("not signed");
    return tokens;
  };

  const METHODS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA"];
  test.each(METHODS)("%s: who has the private key signs, who has either checks", async (method) => {
    const { priv, pub } = at(method);
    const both = tokensOf(`jwt,sign-method=${method},priv-key=${priv}${pub === "" ? "" : `,pub-key=${pub}`}`);
    const token = await both.sign({ user: "ann", revision: 7 });
    expect(both.verify(token)).toEqual({ user: "ann", revision: 7 });
    expect(both.verify(token)).toEqual({ user: "ann", revision: 7 });
    const [head, body, signature] = token.split(".") as [string, string, string];
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: method, typ: "JWT" });
    const forged = Buffer.from(JSON.stringify({ username: "root", revision: 7 })).toString("base64url");
    expect(both.verify(`${head}.${forged}.${signature}`)).toBeUndefined();
    expect(both.verify(`${head}.${body}.`)).toBeUndefined();
    if (pub === "") return;
    const reader = tokensOf(`jwt,sign-method=${method},pub-key=${pub}`);
    expect(reader.verify(token)).toEqual({ user: "ann", revision: 7 });
    await expect(reader.sign({ user: "ann", revision: 7 })).rejects.toThrow("auth: token signing attempted with verify-only key");
  });

  test("the method is the configured one, whatever a token says", () => {
    const { pub } = at("RS256");
    const tokens = tokensOf(`jwt,sign-method=RS256,pub-key=${pub}`);
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = encode({ username: "root", revision: 1 });
    expect(tokens.verify(`${encode({ alg: "none" })}.${claims}.`)).toBeUndefined();
    const data = `${encode({ alg: "HS256" })}.${claims}`;
    expect(tokens.verify(`${data}.${createHmac("sha256", pub).update(data).digest("base64url")}`)).toBeUndefined();
  });

  test("a token ends at its time, also one that was checked before", async () => {
    let now = 1_000_000;
    const jwt = createJwt({ method: "HS256", ttlMs: 5_000, publicKey: undefined, privateKey: Buffer.from("x") }, () => now);
    const token = await jwt.sign({ user: "ann", revision: 1 });
    expect(jwt.verify(token)).toBeDefined();
    now += 5_000;
    expect(jwt.verify(token)).toBeUndefined();
  });

  test.each([
    ["jwt", "auth: invalid auth options"],
    ["jwt,sign-method=RS999", "auth: invalid auth options"],
    ["jwt,sign-method=RS256", "auth: missing key data"],
    ["jwt,sign-method=HS256", "auth: missing key data"],
    ["jwt,sign-method=RS256,ttl=soon", "auth: invalid auth options"],
    ["jwt,sign-method=RS256,sign-method=RS256", "auth: invalid auth options"],
    ["opaque", "auth: invalid auth options"],
    ["simple,x", "auth: invalid auth options"],
    ["jwt,sign-method=RS256,pub-key=/no/such/file", "auth: /no/such/file cannot be read"],
  ])("--auth-token %s is refused", (authToken, says) => {
    expect(() => createAuth({ authToken, authTokenTtlMs: 0, bcryptCost: 4 })).toThrow(says);
  });

  test("keys that do not belong together, or to the method, are refused", () => {
    expect(() => tokensOf(`jwt,sign-method=ES256,priv-key=${at("ES256").priv},pub-key=${at("ES384").pub}`)).toThrow("don't match");
    expect(() => tokensOf(`jwt,sign-method=ES256,priv-key=${at("ES384").priv}`)).toThrow("does not fit");
    expect(() => tokensOf(`jwt,sign-method=RS256,pub-key=${at("EdDSA").pub}`)).toThrow("does not fit");
  });
});
