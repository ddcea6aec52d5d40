import * as http2 from "node:http2";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GrpcServerSession } from "../../src/wire/grpc/index.js";
import { UNHEARD, WholeBody } from "../../src/wire/http/index.js";
import { encodeHeaders, type HeaderList } from "../../src/wire/http2/index.js";
import { until } from "../kit/until.js";
import { call, Field, soon } from "./field.js";
import { END_HEADERS, END_STREAM, frame, framesOf, HELLO, request, requestHead, TYPE } from "./frames.js";

/** Node's own HTTP/2 (nghttp2) against ours: another reading of the same RFCs. */

let field: Field;
let session: http2.ClientHttp2Session;
beforeAll(async () => {
  field = await Field.open();
  session = http2.connect(`http://127.0.0.1:${field.port.port}`);
  session.on("error", () => {});
});
afterAll(async () => {
  session.destroy();
  await field.port.close();
});

interface Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly code: number;
}
function ask(headers: http2.OutgoingHttpHeaders, body: Uint8Array = Buffer.alloc(0)): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request(headers);
    const parts: Buffer[] = [];
    let head: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    stream.on("response", (h) => {
      head = { ...h };
    });
    stream.on("trailers", (t) => {
      trailers = { ...t };
    });
    stream.on("data", (b: Buffer) => parts.push(b));
    stream.on("error", () => {});
    stream.on("close", () => resolve({ headers: head, trailers, body: Buffer.concat(parts), code: stream.rstCode }));
    stream.end(body);
  });
}
const grpcHead = (path: string, more: http2.OutgoingHttpHeaders = {}): http2.OutgoingHttpHeaders => ({
  ":method": "POST",
  ":path": path,
  "content-type": "application/grpc",
  te: "trailers",
  ...more,
});
const packed = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);

describe("node:http2 as the client", () => {
  test("a unary call: head, message, trailers", async () => {
    const answer = await ask(grpcHead("/t.T/Echo"), packed("hi"));
    expect([
      answer.headers[":status"],
      answer.headers["content-type"],
      answer.body.toString("hex"),
      answer.trailers["grpc-status"],
    ]).toEqual([200, "application/grpc", packed("hi").toString("hex"), "0"]);
  });

  test("an error without a message is one header block", async () => {
    const answer = await ask(grpcHead("/t.T/None"), packed("x"));
    expect([answer.headers["grpc-status"], answer.headers["grpc-message"], answer.body.length]).toEqual([
      "12",
      "unknown method None for service t.T",
      0,
    ]);
  });

  test("plain HTTP/2 on the same connection", async () => {
    const answer = await ask({ ":method": "POST", ":path": "/v3/kv/range?x=1" }, Buffer.from("four"));
    expect([answer.headers[":status"], answer.body.toString()]).toEqual([200, "POST /v3/kv/range?x=1 4"]);
  });

  test("headers that fill and turn over nghttp2's dynamic table are read right, call after call", async () => {
    const name = fc.stringMatching(/^x-[a-z0-9-]{1,20}$/);
    const value = fc.stringMatching(/^[!-~]([ -~]{0,300}[!-~])?$/);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 12 }), value, async (more, token) => {
        const before = field.counts.contexts.length;
        const answer = await ask(grpcHead("/t.T/Echo", { ...more, token }), packed("x"));
        expect(answer.trailers["grpc-status"]).toBe("0");
        expect(field.counts.contexts[before]?.token).toBe(token);
      }),
      { numRuns: 200 },
    );
  });

  test("settings and pings on a session at work, and small windows", async () => {
    await ask(grpcHead("/t.T/Echo"), packed("x"));
    await new Promise<void>((resolve, reject) => {
      session.ping((e) => (e ? reject(e) : resolve()));
    });
    await new Promise<void>((resolve) => session.settings({ initialWindowSize: 1_000, headerTableSize: 0 }, () => resolve()));
    expect((await ask(grpcHead("/t.T/Big"), packed("300000"))).body.length).toBe(300_005);
  });
});

describe("request heads (RFC 9113 8.2, 8.3)", () => {
  const good: HeaderList = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/t.T/Echo"],
    ["content-type", "application/grpc"],
  ];
  const MALFORMED: readonly { readonly name: string; readonly list: HeaderList }[] = [
    { name: "no path", list: good.filter(([n]) => n !== ":path") },
    { name: "no method", list: good.filter(([n]) => n !== ":method") },
    { name: "a path twice", list: [[":path", "/other"], ...good] },
    { name: "a pseudo field behind a field", list: [...good, [":authority", "x"]] },
    { name: "a pseudo field of responses", list: [[":status", "200"], ...good] },
    { name: "upper case", list: [...good, ["X-Up", "1"]] },
    { name: "an empty name", list: [...good, ["", "1"]] },
    { name: "a space in a name", list: [...good, ["a b", "1"]] },
    { name: "a field of HTTP/1.1 connections", list: [...good, ["connection", "close"]] },
  ];
  for (const { name, list } of MALFORMED)
    test(`${name} resets the stream, and the connection goes on`, async () => {
      const raw = await field.raw();
      raw.say(HELLO, frame(TYPE.headers, END_HEADERS | END_STREAM, 1, encodeHeaders(list)), request(3, "/t.T/Echo", Buffer.from("x")));
      await until("the second is answered", () => raw.has(TYPE.data, 3));
      expect(raw.frames.filter((f) => f.type === TYPE.rst).map((f) => [f.streamId, f.payload.readUInt32BE(0)])).toEqual([[1, 1]]);
      raw.end();
    });
});

describe("a recorded conversation of gRPC", () => {
  const CALLS = Buffer.concat([
    HELLO,
    request(1, "/t.T/Echo", Buffer.from("hello")),
    frame(TYPE.headers, END_HEADERS, 3, requestHead("/t.T/Chat", [["grpc-timeout", "10S"]])),
    frame(TYPE.data, 0, 3, packed("one").subarray(0, 6)),
    frame(TYPE.data, 0, 3, Buffer.concat([packed("one").subarray(6), packed("two")])),
    frame(TYPE.data, END_STREAM, 3),
    frame(
      TYPE.headers,
      END_HEADERS,
      5,
      encodeHeaders([
        [":method", "POST"],
        [":path", "/v3/x"],
        [":scheme", "http"],
      ]),
    ),
    frame(TYPE.data, END_STREAM, 5, Buffer.from("{}")),
  ]);
  function play(chunks: readonly Uint8Array[]): { readonly out: Buffer; readonly said: string[] } {
    const said: string[] = [];
    const grpc = new GrpcServerSession({
      receiveBytesMax: 1_000,
      nowMs: () => 0,
      handlers: {
        begin: (c) => ({
          message: (bytes) => {
            said.push(`${c.head.path} ${Buffer.from(bytes).toString("hex")}`);
            c.write(bytes);
          },
          ended: () => c.end({ code: 0, message: "" }),
          cancelled: () => said.push("cancelled"),
          drained: () => {},
        }),
        http: (exchange) => {
          const body = new WholeBody(exchange, 2_000, (whole) => {
            said.push(`http ${Buffer.from(whole).toString()}`);
            exchange.respond(200, []);
            exchange.end();
          });
          return { ...UNHEARD, data: (bytes, last) => body.data(bytes, last) };
        },
        gunzip: () => "malformed",
        dirty: () => {},
        closed: () => {},
      },
    });
    for (const c of chunks) grpc.connection.receive(Buffer.from(c));
    expect(grpc.heldBytes).toBeLessThanOrEqual(1_005 * 3);
    return { out: Buffer.from(grpc.connection.takeOutput() ?? []), said };
  }
  const whole = play([CALLS]);

  test("is the same cut at every offset", () => {
    expect(whole.said).toEqual(["/t.T/Echo 68656c6c6f", "/t.T/Chat 6f6e65", "/t.T/Chat 74776f", "http {}"]);
    for (let at = 0; at <= CALLS.length; at++) expect(play([CALLS.subarray(0, at), CALLS.subarray(at)])).toEqual(whole);
  });

  test("survives every flipped bit, and says whole frames", () => {
    for (let at = 0; at < CALLS.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(CALLS);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        const { out } = play([damaged]);
        expect(framesOf(out).reduce((sum, f) => sum + 9 + f.payload.length, 0)).toBe(out.length);
      }
  });
});

test("a client over grpc-js and one over node:http2 share the port", async () => {
  const client = field.client();
  const [a, b] = await Promise.all([call(client, "/t.T/Echo", "js", soon()), ask(grpcHead("/t.T/Echo"), packed("node"))]);
  expect([a.toString(), b.body.subarray(5).toString()]).toEqual(["js", "node"]);
  client.close();
});
