import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, describe, expect, test } from "vitest";
import {
  BackendDamaged,
  BackendTooNew,
  createMemoryBackend,
  createMemoryStore,
  type LevelBackend,
  openLevelBackend,
} from "../../src/backend/index.js";
import { crc32c, seededRandom, utf8, utf8Text } from "../../src/base/index.js";
import type { Log } from "../../src/host/index.js";
import { createNodeDisk } from "../../src/host/node/index.js";
import { backendConformance, meta, scanned } from "../conformance/backend.js";

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function silentLog(lines: string[] = []): Log {
  const note = (line: string) => {
    lines.push(line);
  };
  return { debug: note, info: note, warn: note, error: note, with: () => silentLog(lines) };
}

/** A directory with a backend in it, or a copy of one as a crash would leave it. */
async function place(copyOf?: string) {
  const root = mkdtempSync(join(tmpdir(), "trimast-backend-"));
  roots.push(root);
  if (copyOf !== undefined) cpSync(copyOf, root, { recursive: true });
  const disk = await createNodeDisk(root);
  const nativeDirectory = join(root, "m1/backend");
  const lines: string[] = [];
  const open = (): Promise<LevelBackend> => openLevelBackend({ disk, directory: "m1/backend", nativeDirectory, log: silentLog(lines) });
  return { root, nativeDirectory, lines, open };
}

backendConformance("level", () => place());
backendConformance("memory", async () => {
  const store = createMemoryStore();
  return { open: async () => createMemoryBackend({ store }) };
});
backendConformance("memory with delays", async () => {
  const store = createMemoryStore();
  return { open: async () => createMemoryBackend({ store, delay: (run) => setImmediate(run) }) };
});

async function filled(open: () => Promise<LevelBackend>, checkpoints = 6): Promise<LevelBackend> {
  const backend = await open();
  for (let at = 1; at <= checkpoints; at++) {
    for (let n = 0; n < 50; n++) backend.put(`r${String(at * 100 + n)}`, utf8(`value ${at}.${n} ${"x".repeat(n)}`));
    backend.put("state", utf8(`at ${at}`));
    if (at > 2) backend.delete(`r${(at - 1) * 100 + 7}`);
    await backend.checkpoint(meta(at, `s${at}`));
  }
  return backend;
}

describe("crashes of the level backend", () => {
  test("a copy taken at any moment opens at a checkpoint, whole", async () => {
    const here = await place();
    const backend = await filled(here.open, 3);
    backend.put("not yet", utf8("x"));
    const there = await place(here.root);
    const crashed = await there.open();
    expect(crashed.checkpointed).toEqual(meta(3, "s3"));
    await crashed.verifyAll();
    expect(crashed.get("not yet")).toBeUndefined();
    expect(there.lines.join()).toMatch(/not closed last time/);
    await crashed.close();
    await backend.close();
  });

  test("a clean stop leaves no marker; three starts in a row that died while reading are damage, not a fourth abort", async () => {
    const here = await place();
    await (await filled(here.open)).close();
    expect(existsSync(join(here.nativeDirectory, "RUNNING"))).toBe(false);
    let from = here.root;
    const open: LevelBackend[] = [];
    for (let start = 0; start < 3; start++) {
      const next = await place(from);
      open.push(await next.open());
      from = next.root;
    }
    await expect((await place(from)).open()).rejects.toThrow(/last 3 starts died/);
    for (const backend of open) await backend.close();
  });

  test("a start that read everything resets the count", async () => {
    const here = await place();
    await (await filled(here.open)).close();
    const open: LevelBackend[] = [];
    let from = here.root;
    for (let start = 0; start < 5; start++) {
      const next = await place(from);
      const backend = await next.open();
      await backend.verifyAll();
      open.push(backend);
      from = next.root;
    }
    for (const backend of open) await backend.close();
  });

  test("a replacement crashed before its commit leaves the old contents, after it the new; the other is removed", async () => {
    const here = await place();
    const backend = await filled(here.open);
    const replacement = await backend.beginReplace();
    await replacement.put([["a", utf8("A")]]);
    const before = await place(here.root);
    await replacement.commit(meta(99));
    const after = await place(here.root);
    await backend.close();
    const old = await before.open();
    expect(old.checkpointed).toEqual(meta(6, "s6"));
    await old.verifyAll();
    await old.close();
    expect(readdirSync(before.nativeDirectory).filter((name) => name.startsWith("gen-"))).toEqual(["gen-1"]);
    const replaced = await after.open();
    expect(await scanned(replaced)).toEqual(["a=A"]);
    await replaced.close();
    expect(readdirSync(after.nativeDirectory).filter((name) => name.startsWith("gen-"))).toEqual(["gen-2"]);
  });

  test("a memory store keeps its checkpoints over a crash, and a backend of an earlier life can no longer write", async () => {
    const store = createMemoryStore();
    const held: (() => void)[] = [];
    const first = createMemoryBackend({ store, delay: (run) => held.push(run) });
    first.put("a", utf8("1"));
    void first.checkpoint(meta(1));
    const second = createMemoryBackend({ store });
    await new Promise((resolve) => setImmediate(resolve));
    for (const run of held) run();
    expect(second.checkpointed).toBeUndefined();
    expect(await scanned(second)).toEqual([]);
  });
});

describe("the meta of a checkpoint, which moves with the highest key", () => {
  test("is found again after any sequence of keys, prefixes of each other and deletions included", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = seededRandom(seed);
      const here = await place();
      const model = new Map<string, string>();
      let backend = await here.open();
      for (let round = 1; round <= 15; round++) {
        for (let n = random.below(4); n > 0; n--) {
          const key = "\u0001\u0001b\u00ff".slice(random.below(2), 2 + random.below(3)) + "a\u00ff".repeat(random.below(3));
          if (random.chance(1, 3)) {
            backend.delete(key);
            model.delete(key);
          } else {
            backend.put(key, utf8(`${round}`));
            model.set(key, `${round}`);
          }
        }
        await backend.checkpoint(meta(round, `s${round}`));
        expect((await backend.snapshot()).meta).toEqual(meta(round, `s${round}`));
        if (random.chance(1, 2)) continue;
        await backend.close();
        backend = await here.open();
        expect(backend.checkpointed).toEqual(meta(round, `s${round}`));
        const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
        expect(await scanned(backend)).toEqual(expected);
      }
      await backend.close();
    }
  });

  test("a snapshot taken while a checkpoint is being written shows one of the two, data and meta together", async () => {
    const here = await place();
    const backend = await here.open();
    for (let round = 1; round <= 40; round++) {
      for (let n = 0; n < 20; n++) backend.put(`r${String(round).padStart(3, "0")}${n}`, utf8(`${round}`));
      const under = backend.checkpoint(meta(round));
      for (let turn = 0; turn < round % 8; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (backend.checkpointed !== undefined) {
        const snapshot = await backend.snapshot();
        let pairs = 0;
        for await (const slice of snapshot.pairs()) pairs += slice.length;
        expect(pairs).toBe(20 * snapshot.meta.appliedIndex);
        await snapshot.release();
      }
      await under;
    }
    await backend.close();
  });
});

describe("refusals of the level backend", () => {
  test("a newer format is refused with both versions", async () => {
    const here = await place();
    await (await filled(here.open)).close();
    const line = "trimast-backend 7 gen-1 used";
    const crc = crc32c(Buffer.from(line)).toString(16).padStart(8, "0");
    writeFileSync(join(here.nativeDirectory, "CURRENT"), `${line} ${crc}\n`);
    await expect(here.open()).rejects.toThrow(BackendTooNew);
    await expect(here.open()).rejects.toThrow(/format 7, this program reads up to 1/);
  });

  test("a lost CURRENT, a lost generation and a database that lost its checkpoint are damage, never an empty store", async () => {
    for (const lost of ["CURRENT", "gen-1", "gen-1/CURRENT"]) {
      const here = await place();
      await (await filled(here.open)).close();
      rmSync(join(here.nativeDirectory, lost), { recursive: true });
      await expect(here.open(), lost).rejects.toThrow(BackendDamaged);
    }
  });

  test("a second opener in another place of the process is told that it is busy", async () => {
    const here = await place();
    const backend = await filled(here.open);
    await expect(here.open()).rejects.toMatchObject({ code: "EBUSY" });
    await backend.close();
  });
});

/** Reads everything through every door; what it returns is believed by a member. */
async function readAll(open: () => Promise<LevelBackend>, keys: readonly string[]) {
  const backend = await open();
  try {
    const pairs = await scanned(backend);
    const gets = keys.map((key) => {
      const value = backend.get(key);
      return value === undefined ? `${key} missing` : `${key}=${utf8Text(value)}`;
    });
    return { applied: backend.checkpointed?.appliedIndex, pairs, gets };
  } finally {
    await backend.close();
  }
}

describe("damaged files of the level backend", () => {
  async function original() {
    const here = await place();
    const backend = await filled(here.open);
    await backend.defragment();
    for (let n = 0; n < 30; n++) backend.put(`s${n}`, utf8(`late ${n}`));
    await backend.checkpoint(meta(7));
    await backend.close();
    const expected = await readAll(here.open, []);
    const files = readdirSync(here.nativeDirectory, { recursive: true, encoding: "utf8" });
    const data = files.filter((name) => /\.(ldb|log)$|MANIFEST-|CURRENT$/.test(name));
    expect(data.length).toBeGreaterThanOrEqual(4);
    return { root: here.root, expected, data };
  }

  /** The damaged copy gives everything, or an older checkpoint as a whole, or BackendDamaged. */
  async function judge(root: string, name: string, change: (bytes: Buffer) => Buffer, expected: readonly string[]) {
    const there = await place(root);
    const path = join(there.nativeDirectory, name);
    writeFileSync(path, change(readFileSync(path)));
    // As after a start that died while reading: without it, some of these would abort this very process.
    writeFileSync(join(there.nativeDirectory, "RUNNING"), "1\n");
    try {
      const keys = expected.map((pair) => pair.slice(0, pair.indexOf("=")));
      const { applied, pairs, gets } = await readAll(there.open, keys);
      if (applied === 7) {
        expect(pairs).toEqual(expected);
        expect(gets).toEqual(expected);
      }
      return applied === 7 ? "all there" : `older checkpoint ${applied}`;
    } catch (error) {
      if (error instanceof BackendDamaged) return "damaged";
      throw error;
    } finally {
      rmSync(there.root, { recursive: true, force: true });
    }
  }

  test("a flipped byte anywhere gives everything, or an older checkpoint that says so, or BackendDamaged", async () => {
    const { root, expected, data } = await original();
    const seen = new Map<string, number>();
    for (const name of data) {
      const size = readFileSync(join(root, "m1/backend", name)).length;
      for (let sample = 0; sample < 40; sample++) {
        const at = Math.floor((sample * size) / 40);
        const outcome = await judge(
          root,
          name,
          (bytes) => {
            bytes[at] = (bytes[at] ?? 0) ^ 0x10;
            return bytes;
          },
          expected.pairs,
        );
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }
    }
    expect(seen.get("damaged")).toBeGreaterThan(20);
  });

  test("a file cut anywhere: the same", async () => {
    const { root, expected, data } = await original();
    for (const name of data) {
      const size = readFileSync(join(root, "m1/backend", name)).length;
      for (let sample = 0; sample < 12; sample++) {
        const length = Math.floor((sample * size) / 12);
        await judge(root, name, (bytes) => bytes.subarray(0, length), expected.pairs);
      }
    }
  });

  test("a block that makes LevelDB abort the process is damage at the next start", async () => {
    const { root, data } = await original();
    const there = await place(root);
    const path = join(there.nativeDirectory, data.find((name) => name.endsWith(".ldb")) ?? "");
    const bytes = readFileSync(path);
    // The length of the block's first key: too short for what LevelDB keeps behind each key.
    bytes[1] = 3;
    writeFileSync(path, bytes);
    const reader = join(there.root, "reader.cjs");
    await build({
      entryPoints: [join(import.meta.dirname, "reader.ts")],
      outfile: reader,
      bundle: true,
      platform: "node",
      format: "cjs",
      external: ["classic-level"],
      logLevel: "error",
    });
    const start = () =>
      spawnSync(process.execPath, [reader, there.root], {
        encoding: "latin1",
        env: { ...process.env, NODE_PATH: join(import.meta.dirname, "../../node_modules") },
      });
    expect(start().signal).toBe("SIGABRT");
    expect(start().stdout).toMatch(/^BackendDamaged: .*block checksum/);
  });

  test("a value that is changed in place under a valid block is damage on get and on scan", async () => {
    const { root, data } = await original();
    const table = data.find((name) => name.endsWith(".ldb")) ?? "";
    const there = await place(root);
    const path = join(there.nativeDirectory, table);
    const bytes = readFileSync(path);
    const at = bytes.indexOf("value 3.20");
    expect(at).toBeGreaterThan(0);
    bytes[at + 6] = (bytes[at + 6] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const backend = await there.open();
    expect(() => backend.get("r320")).toThrow(BackendDamaged);
    await expect(scanned(backend)).rejects.toThrow(BackendDamaged);
    await backend.close();
  });
});
