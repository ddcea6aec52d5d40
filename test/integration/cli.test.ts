import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memberId } from "../../src/base/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { type ClusterFile, isAlive } from "../../src/master/cluster/index.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";

const PROGRAM = resolve(process.env["TRIMAST_PROGRAM"] ?? resolve(import.meta.dirname, "../../dist/trimast.js"));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let directory = "";
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trimast-cli-"));
});
afterEach(async () => {
  await cli("down").catch(() => undefined);
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const pid of pids()) if (isAlive({ pid, startedAt: "" })) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([k]) => !k.startsWith("ETCD_") && !k.startsWith("TRIMAST_"));
  return { ...Object.fromEntries(inherited), TRIMAST_DATA_DIR: join(directory, "data"), NO_COLOR: "1", ...more };
}
function begin(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended>; readonly stdout: () => string } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: environment(env), cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<Ended>((done) => child.on("close", (code) => done({ code, stdout, stderr })));
  return { child, ended, stdout: () => stdout };
}
const cli = (...args: string[]): Promise<Ended> => begin(args).ended;
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout;
}

const file = (): ClusterFile => JSON.parse(readFileSync(join(directory, "data", "cluster.json"), "utf8")) as ClusterFile;
function pids(): number[] {
  try {
    return file().masters.map((m) => m.pid);
  } catch {
    return [];
  }
}
const status = async () =>
  JSON.parse((await cli("status", "-o", "json")).stdout) as {
    quorum: { members: number; up: number; canLose: number; leader: string | null; term: number };
    members: { name: string; pid: number | null; state: string; role: string | null }[];
  };
const upAttached = async (...more: string[]) => {
  const up = begin(["up", "--ports", "auto", ...more]);
  await until(`up is ready\n${up.stdout()}`, () => /ready in|"event":"ready"/.test(up.stdout()));
  return up;
};

const asConfig = () => ({
  apiVersion: "trimast.dev/v1alpha1",
  kind: "Cluster",
  spec: { masters: file().spec.masters.map((m) => ({ name: m.name, client: m.clientUrls[0], peer: m.peerUrls[0] })) },
});

describe("a cluster from the command line", () => {
  test("up, put, get, kill the leader, start it, down, up again with the data", async () => {
    expect(await done("up", "--detach", "--ports", "auto")).toMatch(/3 masters · data .*ready in \d+ ms[\s\S]*can lose 1 more[\s\S]*try: /);
    expect(await done("kv", "put", "a", "1")).toBe("OK\n");
    const before = await status();
    expect(before.quorum).toMatchObject({ members: 3, up: 3, canLose: 1 });
    expect(Object.keys(before.members[0] ?? {})).toEqual([
      "name",
      "pid",
      "state",
      "role",
      "term",
      "raftIndex",
      "appliedIndex",
      "clientUrl",
      "peerUrl",
      "rssBytes",
    ]);

    const killed = await done("kill", "leader");
    expect(killed).toMatch(
      new RegExp(
        `✗ ${before.quorum.leader} killed \\(pid \\d+, SIGKILL\\) +t=0\\n.*elected, term \\d+ +t=\\+\\d+ ms\\n.*first write acknowledged by m\\d,m\\d +t=\\+\\d+ ms +0 acknowledged writes lost`,
      ),
    );
    expect(killed).toContain("2 of 3 masters up: losing one more stops writes.");
    expect(await done("kv", "get", "a", "-o", "value")).toBe("1\n");
    expect((await status()).quorum).toMatchObject({ up: 2, canLose: 0 });

    expect(await done("start", before.quorum.leader ?? "")).toContain("3 of 3 up");
    expect(await done("wait", "--for=ready", "--timeout", "10s")).toContain("ready after");
    expect(await done("up", "--detach")).toContain("already running");
    expect(await done("down")).toContain("3 masters stopped, data kept in");
    expect(await done("down")).toContain("nothing runs");
    expect(await done("up", "--detach")).toContain("ready in");
    expect(await done("kv", "get", "a", "-o", "value")).toBe("1\n");
  });

  test("without a quorum it says so, and any majority in any order brings it back", async () => {
    await done("up", "--detach", "--ports", "auto");
    await done("kv", "put", "a", "1");
    await done("kill", "m1");
    expect(await done("kill", "m3")).toContain("1 of 3 up: NO QUORUM");
    const lost = await cli("status");
    expect(lost.code).toBe(4);
    expect(lost.stdout).toContain("m1 is down   fix: trimast start m1");
    const refused = await cli("kv", "put", "b", "2", "--timeout", "300ms", "--endpoints", file().spec.masters[1]?.clientUrls[0] ?? "");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("TE0401")]);
    expect((await cli("wait", "--for=quorum", "--timeout", "50ms")).code).toBe(3);
    expect(await done("start", "m3")).toContain("2 of 3 up");
    await done("wait", "--for=leader", "--timeout", "10s");
    expect(await done("kv", "get", "a", "-o", "value")).toBe("1\n");
    expect(await done("start", "--all")).toContain("3 of 3 up");
  });

  test("partition, slow, heal, pause and resume say what is broken now", async () => {
    await done("up", "--detach", "--ports", "auto");
    const { leader } = (await status()).quorum;
    const cut = await done("partition", "leader");
    expect(cut).toMatch(new RegExp(`cut ${leader} off from m\\d,m\\d: connections stay open`));
    expect(cut).toContain("next: trimast heal");
    await until("the others elect", async () => {
      const now = (await status()).quorum.leader;
      return now !== null && now !== leader;
    });
    expect(await done("kv", "put", "a", "1", "--endpoints", endpointsBut(leader))).toBe("OK\n");
    expect(await done("heal")).toContain("no injected faults any more");
    await until("the cut-off one follows", async () => (await status()).members.find((m) => m.name === leader)?.role === "follower");
    expect(await done("slow", "m2", "20ms", "--for", "300ms")).toContain("20 ms late");
    await until("it heals by itself", async () => !(await cli("status")).stdout.includes("slowed"));
    expect(await done("pause", "m1")).toContain("m1 is paused");
    expect((await status()).members[0]?.state).toBe("paused");
    expect(await done("resume", "m1")).toContain("m1 is running");
  });

  const endpointsBut = (name: string | null): string =>
    file()
      .spec.masters.filter((m) => m.name !== name)
      .map((m) => m.advertiseClientUrls[0])
      .join();

  test("a rolling restart keeps every member's data and ends with all of them", async () => {
    await done("up", "--detach", "--ports", "auto");
    await done("kv", "put", "a", "1");
    const before = pids();
    expect(await done("restart", "--rolling")).toContain("3 of 3 up");
    expect(pids().filter((p) => before.includes(p))).toEqual([]);
    expect(await done("kv", "get", "a", "-o", "value")).toBe("1\n");
  });

  test("a member whose disk is lost is replaced: removed, added, and told who it is by the others", async () => {
    await done("up", "--detach", "--ports", "auto");
    await done("kv", "put", "a", "1");
    await done("kill", "m2");
    rmSync(join(directory, "data", "m2"), { recursive: true });
    writeFileSync(join(directory, "c.yaml"), JSON.stringify(asConfig()));
    const others = file().spec.masters.filter((m) => m.name !== "m2");
    const api = new RemoteEtcd({ endpoints: others.map((m) => m.advertiseClientUrls[0] ?? "") });
    const peerUrls = file().spec.masters[1]?.advertisePeerUrls ?? [];
    try {
      const lost = (await api.memberList({}, { linearizable: true })).members.find((m) => m.name === "m2");
      const context = () => ({ deadlineMonotonicMs: performance.now() + 5_000 });
      await until("the change is taken", () => api.memberRemove(context(), lost?.id ?? memberId(0n)));
      await until("the change is taken", () => api.memberAdd(context(), { peerUrls, isLearner: false }));
    } finally {
      api.close();
    }
    begin(["master", "--name", "m2", "--config", "c.yaml", "--initial-cluster-state", "existing"]);
    await until(
      "it follows with all that was",
      async () => (await cli("kv", "get", "a", "--serializable", "-o", "value", "--endpoints", clientOf("m2"))).stdout === "1\n",
    );
    await until("it is registered", async () => (await status()).quorum.up === 3);
    expect(await done("restart", "m2")).toContain("3 of 3 up");
  });

  const clientOf = (name: string): string => file().spec.masters.find((m) => m.name === name)?.advertiseClientUrls[0] ?? "";

  test("a backup restores as a new cluster with a higher revision", async () => {
    await done("up", "--detach", "--ports", "auto", "--masters", "1", "--roles", "store");
    for (const value of ["1", "2", "3"]) await done("kv", "put", "a", value);
    await done("snapshot", "save", "b.db");
    const [client = 0, peer = 0] = await freePorts(2);
    writeFileSync(join(directory, "c.yaml"), oneMaster(client, peer));
    expect(JSON.parse(await done("snapshot", "status", "b.db", "-o", "json"))).toMatchObject({ revision: 4, records: 3 });
    await done("down");
    expect(
      await done("snapshot", "restore", "b.db", "--data-dir", "again", "--config", "c.yaml", "--bump-revision", "1000", "--mark-compacted"),
    ).toContain("revision 1004");
    expect((await cli("snapshot", "restore", "b.db", "--data-dir", "again", "--config", "c.yaml")).stderr).toContain("TE0602");
    await done("up", "--detach", "--data-dir", "again");
    try {
      expect(JSON.parse(await done("kv", "get", "a", "-o", "json", "--data-dir", "again"))).toMatchObject({
        revision: 1004,
        kvs: [{ value: "3", version: 3 }],
      });
      expect((await cli("kv", "get", "a", "--rev", "3", "--data-dir", "again")).stderr).toContain("has been compacted");
      expect(await done("kv", "put", "a", "4", "--data-dir", "again", "-o", "json")).toContain('"revision":1005');
    } finally {
      await done("down", "--data-dir", "again");
    }
  });
});

describe("up in the foreground", () => {
  test("Ctrl-C stops all within a second, says so and exits with 130", async () => {
    const up = await upAttached();
    const masters = pids();
    const began = performance.now();
    up.child.kill("SIGINT");
    const { code, stdout } = await up.ended;
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(code).toBe(130);
    expect(stdout).toMatch(/3 masters stopped, data kept in /);
    expect(masters.filter((pid) => isAlive({ pid, startedAt: "" }))).toEqual([]);
  });

  test("its masters do not outlive a SIGKILL, and the next verb sees the truth", async () => {
    const up = await upAttached();
    const masters = pids();
    up.child.kill("SIGKILL");
    await until("all are gone", () => masters.every((pid) => !isAlive({ pid, startedAt: "" })), 5_000);
    expect((await status()).quorum.up).toBe(0);
    expect(await done("up", "--detach")).toContain("ready in");
  });

  test("start and down from elsewhere are its own work; a master that dies is started again with --restart", async () => {
    const up = await upAttached("--json", "--restart");
    const [victim] = pids();
    process.kill(victim ?? 0, "SIGKILL");
    await until("it says that it starts it again", () => up.stdout().includes('"event":"restarting"'));
    await done("wait", "--for=ready", "--timeout", "20s");
    await done("down");
    const { code, stdout } = await up.ended;
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events.slice(0, 3)).toEqual(["spawned", "spawned", "spawned"]);
    expect(events).toContain("ready");
    expect(events.at(-1)).toBe("stopped");
  });
});

describe("bad input", () => {
  test("a port in use names its owner and the way out; nothing is left running", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    writeFileSync(join(directory, "c.yaml"), oneMaster(port, port + 1));
    try {
      const { code, stderr } = await cli("up", "--config", "c.yaml");
      expect(code).toBe(1);
      expect(stderr).toContain(`TE0107 port ${port} (client address of m1) is used by "`);
      if (process.platform === "linux") expect(stderr).toContain(`(pid ${process.pid})`);
      expect(stderr).toContain("trimast up --ports auto");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("a directory in use exits with 5", async () => {
    await done("up", "--detach", "--ports", "auto", "--masters", "1");
    writeFileSync(join(directory, "c.yaml"), JSON.stringify(asConfig()));
    const { code, stderr } = await cli("master", "--name", "m1", "--config", "c.yaml");
    expect([code, stderr]).toEqual([5, expect.stringContaining("TE0301")]);
    expect(stderr).toContain(String(pids()[0]));
  });

  test("another cluster's directory is refused", async () => {
    await done("up", "--detach", "--ports", "auto", "--masters", "1");
    writeFileSync(join(directory, "c.yaml"), JSON.stringify({ ...asConfig(), spec: { ...asConfig().spec, store: { token: "other" } } }));
    await done("down");
    const viaUp = await cli("up", "--detach", "--config", "c.yaml");
    expect([viaUp.code, viaUp.stderr]).toEqual([2, expect.stringContaining("TE0103")]);
    const { code, stderr } = await cli("master", "--name", "m1", "--config", "c.yaml");
    expect([code, stderr]).toEqual([1, expect.stringContaining("TE0105")]);
    expect((await cli("up", "--masters", "5")).stderr).toContain("TE0103");
  });

  test.each([
    [["kil", "leader"], 2, "Did you mean kill?"],
    [["up", "--mastres", "3"], 2, "Did you mean --masters?"],
    [["up", "--masters", "4"], 2, "a quorum has 1, 3 or 5 masters"],
    [["up", "--config", "none.yaml"], 2, "TE0101"],
    [["up", "--roles", "scheduler"], 2, "TE0002"],
    [["status"], 1, "TE0201"],
    [["kill", "leader"], 1, "trimast up"],
    [["wait", "--for=peace"], 2, "Allowed choices are quorum, leader, ready"],
    [["etcd", "--discovery-srv", "x"], 2, "TE0701"],
    [["kv", "get", "a", "--endpoints", "127.0.0.1:1"], 1, "TE0501"],
    [["snapshot", "status", "none.db"], 1, "TE0601"],
  ])("%j", async (args, exit, says) => {
    const { code, stderr } = await cli(...args);
    expect([code, stderr]).toEqual([exit, expect.stringContaining(says)]);
    expect(stderr).toMatch(/fix: {2}\S/);
  });

  test("off loopback is refused without TLS", async () => {
    writeFileSync(join(directory, "c.yaml"), oneMaster(1, 2).replace("127.0.0.1", "0.0.0.0"));
    const { code, stderr } = await cli("up", "--config", "c.yaml");
    expect([code, stderr]).toEqual([2, expect.stringContaining("TE0102 0.0.0.0:1")]);
  });

  test("reset asks, and deletes only what is ours", async () => {
    await done("up", "--detach", "--ports", "auto", "--masters", "1");
    const masters = pids();
    expect((await cli("reset")).stderr).toContain("TE0205");
    expect(await done("reset", "--yes")).toContain("deleted");
    expect(existsSync(join(directory, "data"))).toBe(false);
    expect(masters.some((pid) => isAlive({ pid, startedAt: "" }))).toBe(false);
    expect(await done("reset", "--yes", "--data-dir", directory)).toContain("nothing of ours");
    expect(existsSync(directory)).toBe(true);
  });
});

const oneMaster = (client: number, peer: number): string =>
  `apiVersion: trimast.dev/v1alpha1\nkind: Cluster\nspec:\n  masters:\n    - name: m1\n      client: 127.0.0.1:${client}\n      peer: 127.0.0.1:${peer}\n`;

test("explain, help and version work without a cluster", async () => {
  expect(await done("explain", "te0401")).toContain("trimast start --all");
  expect(await done()).toContain("trimast kill leader");
  expect(await done("--version")).toMatch(/^trimast v\d/);
  expect(await done("etcd", "--version")).toMatch(/^etcd Version: \d+\.\d+\.\d+\nGit SHA: .*\nGo Version: .*\nGo OS\/Arch: .*\n$/);
});
