import { expect } from "vitest";
import type { RangeRequest } from "../../../src/etcd/api/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { refused, type Subject } from "./subject.js";

async function chunks(s: Subject, key: string, rangeEnd = "", more: Partial<RangeRequest> = {}) {
  const all = [];
  for await (const chunk of s.api.rangeStream({}, s.getOp(key, rangeEnd, more))) all.push(chunk);
  return all;
}
const fill = (s: Subject, count: number) =>
  s.txn(
    [],
    Array.from({ length: count }, (_, i) => s.putOp(`k${String(i).padStart(3, "0")}`, "v")),
  );
const streamed = (title: string, run: (s: Subject) => Promise<void>): EtcdCase =>
  sentence(title, run, { since: "3.7", needs: ["maintenance"] });

export const RANGE_STREAM_CASES: readonly EtcdCase[] = [
  streamed("a range stream's chunks together are the range's answer", async (s) => {
    await fill(s, 100);
    const all = await chunks(s, "k", "l");
    const whole = await s.get("k", "l");
    expect(all.flatMap((c) => s.pairs(c))).toEqual(s.pairs(whole));
    expect(all.at(-1)).toMatchObject({ count: 100, more: false });
  }),
  streamed("only the last chunk has header, count and more", async (s) => {
    await fill(s, 100);
    const all = await chunks(s, "k", "l");
    expect(all.length).toBeGreaterThan(1);
    expect(all.map((c) => "header" in c && c.header !== undefined)).toEqual(all.map((_, i) => i === all.length - 1));
    for (const c of all.slice(0, -1)) expect(c).toMatchObject({ count: 0, more: false });
  }),
  streamed("a range stream obeys a limit", async (s) => {
    await fill(s, 40);
    const all = await chunks(s, "k", "l", { limit: 25 });
    expect(all.flatMap((c) => c.kvs)).toHaveLength(25);
    expect(all.at(-1)).toMatchObject({ count: 40, more: true });
  }),
  streamed("a range stream of nothing is one empty chunk", async (s) => {
    const all = await chunks(s, "a", "z");
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ kvs: [], count: 0, more: false });
  }),
  streamed("a range stream reads an older revision", async (s) => {
    const { revision } = (await s.put("a", "old")).header;
    await s.put("a", "new");
    expect((await chunks(s, "a", "b", { revision })).flatMap((c) => s.pairs(c))).toEqual(["a=old"]);
  }),
  streamed("a range stream does not sort", async (s) => {
    await refused("streamSortUnsupported", chunks(s, "a", "z", { sortTarget: "mod", sortOrder: "descend" }));
  }),
  streamed("a range stream does not filter by revision", async (s) => {
    await refused("streamFilterUnsupported", chunks(s, "a", "z", { minModRevision: 1 }));
  }),
  streamed("a range stream refuses what a range refuses", async (s) => {
    await refused("emptyKey", chunks(s, "="));
    await refused("futureRevision", chunks(s, "a", "", { revision: (await s.revision()) + 1_000_000 }));
  }),
];
