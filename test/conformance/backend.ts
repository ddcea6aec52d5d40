import { describe, expect, test } from "vitest";
import type { Backend, CheckpointMeta } from "../../src/backend/index.js";
import { index, term, utf8, utf8Text } from "../../src/base/index.js";

export interface BackendBed {
  /** A backend in the same place as before, which must be closed. */
  open(): Promise<Backend>;
}

export const meta = (at: number, state = ""): CheckpointMeta => ({
  appliedIndex: index(at),
  appliedTerm: term(3),
  state: utf8(state),
});

const ALL = { from: "", to: "\u0100" };

/** "key=value" of everything in the range. */
export async function scanned(backend: Backend, range = ALL): Promise<string[]> {
  const found: string[] = [];
  for await (const pairs of backend.scan(range)) for (const [key, value] of pairs) found.push(`${key}=${utf8Text(value)}`);
  return found;
}
const got = (backend: Backend, key: string): string | undefined => {
  const value = backend.get(key);
  return value && utf8Text(value);
};

/** What every Backend promises; `make` gives an empty place. */
export function backendConformance(name: string, make: () => Promise<BackendBed>): void {
  describe(`backend: ${name}`, () => {
    readSuite(make);
    checkpointSuite(make);
    scanSuite(make);
    replaceSuite(make);
  });
}

function readSuite(make: () => Promise<BackendBed>): void {
  test("reads see every write at once, before, during and after its checkpoint", async () => {
    const backend = await (await make()).open();
    backend.put("a1", utf8("one"));
    expect(got(backend, "a1")).toBe("one");
    const first = backend.checkpoint(meta(1));
    expect(got(backend, "a1")).toBe("one");
    backend.put("a1", utf8("two"));
    expect(got(backend, "a1")).toBe("two");
    await first;
    expect(got(backend, "a1")).toBe("two");
    await backend.checkpoint(meta(2));
    expect(got(backend, "a1")).toBe("two");
    await backend.close();
  });

  test("a deleted key is gone at once, whichever layer held it, and can come back", async () => {
    const backend = await (await make()).open();
    backend.put("a1", utf8("one"));
    await backend.checkpoint(meta(1));
    backend.delete("a1");
    expect(backend.get("a1")).toBeUndefined();
    const under = backend.checkpoint(meta(2));
    expect(backend.get("a1")).toBeUndefined();
    backend.put("a1", utf8("again"));
    await under;
    expect(got(backend, "a1")).toBe("again");
    backend.delete("never there");
    await backend.checkpoint(meta(3));
    expect(await scanned(backend)).toEqual(["a1=again"]);
    await backend.close();
  });

  test("values may be empty, keys hold every byte and sort by byte", async () => {
    const bed = await make();
    let backend = await bed.open();
    const keys = ["a\u0000", "a\u007f", "a\u0080", "a\u00bf", "a\u00c2\u0080", "a\u00ff", "b"];
    for (const key of [...keys].reverse()) backend.put(key, utf8(""));
    await backend.checkpoint(meta(1));
    await backend.close();
    backend = await bed.open();
    expect((await scanned(backend)).map((line) => line.slice(0, -1))).toEqual(keys);
    for (const key of keys) expect(backend.get(key)?.length).toBe(0);
    await backend.close();
  });

  test("a key in the backend's own bucket, or an empty one, is a bug", async () => {
    const backend = await (await make()).open();
    expect(() => backend.put("\u0000x", utf8(""))).toThrow(/own bucket/);
    expect(() => backend.put("", utf8(""))).toThrow(/empty/);
    await backend.close();
  });

  test("pendingBytes counts keys and values that wait, once each", async () => {
    const backend = await (await make()).open();
    backend.put("abc", utf8("1234"));
    backend.put("abc", utf8("12"));
    backend.put("de", utf8(""));
    expect(backend.pendingBytes()).toBe(3 + 2 + 2);
    backend.delete("abc");
    expect(backend.pendingBytes()).toBe(3 + 2);
    const under = backend.checkpoint(meta(1));
    expect(backend.pendingBytes()).toBe(0);
    await under;
    await backend.close();
  });
}

function checkpointSuite(make: () => Promise<BackendBed>): void {
  test("an empty backend has no checkpoint; afterwards the newest, also when opened again", async () => {
    const bed = await make();
    let backend = await bed.open();
    expect(backend.checkpointed).toBeUndefined();
    backend.put("a", utf8("1"));
    await backend.checkpoint(meta(7, "state"));
    expect(backend.checkpointed).toEqual(meta(7, "state"));
    await backend.checkpoint(meta(9, ""));
    await backend.close();
    backend = await bed.open();
    expect(backend.checkpointed).toEqual(meta(9, ""));
    expect(await scanned(backend)).toEqual(["a=1"]);
    await backend.close();
  });

  test("what was not checkpointed does not survive", async () => {
    const bed = await make();
    let backend = await bed.open();
    backend.put("a", utf8("kept"));
    await backend.checkpoint(meta(1));
    backend.put("b", utf8("lost"));
    await backend.close();
    backend = await bed.open();
    expect(await scanned(backend)).toEqual(["a=kept"]);
    await backend.close();
  });

  test("a second checkpoint waits its turn, and holds exactly what was written before it was asked for", async () => {
    const bed = await make();
    let backend = await bed.open();
    const order: number[] = [];
    backend.put("a", utf8("1"));
    const first = backend.checkpoint(meta(1)).then(() => order.push(1));
    backend.put("b", utf8("2"));
    const second = backend.checkpoint(meta(2)).then(() => order.push(2));
    backend.put("c", utf8("3"));
    expect(got(backend, "a")).toBe("1");
    await Promise.all([first, second]);
    expect(order).toEqual([1, 2]);
    await backend.close();
    backend = await bed.open();
    expect(backend.checkpointed?.appliedIndex).toBe(2);
    expect(await scanned(backend)).toEqual(["a=1", "b=2"]);
    await backend.close();
  });

  test("overwrites and deletes of stored keys in any order leave what the last write said", async () => {
    const bed = await make();
    let backend = await bed.open();
    const model = new Map<string, string>();
    for (let round = 0; round < 12; round++) {
      for (let n = 0; n < 150; n++) {
        const key = `${"xyz"[n % 3]}${(n * 7919 + round * 31) % 97}`;
        if ((n + round) % 4 === 0) {
          backend.delete(key);
          model.delete(key);
        } else {
          backend.put(key, utf8(`${round}.${n}`));
          model.set(key, `${round}.${n}`);
        }
      }
      await backend.checkpoint(meta(round));
    }
    await backend.close();
    backend = await bed.open();
    const expected = [...model].map(([key, value]) => `${key}=${value}`).sort();
    expect((await scanned(backend)).sort()).toEqual(expected);
    await backend.close();
  });
}

function scanSuite(make: () => Promise<BackendBed>): void {
  test("a scan is ordered, from inclusive, to exclusive, over more pairs than one slice", async () => {
    const backend = await (await make()).open();
    const key = (n: number) => `k${String(n).padStart(5, "0")}`;
    for (let n = 2999; n >= 0; n--) backend.put(key(n), utf8(String(n)));
    await backend.checkpoint(meta(1));
    const found = await scanned(backend, { from: key(100), to: key(2500) });
    expect(found).toHaveLength(2400);
    expect(found[0]).toBe(`${key(100)}=100`);
    expect(found.at(-1)).toBe(`${key(2499)}=2499`);
    expect(await scanned(backend, { from: "l", to: "m" })).toEqual([]);
    await backend.close();
  });

  test("a scan sees the checkpoint that was durable when it was called, whatever is written meanwhile", async () => {
    const backend = await (await make()).open();
    for (let n = 0; n < 2500; n++) backend.put(`k${n}`, utf8("old"));
    await backend.checkpoint(meta(1));
    backend.put("k1", utf8("only in the overlay"));
    const scan = backend.scan(ALL);
    for (let n = 0; n < 2500; n++) backend.put(`k${n}`, utf8("new"));
    backend.delete("k7");
    backend.put("z", utf8("new"));
    await backend.checkpoint(meta(2));
    let pairs = 0;
    for await (const slice of scan) for (const [, value] of slice) pairs += utf8Text(value) === "old" ? 1 : 1000000;
    expect(pairs).toBe(2500);
    await backend.close();
  });

  test("a scan may be left in the middle", async () => {
    const backend = await (await make()).open();
    for (let n = 0; n < 3000; n++) backend.put(`k${n}`, utf8("x"));
    await backend.checkpoint(meta(1));
    for await (const _ of backend.scan(ALL)) break;
    await backend.close();
  });

  test("a snapshot is a checkpoint with its meta, unaffected by later writes and by a replacement", async () => {
    const backend = await (await make()).open();
    backend.put("a", utf8("1"));
    await backend.checkpoint(meta(5, "five"));
    const snapshot = await backend.snapshot();
    backend.put("a", utf8("2"));
    await backend.checkpoint(meta(6));
    const replacement = await backend.beginReplace();
    await replacement.put([["b", utf8("new")]]);
    await replacement.commit(meta(9));
    const found: string[] = [];
    for await (const pairs of snapshot.pairs()) for (const [key, value] of pairs) found.push(`${key}=${utf8Text(value)}`);
    expect(snapshot.meta).toEqual(meta(5, "five"));
    expect(found).toEqual(["a=1"]);
    await snapshot.release();
    await snapshot.release();
    expect(await scanned(backend)).toEqual(["b=new"]);
    await backend.close();
  });

  test("defragment and sizeBytes leave the contents alone", async () => {
    const backend = await (await make()).open();
    for (let n = 0; n < 500; n++) backend.put(`k${n}`, utf8("x".repeat(100)));
    await backend.checkpoint(meta(1));
    await backend.defragment();
    expect(await backend.sizeBytes()).toBeGreaterThan(50_000);
    expect(await scanned(backend)).toHaveLength(500);
    await backend.close();
  });
}

function replaceSuite(make: () => Promise<BackendBed>): void {
  test("a committed replacement replaces everything, overlay included, and survives", async () => {
    const bed = await make();
    let backend = await bed.open();
    backend.put("old", utf8("1"));
    await backend.checkpoint(meta(1));
    backend.put("overlay", utf8("2"));
    const replacement = await backend.beginReplace();
    await replacement.put([["a", utf8("A")]]);
    expect(backend.get("a")).toBeUndefined();
    expect(got(backend, "old")).toBe("1");
    await replacement.put([["b", utf8("B")]]);
    await replacement.commit(meta(50, "snap"));
    expect(backend.checkpointed).toEqual(meta(50, "snap"));
    expect([backend.get("old"), backend.get("overlay"), got(backend, "a")]).toEqual([undefined, undefined, "A"]);
    backend.put("c", utf8("C"));
    await backend.checkpoint(meta(51));
    await backend.close();
    backend = await bed.open();
    expect(await scanned(backend)).toEqual(["a=A", "b=B", "c=C"]);
    expect(backend.checkpointed?.appliedIndex).toBe(51);
    await backend.close();
  });

  test("an abandoned replacement changes nothing, and another can begin; an uncommitted one does not survive", async () => {
    const bed = await make();
    let backend = await bed.open();
    backend.put("old", utf8("1"));
    await backend.checkpoint(meta(1));
    const first = await backend.beginReplace();
    await first.put([["a", utf8("A")]]);
    await first.abandon();
    const second = await backend.beginReplace();
    await second.put([["b", utf8("B")]]);
    await second.commit(meta(2));
    expect(await scanned(backend)).toEqual(["b=B"]);
    await (await backend.beginReplace()).put([["c", utf8("C")]]);
    await backend.close();
    backend = await bed.open();
    expect(await scanned(backend)).toEqual(["b=B"]);
    await backend.close();
  });
}
