import { createHash } from "node:crypto";
import { type Backend, createMemoryBackend, createMemoryStore, type MemoryStore } from "../../src/backend/index.js";
import { type Bytes, clusterId, type MemberId, memberId, type Random, seededRandom } from "../../src/base/index.js";
import type { Member } from "../../src/etcd/api/index.js";
import { type AuthParts, MEMBER_LIMITS, MemberApi, type MemberConfig, type MemberParts, StoreMember } from "../../src/etcd/member/index.js";
import type { Log } from "../../src/host/index.js";
import { Schedule, SimClock, SimDisk, SimNet } from "../../src/host/sim/index.js";
import { beginLoad, MVCC_FROM, MVCC_TO } from "../../src/mvcc/index.js";
import { createRaft } from "../../src/raft/index.js";
import { createWal, openWal, type Wal } from "../../src/wal/index.js";
import { BUGS, type Bug } from "./bugs.js";
import { RaftRecord, Violation } from "./record.js";

/** A simulated master: its disk and store outlive its processes. */
export interface Node {
  readonly name: string;
  readonly id: MemberId;
  readonly url: string;
  readonly disk: SimDisk;
  readonly store: MemoryStore;
  readonly joined: boolean;
  clock: SimClock;
  /** undefined while the process is down or opening. */
  member: StoreMember | undefined;
  api: MemberApi | undefined;
  life: number;
}

export interface WorldOptions {
  readonly seed: number;
  readonly members: number;
  readonly bug?: Bug | undefined;
}

/** Passwords stand for themselves, tokens for their user. */
const PLAIN_AUTH: AuthParts = {
  passwords: { hash: async (p) => Buffer.from(p), matches: async (p, stored) => Buffer.from(stored).toString() === p },
  tokens: { kind: "simple", ttlMs: 300_000, newPrefix: () => "t" },
};
const LATENCY_MS = { min: 0.2, max: 3 };
const SYNC_MS_MAX = 4;
const SEGMENT_BYTES = 16 * 1024;

/** Whole clusters in one thread and virtual time: real members over simulated disks, clocks and links. */
export class World {
  readonly random: Random;
  readonly schedule = new Schedule();
  readonly net: SimNet;
  readonly record = new RaftRecord();
  readonly nodes: Node[] = [];
  readonly trace: string[] = [];
  readonly #bug: Bug | undefined;
  readonly #founders: readonly Member[];
  violation: Error | undefined;

  constructor(options: WorldOptions) {
    this.random = seededRandom(options.seed);
    this.#bug = options.bug;
    this.net = new SimNet({ schedule: this.schedule, random: this.random.fork("net"), latencyMs: LATENCY_MS });
    this.#founders = Array.from({ length: options.members }, (_, i) => founder(i));
    for (const m of this.#founders) this.#addNode(m, false);
  }

  get nowMs(): number {
    return this.schedule.nowMs;
  }

  note(text: string): void {
    this.trace.push(`${this.nowMs.toFixed(1).padStart(9)}  ${text}`);
  }

  fail(error: Error): void {
    this.violation ??= error;
  }

  /** A member that the cluster was told of and that starts empty. */
  addJoiner(id: MemberId, index: number): Node {
    return this.#addNode({ ...founder(index), id }, true);
  }

  #addNode(m: Member, joined: boolean): Node {
    const clock = new SimClock(this.schedule);
    const random = this.random.fork(`disk ${m.name}`);
    const disk = new SimDisk({
      random,
      delay: (run, operation) => this.#diskDelay(m.name, random, operation, run),
    });
    const node: Node = {
      name: m.name,
      id: m.id,
      url: m.peerUrls[0] as string,
      disk,
      store: createMemoryStore(),
      joined,
      clock,
      member: undefined,
      api: undefined,
      life: 0,
    };
    this.nodes.push(node);
    return node;
  }

  #diskDelay(name: string, random: Random, operation: string, run: () => void): void {
    const ms = operation === "sync" ? 0.1 + (random.below(1_000) / 1_000) * SYNC_MS_MAX : 0.05;
    const node = this.nodes.find((n) => n.name === name);
    const clock = node?.clock;
    this.schedule.after(ms, () => clock?.deliver(run));
  }

  // ---------------------------------------------------------------- processes

  async start(node: Node): Promise<void> {
    const life = ++node.life;
    // A start that was under way is over: two processes on one directory would be a world that locks forbid.
    node.clock.die();
    node.disk.kill();
    node.clock = new SimClock(this.schedule, this.#rateOf(node));
    const net = this.net.host(node.name, node.clock);
    const parts = this.#parts(node, net, life);
    try {
      const member = await StoreMember.open(parts);
      if (node.life !== life) return;
      BUGS[this.#bug ?? "none"].member?.(member, this.random.fork(`bug ${node.name} ${life}`));
      node.member = member;
      node.api = new MemberApi(member);
      this.note(`${node.name} is up, applied ${member.state.appliedIndex}`);
    } catch (error) {
      if (node.life === life) this.#fatal(node, error);
    }
  }

  #rateOf(node: Node): number {
    return BUGS[this.#bug ?? "none"].clockRate?.(this.nodes.indexOf(node)) ?? 1;
  }

  /** SIGKILL: what was written stays. `power`: unsynced sectors are lost in part. */
  crash(node: Node, how: "kill" | "power"): void {
    this.note(`${node.name} dies (${how})`);
    node.life++;
    node.clock.die();
    node.member = undefined;
    node.api = undefined;
    this.net.kill(node.name);
    if (how === "power") node.disk.crash();
    else node.disk.kill();
  }

  #parts(node: Node, net: ReturnType<SimNet["host"]>, life: number): MemberParts {
    const bug = BUGS[this.#bug ?? "none"];
    const random = this.random.fork(`${node.name} life ${life}`);
    const disk = node.disk.disk;
    const wrapWal = (wal: Wal): Wal => bug.wal?.(wal) ?? wal;
    const limits = { firstSegmentBytes: SEGMENT_BYTES, segmentBytes: SEGMENT_BYTES };
    return {
      host: { clock: node.clock, random, disk, net, log: SILENT },
      config: {
        ...SETTINGS,
        ...(bug.config?.(this.nodes.indexOf(node)) ?? {}),
        name: node.name,
        id: node.id,
        clusterId: clusterId(0xc1n),
        initialMembers: node.joined ? [] : this.#founders,
        seeds: this.#founders,
        clientUrls: [],
        peerListenUrls: [node.url],
        advertisePeerUrls: [node.url],
        forceNewCluster: false,
      },
      walDirectory: "wal",
      openBackend: async () => this.#backend(node, life),
      discardBackend: async () => {
        node.store.pairs = new Map();
        node.store.meta = undefined;
      },
      openWal: async (options) => {
        const opened = await openWal({ ...options, limits });
        if (opened === "absent") return opened;
        return { wal: wrapWal(opened.wal), contents: bug.contents?.(opened.contents) ?? opened.contents };
      },
      createWal: async (options) => wrapWal(await createWal({ ...options, limits })),
      createRaft: this.record.wrap(createRaft),
      beginLoad: (options) => beginLoad(bug.mvcc?.(options, this.nodes.indexOf(node)) ?? options),
      auth: PLAIN_AUTH,
      mvccRange: { from: MVCC_FROM, to: MVCC_TO },
      sha256: () => {
        const hash = createHash("sha256");
        return { update: (b: Bytes) => void hash.update(b), digest: () => hash.digest() };
      },
      sha1: (data) => createHash("sha1").update(data).digest(),
      fatal: (error) => this.#fatal(node, error),
    };
  }

  #backend(node: Node, life: number): Backend {
    const clock = node.clock;
    const backend = createMemoryBackend({
      store: node.store,
      delay: (run) => void this.schedule.after(1 + this.random.below(5), () => (node.life === life ? clock.deliver(run) : undefined)),
    });
    return BUGS[this.#bug ?? "none"].backend?.(backend, node.store) ?? backend;
  }

  /** A member that stops itself is a process that ends: right after a failed disk, a violation otherwise. */
  #fatal(node: Node, error: unknown): void {
    if (error instanceof Error && error.name === "DiskError") {
      this.note(`${node.name} stops itself: ${error.message}`);
      this.schedule.after(0, () => this.crash(node, "kill"));
      return;
    }
    this.fail(error instanceof Error ? error : new Violation(String(error)));
  }

  // ---------------------------------------------------------------- time

  /** Runs events until `done` or until virtual time `untilMs`. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    while (this.violation === undefined && this.schedule.nowMs < untilMs && !done()) {
      try {
        if (!this.schedule.step()) break;
      } catch (error) {
        this.fail(error instanceof Error ? error : new Error(String(error)));
      }
      await turn();
    }
  }
}

/** All promise jobs have run when a macrotask does. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function founder(i: number): Member {
  return { id: memberId(BigInt(i + 1)), name: `m${i + 1}`, peerUrls: [`http://m${i + 1}:2380`], clientUrls: [], isLearner: false };
}

/** Defaults, but for a log so short that members often need snapshots. */
const SETTINGS = {
  heartbeatMs: MEMBER_LIMITS.HEARTBEAT_MS,
  electionMs: MEMBER_LIMITS.ELECTION_MS,
  keepEntries: 40,
  quotaBytes: MEMBER_LIMITS.QUOTA_BYTES,
  requestBytesMax: MEMBER_LIMITS.REQUEST_BYTES_MAX,
  txnOpsMax: MEMBER_LIMITS.TXN_OPS_MAX,
  learnersMax: MEMBER_LIMITS.LEARNERS_MAX,
  strictReconfigCheck: true,
  leaseReads: false,
  progressNotifyMs: 1_000,
  autoCompaction: { kind: "off" },
} as const satisfies Partial<MemberConfig>;

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };
