import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HttpExchange, type HttpHandler, HttpServerSession } from "../../src/wire/http/index.js";
import { ERROR, encodeHeaders, type HeaderList, HpackDecoder, HTTP2_LIMITS } from "../../src/wire/http2/index.js";
import { END_HEADERS, END_STREAM, type Frame, frame, framesOf, HELLO, PADDED, settings, TYPE, uint32 } from "./frames.js";

/** Requests that are no gRPC, without a socket. */

const list = (...more: HeaderList): HeaderList => [
  [":method", "POST"],
  [":scheme", "https"],
  [":path", "/p"],
  [":authority", "x"],
  ...more,
];
const head = (streamId: number, more: HeaderList = [], flags = END_HEADERS): Buffer =>
  frame(TYPE.headers, flags, streamId, encodeHeaders(list(...more)));
const data = (streamId: number, text: string, flags = 0): Buffer => frame(TYPE.data, flags, streamId, Buffer.from(text));

/** A server's side whose handlers only say what they hear, and do what a test wants. */
class Server {
  readonly said: string[] = [];
  readonly exchanges: HttpExchange[] = [];
  readonly session: HttpServerSession;
  onData: (exchange: HttpExchange, last: boolean) => void = () => {};

  constructor() {
    this.session = new HttpServerSession({
      nowMs: () => 0,
      streamsMax: 100,
      handlers: { begin: (exchange) => this.#begin(exchange), dirty: () => {}, closed: (why) => void this.said.push(`over: ${why}`) },
    });
  }
  #begin(exchange: HttpExchange): HttpHandler {
    const index = this.exchanges.push(exchange);
    this.said.push(`${index} ${exchange.head.method} ${exchange.head.path}`);
    return {
      data: (bytes, last) => {
        if (bytes.length > 0) this.said.push(`${index}: ${Buffer.from(bytes).toString("latin1")}`);
        if (last) this.said.push(`${index} ended`);
        this.onData(exchange, last);
      },
      cancelled: () => this.said.push(`${index} cancelled`),
      drained: () => this.said.push(`${index} drained`),
    };
  }
  receive(...parts: readonly Uint8Array[]): this {
    for (const p of parts) this.session.connection.receive(Buffer.from(p));
    return this;
  }
  output(): Frame[] {
    return framesOf(this.session.connection.takeOutput() ?? Buffer.alloc(0));
  }
  resets(): readonly (readonly [number, number])[] {
    return this.output()
      .filter((f) => f.type === TYPE.rst)
      .map((f) => [f.streamId, f.payload.readUInt32BE(0)] as const);
  }
}
const greeted = (): Server => {
  const server = new Server().receive(HELLO);
  server.output();
  return server;
};

describe("malformed requests (RFC 9113 8.1.1, 8.2.1)", () => {
  const HEADS: readonly { readonly name: string; readonly more: HeaderList }[] = [
    { name: "a value with the end of a line", more: [["x", "a\r\nx-evil: 1"]] },
    { name: "a value with a line feed alone", more: [["x", "a\nb"]] },
    { name: "a value with a zero", more: [["x", "a\0b"]] },
    { name: "a length that is no number", more: [["content-length", "five"]] },
    { name: "a length below zero", more: [["content-length", "-1"]] },
    {
      name: "two lengths",
      more: [
        ["content-length", "5"],
        ["content-length", "6"],
      ],
    },
    { name: "two lengths in one", more: [["content-length", "5, 5"]] },
    { name: "a length beyond all numbers", more: [["content-length", "9".repeat(30)]] },
  ];
  for (const { name, more } of HEADS)
    test(`${name} resets the stream before anybody hears of it`, () => {
      const server = greeted().receive(head(1, more), head(3));
      expect([server.said, server.resets()]).toEqual([["1 POST /p"], [[1, ERROR.protocol]]]);
    });

  test("tabs and bytes beyond ASCII are values like any other", () => {
    const server = greeted().receive(
      head(
        1,
        [
          ["x", "a\tb"],
          ["y", "\xe4\xff"],
        ],
        END_HEADERS | END_STREAM,
      ),
    );
    expect([server.said, server.resets()]).toEqual([["1 POST /p", "1 ended"], []]);
  });

  const LENGTHS: readonly { readonly name: string; readonly say: readonly Buffer[]; readonly heard: readonly string[] }[] = [
    { name: "more than its length", say: [data(1, "abc"), data(1, "def")], heard: ["1: abc", "1 cancelled"] },
    { name: "less than its length", say: [data(1, "abc", END_STREAM)], heard: ["1 cancelled"] },
    {
      name: "less than its length, ended by trailers",
      say: [data(1, "abc"), frame(TYPE.headers, END_HEADERS | END_STREAM, 1, encodeHeaders([["t", "1"]]))],
      heard: ["1: abc", "1 cancelled"],
    },
  ];
  for (const { name, say, heard } of LENGTHS)
    test(`a body of ${name} resets the stream: behind it on HTTP/1.1 would be a request of its own`, () => {
      const server = greeted().receive(head(1, [["content-length", "5"]]), ...say);
      expect([server.said.slice(1), server.resets()]).toEqual([heard, [[1, ERROR.protocol]]]);
      server.receive(head(3, [["content-length", "3"]]), data(3, "abc", END_STREAM));
      expect(server.said.slice(-3)).toEqual(["2 POST /p", "2: abc", "2 ended"]);
    });

  test("a length and no body at all is told nobody", () => {
    const server = greeted().receive(head(1, [["content-length", "5"]], END_HEADERS | END_STREAM));
    expect([server.said, server.resets()]).toEqual([[], [[1, ERROR.protocol]]]);
  });

  test("as many as a peer likes to send are a flood (CVE-2025-8671)", () => {
    const server = greeted();
    for (let i = 0; i <= HTTP2_LIMITS.RESETS_MAX; i++) server.receive(head(1 + 2 * i, [["content-length", "1"]]), data(1 + 2 * i, "ab"));
    expect(server.said.at(-1)).toBe("over: too many streams reset");
  });
});

describe("an answer before its request is whole", () => {
  const MB = 1024 * 1024;
  const upload = (bytes: number): Buffer =>
    Buffer.concat(Array.from({ length: bytes / 16_384 }, () => frame(TYPE.data, 0, 1, Buffer.alloc(16_384))));
  const kinds = (server: Server): readonly number[] => server.output().map((f) => f.type);

  test("leaves time for the rest of its body: nobody is told to stop who does so by himself", () => {
    const server = greeted().receive(head(1));
    server.exchanges[0]?.respond(403, []);
    server.exchanges[0]?.end(Buffer.from("no"));
    expect(kinds(server)).toEqual([TYPE.headers, TYPE.data]);
    server.receive(upload(MB / 2), frame(TYPE.data, END_STREAM, 1));
    expect([server.said, server.resets(), server.session.connection.streamCount]).toEqual([["1 POST /p"], [], 0]);
  });

  test("gives windows to a client that had been given none, and tells it to stop, without an error, when it goes on for long", () => {
    const server = greeted().receive(head(1));
    server.exchanges[0]?.pause();
    server.receive(upload(MB));
    expect(kinds(server)).toEqual([]);
    server.exchanges[0]?.respond(403, [], true);
    expect(kinds(server)).toEqual([TYPE.headers, TYPE.window]);
    server.receive(upload(MB));
    expect(server.resets()).toEqual([]);
    server.receive(upload(16_384));
    expect([server.resets(), server.session.connection.streamCount]).toEqual([[[1, ERROR.none]], 0]);
  });

  test("that waits for windows goes out before anybody is told to stop, and gives none meanwhile", () => {
    const server = new Server().receive(HELLO.subarray(0, 24), settings([4, 3]), head(1));
    server.exchanges[0]?.respond(403, []);
    server.exchanges[0]?.end(Buffer.from("forbidden"));
    server.output();
    server.receive(upload(MB), upload(16_384));
    // For the first half of it; then it has to read.
    expect(kinds(server)).toEqual([TYPE.window, TYPE.window]);
    server.receive(upload(MB / 2), frame(TYPE.window, 0, 1, uint32(5)));
    expect(kinds(server)).toEqual([TYPE.data]);
    server.receive(frame(TYPE.window, 0, 1, uint32(5)));
    expect(kinds(server)).toEqual([TYPE.data, TYPE.rst]);
    expect(server.session.connection.streamCount).toBe(0);
  });
});

test("what is held counts until it is let go or its request is over, and not behind that", () => {
  const server = greeted().receive(head(1), head(3));
  const [one, two] = server.exchanges;
  expect(one?.hold(HTTP2_LIMITS.HELD_BYTES_MAX - 10)).toBe(true);
  expect(two?.hold(11)).toBe(false);
  expect(two?.hold(-5)).toBe(true);
  one?.respond(200, [], true);
  expect(server.session.heldBytes).toBe(6);
  one?.hold(-100);
  expect(server.session.heldBytes).toBe(6);
  server.receive(frame(TYPE.rst, 0, 3, uint32(8)));
  expect(server.session.heldBytes).toBe(0);
});

/** Something of everything that a client of the API says. */
const CONVERSATION = Buffer.concat([
  HELLO,
  head(1, [
    ["content-length", "11"],
    ["cookie", "a=1"],
    ["cookie", "b=2"],
  ]),
  data(1, "hello "),
  head(3, [["accept", "application/json"]], END_HEADERS | END_STREAM),
  frame(TYPE.data, PADDED | END_STREAM, 1, Buffer.from("\x03world\0\0\0", "latin1")),
  frame(TYPE.headers, 0, 5, encodeHeaders(list())),
  frame(TYPE.continuation, END_HEADERS, 5, encodeHeaders([["x-long", "y".repeat(60)]])),
  frame(TYPE.window, 0, 5, uint32(77)),
  data(5, "to be left"),
  head(7, [["content-length", "2"]]),
  data(7, "more"),
  frame(TYPE.rst, 0, 5, uint32(8)),
  head(9),
  data(9, "one"),
  frame(TYPE.ping, 0, 0, Buffer.from("abcdefgh")),
  frame(TYPE.headers, END_HEADERS | END_STREAM, 9, encodeHeaders([["trailer", "1"]])),
]);

/** Bodies that came in pieces are one: how they were cut is nobody's matter. */
function play(chunks: readonly Uint8Array[]): { readonly said: string[]; readonly answers: unknown } {
  const server = new Server();
  server.onData = (exchange, last) => {
    if (!last) return;
    exchange.respond(200, [["x-path", exchange.head.path]]);
    exchange.end(Buffer.from("done"));
  };
  server.receive(...chunks);
  const hpack = new HpackDecoder();
  const answers = server
    .output()
    .map((f) => [f.type, f.flags, f.streamId, f.type === TYPE.headers ? hpack.decode(f.payload) : f.payload.toString("hex")]);
  return { said: server.said, answers };
}
const WHOLE = play([CONVERSATION]);

describe("requests in pieces", () => {
  test("are the same cut at every offset, and into single bytes", () => {
    expect(WHOLE.said).toEqual([
      "1 POST /p",
      "1: hello ",
      "2 POST /p",
      "2 ended",
      "1: world",
      "1 ended",
      "3 POST /p",
      "3: to be left",
      "4 POST /p",
      "4 cancelled",
      "3 cancelled",
      "5 POST /p",
      "5: one",
      "5 ended",
    ]);
    for (let at = 0; at <= CONVERSATION.length; at++)
      expect(play([CONVERSATION.subarray(0, at), CONVERSATION.subarray(at)])).toEqual(WHOLE);
    expect(play([...CONVERSATION].map((b) => Buffer.from([b])))).toEqual(WHOLE);
  });

  test("are the same cut anywhere at random", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(CONVERSATION.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), CONVERSATION.length];
        expect(play(at.slice(1).map((end, i) => CONVERSATION.subarray(at[i], end)))).toEqual(WHOLE);
      }),
    );
  });

  test("a body is the same in whatever frames it comes", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.boolean(), (parts, announced) => {
        const body = Buffer.concat(parts);
        const server = greeted().receive(head(1, announced ? [["content-length", String(body.length)]] : []));
        for (const part of parts) server.receive(frame(TYPE.data, 0, 1, part));
        server.receive(frame(TYPE.data, END_STREAM, 1));
        const heard = server.said.flatMap((s) => (s.startsWith("1: ") ? [s.slice(3)] : [])).join("");
        expect([heard, server.said.at(-1)]).toEqual([body.toString("latin1"), "1 ended"]);
      }),
    );
  });

  test("survive every flipped bit, keep nothing for requests that are over, and say whole frames", () => {
    for (let at = 0; at < CONVERSATION.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(CONVERSATION);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        const server = new Server().receive(damaged);
        const out = server.session.connection.takeOutput() ?? Buffer.alloc(0);
        expect(framesOf(out).reduce((sum, f) => sum + 9 + f.payload.length, 0)).toBe(out.length);
        server.session.connection.lost("gone");
        expect(server.session.heldBytes).toBe(0);
        const ends = server.said.filter((s) => /^\d+ cancelled$/.test(s));
        expect(new Set(ends).size).toBe(ends.length);
      }
  });
});
