import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiResponse, type Headers, textResponse } from "../../../src/apiserver/chain/index.js";
import { until } from "../../kit/until.js";
import { type Upgraded, upgrade } from "../../kit/upgrades.js";
import { ask, client } from "./clients.js";
import { Field, Later, Streamed } from "./field.js";

/** Connections that go on with another protocol, which only those of HTTP/1.1 can. */

let field: Field;
beforeAll(async () => {
  field = await Field.open();
});
afterAll(() => field.close());

const SWITCH: Headers = new Map<string, string | readonly string[]>([
  ["connection", "Upgrade"],
  ["upgrade", "test/1"],
  ["x-text", "schön\r\nx-evil: 1"],
  ["x-many", ["one", "two"]],
]);
/** A 101 whose stream a test has in its hands. */
function switched(streamed: Streamed): ApiResponse {
  const answer = streamed.answer(101);
  return { ...answer, headers: SWITCH };
}
const ask101 = (path: string): Promise<Upgraded> => upgrade(`https://127.0.0.1:${field.port}${path}`, {}, { upgrade: "test/1" });
async function open(path: string): Promise<Extract<Upgraded, { kind: "upgraded" }>> {
  const got = await ask101(path);
  if (got.kind !== "upgraded") throw new Error(`refused: ${got.code}`);
  return got;
}
function textOf(socket: Duplex, head: Buffer): () => string {
  let text = head.toString();
  socket.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  return () => text;
}

describe("an upgrade", () => {
  test("has the socket from then on, in both directions, until one side is done", async () => {
    const streamed = new Streamed();
    let heard = "";
    field.on("/up", ({ raw, method, header }) => {
      expect([method, header("upgrade"), raw?.upgrade?.head.length]).toEqual(["GET", "test/1", 0]);
      raw?.upgrade?.socket.on("data", (chunk: Buffer) => {
        heard += chunk;
        streamed.open.write(Buffer.from(`echo ${chunk}`));
      });
      return switched(streamed);
    });
    const { socket, head, headers } = await open("/up");
    expect([headers["upgrade"], headers["x-many"], headers["x-evil"]]).toEqual(["test/1", "one, two", undefined]);
    expect(Buffer.from(String(headers["x-text"]), "latin1").toString()).toBe("schön  x-evil: 1");
    const text = textOf(socket, head);
    socket.write("one");
    await until("it comes back", () => text() === "echo one");
    socket.write("two");
    await until("and again", () => text() === "echo oneecho two");
    const ended = new Promise((resolve) => socket.on("end", resolve));
    streamed.open.end();
    await ended;
    expect([heard, streamed.closed]).toEqual(["onetwo", 0]);
  });

  test("has what the client sent behind its request", async () => {
    const streamed = new Streamed();
    const seen = new Later<string>();
    field.on("/head", ({ raw }) => {
      seen.settle(Buffer.from(raw?.upgrade?.head ?? []).toString());
      return switched(streamed);
    });
    const raw = await field.raw("http/1.1");
    raw.say(Buffer.from("GET /head HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: test/1\r\n\r\nearly"));
    expect(await seen.promise).toBe("early");
    await until("it is switched", () => raw.bytes.toString().startsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    streamed.open.write(Buffer.from("late"));
    await until("it is written", () => raw.bytes.toString().endsWith("\r\n\r\nlate"));
    raw.end();
    await until("it is told", () => streamed.closed === 1);
  });

  test("whose client does not read is refused writes, and told when it reads", async () => {
    const streamed = new Streamed();
    field.on("/slow", () => switched(streamed));
    const { socket } = await open("/slow");
    const { open: sink } = streamed;
    let written = 0;
    while (sink.write(Buffer.alloc(256 * 1024))) written++;
    while (sink.queuedBytes < 8 * 1024 * 1024) {
      sink.write(Buffer.alloc(256 * 1024));
      written++;
    }
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await until("it is told", () => streamed.drained > 0 && sink.queuedBytes === 0);
    await until("all is there", () => bytes === (written + 1) * 256 * 1024);
    socket.destroy();
    await until("its leaving is told", () => streamed.closed === 1);
  });

  test("whose client has gone before it was answered is closed once, when it begins", async () => {
    const streamed = new Streamed();
    const late = new Later();
    let socket: Duplex | undefined;
    let aborted = false;
    field.on("/gone", async (request) => {
      socket = request.raw?.upgrade?.socket;
      request.signal.addEventListener("abort", () => {
        aborted = true;
      });
      // Whoever waits for something else reads, to see the client's end.
      socket?.resume();
      await late.promise;
      return switched(streamed);
    });
    const raw = await field.raw("http/1.1");
    raw.say(Buffer.from("GET /gone HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: test/1\r\n\r\n"));
    await until("it came", () => socket !== undefined);
    raw.end();
    await until("it is seen", () => aborted && socket?.destroyed);
    late.settle();
    await until("it is told", () => streamed.closed > 0);
    await askedElsewhere();
    expect(streamed.closed).toBe(1);
  });

  const REFUSALS: readonly { readonly name: string; readonly answer: () => ApiResponse }[] = [
    { name: "bytes", answer: () => textResponse(403, "not you") },
    {
      name: "a stream",
      answer: () =>
        new Streamed().answer(403, (sink) => {
          sink.write(Buffer.from("not "));
          sink.write(Buffer.from("you"));
          sink.end();
        }),
    },
  ];
  for (const { name, answer } of REFUSALS)
    test(`that is refused with ${name} has an ordinary answer, and no other one on its connection`, async () => {
      field.on("/no", answer);
      expect(await ask101("/no")).toEqual({ kind: "refused", code: 403, text: "not you" });
      const raw = await field.raw("http/1.1");
      const asked = "GET /no HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: test/1\r\n\r\n";
      raw.say(Buffer.from(`${asked}${asked}`));
      await until("it is over", () => raw.isOver);
      expect(raw.bytes.toString().split("HTTP/1.1 ").length).toBe(2);
      expect(raw.bytes.toString()).toMatch(/^connection: close\r$/im);
    });

  test("whose handler fails costs its own connection", async () => {
    field.on("/fails", () => Promise.reject(new Error("as asked")));
    await expect(ask101("/fails")).rejects.toThrow();
    await askedElsewhere();
  });

  test("is not there on HTTP/2", async () => {
    field.on("/h2", ({ raw }) => textResponse(200, String(raw?.upgrade)));
    const node = client("HTTP/2", field.trust);
    expect((await ask(node, { path: "/h2" })).body.toString()).toBe("undefined");
    node.close();
  });
});

async function askedElsewhere(): Promise<void> {
  const node = client("HTTP/1.1", field.trust);
  expect((await ask(node, { method: "POST", path: "/echo", body: "x" })).body.toString()).toBe("x");
  node.close();
}
