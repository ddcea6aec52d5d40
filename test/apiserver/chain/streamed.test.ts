import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { streamed } from "../../../src/apiserver/chain/index.js";
import { until } from "../../kit/until.js";

test("a client that does not read stops who answers; when it reads again, that goes on; when it leaves, that is left", async () => {
  const from = new PassThrough({ highWaterMark: 1_000 });
  const answer = streamed(200, new Map(), from);
  let takes = true;
  let got = 0;
  const write = (bytes: Uint8Array): boolean => {
    got += bytes.length;
    return takes;
  };
  const sink = { write, end: () => {}, queuedBytes: 0 };
  const handlers = answer.kind === "stream" ? answer.start(sink) : undefined;
  from.write(Buffer.alloc(500));
  await until("the first bytes", () => got === 500);
  takes = false;
  from.write(Buffer.alloc(100));
  await until("the last bytes before it is full", () => got === 600);
  for (let i = 0; i < 20; i++) from.write(Buffer.alloc(1_000));
  await new Promise(setImmediate);
  expect([got, from.isPaused()]).toEqual([600, true]);
  takes = true;
  handlers?.drained();
  await until("the rest", () => got === 20_600);
  handlers?.closed();
  expect(from.destroyed).toBe(true);
});
