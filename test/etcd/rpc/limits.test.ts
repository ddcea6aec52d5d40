import { afterEach, expect, test } from "vitest";
import { decodeMessage } from "../../../src/wire/grpc/index.js";
import { ERROR } from "../../../src/wire/http2/index.js";
import { SharedMemory } from "../../../src/wire/socket/memory.js";
import { until } from "../../kit/until.js";
import { call, Field, soon } from "../../wire/field.js";
import { ACK, END_HEADERS, END_STREAM, frame, HELLO, message, request, requestHead, TYPE, uint32 } from "../../wire/frames.js";
import type { Raw } from "../../wire/raw.js";

/** What time and memory a client may take of the server that is our own. */

const fields: Field[] = [];
const raws: Raw[] = [];
afterEach(async () => {
  for (const r of raws.splice(0)) r.end();
  for (const f of fields.splice(0)) await f.port.close();
});
async function open(more: Parameters<typeof Field.open>[2] = {}): Promise<Field> {
  const field = await Field.open("wire", undefined, more);
  fields.push(field);
  return field;
}
async function said(field: Field, ...parts: readonly Uint8Array[]): Promise<Raw> {
  const raw = await field.raw();
  raws.push(raw);
  return raw.say(HELLO, ...parts);
}
const timed = (id: number, path: string, timeout: string, body = "x"): Buffer =>
  Buffer.concat([
    frame(TYPE.headers, END_HEADERS, id, requestHead(path, [["grpc-timeout", timeout]])),
    frame(TYPE.data, END_STREAM, id, message(Buffer.from(body))),
  ]);
const PING = frame(TYPE.ping, 0, 0, Buffer.alloc(8));
function statusOf(raw: Raw, id: number): string | undefined {
  for (const found of raw.headersOf(id)) {
    if (found.has("grpc-status")) return `${found.get("grpc-status")} ${decodeMessage(found.get("grpc-message") ?? "")}`;
  }
  return undefined;
}
const debugOf = (raw: Raw): string => (raw.frames.find((f) => f.type === TYPE.goaway)?.payload ?? Buffer.alloc(8)).subarray(8).toString();

test("a client that gave a time gets its status then, and the work is abandoned, once", async () => {
  const field = await open();
  const raw = await said(field, timed(1, "/t.T/Hang", "50m"), timed(3, "/t.T/Hang", "10S"), timed(5, "/t.T/Echo", "50m"));
  await until("a status", async () => statusOf(raw, 1) !== undefined && statusOf(raw, 5) !== undefined);
  expect([statusOf(raw, 1), statusOf(raw, 3), statusOf(raw, 5)]).toEqual(["4 context deadline exceeded", undefined, "0 "]);
  await until("the work is told", async () => field.counts.aborted === 1);
  expect(field.counts.observed.toSorted()).toEqual(["/t.T/Echo 0", "/t.T/Hang 4"]);
});

test("streams of both kinds end by the client's time as well, and so does a request that is never whole", async () => {
  const field = await open();
  const half = frame(TYPE.headers, END_HEADERS, 5, requestHead("/t.T/Echo", [["grpc-timeout", "50m"]]));
  const chat = frame(TYPE.headers, END_HEADERS, 3, requestHead("/t.T/Chat", [["grpc-timeout", "50m"]]));
  const raw = await said(field, timed(1, "/t.T/Endless", "50m", ""), chat, half, frame(TYPE.window, 0, 0, uint32(1 << 30)));
  await until("all have their status", async () => [3, 5].every((id) => statusOf(raw, id) !== undefined));
  expect([statusOf(raw, 3), statusOf(raw, 5)]).toEqual(["4 context deadline exceeded", "4 context deadline exceeded"]);
  await until("the producer stops", async () => field.counts.aborted === 1 && field.counts.closed === 1);
});

test("pings that come too soon end the connection in grpc-go's words, those beside data do not", async () => {
  const field = await open();
  const busy = await said(field);
  for (let i = 0; i < 10; i++) {
    busy.say(PING, request(1 + 2 * i, "/t.T/Echo", Buffer.from("x")));
    await until("an answer", async () => statusOf(busy, 1 + 2 * i) !== undefined);
  }
  expect(busy.has(TYPE.goaway)).toBe(false);
  const idle = await said(field);
  for (let i = 0; i < 5; i++) idle.say(PING);
  expect(await idle.goaway()).toBe(ERROR.enhanceYourCalm);
  expect(debugOf(idle)).toBe("too_many_pings");
});

test("with a call in progress the least time between pings is what was set", async () => {
  const patient = await open({ keepAlive: { minTimeMs: 60_000, intervalMs: 0, timeoutMs: 0 } });
  const quick = await open({ keepAlive: { minTimeMs: 1, intervalMs: 0, timeoutMs: 0 } });
  const hang = request(1, "/t.T/Hang", Buffer.from("x"));
  const cut = await said(patient, hang);
  for (let i = 0; i < 5; i++) cut.say(PING);
  expect(await cut.goaway()).toBe(ERROR.enhanceYourCalm);
  const kept = await said(quick, hang);
  for (let i = 1; i <= 6; i++) {
    kept.say(PING);
    await until("it is answered", async () => kept.frames.filter((f) => f.type === TYPE.ping).length === i);
  }
  expect(kept.has(TYPE.goaway)).toBe(false);
});

test("a half-open connection is found: who does not answer our ping is cut, who does stays", async () => {
  const field = await open({ keepAlive: { minTimeMs: 0, intervalMs: 80, timeoutMs: 120 } });
  const dead = await said(field);
  const living = await said(field);
  let answered = 0;
  living.socket.on("data", () => {
    const asked = living.frames.filter((f) => f.type === TYPE.ping).length;
    for (; answered < asked; answered++) living.say(frame(TYPE.ping, ACK, 0, Buffer.alloc(8)));
  });
  await until("the silent one is cut", async () => dead.isOver);
  await until("the other was asked twice", async () => answered >= 2);
  expect(living.isOver).toBe(false);
});

test("streams at once are as many as were set, and the client is told", async () => {
  const field = await open({ streamsMax: 2 });
  const raw = await said(field, ...[1, 3, 5].map((id) => request(id, "/t.T/Hang", Buffer.from("x"))));
  await until("the third is refused", async () => raw.has(TYPE.rst, 5));
  expect(raw.frames.find((f) => f.type === TYPE.rst)?.payload.readUInt32BE(0)).toBe(ERROR.refusedStream);
  const pairs = raw.frames.find((f) => f.type === TYPE.settings)?.payload ?? Buffer.alloc(0);
  const found = Array.from({ length: pairs.length / 6 }, (_, i) => [pairs.readUInt16BE(i * 6), pairs.readUInt32BE(i * 6 + 2)]);
  expect(found).toContainEqual([3, 2]);
});

test("all connections together keep no more than their limit: the greediest is cut, the others are served", async () => {
  const field = await open({ connectionsBytesMax: 1024 * 1024 });
  const begun = (id: number, bytes: number): Buffer => {
    const body = message(Buffer.alloc(2 * bytes)).subarray(0, bytes);
    const data = Array.from({ length: Math.ceil(bytes / 16_000) }, (_, i) =>
      frame(TYPE.data, 0, id, body.subarray(i * 16_000, (i + 1) * 16_000)),
    );
    return Buffer.concat([frame(TYPE.headers, END_HEADERS, id, requestHead("/t.T/Echo")), ...data]);
  };
  const modest = await Promise.all([1, 2, 3, 4, 5].map(() => said(field, begun(1, 100_000))));
  const greedy = await said(field, begun(1, 400_000), begun(3, 400_000));
  expect(await greedy.goaway()).toBe(ERROR.enhanceYourCalm);
  expect(debugOf(greedy)).toMatch(/keeps the most/);
  expect(modest.some((m) => m.has(TYPE.goaway))).toBe(false);
  const client = field.client();
  expect((await call(client, "/t.T/Echo", "still", soon())).toString()).toBe("still");
  client.close();
});

test("what was kept and is not any more counts no more", () => {
  const cut: string[] = [];
  const holder = (name: string, bytes: number) => ({ heldBytes: bytes, letGo: () => void cut.push(name) });
  const memory = new SharedMemory(100);
  const a = holder("a", 60);
  const b = holder("b", 30);
  memory.note(a);
  memory.note(b);
  a.heldBytes = 0;
  // `a` drained without a word: nobody is cut for what it kept.
  const c = holder("c", 60);
  memory.note(c);
  expect([cut, memory.total]).toEqual([[], 90]);
  b.heldBytes = 50;
  memory.note(b);
  expect([cut, memory.total]).toEqual([["c"], 50]);
  memory.forget(b);
  expect(memory.total).toBe(0);
});
