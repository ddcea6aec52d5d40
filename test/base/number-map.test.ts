import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NumberMap } from "../../src/base/index.js";

// Few and close keys collide; multiples of large powers of two all hash alike without the mixing; 2^31 and beyond are sequence numbers.
const key = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.nat(50).map((n) => (n + 1) * 2 ** 20),
  fc.nat(50).map((n) => 2 ** 31 + n * 2 ** 16),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, value: fc.nat() }),
  fc.record({ kind: fc.constant("delete" as const), key }),
  fc.record({ kind: fc.constant("clear" as const) }),
);

describe("a map from numbers", () => {
  prop.prop([fc.array(step, { maxLength: 400 })])("says what a Map says, whatever is done to both", (steps) => {
    const map = new NumberMap<number>();
    const model = new Map<number, number>();
    for (const s of steps) {
      if (s.kind === "set") {
        map.set(s.key, s.value);
        model.set(s.key, s.value);
      } else if (s.kind === "delete") expect(map.delete(s.key)).toBe(model.delete(s.key));
      else if (steps.length % 7 === 0) {
        map.clear();
        model.clear();
      }
      expect(map.size).toBe(model.size);
    }
    for (const k of [...model.keys(), ...steps.flatMap((s) => ("key" in s ? [s.key] : []))]) {
      expect(map.get(k)).toBe(model.get(k));
      expect(map.has(k)).toBe(model.has(k));
    }
    expect(map.values().sort()).toEqual([...model.values()].sort());
  });

  test("works like a queue of a hundred thousand, and gives its memory back", () => {
    const map = new NumberMap<string>();
    for (let i = 1; i <= 100_000; i++) map.set(i, `${i}`);
    expect(map.size).toBe(100_000);
    for (let i = 1; i <= 100_000; i++) expect([map.get(i), map.delete(i), map.get(i)]).toEqual([`${i}`, true, undefined]);
    expect(map.values()).toEqual([]);
    map.set(5, "again");
    expect(map.values()).toEqual(["again"]);
  });

  test("a value may be changed while the values are gone through", () => {
    const map = new NumberMap<number>();
    for (let i = 1; i < 30; i++) map.set(i, i);
    for (const v of map.values()) map.delete(v);
    expect(map.size).toBe(0);
  });
});
