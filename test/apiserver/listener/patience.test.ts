import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { until } from "../../kit/until.js";
import { ACK, END_HEADERS, END_STREAM, frame, HELLO, requestHead, TYPE } from "../../wire/frames.js";
import { Raw } from "../../wire/raw.js";
import { ask, client } from "./clients.js";
import { Field, Streamed } from "./field.js";

/** Who says nothing, or too little, or has vanished, is cut in time. Times are shorter here, and the keepalive's clock is the test's. */

const SHORT_MS = vi.hoisted(() => 1_000);
vi.mock("../../../src/apiserver/listener/limits.js", async (original) => ({
  ...(await original<object>()),
  HANDSHAKE_TIMEOUT_MS: SHORT_MS,
}));
vi.mock("../../../src/wire/socket/limits.js", async (original) => ({
  ...(await original<object>()),
  HANDSHAKE_TIMEOUT_MS: SHORT_MS,
}));

let field: Field;
const raws: Raw[] = [];
beforeAll(async () => {
  field = await Field.open();
});
afterAll(() => field.close());
afterEach(() => {
  vi.useRealTimers();
  for (const raw of raws.splice(0)) raw.end();
});
async function raw(protocol: "h2" | "http/1.1" | "none", ...says: readonly Uint8Array[]): Promise<Raw> {
  const made = await field.raw(protocol);
  raws.push(made);
  return made.say(...says);
}
/** One that is served before, while and after others are cut. */
async function served(by: ReturnType<typeof client>): Promise<void> {
  expect((await ask(by, { method: "POST", path: "/echo", body: "x" })).body.toString()).toBe("x");
}

const text = (lines: string): Buffer => Buffer.from(lines.replaceAll("\n", "\r\n"));
const SILENT: readonly { readonly name: string; readonly open: () => Promise<Raw> }[] = [
  {
    name: "no handshake",
    open: async () => {
      const made = new Raw(connect(field.port, "127.0.0.1"));
      raws.push(made);
      return made;
    },
  },
  {
    name: "half a handshake",
    open: async () => {
      const made = new Raw(connect(field.port, "127.0.0.1"));
      raws.push(made);
      return made.say(Buffer.from("16030100c8010000c40303", "hex"));
    },
  },
  { name: "a handshake for HTTP/2, and nothing", open: () => raw("h2") },
  { name: "a handshake for HTTP/1.1, and nothing", open: () => raw("http/1.1") },
  { name: "a handshake for nothing, and nothing", open: () => raw("none") },
  { name: "half a preface", open: () => raw("h2", HELLO.subarray(0, 11)) },
  { name: "a preface without settings", open: () => raw("h2", HELLO.subarray(0, 24)) },
  { name: "half a head", open: () => raw("http/1.1", text("GET /echo HTTP/1.1\nho")) },
];
test("silence and slowness are cut in time, whatever they began with; who is served stays", async () => {
  const good = client("HTTP/2", field.trust);
  await served(good);
  const attackers = await Promise.all(SILENT.map(async ({ name, open }) => ({ name, raw: await open() })));
  // A byte now and then does not help.
  const slow = await raw("http/1.1");
  const preface = await raw("h2");
  let at = 0;
  await until("all are cut", () => {
    if (!slow.isOver) slow.say(text("GET /echo HTTP/1.1\nhost: x\n".repeat(50)).subarray(at, at + 1));
    if (!preface.isOver && at < 23) preface.say(HELLO.subarray(at, at + 1));
    at++;
    const left = [...attackers, { name: "slow", raw: slow }, { name: "preface", raw: preface }].filter((a) => !a.raw.isOver);
    if (left.length > 0) throw new Error(`still there: ${left.map((a) => a.name)}`);
    return true;
  });
  await served(good);
  expect(good.connections).toBe(1);
  good.close();
});

test("a machine that vanished is asked and found out, and whoever worked for it hears so; who answers stays", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => Date.now(), after: () => ({ cancel: () => {} }), soon: () => {} };
  const own = await Field.open({ clock });
  const streamed = new Streamed();
  own.on("/watch", () => streamed.answer());
  const dead = await own.raw();
  const living = await own.raw();
  raws.push(dead, living);
  const get = frame(TYPE.headers, END_HEADERS | END_STREAM, 1, requestHead("/watch"));
  dead.say(HELLO, get);
  living.say(HELLO);
  await until("both are known", () => streamed.sink !== undefined && living.frames.length > 0);
  const look = (afterMs: number): void => {
    nowMs += afterMs;
    vi.advanceTimersByTime(4_000);
  };
  const asked = (made: Raw): number => made.frames.filter((f) => f.type === TYPE.ping).length;
  look(0);
  look(29_999);
  await answered(living, own, 1);
  expect([asked(dead), asked(living)]).toEqual([0, 0]);
  look(1);
  await until("the silent one is asked", () => asked(dead) === 1);
  // The other spoke since: it is asked when it has been silent as long.
  look(0);
  look(14_998);
  look(15_002);
  await until("it is over", () => dead.isOver && streamed.closed === 1);
  await until("the other is asked", () => asked(living) === 1);
  living.say(frame(TYPE.ping, ACK, 0, Buffer.alloc(8)));
  await answered(living, own, 3);
  look(15_000);
  look(15_000);
  await answered(living, own, 5);
  expect(living.isOver).toBe(false);
  await own.close();
});

/** By a request behind it: what came before is known then. */
async function answered(made: Raw, own: Field, stream: number): Promise<void> {
  own.on("/here", () => ({ kind: "bytes", code: 200, headers: new Map(), body: [] }));
  made.say(frame(TYPE.headers, END_HEADERS | END_STREAM, stream, requestHead("/here")));
  await until("it is answered", () => made.has(TYPE.headers, stream));
}

/** Columns: number, local address, remote address, state, queues, timer. A timer of 2 is the system's own question. */
test.skipIf(process.platform !== "linux")("over HTTP/1.1 it is the system that asks whether a silent client is there", async () => {
  const good = client("HTTP/1.1", field.trust);
  await served(good);
  const own = `:${field.port.toString(16).toUpperCase().padStart(4, "0")}`;
  await until("it would ask", () => {
    const lines = readFileSync("/proc/net/tcp", "latin1").split("\n").slice(1);
    const columns = lines.map((line) => line.trim().split(/\s+/)).filter((c) => c[1]?.endsWith(own) && c[3] === "01");
    return columns.length > 0 && columns.every((c) => c[5]?.startsWith("02:"));
  });
  good.close();
});
