import { appendFileSync, mkdirSync } from "node:fs";
import {
  CLUSTER_FILE_VERSION,
  type ClusterFile,
  type MasterProcess,
  updateClusterFile,
  withMaster,
  withoutSupervisor,
} from "./cluster-file.js";
import { controlPost } from "./control-client.js";
import type { MasterFailure, MasterMessage, NamesRequest, StopRequest } from "./control-protocol.js";
import { type ControlServer, serveControl } from "./control-server.js";
import { type FrontSocket, openFront } from "./front.js";
import { EXIT_POLL_MS, LOG_TAIL_LINES, RESTART_MS_MAX, RESTART_MS_MIN, STOP_MS_MAX } from "./limits.js";
import { logDirectory, logPath, supervisorSocketPath } from "./paths.js";
import { ensurePki } from "./pki.js";
import { refOf, signal } from "./process-state.js";
import { type SpawnedMaster, spawnMaster } from "./spawn.js";
import type { ClusterSpec } from "./spec.js";

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly cluster: ClusterSpec;
  readonly origin: string;
  readonly attached: boolean;
  /** A master that dies is started again. */
  readonly restart: boolean;
  readonly onEvent: (event: SupervisorEvent) => void;
}

export type SupervisorEvent =
  | { readonly kind: "spawned"; readonly name: string; readonly pid: number }
  | { readonly kind: "listening"; readonly name: string }
  | { readonly kind: "leader"; readonly name: string; readonly leader: string; readonly term: number }
  | { readonly kind: "line"; readonly name: string; readonly text: string }
  | { readonly kind: "failed"; readonly name: string; readonly failure: MasterFailure }
  | {
      readonly kind: "exited";
      readonly name: string;
      readonly code: number | null;
      readonly signal: string | null;
      readonly wanted: boolean;
    }
  | { readonly kind: "restarting"; readonly name: string; readonly inMs: number }
  | { readonly kind: "stopping" };

interface Run {
  readonly process: SpawnedMaster;
  listening: boolean;
  serving: boolean;
  leader: string;
  term: number;
  wanted: boolean;
  readonly tail: string[];
  failure: MasterFailure | undefined;
}

/** Starts masters as processes and knows what became of them. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #runs = new Map<string, Run>();
  readonly #waiting = new Set<() => void>();
  readonly #restartMs = new Map<string, number>();
  #control: ControlServer | undefined;
  #front: FrontSocket | undefined;
  #stopping = false;
  #started = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get running(): readonly string[] {
    return [...this.#runs.keys()].sort();
  }
  pidOf(name: string): number | undefined {
    return this.#runs.get(name)?.process.pid;
  }
  /** As the masters said last; "" when nobody leads. */
  get leader(): { readonly name: string; readonly term: number } {
    let best = { name: "", term: 0 };
    for (const run of this.#runs.values()) if (run.leader !== "" && run.term >= best.term) best = { name: run.leader, term: run.term };
    return best;
  }

  /** Before the first start: certificates and kubeconfig, and the socket that all masters of that start inherit. */
  async prepareApi(): Promise<void> {
    const { cluster, dataDir } = this.#options;
    if (cluster.front === undefined) return;
    const [front] = await Promise.all([openFront(cluster.front), Promise.resolve(ensurePki(dataDir, { server: cluster.front, ips: [] }))]);
    this.#front = front;
  }

  /** Processes first, everything else afterwards: a start waits for nothing that it does not need. */
  start(names: readonly string[]): void {
    // A rolling restart that was under way must not start what a stop has just ended.
    if (this.#stopping) return;
    const front = this.#front;
    this.#front = undefined;
    const started = names.filter((n) => !this.#runs.has(n)).map((name) => this.#spawn(name, front?.fd));
    front?.close();
    this.#started = Math.max(this.#started, started.length);
    this.#record(started);
  }

  /** Takes orders from other processes while it is attached. */
  async listen(onStop: () => void): Promise<void> {
    if (!this.#options.attached) return;
    const socket = supervisorSocketPath(this.#options.dataDir);
    this.#control = await serveControl(socket, {
      "POST /start": (body) => this.start(this.#known((body as NamesRequest).names)),
      "POST /expect": (body) => this.#expect((body as NamesRequest).names),
      "POST /stop": () => {
        setImmediate(onStop);
        return { masters: this.#runs.size };
      },
      "GET /ping": () => ({ pid: process.pid }),
    });
    updateClusterFile(
      this.#options.dataDir,
      (file) => file && { ...file, supervisor: { ...refOf(process.pid), socket, restart: this.#options.restart } },
    );
  }

  /** Resolves when all that were started listen and most know a leader; rejects with why the first one could not start. */
  ready(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle();
      };
      const look = (): void => {
        const failed = [...this.#runs.values()].find((r) => r.failure !== undefined);
        if (failed?.failure) return done(() => reject(new MasterFailed(failed.process.name, failed.failure as MasterFailure)));
        const runs = [...this.#runs.values()];
        const majority = Math.floor(this.#options.cluster.masters.length / 2) + 1;
        if (runs.length < majority && !this.#stopping && this.#started >= majority)
          return done(() => reject(new MastersEnded(runs.length)));
        const led = runs.filter((r) => r.leader !== "").length;
        if (runs.every((r) => r.listening && r.serving) && led >= majority) done(resolve);
      };
      const timer = setTimeout(() => done(() => reject(new NotReadyInTime(timeoutMs))), timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** All stop at once, without handing leadership from one that stops to another; who takes too long is killed. */
  async stop(): Promise<number> {
    const runs = [...this.#runs.values()];
    this.#options.onEvent({ kind: "stopping" });
    this.#stopping = true;
    for (const run of runs) {
      run.wanted = true;
      signal(refOf(run.process.pid), "SIGCONT");
      const body: StopRequest = { transfer: false };
      controlPost(run.process.socket, "/stop", body).catch(() => run.process.kill("SIGTERM"));
    }
    const deadline = setTimeout(() => this.killAll(), STOP_MS_MAX);
    await this.#until(() => this.#runs.size === 0);
    clearTimeout(deadline);
    await this.#control?.close();
    updateClusterFile(this.#options.dataDir, (file) => file && withoutSupervisor(file));
    return runs.length;
  }

  killAll(): void {
    this.#stopping = true;
    for (const run of this.#runs.values()) run.process.kill("SIGKILL");
  }

  kill(name: string, how: NodeJS.Signals): void {
    const run = this.#runs.get(name);
    if (!run) return;
    run.wanted = true;
    run.process.kill(how);
  }

  /** Daemons go on without this process. */
  release(): void {
    for (const run of this.#runs.values()) run.process.release();
  }

  // ---------------------------------------------------------------- one master

  #spawn(name: string, frontFd: number | undefined): MasterProcess {
    const { dataDir, cluster, attached } = this.#options;
    const process = spawnMaster(
      name,
      { dataDir, cluster, attached, ...(frontFd === undefined ? {} : { frontFd }) },
      {
        message: (message) => this.#message(name, message),
        line: (text) => this.#line(name, text),
        exit: (code, by) => this.#exited(name, code, by),
      },
    );
    this.#runs.set(name, {
      process,
      listening: false,
      serving: this.#options.cluster.front === undefined,
      leader: "",
      term: 0,
      wanted: false,
      tail: [],
      failure: undefined,
    });
    this.#options.onEvent({ kind: "spawned", name, pid: process.pid });
    return { ...refOf(process.pid), name, socket: process.socket };
  }

  #message(name: string, message: MasterMessage): void {
    const run = this.#runs.get(name);
    if (!run) return;
    switch (message.kind) {
      case "listening":
        run.listening = true;
        this.#restartMs.delete(name);
        this.#options.onEvent({ kind: "listening", name });
        break;
      case "serving":
        run.serving = true;
        break;
      case "leader":
        run.leader = message.leader;
        run.term = message.term;
        this.#options.onEvent({ kind: "leader", name, leader: message.leader, term: message.term });
        break;
      case "failed":
        run.failure = message.failure;
        this.#options.onEvent({ kind: "failed", name, failure: message.failure });
        break;
    }
    this.#look();
  }

  #line(name: string, text: string): void {
    const run = this.#runs.get(name);
    run?.tail.push(text);
    if (run && run.tail.length > LOG_TAIL_LINES) run.tail.shift();
    this.#writeLog(name, text);
    this.#options.onEvent({ kind: "line", name, text });
  }

  #writeLog(name: string, text: string): void {
    try {
      mkdirSync(logDirectory(this.#options.dataDir), { recursive: true });
      appendFileSync(logPath(this.#options.dataDir, name), `${text}\n`);
    } catch {
      // A log that cannot be written must not stop the masters.
    }
  }

  #exited(name: string, code: number | null, by: NodeJS.Signals | null): void {
    const run = this.#runs.get(name);
    if (!run) return;
    if (!run.listening && run.failure === undefined && !run.wanted) {
      const failure: MasterFailure = { code: "other", message: run.tail.slice(-3).join("\n") || `ended with ${by ?? `code ${code}`}` };
      run.failure = failure;
      this.#options.onEvent({ kind: "failed", name, failure });
      this.#look();
    }
    this.#runs.delete(name);
    const wanted = run.wanted || code === 0 || this.#stopping;
    this.#options.onEvent({ kind: "exited", name, code, signal: by, wanted });
    this.#look();
    if (!wanted && this.#options.restart && !this.#stopping) this.#restartLater(name);
  }

  #restartLater(name: string): void {
    const inMs = this.#restartMs.get(name) ?? RESTART_MS_MIN;
    this.#restartMs.set(name, Math.min(RESTART_MS_MAX, inMs * 2));
    this.#options.onEvent({ kind: "restarting", name, inMs });
    setTimeout(() => {
      if (!this.#stopping) this.start([name]);
    }, inMs);
  }

  // ---------------------------------------------------------------- what others know

  #known(names: readonly string[]): readonly string[] {
    const known = this.#options.cluster.masters.map((m) => m.name);
    const unknown = names.find((n) => !known.includes(n));
    if (unknown !== undefined) throw new Error(`no master named ${unknown}`);
    return names;
  }

  /** These are about to be stopped on purpose: no alarm, no restart. */
  #expect(names: readonly string[]): void {
    for (const name of this.#known(names)) {
      const run = this.#runs.get(name);
      if (run) run.wanted = true;
    }
  }

  #record(started: readonly MasterProcess[]): void {
    const { cluster, origin, dataDir } = this.#options;
    updateClusterFile(dataDir, (before) => {
      const file: ClusterFile = { formatVersion: CLUSTER_FILE_VERSION, masters: [], ...before, spec: cluster, origin };
      return started.reduce(withMaster, file);
    });
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      setTimeout(look, EXIT_POLL_MS);
    });
  }
}

/** A master could not start. */
export class MasterFailed extends Error {
  override readonly name = "MasterFailed";
  readonly master: string;
  readonly failure: MasterFailure;
  constructor(master: string, failure: MasterFailure) {
    super(`${master}: ${failure.message}`);
    this.master = master;
    this.failure = failure;
  }
}
/** Too many masters ended while they started: there will be no leader. */
export class MastersEnded extends Error {
  override readonly name = "MastersEnded";
  constructor(left: number) {
    super(`masters ended while they started; ${left} are left`);
  }
}
export class NotReadyInTime extends Error {
  override readonly name = "NotReadyInTime";
  constructor(ms: number) {
    super(`no leader within ${ms} ms`);
  }
}
