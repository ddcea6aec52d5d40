import { describe, expect, test } from "vitest";
import { index, seededRandom, term } from "../../src/base/index.js";
import type { SimDisk } from "../../src/host/sim/index.js";
import { type WalContents, WalCorrupt } from "../../src/wal/index.js";
import { append, bed, entry, hard, texts } from "./bed.js";

const SEGMENT_BYTES = 12288;
const ONE_SEGMENT = { firstSegmentBytes: SEGMENT_BYTES, segmentBytes: SEGMENT_BYTES };

/** Every byte that holds something and some of those that hold nothing. */
function* places(): Generator<number> {
  for (let at = 0; at < SEGMENT_BYTES; at += at < 512 || (at >= 4096 && at < 4096 + 10 * 512) ? 1 : 13) yield at;
}

type Outcome = { readonly kind: "read"; readonly contents: WalContents } | { readonly kind: "refused"; readonly error: WalCorrupt };

async function outcomeOf(open: () => Promise<{ contents: WalContents }>): Promise<Outcome> {
  try {
    return { kind: "read", contents: (await open()).contents };
  } catch (error) {
    if (error instanceof WalCorrupt) return { kind: "refused", error };
    throw error;
  }
}

/** A copy of the disk's files in which one of them may be changed before the log is opened. */
async function reopened(files: ReadonlyMap<string, Buffer>, change: (files: Map<string, Buffer>) => void) {
  const copy = new Map([...files].map(([path, bytes]) => [path, Buffer.from(bytes)]));
  change(copy);
  const { sim, open } = bed({ limits: ONE_SEGMENT });
  await sim.disk.makeDirectory("m1/wal");
  for (const [path, bytes] of copy) {
    const file = await sim.disk.open(path, "create");
    await file.write(0, bytes);
    await file.sync();
  }
  return outcomeOf(open);
}

function filesOf(sim: SimDisk): Map<string, Buffer> {
  return new Map(sim.paths().map((path) => [path, Buffer.from(sim.peek(path) ?? [])]));
}

/** Five batches, the third of several sectors, then the process is killed: no close, but the commit was heard of. */
async function history(ending: "closed" | "commit heard" | "just acknowledged") {
  const { sim, create, segments } = bed({ limits: ONE_SEGMENT });
  const wal = await create();
  await append(wal, entry(1, "one"));
  await wal.append({ entries: [entry(2, "two")], hardState: hard(2, 5n, 1), sync: true });
  await append(wal, entry(3, "three".repeat(250), 2), entry(4, "four", 2));
  await append(wal, entry(4, "FOUR", 3));
  await append(wal, entry(5, "five".repeat(200), 3), entry(6, "six", 3));
  if (ending === "commit heard") await wal.append({ entries: [], hardState: hard(2, 5n, 6), sync: false });
  if (ending === "closed") await wal.close();
  const files = filesOf(sim);
  return {
    files,
    path: segments()[0] ?? "",
    expected: ["1:one", "2:two", `3:${"three".repeat(250)}`, "4:FOUR", `5:${"five".repeat(200)}`, "6:six"],
  };
}

describe("one byte of the log changed on the disk", () => {
  for (const ending of ["closed", "commit heard"] as const) {
    test(`after ${ending}: everything acknowledged is there, or the log is refused by file and offset`, async () => {
      const { files, path, expected } = await history(ending);
      let refused = 0;
      for (const at of places()) {
        const outcome = await reopened(files, (copy) => {
          const bytes = copy.get(path);
          if (bytes) bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        });
        if (outcome.kind === "read") expect(texts(outcome.contents), `byte ${at}`).toEqual(expected);
        else {
          refused++;
          expect(outcome.error.file).toBe(path);
          expect(outcome.error.offset).toBeLessThanOrEqual(at);
          expect(outcome.error.message).toMatch(/^m1\/wal\/0+1\.wal at byte \d+: /);
        }
      }
      expect(refused).toBeGreaterThan(2000);
    });
  }

  test("right after an acknowledgement, in a segment that was never used before: the same, with no later evidence", async () => {
    const { files, path, expected } = await history("just acknowledged");
    for (const at of places()) {
      const outcome = await reopened(files, (copy) => {
        const bytes = copy.get(path);
        if (bytes) bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      });
      if (outcome.kind === "read") expect(texts(outcome.contents), `byte ${at}`).toEqual(expected);
    }
  });
});

describe("the log cut short", () => {
  test("at every byte: refused, because a segment has its full length from the start", async () => {
    const { files, path } = await history("just acknowledged");
    for (const length of places()) {
      const outcome = await reopened(files, (copy) => copy.set(path, Buffer.from(copy.get(path)?.subarray(0, length) ?? [])));
      expect(outcome.kind, `cut to ${length}`).toBe("refused");
    }
  });

  test("a sector of an acknowledged batch lost to zeroes is refused while a later batch is there", async () => {
    const { files, path } = await history("closed");
    for (let at = 4096; at < 4096 + 8 * 512; at += 512) {
      const outcome = await reopened(files, (copy) => copy.get(path)?.fill(0, at, at + 512));
      expect(outcome.kind, `sector at ${at}`).toBe("refused");
    }
  });
});

describe("the last batch torn", () => {
  /** The segment before and after the last append, and every mixture of the sectors in which they differ. */
  async function mixtures(recycled: boolean) {
    const { sim, create, segments } = bed({ limits: ONE_SEGMENT });
    const wal = await create();
    let at = 0;
    if (recycled) {
      for (; at < 13; ) {
        await append(wal, entry(++at, "old".repeat(900)));
        await wal.cut({ index: index(at), term: term(1) });
      }
    }
    await append(wal, entry(++at, "kept"));
    const path = segments().at(-1) ?? "";
    const before = filesOf(sim);
    await append(wal, entry(++at, "torn".repeat(400)), entry(++at, "end"));
    expect(segments().at(-1)).toBe(path);
    const after = filesOf(sim).get(path) ?? Buffer.alloc(0);
    const old = before.get(path) ?? Buffer.alloc(0);
    const changed: number[] = [];
    for (let sector = 0; sector < old.length; sector += 512) {
      if (old.compare(after, sector, sector + 512, sector, sector + 512) !== 0) changed.push(sector);
    }
    return { before, path, after, changed, kept: `${at - 2}:kept` };
  }

  for (const recycled of [false, true]) {
    test(`any subset of its sectors in a ${recycled ? "recycled" : "fresh"} segment: cut off, and all before it is there`, async () => {
      const { before, path, after, changed, kept } = await mixtures(recycled);
      expect(changed).toHaveLength(4);
      expect(
        changed.every((at) =>
          before
            .get(path)
            ?.subarray(at, at + 512)
            .some((byte) => byte !== 0),
        ),
      ).toBe(recycled);
      for (let subset = 0; subset < 2 ** changed.length; subset++) {
        const outcome = await reopened(before, (copy) => {
          for (const [bit, at] of changed.entries()) {
            if (subset & (1 << bit)) after.copy(copy.get(path) ?? Buffer.alloc(0), at, at, at + 512);
          }
        });
        if (outcome.kind === "refused") throw outcome.error;
        const whole = subset === 2 ** changed.length - 1;
        expect(texts(outcome.contents)[0]).toBe(kept);
        expect(outcome.contents.entries).toHaveLength(whole ? 3 : 1);
        if (!recycled) expect(outcome.contents.tornBytes > 0).toBe(subset > 0 && !whole);
      }
    });
  }

  test("its remains are never taken for part of a later batch, however often the tail is torn", async () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed);
      const { sim, create, open } = bed({ seed, limits: { firstSegmentBytes: 65536, segmentBytes: 65536 } });
      let wal = await create();
      let at = 0;
      for (let round = 0; round < 8; round++) {
        await append(wal, entry(++at, "kept".repeat(random.below(300))));
        const count = 1 + random.below(3);
        const lost = Array.from({ length: count }, (_, n) => entry(at + 1 + n, "lost".repeat(random.below(900))));
        void append(wal, ...lost).catch(() => {});
        sim.crash();
        const opened = await open();
        const last = opened.contents.entries.at(-1)?.index ?? 0;
        expect(last === at || last === at + count).toBe(true);
        at = last;
        wal = opened.wal;
      }
    }
  });
});

describe("what cannot be decided", () => {
  test("in a recycled segment a damaged last batch of several sectors, with nothing after it, is taken for torn", async () => {
    // Documented in FORMAT.md: old bytes of a recycled sector cannot be told from damaged new ones. The next batch, hint or
    // close removes the doubt; this test pins the gap so that nobody believes it closed.
    const { sim, create, segments } = bed({ limits: ONE_SEGMENT });
    const wal = await create();
    for (let at = 1; at <= 13; at++) {
      await append(wal, entry(at, "old".repeat(900)));
      await wal.cut({ index: index(at), term: term(1) });
    }
    await append(wal, entry(14, "last".repeat(400)));
    const path = segments().at(-1) ?? "";
    const damage = (copy: Map<string, Buffer>) => {
      const bytes = copy.get(path) ?? Buffer.alloc(0);
      const at = bytes.lastIndexOf("lastlast");
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    };
    const without = await reopened(filesOf(sim), damage);
    expect(without.kind === "read" && texts(without.contents)).toEqual([]);
    await wal.append({ entries: [], hardState: hard(1, 0n, 14), sync: false });
    expect((await reopened(filesOf(sim), damage)).kind).toBe("refused");
  });
});
