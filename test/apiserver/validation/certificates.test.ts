import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinRows } from "../../../src/apiserver/resources/index.js";
import { parseRequest } from "../../../src/apiserver/validation/index.js";
import { textOf } from "../../../src/kube/meta/index.js";
import { kindOf } from "./kit.js";

/** An ECDSA request of CN=jane, O=dev, as openssl req made it. */
const REQUEST =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWE1IOENBUUF3SFRFTk1Bc0dBMVVFQXd3RWFtRnVaVEVNTUFvR0ExVUVDZ3dEWkdWMk1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUV6SDVKNkFIRW5NOVdYL1l3VmZZY0g5SFVEUzMvUkxZNE8yWXVaQVl2CjZnZmRIYVI3YUNlNktveCs0RmNKdjcrQlljNU9EbTA3YUJoZGdsT3ExOXcydDZBQU1Bb0dDQ3FHU000OUJBTUMKQTBnQU1FVUNJREFkQ21IeGl0RDBrOTNZSm9pdlBrMnpmRXZFU3RicEk1cmZJMDFPMVhmSUFpRUFsaTZxTFJ0OQppcnU5R3RQQUxiOUtkWXZ6UlBkckplKzc0UTh0MjBLam5ERT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
const pem = (base64: string): string => Buffer.from(base64, "base64").toString();
const toBase64 = (text: string): string => Buffer.from(text).toString("base64");
/** The same request with one byte of what is signed changed: its author is jana. */
const forged = (): string => {
  const body = Buffer.from(pem(REQUEST).replace(/-----[^-]+-----/g, ""), "base64");
  body.write("jana", body.indexOf("jane"));
  return toBase64(`-----BEGIN CERTIFICATE REQUEST-----\n${body.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`);
};
const requests = kindOf("certificates.k8s.io", "CertificateSigningRequest");
const of = (spec: object, status: object = {}) => ({
  metadata: { name: "x", resourceVersion: "1" },
  spec: { request: REQUEST, signerName: "example.com/s", usages: ["client auth"], ...spec },
  status,
});
const conditions = (...list: readonly object[]) => of({}, { conditions: list });
const approved = { type: "Approved", status: "True" };
const denied = { type: "Denied", status: "True" };

describe("certificate signing requests", () => {
  const cases = [
    { name: "a good one is fine", body: of({}), told: [] },
    { name: "there is a use", body: of({ usages: [] }), told: ["spec.usages: Required value"] },
    {
      name: "a use is named once",
      body: of({ usages: ["any", "any"] }),
      told: ['spec.usages[1]: Duplicate value: "any"'],
    },
    {
      name: "nobody signs as the legacy signer",
      body: of({ signerName: "kubernetes.io/legacy-unknown" }),
      told: ['spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version'],
    },
    {
      name: "a signer has a domain and a path",
      body: of({ signerName: "example.com" }),
      told: [
        `spec.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
      ],
    },
    {
      name: "ten minutes are the least",
      body: of({ expirationSeconds: 599 }),
      told: ["spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)"],
    },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(requests.created(body)).toEqual(told));

  test("an approval comes through approval alone, and stays", () => {
    const plain = of({});
    expect(requests.part("approval", conditions(approved), plain)).toEqual([]);
    expect(requests.part("status", conditions(approved), plain)).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ]);
    expect(requests.part("approval", plain, conditions(approved))).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
  });
  test("nobody approves and denies", () => {
    expect(requests.part("approval", conditions(approved, denied), of({}))).toEqual([
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ]);
  });
  test("a certificate comes through status alone, once, and is one", () => {
    const issued = (text: string) => of({}, { certificate: toBase64(text) });
    const why = "must contain at least one CERTIFICATE PEM block";
    expect(requests.part("status", issued("junk"), of({}))).toEqual([`status.certificate: Invalid value: "<certificate data>": ${why}`]);
    const good = issued("-----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----\n");
    const other = issued("-----BEGIN CERTIFICATE-----\nMAQwAgUA\n-----END CERTIFICATE-----\n");
    expect(requests.part("status", good, of({}))).toEqual([]);
    expect(requests.part("approval", good, of({}))).toEqual(["status.certificate: Forbidden: updates may not set certificate content"]);
    expect(requests.part("status", other, good)).toEqual([
      "status.certificate: Forbidden: updates may not modify existing certificate content",
    ]);
  });
});

describe("the request inside", () => {
  const strategy = builtinRows.find((r) => r.kind === "CertificateSigningRequest")?.strategy;
  const told = (request: string): readonly string[] => (strategy?.validate?.(requests.object(of({ request }))) ?? []).map(textOf);
  test("a request is signed with its own key", () => {
    expect(told(REQUEST)).toEqual([]);
    expect(told(forged())[0]).toMatch(/^spec\.request: Invalid value: .*: x509: ECDSA verification failure$/);
  });
  test("other blocks are no requests", () => {
    const key = toBase64("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n");
    expect(parseRequest(key)).toEqual({ kind: "wrong", why: "PEM block type must be CERTIFICATE REQUEST" });
  });
  test("whatever is cut off or changed, there is an answer", () => {
    const body = Buffer.from(pem(REQUEST).replace(/-----[^-]+-----/g, ""), "base64");
    const block = (bytes: Uint8Array): string =>
      toBase64(`-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Uint8Array.from(body);
        changed[at] = byte;
        expect(["request", "wrong"]).toContain(parseRequest(block(changed)).kind);
        expect(parseRequest(block(body.subarray(0, at))).kind).toBe("wrong");
      }),
    );
  });
});
