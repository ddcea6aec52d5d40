import { createDeflate, inflateSync, constants as zlib } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/base/index.js";
import { DICTIONARY, DICTIONARY_ID } from "../../src/wire/spdy/dictionary.js";
import { FrameReader } from "../../src/wire/spdy/frames.js";
import { HeaderReader, HeaderWriter, type StreamHeaders } from "../../src/wire/spdy/headers.js";
import { type SpdyEvent, SpdySession } from "../../src/wire/spdy/index.js";
import { Inflater } from "../../src/wire/spdy/inflate.js";

/** Blocks as other programs compress them: one stream with the dictionary, flushed after each. */
function compressed(blocks: readonly Uint8Array[], level: number): Promise<readonly Buffer[]> {
  const deflate = createDeflate({ dictionary: Buffer.from(DICTIONARY), level });
  const out: Buffer[] = [];
  return blocks.reduce(async (before, block) => {
    const all = await before;
    out.length = 0;
    deflate.removeAllListeners("data");
    deflate.on("data", (c: Buffer) => out.push(c));
    deflate.write(block);
    await new Promise<void>((done) => deflate.flush(zlib.Z_SYNC_FLUSH, () => done()));
    return [...all, Buffer.concat(out)];
  }, Promise.resolve<readonly Buffer[]>([]));
}
const adler32 = (bytes: Uint8Array): number => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
};
const headers = (of: Record<string, string>): StreamHeaders => new Map(Object.entries(of).map(([k, v]) => [k, [v]]));

describe("header compression", () => {
  test("the dictionary is the protocol's: its checksum is the one that compressors name", () => {
    expect(DICTIONARY.length).toBe(1_423);
    expect(adler32(DICTIONARY)).toBe(DICTIONARY_ID);
  });

  test.each([0, 1, 6, 9])("what zlib compressed with the dictionary at level %i comes back, block after block", async (level) => {
    const blocks = [
      utf8("content-type: text/plain"),
      utf8("x".repeat(70_000)),
      utf8("streamtype".repeat(7)),
      Buffer.from([...Array(3000).keys()].map((i) => (i * 7919) & 255)),
    ];
    const inflater = new Inflater({ bytesMax: 100_000 });
    for (const [i, block] of (await compressed(blocks, level)).entries())
      expect(Buffer.from(inflater.push(block)).equals(blocks[i] as Buffer)).toBe(true);
  });

  test("any bytes come back, whatever zlib makes of them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 9 }),
        async (blocks, level) => {
          const inflater = new Inflater({ bytesMax: 10_000 });
          for (const [i, block] of (await compressed(blocks, level)).entries())
            expect(Buffer.from(inflater.push(block))).toEqual(Buffer.from(blocks[i] as Uint8Array));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("what we write zlib reads", () => {
    const block = new HeaderWriter().write(headers({ streamtype: "data", port: "80" }));
    const plain = inflateSync(block, { finishFlush: zlib.Z_SYNC_FLUSH });
    // A flush ends it, as zlib's own does: readers in Go hand on nothing before.
    expect([...block.subarray(-5)]).toEqual([0, 0, 0, 0xff, 0xff]);
    expect(plain.readUInt32BE(0)).toBe(2);
    expect(plain.toString("latin1")).toContain("streamtype");
  });

  test("a small block that becomes a large one is refused", async () => {
    const [block] = await compressed([new Uint8Array(1_000_000)], 9);
    expect(() => new Inflater({ bytesMax: 64 * 1024 }).push(block as Buffer)).toThrow(/more than/);
    expect(new HeaderReader().read(block as Buffer)).toBeUndefined();
  });
});

describe("sessions", () => {
  const pair = () => ({ client: new SpdySession({ side: "client" }), server: new SpdySession({ side: "server" }) });

  test("streams open, are answered, carry data both ways and end", () => {
    const { client, server } = pair();
    const id = client.open(headers({ streamType: "stdin" }));
    const opened = server.receive(client.output());
    expect(opened).toEqual([{ kind: "opened", stream: 1, headers: headers({ streamtype: "stdin" }) }]);
    server.reply(id);
    server.send(id, utf8("out"));
    server.end(id);
    expect(client.receive(server.output())).toEqual([
      { kind: "replied", stream: 1, headers: new Map() },
      { kind: "data", stream: 1, bytes: utf8("out") },
      { kind: "ended", stream: 1 },
    ]);
    client.send(id, utf8("in"));
    client.end(id);
    expect(server.receive(client.output()).map((e) => e.kind)).toEqual(["data", "ended"]);
  });

  test("the same events come, however the bytes are cut", () => {
    const { client } = pair();
    const [a, b] = [client.open(headers({ x: "1" })), client.open(headers({ y: "2" }))];
    client.send(a, new Uint8Array(100));
    client.send(b, utf8("hello"));
    client.reset(a);
    client.end(b);
    const bytes = client.output();
    const gist = (events: readonly SpdyEvent[]) => {
      const sizes = new Map<number, number>();
      const rest = events.flatMap((e) => {
        if (e.kind === "data") sizes.set(e.stream, (sizes.get(e.stream) ?? 0) + e.bytes.length);
        return e.kind === "data" ? [] : [`${e.kind} ${"stream" in e ? e.stream : ""}`];
      });
      return [...rest, ...[...sizes].map(([s, n]) => `${s}: ${n}`)];
    };
    const whole = gist(new SpdySession({ side: "server" }).receive(bytes));
    expect(whole).toEqual(["opened 1", "opened 3", "reset 1", "ended 3", "1: 100", "3: 5"]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((p, q) => p - q), bytes.length];
        const server = new SpdySession({ side: "server" });
        expect(gist(at.slice(1).flatMap((to, i) => server.receive(bytes.subarray(at[i], to))))).toEqual(whole);
      }),
    );
  });

  test("a ping of the peer is answered, its answer to ours is not", () => {
    const ping = (id: number) => new Uint8Array([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, id]);
    const server = new SpdySession({ side: "server" });
    server.receive(ping(1));
    expect([...server.output()]).toEqual([...ping(1)]);
    server.receive(ping(2));
    expect(server.output().length).toBe(0);
  });

  test("flipped bytes never throw, and what is broken stays broken", () => {
    const { client } = pair();
    const id = client.open(headers({ streamtype: "error", port: "80" }));
    client.send(id, utf8("data"));
    client.end(id);
    const good = client.output();
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 64 }), (at, by, more) => {
        const bytes = Buffer.concat([good, more]);
        bytes[at] = (bytes[at] as number) ^ by;
        const server = new SpdySession({ side: "server" });
        server.receive(bytes);
        server.receive(good);
        server.output();
      }),
      { numRuns: 500 },
    );
  });

  test("another version and a control frame that is too large end it", () => {
    expect(new FrameReader().push(new Uint8Array([0x80, 2, 0, 1, 0, 0, 0, 10]))).toEqual([{ kind: "broken", why: "version 2" }]);
    expect(new FrameReader().push(new Uint8Array([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff]))[0]).toMatchObject({ kind: "broken" });
  });

  test("more streams than the limit are refused one by one, and the session lives on", () => {
    const { client, server } = pair();
    for (let i = 0; i < 1_001; i++) client.open(headers({ n: String(i) }));
    expect(server.receive(client.output()).length).toBe(1_000);
    expect(client.receive(server.output())).toEqual([{ kind: "reset", stream: 2_001, code: 3 }]);
  });
});
