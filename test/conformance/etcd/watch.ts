import { expect } from "vitest";
import { latin1 } from "../../../src/base/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, type Subject } from "./subject.js";

const EVENTS: readonly EtcdCase[] = [
  sentence("a watcher is told that it was created, before anything else", async (s) => {
    const w = s.watch();
    const created = await w.create("a");
    await s.put("a");
    await w.take(1);
    expect(w.responses[0]).toBe(created);
    expect(created).toMatchObject({ created: true, canceled: false, events: [] });
  }),
  sentence("a put is an event with the whole pair", async (s) => {
    const w = s.watch();
    await w.create("a");
    const { revision } = (await s.put("a", "1")).header;
    const [event] = await w.take(1);
    expect(event).toMatchObject({ type: "put", kv: { createRevision: revision, modRevision: revision, version: 1, lease: 0n } });
    expect(w.lines()).toEqual(["put a=1"]);
  }),
  sentence("a delete is an event with key and revision and nothing else", async (s) => {
    await s.put("a", "1");
    const w = s.watch();
    await w.create("a");
    const { revision } = (await s.del("a")).header;
    const [event] = await w.take(1);
    expect(event).toMatchObject({ type: "delete", kv: { modRevision: revision, createRevision: 0, version: 0, lease: 0n } });
    expect(w.lines()).toEqual(["delete a"]);
    expect(event?.kv.value).toHaveLength(0);
  }),
  sentence("a response's revision is not below its events'", async (s) => {
    const w = s.watch();
    await w.create("a");
    for (let i = 0; i < 5; i++) await s.put("a", String(i));
    await w.take(5);
    for (const r of w.responses) for (const e of r.events) expect(r.header.revision).toBeGreaterThanOrEqual(e.kv.modRevision);
  }),
  sentence("a watcher of one key sees only that key", async (s) => {
    const w = s.watch();
    await w.create("b");
    for (const k of ["a", "b", "ba", "c"]) await s.put(k);
    await w.settle();
    expect(w.lines().filter((l) => !l.includes("marker"))).toEqual(["put b="]);
  }),
  sentence("a watcher of a range sees the range without its end", async (s) => {
    const w = s.watch();
    const { watchId } = await w.create("b", "d");
    for (const k of ["a", "b", "c", "d"]) await s.put(k);
    await w.settle();
    expect(w.lines(watchId)).toEqual(["put b=", "put c="]);
  }),
  sentence("range_end \\0 watches everything from the key on", async (s) => {
    const w = s.watch();
    const { watchId } = await w.create("b", "\0");
    for (const k of ["a", "b", "c"]) await s.put(k);
    expect(await w.takeLines(2, watchId)).toEqual(["put b=", "put c="]);
  }),
  sentence("no key and range_end \\0 watch the whole store", async (s) => {
    const w = s.watch();
    await w.create("", "\0");
    await s.put("a", "1");
    expect(await w.takeLines(1)).toContain("put a=1");
  }),
  sentence("events come in the order of their revisions, with none left out", async (s) => {
    const w = s.watch();
    await w.create("k", "l");
    await Promise.all(Array.from({ length: 100 }, (_, i) => s.put(`k${i}`)));
    const revisions = (await w.take(100)).map((e) => e.kv.modRevision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(100);
  }),
  sentence("the events of a transaction come together, in the order of its operations", async (s) => {
    await s.put("x");
    const w = s.watch();
    await w.create("a", "z");
    await s.txn([], [s.putOp("c", "1"), s.delOp("x"), s.putOp("b", "2")]);
    await w.take(3);
    expect(w.lines()).toEqual(["put c=1", "delete x", "put b=2"]);
    expect(w.responses.filter((r) => r.events.length > 0)).toHaveLength(1);
  }),
  sentence("a range delete is one response with an event a key", async (s) => {
    for (const k of ["a", "b", "c"]) await s.put(k);
    const w = s.watch();
    await w.create("a", "z");
    await s.del("a", "z");
    expect(await w.takeLines(3)).toEqual(["delete a", "delete b", "delete c"]);
    expect(w.responses.filter((r) => r.events.length > 0)).toHaveLength(1);
  }),
  sentence("previous pairs come with puts and deletes when asked for, and none with a create", async (s) => {
    const w = s.watch();
    await w.create("a", "", { prevKv: true });
    await s.put("a", "1");
    await s.put("a", "2");
    await s.del("a");
    const previous = (await w.take(3)).map((e) => e.prevKv && latin1(e.prevKv.value));
    expect(previous).toEqual([undefined, "1", "2"]);
  }),
  sentence("previous pairs are not sent unasked", async (s) => {
    const w = s.watch();
    await s.put("a", "1");
    await w.create("a");
    await s.put("a", "2");
    expect((await w.take(1))[0]?.prevKv).toBeUndefined();
  }),
  sentence("a revoked lease is one response with the deletes of all its keys", async (s) => {
    const lease = await s.grant();
    for (const k of ["b", "a"]) await s.put(k, "", { lease });
    const w = s.watch();
    await w.create("a", "z");
    await s.api.leaseRevoke({}, lease);
    expect((await w.takeLines(2)).sort()).toEqual(["delete a", "delete b"]);
    expect(w.responses.filter((r) => r.events.length > 0)).toHaveLength(1);
  }),
];

const STARTS: readonly EtcdCase[] = [
  sentence("a watch from an older revision gets what happened since, that revision included", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.put("a", "2");
    await s.del("a");
    const w = s.watch();
    await w.create("a", "", { startRevision: revision });
    await s.put("a", "3");
    expect(await w.takeLines(4)).toEqual(["put a=1", "put a=2", "delete a", "put a=3"]);
  }),
  sentence("history and present join without a gap or a repetition while others write", async (s) => {
    const { revision } = (await s.put("k", "0")).header;
    const writes = (async () => {
      for (let i = 1; i < 150; i++) await s.put("k", String(i));
    })();
    const w = s.watch();
    await w.create("k", "", { startRevision: revision });
    await writes;
    const events = await w.take(150);
    expect(events.map((e) => latin1(e.kv.value))).toEqual(Array.from({ length: 150 }, (_, i) => String(i)));
  }),
  sentence("previous pairs come from history too", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.put("a", "2");
    const w = s.watch();
    await w.create("a", "", { startRevision: revision, prevKv: true });
    expect((await w.take(2)).map((e) => e.prevKv && latin1(e.prevKv.value))).toEqual([undefined, "1"]);
  }),
  sentence("a watch from a future revision hears nothing before it", async (s) => {
    const now = await s.revision();
    const w = s.watch();
    await w.create("a", "", { startRevision: now + 3 });
    for (const v of ["1", "2", "3"]) await s.put("a", v);
    expect(await w.takeLines(1)).toEqual(["put a=3"]);
  }),
  sentence("a watch from below the compacted revision is created, then cancelled with that revision", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.put("a", "2");
    await s.compact(revision + 1);
    const w = s.watch();
    w.ask("a", "", { startRevision: revision });
    const canceled = await w.until("a cancel", () => w.responses.find((r) => r.canceled));
    expect(w.responses[0]).toMatchObject({ created: true, canceled: false });
    expect(canceled).toMatchObject({ created: false, compactRevision: revision + 1, events: [], header: { revision: 0 } });
  }),
  sentence("a watch from the compacted revision itself is fine", async (s) => {
    await s.put("a", "1");
    const { revision } = (await s.put("a", "2")).header;
    await s.compact(revision);
    const w = s.watch();
    await w.create("a", "", { startRevision: revision });
    expect(await w.takeLines(1)).toEqual(["put a=2"]);
  }),
  sentence("a previous pair that was compacted away is left out", async (s) => {
    await s.put("a", "1");
    const { revision } = (await s.put("a", "2")).header;
    await s.compact(revision);
    const w = s.watch();
    await w.create("a", "", { startRevision: revision, prevKv: true });
    expect((await w.take(1))[0]?.prevKv).toBeUndefined();
  }),
];

const IDS: readonly EtcdCase[] = [
  sentence("watchers of one stream get ids of their own, from 0 up", async (s) => {
    const w = s.watch();
    const ids = [(await w.create("a")).watchId, (await w.create("a")).watchId, (await w.create("b")).watchId];
    expect(ids).toEqual([0n, 1n, 2n]);
    await s.put("a");
    await w.take(1, 0n);
    await w.take(1, 1n);
    expect(w.events(2n)).toEqual([]);
  }),
  sentence("a client may choose an id, and the server skips it", async (s) => {
    const w = s.watch();
    expect((await w.create("a", "", { watchId: 1n })).watchId).toBe(1n);
    expect((await w.create("a")).watchId).toBe(0n);
    expect((await w.create("a")).watchId).toBe(2n);
  }),
  sentence("an id that is taken is refused, and the first watcher lives on", async (s) => {
    const w = s.watch();
    await w.create("a", "", { watchId: 7n });
    const second = await w.create("b", "", { watchId: 7n });
    expect(second).toMatchObject({
      watchId: -1n,
      created: true,
      canceled: true,
      cancelReason: "mvcc: duplicate watch ID provided on the WatchStream",
    });
    await s.put("a");
    await w.take(1, 7n);
  }),
  sentence("a range that is empty is refused", async (s) => {
    const refusal = await s.watch().create("b", "a");
    expect(refusal).toMatchObject({ watchId: -1n, canceled: true, cancelReason: "mvcc: watcher range is empty" });
  }),
  sentence(
    "a start below zero is refused at once",
    async (s) => {
      const refusal = await s.watch().create("a", "", { startRevision: -1 });
      expect(refusal).toMatchObject({
        watchId: -1n,
        created: true,
        canceled: true,
        cancelReason: "etcdserver: mvcc: required revision has been compacted",
      });
    },
    { since: "3.6" },
  ),
  sentence("a cancelled watcher is told so without a reason, and hears nothing more", async (s) => {
    const w = s.watch();
    const { watchId } = await w.create("a");
    w.stream.cancel(watchId);
    const canceled = await w.until("a cancel", () => w.responses.find((r) => r.canceled));
    expect(canceled).toMatchObject({ watchId, created: false, compactRevision: 0, events: [] });
    await s.put("a");
    await w.settle();
    expect(w.events(watchId)).toEqual([]);
  }),
  sentence("the id of a cancelled watcher can be chosen again", async (s) => {
    const w = s.watch();
    await w.create("a", "", { watchId: 5n });
    w.stream.cancel(5n);
    await w.until("a cancel", () => w.responses.find((r) => r.canceled));
    expect(await w.create("b", "", { watchId: 5n })).toMatchObject({ watchId: 5n, canceled: false });
    await s.put("b");
    expect(await w.takeLines(1, 5n)).toEqual(["put b="]);
  }),
  sentence("cancelling an id that nobody has answers nothing", async (s) => {
    const w = s.watch();
    await w.create("a");
    w.stream.cancel(99n);
    await w.settle();
    expect(w.responses.filter((r) => r.canceled)).toEqual([]);
  }),
  sentence("two streams have ids of their own", async (s) => {
    const [one, two] = [s.watch(), s.watch()];
    expect([(await one.create("a")).watchId, (await two.create("a")).watchId]).toEqual([0n, 0n]);
    await s.put("a", "1");
    expect([await one.takeLines(1), await two.takeLines(1)]).toEqual([["put a=1"], ["put a=1"]]);
  }),
];

async function putAndDelete(s: Subject): Promise<void> {
  await s.put("a", "1");
  await s.del("a");
}

const FLOW: readonly EtcdCase[] = [
  sentence("a filter for puts leaves the deletes", async (s) => {
    const w = s.watch();
    const { watchId } = await w.create("a", "", { filters: ["noPut"] });
    await putAndDelete(s);
    await w.settle();
    expect(w.lines(watchId)).toEqual(["delete a"]);
  }),
  sentence("a filter for deletes leaves the puts", async (s) => {
    const w = s.watch();
    const { watchId } = await w.create("a", "", { filters: ["noDelete"] });
    await putAndDelete(s);
    await w.settle();
    expect(w.lines(watchId)).toEqual(["put a=1"]);
  }),
  sentence("a response that filters emptied is not sent", async (s) => {
    const w = s.watch();
    const { watchId } = await w.create("a", "", { filters: ["noPut", "noDelete"] });
    await putAndDelete(s);
    await w.settle();
    expect(w.responses.filter((r) => r.watchId === watchId && !r.created)).toEqual([]);
  }),
  sentence("a progress request is answered with id -1 and a revision that was delivered", async (s) => {
    const w = s.watch();
    await w.create("a");
    const { revision } = (await s.put("a")).header;
    await w.take(1);
    w.stream.requestProgress();
    const progress = await w.until("progress", () => w.responses.find((r) => !r.created && r.events.length === 0));
    expect(progress).toMatchObject({ watchId: -1n, canceled: false });
    expect(progress.header.revision).toBeGreaterThanOrEqual(revision);
  }),
  sentence("many watchers on one stream each hear of their own key", async (s) => {
    const w = s.watch();
    for (let i = 0; i < 100; i++) w.ask(`k${String(i).padStart(3, "0")}`);
    await w.until("100 created", () => (w.responses.filter((r) => r.created).length === 100 ? true : undefined));
    await s.txn(
      [],
      Array.from({ length: 100 }, (_, i) => s.putOp(`k${String(i).padStart(3, "0")}`)),
    );
    await w.take(100);
    const ids = w.responses.filter((r) => r.events.length > 0).map((r) => Number(r.watchId));
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  }),
  sentence("a stream that was paused gets everything, in order, when it goes on", async (s) => {
    const w = s.watch();
    await w.create("k");
    w.stream.pause();
    for (let i = 0; i < 30; i++) await s.put("k", String(i));
    w.stream.resume();
    const events = await w.take(30);
    expect(events.map((e) => latin1(e.kv.value))).toEqual(Array.from({ length: 30 }, (_, i) => String(i)));
  }),
  sentence("fragments come in order and only the last is not marked", async (s) => {
    const { revision } = (await s.put("k", "x".repeat(700_000))).header;
    for (let i = 0; i < 4; i++) await s.put("k", "y".repeat(700_000));
    const w = s.watch();
    await w.create("k", "", { startRevision: revision, fragment: true });
    const events = await w.take(5);
    const revisions = events.map((e) => e.kv.modRevision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    await w.until("a last part", () => (present(w.responses.at(-1)).fragment ? undefined : true));
  }),
  sentence("a closed stream does not disturb the next", async (s) => {
    const first = s.watch();
    await first.create("a");
    first.close();
    const second = s.watch();
    await second.create("a");
    await s.put("a", "1");
    expect(await second.takeLines(1)).toEqual(["put a=1"]);
    expect(first.events()).toEqual([]);
  }),
];

export const WATCH_CASES: readonly EtcdCase[] = [...EVENTS, ...STARTS, ...IDS, ...FLOW];
