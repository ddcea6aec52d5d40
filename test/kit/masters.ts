import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { RemoteEtcd, type RemoteTls } from "../../src/etcd/rpc/client/index.js";
import type { TlsSettings } from "../../src/host/index.js";
import { type ClusterSpec, DEFAULT_STORE, type GrpcAdapter, type StoreSettings } from "../../src/master/cluster/index.js";
import { freePorts } from "./ports.js";
import { until } from "./until.js";

/** TRIMAST_PROGRAM: another build of the same. */
const PROGRAM = process.env["TRIMAST_PROGRAM"] ?? resolve(import.meta.dirname, "../../dist/master-process.js");

/** Every address https: what masters have, and what clients show. */
export interface ClusterTls {
  readonly settings: TlsSettings;
  readonly remote: RemoteTls;
}

/** Real master processes on loopback, for tests: started, killed, paused, cut off and started again. */
export interface TestMaster {
  readonly name: string;
  readonly endpoint: string;
  readonly peerUrl: string;
  readonly dataDir: string;
  process: ChildProcess | undefined;
}

export class TestCluster {
  readonly directory: string;
  readonly masters: TestMaster[];
  readonly spec: ClusterSpec;

  readonly tls: ClusterTls | undefined;

  private constructor(at: Pick<TestCluster, "directory" | "masters" | "spec" | "tls">) {
    this.directory = at.directory;
    this.masters = at.masters;
    this.spec = at.spec;
    this.tls = at.tls;
  }

  static async create(
    count: number,
    store: Partial<StoreSettings> = {},
    { tls, grpcServer = "wire" }: { readonly tls?: ClusterTls | undefined; readonly grpcServer?: GrpcAdapter | undefined } = {},
  ): Promise<TestCluster> {
    const scheme = tls === undefined ? "http" : "https";
    const ports = await freePorts(count * 2);
    const directory = mkdtempSync(join(tmpdir(), "trimast-test-"));
    const masters = Array.from({ length: count }, (_, i): TestMaster => {
      const name = `m${i + 1}`;
      return {
        name,
        endpoint: `${scheme}://127.0.0.1:${ports[i * 2]}`,
        peerUrl: `${scheme}://127.0.0.1:${ports[i * 2 + 1]}`,
        dataDir: join(directory, name),
        process: undefined,
      };
    });
    const spec: ClusterSpec = {
      name: "test",
      store: { ...DEFAULT_STORE, ...store },
      masters: masters.map((m) => ({
        name: m.name,
        clientUrls: [m.endpoint],
        advertiseClientUrls: [m.endpoint],
        peerUrls: [m.peerUrl],
        advertisePeerUrls: [m.peerUrl],
        serving: { grpcServer },
        ...(tls === undefined ? {} : { tls: tls.settings }),
      })),
    };
    return new TestCluster({ directory, masters, spec, tls });
  }

  /** Started and with a leader that all of them know. */
  static async start(...args: Parameters<typeof TestCluster.create>): Promise<TestCluster> {
    const cluster = await TestCluster.create(...args);
    for (const m of cluster.masters) cluster.startMaster(m);
    await cluster.ready();
    return cluster;
  }

  get endpoints(): string {
    return this.masters.map((m) => m.endpoint).join(",");
  }
  master(name: string): TestMaster {
    const found = this.masters.find((m) => m.name === name);
    if (!found) throw new Error(`no master ${name}`);
    return found;
  }

  startMaster(m: TestMaster, more: Readonly<Record<string, unknown>> = {}): void {
    const file = join(this.directory, `${m.name}.json`);
    writeFileSync(file, JSON.stringify({ cluster: this.spec, name: m.name, dataDir: m.dataDir, initialState: "new", ...more }));
    const log = openSync(join(this.directory, `${m.name}.log`), "a");
    m.process = spawn(process.execPath, [PROGRAM, file], { stdio: ["ignore", log, log] });
  }

  async ready(masters: readonly TestMaster[] = this.masters, timeoutMs = 20_000): Promise<void> {
    await Promise.all(
      masters.map((m) => until(`${m.name} knows a leader\n${this.log(m)}`, async () => (await this.status(m)).leader !== 0n, timeoutMs)),
    );
  }

  async status(m: TestMaster) {
    const api = new RemoteEtcd({ endpoints: [m.endpoint], ...(this.tls === undefined ? {} : { tls: this.tls.remote }) });
    try {
      return await api.status({ deadlineMonotonicMs: performance.now() + 1_000 });
    } finally {
      api.close();
    }
  }

  async leader(): Promise<TestMaster> {
    return until("a master says that it leads", async () => {
      for (const m of this.masters.filter((x) => x.process)) {
        const s = await this.status(m).catch(() => undefined);
        if (s && s.leader !== 0n && s.leader === s.header.memberId) return m;
      }
      return undefined;
    });
  }

  async kill(m: TestMaster, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = m.process;
    if (!child) return;
    m.process = undefined;
    // One that ended by itself tells so only once.
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }

  log(m: TestMaster): string {
    try {
      return readFileSync(join(this.directory, `${m.name}.log`), "utf8").slice(-4_000);
    } catch {
      return "";
    }
  }

  async etcdctl(args: readonly string[], options: { readonly endpoints?: string; readonly input?: string } = {}): Promise<string> {
    const child = promisify(execFile)("etcdctl", [...args], {
      env: { ...process.env, ETCDCTL_API: "3", ETCDCTL_ENDPOINTS: (options.endpoints ?? this.endpoints).replaceAll("http://", "") },
      timeout: 20_000,
    });
    if (options.input !== undefined) child.child.stdin?.end(options.input);
    return (await child).stdout;
  }

  async stop(): Promise<void> {
    await Promise.all(this.masters.map((m) => this.kill(m)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
