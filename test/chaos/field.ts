import { type ChildProcess, execFileSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { NO_MEMBER, present } from "../../src/base/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { controlGet, controlPost, type FaultRequest, type MasterStatus } from "../../src/master/cluster/index.js";
import { TestCluster, type TestMaster } from "../kit/masters.js";
import { until } from "../kit/until.js";
import { wait } from "./clients.js";

const ASK_MS_MAX = 500;
const WORDS_LINES_MAX = 8;
const FILL_CHUNK_BYTES = 4 * 1024 * 1024;

/** The masters under attack, and everything that can be done to them. */
export class Field {
  readonly cluster: TestCluster;
  /** Ends that nobody here caused. */
  readonly crashes: string[] = [];
  readonly #killed = new WeakSet<object>();
  readonly #paused = new Set<TestMaster>();
  /** The master whose directory is a small file system of its own, and where a filler goes. */
  readonly smallDisk: { readonly master: TestMaster; readonly filler: string } | undefined;

  private constructor(cluster: TestCluster, smallDisk: Field["smallDisk"]) {
    this.cluster = cluster;
    this.smallDisk = smallDisk;
    process.once("exit", this.#abandon);
  }

  /** Started; not yet ready. */
  static async start(count: number, options: { readonly smallDiskMiB: number }): Promise<Field> {
    const cluster = await TestCluster.create(count);
    const master = cluster.masters.at(-1) as TestMaster;
    const mounted = options.smallDiskMiB > 0 && mountSmall(master.dataDir, options.smallDiskMiB);
    const field = new Field(cluster, mounted ? { master, filler: join(master.dataDir, "filler") } : undefined);
    for (const m of cluster.masters) field.start(m);
    return field;
  }

  get masters(): readonly TestMaster[] {
    return this.cluster.masters;
  }
  get endpoints(): string[] {
    return this.masters.map((m) => m.endpoint);
  }

  start(m: TestMaster): void {
    if (this.#runs(m)) return;
    this.cluster.startMaster(m, { controlSocket: this.#socket(m) });
    this.#watchEnd(m, present(m.process, `process of ${m.name}`));
  }
  #runs(m: TestMaster): boolean {
    return m.process !== undefined;
  }
  #watchEnd(m: TestMaster, child: ChildProcess): void {
    child.once("exit", (code, signal) => {
      if (this.#killed.has(child)) return;
      if (m.process === child) m.process = undefined;
      this.crashes.push(`${m.name} ended by itself (${signal ?? code})`);
    });
  }
  async kill(m: TestMaster): Promise<void> {
    if (m.process) this.#killed.add(m.process);
    this.#paused.delete(m);
    await this.cluster.kill(m);
  }
  pause(m: TestMaster): void {
    m.process?.kill("SIGSTOP");
    this.#paused.add(m);
  }
  resume(m: TestMaster): void {
    m.process?.kill("SIGCONT");
    this.#paused.delete(m);
  }

  async leader(): Promise<TestMaster | undefined> {
    const answers = await Promise.all(this.masters.map(async (m) => ({ m, status: await this.status(m) })));
    return answers.filter((a) => a.status?.role === "leader").sort((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0]?.m;
  }
  async status(m: TestMaster): Promise<MasterStatus | undefined> {
    if (!m.process || this.#paused.has(m)) return undefined;
    return controlGet<MasterStatus>(this.#socket(m), "/status", { timeoutMs: ASK_MS_MAX }).catch(() => undefined);
  }

  /** A black hole between the two sides; connections stay open. */
  async cut(side: readonly TestMaster[]): Promise<void> {
    const rest = this.masters.filter((m) => !side.includes(m));
    const peers = (list: readonly TestMaster[]): string[] => list.map((m) => m.name);
    await Promise.all([
      ...side.map((m) => this.#fault(m, { peers: peers(rest), drop: true })),
      ...rest.map((m) => this.#fault(m, { peers: peers(side), drop: true })),
    ]);
  }
  slow(m: TestMaster, delayMs: number): Promise<void> {
    return this.#fault(m, { peers: "all", delayMs });
  }
  async #fault(m: TestMaster, fault: FaultRequest): Promise<void> {
    if (m.process && !this.#paused.has(m)) await controlPost(this.#socket(m), "/faults", fault, { timeoutMs: ASK_MS_MAX }).catch(() => {});
  }

  /** Leaves so much of the small file system free. */
  fill(leaveMiB: number): void {
    if (!this.smallDisk) return;
    const chunk = Buffer.alloc(FILL_CHUNK_BYTES);
    const file = openSync(this.smallDisk.filler, "w");
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(this.smallDisk.master.dataDir);
        const bytes = Math.min(chunk.length, bavail * bsize - leaveMiB * 1024 * 1024);
        if (bytes <= 0) return;
        writeSync(file, chunk, 0, bytes);
      }
    } catch (error) {
      // The master wrote meanwhile: it is full, as wished.
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }
  async room(): Promise<void> {
    if (!this.smallDisk) return;
    rmSync(this.smallDisk.filler, { force: true });
    this.start(this.smallDisk.master);
    await this.cluster.ready([this.smallDisk.master]);
    await this.clearAlarms();
  }
  /** An alarm stays until somebody lifts it; a master that still sees too little room raises it again. */
  async clearAlarms(): Promise<void> {
    const api = new RemoteEtcd({ endpoints: this.endpoints });
    try {
      await until("no alarm is left", async () => {
        const context = { deadlineMonotonicMs: performance.now() + 5_000 };
        const { alarms } = await api.alarm(context, { action: "get", memberId: NO_MEMBER, alarm: "none" });
        for (const { memberId, alarm } of alarms) await api.alarm(context, { action: "deactivate", memberId, alarm });
        return (await Promise.all(this.masters.map((m) => this.status(m)))).every((s) => s === undefined || s.alarms.length === 0);
      });
    } finally {
      api.close();
    }
  }

  /** Everybody up, running and connected. */
  async healAll(): Promise<void> {
    for (const m of this.masters) {
      this.resume(m);
      this.start(m);
    }
    // Faults first: a master that is cut off never knows a leader.
    await Promise.all(this.masters.map((m) => until(`${m.name} forgets its faults`, () => this.#forget(m))));
    await this.cluster.ready();
  }
  async #forget(m: TestMaster): Promise<boolean> {
    this.start(m);
    await controlPost(this.#socket(m), "/faults", { clear: true } satisfies FaultRequest, { timeoutMs: ASK_MS_MAX });
    return true;
  }

  /** Nothing outlives this process, however it ends. */
  readonly #abandon = (): void => {
    for (const m of this.masters) m.process?.kill("SIGKILL");
    if (this.smallDisk) unmount(this.smallDisk.master.dataDir);
  };

  async alarms(): Promise<string> {
    const told = await Promise.all(
      this.masters.map(async (m) => `${m.name} ${(await this.status(m))?.alarms.join(",") ?? "does not answer"}`),
    );
    return `alarms: ${told.join("; ")}`;
  }
  /** The last words of every master: for whoever looks for the reason. */
  lastWords(): string {
    return this.masters.map((m) => `${m.name}:\n${this.cluster.log(m).split("\n").slice(-WORDS_LINES_MAX).join("\n")}`).join("\n");
  }

  async stop(options: { readonly keep: boolean }): Promise<void> {
    for (const m of this.masters) await this.kill(m);
    process.off("exit", this.#abandon);
    if (this.smallDisk) {
      const { master, filler } = this.smallDisk;
      // What was on the small file system goes with it.
      if (options.keep) cpSync(master.dataDir, `${master.dataDir}.kept`, { recursive: true, filter: (file) => file !== filler });
      unmount(master.dataDir);
    }
    if (options.keep) return;
    await this.cluster.stop();
  }

  #socket(m: TestMaster): string {
    return join(this.cluster.directory, `${m.name}.sock`);
  }
}

function mountSmall(directory: string, mebibytes: number): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    mkdirSync(directory, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", directory], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
function unmount(directory: string): void {
  try {
    execFileSync("umount", ["-l", directory], { stdio: "ignore" });
  } catch {
    // Already gone, or never ours: the directory's removal says so.
  }
}

export { wait };
