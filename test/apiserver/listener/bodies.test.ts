import { createHash, randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ApiRequest, textResponse } from "../../../src/apiserver/chain/index.js";
import { BODY_BYTES_MAX } from "../../../src/apiserver/verbs/index.js";
import { until } from "../../kit/until.js";
import { ask, type Client, client, PROTOCOLS, whole } from "./clients.js";
import { echo, Field, Later, Streamed } from "./field.js";

/** What becomes of a body: asked for at once, late or never, too large, or passed on. */

const MB = 1024 * 1024;
const TOO_LARGE = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: `Request entity too large: limit is ${BODY_BYTES_MAX}`,
  reason: "RequestEntityTooLarge",
  details: {},
  code: 413,
};
/** What a client that is allowed to may have sent and nobody has taken: windows here, buffers of two sockets and of the kernel. */
const AHEAD_BYTES = 12 * MB;

let field: Field;
beforeAll(async () => {
  field = await Field.open();
});
afterAll(() => field.close());

/** Writes for as long as it is let. */
function pour(into: Writable, body: Buffer): Promise<void> {
  let at = 0;
  return new Promise((resolve) => {
    const go = (): void => {
      while (at < body.length && !into.destroyed) {
        at += 64 * 1024;
        if (!into.write(body.subarray(at - 64 * 1024, at))) return;
      }
      into.end();
      resolve();
    };
    into.on("drain", go);
    // Told to stop: node's HTTP/2 says that by "aborted", and may close its stream only much later.
    for (const event of ["close", "aborted"]) into.on(event, resolve);
    go();
  });
}
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

for (const protocol of PROTOCOLS)
  describe(protocol, () => {
    let node: Client;
    beforeEach(() => {
      node = client(protocol, field.trust);
    });
    afterEach(() => node.close());

    async function goesOn(): Promise<void> {
      expect((await ask(node, { method: "POST", path: "/echo", body: "on" })).body.toString()).toBe("on");
    }

    test("a body that says it is too long is refused before any of it comes", async () => {
      const exchange = node.begin({ method: "POST", path: "/echo", headers: { "content-length": String(BODY_BYTES_MAX + 1) } });
      exchange.up.write("x");
      const { code } = await exchange.head;
      expect([code, JSON.parse((await whole(await exchange.down)).toString())]).toEqual([413, TOO_LARGE]);
      exchange.leave();
      await goesOn();
    });

    test("a body that does not say how long it is is refused as soon as it is too long; the longest is taken", async () => {
      const exchange = node.begin({ method: "POST", path: "/echo" });
      const poured = pour(exchange.up, Buffer.alloc(BODY_BYTES_MAX + 1));
      expect((await exchange.head).code).toBe(413);
      expect(JSON.parse((await whole(await exchange.down)).toString())).toEqual(TOO_LARGE);
      expect(await exchange.end).toBe("whole");
      await poured;
      const longest = node.begin({ method: "POST", path: "/echo" });
      await pour(longest.up, Buffer.alloc(BODY_BYTES_MAX, "x"));
      expect([(await longest.head).code, (await whole(await longest.down)).length]).toEqual([200, BODY_BYTES_MAX]);
      if (protocol === "HTTP/2") expect(node.connections).toBe(1);
    });

    test("a client that waits to be told sends its body when somebody wants it", async () => {
      const exchange = node.begin({ method: "POST", path: "/echo", headers: { expect: "100-continue" } });
      // What has no body yet is not sent by itself over HTTP/1.1.
      (exchange.up as Writable & { flushHeaders?(): void }).flushHeaders?.();
      await new Promise((resolve) => exchange.up.once("continue", resolve));
      exchange.up.end("here");
      expect([(await exchange.head).code, (await whole(await exchange.down)).toString()]).toEqual([200, "here"]);
    });

    for (const size of [0, 5, 60_000, BODY_BYTES_MAX])
      test(`a body of ${size} bytes that is asked for late is whole`, async () => {
        const late = new Later();
        let began = false;
        field.on("/late", async (request) => {
          began = true;
          await late.promise;
          return echo(request);
        });
        const body = randomBytes(size);
        const exchange = node.begin({ method: "PUT", path: "/late" });
        const poured = pour(exchange.up, body);
        await until("it came", () => began);
        // What was sent before this has come by now, where requests share a connection.
        if (protocol === "HTTP/2") await goesOn();
        late.settle();
        await poured;
        expect((await whole(await exchange.down)).equals(body)).toBe(true);
      });

    test("a body that is passed on stops when its reader stops, and then goes on, byte for byte", async () => {
      let reader: Readable | undefined;
      const taken = new Later<string>();
      field.on("/pass", async ({ raw }) => {
        reader = raw?.body;
        return textResponse(200, await taken.promise);
      });
      const body = randomBytes(24 * MB);
      const exchange = node.begin({ method: "POST", path: "/pass" });
      const poured = pour(exchange.up, body);
      await until("it came", () => reader !== undefined);
      const from = reader as Readable;
      const hash = createHash("sha256");
      let bytes = 0;
      const take = async (goal: number): Promise<void> => {
        while (bytes < goal) {
          const chunk = from.read() as Buffer | null;
          if (chunk === null) await new Promise((resolve) => from.once("readable", resolve));
          else hash.update(chunk);
          bytes += chunk?.length ?? 0;
        }
      };
      await take(5 * MB);
      await standsStill(exchange.up);
      expect(from.readableLength).toBeLessThanOrEqual(1.2 * MB);
      await take(body.length);
      await poured;
      taken.settle(hash.digest("hex"));
      expect((await whole(await exchange.down)).toString()).toBe(sha(body));
      await goesOn();
    });

    test("a body goes in and comes back as a stream, as long as it likes", async () => {
      field.on("/through", ({ raw }) => {
        const through = new Streamed();
        const from = raw?.body as Readable;
        through.onDrained = () => void from.resume();
        return through.answer(200, (sink) => {
          from.on("data", (chunk: Buffer) => {
            if (!sink.write(chunk)) from.pause();
          });
          from.on("end", () => sink.end());
        });
      });
      const body = randomBytes(16 * MB);
      const exchange = node.begin({ method: "POST", path: "/through" });
      const [, got] = await Promise.all([pour(exchange.up, body), exchange.down.then(whole)]);
      expect(sha(got)).toBe(sha(body));
    });

    test("who is behind a body that is passed on gets its end too, when there is no body at all", async () => {
      field.on("/nothing", async ({ raw }) => textResponse(200, String((await whole(raw?.body as Readable)).length)));
      for (const method of ["GET", "POST"]) expect((await ask(node, { method, path: "/nothing" })).body.toString()).toBe("0");
    });

    const LEAVING: readonly { readonly name: string; readonly hears: (request: ApiRequest) => Promise<string> }[] = [
      {
        name: "asked for whole",
        hears: (request) =>
          request.body().then(
            () => "whole",
            (e: Error) => e.message,
          ),
      },
      {
        name: "passed on",
        hears: ({ raw }) =>
          new Promise((resolve) => {
            raw?.body.on("error", () => resolve("the client went away"));
            raw?.body.on("end", () => resolve("whole"));
            raw?.body.resume();
          }),
      },
    ];
    for (const { name, hears } of LEAVING)
      test(`a client that leaves in the middle of a body that is ${name} is heard of there, and by the signal`, async () => {
        const heard = new Later<string>();
        let asked: ApiRequest | undefined;
        let aborted = 0;
        field.on("/leave", async (request) => {
          asked = request;
          request.signal.addEventListener("abort", () => aborted++);
          heard.settle(await hears(request));
          return textResponse(200, "late");
        });
        const exchange = node.begin({ method: "POST", path: "/leave" });
        exchange.up.write("some");
        await until("it came", () => asked !== undefined);
        exchange.leave();
        expect(await heard.promise).toBe("the client went away");
        await until("aborted", () => aborted === 1 && asked?.signal.aborted);
        await goesOn();
      });

    test("a body that is asked for when its client has gone is not there, nor does anybody wait for it", async () => {
      const gone = new Later();
      const heard = new Later<string>();
      let began = false;
      field.on("/gone", async (request) => {
        request.signal.addEventListener("abort", () => gone.settle());
        began = true;
        await gone.promise;
        const hears = (error: Error): void => heard.settle(error.message);
        await request.body().then(() => heard.settle("whole"), hears);
        return textResponse(200, "late");
      });
      const exchange = node.begin({ method: "POST", path: "/gone" });
      exchange.up.write("some");
      await until("it came", () => began);
      exchange.leave();
      expect(await heard.promise).toBe("the client went away");
    });
  });

/** Nothing of it moves any more, whoever else is served. */
async function standsStill(up: Writable): Promise<void> {
  let before = -1;
  await until("it stands still", async () => {
    for (let i = 0; i < 20; i++) await ask(client2, { path: "/echo" });
    const last = before;
    before = up.writableLength;
    return last === before && up.writableNeedDrain;
  });
}

let client2: Client;
beforeAll(() => {
  client2 = client("HTTP/2", field.trust);
});
afterAll(() => client2.close());

const EARLY = [10, 2 * MB].map((size) => ({ size, body: randomBytes(size) }));
const early = (size: number): string => `an answer of ${size} bytes that does not wait for a body comes whole, and the connection goes on`;
for (const { size, body } of EARLY) {
  const path = `/early/${size}`;
  for (const when of ["at once", "when the body has come to a stop"] as const)
    test(`HTTP/2, ${when}: ${early(size)}`, async () => {
      const node = client("HTTP/2", field.trust);
      for (let i = 0; i < 3; i++) {
        const stopped = new Later();
        if (when === "at once") stopped.settle();
        field.on(path, async () => {
          await stopped.promise;
          return { kind: "bytes", code: 403, headers: new Map(), body: [body] };
        });
        const exchange = node.begin({ method: "POST", path });
        // More than anybody takes ahead: it only ends when it is told to.
        const poured = pour(exchange.up, Buffer.alloc(AHEAD_BYTES));
        if (when !== "at once") await standsStill(exchange.up);
        stopped.settle();
        expect([(await exchange.head).code, (await whole(await exchange.down)).equals(body)]).toEqual([403, true]);
        expect(await exchange.end).toBe("whole");
        await poured;
        expect((await ask(node, { method: "POST", path: "/echo", body: "on" })).body.toString()).toBe("on");
      }
      expect(node.connections).toBe(1);
      node.close();
    });

  // By hand: node's client does not go on with a body whose answer has come.
  test(`HTTP/1.1: ${early(size)}`, async () => {
    field.on(path, () => ({ kind: "bytes", code: 403, headers: new Map(), body: [body] }));
    const raw = await field.raw("http/1.1");
    const head = (to: string, length: number): string => `POST ${to} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
    raw.say(Buffer.from(head(path, AHEAD_BYTES)), Buffer.alloc(AHEAD_BYTES), Buffer.from(`${head("/echo", 2)}on`));
    await until("the second answer", () => raw.bytes.toString("latin1").endsWith("\r\n\r\non"));
    expect(raw.bytes.indexOf(body)).toBeGreaterThan(0);
    raw.end();
  });
}
