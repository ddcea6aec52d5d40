import { expect } from "vitest";
import type { RangeRequest, SortTarget } from "../../../src/etcd/api/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, refused, type Subject } from "./subject.js";

/** a..e with values, versions and revisions that sort differently: value e..a, versions 1 3 1 2 1. */
async function sortable(s: Subject): Promise<void> {
  await s.put("b", "d");
  await s.put("a", "e");
  await s.put("c", "c");
  await s.put("b", "d");
  await s.put("e", "a");
  await s.put("d", "b");
  await s.put("b", "d");
  await s.put("d", "b");
}
const names = (s: Subject, more: Partial<RangeRequest>) => s.get("a", "z", more).then((r) => r.kvs.map((kv) => s.name(kv.key)).join(""));

const SORTED: readonly { readonly target: SortTarget; readonly ascend: string }[] = [
  { target: "key", ascend: "abcde" },
  { target: "create", ascend: "baced" },
  { target: "mod", ascend: "acebd" },
  { target: "value", ascend: "edcba" },
];

const SORT: readonly EtcdCase[] = [
  ...SORTED.flatMap(({ target, ascend }) => [
    sentence(`a range sorts by ${target}, ascending`, async (s) => {
      await sortable(s);
      expect(await names(s, { sortTarget: target, sortOrder: "ascend" })).toBe(ascend);
    }),
    sentence(`a range sorts by ${target}, descending`, async (s) => {
      await sortable(s);
      expect(await names(s, { sortTarget: target, sortOrder: "descend" })).toBe([...ascend].reverse().join(""));
    }),
  ]),
  sentence("a range sorts by version: the most often written key is last", async (s) => {
    await sortable(s);
    expect((await names(s, { sortTarget: "version", sortOrder: "ascend" })).slice(3)).toBe("db");
  }),
  sentence("a sort target without an order sorts upwards", async (s) => {
    await sortable(s);
    expect(await names(s, { sortTarget: "value" })).toBe("edcba");
  }),
  sentence("a limit is applied after the sort", async (s) => {
    await sortable(s);
    expect(await names(s, { sortTarget: "mod", sortOrder: "descend", limit: 2 })).toBe("db");
  }),
];

const BOUNDS: readonly EtcdCase[] = [
  sentence("a missing key is an empty answer and no error", async (s) => {
    expect(await s.get("a")).toMatchObject({ kvs: [], count: 0, more: false });
  }),
  sentence("keys are ordered by their bytes, a prefix before what continues it", async (s) => {
    for (const k of ["b", "\xe9", "a", "aa", "a\0", "Z", "\x7f"]) await s.put(k);
    expect(await s.contents("", "\xff")).toEqual(["Z=", "a=", "a\0=", "aa=", "b=", "\x7f=", "\xe9="]);
  }),
  sentence("a range does not hold its end", async (s) => {
    for (const k of ["a", "b", "c"]) await s.put(k);
    expect(await s.contents("a", "c")).toEqual(["a=", "b="]);
  }),
  sentence("range_end \\0 is everything from the key on", async (s) => {
    for (const k of ["a", "b", "c"]) await s.put(k);
    expect(s.pairs(await s.get("b", "\0", { limit: 2 }))).toEqual(["b=", "c="]);
  }),
  sentence("key \\0 with range_end \\0 is the whole store", async (s) => {
    await s.put("a");
    const all = await s.get("=\0", "\0", { countOnly: true });
    expect(all.count).toBeGreaterThanOrEqual(1);
    expect((await s.get("=\0", "\0")).kvs.map((kv) => s.name(kv.key))).toContain("a");
  }),
  sentence("a range that ends at or before its beginning is empty", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    expect(await s.get("b", "a")).toMatchObject({ kvs: [], count: 0 });
    expect(await s.get("a", "a")).toMatchObject({ kvs: [], count: 0 });
  }),
  sentence("a limit cuts, says that there is more, and leaves the count", async (s) => {
    for (const k of ["a", "b", "c"]) await s.put(k);
    const answer = await s.get("a", "z", { limit: 2 });
    expect([s.pairs(answer), answer.more, answer.count]).toEqual([["a=", "b="], true, 3]);
  }),
  sentence("a limit that everything fits into says nothing of more", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    expect(await s.get("a", "z", { limit: 2 })).toMatchObject({ more: false, count: 2 });
  }),
  sentence("a negative limit is none", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    expect(await s.get("a", "z", { limit: -1 })).toMatchObject({ more: false, count: 2 });
  }),
  sentence("a thousand keys come page by page, each once", async (s) => {
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        s.txn(
          [],
          Array.from({ length: 100 }, (_, j) => s.putOp(`k${i}${j}`)),
        ),
      ),
    );
    const seen: string[] = [];
    for (let from = "k", more = true; more; ) {
      const page = await s.get(from, "l", { limit: 300 });
      seen.push(...page.kvs.map((kv) => s.name(kv.key)));
      from = `${seen.at(-1)}\0`;
      more = page.more;
    }
    expect(seen).toHaveLength(1000);
    expect(new Set(seen).size).toBe(1000);
  }),
];

const SHAPES: readonly EtcdCase[] = [
  sentence("count_only answers with the count and nothing else", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    expect(await s.get("a", "z", { countOnly: true })).toMatchObject({ kvs: [], count: 2, more: false });
  }),
  sentence("count_only counts beyond the limit", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    expect(await s.get("a", "z", { countOnly: true, limit: 1 })).toMatchObject({ kvs: [], count: 2 });
  }),
  sentence("keys_only answers with everything but the values", async (s) => {
    const { revision } = (await s.put("a", "value")).header;
    const answer = await s.get("a", "", { keysOnly: true });
    expect(s.pairs(answer)).toEqual(["a="]);
    expect(answer.kvs[0]).toMatchObject({ createRevision: revision, modRevision: revision, version: 1 });
  }),
  sentence(
    "keys_only answers from the index, which has no leases",
    async (s) => {
      await s.put("a", "1", { lease: await s.grant() });
      expect((await s.get("a", "", { keysOnly: true })).kvs[0]?.lease).toBe(0n);
    },
    { since: "3.7" },
  ),
  sentence("keys_only can sort by the values that it does not show", async (s) => {
    await sortable(s);
    expect(await names(s, { keysOnly: true, sortTarget: "value", sortOrder: "ascend" })).toBe("edcba");
  }),
];

type Bound = "minModRevision" | "maxModRevision" | "minCreateRevision" | "maxCreateRevision";
const BOUND_CASES: readonly { readonly bound: Bound; readonly keeps: readonly string[] }[] = [
  { bound: "minModRevision", keeps: ["a", "c", "d"] },
  { bound: "maxModRevision", keeps: ["b", "c"] },
  { bound: "minCreateRevision", keeps: ["c", "d"] },
  { bound: "maxCreateRevision", keeps: ["a", "b", "c"] },
];

const FILTERS: readonly EtcdCase[] = [
  ...BOUND_CASES.map(({ bound, keeps }) =>
    sentence(`${bound} filters, and both ends of it are included`, async (s) => {
      for (const k of ["a", "b"]) await s.put(k);
      const middle = (await s.put("c")).header.revision;
      for (const k of ["d", "a"]) await s.put(k);
      const answer = await s.get("a", "z", { [bound]: middle });
      expect(answer.kvs.map((kv) => s.name(kv.key))).toEqual(keeps);
    }),
  ),
  sentence("revision filters do not lower the count", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    const { revision } = (await s.put("c")).header;
    expect(await s.get("a", "z", { minModRevision: revision })).toMatchObject({ count: 3 });
  }),
  sentence("a limit counts what the filters left", async (s) => {
    for (const k of ["a", "b"]) await s.put(k);
    const { revision } = (await s.put("c")).header;
    await s.put("d");
    const answer = await s.get("a", "z", { minModRevision: revision, limit: 1 });
    expect([s.pairs(answer), answer.more]).toEqual([["c="], true]);
  }),
];

const HISTORY: readonly EtcdCase[] = [
  sentence("a range at an older revision is the store as it was", async (s) => {
    await s.put("a", "1");
    const { revision } = (await s.put("b", "1")).header;
    await s.put("a", "2");
    await s.put("c", "1");
    const then = await s.get("a", "z", { revision });
    expect([s.pairs(then), then.count]).toEqual([["a=1", "b=1"], 2]);
  }),
  sentence("versions and revisions of an older state are the older ones", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.put("a", "2");
    expect(present((await s.get("a", "", { revision })).kvs[0])).toMatchObject({ version: 1, modRevision: revision });
  }),
  sentence("a revision below zero is the newest", async (s) => {
    await s.put("a", "1");
    expect(s.pairs(await s.get("a", "", { revision: -5 }))).toEqual(["a=1"]);
  }),
  sentence("a revision that is not there yet is refused", async (s) => {
    await refused("futureRevision", s.get("a", "", { revision: (await s.revision()) + 1_000_000 }));
  }),
  sentence("a revision beyond everything that JavaScript counts is the future", async (s) => {
    await refused("futureRevision", s.get("a", "", { revision: Number.POSITIVE_INFINITY }));
  }),
];

export const RANGE_CASES: readonly EtcdCase[] = [...BOUNDS, ...SORT, ...SHAPES, ...FILTERS, ...HISTORY];
