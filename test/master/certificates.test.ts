import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issue, makeCa, revokedSerials, selfSigned } from "../../src/master/certificates/index.js";
import { has } from "../kit/etcd.js";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "trimast-certificates-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
const openssl = (...args: readonly string[]): string =>
  execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

describe("certificates", () => {
  const ca = makeCa({ commonName: "test-ca", organizations: ["Trimast", "Ä"] });
  const leaf = issue(ca, {
    commonName: "system:node:n1",
    organizations: ["system:nodes", "second"],
    dnsNames: ["localhost", "*.example.org"],
    ips: ["127.0.0.1", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8"],
    usages: ["server"],
    days: 30,
  });

  test("say who they are, what for and how long", () => {
    const c = new X509Certificate(leaf.certPem);
    expect(c.subject.split("\n")).toEqual(["O=system:nodes", "O=second", "CN=system:node:n1"]);
    expect(c.issuer.split("\n")).toEqual(["O=Trimast", "O=Ä", "CN=test-ca"]);
    expect(c.subjectAltName).toBe(
      "DNS:localhost, DNS:*.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:1:2, IP Address:1:2:3:4:5:6:7:8",
    );
    expect(c.ca).toBe(false);
    expect(c.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    const days = (new Date(c.validTo).getTime() - new Date(c.validFrom).getTime()) / 86_400_000;
    expect(days).toBe(30);
    expect(new Date(c.validFrom).getTime()).toBeLessThan(Date.now());
    const authority = new X509Certificate(ca.certPem);
    expect(authority.ca).toBe(true);
    expect(c.checkIssued(authority) && c.verify(authority.publicKey)).toBe(true);
  });

  test("never outlive their CA, and reach beyond 2049", () => {
    const short = makeCa({ days: 10 });
    expect(new X509Certificate(issue(short, { days: 100 }).certPem).validTo).toBe(new X509Certificate(short.certPem).validTo);
    expect(new X509Certificate(makeCa({ days: 365 * 40 }).certPem).validTo).toMatch(/20[5-9]\d GMT$/);
  });

  test.runIf(has("openssl", ["version"]))("openssl verifies them, strictly, for what they are made and for nothing else", () => {
    const caFile = file("ca.pem", ca.certPem);
    const leafFile = file("leaf.pem", leaf.certPem);
    expect(openssl("verify", "-x509_strict", "-CAfile", caFile, "-purpose", "sslserver", leafFile)).toMatch(/OK/);
    expect(() => openssl("verify", "-CAfile", caFile, "-purpose", "sslclient", leafFile)).toThrow(/unsuitable|purpose/);
    expect(() => openssl("verify", "-CAfile", file("other.pem", makeCa().certPem), leafFile)).toThrow();
    expect(openssl("x509", "-in", leafFile, "-noout", "-text")).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    expect(openssl("x509", "-in", caFile, "-noout", "-text")).toMatch(/Digital Signature, Certificate Sign, CRL Sign/);
    expect(openssl("pkey", "-in", file("key.pem", leaf.keyPem), "-noout", "-check")).toMatch(/valid/);
  });

  test.runIf(has("openssl", ["version"]))("a CA that openssl made, its name in other string types, signs as well", () => {
    const key = join(directory, "made.key");
    const cert = join(directory, "made.pem");
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key);
    openssl("req", "-x509", "-new", "-key", key, "-out", cert, "-days", "3", "-subj", "/C=DE/O=Elsewhere/CN=made", "-utf8");
    const made = { certPem: openssl("x509", "-in", cert), keyPem: openssl("pkey", "-in", key) };
    const under = file("under.pem", issue(made, { commonName: "x", usages: ["client"] }).certPem);
    expect(openssl("verify", "-CAfile", cert, "-purpose", "sslclient", under)).toMatch(/OK/);
  });

  test.runIf(has("openssl", ["version"]))("a revocation list is read as DER and as PEM", () => {
    const caFile = file("ca.pem", ca.certPem);
    const config = file(
      "ca.conf",
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${join(directory, "index.txt")}\ndefault_md=sha256\ndefault_crl_days=1\n`,
    );
    file("index.txt", "");
    const common = ["-config", config, "-keyfile", file("ca.key", ca.keyPem), "-cert", caFile];
    openssl("ca", ...common, "-gencrl", "-out", join(directory, "empty.pem"));
    openssl("ca", ...common, "-revoke", file("leaf.pem", leaf.certPem));
    const pem = openssl("ca", ...common, "-gencrl");
    const der = Buffer.from(pem.replaceAll(/-----.*?-----|\s/g, ""), "base64");
    const serial = new X509Certificate(leaf.certPem).serialNumber;
    expect([...(revokedSerials(Buffer.from(pem)) ?? [])]).toEqual([serial]);
    expect([...(revokedSerials(der) ?? [])]).toEqual([serial]);
    expect(revokedSerials(Buffer.from(openssl("crl", "-in", join(directory, "empty.pem"))))?.size).toBe(0);
    expect(revokedSerials(Buffer.from("no list"))).toBeUndefined();
  });

  property.prop([fc.uint8Array({ maxLength: 200 })])("reading any bytes as a revocation list ends", (bytes) => {
    revokedSerials(bytes);
  });

  test("a handshake in which both sides show theirs succeeds", async () => {
    const server = issue(ca, { commonName: "server", ips: ["127.0.0.1"], usages: ["server"] });
    const client = issue(ca, { commonName: "client", usages: ["client"] });
    const listening = createServer({
      cert: server.certPem,
      key: server.keyPem,
      ca: ca.certPem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const seen = new Promise<string>((resolve) =>
      listening.on("secureConnection", (s: TLSSocket) => resolve(String(s.getPeerCertificate().subject.CN))),
    );
    const { port } = listening.address() as AddressInfo;
    const socket = connect({ port, host: "127.0.0.1", ca: ca.certPem, cert: client.certPem, key: client.keyPem });
    socket.on("error", () => {});
    expect(await seen).toBe("client");
    socket.destroy();
    listening.close();
  });

  test("one that vouches for itself is trusted by who has it", async () => {
    const own = selfSigned({ organizations: ["trimast"], dnsNames: ["localhost"] });
    const listening = createServer({ cert: own.certPem, key: own.keyPem });
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as AddressInfo;
    const tried = (trust: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: trust }, () => resolve("trusted"));
        socket.on("error", (e: NodeJS.ErrnoException) => resolve(e.code ?? e.message));
        socket.on("close", () => {});
      });
    expect(await tried(own.certPem)).toBe("trusted");
    expect(await tried(ca.certPem)).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    listening.close();
  });
});
