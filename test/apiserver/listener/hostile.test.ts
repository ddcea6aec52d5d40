import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type ApiRequest, textResponse } from "../../../src/apiserver/chain/index.js";
import { StatusError } from "../../../src/kube/meta/index.js";
import { ERROR, HpackDecoder, HTTP2_LIMITS } from "../../../src/wire/http2/index.js";
import { until } from "../../kit/until.js";
import { BOMB, FLOODS, id, many, NO_WINDOW, open } from "../../wire/floods.js";
import { END_HEADERS, END_STREAM, frame, HELLO, requestHead, settings, TYPE, uint32 } from "../../wire/frames.js";
import { liveMb, Raw } from "../../wire/raw.js";
import { ask, type Client, client } from "./clients.js";
import { Field, Later, Streamed } from "./field.js";

/** A connection may keep an eighth of what it may elsewhere: as much again need not be sent to go beyond it. */
const HELD_BYTES_MAX = vi.hoisted(() => 16 * 1024 * 1024);
vi.mock("../../../src/wire/http2/limits.js", async (original) => ({ ...(await original<object>()), HELD_BYTES_MAX }));

/** Each attack on the port, while somebody else is served over both protocols. */

const MB = 1024 * 1024;
/** The API's own, not the store's. */
const STREAMS_MAX = 1_000;

let field: Field;
let others: readonly Client[];
const raws: Raw[] = [];
beforeAll(async () => {
  field = await Field.open();
});
afterAll(() => field.close());
beforeEach(async () => {
  others = [client("HTTP/2", field.trust), client("HTTP/1.1", field.trust)];
  await othersAreServed();
});
afterEach(() => {
  for (const raw of raws.splice(0)) raw.end();
  for (const other of others) other.close();
});

async function attacker(...hello: readonly Uint8Array[]): Promise<Raw> {
  const raw = await field.raw();
  raws.push(raw);
  return raw.say(...(hello.length === 0 ? [HELLO] : hello));
}
async function over1(...says: readonly string[]): Promise<Raw> {
  const raw = await field.raw("http/1.1");
  raws.push(raw);
  return raw.say(...says.map((s) => Buffer.from(s)));
}
/** Others are answered, and soon: the bound is generous for a busy machine. */
async function othersAreServed(): Promise<void> {
  const began = performance.now();
  for (const other of others)
    for (let i = 0; i < 5; i++)
      expect((await ask(other, { method: "POST", path: "/echo", body: `still ${i}` })).body.toString()).toBe(`still ${i}`);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(others.map((o) => o.connections)).toEqual([1, 1]);
}
const get = (i: number, path: string): Buffer => frame(TYPE.headers, END_HEADERS | END_STREAM, id(i), requestHead(path));
const body = (i: number, bytes: number): Buffer =>
  many(Math.ceil(bytes / 16_000), (k) => {
    const last = (k + 1) * 16_000 >= bytes;
    return frame(TYPE.data, last ? END_STREAM : 0, id(i), Buffer.alloc(Math.min(16_000, bytes - k * 16_000)));
  });
/** The status of each stream that was answered; our blocks change no table. */
function statuses(raw: Raw): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const f of raw.frames.filter((x) => x.type === TYPE.headers)) {
    const list = new HpackDecoder().decode(f.payload);
    if (typeof list !== "string") found.set(f.streamId, new Map(list).get(":status") ?? "");
  }
  return found;
}
/** Requests to a path that nobody answers before `go` is settled, or their clients leave. */
function hanging(path: string): { began: number; aborted: number; readonly go: Later } {
  const seen = { began: 0, aborted: 0, go: new Later() };
  field.on(path, async (request) => {
    seen.began++;
    const left = new Later();
    request.signal.addEventListener("abort", () => {
      seen.aborted++;
      left.settle();
    });
    await Promise.race([seen.go.promise, left.promise]);
    return textResponse(200, "at last");
  });
  return seen;
}

describe("over HTTP/2", () => {
  for (const flood of FLOODS)
    test(`${flood.name} is told to be calm and cut, and whoever worked for it hears so`, async () => {
      const seen = hanging("/t.T/Echo");
      const before = liveMb();
      const raw = await attacker();
      raw.say(flood.say());
      expect(await raw.goaway()).toBe(ERROR.enhanceYourCalm);
      await othersAreServed();
      raw.socket.end();
      await until("closed", () => raw.closed);
      expect(seen.began).toBeLessThanOrEqual(HTTP2_LIMITS.RESETS_MAX + 1);
      await until("all have heard", () => seen.aborted === seen.began);
      expect(liveMb() - before).toBeLessThan(30);
    });

  test("streams that are never closed use up their own connection alone: the one too many is refused", async () => {
    const seen = hanging("/hang");
    const before = liveMb();
    const raw = await attacker();
    raw.say(many(STREAMS_MAX + 50, (i) => open(i, "/hang")));
    await until("those too many are refused", () => raw.frames.filter((f) => f.type === TYPE.rst).length === 50);
    const refused = raw.frames.filter((f) => f.type === TYPE.rst);
    expect([refused[0]?.streamId, refused[0]?.payload.readUInt32BE(0)]).toEqual([id(STREAMS_MAX), ERROR.refusedStream]);
    expect(seen.began).toBe(STREAMS_MAX);
    await othersAreServed();
    expect(liveMb() - before).toBeLessThan(40);
    raw.end();
    await until("all have heard", () => seen.aborted === STREAMS_MAX);
  });

  test("answers that get no window wait within bounds, and their memory goes with the connection", async () => {
    field.on("/big", () => ({ kind: "bytes", code: 200, headers: new Map(), body: [Buffer.alloc(20_000)] }));
    const before = liveMb();
    const raw = await attacker(
      NO_WINDOW,
      many(900, (i) => get(i, "/big")),
    );
    await until("all are answered", () => statuses(raw).size === 900);
    expect(raw.has(TYPE.data)).toBe(false);
    await othersAreServed();
    expect(liveMb() - before).toBeLessThan(60);
    raw.end();
    await othersAreServed();
    expect(liveMb() - before).toBeLessThan(20);
  });

  test("who asks for ever more large answers and takes none is cut", async () => {
    let asked = 0;
    field.on("/huge", () => {
      asked++;
      return { kind: "bytes", code: 200, headers: new Map(), body: [Buffer.alloc(2 * MB)] };
    });
    const before = liveMb();
    const raw = await attacker(
      NO_WINDOW,
      many(900, (i) => get(i, "/huge")),
    );
    expect(await raw.goaway()).toBe(ERROR.enhanceYourCalm);
    expect(asked).toBeLessThan(900);
    await othersAreServed();
    raw.end();
    await othersAreServed();
    expect(liveMb() - before).toBeLessThan(40);
  });

  test("who does not read what it asked for is not heard any more before it does", async () => {
    let asked = 0;
    field.on("/some", () => {
      asked++;
      return { kind: "bytes", code: 200, headers: new Map(), body: [Buffer.alloc(100_000)] };
    });
    const before = liveMb();
    const raw = await attacker(HELLO.subarray(0, 24), settings([4, 0x7fff_ffff]), frame(TYPE.window, 0, 0, uint32(0x7000_0000)));
    raw.socket.pause();
    // In pieces, as they are read: what comes at once is taken at once.
    for (let i = 0; i < 10; i++)
      raw.say(
        many(90, (k) => get(90 * i + k, "/some")),
        Buffer.concat(Array.from({ length: 8 }, () => frame(0x55, 0, 0, Buffer.alloc(16_000)))),
      );
    let last = -1;
    await until("it is not heard any more", async () => {
      await othersAreServed();
      const stopped = asked > 0 && asked === last;
      last = asked;
      return stopped;
    });
    expect(asked).toBeLessThan(300);
    expect(liveMb() - before).toBeLessThan(80);
    raw.socket.resume();
    await until("it is heard again", () => asked === 900);
    await othersAreServed();
  });

  test("a header-list bomb costs its stream, a block that is no HPACK its connection", async () => {
    const raw = await attacker();
    const before = liveMb();
    raw.say(
      many(200, (i) => frame(TYPE.headers, END_HEADERS, id(i), BOMB)),
      get(300, "/echo"),
    );
    await until("the good stream is answered", () => statuses(raw).get(id(300)) === "200");
    expect(raw.frames.filter((f) => f.type === TYPE.rst)).toHaveLength(200);
    expect(liveMb() - before).toBeLessThan(20);
    raw.say(frame(TYPE.headers, END_HEADERS, id(301), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])));
    expect(await raw.goaway()).toBe(ERROR.compression);
    await othersAreServed();
  });

  test("wrong prefaces, and garbage behind the right one, end their connection", async () => {
    const says = [
      Buffer.from("PRI * HTTP/2.9\r\n\r\nSM\r\n\r\n"),
      Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
      Buffer.from("GET /echo HTTP/1.1\r\nhost: x\r\n\r\n"),
      Buffer.concat([HELLO.subarray(0, 24), Buffer.alloc(1_000, 0xa5)]),
      Buffer.concat([HELLO.subarray(0, 24), frame(TYPE.ping, 0, 0, Buffer.alloc(8))]),
    ];
    for (const say of says) {
      const raw = await attacker(say);
      await until("the end", () => raw.isOver);
      expect([ERROR.protocol, ERROR.frameSize]).toContain(await raw.goaway());
    }
    await othersAreServed();
  });

  test("a body in one-byte frames in one-byte pieces is a body like any other", async () => {
    const raw = await attacker();
    const text = "abc".repeat(50);
    const frames = Buffer.concat([
      open(0, "/echo"),
      ...[...text].map((c) => frame(TYPE.data, 0, 1, Buffer.from(c))),
      frame(TYPE.data, END_STREAM, 1),
    ]);
    for (const b of frames) raw.say(Buffer.from([b]));
    await until("an answer", () => raw.has(TYPE.data, 1));
    expect(raw.frames.find((f) => f.type === TYPE.data)?.payload.toString()).toBe(text);
  });

  test("a body that nobody has asked for stays with its client: no window is given before somebody does", async () => {
    const seen = hanging("/late");
    field.on("/late", async (request) => {
      seen.began++;
      await seen.go.promise;
      return textResponse(200, String((await request.body()).length));
    });
    const raw = await attacker();
    raw.say(
      open(0, "/late"),
      many(60, () => frame(TYPE.data, 0, 1, Buffer.alloc(16_000))),
      get(1, "/echo"),
    );
    await until("what is behind it is answered", () => statuses(raw).has(id(1)));
    expect([seen.began, raw.has(TYPE.window, 1)]).toEqual([1, false]);
    seen.go.settle();
    await until("it is asked for", () => raw.has(TYPE.window, 1));
    raw.say(frame(TYPE.data, END_STREAM, 1));
    await until("it is answered", () => raw.frames.some((f) => f.type === TYPE.data && f.payload.toString() === "960000"));
  });

  const TAKERS: readonly { readonly name: string; readonly take: (request: ApiRequest, go: Promise<void>) => Promise<number> }[] = [
    { name: "asked for at once", take: async (request, go) => (await request.body().then((b) => go.then(() => b))).length },
    { name: "asked for late", take: async (request, go) => (await go.then(() => request.body())).length },
    {
      name: "passed on to who does not read",
      take: async ({ raw }, go) => {
        let bytes = 0;
        const from = raw?.body;
        await new Promise((resolve) => void from?.once("readable", resolve).once("close", resolve));
        await go;
        await new Promise((resolve, reject) => {
          from?.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
          });
          from
            ?.on("end", resolve)
            .on("close", () => reject(new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code: 413 })));
          if (from?.destroyed) from.emit("close");
        });
        return bytes;
      },
    },
  ];
  for (const { name, take } of TAKERS)
    test(`bodies that are ${name} are bounded together: those too many are refused, none is cut short`, async () => {
      const go = new Later();
      let began = 0;
      field.on("/body", async (request) => {
        began++;
        const code = await take(request, go.promise).then(
          (length) => (length === MB ? 200 : 500),
          (error: unknown) => (error instanceof StatusError ? error.status.code : 500),
        );
        return textResponse(code, "");
      });
      const before = liveMb();
      const raw = await attacker();
      const streams = HELD_BYTES_MAX / MB + 12;
      for (let i = 0; i < streams; i++) {
        raw.say(open(i, "/body"), body(i, MB));
        await until("it goes", () => raw.socket.writableLength < 8 * MB);
      }
      raw.say(get(streams, "/echo"));
      await until("all have come", () => statuses(raw).has(id(streams)));
      expect(began).toBe(streams);
      await othersAreServed();
      expect(liveMb() - before).toBeLessThan(80);
      go.settle();
      await until("all are answered", () => statuses(raw).size === streams + 1);
      const codes = [...statuses(raw)].filter(([stream]) => stream !== id(streams)).map(([, code]) => code);
      expect(codes.filter((c) => c === "413").length).toBeGreaterThan(0);
      expect(codes.filter((c) => c === "200").length).toBeGreaterThan(10);
      expect(codes.filter((c) => c !== "200" && c !== "413")).toEqual([]);
      raw.end();
      await othersAreServed();
    });

  test("a connection that is cut off in the middle of everything lets go of all of it", async () => {
    const seen = hanging("/hang");
    const streams = Array.from({ length: 50 }, () => new Streamed());
    let next = 0;
    field.on("/stream", () => (streams[next++] as Streamed).answer());
    const raw = await attacker();
    raw.say(
      many(50, (i) => Buffer.concat([open(i, "/hang"), frame(TYPE.data, 0, id(i), Buffer.alloc(5_000))])),
      many(50, (i) => get(50 + i, "/stream")),
      frame(TYPE.headers, 0, id(100), requestHead("/echo")),
    );
    await until("all began", () => seen.began === 50 && streams.every((s) => s.sink !== undefined));
    raw.end();
    await until("all have heard", () => seen.aborted === 50 && streams.every((s) => s.closed === 1));
    await othersAreServed();
  });
});

describe("over HTTP/1.1", () => {
  const BAD: readonly { readonly name: string; readonly say: string; readonly code: string }[] = [
    { name: "no HTTP at all", say: "\x16\x03nonsense\r\n\r\n", code: "400" },
    { name: "HTTP/2 without having said so", say: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", code: "400" },
    { name: "a head without end", say: `GET /echo HTTP/1.1\r\nx: ${"y".repeat(17_000)}`, code: "431" },
    { name: "headers without end", say: `GET /echo HTTP/1.1\r\n${"a: 0123456789\r\n".repeat(1_700)}`, code: "431" },
    {
      name: "a length and pieces at once",
      say: "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      code: "400",
    },
    { name: "two lengths", say: "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd", code: "400" },
    { name: "a length that is none", say: "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3x\r\n\r\nabc", code: "400" },
    { name: "a piece of no size", say: "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", code: "400" },
  ];
  for (const { name, say, code } of BAD)
    test(`${name} is refused, and ends the connection`, async () => {
      const raw = await over1(say);
      await until("the end", () => raw.isOver);
      expect(raw.bytes.toString().split(" ")[1]).toBe(code);
      await othersAreServed();
    });

  test("who asks for more and more at once without reading answers is not heard for long, and keeps little", async () => {
    let asked = 0;
    field.on("/some", () => {
      asked++;
      return { kind: "bytes", code: 200, headers: new Map(), body: [Buffer.alloc(100_000)] };
    });
    const before = liveMb();
    const raw = await over1();
    raw.socket.pause();
    for (let i = 0; i < 20; i++) raw.say(Buffer.from("GET /some HTTP/1.1\r\nhost: x\r\n\r\n".repeat(500)));
    let last = -1;
    await until("it is not heard any more", async () => {
      await othersAreServed();
      const stopped = asked > 0 && asked === last;
      last = asked;
      return stopped;
    });
    expect(asked).toBeLessThan(2_500);
    expect(liveMb() - before).toBeLessThan(250);
    raw.end();
    await othersAreServed();
    expect(liveMb() - before).toBeLessThan(30);
  });
});

test("connections that are opened and dropped, and ones that speak no TLS, keep nothing", async () => {
  const before = liveMb();
  const crowd: Raw[] = [];
  for (let i = 0; i < 300; i++) {
    const socket = connect(field.port, "127.0.0.1");
    crowd.push(new Raw(socket));
    if (i % 3 === 0) socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    if (i % 3 === 1) socket.write(Buffer.from("16030100c8010000c40303", "hex"));
  }
  await until("those who speak none are gone", () => crowd.every((r, i) => i % 3 !== 0 || r.isOver));
  await othersAreServed();
  for (const raw of crowd) raw.socket.resetAndDestroy();
  await othersAreServed();
  expect(liveMb() - before).toBeLessThan(30);
});
