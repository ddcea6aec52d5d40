import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromLatin1 } from "../../../src/base/index.js";
import type { Permission } from "../../../src/etcd/api/index.js";
import { KeySpans } from "../../../src/etcd/auth/index.js";
import { coversByBruteForce } from "../../conformance/model-auth.js";

const key = fc.string({ unit: fc.constantFrom("\0", "a", "b", "c", "\xff"), minLength: 1, maxLength: 3 });
const end = fc.oneof(key, fc.constant(""), fc.constant("\0"));
const isRange = (from: string, to: string): boolean => to === "" || to === "\0" || from < to;
const range = fc
  .tuple(key, end)
  .filter(([from, to]) => isRange(from, to))
  .map(([from, to]) => ({ key: fromLatin1(from), rangeEnd: fromLatin1(to) }));
const show = (r: { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }): string => JSON.stringify([[...r.key], [...r.rangeEnd]]);

describe("key spans", () => {
  test("cover exactly the ranges of which every key is in some permission", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), range, (granted, asked) => {
        const permissions = granted.map((g): Permission => ({ type: "read", ...g }));
        const expected = coversByBruteForce(permissions, "read", asked);
        expect(new KeySpans(granted).covers(asked.key, asked.rangeEnd), `${granted.map(show)} ${show(asked)}`).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  test("a reversed range is asked for as its first key, as etcd's interval tree does", () => {
    const spans = new KeySpans([{ key: fromLatin1("m"), rangeEnd: fromLatin1("p") }]);
    expect(spans.covers(fromLatin1("n"), fromLatin1("a"))).toBe(true);
    expect(spans.covers(fromLatin1("m"), fromLatin1("m"))).toBe(true);
    expect(spans.covers(fromLatin1("z"), fromLatin1("n"))).toBe(false);
  });

  test("nothing is covered where nothing was granted", () => {
    expect(new KeySpans([]).covers(fromLatin1("a"), fromLatin1(""))).toBe(false);
  });
});
