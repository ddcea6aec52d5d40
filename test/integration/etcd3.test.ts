import { Etcd3, type Watcher } from "etcd3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestCluster } from "../kit/masters.js";
import { until } from "../kit/until.js";

/** The etcd3 package, a client that is nobody's here, against three real masters. */
describe("the etcd3 client", () => {
  let cluster: TestCluster;
  let client: Etcd3;
  beforeAll(async () => {
    cluster = await TestCluster.start(3);
    client = new Etcd3({ hosts: cluster.masters.map((m) => m.endpoint) });
  });
  afterAll(async () => {
    client?.close();
    await cluster?.stop();
  });

  test("puts, gets and deletes", async () => {
    await client.put("foo").value("bar");
    expect(await client.get("foo").string()).toBe("bar");
    expect(await client.getAll().prefix("fo").strings()).toEqual({ foo: "bar" });
    await client.delete().key("foo");
    expect(await client.get("foo")).toBeNull();
  });

  test("counts, sorts and limits", async () => {
    for (const [k, v] of [
      ["s/a", "3"],
      ["s/b", "1"],
      ["s/c", "2"],
    ] as const)
      await client.put(k).value(v);
    expect(await client.getAll().prefix("s/").count()).toBe(3);
    expect(await client.getAll().prefix("s/").sort("Value", "Ascend").limit(2).keys()).toEqual(["s/b", "s/c"]);
  });

  test("writes only if nothing changed", async () => {
    await client.put("t/a").value("1");
    const change = (from: string, to: string) =>
      client.if("t/a", "Value", "==", from).then(client.put("t/a").value(to)).else(client.get("t/a")).commit();
    expect((await change("1", "2")).succeeded).toBe(true);
    expect((await change("1", "3")).succeeded).toBe(false);
    expect(await client.get("t/a").string()).toBe("2");
  });

  test("watches a prefix", async () => {
    const seen: string[] = [];
    const watcher: Watcher = await client.watch().prefix("w/").create();
    watcher.on("put", (kv) => seen.push(`put ${kv.key.toString()}=${kv.value.toString()}`));
    watcher.on("delete", (kv) => seen.push(`delete ${kv.key.toString()}`));
    await client.put("w/a").value("1");
    await client.delete().key("w/a");
    await until("two events", () => seen.length >= 2);
    expect(seen).toEqual(["put w/a=1", "delete w/a"]);
    await watcher.cancel();
  });

  test("keeps a lease alive, and its key goes when it is revoked", async () => {
    const lease = client.lease(5);
    await lease.put("l/a").value("1");
    expect(await client.get("l/a").string()).toBe("1");
    await lease.keepaliveOnce();
    await lease.revoke();
    expect(await client.get("l/a")).toBeNull();
  });

  test("holds a lock that nobody else gets", async () => {
    const first = await client.lock("lock").ttl(5).acquire();
    await expect(client.lock("lock").ttl(5).acquire()).rejects.toThrow(/lock/i);
    await first.release();
    await (await client.lock("lock").ttl(5).acquire()).release();
  });

  test("elects, observes and resigns", async () => {
    const election = client.election("boss", 5);
    const one = election.campaign("one");
    await new Promise((elected, failed) => one.on("elected", elected as () => void).on("error", failed));
    expect(await client.election("boss").leader()).toBe("one");
    await one.resign();
    await until("nobody leads", async () => (await client.election("boss").leader()) === undefined);
  });

  test("goes on with another master when the leader dies", async () => {
    await client.put("k").value("before");
    const leader = await cluster.leader();
    const seen: string[] = [];
    const watcher = await client.watch().key("k").create();
    watcher.on("put", (kv) => seen.push(kv.value.toString()));
    await cluster.kill(leader);
    await until("a write gets through", async () => {
      await client.put("k").value("after");
      return true;
    });
    expect(
      await until("a read gets through", () =>
        client
          .get("k")
          .string()
          .catch(() => undefined),
      ),
    ).toBe("after");
    await until("the watcher saw it", () => seen.includes("after"));
    await watcher.cancel();
    cluster.startMaster(leader);
    await cluster.ready([leader]);
  });
});
