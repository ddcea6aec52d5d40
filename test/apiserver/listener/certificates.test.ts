import { X509Certificate } from "node:crypto";
import tls, { type ConnectionOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textResponse } from "../../../src/apiserver/chain/index.js";
import { TestCa } from "../../kit/certificates.js";
import { ask, client, PROTOCOLS } from "./clients.js";
import { Field } from "./field.js";

/** Whom a client's certificate says it is, and who is nobody. */

const DAY_MS = 24 * 3_600_000;
let field: Field;
let strange: TestCa;
beforeAll(async () => {
  field = await Field.open();
  field.on("/who", ({ certificate }) => textResponse(200, JSON.stringify(certificate ?? "nobody")));
  strange = new TestCa("test-ca");
});
afterAll(async () => {
  strange.remove();
  await field.close();
});

const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
const shown = ({ certPem, keyPem }: { readonly certPem: string; readonly keyPem: string }): ConnectionOptions => ({
  cert: certPem,
  key: keyPem,
});

interface Case {
  readonly name: string;
  readonly show: () => { readonly certPem: string; readonly keyPem: string } | undefined;
  readonly is: object | "nobody";
}
const ann = { commonName: "ann", organizations: ["one", "two"] };
const CASES: readonly Case[] = [
  { name: "one with groups", show: () => field.ca.issue("ann", ann), is: ann },
  { name: "one without groups", show: () => field.ca.issue("bob"), is: { commonName: "bob", organizations: [] } },
  {
    name: "one whose name is not ASCII",
    show: () => field.ca.issue("umlaut", { commonName: "jörg 世" }),
    is: { commonName: "jörg 世", organizations: [] },
  },
  { name: "none", show: () => undefined, is: "nobody" },
  { name: "one of another authority of the same name", show: () => strange.issue("ann", ann), is: "nobody" },
  {
    name: "one that has expired",
    show: () => field.ca.issue("late", { ...ann, notBefore: new Date(Date.now() - 10 * DAY_MS), days: 1 }),
    is: "nobody",
  },
  {
    name: "one that is not valid yet",
    show: () => field.ca.issue("soon", { ...ann, notBefore: new Date(Date.now() + DAY_MS), days: 1 }),
    is: "nobody",
  },
  { name: "one for servers alone", show: () => field.ca.issue("server-only", { ...ann, usages: ["server"] }), is: "nobody" },
];
const expected = (is: Case["is"], certPem: string | undefined): unknown =>
  is === "nobody" || certPem === undefined ? is : { ...is, fingerprint: fingerprintOf(certPem) };

for (const protocol of PROTOCOLS)
  describe(protocol, () => {
    for (const { name, show, is } of CASES)
      test(`a client that shows ${name} is ${is === "nobody" ? "nobody, and is served" : "who it says"}`, async () => {
        const issued = show();
        const node = client(protocol, { ...field.trust, ...(issued === undefined ? {} : shown(issued)) });
        const got = await Promise.all([ask(node, { path: "/who" }), ask(node, { method: "POST", path: "/who", body: "x" })]);
        expect(got.map((g) => JSON.parse(g.body.toString()))).toEqual(Array(2).fill(expected(is, issued?.certPem)));
        node.close();
      });
  });

/** Node takes every session that is resumed within TLS 1.3 for authorized, also when nobody showed anything. */
describe("a session that is resumed", () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const)
    for (const { name, show, is } of CASES.filter((c) => !/expired|valid yet/.test(c.name)))
      test(`within ${version}, of a client that showed ${name}, is ${is === "nobody" ? "nobody's" : "the same client's"}`, async () => {
        const issued = show();
        const at = { ...field.trust, ...(issued === undefined ? {} : shown(issued)), minVersion: version, maxVersion: version };
        const first = await who(at);
        const second = await who({ ...field.trust, minVersion: version, maxVersion: version, session: first.session });
        expect([first.isReused, second.isReused]).toEqual([false, true]);
        expect([first.who, second.who]).toEqual(Array(2).fill(expected(is, issued?.certPem)));
      });
});

function who(at: ConnectionOptions): Promise<{ readonly who: unknown; readonly session: Buffer; readonly isReused: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(at);
    let session = Buffer.alloc(0);
    let text = "";
    socket.on("session", (s) => {
      session = s;
    });
    socket.on("error", reject);
    socket.on("secureConnect", () => socket.write("GET /who HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    const isReused = new Promise<boolean>((done) => socket.on("secureConnect", () => done(socket.isSessionReused())));
    socket.on("end", async () => resolve({ who: JSON.parse(text.slice(text.indexOf("\r\n\r\n"))), session, isReused: await isReused }));
  });
}
