import type { LeaseId } from "../../src/base/index.js";
import { crc32c, fromLatin1, latin1, NO_LEASE, type Random } from "../../src/base/index.js";
import { type PutRequest, type RangeRequest, rangeRequest, type WatchStream } from "../../src/etcd/api/index.js";
import type { Bug } from "./bugs.js";
import { changeOf, type Operation, Truth, type WatchLog } from "./history.js";
import { Violation } from "./record.js";
import { type Node, World } from "./world.js";

export interface ScenarioResult {
  readonly seed: number;
  readonly violation: Error | undefined;
  readonly trace: readonly string[];
  /** The same for the same seed. */
  readonly fingerprint: number;
  readonly operations: number;
}

const FAULTS_UNTIL_MS = 4_000;
const SETTLE_UNTIL_MS = 40_000;
const CLIENTS = 4;
const KEYS = 5;
const OPERATION_TIMEOUT_MS = 1_500;

/** One seed's life of a cluster: clients write, read and watch while members die, hang, are cut off and replaced; then everything heals
 *  and the checkers look at what was said. */
export async function runSeed(seed: number, options: { readonly members?: number; readonly bug?: Bug } = {}): Promise<ScenarioResult> {
  const world = new World({ seed, members: options.members ?? (seed % 4 === 0 ? 5 : 3), bug: options.bug });
  const scenario = new Scenario(world);
  try {
    await scenario.play();
  } catch (error) {
    world.fail(error instanceof Error ? error : new Error(String(error)));
  }
  const fingerprint = crc32c(Buffer.from(world.trace.join("\n")));
  return { seed, violation: world.violation, trace: world.trace, fingerprint, operations: scenario.operations.length };
}

class Scenario {
  readonly world: World;
  readonly random: Random;
  readonly operations: Operation[] = [];
  readonly #watches: WatchLog[] = [];
  readonly #leases: LeaseLog[] = [];
  #next = 0;
  #quiet = false;
  #joiner: Node | undefined;

  constructor(world: World) {
    this.world = world;
    this.random = world.random.fork("scenario");
  }

  async play(): Promise<void> {
    const { world } = this;
    for (const node of world.nodes) void world.start(node);
    for (let i = 0; i < CLIENTS; i++) this.#client(this.random.fork(`client ${i}`));
    for (let i = 0; i < 2; i++) this.#watcher(this.random.fork(`watcher ${i}`), i === 0 ? "" : "k1");
    this.#leaseholder(this.random.fork("leases"));
    this.#nemesis(this.random.fork("nemesis"));
    await world.run(FAULTS_UNTIL_MS);
    await this.#settle();
    if (world.violation === undefined) await this.#check();
  }

  // ---------------------------------------------------------------- clients

  #later(ms: number, run: () => void): void {
    this.world.schedule.after(ms, run);
  }

  #anyUp(random: Random): Node | undefined {
    const up = this.world.nodes.filter((n) => n.api !== undefined);
    return up[random.below(Math.max(1, up.length))];
  }

  #client(random: Random): void {
    const again = (): void => {
      if (this.#quiet) return;
      const node = this.#anyUp(random);
      if (!node?.api) return this.#later(20, again);
      const key = `k${random.below(KEYS)}`;
      const roll = random.below(10);
      const done = roll < 6 ? this.#write(node, key, random) : this.#read(node, key, random);
      void done.then(() => this.#later(random.below(25), again));
    };
    this.#later(random.below(20), again);
  }

  /** An answer, or nothing after a while: the client does not know. */
  #timed<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const timer = this.world.schedule.after(OPERATION_TIMEOUT_MS, () => resolve(undefined));
      promise.then(
        (value) => {
          timer.cancel();
          resolve(value);
        },
        () => {
          timer.cancel();
          resolve(undefined);
        },
      );
    });
  }

  async #write(node: Node, key: string, random: Random): Promise<void> {
    const value = `v${++this.#next}`;
    const op: Operation = { kind: "write", value, startMs: this.world.nowMs, endMs: Number.POSITIVE_INFINITY, revision: undefined };
    this.operations.push(op);
    const request = put(key, value);
    const big = random.chance(1, 30) ? { ...request, value: fromLatin1(value) } : request;
    const answer = await this.#timed(node.api?.put({}, big) ?? Promise.reject(new Error("down")));
    if (answer === undefined) return;
    op.revision = answer.header.revision;
    op.endMs = this.world.nowMs;
    this.world.note(`${node.name} put ${key}=${value} @${answer.header.revision}`);
  }

  async #read(node: Node, key: string, _random: Random): Promise<void> {
    const startMs = this.world.nowMs;
    const answer = await this.#timed(node.api?.range({}, get(key)) ?? Promise.reject(new Error("down")));
    if (answer === undefined) return;
    const kv = answer.kvs[0];
    const value = kv === undefined ? undefined : latin1(kv.value);
    this.operations.push({ kind: "read", key, startMs, endMs: this.world.nowMs, revision: answer.header.revision, value });
    this.world.note(`${node.name} get ${key} -> ${value} @${answer.header.revision}`);
  }

  /** Watches on, from where it was, whatever member it has to move to. */
  #watcher(random: Random, prefix: string): void {
    const log: WatchLog = { prefix, from: 1, heard: [], upTo: 0 };
    this.#watches.push(log);
    const open = (): void => {
      const node = this.#anyUp(random);
      if (!node?.api || node.member?.isLearner) return this.#later(20, open);
      const member = node.member;
      let stream: WatchStream | undefined;
      const life = node.life;
      stream = node.api.watch(
        {},
        {
          deliver: (r) => {
            if (r.canceled || node.life !== life) return;
            for (const e of r.events) {
              log.heard.push(changeOf(e));
              log.upTo = Math.max(log.upTo, e.kv.modRevision);
            }
            if (r.events.length === 0 && !r.created) log.upTo = Math.max(log.upTo, r.header.revision);
          },
          closed: () => {},
        },
      );
      const key = prefix === "" ? Uint8Array.of(0) : fromLatin1(prefix);
      const rangeEnd =
        prefix === ""
          ? Uint8Array.of(0)
          : fromLatin1(`${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`);
      stream.create({
        key,
        rangeEnd,
        startRevision: log.upTo + 1,
        progressNotify: false,
        filters: [],
        prevKv: false,
        watchId: 0n,
        fragment: false,
      });
      const tend = (): void => {
        if (node.life !== life || node.member !== member) return open();
        if (random.chance(1, 4)) stream?.requestProgress();
        if (random.chance(1, 6)) {
          stream?.pause();
          this.#later(random.below(100), () => (node.life === life ? stream?.resume() : undefined));
        }
        if (random.chance(1, 10)) {
          stream?.close();
          return open();
        }
        this.#later(50 + random.below(100), tend);
      };
      this.#later(60, tend);
    };
    open();
  }

  /** Grants a lease, hangs a key on it, renews it for a while, and remembers until when it was promised. */
  #leaseholder(random: Random): void {
    const ttl = 2;
    const begin = async (): Promise<void> => {
      if (this.#quiet) return;
      const node = this.#anyUp(random);
      const granted = await this.#timed(node?.api?.leaseGrant({}, { id: NO_LEASE, ttl }) ?? Promise.reject(new Error("down")));
      if (granted === undefined) return this.#later(50, () => void begin());
      const startMs = this.world.nowMs;
      const key = `lease${++this.#next}`;
      const attached = await this.#timed(
        node?.api?.put({}, { ...put(key, `v${++this.#next}`), lease: granted.id }) ?? Promise.reject(new Error("down")),
      );
      const log: LeaseLog = { id: granted.id, key, aliveUntilMs: startMs, putAt: attached?.header.revision ?? 0 };
      if (attached) this.#leases.push(log);
      let renewals = random.below(4);
      const renew = async (): Promise<void> => {
        if (this.#quiet || renewals-- <= 0) return void begin();
        const at = this.world.nowMs;
        const answer = await this.#timed(this.#anyUp(random)?.api?.leaseKeepAlive({}, granted.id) ?? Promise.reject(new Error("down")));
        // Renewed at some moment after the question: promised at least until ttl after it.
        if (answer && answer.ttl > 0) log.aliveUntilMs = Math.max(log.aliveUntilMs, at + answer.ttl * 1_000);
        this.#later(300 + random.below(400), () => void renew());
      };
      this.#later(200, () => void renew());
    };
    this.#watchLeases();
    this.#later(100, () => void begin());
  }

  /** A leased key that is gone from some member's applied state before its time. */
  #watchLeases(): void {
    const look = (): void => {
      for (const lease of this.#leases) {
        if (lease.aliveUntilMs <= this.world.nowMs * 1.0) continue;
        for (const node of this.world.nodes) {
          const mvcc = node.member?.mvcc;
          if (!mvcc || mvcc.revision() < lease.putAt) continue;
          if (mvcc.range(get(lease.key)).kvs.length === 0 && lease.putAt > 0) {
            throw new Violation(
              `lease ${lease.id} ended at ${this.world.nowMs} ms on ${node.name}, though it was renewed until ${lease.aliveUntilMs}`,
            );
          }
        }
      }
      this.#later(25, look);
    };
    this.#later(25, look);
  }

  // ---------------------------------------------------------------- what goes wrong

  #nemesis(random: Random): void {
    const again = (): void => {
      if (this.#quiet) return;
      this.#fault(random);
      this.#later(40 + random.below(400), again);
    };
    this.#later(150 + random.below(300), again);
  }

  #fault(random: Random): void {
    const { world } = this;
    const node = world.nodes[random.below(world.nodes.length)] as Node;
    switch (random.below(11)) {
      case 0:
      case 1:
        return this.#crashAndReturn(node, "power", random);
      case 2:
        return this.#crashAndReturn(node, "kill", random);
      case 3: {
        const leader = world.nodes.find((n) => n.member?.isLeader);
        return leader ? this.#crashAndReturn(leader, random.chance(1, 2) ? "kill" : "power", random) : undefined;
      }
      case 4: {
        if (node.member === undefined) return;
        world.note(`${node.name} hangs`);
        const clock = node.clock;
        clock.pause();
        return this.#later(50 + random.below(2_500), () => clock.resume());
      }
      case 5:
      case 6:
        return this.#hole(node, random);
      case 7: {
        const other = world.nodes[random.below(world.nodes.length)] as Node;
        world.note(`connections between ${node.name} and ${other.name} reset`);
        return world.net.cut(node.name, other.name);
      }
      case 8:
        if (random.chance(1, 3)) {
          world.note(`${node.name}: the next sync of its log fails`);
          node.disk.failSyncs("wal");
          this.#later(1_000, () => (node.member === undefined && node.api === undefined ? void world.start(node) : undefined));
        }
        return;
      case 9:
        // The rack loses power: what was acknowledged must be on disks, not in memories.
        for (const each of [...world.nodes]) this.#crashAndReturn(each, "power", random);
        return;
      default:
        return void this.#changeMembers(random);
    }
  }

  #crashAndReturn(node: Node, how: "kill" | "power", random: Random): void {
    if (node.member === undefined) return;
    this.world.crash(node, how);
    this.#later(20 + random.below(1_500), () => {
      if (node.member === undefined && this.world.violation === undefined) void this.world.start(node);
    });
  }

  /** One or both directions, with one or with all others. */
  #hole(node: Node, random: Random): void {
    const { world } = this;
    const others = world.nodes.filter((n) => n !== node && (random.chance(1, 2) || random.chance(1, 3)));
    const both = random.chance(2, 3);
    world.note(`${node.name} cut off from ${others.map((n) => n.name).join(" ")}${both ? "" : " (one way)"}`);
    for (const other of others) {
      world.net.setHole(node.name, other.name, true);
      if (both) world.net.setHole(other.name, node.name, true);
    }
    this.#later(100 + random.below(2_000), () => {
      for (const other of others) {
        world.net.setHole(node.name, other.name, false);
        world.net.setHole(other.name, node.name, false);
      }
    });
  }

  /** A learner joins, is promoted, and is removed again. */
  async #changeMembers(random: Random): Promise<void> {
    const { world } = this;
    const api = this.#anyUp(random)?.api;
    if (!api) return;
    if (this.#joiner === undefined) {
      const index = world.nodes.length;
      const added = await this.#timed(api.memberAdd({}, { peerUrls: [`http://m${index + 1}:2380`], isLearner: true }));
      if (!added || this.#quiet || this.#joiner) return;
      this.#joiner = world.addJoiner(added.member.id, index);
      world.note(`${this.#joiner.name} is added as a learner`);
      await world.start(this.#joiner);
    } else if (random.chance(1, 2)) {
      const done = await this.#timed(api.memberPromote({}, this.#joiner.id));
      if (done) world.note(`${this.#joiner.name} is promoted`);
    }
  }

  // ---------------------------------------------------------------- the end

  async #settle(): Promise<void> {
    const { world } = this;
    this.#quiet = true;
    world.net.heal();
    world.note("everything heals");
    for (const node of world.nodes) {
      node.clock.resume();
      if (node.member === undefined) void world.start(node);
    }
    const revive = (): void => {
      for (const node of world.nodes) if (node.member === undefined) void world.start(node);
      this.#later(3_000, revive);
    };
    this.#later(3_000, revive);
    await world.run(SETTLE_UNTIL_MS, () => this.#converged());
    if (world.violation === undefined && !this.#converged()) throw new Violation(`the cluster did not settle: ${this.#states()}`);
  }

  #states(): string {
    const leader = this.world.nodes.find((n) => n.member?.isLeader)?.member;
    const progress = [...(leader?.raft.progress() ?? [])].map(([id, p]) => `${id}: ${JSON.stringify(p)}`).join(" ");
    return (
      progress +
      this.world.nodes
        .map(
          (n) =>
            `${n.name} ${
              n.member
                ? `${n.member.status.role} term ${n.member.status.term} applied ${n.member.state.appliedIndex} ${n.member.busyWith.join(", ")} links ${n.member.peers
                    .views()
                    .map((v) => `${v.id} ${v.state} ${v.dials}`)
                    .join(" ")} refused ${JSON.stringify([...n.member.peers.refused])}`
                : "down"
            }`,
        )
        .join("; ")
    );
  }

  #converged(): boolean {
    const members = this.world.nodes.map((n) => n.member);
    const highest = this.world.record.highest;
    return (
      members.every((m) => m !== undefined && m.state.appliedIndex === highest) && members.some((m) => m?.isLeader) && this.#watchesDone()
    );
  }
  #watchesDone(): boolean {
    return true;
  }

  async #check(): Promise<void> {
    const { world } = this;
    const log = world.record.log(2);
    const truth = new Truth(log);
    world.note(`checking ${this.operations.length} operations against ${truth.changes.length} changes`);
    truth.check(this.operations);
    for (const watch of this.#watches) truth.checkWatch(watch);
    const views = world.nodes.map((n) => {
      const mvcc = n.member?.mvcc;
      if (!mvcc) return `${n.name} is down`;
      const run = mvcc.beginHash(0);
      for (;;) {
        const result = run.step(1_000_000);
        if (result)
          return `revision ${mvcc.revision()} hash ${result.hash} leases ${mvcc.leases().length} size ${mvcc.sizeBytes()} alarms ${mvcc.alarms().length}`;
      }
    });
    if (new Set(views).size > 1)
      throw new Violation(`states differ at the same index: ${world.nodes.map((n, i) => `${n.name} ${views[i]}`).join("; ")}`);
  }
}

interface LeaseLog {
  readonly id: LeaseId;
  readonly key: string;
  aliveUntilMs: number;
  readonly putAt: number;
}

const put = (key: string, value: string): PutRequest => ({
  kind: "put",
  key: fromLatin1(key),
  value: fromLatin1(value),
  lease: NO_LEASE,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
});
const get = (key: string): RangeRequest => rangeRequest({ key: fromLatin1(key) });
