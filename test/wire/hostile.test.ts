import { gzipSync } from "node:zlib";
import type * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decodeMessage } from "../../src/wire/grpc/index.js";
import { ERROR, HTTP2_LIMITS } from "../../src/wire/http2/index.js";
import { until } from "../kit/until.js";
import { call, Field, soon } from "./field.js";
import { BOMB, FLOODS, id, many, NO_WINDOW, open } from "./floods.js";
import { END_HEADERS, END_STREAM, frame, HELLO, message, request, requestHead, settings, TYPE, uint32 } from "./frames.js";
import { liveMb, type Raw, realUntil } from "./raw.js";

/** Each attack on a real port, while somebody else is served. */

let field: Field;
let other: grpc.Client;
const raws: Raw[] = [];
beforeEach(async () => {
  field = await Field.open();
  other = field.client();
  await call(other, "/t.T/Echo", "warm", soon());
});
afterEach(async () => {
  vi.useRealTimers();
  for (const r of raws.splice(0)) r.end();
  other.close();
  await field.port.close();
});
async function attacker(...hello: readonly Uint8Array[]): Promise<Raw> {
  const raw = await field.raw();
  raws.push(raw);
  return raw.say(...(hello.length === 0 ? [HELLO] : hello));
}
/** Others are answered, and soon: the bound is generous for a busy machine. */
async function othersAreServed(): Promise<void> {
  const began = performance.now();
  for (let i = 0; i < 5; i++) expect((await call(other, "/t.T/Echo", `still ${i}`, soon())).toString()).toBe(`still ${i}`);
  expect(performance.now() - began).toBeLessThan(2_000);
}
/** What a stream ended with, from its trailers. */
function statusOf(raw: Raw, streamId: number): string | undefined {
  for (const fields of raw.headersOf(streamId)) {
    const code = fields.get("grpc-status");
    if (code !== undefined) return `${code} ${decodeMessage(fields.get("grpc-message") ?? "")}`;
  }
  return undefined;
}

for (const flood of FLOODS)
  test(`${flood.name} is told to be calm and cut`, async () => {
    const before = liveMb();
    const raw = await attacker();
    raw.say(flood.say());
    expect(await raw.goaway()).toBe(ERROR.enhanceYourCalm);
    await othersAreServed();
    raw.socket.end();
    await until("closed", async () => raw.closed);
    expect(liveMb() - before).toBeLessThan(30);
  });

test("streams that get no window wait within bounds, and their memory goes with the connection", async () => {
  const before = liveMb();
  const raw = await attacker(NO_WINDOW);
  raw.say(many(1_000, (i) => request(id(i), "/t.T/Big", Buffer.from("20000"))));
  await until("all are answered", async () => field.counts.observed.filter((o) => o === "/t.T/Big 0").length === 1_000);
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(60);
  raw.end();
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(20);
});

test("who asks for ever more and gives no window is refused, then cut", async () => {
  const before = liveMb();
  const raw = await attacker(NO_WINDOW);
  const big = Buffer.from(String(1024 * 1024));
  for (let i = 0; i < 70; i++) raw.say(request(id(i), "/t.T/Big", big));
  await until("answered", async () => field.counts.observed.length >= 66);
  raw.say(request(id(100), "/t.T/Big", big));
  await until("a refusal", async () => raw.has(TYPE.headers, id(100)));
  expect(statusOf(raw, id(100))).toBe("8 grpc: too much unread data waits for this connection");
  await othersAreServed();
  raw.end();

  const greedy = await attacker(NO_WINDOW);
  greedy.say(many(600, (i) => request(id(i), "/t.T/Big", big)));
  expect(await greedy.goaway()).toBe(ERROR.enhanceYourCalm);
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(40);
});

test("producers of a stream without a window wait for it, whatever else happens on the connection", async () => {
  const raw = await attacker(NO_WINDOW);
  raw.say(many(20, (i) => request(id(i), "/t.T/Endless", Buffer.alloc(0))));
  await until("each began", async () => field.counts.produced >= 20);
  // A stream with a window keeps the socket busy and draining.
  raw.say(
    request(id(50), "/t.T/Big", Buffer.from("8000000")),
    frame(TYPE.window, 0, id(50), uint32(20_000_000)),
    frame(TYPE.window, 0, 0, uint32(20_000_000)),
  );
  await until("the other stream ends", async () => statusOf(raw, id(50)) === "0 ");
  await othersAreServed();
  expect(field.counts.produced).toBeLessThanOrEqual(20);
  raw.end();
  await until("all are told", async () => field.counts.aborted === 20);
});

test("a client that does not read is paused: its producers stop, its memory is bounded", async () => {
  const before = liveMb();
  const raw = await attacker(HELLO.subarray(0, 24), settings([4, 0x7fff_ffff]), frame(TYPE.window, 0, 0, uint32(0x7000_0000)));
  raw.socket.pause();
  raw.say(many(10, (i) => request(id(i), "/t.T/Endless", Buffer.alloc(0))));
  let last = -1;
  await until("production stops", async () => {
    const stopped = field.counts.produced > 0 && field.counts.produced === last;
    last = field.counts.produced;
    return stopped;
  });
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(40);
  expect(field.counts.produced).toBeLessThan(500);
  raw.socket.resume();
  await until("it goes on for who reads again", async () => field.counts.produced > last + 100);
});

test("a message in one-byte frames, in one-byte pieces, is answered like any other", async () => {
  const raw = await attacker();
  raw.say(open(0));
  const body = message(Buffer.from("abc".repeat(100)));
  const frames = Buffer.concat([...[...body].map((b) => frame(TYPE.data, 0, 1, Buffer.from([b]))), frame(TYPE.data, END_STREAM, 1)]);
  for (const b of frames) raw.say(Buffer.from([b]));
  await until("an answer", async () => statusOf(raw, 1) === "0 ");
  expect(
    raw.frames
      .find((f) => f.type === TYPE.data)
      ?.payload.subarray(5)
      .toString(),
  ).toBe("abc".repeat(100));
});

test("a header-list bomb costs its stream, a block that is no HPACK its connection", async () => {
  const raw = await attacker();
  const before = liveMb();
  raw.say(
    many(200, (i) => frame(TYPE.headers, END_HEADERS, id(i), BOMB)),
    open(300),
    frame(TYPE.data, END_STREAM, id(300), message(Buffer.from("x"))),
  );
  await until("the good stream is answered", async () => statusOf(raw, id(300)) === "0 ");
  expect(raw.frames.filter((f) => f.type === TYPE.rst)).toHaveLength(200);
  expect(liveMb() - before).toBeLessThan(20);
  raw.say(frame(TYPE.headers, END_HEADERS, id(301), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])));
  expect(await raw.goaway()).toBe(ERROR.compression);
  await othersAreServed();
});

test("lying lengths keep no memory; a message beyond the limit and a frame beyond the limit are refused", async () => {
  const before = liveMb();
  const raw = await attacker();
  const promise = Buffer.concat([Buffer.from([0]), uint32(2 * 1024 * 1024), Buffer.from("x")]);
  raw.say(many(5_000, (i) => Buffer.concat([open(i), frame(TYPE.data, 0, id(i), promise)])));
  raw.say(open(5_000), frame(TYPE.data, 0, id(5_000), Buffer.from([0, 0xff, 0xff, 0xff, 0xff])));
  await until("a refusal", async () => statusOf(raw, id(5_000)) !== undefined);
  expect(statusOf(raw, id(5_000))).toBe("8 grpc: received message larger than max (4294967295 vs. 2097152)");
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(40);
  raw.say(Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]));
  expect(await raw.goaway()).toBe(ERROR.frameSize);
});

test("unfinished messages over many streams are bounded together, and so are whole ones whose streams do not end", async () => {
  const before = liveMb();
  const raw = await attacker();
  const head = Buffer.concat([Buffer.from([0]), uint32(2_000_000)]);
  const piece = Buffer.alloc(16_000);
  for (let i = 0; i < 100; i++) {
    raw.say(
      open(i),
      frame(TYPE.data, 0, id(i), head),
      many(100, () => frame(TYPE.data, 0, id(i), piece)),
    );
  }
  await until("a refusal", async () => raw.frames.some((f) => f.type === TYPE.headers));
  const refused = raw.frames.find((f) => f.type === TYPE.headers)?.streamId ?? 0;
  expect(statusOf(raw, refused)).toBe("8 grpc: too many unfinished messages on this connection");
  await othersAreServed();
  await until("all is sent", async () => raw.socket.writableLength === 0);
  expect(liveMb() - before).toBeLessThan((HTTP2_LIMITS.HELD_BYTES_MAX / 1024 / 1024) * 2 + 60);
  raw.end();
  await othersAreServed();

  const whole = await attacker();
  const body = message(Buffer.alloc(1_000_000));
  for (let i = 0; i < 140; i++) {
    whole.say(
      open(i),
      ...Array.from({ length: Math.ceil(body.length / 16_000) }, (_, k) =>
        frame(TYPE.data, 0, id(i), body.subarray(k * 16_000, (k + 1) * 16_000)),
      ),
    );
  }
  await until("a refusal", async () => whole.frames.some((f) => f.type === TYPE.headers));
  await othersAreServed();
});

test("streams that are never closed use up their own connection alone", async () => {
  const before = liveMb();
  const raw = await attacker();
  raw.say(many(HTTP2_LIMITS.STREAMS_MAX + 1, (i) => open(i)));
  await until("the one too many is refused", async () => raw.has(TYPE.rst, id(HTTP2_LIMITS.STREAMS_MAX)));
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(60);
  raw.end();
});

test("a compressed bomb is stopped at the message limit; broken and unknown compression is said", async () => {
  const raw = await attacker();
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const begun = (i: number, encoding: string): Buffer =>
    frame(TYPE.headers, END_HEADERS, id(i), requestHead("/t.T/Echo", [["grpc-encoding", encoding]]));
  const body = message(bomb, 1);
  raw.say(
    begun(0, "gzip"),
    ...Array.from({ length: Math.ceil(body.length / 16_000) }, (_, k) =>
      frame(TYPE.data, 0, 1, body.subarray(k * 16_000, (k + 1) * 16_000)),
    ),
  );
  raw.say(begun(1, "gzip"), frame(TYPE.data, END_STREAM, 3, message(Buffer.from("no gzip"), 1)));
  raw.say(begun(2, "snappy"), frame(TYPE.data, END_STREAM, 5, message(Buffer.from("?"), 1)));
  raw.say(begun(3, "gzip"), frame(TYPE.data, END_STREAM, 7, message(gzipSync(Buffer.from("good")), 1)));
  await until("all are answered", async () => [1, 3, 5, 7].every((s) => statusOf(raw, s) !== undefined));
  expect([1, 3, 5, 7].map((s) => statusOf(raw, s))).toEqual([
    "8 grpc: received message after decompression larger than max 2097152",
    "13 grpc: failed to decompress the received message",
    '12 grpc: Decompressor is not installed for grpc-encoding "snappy"',
    "0 ",
  ]);
  await othersAreServed();
});

test("silence, a slow preface, a preface without settings, and one-byte heads over HTTP/1.1 are cut in time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const silent = await attacker(Buffer.alloc(0));
  const slow = await attacker(HELLO.subarray(0, 5));
  const unsettled = await attacker(HELLO.subarray(0, 24));
  const half = await attacker(HELLO.subarray(0, 20));
  const good = await attacker();
  await realUntil(() => good.frames.length > 0 && unsettled.frames.length > 0 && half.frames.length > 0);
  vi.advanceTimersByTime(10_000);
  await realUntil(() => silent.isOver);
  await realUntil(() => [silent, slow, unsettled, half].every((r) => r.isOver));
  expect(good.isOver).toBe(false);
});

test("a peer that was told to go and neither reads nor closes is cut", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const raw = await attacker();
  await realUntil(() => raw.frames.length > 0);
  raw.say(frame(TYPE.ping, 0, 1, Buffer.alloc(8)));
  await realUntil(() => raw.has(TYPE.goaway));
  // Its own side stays open (allowHalfOpen); only a reset tells it.
  expect(raw.closed).toBe(false);
  vi.advanceTimersByTime(2_000);
  await realUntil(() => {
    raw.say(Buffer.from("anybody?"));
    return raw.closed;
  });
});

test("wrong prefaces and garbage behind the right one end their connection", async () => {
  const wrong = await attacker(Buffer.from("PRI * HTTP/2.9\r\n\r\nSM\r\n\r\n"));
  const tail = await attacker(Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"));
  const garbage = await attacker(HELLO.subarray(0, 24), Buffer.alloc(1_000, 0xa5));
  const tls = await attacker(Buffer.from("16030100c8010000c40303", "hex"));
  for (const raw of [wrong, tail, garbage, tls]) await until("the end", async () => raw.isOver);
  expect(await garbage.goaway()).toBe(ERROR.frameSize);
  expect(await tail.goaway()).toBe(ERROR.protocol);
  await othersAreServed();
});

test("thousands of silent connections keep nobody out: the oldest go", async () => {
  const before = liveMb();
  const crowd: Raw[] = [];
  for (let i = 0; i < 1_200; i++) crowd.push(await attacker(Buffer.alloc(0)));
  await until("the first are gone", async () => crowd.slice(0, 150).every((r) => r.isOver));
  expect(crowd.at(-1)?.closed).toBe(false);
  const late = field.client();
  expect((await call(late, "/t.T/Echo", "in", soon())).toString()).toBe("in");
  late.close();
  expect(liveMb() - before).toBeLessThan(60);
});
