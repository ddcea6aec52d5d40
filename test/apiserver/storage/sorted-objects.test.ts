import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { CachedObject } from "../../../src/apiserver/storage/cached-object.js";
import { SORTED_RUN_MAX } from "../../../src/apiserver/storage/limits.js";
import { SortedObjects } from "../../../src/apiserver/storage/sorted-objects.js";

const object = (key: string): CachedObject => new CachedObject({ key, value: new Uint8Array(0), revision: 1 });
const keysBelow = (objects: SortedObjects, prefix: string, from?: string): string[] => [...objects.below(prefix, from)].map((o) => o.key);

const key = fc.stringMatching(/^[ab]\/[a-d]{1,3}$/);
const step = fc.oneof(fc.record({ set: key }), fc.record({ delete: key }));

describe("objects in key order", () => {
  test.prop([fc.array(step, { maxLength: 200 }), key])("are those of a sorted array, from any key on", (steps, from) => {
    const objects = new SortedObjects();
    const model = new Set<string>();
    for (const s of steps) {
      if ("set" in s) {
        objects.set(object(s.set));
        model.add(s.set);
      } else {
        objects.delete(s.delete);
        model.delete(s.delete);
      }
    }
    const sorted = [...model].sort();
    expect(objects.size).toBe(model.size);
    for (const prefix of ["", "a/", "b/", "b/c"]) {
      expect(keysBelow(objects, prefix)).toEqual(sorted.filter((k) => k.startsWith(prefix)));
      expect(keysBelow(objects, prefix, from)).toEqual(sorted.filter((k) => k.startsWith(prefix) && k >= from));
    }
  });

  test.each([
    ["growing", (i: number) => i],
    ["shrinking", (i: number) => 99_999 - i],
    ["mixed", (i: number) => (i * 7_919) % 100_000],
  ])("%s keys over many runs stay whole, and go again", (_name, number) => {
    const objects = new SortedObjects();
    const keys = Array.from({ length: SORTED_RUN_MAX * 5 }, (_, i) => `/k/${String(number(i)).padStart(5, "0")}`);
    for (const k of keys) objects.set(object(k));
    expect(keysBelow(objects, "/k/")).toEqual([...keys].sort());
    for (const k of keys) objects.delete(k);
    expect([objects.size, keysBelow(objects, "")]).toEqual([0, []]);
  });
});
