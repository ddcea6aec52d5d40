import { type Index, index, type MemberId, NO_MEMBER, type Random, term, utf8, utf8Text } from "../../../src/base/index.js";
import { createCore } from "../../../src/raft/core.js";
import {
  DEFAULT_RAFT_LIMITS,
  type Effects,
  type Entry,
  type HardState,
  type Membership,
  type MembershipChange,
  type Message,
  type Raft,
  type RaftConfig,
  type RaftEvent,
  type RaftLimits,
  type SnapshotMeta,
} from "../../../src/raft/index.js";
import { changed } from "../../../src/raft/membership.js";
import type { Faults } from "../../../src/raft/state.js";

/** A host in the small: a disk that forgets what was not synced, and a state machine that is its applied index and membership. */

export interface Write {
  readonly entries: readonly Entry[];
  readonly hardState: HardState | null;
  readonly after: readonly Message[];
  readonly install: SnapshotMeta | null;
}

interface Disk {
  hardState: HardState;
  /** The durable checkpoint: what a restart begins with and what is sent to others. */
  checkpoint: SnapshotMeta;
  /** Where the log begins, and what it holds. */
  entries: Entry[];
}

/** What the harness does wrong on purpose. */
export interface HostBugs {
  readonly forgetsVote?: boolean;
  readonly sendsBeforeSync?: boolean;
  readonly forgetsTail?: boolean;
}

export interface MemberOptions {
  readonly id: MemberId;
  readonly founders: readonly MemberId[];
  readonly founding: boolean;
  /** A founder's first start: the lowest id campaigns. */
  readonly firstStart?: boolean;
  readonly random: Random;
  readonly ticks: Pick<RaftConfig, "electionTicks" | "heartbeatTicks" | "leaderlessRetryTicks" | "staggerTicks" | "jitterTicks">;
  readonly leaseReads: boolean;
  readonly limits: Partial<RaftLimits>;
  readonly faults: Faults;
  readonly bugs: HostBugs;
}

export interface Outside {
  send(message: Message): void;
  applied(member: SimMember, entry: Entry, isDurable: boolean): void;
  stepped(member: SimMember, effects: Effects): void;
}

const NOTHING: SnapshotMeta = { index: index(0), term: term(0), membership: { voters: [], learners: [] } };
/** The founders begin behind a snapshot that nobody else has: who joins later gets it, or a newer one, and so its membership. */
const birth = (voters: readonly MemberId[]): SnapshotMeta => ({ index: index(1), term: term(1), membership: { voters, learners: [] } });

export class SimMember {
  readonly id: MemberId;
  readonly disk: Disk;
  raft: Raft;
  up = true;
  /** Given to the disk and not synced, oldest first. */
  writes: Write[] = [];
  events: RaftEvent[] = [];
  applied: Index;
  membership: Membership;
  ticksOwed = 0;
  starts = 0;
  readonly #options: MemberOptions;
  readonly #outside: Outside;

  constructor(options: MemberOptions, outside: Outside) {
    this.id = options.id;
    this.#options = options;
    this.#outside = outside;
    const checkpoint = options.founding ? birth(options.founders) : NOTHING;
    this.disk = { hardState: { term: checkpoint.term, vote: NO_MEMBER, commit: checkpoint.index }, checkpoint, entries: [] };
    this.applied = checkpoint.index;
    this.membership = checkpoint.membership;
    this.raft = this.#open(options.firstStart ?? options.founding);
  }

  #open(firstStart: boolean): Raft {
    const { disk } = this;
    const { id, random, ticks, leaseReads, limits, faults } = this.#options;
    const config = {
      id,
      random: random.fork(`start ${this.starts++}`),
      ...ticks,
      leaseReads,
      limits: { ...DEFAULT_RAFT_LIMITS, ...limits },
    };
    const entries = disk.entries.filter((e) => e.index > disk.checkpoint.index);
    const commit = index(Math.max(disk.hardState.commit, disk.checkpoint.index));
    return createCore(config, { hardState: { ...disk.hardState, commit }, snapshot: disk.checkpoint, entries, firstStart }, faults);
  }

  /** Everything that was not synced is gone, but for the first `survive` writes that made it unheard. */
  crash(survive: number): void {
    for (const write of this.writes.slice(0, survive)) this.#store(write);
    this.up = false;
    this.writes = [];
    this.events = [];
    this.ticksOwed = 0;
    if (this.#options.bugs.forgetsVote === true) this.disk.hardState = { ...this.disk.hardState, vote: NO_MEMBER };
  }

  restart(): void {
    this.up = true;
    this.applied = this.disk.checkpoint.index;
    this.membership = this.disk.checkpoint.membership;
    this.raft = this.#open(false);
    this.step([]);
  }

  /** One loop turn: the mailbox, and time if the core asked for it or there is something else to say anyway. */
  turn(): void {
    const due = this.ticksOwed >= this.raft.ticksUntilDeadline();
    if (this.events.length === 0 && !due) return;
    const events = this.events;
    this.events = [];
    if (this.ticksOwed > 0) events.push({ kind: "tick", ticks: this.ticksOwed });
    this.ticksOwed = 0;
    this.step(events);
  }

  step(events: readonly RaftEvent[]): void {
    const effects = this.raft.stepAll(events);
    const { persist, installSnapshot } = effects;
    const early = this.#options.bugs.sendsBeforeSync === true;
    const after = early ? [] : effects.sendAfterPersist;
    for (const message of early ? [...effects.sendNow, ...effects.sendAfterPersist] : effects.sendNow) this.#outside.send(message);
    if (persist !== null || installSnapshot !== null || this.writes.length > 0) {
      this.writes.push({ entries: persist?.entries ?? [], hardState: persist?.hardState ?? null, after, install: installSnapshot });
    } else for (const message of after) this.#outside.send(message);
    this.#outside.stepped(this, effects);
    for (const entry of effects.apply) this.#apply(entry);
    if (effects.apply.length > 0) this.events.push({ kind: "applied", index: this.applied });
  }

  #apply(entry: Entry): void {
    if (entry.index !== this.applied + 1) throw new Error(`handed out ${entry.index} after ${this.applied}`);
    this.applied = entry.index;
    this.#outside.applied(this, entry, this.#isDurable(entry));
    if (entry.kind !== "membership") return;
    const change = allowed(this.membership, decodeChange(entry));
    if (change !== null) this.membership = changed(this.membership, change);
    this.events.push({ kind: "membershipApplied", index: entry.index, change });
  }

  #isDurable(entry: Entry): boolean {
    const first = this.disk.entries[0]?.index ?? 0;
    return this.disk.entries[entry.index - first]?.term === entry.term;
  }

  /** The oldest write reaches the disk, and what waited for it leaves. */
  sync(): void {
    const write = this.writes.shift();
    if (write === undefined) return;
    this.#store(write);
    if (write.install !== null) {
      this.applied = write.install.index;
      this.membership = write.install.membership;
      this.events.push({ kind: "snapshotInstalled", snapshot: write.install });
    }
    const last = write.entries.at(-1);
    if (last !== undefined) this.events.push({ kind: "persisted", term: last.term, index: last.index });
    for (const message of write.after) this.#outside.send(message);
  }

  #store(write: Write): void {
    const { disk } = this;
    const first = write.entries[0]?.index;
    if (first !== undefined) disk.entries = [...disk.entries.filter((e) => e.index < first), ...write.entries];
    if (write.hardState !== null) disk.hardState = write.hardState;
    if (write.install === null) return;
    disk.entries = [];
    disk.checkpoint = write.install;
    disk.hardState = { ...disk.hardState, commit: write.install.index };
  }

  /** A durable checkpoint of what is applied, behind which `keep` entries stay in the log. */
  checkpoint(keep: number): void {
    const { disk } = this;
    const at = this.applied;
    const atTerm = this.raft.termAt(at);
    if (at <= disk.checkpoint.index || atTerm === undefined || this.writes.some((w) => w.install !== null)) return;
    disk.checkpoint = { index: at, term: atTerm, membership: this.membership };
    const cut = index(Math.max(0, at - keep));
    if (cut < this.raft.firstIndex()) return;
    disk.entries = disk.entries.filter((e) => e.index > cut);
    this.events.push({ kind: "compact", index: cut });
  }
}

export const encodeChange = (change: MembershipChange): Uint8Array => utf8(`${change.kind} ${change.member}`);
export function decodeChange(entry: Entry): MembershipChange {
  const [kind, member] = utf8Text(entry.data).split(" ");
  return { kind, member: BigInt(member ?? "0") } as MembershipChange;
}

/** What a state machine would refuse: it must never run out of voters. */
export function allowed(now: Membership, change: MembershipChange): MembershipChange | null {
  const isVoter = now.voters.includes(change.member);
  const isLearner = now.learners.includes(change.member);
  switch (change.kind) {
    case "addVoter":
      return isVoter || isLearner ? null : change;
    case "addLearner":
      return isVoter || isLearner ? null : change;
    case "promote":
      return isLearner ? change : null;
    case "remove":
      return (isVoter && now.voters.length > 1) || isLearner ? change : null;
  }
}
