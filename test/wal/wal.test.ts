import { describe, expect, test } from "vitest";
import { crc32c, index, term } from "../../src/base/index.js";
import { openWal, WalCorrupt, WalTooNew } from "../../src/wal/index.js";
import { append, bed, DIRECTORY, entry, hard, IDENTITY, NO_LOG, texts } from "./bed.js";

const big = (at: number, char = "x", inTerm = 1) => entry(at, char.repeat(3000), inTerm);

describe("a log read back", () => {
  test("holds what was appended: entries of every kind, hard state, identity, start", async () => {
    const { create, open } = bed();
    const wal = await create();
    await wal.append({
      entries: [entry(1, "a"), { ...entry(2, "", 1), kind: "empty" }, { ...entry(3, "m"), kind: "membership" }],
      hardState: hard(1, 0xffff_ffff_ffff_ffffn, 2),
      sync: true,
    });
    await wal.close();
    const { contents } = await open();
    expect(contents).toMatchObject({ identity: IDENTITY, start: { index: 0, term: 0 }, tornBytes: 0 });
    expect(contents.hardState).toEqual(hard(1, 0xffff_ffff_ffff_ffffn, 2));
    expect(contents.entries.map((each) => [each.index, each.term, each.kind, each.data.length])).toEqual([
      [1, 1, "command", 1],
      [2, 1, "empty", 0],
      [3, 1, "membership", 1],
    ]);
  });

  test("is absent where there is none, and never created over another", async () => {
    const { sim, create } = bed();
    expect(await openWal({ disk: sim.disk, directory: DIRECTORY, log: NO_LOG })).toBe("absent");
    await create();
    await expect(create()).rejects.toMatchObject({ code: "EEXIST" });
  });

  test("leaves files alone that are not its own, and removes blanks that a crash left", async () => {
    const { sim, create, open } = bed();
    await (await create()).close();
    await sim.disk.replaceFile(`${DIRECTORY}/rebuilding`, Buffer.from("7"));
    await sim.disk.replaceFile(`${DIRECTORY}/blank-9.tmp`, Buffer.from("x"));
    const { wal } = await open();
    expect(await sim.disk.list(DIRECTORY)).toEqual(["0000000000000001.wal", "rebuilding"]);
    await wal.close();
  });

  test("numbers beyond 2^32 keep every bit", async () => {
    const { create, open } = bed();
    const wal = await create();
    await wal.reset({ index: index(2 ** 50 + 1), term: term(2 ** 40 + 3) }, hard(2 ** 40 + 3, 1n, 2 ** 50 + 1));
    await append(wal, entry(2 ** 50 + 2, "far", 2 ** 40 + 5));
    await wal.close();
    const { contents } = await open();
    expect(contents.entries[0]).toMatchObject({ index: 2 ** 50 + 2, term: 2 ** 40 + 5 });
    expect(contents.start).toEqual({ index: 2 ** 50 + 1, term: 2 ** 40 + 3 });
  });

  test("later records replace from their index on, also across segments and inside one batch", async () => {
    const { create, open } = bed();
    const wal = await create();
    await append(wal, big(1), big(2), entry(3, "c"));
    await append(wal, big(2, "y", 2), big(3, "z", 2), entry(3, "last", 3));
    await wal.close();
    const { contents } = await open();
    expect(contents.entries.map((each) => `${each.index}/${each.term}`)).toEqual(["1/1", "2/2", "3/3"]);
  });

  test("goes on where it ended, through many segments, and a batch larger than a segment gets its own", async () => {
    const { create, open, segments } = bed();
    let wal = await create();
    let at = 0;
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 7; n++) await append(wal, big(++at));
      await append(wal, entry(++at, "h".repeat(100_000)));
      await wal.close();
      const reopened = await open();
      expect(reopened.contents.entries.length).toBe(at);
      wal = reopened.wal;
    }
    expect(segments().length).toBeGreaterThan(8);
  });
});

describe("hard state", () => {
  test("a term or vote is durable whatever the caller says about waiting", async () => {
    const { sim, create, open } = bed();
    const wal = await create();
    await wal.append({ entries: [], hardState: hard(4, 7n, 0), sync: false });
    sim.crash();
    expect((await open()).contents.hardState).toEqual(hard(4, 7n, 0));
  });

  test("a commit index is written without being waited for, and is durable with the next batch or close", async () => {
    const { sim, create, open } = bed();
    const wal = await create();
    await append(wal, entry(1, "a"), entry(2, "b"));
    await wal.append({ entries: [], hardState: hard(1, 0n, 1), sync: false });
    sim.kill();
    let opened = await open();
    expect(opened.contents.hardState.commit).toBe(1);
    await opened.wal.append({ entries: [], hardState: hard(1, 0n, 2), sync: false });
    await opened.wal.close();
    sim.crash();
    opened = await open();
    expect(opened.contents.hardState.commit).toBe(2);
  });

  test("commits alone do not make the log grow", async () => {
    const { create, open } = bed();
    const wal = await create();
    await append(wal, entry(1, "a"));
    for (let n = 0; n < 1000; n++) await wal.append({ entries: [], hardState: hard(1, 0n, n % 2), sync: false });
    await append(wal, entry(2, "b"));
    expect(wal.sizeBytes()).toBe(8192);
    await wal.close();
    expect(texts((await open()).contents)).toEqual(["1:a", "2:b"]);
  });
});

describe("cut", () => {
  test("removes or recycles segments wholly before the start; the rest and the hard state stay", async () => {
    const { create, open, segments } = bed({ limits: { firstSegmentBytes: 8192, segmentBytes: 8192 } });
    const wal = await create();
    for (let at = 1; at <= 20; at++) await append(wal, big(at));
    await wal.append({ entries: [], hardState: hard(3, 9n, 17), sync: true });
    const before = segments().length;
    await wal.cut({ index: index(17), term: term(1) });
    expect(segments().length).toBeLessThan(before / 2);
    await wal.close();
    const { contents } = await open();
    expect(contents.entries.map((each) => each.index)).toEqual([18, 19, 20]);
    expect(contents.start).toEqual({ index: 17, term: 1 });
    expect(contents.hardState).toEqual(hard(3, 9n, 17));
  });

  test("a recycled segment's earlier life never shows", async () => {
    const { create, open } = bed({ limits: { firstSegmentBytes: 8192, segmentBytes: 8192 } });
    let wal = await create();
    for (let at = 1; at <= 60; at++) {
      await append(wal, big(at, String.fromCharCode(97 + (at % 26))));
      await wal.cut({ index: index(at - 1), term: term(at === 1 ? 0 : 1) });
      if (at % 7 !== 0) continue;
      await wal.close();
      const opened = await open();
      expect(opened.contents.entries.map((each) => each.index)).toEqual([at]);
      wal = opened.wal;
    }
  });

  test("keeps the disk bounded under steady writing", async () => {
    const { create } = bed();
    const wal = await create();
    for (let at = 1; at <= 300; at++) {
      await append(wal, big(at));
      if (at % 5 === 0) await wal.cut({ index: index(at), term: term(1) });
    }
    expect(wal.sizeBytes()).toBeLessThan(8 * 16384);
  });
});

describe("reset", () => {
  test("empties the log behind the snapshot and it goes on from there", async () => {
    const { create, open, segments } = bed();
    const wal = await create();
    for (let at = 1; at <= 9; at++) await append(wal, big(at));
    await wal.reset({ index: index(100), term: term(5) }, hard(5, 2n, 100));
    expect(segments()).toHaveLength(1);
    await append(wal, entry(101, "next", 5));
    await wal.close();
    const { contents } = await open();
    expect(contents.start).toEqual({ index: 100, term: 5 });
    expect(contents.hardState).toEqual(hard(5, 2n, 100));
    expect(texts(contents)).toEqual(["101:next"]);
  });

  test("at any crash in between leaves the old log whole or the new one empty", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 150; seed++) {
      const { sim, create, open } = bed({ seed });
      const wal = await create();
      for (let at = 1; at <= 6; at++) await append(wal, big(at));
      const reset = wal.reset({ index: index(100), term: term(5) }, hard(5, 2n, 100)).catch(() => {});
      for (let turn = 0; turn < seed % 30; turn++) await Promise.resolve();
      sim.crash();
      const { contents } = await open();
      seen.add(`${contents.start.index}+${contents.entries.length}`);
      void reset;
    }
    expect(seen).toEqual(new Set(["0+6", "100+0"]));
  });
});

describe("refusals", () => {
  test("a failed write poisons the log: every further call rejects", async () => {
    const { sim, create } = bed();
    const wal = await create();
    await append(wal, entry(1, "a"));
    sim.failSyncs(".wal");
    await expect(append(wal, entry(2, "b"))).rejects.toMatchObject({ code: "EIO" });
    await expect(append(wal, entry(2, "b"))).rejects.toMatchObject({ code: "EIO" });
    await expect(wal.cut({ index: index(1), term: term(1) })).rejects.toMatchObject({ code: "EIO" });
    await expect(wal.append({ entries: [], hardState: hard(1, 0n, 1), sync: false })).rejects.toMatchObject({ code: "EIO" });
    await wal.close();
  });

  test("a batch whose sync failed, read back from the page cache, is on the disk before it is believed", async () => {
    for (let seed = 0; seed < 30; seed++) {
      const { sim, create, open } = bed({ seed });
      const wal = await create();
      await append(wal, entry(1, "a"));
      sim.failSyncs(".wal");
      await append(wal, entry(2, "b")).catch(() => {});
      sim.kill();
      const believed = texts((await open()).contents);
      sim.crash();
      expect(texts((await open()).contents)).toEqual(believed);
    }
  });

  test("a full disk rejects with ENOSPC and what was acknowledged is there", async () => {
    const { sim, create, open } = bed();
    const wal = await create();
    sim.limitTo(10_000);
    await append(wal, big(1));
    await expect(append(wal, big(2), big(3))).rejects.toMatchObject({ code: "ENOSPC" });
    sim.crash();
    expect((await open()).contents.entries.length).toBe(1);
  });

  test("an entry that leaves a gap, or lies before the start, is a bug", async () => {
    const { create } = bed();
    await expect(append(await create(), entry(2, "x"))).rejects.toThrow(/entry 2 behind 0/);
  });

  test("a newer format is refused by name, with both versions", async () => {
    const { sim, create, open, segments } = bed();
    await (await create()).close();
    const path = segments()[0] ?? "";
    const header = Buffer.from((sim.peek(path) ?? Buffer.alloc(0)).subarray(0, 512));
    header.writeUInt32LE(9, 4);
    header.writeUInt32LE(crc32c(header, 0, 0, 508), 508);
    const file = await sim.disk.open(path, "write");
    await file.writeDurably(0, header);
    await expect(open()).rejects.toThrow(WalTooNew);
    await expect(open()).rejects.toThrow(/format 9, this program reads up to 1/);
  });

  test("a missing segment in the middle is corruption, not a shorter log", async () => {
    const { sim, create, open, segments } = bed();
    const wal = await create();
    for (let at = 1; at <= 15; at++) await append(wal, big(at));
    await wal.close();
    await sim.disk.remove(segments()[1] ?? "");
    await expect(open()).rejects.toThrow(WalCorrupt);
  });
});
