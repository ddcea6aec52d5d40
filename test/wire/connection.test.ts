import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ERROR, encodeHeaders, HTTP2_LIMITS } from "../../src/wire/http2/index.js";
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  frame,
  HELLO,
  message,
  PADDED,
  PRIORITY,
  Recorder,
  request,
  requestHead,
  settings,
  TYPE,
  uint32,
} from "./frames.js";

const NOTHING = Buffer.alloc(0);
const head = (id: number, flags = END_HEADERS): Buffer => frame(TYPE.headers, flags, id, requestHead("/a/b"));
const open = (id: number): Buffer => head(id);
const closedOne = Buffer.concat([head(1, END_HEADERS | END_STREAM), frame(TYPE.rst, 0, 1, uint32(8))]);

describe("a connection error ends the connection with its code (RFC 9113)", () => {
  const cases: readonly { readonly name: string; readonly say: Uint8Array; readonly code: number }[] = [
    { name: "6.1 DATA on stream 0", say: frame(TYPE.data, 0, 0, Buffer.from("x")), code: ERROR.protocol },
    { name: "5.1 DATA on an idle stream", say: frame(TYPE.data, 0, 7, Buffer.from("x")), code: ERROR.protocol },
    {
      name: "6.1 padding as long as its frame",
      say: Buffer.concat([open(1), frame(TYPE.data, PADDED, 1, Buffer.from([5, 1, 2]))]),
      code: ERROR.protocol,
    },
    { name: "6.1 padded without a pad length", say: Buffer.concat([open(1), frame(TYPE.data, PADDED, 1)]), code: ERROR.protocol },
    { name: "6.2 HEADERS on stream 0", say: head(0), code: ERROR.protocol },
    { name: "5.1.1 a stream of the server's numbers", say: head(2), code: ERROR.protocol },
    {
      name: "6.2 HEADERS shorter than its priority",
      say: frame(TYPE.headers, PRIORITY | END_HEADERS, 1, Buffer.from([0])),
      code: ERROR.protocol,
    },
    { name: "4.3 a block that cannot be decoded", say: frame(TYPE.headers, END_HEADERS, 1, Buffer.from([0x80])), code: ERROR.compression },
    {
      name: "4.3 a block interrupted by another frame",
      say: Buffer.concat([head(1, 0), frame(TYPE.ping, 0, 0, Buffer.alloc(8))]),
      code: ERROR.protocol,
    },
    {
      name: "6.10 a block continued on another stream",
      say: Buffer.concat([head(1, 0), frame(TYPE.continuation, END_HEADERS, 3)]),
      code: ERROR.protocol,
    },
    { name: "6.10 CONTINUATION without HEADERS", say: frame(TYPE.continuation, END_HEADERS, 1), code: ERROR.protocol },
    { name: "6.3 PRIORITY on stream 0", say: frame(TYPE.priority, 0, 0, Buffer.alloc(5)), code: ERROR.protocol },
    { name: "6.3 PRIORITY of four bytes", say: frame(TYPE.priority, 0, 1, Buffer.alloc(4)), code: ERROR.frameSize },
    { name: "6.4 RST_STREAM on stream 0", say: frame(TYPE.rst, 0, 0, uint32(8)), code: ERROR.protocol },
    { name: "6.4 RST_STREAM on an idle stream", say: frame(TYPE.rst, 0, 1, uint32(8)), code: ERROR.protocol },
    { name: "6.4 RST_STREAM of three bytes", say: Buffer.concat([open(1), frame(TYPE.rst, 0, 1, Buffer.alloc(3))]), code: ERROR.frameSize },
    { name: "6.5 SETTINGS on a stream", say: frame(TYPE.settings, 0, 1), code: ERROR.protocol },
    { name: "6.5 SETTINGS of seven bytes", say: frame(TYPE.settings, 0, 0, Buffer.alloc(7)), code: ERROR.frameSize },
    { name: "6.5 an ack with settings in it", say: frame(TYPE.settings, ACK, 0, Buffer.alloc(6)), code: ERROR.frameSize },
    { name: "6.5.2 ENABLE_PUSH 2", say: settings([2, 2]), code: ERROR.protocol },
    { name: "6.5.2 an initial window beyond 2^31-1", say: settings([4, 0x8000_0000]), code: ERROR.flowControl },
    { name: "6.5.2 MAX_FRAME_SIZE too small", say: settings([5, 16_383]), code: ERROR.protocol },
    { name: "6.5.2 MAX_FRAME_SIZE too large", say: settings([5, 16_777_216]), code: ERROR.protocol },
    { name: "6.6 PUSH_PROMISE", say: frame(TYPE.push, END_HEADERS, 1, Buffer.alloc(4)), code: ERROR.protocol },
    { name: "6.7 PING on a stream", say: frame(TYPE.ping, 0, 1, Buffer.alloc(8)), code: ERROR.protocol },
    { name: "6.7 PING of seven bytes", say: frame(TYPE.ping, 0, 0, Buffer.alloc(7)), code: ERROR.frameSize },
    { name: "6.8 GOAWAY on a stream", say: frame(TYPE.goaway, 0, 1, Buffer.alloc(8)), code: ERROR.protocol },
    { name: "6.8 GOAWAY too short", say: frame(TYPE.goaway, 0, 0, Buffer.alloc(7)), code: ERROR.protocol },
    { name: "6.9 WINDOW_UPDATE of three bytes", say: frame(TYPE.window, 0, 0, Buffer.alloc(3)), code: ERROR.frameSize },
    { name: "6.9 WINDOW_UPDATE by 0 of the connection", say: frame(TYPE.window, 0, 0, uint32(0)), code: ERROR.protocol },
    { name: "5.1 WINDOW_UPDATE on an idle stream", say: frame(TYPE.window, 0, 9, uint32(1)), code: ERROR.protocol },
    { name: "6.9.1 the connection's window beyond 2^31-1", say: frame(TYPE.window, 0, 0, uint32(0x7fff_ffff)), code: ERROR.flowControl },
    {
      name: "6.9.2 settings that lift a window beyond 2^31-1",
      say: Buffer.concat([open(1), frame(TYPE.window, 0, 1, uint32(0x7fff_0000)), settings([4, 0x7fff_ffff])]),
      code: ERROR.flowControl,
    },
    { name: "4.2 a frame longer than announced", say: frame(TYPE.data, 0, 1, Buffer.alloc(16_385)), code: ERROR.frameSize },
  ];
  for (const c of cases)
    test(c.name, () => {
      const peer = new Recorder().greeted().receive(c.say);
      expect(peer.goaway()).toBe(c.code);
      expect(peer.connection.isClosed).toBe(true);
    });

  test("3.4 a wrong preface at its first wrong byte, a first frame that is no settings, an ack as the first frame", () => {
    expect(new Recorder().receive(Buffer.from("PRI * HTTP/2.1")).goaway()).toBe(ERROR.protocol);
    expect(new Recorder().receive(Buffer.from("P"), Buffer.from("X")).goaway()).toBe(ERROR.protocol);
    const preface = HELLO.subarray(0, 24);
    expect(new Recorder().receive(preface, frame(TYPE.ping, 0, 0, Buffer.alloc(8))).goaway()).toBe(ERROR.protocol);
    expect(new Recorder().receive(preface, frame(TYPE.settings, ACK, 0)).goaway()).toBe(ERROR.protocol);
    expect(new Recorder().receive(preface, Buffer.from("GET / HTTP/1.1\r\n\r\n and more of it")).connection.isClosed).toBe(true);
  });
});

describe("a stream error resets one stream, and the connection goes on", () => {
  const cases: readonly { readonly name: string; readonly say: Uint8Array; readonly code: number }[] = [
    {
      name: "5.1 DATA on a half-closed stream",
      say: Buffer.concat([head(1, END_HEADERS | END_STREAM), frame(TYPE.data, 0, 1, Buffer.from("x"))]),
      code: ERROR.streamClosed,
    },
    {
      name: "5.1 HEADERS on a half-closed stream",
      say: Buffer.concat([head(1, END_HEADERS | END_STREAM), head(1)]),
      code: ERROR.streamClosed,
    },
    { name: "8.1 trailers that do not end their stream", say: Buffer.concat([open(1), head(1)]), code: ERROR.protocol },
    { name: "6.9 WINDOW_UPDATE by 0", say: Buffer.concat([open(1), frame(TYPE.window, 0, 1, uint32(0))]), code: ERROR.protocol },
    {
      name: "6.9.1 a stream's window beyond 2^31-1",
      say: Buffer.concat([open(1), frame(TYPE.window, 0, 1, uint32(0x7fff_ffff))]),
      code: ERROR.flowControl,
    },
    {
      name: "6.3 PRIORITY of four bytes",
      say: Buffer.concat([open(1), frame(TYPE.priority, 0, 1, Buffer.alloc(4))]),
      code: ERROR.frameSize,
    },
    { name: "a header list beyond the limit", say: frame(TYPE.headers, END_HEADERS, 1, bomb()), code: ERROR.enhanceYourCalm },
  ];
  for (const c of cases)
    test(c.name, () => {
      const peer = new Recorder().greeted().receive(c.say);
      expect(peer.rst()).toEqual([[1, c.code]]);
      expect(peer.connection.isClosed).toBe(false);
      expect(peer.connection.streamCount).toBe(0);
      peer.receive(open(3));
      expect(peer.connection.streamCount).toBe(1);
    });
});

/** One entry of the table, named over and over. */
function bomb(): Buffer {
  return Buffer.concat([Buffer.from([0x40, 0x01, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4_000, 0x61), Buffer.alloc(10_000, 0xbe)]);
}

describe("what is allowed", () => {
  test("padding counts against the windows, all of it, and both get it back", () => {
    const peer = new Recorder().greeted().receive(open(1));
    const padded = frame(TYPE.data, PADDED, 1, Buffer.concat([Buffer.from([255]), Buffer.from("x"), Buffer.alloc(255)]));
    const rounds = Math.ceil(HTTP2_LIMITS.STREAM_WINDOW_BYTES / 2 / 257);
    for (let i = 0; i < rounds; i++) peer.receive(padded);
    expect(peer.seen.filter((s) => s.kind === "data" && s.hex === "78")).toHaveLength(rounds);
    const updates = peer.output().filter((f) => f.type === TYPE.window);
    expect(updates.map((f) => [f.streamId, f.payload.readUInt32BE(0)])).toEqual([[1, rounds * 257]]);
    expect(peer.stream(1).receiveWindow).toBe(HTTP2_LIMITS.STREAM_WINDOW_BYTES);
  });

  test("headers with padding and priority, and in continuations, mean the same", () => {
    const block = requestHead("/a/b");
    const whole = new Recorder().greeted().receive(open(1)).seen;
    const dressed = frame(
      TYPE.headers,
      END_HEADERS | PADDED | PRIORITY,
      1,
      Buffer.concat([Buffer.from([3]), Buffer.alloc(5), block, Buffer.alloc(3)]),
    );
    expect(new Recorder().greeted().receive(dressed).seen).toEqual(whole);
    const parts = [...block].map((b, i) =>
      frame(i === 0 ? TYPE.headers : TYPE.continuation, i === block.length - 1 ? END_HEADERS : 0, 1, Buffer.from([b])),
    );
    expect(new Recorder().greeted().receive(...parts).seen).toEqual(whole);
    const three = [block.subarray(0, 5), block.subarray(5, 5), block.subarray(5)];
    const frames = three.map((b, i) => frame(i === 0 ? TYPE.headers : TYPE.continuation, i === 2 ? END_HEADERS : 0, 1, b));
    expect(new Recorder().greeted().receive(...frames).seen).toEqual(whole);
  });

  test("unknown frames, settings and flags are ignored; PING is answered, its answer is not", () => {
    const peer = new Recorder().greeted();
    peer.receive(frame(0x42, 0xff, 5, Buffer.from("?")), settings([0x99, 1]), frame(TYPE.ping, 0, 0, Buffer.from("12345678")));
    peer.receive(frame(TYPE.ping, ACK, 0, Buffer.from("12345678")));
    expect(peer.output().map((f) => [f.type, f.flags, f.payload.toString()])).toEqual([
      [TYPE.settings, ACK, ""],
      [TYPE.ping, ACK, "12345678"],
    ]);
  });

  test("frames that cross with a reset are ignored, within limits", () => {
    const peer = new Recorder().greeted().receive(closedOne);
    peer.receive(frame(TYPE.data, 0, 1, Buffer.from("late")), frame(TYPE.window, 0, 1, uint32(5)), head(1, END_HEADERS | END_STREAM));
    peer.receive(frame(TYPE.rst, 0, 1, uint32(8)), frame(TYPE.priority, 0, 1, Buffer.alloc(5)));
    expect(peer.connection.isClosed).toBe(false);
    expect(peer.rst()).toEqual([]);
  });

  test("a repeated block gives the same list; once the table changes, the same bytes are read again", () => {
    const peer = new Recorder().greeted();
    const add = (name: string, value: string): Buffer =>
      Buffer.concat([Buffer.from([0x40, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
    const newest = Buffer.from([0x83, 0xbe]);
    const say = (id: number, block: Uint8Array): void => void peer.receive(frame(TYPE.headers, END_HEADERS, id, block));
    say(1, add("a", "1"));
    say(3, newest);
    say(5, newest);
    say(7, add("b", "2"));
    say(9, newest);
    say(11, Buffer.concat([Buffer.from([0x20, 0x3f, 0xe1, 0x1f]), add("c", "3")]));
    say(13, newest);
    const lists = peer.seen.flatMap((s) => (s.kind === "headers" ? [s.list] : []));
    expect(lists[2]).toBe(lists[1]);
    expect([1, 4, 6].map((i) => lists[i]?.[1])).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
  });

  test("streams beyond the limit are refused, and a drained connection refuses all and ends with its last stream", () => {
    const peer = new Recorder().greeted();
    for (let i = 0; i < HTTP2_LIMITS.STREAMS_MAX; i++) peer.receive(head(1 + 2 * i, END_HEADERS | END_STREAM));
    const next = 1 + 2 * HTTP2_LIMITS.STREAMS_MAX;
    peer.receive(open(next));
    expect(peer.rst()).toEqual([[next, ERROR.refusedStream]]);

    const draining = new Recorder().greeted().receive(head(1, END_HEADERS | END_STREAM));
    draining.connection.drain();
    draining.receive(open(3));
    expect(draining.rst()).toEqual([[3, ERROR.refusedStream]]);
    draining.connection.sendHeaders(draining.stream(1), encodeHeaders([[":status", "200"]]), true);
    expect(draining.connection.isClosed).toBe(true);
  });
});

describe("flow control of what we send", () => {
  const sent = (peer: Recorder): number[] =>
    peer
      .output()
      .filter((f) => f.type === TYPE.data)
      .map((f) => f.payload.length);

  test("data waits for the stream's window and for the connection's, trailers wait for the data, then `drained` comes once", () => {
    const peer = new Recorder().receive(HELLO.subarray(0, 24), settings([4, 10])).receive(head(1, END_HEADERS | END_STREAM));
    peer.output();
    const { connection } = peer;
    expect(connection.sendData(peer.stream(1), Buffer.from("12345"), Buffer.alloc(20), false)).toBe(false);
    connection.sendHeaders(peer.stream(1), encodeHeaders([["grpc-status", "0"]]), true);
    expect(sent(peer)).toEqual([10]);
    expect(connection.queuedBytes).toBe(15);
    peer.receive(frame(TYPE.window, 0, 1, uint32(3)));
    expect(sent(peer)).toEqual([3]);
    peer.receive(settings([4, 100]));
    const last = peer.output();
    expect(last.map((f) => f.type)).toEqual([TYPE.data, TYPE.headers, TYPE.settings]);
    expect(connection.streamCount).toBe(0);
    expect(connection.queuedBytes).toBe(0);
    expect(peer.seen.filter((s) => s.kind === "drained")).toHaveLength(1);
  });

  test("a settings frame that makes a window negative stops the stream until it is positive again", () => {
    const peer = new Recorder().greeted().receive(head(1, END_HEADERS | END_STREAM));
    peer.connection.sendData(peer.stream(1), NOTHING, Buffer.alloc(1_000), false);
    peer.receive(settings([4, 0]));
    expect(peer.stream(1).sendWindow).toBe(-1_000);
    peer.connection.sendData(peer.stream(1), NOTHING, Buffer.alloc(1), false);
    peer.receive(frame(TYPE.window, 0, 1, uint32(1_000)));
    expect(sent(peer)).toEqual([1_000]);
    peer.receive(frame(TYPE.window, 0, 1, uint32(1)));
    expect(sent(peer)).toEqual([1]);
  });

  test("whatever the windows, what arrives is what was sent, in frames no longer than allowed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(60_000), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 30 }),
        (sizes, grants) => {
          const peer = new Recorder().receive(HELLO.subarray(0, 24), settings([4, 1_000])).receive(head(1, END_HEADERS | END_STREAM));
          sizes.forEach((size, i) => {
            peer.connection.sendData(peer.stream(1), NOTHING, Buffer.alloc(size, i), false);
          });
          for (const by of grants) peer.receive(frame(TYPE.window, 0, 1, uint32(by)), frame(TYPE.window, 0, 0, uint32(by)));
          const data = peer.output().filter((f) => f.type === TYPE.data);
          expect(data.every((f) => f.payload.length <= 16_384)).toBe(true);
          const total = sizes.reduce((a, b) => a + b, 0);
          const granted = Math.min(1_000 + grants.reduce((a, b) => a + b, 0), total);
          const got = Buffer.concat(data.map((f) => f.payload));
          expect(got.length).toBe(granted);
          expect(got.equals(Buffer.concat(sizes.map((size, i) => Buffer.alloc(size, i))).subarray(0, granted))).toBe(true);
          expect(peer.connection.queuedBytes).toBe(total - granted);
        },
      ),
    );
  });

  test("a peer that gives no window is cut at the limit, and what waited is let go", () => {
    const peer = new Recorder().receive(HELLO.subarray(0, 24), settings([4, 0])).receive(head(1, END_HEADERS | END_STREAM));
    peer.output();
    const piece = Buffer.alloc(16 * 1024 * 1024);
    for (let i = 0; i < 20; i++) peer.connection.sendData(peer.stream(1), NOTHING, piece, false);
    expect(peer.goaway()).toBe(ERROR.enhanceYourCalm);
    expect(peer.connection.queuedBytes).toBe(0);
    expect(peer.seen.at(-1)).toMatchObject({ kind: "closed" });
  });
});

describe("floods", () => {
  const FLOODS: readonly { readonly name: string; readonly say: (i: number) => Uint8Array; readonly limit: number }[] = [
    { name: "PING", say: () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "SETTINGS", say: () => settings(), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "SETTINGS acks", say: () => frame(TYPE.settings, ACK, 0), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "unknown frames", say: () => frame(0x77, 0, 0), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "PRIORITY", say: () => frame(TYPE.priority, 0, 3, Buffer.alloc(5)), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "GOAWAY", say: () => frame(TYPE.goaway, 0, 0, Buffer.alloc(8)), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "WINDOW_UPDATE by one", say: () => frame(TYPE.window, 0, 0, uint32(1)), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    { name: "empty DATA", say: (i) => (i === 0 ? open(1) : frame(TYPE.data, 0, 1)), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    {
      name: "DATA of padding alone",
      say: (i) => (i === 0 ? open(1) : frame(TYPE.data, PADDED, 1, Buffer.from([0]))),
      limit: HTTP2_LIMITS.IDLE_FRAMES_MAX,
    },
    { name: "HEADERS on a closed stream", say: (i) => (i === 0 ? closedOne : head(1)), limit: HTTP2_LIMITS.IDLE_FRAMES_MAX },
    {
      name: "rapid reset",
      say: (i) => Buffer.concat([open(1 + 2 * i), frame(TYPE.rst, 0, 1 + 2 * i, uint32(8))]),
      limit: HTTP2_LIMITS.RESETS_MAX,
    },
    {
      name: "streams that make us reset them",
      say: (i) => Buffer.concat([open(1 + 2 * i), frame(TYPE.window, 0, 1 + 2 * i, uint32(0))]),
      limit: HTTP2_LIMITS.RESETS_MAX,
    },
  ];
  for (const flood of FLOODS)
    test(`${flood.name}: cut at the limit, not before, and forgiven after a while`, () => {
      const peer = new Recorder().greeted();
      const calm = flood.limit - 10;
      for (let i = 0; i < calm; i++) peer.receive(flood.say(i));
      expect(peer.connection.isClosed).toBe(false);
      peer.nowMs += HTTP2_LIMITS.FLOOD_PERIOD_MS;
      for (let i = calm; i < 2 * calm; i++) peer.receive(flood.say(i));
      expect(peer.connection.isClosed).toBe(false);
      for (let i = 2 * calm; i < 2 * calm + 25; i++) peer.receive(flood.say(i));
      expect(peer.connection.isClosed).toBe(true);
      expect(peer.goaway()).toBe(ERROR.enhanceYourCalm);
    });

  test("a busy client's PINGs and WINDOW_UPDATEs are no flood: Go's clients send both for about every answer", () => {
    const peer = new Recorder().greeted();
    for (let i = 0; i < 3 * HTTP2_LIMITS.IDLE_FRAMES_MAX; i++) {
      const id = 1 + 2 * i;
      peer.receive(request(id, "/a/b", NOTHING));
      peer.connection.sendData(peer.stream(id), NOTHING, Buffer.alloc(100), false);
      peer.connection.sendHeaders(peer.stream(id), encodeHeaders([["grpc-status", "0"]]), true);
      peer.receive(frame(TYPE.ping, 0, 0, Buffer.alloc(8)), frame(TYPE.window, 0, 0, uint32(100)));
    }
    expect(peer.connection.isClosed).toBe(false);
  });

  test("a block that never ends is cut", () => {
    const peer = new Recorder().greeted().receive(head(1, 0));
    for (let i = 0; i < 100 && !peer.connection.isClosed; i++) peer.receive(frame(TYPE.continuation, 0, 1));
    expect(peer.goaway()).toBe(ERROR.enhanceYourCalm);
    const large = new Recorder().greeted().receive(head(1, 0));
    for (let i = 0; i < 3; i++) large.receive(frame(TYPE.continuation, 0, 1, Buffer.alloc(16_000, 0x40)));
    expect(large.goaway()).toBe(ERROR.enhanceYourCalm);
  });

  test("thousands of window sizes in one settings frame, and windows given byte by byte, cost little with all streams waiting", () => {
    const peer = new Recorder().receive(HELLO.subarray(0, 24), settings([4, 0]));
    for (let i = 0; i < 5_000; i++) {
      peer.receive(head(1 + 2 * i, END_HEADERS | END_STREAM));
      peer.connection.sendData(peer.stream(1 + 2 * i), NOTHING, Buffer.alloc(10), false);
    }
    const began = performance.now();
    const sizes = Array.from({ length: 2_700 }, (_, i) => [4, i % 2] as const);
    peer.receive(settings(...sizes.slice(0, -1), [4, 0]));
    for (let i = 0; i < 5_000; i++) peer.receive(frame(TYPE.window, 0, 0, uint32(1)));
    // Each of both would be seconds if every value looked at every stream.
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(peer.connection.isClosed).toBe(false);
  });
});

/** A conversation with something of everything in it. */
const CONVERSATION = Buffer.concat([
  HELLO,
  settings([4, 100_000], [5, 20_000]),
  request(1, "/a/b", Buffer.from("hello")),
  frame(TYPE.ping, 0, 0, Buffer.from("abcdefgh")),
  head(3, 0),
  frame(TYPE.continuation, END_HEADERS, 3, encodeHeaders([["x", "y"]])),
  frame(TYPE.data, PADDED, 3, Buffer.concat([Buffer.from([4]), message(Buffer.alloc(40, 7)), Buffer.alloc(4)])),
  frame(TYPE.window, 0, 3, uint32(77)),
  frame(TYPE.priority, 0, 5, Buffer.alloc(5)),
  frame(TYPE.headers, END_HEADERS, 5, Buffer.from("400a637573746f6d2d6b65790d637573746f6d2d686561646572be", "hex")),
  frame(TYPE.rst, 0, 5, uint32(8)),
  frame(0x55, 1, 0, Buffer.from("unknown")),
  frame(TYPE.data, END_STREAM, 3),
  frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(0, 0), Buffer.from("bye")])),
]);

/** DATA that came in pieces is one: how it was cut is nobody's matter. */
function play(chunks: readonly Uint8Array[]): { readonly seen: unknown; readonly out: unknown } {
  const peer = new Recorder().receive(...chunks);
  return { seen: peer.seen, out: peer.output() };
}
const WHOLE = play([CONVERSATION]);

describe("pieces and damage", () => {
  test("cut at every offset, and into single bytes, a conversation is the same", () => {
    expect((WHOLE.seen as unknown[]).length).toBeGreaterThan(6);
    for (let at = 0; at <= CONVERSATION.length; at++)
      expect(play([CONVERSATION.subarray(0, at), CONVERSATION.subarray(at)])).toEqual(WHOLE);
    expect(play([...CONVERSATION].map((b) => Buffer.from([b])))).toEqual(WHOLE);
  });

  test("cut anywhere at random, a conversation is the same", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(CONVERSATION.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), CONVERSATION.length];
        expect(play(at.slice(1).map((end, i) => CONVERSATION.subarray(at[i], end)))).toEqual(WHOLE);
      }),
    );
  });

  test("every flipped bit is survived: the connection ends with a GOAWAY or goes on, and keeps little", () => {
    for (let at = 0; at < CONVERSATION.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(CONVERSATION);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        const peer = new Recorder().receive(damaged);
        const closed = peer.seen.some((s) => s.kind === "closed");
        expect(peer.connection.isClosed).toBe(closed);
        expect(peer.connection.queuedBytes).toBeLessThan(10_000);
        if (closed) expect(peer.goaway()).toBeGreaterThan(0);
      }
  });

  test("random frames are survived", () => {
    const any = fc.tuple(fc.nat(11), fc.nat(255), fc.oneof(fc.nat(9), fc.nat()), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (frames) => {
        for (const role of ["server", "client"] as const) {
          const peer = new Recorder(role).receive(role === "server" ? HELLO : settings());
          for (let i = 0; i < 3; i++) peer.connection.open();
          for (const [type, flags, id, payload] of frames) peer.receive(frame(type, flags, id, payload));
          expect(peer.connection.queuedBytes).toBeLessThan(100_000);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
