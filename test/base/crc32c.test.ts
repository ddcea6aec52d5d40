import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { crc32c, crc32cOfLatin1 } from "../../src/base/index.js";

test("CRC-32C of the standard's check string", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe306_9283);
});

test.prop([fc.uint8Array({ maxLength: 100 }), fc.nat()])(
  "of a latin1 text is that of its bytes, and both go on from a sum",
  (bytes, start) => {
    expect(crc32cOfLatin1(Buffer.from(bytes).toString("latin1"), start)).toBe(crc32c(bytes, start));
    const cut = bytes.length >> 1;
    expect(crc32c(bytes, crc32c(bytes, start, 0, cut), cut)).toBe(crc32c(bytes, start));
  },
);
