import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { TlsFiles } from "../../../src/host/index.js";
import { BrokenCertificate, Credentials } from "../../../src/host/node/tls/index.js";
import { TestCa } from "../../kit/certificates.js";
import { has } from "../../kit/etcd.js";
import { until } from "../../kit/until.js";
import { call, Field, type FieldTls, soon } from "../../wire/field.js";
import { HELLO } from "../../wire/frames.js";

/** Who gets in over TLS, who does not, and what both sides hear of it. */

const ours = new TestCa("ours");
const theirs = new TestCa("theirs");
const server = ours.issue("server");
const alice = ours.issue("alice");
const FILES = { kind: "files", certFile: server.certFile, keyFile: server.keyFile } as const satisfies TlsFiles;
const MUTUAL = { ...FILES, trustedCaFile: ours.caFile, clientCertAuth: true } as const satisfies TlsFiles;

const fields: Field[] = [];
const sockets: { destroy(): unknown }[] = [];
afterEach(async () => {
  for (const s of sockets.splice(0)) s.destroy();
  for (const f of fields.splice(0)) await f.port.close();
});
afterAll(() => {
  ours.remove();
  theirs.remove();
});

async function open(files: TlsFiles, more: Partial<FieldTls> = {}): Promise<Field & { readonly logged: string[] }> {
  const logged: string[] = [];
  const field = await Field.open("wire", { files, ca: ours.ca.certPem, client: alice, logged, ...more });
  fields.push(field);
  return Object.assign(field, { logged });
}
/** How a connection by hand ends: what node's client hears, or what the handshake came to. */
function shake(field: Field, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({
      port: field.port.port,
      host: "127.0.0.1",
      ca: ours.ca.certPem,
      ALPNProtocols: ["h2"],
      ...options,
    });
    sockets.push(socket);
    let shaken = "";
    socket.on("secureConnect", () => {
      shaken = `${socket.getProtocol()} ${socket.getCipher().standardName} ${socket.alpnProtocol}`;
      socket.write(HELLO);
    });
    // Only the server's first bytes say that we are in: TLS 1.3 clients are done before they are judged.
    socket.on("data", () => resolve(shaken));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve("closed"));
  });
}
const shown = (c: { readonly certPem: string; readonly keyPem: string }): ConnectionOptions => ({ cert: c.certPem, key: c.keyPem });
const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "answered",
    (e: grpc.ServiceError) => `${e.code} ${e.details}`,
  );

describe("who gets in", () => {
  test("HTTP/2 is chosen by ALPN, TLS 1.3 by default, 1.2 as well", async () => {
    const field = await open(FILES);
    expect(await shake(field)).toBe("TLSv1.3 TLS_AES_256_GCM_SHA384 h2");
    expect(await shake(field, { maxVersion: "TLSv1.2" })).toMatch(/^TLSv1.2 TLS_ECDHE_ECDSA_WITH_\w+ h2$/);
    expect(await shake(field, { ALPNProtocols: ["spdy/1"] })).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
  });

  test("versions and suites are those that were named; 1.3 keeps its own", async () => {
    const only13 = await open(FILES, { versions: { minVersion: "TLSv1.3" } });
    expect(await shake(only13, { maxVersion: "TLSv1.2" })).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    const only12 = await open(FILES, { versions: { maxVersion: "TLSv1.2", cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] } });
    expect(await shake(only12)).toBe("TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 h2");
    const suites = { cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] };
    const both = await open(FILES, { versions: suites });
    expect(await shake(both)).toMatch(/^TLSv1.3/);
    expect(await shake(both, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" })).toBe(
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    );
    expect(await shake(both, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" })).toBe(
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    );
  });

  test("a certificate that is demanded: none, another CA's, an expired one; and what each hears", async () => {
    const field = await open(MUTUAL);
    expect(await shake(field)).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
    expect(await shake(field, { maxVersion: "TLSv1.2" })).toBe("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE");
    expect(await shake(field, shown(theirs.issue("mallory")))).toBe("closed");
    const expired = ours.issue("old", { notBefore: new Date(Date.now() - 10 * 86_400_000), days: 1 });
    expect(await shake(field, shown(expired))).toBe("closed");
    const serverOnly = ours.issue("server-only", { usages: ["server"] });
    expect(await shake(field, shown(serverOnly))).toBe("closed");
    expect(await shake(field, shown(alice))).toMatch(/^TLSv1.3/);
    await until("all refusals are logged", async () => field.logged.length >= 5);
    const said = field.logged.join("\n");
    expect(said).toMatch(/tls: client didn't provide a certificate/);
    expect(said).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT/);
    expect(said).toMatch(/CERT_HAS_EXPIRED/);
    expect(said).toMatch(/INVALID_PURPOSE/);
  });

  test("grpc-js hears why, and a client that does not trust us says so", async () => {
    const field = await open(MUTUAL);
    const without = field.client(grpc.credentials.createSsl(Buffer.from(ours.ca.certPem)));
    expect(await outcome(call(without, "/t.T/Echo", "x", soon(3_000)))).toMatch(/^(14|4) /);
    const trusting = field.client(grpc.credentials.createSsl(Buffer.from(theirs.ca.certPem)));
    expect(await outcome(call(trusting, "/t.T/Echo", "x", soon(3_000)))).toMatch(/^14 .*(unable to verify|self.signed|local issuer)/);
    for (const c of [without, trusting]) c.close();
  });

  test("a common name is a user only where certificates are asked for as such", async () => {
    const demanded = await open({ ...FILES, trustedCaFile: ours.caFile });
    const client = demanded.client();
    await call(client, "/t.T/Echo", "x", soon());
    expect(demanded.counts.contexts).toEqual([expect.not.objectContaining({ commonName: "alice" })]);
    client.close();
  });

  test("allowed names and allowed hosts", async () => {
    const bob = ours.issue("bob", { dnsNames: ["db.example.org"], ips: ["10.0.0.1"] });
    const named = await open({ ...MUTUAL, allowedNames: ["carol", "bob"] });
    expect([await shake(named, shown(alice)), (await shake(named, shown(bob))).slice(0, 7)]).toEqual(["closed", "TLSv1.3"]);
    const hosted = await open({ ...MUTUAL, allowedHostnames: ["db.example.org"] });
    expect([await shake(hosted, shown(alice)), (await shake(hosted, shown(bob))).slice(0, 7)]).toEqual(["closed", "TLSv1.3"]);
    const addressed = await open({ ...MUTUAL, allowedHostnames: ["10.0.0.1"] });
    expect([await shake(addressed, shown(alice)), (await shake(addressed, shown(bob))).slice(0, 7)]).toEqual(["closed", "TLSv1.3"]);
    expect(named.logged.join()).toMatch(/client certificate authentication failed/);
  });
});

test.runIf(has("openssl", ["version"]))("a revoked certificate is refused, as soon as the list says so", async () => {
  const openssl = (...args: readonly string[]): Buffer => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
  const carol = ours.issue("carol");
  const index = ours.write("index.txt", "");
  const config = ours.write("crl.conf", `[ca]\ndefault_ca=d\n[d]\ndatabase=${index}\ndefault_md=sha256\ndefault_crl_days=1\n`);
  const common = ["-config", config, "-keyfile", ours.write("ca.key", ours.ca.keyPem), "-cert", ours.caFile];
  const crlFile = ours.write("list.crl", openssl("ca", ...common, "-gencrl"));
  const field = await open({ ...MUTUAL, crlFile });
  expect((await shake(field, shown(carol))).slice(0, 7)).toBe("TLSv1.3");
  openssl("ca", ...common, "-revoke", carol.certFile);
  ours.write("list.crl", openssl("ca", ...common, "-gencrl"));
  expect([await shake(field, shown(carol)), (await shake(field, shown(alice))).slice(0, 7)]).toEqual(["closed", "TLSv1.3"]);
  expect(field.logged.join()).toMatch(/certificate serial [0-9a-f]+ revoked/);
});

describe("files that change", () => {
  function replace(file: string, content: string): void {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  }
  const subject = (field: Field): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ port: field.port.port, host: "127.0.0.1", ca: [ours.ca.certPem, theirs.ca.certPem] }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on("error", (e) => resolve(e.message));
    });

  test("new connections use the new ones, old connections go on", async () => {
    const mine = ours.issue("before");
    const field = await open({ ...FILES, certFile: mine.certFile, keyFile: mine.keyFile });
    const client = field.client();
    await call(client, "/t.T/Echo", "x", soon());
    expect(await subject(field)).toBe("before");
    const next = ours.issue("after");
    replace(mine.keyFile, next.keyPem);
    // Between the two files nothing fits: the old pair serves on.
    expect(await subject(field)).toBe("before");
    replace(mine.certFile, next.certPem);
    expect(await subject(field)).toBe("after");
    await call(client, "/t.T/Echo", "x", soon());
    client.close();
  });

  test("broken and absent files leave the old ones in force and say so once", async () => {
    const mine = ours.issue("kept");
    const field = await open({ ...FILES, certFile: mine.certFile, keyFile: mine.keyFile });
    replace(mine.certFile, "no certificate");
    for (let i = 0; i < 3; i++) expect(await subject(field)).toBe("kept");
    expect(field.logged.filter((l) => l.includes("cannot be used"))).toHaveLength(1);
    renameSync(mine.keyFile, `${mine.keyFile}.gone`);
    expect(await subject(field)).toBe("kept");
    expect(field.logged.filter((l) => l.includes("cannot be used"))).toHaveLength(2);
  });

  test("another CA: who was trusted is not any more", async () => {
    const caFile = ours.write("clients-ca.pem", ours.ca.certPem);
    const field = await open({ ...MUTUAL, trustedCaFile: caFile });
    const mallory = theirs.issue("mallory");
    expect([(await shake(field, shown(alice))).slice(0, 7), await shake(field, shown(mallory))]).toEqual(["TLSv1.3", "closed"]);
    replace(caFile, theirs.ca.certPem);
    expect([await shake(field, shown(alice)), (await shake(field, shown(mallory))).slice(0, 7)]).toEqual(["closed", "TLSv1.3"]);
  });

  test("at the start they must be right", () => {
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => log };
    const start = (files: TlsFiles) => () => new Credentials({ files, versions: {}, log, readRevoked: () => undefined });
    expect(start({ ...FILES, certFile: "/nowhere.pem" })).toThrow(BrokenCertificate);
    expect(start({ ...FILES, certFile: "/nowhere.pem" })).toThrow("/nowhere.pem cannot be read: ENOENT");
    expect(start({ ...FILES, keyFile: alice.keyFile })).toThrow(/are no certificate and its key: .*key values mismatch/);
    expect(start({ ...FILES, trustedCaFile: server.keyFile })).not.toThrow();
    expect(start({ ...FILES, crlFile: server.certFile })).toThrow(/no certificate revocation list/);
  });
});

describe("hostile handshakes", () => {
  async function servesOthers(field: Field): Promise<void> {
    const client = field.client();
    expect((await call(client, "/t.T/Echo", "still", soon())).toString()).toBe("still");
    client.close();
  }
  function raw(field: Field): { readonly closed: Promise<void>; write(bytes: string | Uint8Array): void } {
    const socket = connectPlain({ port: field.port.port, host: "127.0.0.1" });
    sockets.push(socket);
    socket.on("error", () => {});
    socket.resume();
    return { closed: new Promise((resolve) => socket.on("close", () => resolve())), write: (bytes) => void socket.write(bytes) };
  }

  test("plain HTTP, a plain preface and garbage instead of a ClientHello are closed", async () => {
    const field = await open(FILES);
    const says = [
      "GET /health HTTP/1.1\r\nhost: x\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      Buffer.alloc(5_000, 0x16),
      Buffer.alloc(64, 0xff),
    ];
    for (const bytes of says) {
      const at = raw(field);
      at.write(bytes);
      await at.closed;
    }
    expect(field.logged.join("\n")).toMatch(/first record does not look like a TLS handshake/);
    await servesOthers(field);
  });

  test("a handshake that is never finished is cut, others are served meanwhile", async () => {
    const field = await open(FILES, { handshakeTimeoutMs: 300 });
    const silent = raw(field);
    const halfway = raw(field);
    // The head of a ClientHello record that promises 512 bytes.
    halfway.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
    await servesOthers(field);
    await Promise.all([silent.closed, halfway.closed]);
    await servesOthers(field);
  });

  test("a flood of refused connections fills no log", async () => {
    const field = await open(FILES);
    for (let i = 0; i < 40; i++) {
      const at = raw(field);
      at.write("garbage garbage garbage");
      await at.closed;
    }
    expect(field.logged.length).toBeLessThanOrEqual(10);
    await servesOthers(field);
  });

  test("renegotiation is refused", async () => {
    const field = await open(FILES);
    const socket = connect({ port: field.port.port, host: "127.0.0.1", ca: ours.ca.certPem, maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] });
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
    const ended = new Promise<string>((resolve) => {
      socket.on("error", (e: NodeJS.ErrnoException) => resolve(e.code ?? e.message));
      socket.on("close", () => resolve("closed"));
    });
    socket.renegotiate({}, (error) => {
      if (error === null) throw new Error("it was accepted");
    });
    expect(await ended).toMatch(/RENEGOTIATION|closed|ECONNRESET/);
    await servesOthers(field);
  });

  test("no session is resumed: a certificate is judged at each connection", async () => {
    const field = await open(MUTUAL);
    const tickets: Buffer[] = [];
    const socket = connect({ port: field.port.port, host: "127.0.0.1", ca: ours.ca.certPem, ALPNProtocols: ["h2"], ...shown(alice) });
    sockets.push(socket);
    socket.on("session", (s: Buffer) => tickets.push(s));
    socket.write(HELLO);
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    for (const session of tickets) {
      const again = connect({ port: field.port.port, host: "127.0.0.1", ca: ours.ca.certPem, session, ...shown(alice) });
      sockets.push(again);
      await new Promise<void>((resolve) => again.once("secureConnect", resolve));
      expect(again.isSessionReused()).toBe(false);
    }
  });
});
