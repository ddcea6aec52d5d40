import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ByteSink } from "../../../src/apiserver/chain/index.js";
import { until } from "../../kit/until.js";
import { id, many } from "../../wire/floods.js";
import { END_HEADERS, END_STREAM, frame, HELLO, requestHead, settings, TYPE, uint32 } from "../../wire/frames.js";
import type { Raw } from "../../wire/raw.js";
import { ask, type Client, client, PROTOCOLS, whole } from "./clients.js";
import { Field, Later, Streamed } from "./field.js";

/** Answers that go on: what their writers hear of clients that read, do not read, and leave. */

const KB = 1024;
const MB = 1024 * KB;

let field: Field;
beforeAll(async () => {
  field = await Field.open();
});
afterAll(() => field.close());

/** Writes whenever it may, so many bytes in all. */
class Producer extends Streamed {
  written = 0;
  refused = 0;
  readonly #total: number;
  readonly #piece: Buffer;
  constructor(total: number, piece = 64 * KB) {
    super();
    this.#total = total;
    this.#piece = Buffer.alloc(piece, "x");
    this.onDrained = () => this.#produce(this.open);
  }
  begin = (): ReturnType<Streamed["answer"]> => this.answer(200, (sink) => this.#produce(sink));
  #produce(sink: ByteSink): void {
    while (this.written < this.#total) {
      this.written += this.#piece.length;
      if (sink.write(this.#piece)) continue;
      this.refused++;
      return;
    }
    sink.end();
  }
}

for (const protocol of PROTOCOLS)
  describe(protocol, () => {
    let node: Client;
    beforeEach(() => {
      node = client(protocol, field.trust);
    });
    afterEach(() => node.close());

    test("its head comes at once, then each piece as it is written, and then its end", async () => {
      const streamed = new Streamed();
      field.on("/stream", () => streamed.answer(203));
      const exchange = node.begin({ path: "/stream", body: "" });
      const { code, headers } = await exchange.head;
      expect([code, headers["content-type"], headers["content-length"], headers["date"] === undefined]).toEqual([
        203,
        "application/json",
        undefined,
        false,
      ]);
      let text = "";
      (await exchange.down).on("data", (chunk: Buffer) => {
        text += chunk;
      });
      for (const piece of ["one\n", "two\n", "three\n"]) {
        expect(streamed.open.write(Buffer.from(piece))).toBe(true);
        await until(`${piece} is there`, () => text.endsWith(piece));
      }
      streamed.open.end();
      expect([await exchange.end, text]).toEqual(["whole", "one\ntwo\nthree\n"]);
      node.close();
      await ask(other, { path: "/echo" });
      expect([streamed.closed, streamed.open.queuedBytes]).toEqual([0, 0]);
    });

    for (const how of ["leaves the request", "closes its connection"] as const)
      test(`a client that ${how} in the middle of it is heard of once, by the signal too`, async () => {
        const streamed = new Streamed();
        let aborted = 0;
        field.on("/stream", (request) => {
          request.signal.addEventListener("abort", () => aborted++);
          return streamed.answer(200, (sink) => void sink.write(Buffer.from("some")));
        });
        const exchange = node.begin({ path: "/stream", body: "" });
        await new Promise((resolve) => void exchange.down.then((r) => r.once("data", resolve)));
        if (how === "leaves the request") exchange.leave();
        else node.close();
        await until("it is told", () => streamed.closed > 0 && aborted > 0);
        // Whoever has not heard of it yet may still write, and end.
        streamed.open.write(Buffer.from("more"));
        streamed.open.end();
        node.close();
        await ask(other, { path: "/echo" });
        expect([streamed.closed, aborted]).toEqual([1, 1]);
      });

    for (const ends of [false, true])
      test(`a client that leaves before it began is heard of ${ends ? "by no stream that has ended already" : "once all the same"}`, async () => {
        const late = new Later();
        const gone = new Later();
        const streamed = new Streamed();
        let began = false;
        field.on("/late", async (request) => {
          request.signal.addEventListener("abort", () => gone.settle());
          began = true;
          await late.promise;
          return streamed.answer(200, (sink) => {
            sink.write(Buffer.from("some"));
            if (ends) sink.end();
          });
        });
        const exchange = node.begin({ path: "/late", body: "" });
        await until("it came", () => began);
        exchange.leave();
        await gone.promise;
        late.settle();
        await until("it began", () => streamed.sink !== undefined);
        node.close();
        await ask(other, { path: "/echo" });
        expect([streamed.closed, streamed.drained]).toEqual([ends ? 0 : 1, 0]);
      });

    test("writes are refused while the client does not read, and go on when it does, to the last byte", async () => {
      const total = 24 * MB;
      const producer = new Producer(total);
      field.on("/flood", () => producer.begin());
      const exchange = node.begin({ path: "/flood", body: "" });
      const down: Readable = await exchange.down;
      await until("it is refused", () => producer.refused > 0);
      await comesToRest(() => producer.written);
      expect(producer.written).toBeLessThan(20 * MB);
      expect(producer.open.queuedBytes).toBeGreaterThan(0);
      // Who writes all the same sees how much waits.
      const before = producer.open.queuedBytes;
      expect(producer.open.write(Buffer.alloc(100_000, "x"))).toBe(false);
      expect(producer.open.queuedBytes).toBeGreaterThanOrEqual(before + 100_000);
      const body = await whole(down);
      expect([body.length, producer.closed]).toEqual([total + 100_000, 0]);
      expect(producer.drained).toBeGreaterThanOrEqual(producer.refused);
    });

    test("what was written before its end comes, however long the client takes, and nobody is told that it left then", async () => {
      const streamed = new Streamed();
      field.on("/ended", () =>
        streamed.answer(200, (sink) => {
          for (let i = 0; i < 40; i++) sink.write(Buffer.alloc(100_000, "x"));
          sink.end();
        }),
      );
      const exchange = node.begin({ path: "/ended", body: "" });
      const down = await exchange.down;
      expect((await whole(down)).length).toBe(4_000_000);
      const left = node.begin({ path: "/ended", body: "" });
      await left.head;
      left.leave();
      node.close();
      await ask(other, { path: "/echo" });
      expect(streamed.closed).toBe(0);
    });
  });

/** It changes no more while others are served. */
async function comesToRest(value: () => number): Promise<void> {
  let before = -1;
  await until("it comes to rest", async () => {
    for (let i = 0; i < 10; i++) await ask(other, { path: "/echo" });
    const last = before;
    before = value();
    return last === before;
  });
}
let other: Client;
beforeAll(() => {
  other = client("HTTP/2", field.trust);
});
afterAll(() => other.close());

describe("streams of one connection", () => {
  const PREFACE = HELLO.subarray(0, 24);
  /** A client with all windows open that reads nothing, and eight requests of it. */
  async function eightThatWait(): Promise<Raw> {
    const raw = await field.raw();
    raw.socket.pause();
    const windows = [settings([4, 0x7fff_ffff]), frame(TYPE.window, 0, 0, uint32(0x7000_0000))];
    raw.say(
      PREFACE,
      ...windows,
      many(8, (i) => get(i, "/flood")),
    );
    return raw;
  }
  const get = (i: number, path: string): Buffer => frame(TYPE.headers, END_HEADERS | END_STREAM, id(i), requestHead(path));
  const bodies = (raw: Raw): ReadonlyMap<number, number> => {
    const sizes = new Map<number, number>();
    for (const f of raw.frames) if (f.type === TYPE.data) sizes.set(f.streamId, (sizes.get(f.streamId) ?? 0) + f.payload.length);
    return sizes;
  };
  const ended = (raw: Raw): number => raw.frames.filter((f) => f.type === TYPE.data && f.flags & END_STREAM).length;

  test("each waits for its own window: what waits on one is not seen on another, which goes on", async () => {
    const node = client("HTTP/2", field.trust);
    const [slow, quick] = [new Producer(8 * MB), new Streamed()];
    field.on("/slow", () => slow.begin());
    field.on("/quick", () => quick.answer());
    const left = node.begin({ path: "/slow", body: "" });
    await left.head;
    await until("it is refused", () => slow.refused > 0);
    const right = node.begin({ path: "/quick", body: "" });
    await right.head;
    const got = right.down.then(whole);
    for (let i = 0; i < 50; i++) {
      expect([quick.open.write(Buffer.from("event\n")), quick.open.queuedBytes]).toEqual([true, 0]);
      expect(slow.open.queuedBytes).toBeGreaterThan(0);
    }
    quick.open.end();
    expect((await got).length).toBe(300);
    expect(slow.written).toBeLessThan(1 * MB);
    node.close();
    await until("the slow one is told", () => slow.closed === 1);
  });

  test("all go on when the socket has room again, whoever filled it first", async () => {
    const producers = Array.from({ length: 8 }, () => new Producer(3 * MB));
    let next = 0;
    field.on("/flood", () => (producers[next++] as Producer).begin());
    const raw = await eightThatWait();
    await until("all began", () => next === 8);
    await comesToRest(() => producers.reduce((sum, p) => sum + p.written, 0));
    expect(producers.every((p) => p.refused > 0)).toBe(true);
    raw.socket.resume();
    await until("all have written all", () => producers.every((p) => p.written >= 3 * MB));
    await until("all have come", () => ended(raw) === 8);
    expect([...bodies(raw).values()]).toEqual(Array(8).fill(3 * MB));
    raw.end();
  });

  test("who always has more leaves the others their turn when the socket has room", async () => {
    const producers = Array.from({ length: 8 }, () => new Producer(Number.POSITIVE_INFINITY));
    let next = 0;
    field.on("/flood", () => (producers[next++] as Producer).begin());
    const raw = await eightThatWait();
    await until("all wait", () => next === 8 && producers.every((p) => p.refused > 0));
    const before = producers.map((p) => p.written);
    raw.socket.resume();
    await until("each has its turn", () => producers.every((p, i) => p.written > (before[i] as number) + 1 * MB));
    raw.end();
    await until("all are told", () => producers.every((p) => p.closed === 1));
  });

  test("all go on when the connection's window opens for all of them at once", async () => {
    const producers = Array.from({ length: 30 }, () => new Producer(1 * MB, 256 * KB));
    let next = 0;
    field.on("/flood", () => (producers[next++] as Producer).begin());
    const raw = await field.raw();
    raw.say(
      PREFACE,
      settings([4, 0x7fff_ffff]),
      many(30, (i) => get(i, "/flood")),
    );
    await until("all wait", () => producers.every((p) => p.refused === 1));
    raw.say(frame(TYPE.window, 0, 0, uint32(0x7000_0000)));
    await until("all have written all", () => producers.every((p) => p.written === 1 * MB));
    await until("all have come", () => ended(raw) === 30);
    expect([...bodies(raw).values()]).toEqual(Array(30).fill(1 * MB));
    raw.end();
  });

  test("hundreds of watchers each get every event, and each is told once that their connection is gone", async () => {
    const watchers: Streamed[] = [];
    field.on("/watch", () => {
      const watcher = new Streamed();
      watchers.push(watcher);
      return watcher.answer();
    });
    const raw = await field.raw();
    raw.say(
      HELLO,
      many(500, (i) => get(i, "/watch")),
    );
    await until("all watch", () => watchers.length === 500 && watchers.every((w) => w.sink !== undefined));
    for (const event of ["added\n", "changed\n"]) for (const w of watchers) expect(w.open.write(Buffer.from(event))).toBe(true);
    await until("all events are there", () => {
      const sizes = bodies(raw);
      return sizes.size === 500 && [...sizes.values()].every((size) => size === "added\nchanged\n".length);
    });
    raw.end();
    await until("all are told", () => watchers.every((w) => w.closed > 0));
    await ask(other, { path: "/echo" });
    expect(watchers.every((w) => w.closed === 1)).toBe(true);
  });
});
