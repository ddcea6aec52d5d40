import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { has } from "../kit/etcd.js";
import { TestCluster, type TestMaster } from "../kit/masters.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";

/** Real masters and the etcdctl on the path, while masters die, fall behind, join and lose their disks. */

const HERE = has("etcdctl", ["version"]);
let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});
async function start(...args: Parameters<typeof TestCluster.start>): Promise<TestCluster> {
  cluster = await TestCluster.start(...args);
  return cluster;
}

const lines = (text: string): string[] => text.trimEnd().split("\n");
const others = (c: TestCluster, ...not: TestMaster[]): TestMaster[] => c.masters.filter((m) => !not.includes(m));
const endpoints = (masters: readonly TestMaster[]): string => masters.map((m) => m.endpoint).join(",");
/** What one member has by itself, without asking a leader. */
const localValue = (c: TestCluster, m: TestMaster, key: string) =>
  c.etcdctl(["get", key, "--consistency=s", "--print-value-only"], { endpoints: m.endpoint }).then((v) => v.trimEnd());
async function writeMany(c: TestCluster, count: number, value: string): Promise<void> {
  const api = new RemoteEtcd({ endpoints: [(await c.leader()).endpoint] });
  try {
    for (let i = 0; i < count; i += 100) {
      await Promise.all(Array.from({ length: Math.min(100, count - i) }, (_, j) => put(api, `many/${i + j}`, value)));
    }
  } finally {
    api.close();
  }
}
const put = (api: RemoteEtcd, key: string, value: string) =>
  api.put(
    {},
    {
      kind: "put",
      key: Buffer.from(key),
      value: Buffer.from(value),
      lease: 0n as never,
      prevKv: false,
      ignoreValue: false,
      ignoreLease: false,
    },
  );
const watchOf = (key: string) => ({
  key: Buffer.from(key),
  rangeEnd: Buffer.alloc(0),
  startRevision: 0,
  progressNotify: false,
  filters: [],
  prevKv: false,
  watchId: 0n,
  fragment: false,
});

describe.skipIf(!HERE)(HERE ? "etcdctl" : "etcdctl is not on the path: these did not run", () => {
  test("the leader is killed, a new one goes on, the old one comes back and has everything", async () => {
    const c = await start(3);
    await c.etcdctl(["put", "before", "1"]);
    const leader = await c.leader();
    await c.kill(leader);
    const rest = endpoints(others(c, leader));
    expect(await c.etcdctl(["put", "after", "2"], { endpoints: rest })).toBe("OK\n");
    expect(lines(await c.etcdctl(["get", "", "--prefix"], { endpoints: rest }))).toEqual(["after", "2", "before", "1"]);
    c.startMaster(leader);
    await until("the old leader has what it missed", async () => (await localValue(c, leader, "after")) === "2");
  });

  test("all are killed at once and start again, in another order, with the data", async () => {
    const c = await start(3);
    for (const k of ["a", "b", "c"]) await c.etcdctl(["put", k, k]);
    await Promise.all(c.masters.map((m) => c.kill(m)));
    for (const m of [...c.masters].reverse()) c.startMaster(m);
    await c.ready();
    expect(lines(await c.etcdctl(["get", "", "--prefix", "--print-value-only"]))).toEqual(["a", "b", "c"]);
  });

  test("five masters lose two and go on; with a third gone they answer nothing, and reads here still work", async () => {
    const c = await start(5);
    const leader = await c.leader();
    const [second, third] = others(c, leader) as [TestMaster, TestMaster];
    await c.kill(leader);
    await c.kill(second);
    const rest = others(c, leader, second);
    expect(await c.etcdctl(["put", "a", "1"], { endpoints: endpoints(rest) })).toBe("OK\n");
    await until("all three have it", async () => (await Promise.all(rest.map((m) => localValue(c, m, "a")))).every((v) => v === "1"));
    await c.kill(third);
    const two = others(c, leader, second, third);
    await expect(c.etcdctl(["put", "a", "2", "--command-timeout=1500ms"], { endpoints: endpoints(two) })).rejects.toThrow(
      /deadline|timed out|leader/,
    );
    expect(await localValue(c, two[0] as TestMaster, "a")).toBe("1");
    c.startMaster(second);
    await c.ready(two);
    expect(await c.etcdctl(["put", "a", "3"], { endpoints: endpoints(two) })).toBe("OK\n");
  });

  test("a watch goes on across the leader's death, without a gap", async () => {
    const c = await start(3);
    const leader = await c.leader();
    const rest = others(c, leader);
    const seen: string[] = [];
    const watch = spawn("etcdctl", ["watch", "n", "--rev=1"], {
      env: { ...process.env, ETCDCTL_API: "3", ETCDCTL_ENDPOINTS: c.endpoints.replaceAll("http://", "") },
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      watch.stdout.on("data", (text: Buffer) => seen.push(...lines(text.toString()).filter((l) => /^\d+$/.test(l))));
      for (let i = 1; i <= 5; i++) await c.etcdctl(["put", "n", String(i)], { endpoints: endpoints(rest) });
      await until("five events", () => seen.length >= 5);
      await c.kill(leader);
      for (let i = 6; i <= 10; i++) await c.etcdctl(["put", "n", String(i)], { endpoints: endpoints(rest) });
      await until("ten events", () => seen.length >= 10);
      expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 1)));
    } finally {
      watch.kill("SIGKILL");
    }
  });

  test("watches that require a leader and are opened while one is being elected are not ended", async () => {
    const c = await start(3);
    const leader = await c.leader();
    const clients = others(c, leader).map((m) => new RemoteEtcd({ endpoints: [m.endpoint] }));
    const ended: string[] = [];
    let created = 0;
    const open = () => {
      for (const api of clients) {
        const stream = api.watch(
          { requireLeader: true },
          {
            deliver: (r) => {
              if (r.created) created++;
            },
            closed: (e) => ended.push(e?.message ?? "closed"),
          },
        );
        stream.create(watchOf("gap"));
      }
    };
    try {
      open();
      await until("the clients are connected", () => created === 2);
      const killed = c.kill(leader);
      // As a client whose stream just broke does, again and again across the election.
      const gone = performance.now();
      await until("the gap is over", () => {
        open();
        return performance.now() - gone > 150;
      });
      await killed;
      await put(clients[0] as RemoteEtcd, "gap", "1");
      expect(ended).toEqual([]);
    } finally {
      for (const api of clients) api.close();
    }
  });

  test("a lease ends although the leader that granted it is dead, and not before its time", async () => {
    const c = await start(3);
    const granted = await c.etcdctl(["lease", "grant", "3"]);
    const id = /lease ([0-9a-f]+) granted/.exec(granted)?.[1] as string;
    await c.etcdctl(["put", "leased", "1", `--lease=${id}`]);
    const began = performance.now();
    const leader = await c.leader();
    await c.kill(leader);
    const rest = endpoints(others(c, leader));
    await until("the key is gone", async () => (await c.etcdctl(["get", "leased"], { endpoints: rest })) === "");
    expect(performance.now() - began).toBeGreaterThan(2_500);
  });

  test("a follower that missed more than the log keeps catches up by a snapshot", async () => {
    const c = await start(3, { keepEntries: 50 });
    const leader = await c.leader();
    const [late] = others(c, leader) as [TestMaster];
    await c.kill(late);
    await writeMany(c, 2_000, "x".repeat(200));
    // The log is cut at checkpoints, twice a second.
    await until("the log is cut", async () => {
      await c.etcdctl(["put", "tick", "1"], { endpoints: leader.endpoint });
      return Number(/trimast_checkpoints_total (\d+)/.exec(await (await fetch(`${leader.endpoint}/metrics`)).text())?.[1]) >= 3;
    });
    c.startMaster(late);
    await until("the late one has the last", async () => (await localValue(c, late, "many/1999")) !== "");
    const metrics = await (await fetch(`${late.endpoint}/metrics`)).text();
    expect(metrics).toMatch(/trimast_snapshots_installed_total [1-9]/);
    const hashes = await until("all have the same hash", async () => {
      const rows = JSON.parse(await c.etcdctl(["endpoint", "hashkv", "-w", "json"])) as { HashKV: { hash: number } }[];
      return new Set(rows.map((r) => r.HashKV.hash)).size === 1 ? rows : undefined;
    });
    expect(hashes).toHaveLength(3);
  });

  test("a learner joins, is promoted when it has caught up, votes, and is removed", async () => {
    const c = await start(3);
    await c.etcdctl(["put", "a", "1"]);
    const joiner = await joined(c, "m4");
    const add = () => c.etcdctl(["member", "add", "m4", `--peer-urls=${joiner.peerUrl}`, "--learner"]);
    const id = /Member\s+([0-9a-f]+) added/.exec(await until("the cluster is healthy", () => add().catch(retryUnhealthy)))?.[1] as string;
    await expect(c.etcdctl(["member", "promote", id])).rejects.toThrow(/in sync with leader/);
    c.startMaster(joiner, { initialState: "existing" });
    await until("the learner has the data", async () => (await localValue(c, joiner, "a")) === "1", 30_000);
    await expect(c.etcdctl(["get", "a"], { endpoints: joiner.endpoint })).rejects.toThrow(/not supported for learner/);
    expect(await c.etcdctl(["endpoint", "status"], { endpoints: joiner.endpoint })).toMatch(/, true, /);
    await until("it is promoted", async () => /promoted/.test(await c.etcdctl(["member", "promote", id])));
    await until(
      "it answers as a voter",
      async () => (await c.etcdctl(["get", "a", "--print-value-only"], { endpoints: joiner.endpoint })) === "1\n",
    );
    expect(lines(await c.etcdctl(["member", "list"]))).toHaveLength(4);
    await until("it is removed", () => c.etcdctl(["member", "remove", id]).catch(retryUnhealthy));
    expect(lines(await c.etcdctl(["member", "list"], { endpoints: endpoints(c.masters.slice(0, 3)) }))).toHaveLength(3);
    expect(await c.etcdctl(["put", "a", "2"], { endpoints: endpoints(c.masters.slice(0, 3)) })).toBe("OK\n");
  });

  test("without space writes are refused; compaction and disarming bring them back", async () => {
    const c = await start(1, { quotaBytes: 200_000 });
    const refusal = await until("the quota is reached", async () => {
      const outcome = await c.etcdctl(["put", "big", "x".repeat(20_000)]).catch((e: { stderr: string }) => e.stderr);
      return outcome === "OK\n" ? undefined : outcome;
    });
    expect(refusal).toContain("etcdserver: mvcc: database space exceeded");
    expect(await c.etcdctl(["alarm", "list"])).toMatch(/^memberID:\d+ alarm:NOSPACE\s*$/);
    expect((await c.etcdctl(["get", "big", "--print-value-only"])).length).toBe(20_001);
    const [status] = JSON.parse(await c.etcdctl(["endpoint", "status", "-w", "json"])) as [{ Status: { header: { revision: number } } }];
    await c.etcdctl(["compact", String(status.Status.header.revision), "--physical"]);
    await c.etcdctl(["defrag"]);
    await c.etcdctl(["alarm", "disarm"]);
    expect(await c.etcdctl(["put", "big", "small"])).toBe("OK\n");
    expect(await c.etcdctl(["alarm", "list"])).toBe("");
  });

  test("a member whose stored state is damaged says so, rebuilds it from the others and serves again", async () => {
    const c = await start(3, { keepEntries: 50 });
    await writeMany(c, 1_500, "y".repeat(100));
    const [victim] = others(c, await c.leader()) as [TestMaster];
    await until("the victim cut its log", async () => {
      await c.etcdctl(["put", "tick", "1"]);
      return Number(/trimast_checkpoints_total (\d+)/.exec(await (await fetch(`${victim.endpoint}/metrics`)).text())?.[1]) >= 3;
    });
    await c.kill(victim);
    damage(join(victim.dataDir, "backend"));
    c.startMaster(victim);
    await until("it has the data again", async () => (await localValue(c, victim, "many/1499")) !== "", 30_000);
    expect(c.log(victim)).toMatch(/damaged and is built anew/);
    await until("it agrees with the others", async () => {
      const rows = JSON.parse(await c.etcdctl(["endpoint", "hashkv", "-w", "json"])) as { HashKV: { hash: number } }[];
      return new Set(rows.map((r) => r.HashKV.hash)).size === 1;
    });
  });

  test("a data directory of another cluster is refused by name", async () => {
    const c = await start(1);
    const [m] = c.masters as [TestMaster];
    await c.etcdctl(["put", "a", "1"]);
    await c.kill(m);
    const spec = { ...c.spec, store: { ...c.spec.store, token: "another" } };
    c.startMaster(m, { cluster: spec });
    const child = m.process;
    const code = await new Promise((resolve) => child?.once("exit", resolve));
    m.process = undefined;
    expect(code).not.toBe(0);
    expect(c.log(m)).toMatch(/the data directory belongs to cluster [0-9a-f]+, not [0-9a-f]+/);
    c.startMaster(m);
    await c.ready();
    expect(await c.etcdctl(["get", "a", "--print-value-only"])).toBe("1\n");
  });

  test("leadership moves where it is told to", async () => {
    const c = await start(3);
    const leader = await c.leader();
    const [heir] = others(c, leader) as [TestMaster];
    const id = (await c.status(heir)).header.memberId.toString(16);
    expect(await c.etcdctl(["move-leader", id], { endpoints: leader.endpoint })).toMatch(/Leadership transferred/);
    expect((await c.leader()).name).toBe(heir.name);
  });

  test("a snapshot is saved and its check sum is right", async () => {
    const c = await start(1);
    await c.etcdctl(["put", "a", "1"]);
    const file = join(c.directory, "backup.db");
    await c.etcdctl(["snapshot", "save", file]);
    expect(statSync(file).size % 512).toBe(32);
    expect(existsSync(`${file}.part`)).toBe(false);
  });
});

/** Undefined for "not yet healthy": the call is repeated. */
function retryUnhealthy(error: { readonly stderr?: string }): undefined {
  if (/unhealthy/.test(error.stderr ?? "")) return undefined;
  throw error;
}

/** A master beside the founders; its configuration lists all of them and itself. */
async function joined(c: TestCluster, name: string): Promise<TestMaster> {
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const master: TestMaster = { name, endpoint: client, peerUrl: peer, dataDir: join(c.directory, name), process: undefined };
  c.masters.push(master);
  const row = { name, clientUrls: [client], advertiseClientUrls: [client], peerUrls: [peer], advertisePeerUrls: [peer] };
  (c.spec.masters as (typeof row)[]).push(row);
  return master;
}

/** Flips bytes in the middle of every table and log of the backend. */
function damage(directory: string): void {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && /\.(ldb|sst|log)$/.test(f.name))
    .map((f) => join(f.parentPath ?? f.path, f.name));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const bytes = readFileSync(file);
    for (let i = Math.floor(bytes.length / 3); i < Math.floor(bytes.length / 2); i++) bytes[i] = (bytes[i] as number) ^ 0x5a;
    writeFileSync(`${file}.new`, bytes);
    rmSync(file);
    renameSync(`${file}.new`, file);
  }
}
