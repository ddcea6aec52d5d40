import fc from "fast-check";
import { expect, test } from "vitest";
import { Reader, readCounter, readUint64, Writer } from "../../src/wire/protobuf.js";
import { bytesFieldSize, fieldSize, idVarint, putBytesField, putField, putVarint, varintSize } from "../../src/wire/varint.js";

const safe = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(53).map((bits) => Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)),
  fc.nat(53).map((bits) => 2 ** bits - 1),
);

test("varints are protobufjs's, byte for byte, and of the size that was said", () => {
  fc.assert(
    fc.property(safe, (value) => {
      const out = new Uint8Array(12);
      const end = putVarint(out, 0, value);
      expect(end).toBe(varintSize(value));
      expect(Buffer.from(out.subarray(0, end))).toEqual(Buffer.from(Writer.create().uint64(value).finish()));
      expect(readCounter(Reader.create(out.subarray(0, end)))).toBe(value);
    }),
  );
});

test("ids of all 64 bits come back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }), (id) => {
      expect(readUint64(Reader.create(idVarint(id)))).toBe(BigInt.asUintN(64, id));
    }),
  );
});

test("fields are protobufjs's, and absent when zero or empty", () => {
  fc.assert(
    fc.property(safe, fc.uint8Array({ maxLength: 300 }), (value, bytes) => {
      const out = new Uint8Array(fieldSize(value) + bytesFieldSize(bytes.length));
      const end = putBytesField(out, putField(out, 0, 8, value), 18, bytes);
      expect(end).toBe(out.length);
      const w = Writer.create();
      if (value !== 0) w.uint32(8).uint64(value);
      if (bytes.length > 0) w.uint32(18).bytes(bytes);
      expect(Buffer.from(out)).toEqual(Buffer.from(w.finish()));
    }),
  );
});
