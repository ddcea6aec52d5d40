import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { signatureText } from "../../../src/apiserver/resources/signature.js";
import { parseRequest } from "../../../src/apiserver/validation/index.js";
import { has } from "../../kit/etcd.js";

const OPENSSL = has("openssl", ["version"]);
const pss = (hash: string, salt: string): string[] => [`-${hash}`, "-sigopt", "rsa_padding_mode:pss", "-sigopt", `rsa_pss_saltlen:${salt}`];
function signed(key: readonly string[], how: readonly string[]): string {
  const made = ["req", "-new", "-nodes", "-subj", "/CN=x", "-keyout", "/dev/null", ...key, ...how];
  return execFileSync("openssl", made, { encoding: "utf8", stdio: "pipe" });
}
const RSA = ["-newkey", "rsa:2048"];
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const answered = (pem: string, change: (signature: Buffer) => void = () => {}): string | undefined => {
  const request = parseRequest(Buffer.from(pem).toString("base64"));
  if (request.kind !== "request") throw new Error(request.why);
  const signature = Buffer.from(request.signature);
  change(signature);
  return signatureText({ ...request, signature });
};

describe.skipIf(!OPENSSL)("the signature of a request", () => {
  test.each([
    ["RSA", RSA, ["-sha256"], "crypto/rsa: verification error"],
    ["RSA-PSS with SHA-256", RSA, pss("sha256", "digest"), "crypto/rsa: verification error"],
    ["RSA-PSS with SHA-384", RSA, pss("sha384", "digest"), "crypto/rsa: verification error"],
    ["RSA-PSS with SHA-512", RSA, pss("sha512", "digest"), "crypto/rsa: verification error"],
    ["ECDSA", EC, ["-sha384"], "x509: ECDSA verification failure"],
    ["Ed25519", ["-newkey", "ed25519"], [], "x509: Ed25519 verification failure"],
  ])("by %s is verified, and refused with the original's words when it is another's", (_name, key, how, refused) => {
    const pem = signed(key, how);
    expect(answered(pem)).toBeUndefined();
    expect(answered(pem, (signature) => signature.writeUInt8((signature.at(-1) as number) ^ 1, signature.length - 1))).toBe(refused);
  });

  test.each([
    ["RSA-PSS whose salt is of another length", pss("sha256", "20")],
    ["RSA-PSS with SHA-224", pss("sha224", "digest")],
    ["RSA with SHA-224", ["-sha224"]],
  ])("by %s is none that the original knows", (_name, how) => {
    expect(answered(signed(RSA, how))).toMatch(/^x509: cannot verify signature: /);
  });
});
