import { afterEach, beforeEach, expect, test } from "vitest";
import { Cacher, ObjectStore } from "../../../src/apiserver/storage/index.js";
import { HISTORY_AT_START } from "../../../src/apiserver/storage/limits.js";
import { revision, utf8 } from "../../../src/base/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import { type MemoryMember, openInMemory, SILENT } from "../../../src/testing/member.js";

const PREFIX = "/registry/configmaps/";
const clock = createNodeClock();
let member: MemoryMember;
let store: ObjectStore;
let cacher: Cacher;
beforeEach(async () => {
  member = await openInMemory();
  store = new ObjectStore(member.api, clock);
  cacher = new Cacher(store, clock, SILENT);
});
afterEach(async () => {
  cacher.stop();
  await member.stop();
});

const create = async (name: string): Promise<number> => {
  const written = await store.create(`${PREFIX}${name}`, utf8("{}"));
  if (written.kind !== "ok") throw new Error("it was there");
  return written.revision;
};
const compact = (to: number) =>
  member.api.compact({ deadlineMonotonicMs: clock.monotonicMs() + 5_000 }, { kind: "compact", revision: revision(to), physical: false });
const told = (from: number): readonly string[] | undefined =>
  cacher
    .changesAfter(from, PREFIX)
    ?.map((c) => `${c.object ? (c.previous ? "changed" : "added") : "deleted"} ${c.key.slice(PREFIX.length)}`);
const shown = (): readonly string[] => [...cacher.below(PREFIX)].map((o) => o.key.slice(PREFIX.length));

test("a cache that starts knows what happened a little before, and how it is now", async () => {
  const a = await create("a");
  const b = await create("b");
  await store.update(`${PREFIX}a`, a, utf8("{ }"));
  await store.delete(`${PREFIX}b`, b);
  await create("c");
  await cacher.start();
  expect(shown()).toEqual(["a", "c"]);
  expect(told(a)).toEqual(["added b", "changed a", "deleted b", "added c"]);
  expect(told(b)).toEqual(["changed a", "deleted b", "added c"]);
});

test("what was compacted is not asked for: it begins as early as the store remembers", async () => {
  const a = await create("a");
  const b = await create("b");
  await store.delete(`${PREFIX}a`, a);
  await create("c");
  await compact(b);
  await cacher.start();
  expect(shown()).toEqual(["b", "c"]);
  expect(cacher.oldest).toBeGreaterThanOrEqual(b);
  expect(told(cacher.oldest)?.at(-1)).toBe("added c");
});
test("with nothing to remember it begins with what is there", async () => {
  await create("a");
  const b = await create("b");
  await compact(b);
  await cacher.start();
  expect(shown()).toEqual(["a", "b"]);
  expect([told(b - 1), told(b)]).toEqual([undefined, []]);
});

test("what was long ago is too old", async () => {
  const first = await create("first");
  for (let i = 0; i < HISTORY_AT_START; i += 128) await Promise.all(Array.from({ length: 128 }, (_, n) => create(`${i + n}`)));
  await cacher.start();
  expect(shown()).toHaveLength(HISTORY_AT_START + 1);
  expect(told(first - 1)).toBeUndefined();
  expect(told(cacher.revision - HISTORY_AT_START)).toHaveLength(HISTORY_AT_START);
});
