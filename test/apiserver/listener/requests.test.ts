import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ApiRequest, ApiResponse } from "../../../src/apiserver/chain/index.js";
import { GZIP_BYTES_MIN } from "../../../src/apiserver/verbs/index.js";
import { ask, type Client, client, PROTOCOLS, type Sent } from "./clients.js";
import { Field, Later } from "./field.js";

/** What a request becomes, and what becomes of an answer: the same over both protocols, with node's own clients. */

let field: Field;
beforeAll(async () => {
  field = await Field.open();
});
afterAll(() => field.close());

const bytes = (body: readonly (Uint8Array | string)[], headers: ApiResponse["headers"] = new Map(), code = 200): ApiResponse => ({
  kind: "bytes",
  code,
  headers,
  body: body.map((b) => Buffer.from(b as string)),
});

for (const protocol of PROTOCOLS)
  describe(protocol, () => {
    let node: Client;
    beforeEach(() => {
      node = client(protocol, field.trust);
    });
    afterEach(() => node.close());

    /** What a request looks like to who answers it. */
    async function seen(sent: Omit<Sent, "path">, path = "/seen"): Promise<ApiRequest> {
      let request: ApiRequest | undefined;
      field.on("/seen", (asked) => {
        request = asked;
        return bytes([]);
      });
      expect((await ask(node, { ...sent, path })).code).toBe(200);
      if (request === undefined) throw new Error("nobody asked");
      return request;
    }

    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
      test(`${method} comes as it is, with its path and query undecoded`, async () => {
        const request = await seen({ method }, "/seen?a=%20b&c=%2F");
        expect([request.method, request.url]).toEqual([method, "/seen?a=%20b&c=%2F"]);
        expect([request.remoteAddress, request.identity, request.certificate]).toEqual(["127.0.0.1", undefined, undefined]);
        expect(request.signal.aborted).toBe(false);
      });

    test("a repeated header's values are joined, cookies as one cookie; names are in lower case, and no header of the protocol's own is named", async () => {
      const request = await seen({ headers: { "X-Many": ["one", "two", "three"], cookie: ["a=1", "b=2"], accept: "x" } });
      expect(["x-many", "cookie", "accept", "missing"].map((name) => request.header(name))).toEqual([
        "one, two, three",
        "a=1; b=2",
        "x",
        undefined,
      ]);
      const names = request.headerNames();
      expect(names.filter((n) => n.startsWith(":") || n !== n.toLowerCase())).toEqual([]);
      expect(names).toEqual(expect.arrayContaining(["x-many", "cookie", "accept"]));
    });

    test("raw headers come in pairs, repeated ones apart", async () => {
      const headers: string[] = [];
      field.on("/raw", ({ raw }) => {
        headers.push(...(raw?.headers ?? []));
        return bytes([]);
      });
      await ask(node, { path: "/raw", headers: { "x-many": ["one", "two"] } });
      const values = headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === "x-many");
      expect(values).toEqual(["one", "two"]);
    });

    test("who looks at what is raw when the body is there already, and then asks for it, gets it", async () => {
      const there = new Later();
      field.on("/looked", async (request) => {
        await there.promise;
        return bytes([String(request.raw?.upgrade), String(request.raw?.headers.length !== 0), await request.body()]);
      });
      const got = ask(node, { method: "POST", path: "/looked", body: "whole" });
      // Behind it on the same connection, where that is possible: so it is there.
      if (protocol === "HTTP/2") await ask(node, { path: "/echo" });
      there.settle();
      expect((await got).body.toString()).toBe("undefinedtruewhole");
    });

    test("an answer has its code, its headers, a date and its length; its pieces come in order", async () => {
      const headers = new Map<string, string | readonly string[]>([
        ["content-type", "application/json"],
        ["warning", ['299 - "one"', '299 - "two"']],
      ]);
      field.on("/pieces", () => bytes(["a", "", "bc", "def"], headers, 202));
      const got = await ask(node, { path: "/pieces" });
      expect([got.code, got.body.toString(), got.headers["content-length"], got.headers["content-type"]]).toEqual([
        202,
        "abcdef",
        "6",
        "application/json",
      ]);
      expect([got.headers["warning"]].flat().join(", ")).toBe('299 - "one", 299 - "two"');
      expect(Math.abs(Date.parse(String(got.headers["date"])) - Date.now())).toBeLessThan(10_000);
    });

    for (const [name, body] of [
      ["no piece", []],
      ["an empty piece", [""]],
    ] as const)
      test(`an answer of ${name} ends, with a length of 0`, async () => {
        field.on("/empty", () => bytes(body));
        const got = await ask(node, { path: "/empty" });
        expect([got.code, got.body.length, got.headers["content-length"]]).toEqual([200, 0, "0"]);
      });

    test("HEAD has the length of the body and no body, and its connection goes on", async () => {
      field.on("/head", () => bytes(["12345"]));
      for (let i = 0; i < 3; i++) {
        const got = await ask(node, { method: "HEAD", path: "/head" });
        expect([got.code, got.headers["content-length"], got.body.length]).toEqual([200, "5", 0]);
      }
      expect((await ask(node, { path: "/head" })).body.toString()).toBe("12345");
      expect(node.connections).toBe(1);
    });

    test("a request without a body has an empty one, also when it says how long that is", async () => {
      for (const sent of [{}, { body: "" }, { headers: { "content-length": "0" } }])
        expect((await ask(node, { method: "POST", path: "/echo", ...sent })).body.length).toBe(0);
    });

    test("megabytes go up and come down byte for byte, in both directions at once, one request after the other", async () => {
      const down = randomBytes(8 * 1024 * 1024);
      field.on("/down", () => bytes([down.subarray(0, 1), down.subarray(1, 5_000_000), down.subarray(5_000_000)]));
      const up = randomBytes(3 * 1024 * 1024);
      const got = await Promise.all([
        ask(node, { method: "POST", path: "/echo", body: up }),
        ask(node, { path: "/down" }),
        ask(node, { method: "PUT", path: "/echo", body: up.subarray(1) }),
      ]);
      expect(got.map((g) => g.code)).toEqual([200, 200, 200]);
      expect([up, down, up.subarray(1)].map((b, i) => b.equals(got[i]?.body ?? Buffer.alloc(0)))).toEqual([true, true, true]);
      expect(node.connections).toBe(1);
    });

    test("hundreds of requests at once get each its own answer", async () => {
      const texts = Array.from({ length: 300 }, (_, i) => `${i} `.repeat(1 + (i % 97)));
      const got = await Promise.all(texts.map((body) => ask(node, { method: "POST", path: "/echo", body })));
      expect(got.map((g) => g.body.toString())).toEqual(texts);
    });

    const LARGE = Buffer.alloc(GZIP_BYTES_MIN, "abcdefghij");
    const ENCODINGS: readonly {
      readonly name: string;
      readonly accepts?: string;
      readonly body: Buffer;
      readonly has?: string;
      readonly gzip: boolean;
    }[] = [
      { name: "large, and accepted", accepts: "gzip", body: LARGE, gzip: true },
      { name: "large, and accepted among others", accepts: "br, gzip , deflate", body: LARGE, gzip: true },
      { name: "large, and not accepted", body: LARGE, gzip: false },
      { name: "large, and refused by name", accepts: "gzip;q=0", body: LARGE, gzip: false },
      { name: "large, and another one accepted", accepts: "x-gzip", body: LARGE, gzip: false },
      { name: "a byte too small", accepts: "gzip", body: LARGE.subarray(1), gzip: false },
      { name: "encoded already", accepts: "gzip", body: LARGE, has: "br", gzip: false },
    ];
    for (const c of ENCODINGS)
      test(`an answer that is ${c.name} ${c.gzip ? "is compressed" : "comes as it is"}`, async () => {
        field.on("/gzip", () =>
          bytes([c.body.subarray(0, 7), c.body.subarray(7)], new Map(c.has === undefined ? [] : [["content-encoding", c.has]])),
        );
        const headers = c.accepts === undefined ? {} : { "accept-encoding": c.accepts };
        for (const method of ["GET", "HEAD"]) {
          const got = await ask(node, { method, path: "/gzip", headers });
          expect([got.headers["content-encoding"], got.headers["vary"]]).toEqual(c.gzip ? ["gzip", "Accept-Encoding"] : [c.has, undefined]);
          if (method === "HEAD") expect(Number(got.headers["content-length"])).toBeGreaterThan(0);
          else expect(String(got.body.length)).toBe(got.headers["content-length"]);
          if (method === "GET") expect((c.gzip ? gunzipSync(got.body) : got.body).equals(c.body)).toBe(true);
        }
      });

    const VALUES: readonly { readonly name: string; readonly value: string; readonly got: string }[] = [
      { name: "what is not ASCII is UTF-8", value: "schön 世界", got: "schön 世界" },
      { name: "the end of a line ends none", value: "one\r\nx-evil: 1\n\r\n<body>", got: "one  x-evil: 1   <body>" },
      { name: "no control character comes through", value: "a\0b\x01c\x1bd\x7fe", got: "a b c d e" },
      { name: "tabs stay", value: "a\tb", got: "a\tb" },
    ];
    for (const { name, value, got } of VALUES)
      test(`header values: ${name}`, async () => {
        field.on("/header", () =>
          bytes(
            ["x"],
            new Map<string, string | readonly string[]>([
              ["x-text", value],
              ["x-list", [value]],
            ]),
          ),
        );
        const { code, headers, body } = await ask(node, { path: "/header" });
        const text = (h: unknown): string => Buffer.from(String(h), "latin1").toString("utf8");
        expect([code, text(headers["x-text"]), text(headers["x-list"]), headers["x-evil"], body.toString()]).toEqual([
          200,
          got,
          got,
          undefined,
          "x",
        ]);
      });

    const BROKEN: readonly { readonly name: string; readonly answer: () => ApiResponse | Promise<ApiResponse> }[] = [
      { name: "whose handler fails", answer: () => Promise.reject(new Error("as asked")) },
      {
        name: "whose stream fails to start",
        answer: () => ({
          kind: "stream",
          code: 200,
          headers: new Map(),
          start: () => {
            throw new Error("as asked");
          },
        }),
      },
    ];
    for (const { name, answer } of BROKEN)
      test(`a request ${name} ends without a whole answer, and hurts no other one`, async () => {
        field.on("/broken", answer);
        const exchange = node.begin({ path: "/broken", body: "" });
        exchange.down.then(
          (r) => r.resume(),
          () => {},
        );
        expect(await exchange.end).not.toBe("whole");
        expect((await ask(node, { method: "POST", path: "/echo", body: "on" })).body.toString()).toBe("on");
        if (protocol === "HTTP/2") expect(node.connections).toBe(1);
      });
  });
