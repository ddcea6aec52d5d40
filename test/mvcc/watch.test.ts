import { describe, expect, test } from "vitest";
import { leaseId } from "../../src/base/index.js";
import { compact, del, fresh, grant, line, put, revoke, settle, sweep, TestStream, txn, watching } from "./kit.js";

const setup = () => {
  const { mvcc, space } = fresh();
  const client = new TestStream(mvcc);
  return { mvcc, space, client, stream: client.stream };
};

describe("watch: ids and refusals", () => {
  test("ids are picked from 0 and skip those in use", () => {
    const { client, stream } = setup();
    stream.create(watching("a"));
    stream.create(watching("a", "", { watchId: 1n }));
    stream.create(watching("a"));
    stream.cancel(0n);
    stream.create(watching("a"));
    expect(client.lines()).toEqual(["#0 @1 | created", "#1 @1 | created", "#2 @1 | created", "#0 @1 | canceled", "#3 @1 | created"]);
  });

  test("mvcc: duplicate watch ID provided on the WatchStream", () => {
    const { client, stream } = setup();
    stream.create(watching("a", "", { watchId: 7n }));
    stream.create(watching("b", "", { watchId: 7n }));
    expect(client.lines()).toEqual([
      "#7 @1 | created",
      "#-1 @1 | created | canceled | mvcc: duplicate watch ID provided on the WatchStream",
    ]);
  });

  test("mvcc: watcher range is empty", () => {
    const { client, stream } = setup();
    stream.create(watching("b", "a"));
    stream.create(watching("b", "b"));
    const refused = "#-1 @1 | created | canceled | mvcc: watcher range is empty";
    expect(client.lines()).toEqual([refused, refused]);
  });

  test("a negative start is refused: etcdserver: mvcc: required revision has been compacted", () => {
    const { client, stream } = setup();
    stream.create(watching("a", "", { startRevision: -1 }));
    expect(client.lines()).toEqual(["#-1 @1 | created | canceled | etcdserver: mvcc: required revision has been compacted"]);
  });

  test("a refusal by the caller is answered created and canceled with its reason", () => {
    const { client, stream } = setup();
    stream.refuse("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    expect(client.lines()).toEqual([
      "#-1 @1 | created | canceled | rpc error: code = PermissionDenied desc = etcdserver: permission denied",
    ]);
  });

  test("canceling an unknown id answers nothing", () => {
    const { client, stream } = setup();
    stream.cancel(5n);
    expect(client.lines()).toEqual([]);
  });
});

describe("watch: events", () => {
  test("a key, a range, from a key on, and an empty key (the smallest) each get their own events once", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("b"));
    stream.create(watching("a", "c"));
    stream.create(watching("b", "\0"));
    stream.create(watching("", "\0"));
    client.take();
    mvcc.apply(put("a", "1"));
    mvcc.apply(put("b", "2"));
    mvcc.apply(put("c", "3"));
    const seen = client.take().map((r) => `${r.watchId}:${r.events.map((e) => e.kv.value).join()}`);
    expect(seen.sort()).toEqual(["0:2", "1:1", "1:2", "2:2", "2:3", "3:1", "3:2", "3:3"]);
  });

  test("a delete event has the key and the revision of the deletion, and the previous value when asked", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a", "", { prevKv: true }));
    client.take();
    mvcc.apply(put("a", "1"));
    mvcc.apply(put("a", "2"));
    mvcc.apply(del("a"));
    mvcc.apply(put("a", "3"));
    expect(client.lines()).toEqual([
      "#0 @2 | put a=1 c2 m2 v1 l0",
      "#0 @3 | put a=2 c2 m3 v2 l0 was a=1 c2 m2 v1 l0",
      "#0 @4 | delete a= c0 m4 v0 l0 was a=2 c2 m3 v2 l0",
      "#0 @5 | put a=3 c5 m5 v1 l0",
    ]);
  });

  test("the events of a transaction and of a revoked lease come as one response", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("\0", "\0"));
    client.take();
    mvcc.apply(grant(1n));
    mvcc.apply(txn({ success: [put("b", "1", { lease: leaseId(1n) }), put("a", "2", { lease: leaseId(1n) })] }));
    mvcc.apply(revoke(1n));
    expect(client.lines()).toEqual([
      "#0 @2 | put b=1 c2 m2 v1 l1 | put a=2 c2 m2 v1 l1",
      "#0 @3 | delete a= c0 m3 v0 l0 | delete b= c0 m3 v0 l0",
    ]);
  });

  test("filters leave events out, and a response that they empty is not sent", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("\0", "\0", { filters: ["noPut"] }));
    stream.create(watching("\0", "\0", { filters: ["noDelete"] }));
    stream.create(watching("\0", "\0", { filters: ["noDelete", "noPut"] }));
    client.take();
    mvcc.apply(put("a"));
    mvcc.apply(txn({ success: [put("b"), del("a")] }));
    expect(client.lines().sort()).toEqual(["#0 @3 | delete a= c0 m3 v0 l0", "#1 @2 | put a= c2 m2 v1 l0", "#1 @3 | put b= c3 m3 v1 l0"]);
  });

  test("watchers with equal options share one array of events, whatever they watch; other options share another", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a"));
    stream.create(watching("a", "z"));
    stream.create(watching("a", "", { filters: ["noDelete"] }));
    stream.create(watching("a", "", { prevKv: true }));
    stream.create(watching("a", "b", { prevKv: true }));
    client.take();
    mvcc.apply(put("a"));
    const arrays = new Map(client.take().map((r) => [r.watchId, r.events]));
    expect(arrays.get(1n)).toBe(arrays.get(0n));
    expect(arrays.get(2n)).toBe(arrays.get(0n));
    expect(arrays.get(4n)).toBe(arrays.get(3n));
    expect(arrays.get(3n)).not.toBe(arrays.get(0n));
  });

  test("fragments: a watcher that asked gets parts under the limit, all but the last marked; another gets the whole", () => {
    const { mvcc } = fresh({ fragmentBytesMax: 400 });
    const client = new TestStream(mvcc);
    client.stream.create(watching("\0", "\0", { fragment: true }));
    client.stream.create(watching("\0", "\0"));
    client.take();
    mvcc.apply(txn({ success: ["a", "b", "c", "d"].map((key) => put(key, "x".repeat(150))) }));
    const got = client.take();
    const parts = got.filter((r) => r.watchId === 0n);
    expect(parts.map((r) => [r.events.length, r.fragment])).toEqual([
      [1, true],
      [1, true],
      [1, true],
      [1, false],
    ]);
    expect(got.filter((r) => r.watchId === 1n).map((r) => [r.events.length, r.fragment])).toEqual([[4, false]]);
  });

  test("a sink that cancels, creates or closes while it is served disturbs nobody else", () => {
    const { mvcc } = fresh();
    const first = new TestStream(mvcc);
    const second = new TestStream(mvcc);
    for (let i = 0; i < 3; i++) first.stream.create(watching("a"));
    second.stream.create(watching("a"));
    first.take();
    second.take();
    first.onDeliver = (r) => {
      if (r.events.length === 0) return;
      first.stream.cancel(1n);
      second.stream.create(watching("a"));
      first.stream.close();
    };
    mvcc.apply(put("a"));
    expect(first.lines()).toEqual(["#0 @2 | put a= c2 m2 v1 l0", "#1 @2 | canceled"]);
    expect(second.lines()).toEqual(["#1 @2 | created", "#0 @2 | put a= c2 m2 v1 l0"]);
    expect(mvcc.watches.counts()).toMatchObject({ streams: 1, watchers: 2, slow: 0 });
  });
});

describe("watch: history", () => {
  test("a start in the past is caught up in whole revisions and then goes on live", () => {
    const { mvcc, client, stream } = setup();
    mvcc.apply(put("a", "1"));
    mvcc.apply(txn({ success: [put("a", "2"), put("b", "3")] }));
    mvcc.apply(del("a"));
    stream.create(watching("\0", "\0", { startRevision: 3, prevKv: true }));
    settle(mvcc);
    mvcc.apply(put("c"));
    expect(client.lines()).toEqual([
      "#0 @4 | created",
      "#0 @4 | put a=2 c2 m3 v2 l0 was a=1 c2 m2 v1 l0 | put b=3 c3 m3 v1 l0 | delete a= c0 m4 v0 l0 was a=2 c2 m3 v2 l0",
      "#0 @5 | put c= c5 m5 v1 l0",
    ]);
  });

  test("a small budget never splits a revision", () => {
    const { mvcc, client, stream } = setup();
    for (let i = 0; i < 5; i++) mvcc.apply(txn({ success: [put("a", String(i)), put("b"), put("c")] }));
    stream.create(watching("\0", "\0", { startRevision: 2 }));
    client.take();
    settle(mvcc, 1);
    expect(client.take().map((r) => r.events.length)).toEqual([3, 3, 3, 3, 3]);
  });

  test("a future start gets nothing before it, and no progress until it is reached", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a", "", { startRevision: 4, progressNotify: true }));
    client.take();
    stream.requestProgress();
    mvcc.apply(put("a", "2"));
    mvcc.watches.notifyProgress();
    mvcc.apply(put("a", "3"));
    expect(client.lines()).toEqual([]);
    mvcc.apply(put("a", "4"));
    expect(client.lines()).toEqual(["#0 @4 | put a=4 c2 m4 v3 l0", "#-1 @4"]);
  });

  test("a start below the compacted revision: created, then canceled with compact_revision, no reason, no header revision", () => {
    const { mvcc, client, stream } = setup();
    for (let i = 0; i < 4; i++) mvcc.apply(put("a", String(i)));
    mvcc.apply(compact(4));
    stream.create(watching("a", "", { startRevision: 3 }));
    expect(client.lines()).toEqual(["#0 @5 | created", "#0 @0 | canceled | compacted@4"]);
  });

  test("a start at the compacted revision is legal, also when a deletion happened just there (etcd #19179)", () => {
    const { mvcc, client, stream } = setup();
    mvcc.apply(put("a", "1"));
    mvcc.apply(del("a"));
    mvcc.apply(put("b"));
    mvcc.apply(compact(3));
    sweep(mvcc);
    stream.create(watching("\0", "\0", { startRevision: 3, prevKv: true }));
    settle(mvcc);
    expect(client.lines()).toEqual(["#0 @4 | created", "#0 @4 | delete a= c0 m3 v0 l0 | put b= c4 m4 v1 l0"]);
  });

  test("a paused stream holds no events: it goes on from history where it stopped", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a"));
    mvcc.apply(put("a", "1"));
    client.take();
    stream.pause();
    mvcc.apply(put("a", "2"));
    mvcc.apply(put("b"));
    mvcc.apply(put("a", "3"));
    expect(mvcc.watches.counts()).toEqual({ streams: 1, watchers: 1, slow: 1, pendingEvents: 0 });
    expect(mvcc.watches.catchUp(100)).toBe("idle");
    expect(client.lines()).toEqual([]);
    stream.resume();
    settle(mvcc);
    expect(client.lines()).toEqual(["#0 @5 | put a=2 c2 m3 v2 l0 | put a=3 c2 m5 v3 l0"]);
    expect(mvcc.watches.counts().slow).toBe(0);
  });

  test("a compaction past a lagging watcher cancels it; one that missed nothing goes on", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a"));
    stream.create(watching("b"));
    client.take();
    stream.pause();
    for (let i = 0; i < 4; i++) mvcc.apply(put("a", String(i)));
    mvcc.apply(compact(4));
    stream.resume();
    settle(mvcc);
    mvcc.apply(put("b"));
    expect(client.lines()).toEqual(["#0 @0 | canceled | compacted@4", "#1 @6 | put b= c6 m6 v1 l0"]);
  });

  test("answers to requests of a paused stream come first when it resumes", () => {
    const { mvcc, client, stream } = setup();
    mvcc.apply(put("a", "1"));
    stream.pause();
    stream.create(watching("a", "", { startRevision: 2 }));
    settle(mvcc);
    expect(client.lines()).toEqual([]);
    stream.resume();
    settle(mvcc);
    expect(client.lines()).toEqual(["#0 @2 | created", "#0 @2 | put a=1 c2 m2 v1 l0"]);
  });

  test("a stream that pauses after each response gets every event once and in order", () => {
    const { mvcc, client, stream } = setup();
    for (let i = 0; i < 20; i++) mvcc.apply(put("a", "x".repeat(200_000)));
    stream.create(watching("a", "", { startRevision: 2 }));
    client.onDeliver = () => stream.pause();
    for (let i = 0; i < 50; i++) {
      settle(mvcc);
      stream.resume();
    }
    const responses = client.take().filter((r) => r.events.length > 0);
    expect(responses.length).toBeGreaterThan(2);
    expect(responses.flatMap((r) => r.events.map((e) => e.kv.modRevision))).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
  });

  test("lagging streams take turns: a stream with one missed event does not wait for one with thousands", () => {
    const { mvcc } = fresh();
    for (let i = 0; i < 3000; i++) mvcc.apply(put("a", String(i)));
    const far = new TestStream(mvcc);
    const near = new TestStream(mvcc);
    far.stream.create(watching("\0", "\0", { startRevision: 2 }));
    near.stream.create(watching("a", "", { startRevision: 3001 }));
    far.take();
    near.take();
    mvcc.watches.catchUp(300);
    expect(near.take().length).toBe(1);
    expect(far.take().length).toBeGreaterThan(0);
  });

  test("watchers that want the same part of history share one array of events", () => {
    const { mvcc } = fresh();
    mvcc.apply(put("a", "1"));
    const clients = [new TestStream(mvcc), new TestStream(mvcc)];
    for (const c of clients) c.stream.create(watching("a", "", { startRevision: 2 }));
    settle(mvcc);
    const [one, other] = clients.map((c) => c.take().at(-1)?.events);
    expect(one?.length).toBe(1);
    expect(other).toBe(one);
  });
});

describe("watch: progress", () => {
  test("a request is answered once, with id -1, when all watchers of the stream are synced", () => {
    const { mvcc, client, stream } = setup();
    mvcc.apply(put("a"));
    stream.create(watching("a", "", { startRevision: 2 }));
    stream.create(watching("b"));
    client.take();
    stream.requestProgress();
    expect(client.lines()).toEqual([]);
    settle(mvcc);
    expect(client.lines()).toEqual(["#0 @2 | put a= c2 m2 v1 l0", "#-1 @2"]);
    mvcc.apply(put("c"));
    expect(client.lines()).toEqual([]);
  });

  test("a stream without watchers gets no answer", () => {
    const { mvcc, client, stream } = setup();
    stream.requestProgress();
    mvcc.apply(put("a"));
    settle(mvcc);
    stream.create(watching("a"));
    mvcc.apply(put("b"));
    expect(client.lines()).toEqual(["#0 @2 | created"]);
  });

  test("notifications go to those who asked and heard nothing since the last", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a", "", { progressNotify: true }));
    stream.create(watching("b", "", { progressNotify: true }));
    stream.create(watching("c"));
    client.take();
    mvcc.apply(put("a"));
    client.take();
    mvcc.watches.notifyProgress();
    expect(client.lines()).toEqual(["#1 @2"]);
    mvcc.watches.notifyProgress();
    expect(client.lines()).toEqual(["#0 @2", "#1 @2"]);
  });

  test("a watcher that lags or is paused gets no notification", () => {
    const { mvcc, client, stream } = setup();
    stream.create(watching("a", "", { progressNotify: true }));
    client.take();
    stream.pause();
    mvcc.apply(put("a"));
    mvcc.watches.notifyProgress();
    stream.resume();
    mvcc.watches.notifyProgress();
    expect(client.lines()).toEqual([]);
    settle(mvcc);
    mvcc.watches.notifyProgress();
    mvcc.watches.notifyProgress();
    expect(client.take().map(line)).toEqual(["#0 @2 | put a= c2 m2 v1 l0", "#0 @2"]);
  });
});

test("10,000 watchers of one key get one shared array, and closing their streams leaves nothing behind", () => {
  const { mvcc } = fresh();
  const clients = Array.from({ length: 100 }, () => new TestStream(mvcc));
  for (const c of clients) for (let i = 0; i < 100; i++) c.stream.create(watching("a"));
  for (const c of clients) c.take();
  mvcc.apply(put("a"));
  const arrays = clients.flatMap((c) => c.take().map((r) => r.events));
  expect(arrays.length).toBe(10_000);
  expect(new Set(arrays).size).toBe(1);
  for (const c of clients) c.stream.close();
  expect(mvcc.watches.counts()).toEqual({ streams: 0, watchers: 0, slow: 0, pendingEvents: 0 });
});
