import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeMessage, MessageReader, timeoutMs } from "../../src/wire/grpc/index.js";
import { message } from "./frames.js";

const hexes = (got: ReturnType<MessageReader["push"]>): readonly string[] => {
  if ("tooLarge" in got) throw new Error("too large");
  return got.map((m) => `${m.compressed ? 1 : 0}:${Buffer.from(m.bytes).toString("hex")}`);
};

test("messages in any pieces are those of the whole", () => {
  const piece = fc.tuple(fc.uint8Array({ maxLength: 2_000 }), fc.nat(1));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (messages, cuts) => {
      const all = Buffer.concat(messages.map(([bytes, flag]) => message(bytes, flag)));
      const reader = new MessageReader(4_000);
      const got: string[] = [];
      for (let at = 0, i = 0; at < all.length; i++) {
        const end = at + (cuts[i % cuts.length] as number);
        got.push(...hexes(reader.push(all.subarray(at, end))));
        at = end;
      }
      expect(got).toEqual(messages.map(([bytes, flag]) => `${flag}:${Buffer.from(bytes).toString("hex")}`));
      expect(reader.isEmpty).toBe(true);
    }),
  );
});

test("a length beyond the limit is told as soon as its head is there, in one piece or in five", () => {
  const head = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
  expect(new MessageReader(100).push(head)).toEqual({ tooLarge: 0xffff_ffff });
  const reader = new MessageReader(100);
  for (let i = 0; i < 4; i++) expect(reader.push(head.subarray(i, i + 1))).toEqual([]);
  expect(reader.push(head.subarray(4))).toEqual({ tooLarge: 0xffff_ffff });
});

test("what a head promises is not allocated before it comes, and pieces do not keep their chunks", () => {
  const reader = new MessageReader(0xffff_ffff);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const before = process.memoryUsage().arrayBuffers;
  reader.push(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]));
  for (let i = 0; i < 300; i++) reader.push(Buffer.allocUnsafeSlow(1024 * 1024).subarray(0, 1));
  // Twice: array buffers are let go by the next collection.
  collect();
  collect();
  expect(reader.heldBytes).toBe(305);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30 * 1024 * 1024);
});

test("grpc-timeout: digits and a unit, nothing else", () => {
  expect(["1H", "2M", "3S", "4m", "5u", "6n"].map(timeoutMs)).toEqual([3_600_000, 120_000, 3_000, 4, 0.005, 0.000_006]);
  expect(["", "1", "S", "-1S", "123456789S", "1.5S", "1s", " 1S", "1S "].map(timeoutMs)).toEqual(Array(9).fill(undefined));
});

test("grpc-message: any text comes back, and what travels is printable ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const coded = encodeMessage(text);
      expect(coded).toMatch(/^[ -~]*$/);
      expect(decodeMessage(coded)).toBe(text);
    }),
  );
  expect(decodeMessage("100%, %zz and %4")).toBe("100%, %zz and %4");
});
