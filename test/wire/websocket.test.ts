import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes, utf8, utf8Text } from "../../src/base/index.js";
import {
  binaryMessage,
  closeFrame,
  pingFrame,
  pongFrame,
  textMessage,
  type WebSocketEvent,
  WebSocketReader,
} from "../../src/wire/websocket/index.js";

const KEY = new Uint8Array([1, 2, 3, 4]);
const server = () => new WebSocketReader({ from: "client" });
const client = () => new WebSocketReader({ from: "server" });
const gist = (events: readonly WebSocketEvent[]) =>
  events.map((e) => (e.kind === "message" ? `${e.isText ? "text" : "binary"} ${e.bytes.length}` : e.kind));

describe("messages", () => {
  test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])("of %i bytes arrive whole, masked and not", (length) => {
    const bytes = Buffer.alloc(length).map((_, i) => i & 255);
    for (const [event] of [server().push(binaryMessage(bytes, KEY)), client().push(binaryMessage(bytes))])
      expect(event?.kind === "message" && !event.isText && equalBytes(event.bytes, bytes)).toBe(true);
  });

  test("the example of RFC 6455 5.7 is read: a masked text", () => {
    const hello = new Uint8Array([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    const [event] = server().push(hello);
    expect(event?.kind === "message" && event.isText && utf8Text(event.bytes)).toBe("Hello");
  });

  test("a message in pieces is put together, with a ping between them", () => {
    const first = new Uint8Array([0x01, 3, 72, 101, 108]);
    const last = new Uint8Array([0x80, 2, 108, 111]);
    const events = client().push(Buffer.concat([first, pingFrame(utf8("?")), last]));
    expect(events).toEqual([
      { kind: "ping", payload: utf8("?") },
      { kind: "message", isText: true, bytes: utf8("Hello") },
    ]);
  });

  test("the same events come, however the bytes are cut", () => {
    const bytes = Buffer.concat([
      binaryMessage(new Uint8Array(300), KEY),
      pingFrame(utf8("p"), KEY),
      textMessage("hi", KEY),
      pongFrame(utf8(""), KEY),
      closeFrame(1000, "done", KEY),
    ]);
    const whole = gist(server().push(bytes));
    expect(whole).toEqual(["binary 300", "ping", "text 2", "close"]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const reader = server();
        expect(gist(at.slice(1).flatMap((to, i) => reader.push(bytes.subarray(at[i], to))))).toEqual(whole);
      }),
    );
  });
});

describe("what a peer must not do ends it", () => {
  const cases: readonly (readonly [string, Uint8Array, number])[] = [
    ["a frame that is not masked", binaryMessage(utf8("x")), 1002],
    ["reserved bits", new Uint8Array([0xc2, 0x80, 0, 0, 0, 0]), 1002],
    ["an unknown kind", new Uint8Array([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ["an unknown control frame", new Uint8Array([0x8b, 0x80, 0, 0, 0, 0]), 1002],
    ["a continuation of nothing", new Uint8Array([0x80, 0x80, 0, 0, 0, 0]), 1002],
    ["a ping in pieces", new Uint8Array([0x09, 0x80, 0, 0, 0, 0]), 1002],
    ["a ping that is too large", pingFrame(new Uint8Array(126), KEY), 1002],
    ["a message that is too large, before it is there", new Uint8Array([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
    ["a message of 2^63 bytes", new Uint8Array([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
  ];
  test.each(cases)("%s", (_name, bytes, code) => {
    const reader = server();
    expect(reader.push(bytes)).toEqual([{ kind: "broken", code, why: expect.any(String) }]);
    expect(reader.push(binaryMessage(utf8("later"), KEY))).toEqual([]);
  });

  test("pieces beyond the limit, each small", () => {
    const reader = new WebSocketReader({ from: "server" });
    const pieces = [new Uint8Array([0x02, 0]), ...Array.from({ length: 2_000 }, () => new Uint8Array([0x00, 0]))];
    expect(pieces.flatMap((p) => reader.push(p))).toEqual([{ kind: "broken", code: 1009, why: expect.any(String) }]);
  });

  test("flipped bytes never throw, and no message is larger than the limit", () => {
    const good = Buffer.concat([binaryMessage(utf8("some words"), KEY), textMessage("more", KEY), closeFrame(1000, "", KEY)]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 300 }), (at, by, more) => {
        const bytes = Buffer.concat([good, more]);
        bytes[at] = (bytes[at] as number) ^ by;
        for (const e of new WebSocketReader({ from: "client", bytesMax: 200 }).push(bytes))
          if (e.kind === "message") expect(e.bytes.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 500 },
    );
  });
});
