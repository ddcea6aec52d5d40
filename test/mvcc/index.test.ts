import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromLatin1, latin1, type Random, seededRandom } from "../../src/base/index.js";
import { KeyTable } from "../../src/mvcc/index/key-table.js";
import { KeyTree } from "../../src/mvcc/index/key-tree.js";
import { NONE, RevisionLog } from "../../src/mvcc/index/revision-log.js";
import { SpanTree } from "../../src/mvcc/watch/span-tree.js";
import { compact, del, fresh, get, hashOf, put, reload, sweep } from "./kit.js";

const keyNumber = (n: number): string => `key/${String(n).padStart(6, "0")}`;

describe("KeyTree", () => {
  /** Against a plain map: thousands of keys, so that nodes split and join. */
  function exercise(random: Random, rounds: number, nextKey: (i: number) => string): void {
    const slots = new Map<string, number>();
    const dead = new Set<number>();
    const tree = new KeyTree((slot) => !dead.has(slot));
    for (let i = 0; i < rounds; i++) {
      const key = nextKey(i);
      const slot = slots.get(key);
      if (slot === undefined) {
        tree.insert(key, i);
        slots.set(key, i);
      } else if (dead.has(slot)) {
        if (random.chance(1, 3)) {
          tree.markAlive(key);
          dead.delete(slot);
        } else {
          tree.remove(key);
          slots.delete(key);
          dead.delete(slot);
        }
      } else {
        dead.add(slot);
        tree.markDead(key);
      }
    }
    const sorted = [...slots].sort(([x], [y]) => (x < y ? -1 : 1));
    for (let i = 0; i < 20; i++) {
      const from = nextKey(random.below(rounds));
      const to = random.chance(1, 4) ? undefined : nextKey(random.below(rounds));
      const wanted = sorted.filter(([key]) => key >= from && (to === undefined || key < to)).map(([, slot]) => slot);
      const got: number[] = [];
      tree.scan(from, to, (slot) => got.push(slot) > 0);
      expect(got).toEqual(wanted);
      expect(tree.countLive(from, to)).toBe(wanted.filter((slot) => !dead.has(slot)).length);
    }
  }

  test("holds what a sorted map holds: keys in random order, dying, reviving, removed", () => {
    const random = seededRandom(1);
    exercise(random, 40_000, () => keyNumber(random.below(8000)));
  });
  test("the same for keys that come in order, go in order, and come again", () => {
    exercise(seededRandom(2), 30_000, (i) => keyNumber(i % 5000));
  });
  test("the same when nearly everything is removed again", () => {
    const random = seededRandom(3);
    exercise(random, 60_000, (i) => keyNumber(i < 12_000 ? i : random.below(12_000)));
  });
});

test("KeyTable finds each key by its bytes through growth, removals and reused slots", () => {
  const random = seededRandom(4);
  const table = new KeyTable();
  const slots = new Map<string, number>();
  for (let i = 0; i < 30_000; i++) {
    const key = random.chance(1, 2) ? keyNumber(random.below(4000)) : String.fromCharCode(random.below(256), random.below(256));
    const slot = slots.get(key);
    expect(table.find(fromLatin1(key))).toBe(slot ?? NONE);
    if (slot === undefined) {
      const added = table.add(fromLatin1(key));
      expect(table.keys[added]).toBe(key);
      slots.set(key, added);
    } else {
      table.remove(slot);
      slots.delete(key);
    }
  }
  expect(table.count).toBe(slots.size);
  expect(new Set(slots.values()).size).toBe(slots.size);
  for (const [key, slot] of slots) expect(table.find(fromLatin1(key))).toBe(slot);
});

test("RevisionLog keeps order and links while most of it is removed and its blocks are joined", () => {
  const random = seededRandom(5);
  const heads = new Map<number, number>();
  const log = new RevisionLog((slot, to) => heads.set(slot, to));
  let kept: { main: number; sub: number; slot: number }[] = [];
  let main = 1;
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < 10_000; i++) {
      const sub = random.chance(1, 3) && i > 0 ? (kept.at(-1)?.sub ?? 0) + 1 : 0;
      if (sub === 0) main++;
      const slot = random.below(500);
      const older = heads.get(slot) ?? NONE;
      heads.set(slot, log.append({ main, sub, tombstone: false, slot, older, bytes: 1 }));
      kept.push({ main, sub, slot });
    }
    const floor = main - 2000;
    const superseded: number[] = [];
    log.walk(0, 0, (pos) => {
      const newer = log.newer(pos);
      if (newer !== NONE && log.main(newer) <= floor) superseded.push(pos);
      return true;
    });
    for (const pos of superseded) log.remove(pos);
    log.tidy();
    const last = new Map<number, number>();
    for (const [i, r] of kept.entries()) if (r.main <= floor) last.set(r.slot, i);
    kept = kept.filter((r, i) => r.main > floor || last.get(r.slot) === i);
  }
  const got: { main: number; sub: number; slot: number }[] = [];
  log.walk(0, 0, (pos) => got.push({ main: log.main(pos), sub: log.sub(pos), slot: log.slot(pos) }) > 0);
  expect(got).toEqual(kept);
  expect(log.live).toBe(kept.length);
  for (const [slot, head] of heads) {
    const chain: number[] = [];
    for (let pos = head; pos !== NONE; pos = log.older(pos)) chain.unshift(log.main(pos));
    expect(chain).toEqual(kept.filter((r) => r.slot === slot).map((r) => r.main));
  }
  const from = kept[kept.length >> 1];
  const rest: number[] = [];
  log.walk(from?.main ?? 0, from?.sub ?? 0, (pos) => rest.push(log.main(pos)) > 0);
  expect(rest).toEqual(kept.slice(kept.length >> 1).map((r) => r.main));
});

test("SpanTree finds exactly the spans over a key, after any insertions and removals", () => {
  const letter = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const span = fc.record({ from: letter, to: fc.option(letter, { nil: undefined }) }).filter((s) => s.to === undefined || s.from < s.to);
  fc.assert(
    fc.property(fc.array(span, { maxLength: 60, size: "max" }), (spans) => {
      const tree = new SpanTree<{ from: string; to: string | undefined }>();
      const inside = new Map<string, { from: string; to: string | undefined }>();
      for (const s of spans) {
        const name = `${s.from}-${s.to}`;
        const there = inside.get(name);
        if (there === undefined) {
          tree.insert(s);
          inside.set(name, s);
        } else {
          tree.remove(there);
          inside.delete(name);
        }
      }
      for (const key of ["a", "b", "cc", "f", "z"]) {
        const wanted = [...inside.values()].filter((s) => s.from <= key && (s.to === undefined || key < s.to));
        const got: unknown[] = [];
        tree.over(key, (s) => got.push(s));
        expect(new Set(got)).toEqual(new Set(wanted));
        expect(got.length).toBe(wanted.length);
      }
    }),
    { numRuns: 300 },
  );
});

test("thousands of keys with deletions, compactions and sweeps read as a plain map does, before and after a restart", () => {
  const random = seededRandom(6);
  const { mvcc, space } = fresh();
  const live = new Map<string, string>();
  const check = (m: typeof mvcc): void => {
    const all = m.range(get("\0", "\0"));
    const wanted = [...live].sort(([x], [y]) => (x < y ? -1 : 1));
    expect(all.kvs.map((kv) => [latin1(kv.key), latin1(kv.value)])).toEqual(wanted);
    expect(m.keyCount()).toBe(live.size);
    expect(m.range(get("key/002", "key/003", { limit: 3 })).count).toBe(
      wanted.filter(([key]) => key >= "key/002" && key < "key/003").length,
    );
  };
  for (let i = 0; i < 30_000; i++) {
    const key = keyNumber(random.below(6000));
    if (random.chance(1, 4)) {
      mvcc.apply(del(key));
      live.delete(key);
    } else {
      mvcc.apply(put(key, String(i)));
      live.set(key, String(i));
    }
    if (i % 5000 === 4999) mvcc.apply(compact(mvcc.revision() - 100));
    if (i % 10 === 0) mvcc.compactStep(15);
    if (i % 10_000 === 9999) check(mvcc);
  }
  const hash = hashOf(mvcc, 0);
  sweep(mvcc, 100);
  check(mvcc);
  const again = reload(space, {}, 1000);
  check(again);
  expect(hashOf(again, 0)).toEqual(hash);
  expect(again.sizeBytes()).toBe(mvcc.sizeBytes());
});
