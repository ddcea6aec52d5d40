import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Etcd3 } from "etcd3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NO_LEASE } from "../../src/base/index.js";
import { ETCD_VERSION } from "../../src/etcd/member/index.js";
import { RemoteEtcd, type RemoteTls } from "../../src/etcd/rpc/client/index.js";
import type { TlsFiles } from "../../src/host/index.js";
import { TestCa } from "../kit/certificates.js";
import { has } from "../kit/etcd.js";
import { type ClusterTls, TestCluster } from "../kit/masters.js";
import { freePorts } from "../kit/ports.js";
import { until } from "../kit/until.js";

/** Whole clusters within TLS, and the clients that people have. */

const ca = new TestCa();
afterAll(() => ca.remove());
const server = ca.issue("server");
const peer = ca.issue("peer");
const alice = ca.issue("alice");
const FLAGS = ["--cacert", ca.caFile, "--cert", alice.certFile, "--key", alice.keyFile];
const remote: RemoteTls = { ca: Buffer.from(ca.ca.certPem), cert: Buffer.from(alice.certPem), key: Buffer.from(alice.keyPem) };
const files = (of: { readonly certFile: string; readonly keyFile: string }, more: Partial<TlsFiles> = {}): TlsFiles => ({
  kind: "files",
  certFile: of.certFile,
  keyFile: of.keyFile,
  trustedCaFile: ca.caFile,
  clientCertAuth: true,
  ...more,
});
const MUTUAL: ClusterTls = { settings: { client: files(server), peer: files(peer, { allowedNames: ["peer"] }) }, remote };

const soon = (ms: number) => ({ deadlineMonotonicMs: performance.now() + ms });
const run = async (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await promisify(execFile)(program, [...args], { timeout: 20_000, env: { ...process.env, ETCDCTL_API: "3", NO_COLOR: "1", ...env } }))
    .stdout;

describe("three masters that trust one authority", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(3, {}, { tls: MUTUAL });
  });
  afterAll(() => cluster?.stop());
  const endpoint = (): string => cluster.masters[0]?.endpoint ?? "";

  test.runIf(has("etcdctl", ["version"]))("etcdctl with its certificate", async () => {
    const etcdctl = (...args: string[]) => run("etcdctl", ["--endpoints", cluster.endpoints, ...FLAGS, ...args]);
    expect(await etcdctl("put", "a", "b")).toBe("OK\n");
    expect(await etcdctl("get", "a")).toBe("a\nb\n");
    expect(await etcdctl("endpoint", "health")).toBe("");
    const without = ["--endpoints", endpoint(), "--cacert", ca.caFile, "--command-timeout", "1s", "get", "a"];
    await expect(run("etcdctl", without)).rejects.toThrow(/context deadline exceeded/);
  });

  test("the etcd3 package with its certificate", async () => {
    const credentials = {
      rootCertificate: Buffer.from(ca.ca.certPem),
      privateKey: Buffer.from(alice.keyPem),
      certChain: Buffer.from(alice.certPem),
    };
    const client = new Etcd3({ hosts: cluster.masters.map((m) => m.endpoint.replace("127.0.0.1", "localhost")), credentials });
    await client.put("etcd3").value("x");
    expect(await client.get("etcd3").string()).toBe("x");
    client.close();
  });

  test.runIf(has("curl"))("curl over HTTP/1.1 and HTTP/2: health, metrics, the JSON gateway", async () => {
    await run("etcdctl", ["--endpoints", endpoint(), ...FLAGS, "put", "json", "1"]);
    for (const [flag, version] of [
      ["--http1.1", "1.1"],
      ["--http2", "2"],
    ] as const) {
      const curl = (path: string, ...more: string[]) =>
        run("curl", ["-s", flag, ...FLAGS, `${endpoint()}${path}`, "-w", " %{http_version}", ...more]);
      expect(await curl("/health")).toBe(`{"health":"true","reason":""} ${version}`);
      expect(await curl("/metrics")).toContain("etcd_server_has_leader");
      expect(await curl("/v3/kv/range", "-d", '{"key":"anNvbg=="}')).toContain('"value":"MQ=="');
    }
  });

  test.runIf(has("h2load"))("h2load, many connections at once", async () => {
    // It shows no certificate: a port of its own that asks for none is what `clientCertAuth` leaves out; refused here, each by an alert.
    const said = await run("h2load", ["-n", "4", "-c", "4", `${endpoint()}/health`]).catch((e: Error) => e.message);
    expect(said).toMatch(/0 succeeded/);
  });

  test("who kills the leader goes on writing, and a member joins that knows peer addresses alone", async () => {
    const api = new RemoteEtcd({ endpoints: cluster.masters.map((m) => m.endpoint), tls: remote });
    const ports = await freePorts(2);
    const url = `https://127.0.0.1:${ports[1]}`;
    await until("it is added", async () => {
      await api.memberAdd(soon(5_000), { peerUrls: [url], isLearner: true });
      return true;
    });
    const joining = {
      name: "m4",
      clientUrls: [`https://127.0.0.1:${ports[0]}`],
      advertiseClientUrls: [`https://127.0.0.1:${ports[0]}`],
      peerUrls: [url],
      advertisePeerUrls: [url],
      tls: MUTUAL.settings,
    };
    const others = cluster.spec.masters.map((m) => ({ ...m, clientUrls: [], advertiseClientUrls: [] }));
    const m4 = {
      name: "m4",
      endpoint: joining.clientUrls[0] ?? "",
      peerUrl: url,
      dataDir: join(cluster.directory, "m4"),
      process: undefined,
    };
    cluster.masters.push(m4);
    cluster.startMaster(m4, { cluster: { ...cluster.spec, masters: [...others, joining] }, initialState: "existing" });
    await cluster.ready([m4]);
    await cluster.kill(await cluster.leader());
    await until("a write is acknowledged", async () => {
      await api.put(soon(2_000), {
        kind: "put",
        key: Buffer.from("k"),
        value: Buffer.from("v"),
        lease: NO_LEASE,
        prevKv: false,
        ignoreValue: false,
        ignoreLease: false,
      });
      return true;
    });
    api.close();
  });

  test("a stranger with another authority's certificate is no peer", async () => {
    const theirs = new TestCa("theirs");
    const mallory = theirs.issue("peer");
    const tls: ClusterTls = { settings: { client: files(server), peer: files(mallory) }, remote };
    const alone = await TestCluster.create(1, {}, { tls });
    const [m] = alone.masters;
    const [spec] = alone.spec.masters;
    if (!m || !spec) throw new Error("no master");
    // Of its own name there is only itself: else it would start as that member, with that member's certificates.
    const strangers = cluster.spec.masters.filter((o) => o.name !== spec.name);
    const others = strangers.map((o) => ({ ...o, clientUrls: [], advertiseClientUrls: [] }));
    alone.startMaster(m, { cluster: { ...alone.spec, masters: [...others, spec] }, initialState: "existing" });
    await until("it ends", () => m.process?.exitCode !== null);
    expect(alone.log(m)).toMatch(/the master cannot start.*(certificate|handshake|unavailable|deadline|No connection)/i);
    await alone.stop();
    theirs.remove();
  });
});

describe("certificates that masters make", () => {
  test("peers and clients are encrypted, the files are kept, clients may trust them by having them", async () => {
    const auto = { kind: "auto", days: 30 } as const;
    const cluster = await TestCluster.start(
      3,
      {},
      { tls: { settings: { client: auto, peer: auto }, remote: { insecureSkipVerify: true } } },
    );
    try {
      const m1 = cluster.master("m1");
      const own = join(m1.dataDir, "fixtures", "client", "cert.pem");
      const before = readFileSync(own, "utf8");
      const api = new RemoteEtcd({ endpoints: [m1.endpoint], tls: { ca: Buffer.from(before) } });
      expect((await api.status({})).version).toBe(ETCD_VERSION);
      api.close();
      await cluster.kill(m1, "SIGTERM");
      cluster.startMaster(m1);
      await cluster.ready([m1]);
      expect(readFileSync(own, "utf8")).toBe(before);
    } finally {
      await cluster.stop();
    }
  });
});

describe("the program", () => {
  const PROGRAM = resolve(process.env["TRIMAST_CLI"] ?? resolve(import.meta.dirname, "../../dist/trimast.js"));
  const children: ChildProcess[] = [];
  let directory = "";
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null) continue;
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
    }
    rmSync(directory, { recursive: true, force: true });
  });
  function begin(...args: string[]): { readonly said: () => string } {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: directory, env: { ...process.env, NO_COLOR: "1" } });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => (said += text.toString()));
    return { said: () => said };
  }

  test("up from a file with spec.tls; kv finds the certificates by itself", async () => {
    directory = mkdtempSync(join(tmpdir(), "trimast-tls-"));
    const [c, p] = await freePorts(2);
    writeFileSync(
      join(directory, "c.yaml"),
      `apiVersion: trimast.dev/v1alpha1
kind: Cluster
spec:
  tls:
    client: { certFile: ${server.certFile}, keyFile: ${server.keyFile}, trustedCaFile: ${ca.caFile}, clientCertAuth: true }
    peer: { auto: true }
  masters: [{ name: m1, client: "127.0.0.1:${c}", peer: "127.0.0.1:${p}" }]
`,
    );
    const up = begin("up", "--config", "c.yaml", "--data-dir", "data");
    await until(`it is ready`, async () => /ready in/.test(up.said()));
    const kv = (...args: string[]) => run(process.execPath, [PROGRAM, "kv", ...args]);
    expect(await kv("put", "a", "b", "--data-dir", join(directory, "data"))).toBe("OK\n");
    expect(await kv("get", "a", "--endpoints", `https://127.0.0.1:${c}`, ...FLAGS)).toBe("a\nb\n");
    await expect(kv("get", "a", "--endpoints", `http://127.0.0.1:${c}`, "--timeout", "1s")).rejects.toThrow(/TE0[45]01/);
  });

  test("etcd's flags: http, https and unix sockets side by side, cleaned up at the end", async () => {
    directory = mkdtempSync(join(tmpdir(), "trimast-tls-"));
    const [plain, secure, p] = await freePorts(3);
    const socket = join(directory, "etcd.sock");
    // A dead process's socket is in the way.
    const die = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    await run(process.execPath, ["-e", die, socket]).catch(() => undefined);
    expect(existsSync(socket)).toBe(true);
    const etcd = begin(
      ...["etcd", "--name", "e", "--data-dir", "d", "--cert-file", server.certFile, "--key-file", server.keyFile],
      ...["--listen-client-urls", `http://127.0.0.1:${plain},https://127.0.0.1:${secure},unix://${socket}`],
      ...["--advertise-client-urls", `http://127.0.0.1:${plain}`],
      ...["--listen-peer-urls", `http://127.0.0.1:${p}`, "--initial-advertise-peer-urls", `http://127.0.0.1:${p}`],
      ...["--initial-cluster", `e=http://127.0.0.1:${p}`],
    );
    await until("it is ready", async () => /ready to serve/.test(etcd.said()));
    const revisions: number[] = [];
    for (const endpoint of [`http://127.0.0.1:${plain}`, `https://127.0.0.1:${secure}`, `unix://${socket}`]) {
      const api = new RemoteEtcd({
        endpoints: [endpoint],
        ...(endpoint.startsWith("https") ? { tls: { ca: remote.ca as Uint8Array } } : {}),
      });
      revisions.push((await api.status(soon(5_000))).header.revision);
      api.close();
    }
    expect(revisions).toEqual([1, 1, 1]);
    const [child] = children;
    const gone = new Promise((done) => child?.once("exit", done));
    child?.kill("SIGTERM");
    await gone;
    expect(existsSync(socket)).toBe(false);
  });
});
