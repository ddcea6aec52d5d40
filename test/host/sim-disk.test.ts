import { describe, expect, test } from "vitest";
import { type Random, seededRandom, utf8, utf8Text } from "../../src/base/index.js";
import type { Disk } from "../../src/host/index.js";
import { SimDisk } from "../../src/host/sim/index.js";

const SECTOR = 512;
const page = (char: string, sectors = 1) => Buffer.alloc(sectors * SECTOR, char);

async function synced(sim: SimDisk, path: string, bytes: Uint8Array) {
  const file = await sim.disk.open(path, "create");
  await file.writeDurably(0, bytes);
  await sim.disk.syncDirectory(".");
  return file;
}
const text = async (disk: Disk, path: string) => utf8Text((await disk.readFile(path)) ?? utf8("(absent)"));

/** First char of each sector. */
const sectors = (sim: SimDisk, path: string) =>
  [...(sim.peek(path) ?? [])]
    .filter((_, at) => at % SECTOR === 0)
    .map((byte) => String.fromCharCode(byte || 46))
    .join("");

/** What 60 crashes with different seeds leave. */
async function outcomes(run: (sim: SimDisk, random: Random) => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed);
    seen.add(await run(new SimDisk({ random }), random));
  }
  return seen;
}

describe("a crash of the simulated disk", () => {
  test("keeps what was synced", async () => {
    const seen = await outcomes(async (sim) => {
      const file = await synced(sim, "f", page("a", 2));
      await file.write(0, page("b"));
      await file.sync();
      sim.crash();
      return sectors(sim, "f");
    });
    expect(seen).toEqual(new Set(["ba"]));
  });

  test("keeps any subset of the sectors of an unsynced write", async () => {
    const seen = await outcomes(async (sim) => {
      const file = await synced(sim, "f", page("a", 2));
      await file.write(0, page("b", 2));
      sim.crash();
      return sectors(sim, "f");
    });
    expect(seen).toEqual(new Set(["aa", "ab", "ba", "bb"]));
  });

  test("may leave an older unsynced version of a sector, and reorders writes", async () => {
    const seen = await outcomes(async (sim) => {
      const file = await synced(sim, "f", page("a", 2));
      await file.write(0, page("b"));
      await file.write(SECTOR, page("c"));
      await file.write(0, page("d"));
      sim.crash();
      return sectors(sim, "f");
    });
    expect(seen).toEqual(new Set(["aa", "ba", "da", "ac", "bc", "dc"]));
  });

  test("may lose a file whose name was not synced, whole or in part, but never a synced name", async () => {
    const seen = await outcomes(async (sim) => {
      const file = await sim.disk.open("f", "create");
      await file.writeDurably(0, page("a"));
      sim.crash();
      return sim.paths().join();
    });
    expect(seen).toEqual(new Set(["", "f"]));
  });

  test("leaves a rename done or not done, never both names or none", async () => {
    const seen = await outcomes(async (sim) => {
      await synced(sim, "a", page("a"));
      await sim.disk.rename("a", "b");
      sim.crash();
      return sim.paths().join();
    });
    expect(seen).toEqual(new Set(["a", "b"]));
  });

  test("leaves replaceFile old or new at every step, and new once it resolved", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const held: (() => void)[] = [];
      let hold = false;
      const sim = new SimDisk({ random: seededRandom(seed), delay: (run) => (hold ? held.push(run) : run()) });
      await sim.disk.replaceFile("f", utf8("old"));
      hold = true;
      let done = false;
      void sim.disk.replaceFile("f", utf8("new")).then(() => {
        done = true;
      });
      for (let step = 0; step < seed % 10; step++) {
        held.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      hold = false;
      sim.crash();
      seen.add(`${done ? "resolved" : "under way"}: ${await text(sim.disk, "f")}`);
    }
    expect(seen).toEqual(new Set(["under way: old", "under way: new", "resolved: new"]));
  });

  test("before a durable write resolved leaves any part of it; its caller never hears of it", async () => {
    let heard = 0;
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const held: (() => void)[] = [];
      let hold = false;
      const sim = new SimDisk({ random: seededRandom(seed), delay: (run) => (hold ? held.push(run) : run()) });
      const file = await synced(sim, "f", page("a", 2));
      hold = true;
      void file.writeDurably(0, page("b", 2)).then(() => heard++);
      sim.crash();
      for (const run of held) run();
      await Promise.resolve();
      seen.add(sectors(sim, "f"));
    }
    expect(heard).toBe(0);
    expect(seen).toEqual(new Set(["aa", "ab", "ba", "bb"]));
  });

  test("is repeated exactly by the same seed", async () => {
    const run = async (seed: number) => {
      const sim = new SimDisk({ random: seededRandom(seed) });
      const file = await synced(sim, "f", page("a", 32));
      await file.write(0, page("b", 32));
      sim.crash();
      return sectors(sim, "f");
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });
});

describe("faults of the simulated disk", () => {
  test("a failed sync is EIO; reads still show the bytes, a crash afterwards may have lost them", async () => {
    const seen = await outcomes(async (sim) => {
      const file = await synced(sim, "f", page("a"));
      await file.write(0, page("b"));
      sim.failSyncs("f");
      await expect(file.sync()).rejects.toMatchObject({ code: "EIO" });
      expect(sectors(sim, "f")).toBe("b");
      await file.sync();
      sim.crash();
      return sectors(sim, "f");
    });
    expect(seen).toEqual(new Set(["a", "b"]));
  });

  test("a full disk is ENOSPC, and overwriting still works", async () => {
    const sim = new SimDisk({ random: seededRandom(1), capacityBytes: 2 * SECTOR });
    const file = await synced(sim, "f", page("a", 2));
    await expect(file.write(SECTOR, page("b", 2))).rejects.toMatchObject({ code: "ENOSPC" });
    await file.write(SECTOR, page("b"));
    expect(sectors(sim, "f")).toBe("ab");
    expect(await sim.disk.freeBytes()).toBe(0);
  });

  test("a flipped bit is read back flipped, before and after a crash", async () => {
    const sim = new SimDisk({ random: seededRandom(1) });
    await synced(sim, "f", page("a"));
    sim.flip("f", 3, 0x02);
    expect(sim.peek("f")?.[3]).toBe("a".charCodeAt(0) ^ 0x02);
    sim.crash();
    expect(sim.peek("f")?.[3]).toBe("a".charCodeAt(0) ^ 0x02);
  });

  test("a killed process keeps every write and loses its locks", async () => {
    const sim = new SimDisk({ random: seededRandom(1) });
    const file = await synced(sim, "f", page("a"));
    await file.write(0, page("b"));
    await sim.disk.lock(".");
    sim.kill();
    expect(sectors(sim, "f")).toBe("b");
    expect("heldBy" in (await sim.disk.lock("."))).toBe(false);
  });
});
