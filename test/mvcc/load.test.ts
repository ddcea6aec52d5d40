import { describe, expect, test } from "vitest";
import { leaseId } from "../../src/base/index.js";
import { beginLoad, MVCC_FROM, MVCC_TO } from "../../src/mvcc/index.js";
import { compact, del, fresh, grant, keysOf, options, put, reload, sweep, TestSpace, txn } from "./kit.js";

function history() {
  const world = fresh();
  const { mvcc } = world;
  mvcc.apply(grant(1n));
  mvcc.apply(put("a", "1", { lease: leaseId(1n) }));
  mvcc.apply(put("a", "2", { lease: leaseId(1n) }));
  mvcc.apply(txn({ success: [put("b"), put("c"), del("a")] }));
  mvcc.apply(put("a", "3", { lease: leaseId(1n) }));
  return world;
}
const nth = (space: TestSpace, bucket: string, n: number): [string, Uint8Array] =>
  space.sorted().filter(([key]) => key.startsWith(bucket))[n] as [string, Uint8Array];

describe("loading", () => {
  test("every key of this room is in its range, and an empty backend loads as a fresh store", () => {
    for (const key of history().space.pairs.keys()) expect(key >= MVCC_FROM && key < MVCC_TO).toBe(true);
    const empty = reload(new TestSpace());
    expect([empty.revision(), empty.compactRevision(), empty.keyCount(), empty.sizeBytes()]).toEqual([1, -1, 0, 0]);
  });

  test("an interrupted sweep goes on after a restart and ends with the same records", () => {
    const one = history();
    const other = history();
    for (const { mvcc } of [one, other]) mvcc.apply(compact(5));
    sweep(one.mvcc);
    let mvcc = other.mvcc;
    for (let i = 0; i < 20; i++) {
      mvcc.compactStep(1);
      mvcc = reload(other.space);
    }
    // Each restart begins at the last finished sweep: one record a step never gets further than the first.
    sweep(mvcc, 2);
    expect(other.space.dump()).toEqual(one.space.dump());
    expect(keysOf(mvcc)).toEqual(keysOf(one.mvcc));
  });

  const DAMAGES: readonly { readonly name: string; readonly damage: (s: TestSpace) => void; readonly says: RegExp }[] = [
    { name: "a missing record", damage: (s) => s.delete(nth(s, "r", 1)[0]), says: /record 4\/0 follows 2\/0/ },
    { name: "a missing part of a revision", damage: (s) => s.delete(nth(s, "r", 3)[0]), says: /record 4\/2 follows 4\/0/ },
    {
      name: "records swapped",
      damage: (s) => {
        const [[one, x], [two, y]] = [nth(s, "r", 0), nth(s, "r", 1)];
        s.put(one, y);
        s.put(two, x);
      },
      says: /record 2\/0 says that it is of revision 3/,
    },
    {
      name: "a record of a key's wrong version",
      damage: (s) =>
        s.put(
          nth(s, "r", 5)[0],
          nth(s, "r", 5)[1].map((byte, i) => (i === 8 ? 9 : byte)),
        ),
      says: /record 5\/0 is version 9 of its key, after version 0/,
    },
    {
      name: "a record cut short",
      damage: (s) => s.put(nth(s, "r", 0)[0], nth(s, "r", 0)[1].subarray(0, 4)),
      says: /record 2\/0 cannot be read/,
    },
    {
      name: "a key on a lease that is gone",
      damage: (s) => s.delete(nth(s, "l", 0)[0]),
      says: /record 5\/0 hangs on lease 1, which is not stored/,
    },
    { name: "an unknown key", damage: (s) => s.put("mz", new Uint8Array(1)), says: /unknown key "mz"/ },
    { name: "a record key of a wrong length", damage: (s) => s.put("r\0\0", new Uint8Array(1)), says: /record key/ },
  ];
  for (const { name, damage, says } of DAMAGES) {
    test(`refuses ${name} and says what is wrong`, () => {
      const { space } = history();
      damage(space);
      expect(() => reload(space)).toThrow(says);
    });
  }

  test("a key that one transaction deleted and put again has the same size before and after sweep and restart", () => {
    const { mvcc, space } = fresh();
    mvcc.apply(put("a", "1"));
    // Only a nested put behind a delete without an end passes the check for keys given twice.
    mvcc.apply(txn({ success: [del("a", "\0"), txn({ success: [put("a", "2")] })] }));
    mvcc.apply(compact(3));
    const size = mvcc.sizeBytes();
    expect(reload(space).sizeBytes()).toBe(size);
    sweep(mvcc);
    expect(mvcc.sizeBytes()).toBe(size);
    expect(reload(space).sizeBytes()).toBe(size);
    expect(space.sorted().filter(([key]) => key.startsWith("r"))).toHaveLength(1);
  });

  test("refuses pairs out of order", () => {
    const { space } = history();
    const loader = beginLoad(options(space));
    expect(() => loader.load([nth(space, "r", 0), nth(space, "l", 0)])).toThrow(/after/);
  });
});
