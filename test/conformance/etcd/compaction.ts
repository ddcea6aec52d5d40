import { expect } from "vitest";
import { type EtcdCase, sentence } from "./case.js";
import { refused, type Subject } from "./subject.js";

/** a=1 a=2 a=3, compacted at the second; gives the revisions. */
async function compacted(s: Subject): Promise<readonly [number, number, number]> {
  const first = (await s.put("a", "1")).header.revision;
  await s.put("a", "2");
  await s.put("a", "3");
  await s.compact(first + 1);
  return [first, first + 1, first + 2];
}

export const COMPACTION_CASES: readonly EtcdCase[] = [
  sentence("below the compacted revision nothing can be read", async (s) => {
    const [first] = await compacted(s);
    await refused("compacted", s.get("a", "", { revision: first }));
  }),
  sentence("at the compacted revision and above it everything can be read", async (s) => {
    const [, second, third] = await compacted(s);
    expect(s.pairs(await s.get("a", "", { revision: second }))).toEqual(["a=2"]);
    expect(s.pairs(await s.get("a", "", { revision: third }))).toEqual(["a=3"]);
    expect(await s.contents()).toEqual(["a=3"]);
  }),
  sentence("a compaction is no write: the revision stays", async (s) => {
    const { revision } = (await s.put("a")).header;
    expect((await s.compact(revision)).header.revision).toBe(revision);
    expect(await s.revision()).toBe(revision);
  }),
  sentence("the newest version of a key survives, however old", async (s) => {
    const old = (await s.put("old", "kept")).header.revision;
    for (let i = 0; i < 5; i++) await s.put("a", String(i));
    await s.compact(await s.revision());
    expect((await s.get("old")).kvs[0]).toMatchObject({ createRevision: old, modRevision: old, version: 1 });
  }),
  sentence("a key that lives keeps its create revision and version", async (s) => {
    const [first, , third] = await compacted(s);
    expect((await s.get("a")).kvs[0]).toMatchObject({ createRevision: first, modRevision: third, version: 3 });
    await s.put("a", "4");
    expect((await s.get("a")).kvs[0]).toMatchObject({ createRevision: first, version: 4 });
  }),
  sentence("a key deleted before is gone for good, at the compacted revision too", async (s) => {
    await s.put("a");
    const { revision } = (await s.del("a")).header;
    await s.compact(revision);
    expect((await s.get("a", "", { revision })).kvs).toEqual([]);
    await s.put("a", "again");
    expect((await s.get("a")).kvs[0]?.version).toBe(1);
  }),
  sentence("a key deleted after the compacted revision is there at it", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.del("a");
    await s.compact(revision);
    expect(s.pairs(await s.get("a", "", { revision }))).toEqual(["a=1"]);
  }),
  sentence("the same revision cannot be compacted twice, nor an older one", async (s) => {
    const [first, second] = await compacted(s);
    await refused("compacted", s.compact(second));
    await refused("compacted", s.compact(first));
    await refused("compacted", s.compact(0));
  }),
  sentence("the future cannot be compacted", async (s) => {
    await refused("futureRevision", s.compact((await s.revision()) + 1));
  }),
  sentence("a physical compaction answers when the work is done", async (s) => {
    for (let i = 0; i < 50; i++) await s.put("a", String(i));
    const at = await s.revision();
    await s.compact(at, true);
    await refused("compacted", s.get("a", "", { revision: at - 1 }));
    expect(await s.contents()).toEqual(["a=49"]);
  }),
  sentence("a transaction that reads below the compacted revision is refused whole", async (s) => {
    const [first] = await compacted(s);
    await refused("compacted", s.txn([], [s.putOp("b"), s.getOp("a", "", { revision: first })]));
    expect(await s.contents()).toEqual(["a=3"]);
  }),
  sentence("prev_kv of a put is there although its own revision was compacted", async (s) => {
    await s.put("a", "old");
    await s.put("b");
    await s.compact(await s.revision());
    const { prevKv } = await s.put("a", "new", { prevKv: true });
    expect(prevKv && s.pairs({ kvs: [prevKv] })).toEqual(["a=old"]);
  }),
  sentence("compaction after compaction: only the last counts", async (s) => {
    await compacted(s);
    const { revision } = (await s.put("a", "4")).header;
    await s.compact(revision);
    await refused("compacted", s.get("a", "", { revision: revision - 1 }));
    expect(s.pairs(await s.get("a", "", { revision }))).toEqual(["a=4"]);
  }),
];
