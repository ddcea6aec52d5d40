import type { Backend } from "../../backend/types.js";
import { type Bytes, check, hexId, type Index, index, type MemberId, NO_MEMBER, type Term } from "../../base/index.js";
import type { Timer } from "../../host/index.js";
import type { Mvcc } from "../../mvcc/types.js";
import type { Effects, Entry, HardState, Message, Proposal, Raft, RaftEvent, RaftStatus } from "../../raft/types.js";
import type { Wal } from "../../wal/types.js";
import { type CallContext, EtcdError, type ResponseHeader, type WatchSink } from "../api/index.js";
import { ROOT } from "../auth/index.js";
import { type PeerFault, Peers } from "../peer/index.js";
import { type Applied, Applier, type State } from "./applier.js";
import { AutoCompaction } from "./auto-compaction.js";
import { Chores } from "./chores.js";
import { promote } from "./cluster.js";
import { encodeCommand, type LogCommand } from "./commands.js";
import { Gate } from "./gate.js";
import { KeptEntries } from "./kept.js";
import { Lessor } from "./lessor.js";
import {
  CATCH_UP_RECORDS,
  CHECKPOINT_BYTES,
  CHECKPOINT_MS,
  CLUSTER_VERSION_CHECK_MS,
  COMPACT_PAUSE_MS,
  COMPACT_RECORDS,
  FREE_DISK_BYTES_MIN,
  FREE_DISK_CHECK_MS,
  KEEP_BYTES,
  LEASE_SCAN_MS,
  PROPOSAL_BATCH_BYTES,
  PROPOSAL_BATCH_ENTRIES,
  PROPOSALS_BEFORE_TURN,
  PROPOSALS_WAITING_MAX,
  REQUEST_TIMEOUT_MS,
  SWEEP_MS,
  TICK_MS,
  TICKS_AT_ONCE_MAX,
  TIMER_MS_MIN,
  WATCH_LEADERLESS_MS,
} from "./limits.js";
import { LogWriter } from "./log-writer.js";
import { ClusterMembers } from "./membership.js";
import { loadAuth, loadMvcc, type Opened, openParts, rebuilt, type StateHooks } from "./open.js";
import type { MemberParts } from "./options.js";
import { answerCall } from "./peer-calls.js";
import { Reads } from "./reads.js";
import { type ReceivedSnapshot, SnapshotReceiver, SnapshotSender } from "./snapshots.js";
import { SPEAKS } from "./versions.js";
import { type Waiter, Waiters } from "./waiters.js";
import { MemberWatchStream } from "./watch.js";
import { watchRefusal } from "./watch-refusal.js";

/** Counters for metrics; they only grow. */
export interface MemberCounters {
  leaderChanges: number;
  proposalsCommitted: number;
  proposalsApplied: number;
  proposalsFailed: number;
  snapshotsSent: number;
  snapshotsInstalled: number;
  checkpoints: number;
  turns: number;
}

/** What the member itself decides is not subject to users' permissions. */
const AS_ROOT: CallContext = { user: ROOT };

/** One store member: a loop that drains its mailbox, steps raft once, writes the log once, sends once a peer and applies once a turn. */
export class StoreMember {
  readonly parts: MemberParts;
  readonly state: State;
  readonly raft: Raft;
  readonly backend: Backend;
  readonly peers: Peers;
  readonly reads = new Reads();
  readonly waiters = new Waiters<Applied>(PROPOSALS_WAITING_MAX);
  readonly lessor: Lessor;
  readonly gate: Gate;
  readonly counters: MemberCounters = {
    leaderChanges: 0,
    proposalsCommitted: 0,
    proposalsApplied: 0,
    proposalsFailed: 0,
    snapshotsSent: 0,
    snapshotsInstalled: 0,
    checkpoints: 0,
    turns: 0,
  };
  readonly #wal: Wal;
  readonly #writer: LogWriter;
  readonly #applier: Applier;
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;
  readonly #origin: number;
  readonly #streams = new Set<MemberWatchStream>();
  readonly #observers = new Set<(status: RaftStatus) => void>();
  readonly #onLinkLost = new Set<() => void>();

  #events: RaftEvent[] = [];
  #proposals: Waiter<Applied>[] = [];
  #leaderProposals: Waiter<Applied>[] = [];
  #scheduled = false;
  #turning = false;
  #stopped = false;
  #installing = false;
  /** This member's applied state was lost: it must not vote until it has all it once acknowledged. */
  #rebuildingUpTo: Index;
  #lastTickMs: number;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  readonly #chores: Chores;
  #dirtySinceMs = Number.POSITIVE_INFINITY;
  #checkpointing: Promise<void> | undefined;
  #catchingUp = false;
  #compacting = false;
  #compactionWaiters: (() => void)[] = [];
  #status: RaftStatus;
  #leaderlessSinceMs: number;
  #hardState: HardState;
  readonly #hooks: StateHooks;
  /** Index and bytes of entries held in memory behind the checkpoint. */
  readonly #kept = new KeptEntries();
  #listener: { close(): Promise<void> } | undefined;
  #transferring = false;

  private constructor(parts: MemberParts, opened: Opened) {
    const { clock, random, net, log } = parts.host;
    this.parts = parts;
    this.state = opened.state;
    this.backend = opened.backend;
    this.raft = opened.raft;
    this.#wal = opened.wal;
    this.#rebuildingUpTo = opened.rebuildingUpTo;
    this.#hardState = opened.hardState;
    this.#hooks = opened.hooks;
    this.#hooks.onQuotaExceeded = () => this.#raiseNoSpace();
    this.#origin = random.below(0x1_0000_0000) * 0x10_0000 + random.below(0x10_0000);
    this.#status = this.raft.status();
    this.#leaderlessSinceMs = clock.monotonicMs();
    // The first tick is due at once: who is alone need not wait to find that he leads.
    this.#lastTickMs = this.#leaderlessSinceMs - TICK_MS;
    this.#chores = new Chores(clock, parts.late);
    this.lessor = new Lessor(clock);
    this.gate = new Gate(this);
    this.#writer = new LogWriter(this.#wal, {
      persisted: (last) => this.#enqueue({ kind: "persisted", term: last.term, index: last.index }),
      send: (messages) => this.peers.send(messages),
      fatal: (error) => this.#fatal(error),
    });
    this.peers = new Peers({
      clock,
      net,
      log,
      self: parts.config.id,
      clusterId: parts.config.clusterId,
      speaks: SPEAKS,
      peerUrls: parts.config.advertisePeerUrls,
      hearsStrangers: () => this.#status.leader === NO_MEMBER,
      handlers: {
        receive: (messages) => this.#receive(messages),
        connectionLost: (peer) => {
          this.#enqueue({ kind: "connectionLost", peer });
          for (const run of this.#onLinkLost) run();
        },
        connected: () => this.#wake(),
        unreachable: (peer) => this.#enqueue({ kind: "unreachable", peer }),
        call: (from, call) => answerCall(this, from, call),
        snapshotChunk: (_from, chunk) => this.#receiver.chunk(chunk),
        snapshotAnswer: (from, answer) => this.#sender.onAnswer(from, answer),
      },
    });
    this.#sender = new SnapshotSender({ backend: () => this.backend, peers: this.peers, clock, log });
    this.#receiver = new SnapshotReceiver(
      () => this.backend,
      (snapshot) => this.#offerSnapshot(snapshot),
    );
    this.#applier = new Applier(this.#origin, this.state, {
      waiting: (sequence) => this.waiters.get(sequence)?.command,
      resolve: (sequence, applied) => this.waiters.take(sequence)?.resolve(applied),
      membershipApplied: (at, change) => this.#events.push({ kind: "membershipApplied", index: at, change }),
      membersChanged: () => this.#membersChanged(),
      termBegan: (began) => this.#termBegan(began),
      compacted: () => this.#startCompacting(),
      tokens: {
        assign: (token, user) => this.gate.tokens.assign(token, user, clock.monotonicMs()),
        forgetUser: (user) => this.gate.tokens.forgetUser(user),
        forgetAll: () => this.gate.tokens.forgetAll(),
      },
    });
  }

  /** Opens log and backend, rebuilds the state, listens, and starts the loop. Rejects with what it cannot believe. */
  static async open(parts: MemberParts): Promise<StoreMember> {
    const opened = await openParts(parts);
    const member = new StoreMember(parts, opened);
    await member.#start();
    return member;
  }

  get id(): MemberId {
    return this.parts.config.id;
  }
  get status(): RaftStatus {
    return this.#status;
  }
  get mvcc(): Mvcc {
    return this.state.mvcc;
  }
  get isLeader(): boolean {
    return this.#status.role === "leader";
  }
  get isLearner(): boolean {
    return this.state.members.get(this.id)?.isLearner ?? false;
  }
  get stopped(): boolean {
    return this.#stopped;
  }
  get walSyncs(): number {
    return this.#writer.syncs;
  }
  get snapshotsInFlight(): number {
    return this.#sender.inFlight;
  }
  walBytes(): number {
    return this.#wal.sizeBytes();
  }
  nowMs(): number {
    return this.parts.host.clock.monotonicMs();
  }

  header(revision = this.mvcc.revision()): ResponseHeader {
    return { clusterId: this.parts.config.clusterId, memberId: this.id, revision, raftTerm: this.#status.term };
  }

  /** What a slow or silent member is busy with, for people who look. */
  get busyWith(): readonly string[] {
    const busy = {
      "installing a snapshot": this.#installing,
      "writing the log": this.#writer.busy,
      checkpointing: this.#checkpointing !== undefined,
      compacting: this.#compacting,
    };
    return Object.entries(busy).flatMap(([what, is]) => (is ? [what] : []));
  }

  /** Called after each change of leader, term or role, until `stop` is called. */
  observe(run: (status: RaftStatus) => void): { stop(): void } {
    this.#observers.add(run);
    return { stop: () => this.#observers.delete(run) };
  }

  /** Called after a link to or from another member closed, until `stop` is called. */
  onLinkLost(run: () => void): { stop(): void } {
    this.#onLinkLost.add(run);
    return { stop: () => this.#onLinkLost.delete(run) };
  }

  // ---------------------------------------------------------------- what callers ask

  /** Proposes a command and resolves with what applying it said. A proposal that surely went nowhere is proposed again. */
  propose(command: LogCommand, context: CallContext): Promise<Applied> {
    if (this.#stopped) return Promise.reject(new EtcdError("stopped"));
    return new Promise((resolve, reject) => {
      const sequence = this.waiters.nextSequence();
      const data = encodeCommand(command, { origin: this.#origin, sequence }, context);
      if (data.length > this.parts.config.requestBytesMax) throw new EtcdError("requestTooLarge");
      const waiter: Waiter<Applied> = {
        sequence,
        command,
        data,
        deadlineMs: this.#deadline(context),
        resolve,
        reject,
        onlyIn: undefined,
        sentIn: undefined,
      };
      this.waiters.add(waiter);
      this.#proposals.push(waiter);
      // Under load the followers start on the first of many requests while the rest are still being read from sockets.
      if (this.#proposals.length >= PROPOSALS_BEFORE_TURN && !this.#turning) this.#turn();
      else this.#wake();
    });
  }

  /** Proposes what a leader alone may decide, such as that a lease is over: a leader that was replaced meanwhile (it hung, and does not know
   *  yet) must not have its decision carried out by its successor, who renewed the lease. */
  proposeAsLeader(command: LogCommand): Promise<Applied> {
    if (this.#stopped || !this.isLeader) return Promise.reject(new EtcdError("notLeader"));
    return new Promise((resolve, reject) => {
      const sequence = this.waiters.nextSequence();
      const data = encodeCommand(command, { origin: this.#origin, sequence }, AS_ROOT);
      const waiter: Waiter<Applied> = {
        sequence,
        command,
        data,
        deadlineMs: this.#deadline({}),
        resolve,
        reject,
        onlyIn: this.#status.term,
        sentIn: undefined,
      };
      this.waiters.add(waiter);
      this.#leaderProposals.push(waiter);
      this.#wake();
    });
  }

  /** Resolves when a read here is linearizable. */
  readable(context: CallContext): Promise<void> {
    if (this.#stopped) return Promise.reject(new EtcdError("stopped"));
    const done = this.reads.wait(this.#deadline(context));
    this.#wake();
    return done;
  }

  /**
   * No leader for an election timeout. A leader whose connection broke is forgotten at once here, long before etcd's followers
   * would; a client that requires one and asks within the short gap would be refused, and etcdctl's watch ends for good when it is.
   */
  get leaderless(): boolean {
    return this.#status.leader === NO_MEMBER && this.nowMs() - this.#leaderlessSinceMs >= this.parts.config.electionMs;
  }

  /** Resolves when this member has applied the log up to there; rejects at the request's deadline. */
  appliedAt(at: Index, context: CallContext): Promise<void> {
    if (this.#stopped) return Promise.reject(new EtcdError("stopped"));
    return this.reads.waitApplied(at, this.#deadline(context));
  }

  openWatch(sink: WatchSink, context: CallContext): MemberWatchStream {
    const stream = new MemberWatchStream({
      mvcc: this.mvcc,
      sink,
      header: () => this.header(),
      wake: () => {
        this.#catchingUp = true;
        this.#wake();
      },
      onClose: (s) => this.#streams.delete(s),
      requireLeader: context.requireLeader ?? false,
      refusal: (request) => (this.gate.on ? watchRefusal(this, context, request) : undefined),
    });
    this.#streams.add(stream);
    return stream;
  }

  /** Resolves when superseded records are gone and that is durable. */
  async compacted(): Promise<void> {
    if (this.#compacting) await new Promise<void>((resolve) => this.#compactionWaiters.push(resolve));
    await this.checkpointNow();
  }

  /** Makes everything applied so far durable in the backend. */
  async checkpointNow(): Promise<void> {
    while (this.#checkpointing) await this.#checkpointing;
    this.#checkpoint();
    await this.#checkpointing;
  }

  transferLeadership(to: MemberId): void {
    this.#transferring = true;
    this.#enqueue({ kind: "transferLeadership", to });
  }

  /** Makes the learner a voter; only the leader knows how far it is. */
  promoteHere(id: MemberId): Promise<void> {
    if (!this.isLeader) return Promise.reject(new EtcdError("notLeader"));
    return promote(this, id);
  }

  setFault(peer: MemberId, fault: PeerFault | undefined): void {
    this.peers.setFault(peer, fault);
  }

  /** Stops in order: leadership handed over if possible, state written, links closed. */
  async stop(options: { readonly transfer: boolean }): Promise<void> {
    if (this.#stopped) return;
    if (options.transfer) await this.#handOver();
    this.#stopped = true;
    this.#timer?.cancel();
    this.#chores.stop();
    this.waiters.rejectAll("stopped");
    this.reads.rejectAll("stopped");
    for (const stream of [...this.#streams]) stream.end(new EtcdError("stopped"));
    this.peers.close();
    await this.#listener?.close();
    await this.#writer.idle();
    await this.checkpointNow();
    await this.#wal.close();
    await this.backend.close();
  }

  // ---------------------------------------------------------------- life

  async #start(): Promise<void> {
    const { net, log } = this.parts.host;
    this.#membersChanged();
    const listen = this.parts.config.peerListenUrls;
    const listeners = await Promise.all(listen.map((url) => net.listen(url, (link) => this.peers.accept(link))));
    this.#listener = { close: async () => void (await Promise.all(listeners.map((l) => l.close()))) };
    log.info("member is open", {
      id: hexId(this.id),
      name: this.parts.config.name,
      applied: this.state.appliedIndex,
      revision: this.mvcc.revision(),
    });
    const chores = this.#chores;
    chores.every(SWEEP_MS, () => this.#sweep());
    chores.every(CLUSTER_VERSION_CHECK_MS, () => this.#raiseClusterVersion());
    chores.every(LEASE_SCAN_MS, () => this.#scanLeases());
    chores.every(this.parts.config.progressNotifyMs, () => this.mvcc.watches.notifyProgress());
    const compaction = new AutoCompaction(this);
    chores.every(compaction.periodMs, () => compaction.run());
    chores.every(FREE_DISK_CHECK_MS, () => void this.#checkFreeDisk());
    chores.start();
    if (this.mvcc.compactStep(0) === "more") this.#startCompacting();
    this.#wake();
  }

  async #handOver(): Promise<void> {
    if (!this.isLeader) return;
    const heir = [...this.raft.progress()].find(([, p]) => p.recentlyActive && p.kind === "replicate")?.[0];
    if (heir === undefined) return;
    const done = new Promise<void>((resolve) => {
      const watch = this.observe((s) => {
        if (s.role === "leader") return;
        watch.stop();
        resolve();
      });
      this.parts.host.clock.after(this.parts.config.electionMs, resolve);
    });
    this.transferLeadership(heir);
    await done;
  }

  #fatal(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#chores.stop();
    this.peers.close();
    this.parts.fatal(error);
  }

  #deadline(context: CallContext): number {
    return Math.min(context.deadlineMonotonicMs ?? Number.POSITIVE_INFINITY, this.nowMs() + REQUEST_TIMEOUT_MS);
  }

  // ---------------------------------------------------------------- the loop

  #receive(messages: readonly Message[]): void {
    for (const message of messages) {
      // Votes before the rebuild is over could elect a leader without entries that this member acknowledged.
      if (this.#rebuildingUpTo > 0 && (message.kind === "vote" || message.kind === "timeoutNow")) continue;
      this.#events.push({ kind: "receive", message });
    }
    this.#wake();
  }

  #enqueue(event: RaftEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  #wake(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.parts.host.clock.soon(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    if (this.#stopped || this.#installing) return;
    this.counters.turns++;
    this.#turning = true;
    try {
      this.#step();
    } catch (error) {
      this.#fatal(error);
    } finally {
      this.#turning = false;
    }
  };

  #step(): void {
    const now = this.nowMs();
    const events = this.#events;
    this.#events = [];
    this.#takeTime(events, now);
    const proposed = this.#takeProposals(events);
    const round = this.reads.nextRound(now);
    if (round !== undefined) events.push({ kind: "readIndex", context: round });
    if (events.length > 0) {
      const effects = this.raft.stepAll(events);
      check(effects.installSnapshot === null, "a snapshot is installed by #offerSnapshot alone");
      this.#perform(effects, proposed, now);
    }
    if (this.#leaderProposals.length > 0) this.#stepAsLeader(now);
    if (this.#catchingUp) this.#catchUp();
    this.#checkpointIfDue(now);
    this.#armTimer(now);
  }

  /** In a step of its own, after this turn's messages were heard: they may say that somebody else leads. */
  #stepAsLeader(now: number): void {
    const { role, term } = this.raft.status();
    const waiting = this.#leaderProposals;
    this.#leaderProposals = [];
    const mine = waiting.filter((w) => role === "leader" && w.onlyIn === term);
    for (const waiter of waiting) if (!mine.includes(waiter)) this.waiters.take(waiter.sequence)?.reject(new EtcdError("leaderChanged"));
    if (mine.length === 0) return;
    const entries = mine.map((w): Proposal => ({ kind: "command", data: w.data }));
    this.#perform(this.raft.stepAll([{ kind: "propose", entries }]), mine, now);
  }

  #takeTime(events: RaftEvent[], now: number): void {
    // A timer that fires a rounding error early still counts: otherwise it is armed again for nothing, over and over.
    const passed = Math.floor((now - this.#lastTickMs) / TICK_MS + 1e-6);
    if (passed < 1) return;
    const ticks = Math.min(passed, TICKS_AT_ONCE_MAX);
    this.#lastTickMs = ticks < passed ? now : this.#lastTickMs + ticks * TICK_MS;
    events.push({ kind: "tick", ticks });
  }

  #takeProposals(events: RaftEvent[]): readonly Waiter<Applied>[] {
    if (this.#proposals.length === 0 || this.#status.leader === NO_MEMBER) return [];
    let bytes = 0;
    let count = 0;
    while (count < this.#proposals.length && count < PROPOSAL_BATCH_ENTRIES && bytes < PROPOSAL_BATCH_BYTES) {
      bytes += this.#proposals[count]?.data.length ?? 0;
      count++;
    }
    const taken = this.#proposals.splice(0, count);
    const entries: Proposal[] = taken.map((w) => ({ kind: w.command.kind === "membership" ? "membership" : "command", data: w.data }));
    events.push({ kind: "propose", entries });
    if (this.#proposals.length > 0) this.#wake();
    return taken;
  }

  #perform(effects: Effects, proposed: readonly Waiter<Applied>[], now: number): void {
    if (effects.persist?.hardState) this.#hardState = effects.persist.hardState;
    this.#writer.write(effects.persist, effects.sendAfterPersist);
    if (effects.sendNow.length > 0) this.peers.send(effects.sendNow);
    if (effects.status !== null) this.#statusChanged(effects.status, now);
    this.#settleProposals(proposed, effects);
    if (effects.apply.length > 0) this.#apply(effects.apply, now);
    for (const read of effects.reads) this.reads.answered(read.context, read.index, this.state.appliedIndex);
    for (const context of effects.readsRefused) this.reads.refused(context, now);
    for (const peer of effects.sendSnapshots) this.#sendSnapshot(peer);
  }

  #settleProposals(proposed: readonly Waiter<Applied>[], effects: Effects): void {
    const sentIn = this.raft.status().term;
    for (const waiter of proposed) waiter.sentIn = sentIn;
    for (const { entry, why } of effects.refused) {
      const waiter = proposed.find((w) => w.data === entry.data);
      if (!waiter) continue;
      waiter.sentIn = undefined;
      if (why === "tooLarge") this.waiters.take(waiter.sequence)?.reject(new EtcdError("requestTooLarge"));
      else this.#proposeLater(waiter);
    }
  }

  /** Surely not in any log: proposed again after a short pause, until its deadline. */
  #proposeLater(waiter: Waiter<Applied>): void {
    if (waiter.onlyIn !== undefined) {
      this.waiters.take(waiter.sequence)?.reject(new EtcdError("leaderChanged"));
      return;
    }
    this.parts.host.clock.after(TICK_MS, () => {
      if (this.waiters.get(waiter.sequence) !== waiter) return;
      this.#proposals.push(waiter);
      this.#wake();
    });
  }

  #apply(entries: readonly Entry[], now: number): void {
    this.#applier.apply(entries);
    this.counters.proposalsApplied += entries.length;
    this.counters.proposalsCommitted = Math.max(this.counters.proposalsCommitted, this.#status.commit);
    this.lessor.follow(this.mvcc);
    this.reads.applied(this.state.appliedIndex);
    for (const e of entries) this.#kept.add(e.index, e.data.length);
    this.#dirtySinceMs = Math.min(this.#dirtySinceMs, now);
    this.#events.push({ kind: "applied", index: this.state.appliedIndex });
    this.#catchingUp = true;
    if (this.raft.status().commit > this.state.appliedIndex) this.#wake();
  }

  #termBegan(began: Term): void {
    for (const waiter of this.waiters.lostBefore(began)) {
      if (waiter.onlyIn === undefined) this.#proposals.push(waiter);
      else this.waiters.take(waiter.sequence)?.reject(new EtcdError("leaderChanged"));
    }
    this.reads.answerable(this.parts.host.clock.monotonicMs());
    this.#wake();
  }

  #statusChanged(status: RaftStatus, now: number): void {
    const before = this.#status;
    this.#status = status;
    if (before.leader !== status.leader) {
      if (status.leader !== NO_MEMBER) this.counters.leaderChanges++;
      else this.#leaderlessSinceMs = now;
      this.parts.host.log.info(status.leader === NO_MEMBER ? "lost the leader" : "has a leader", {
        term: status.term,
        leader: hexId(status.leader),
      });
    }
    if (before.role !== status.role) {
      this.#transferring = false;
      if (status.role === "leader") this.lessor.promote(this.mvcc);
      else if (before.role === "leader") this.lessor.demote();
    }
    if (status.leader !== NO_MEMBER && this.#proposals.length > 0) this.#wake();
    for (const run of [...this.#observers]) run(status);
  }

  get transferring(): boolean {
    return this.#transferring;
  }

  #armTimer(now: number): void {
    const ticks = this.raft.ticksUntilDeadline();
    const raftAt = this.#lastTickMs + Math.max(1, ticks) * TICK_MS;
    const readAt = now + this.reads.msUntilRetry(now);
    // One in flight: its end wakes the loop. A deadline in the past would spin until then.
    const checkpointAt = this.#checkpointing === undefined ? this.#dirtySinceMs + CHECKPOINT_MS : Number.POSITIVE_INFINITY;
    const at = Math.min(raftAt, readAt, checkpointAt);
    // A later deadline keeps the armed timer: it fires early, finds nothing and arms again. Saves a timer a turn.
    if (this.#timer !== undefined && this.#timerAtMs <= at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    if (!Number.isFinite(at)) return;
    this.#timerAtMs = at;
    this.#timer = this.parts.host.clock.after(Math.max(TIMER_MS_MIN, at - now), () => {
      this.#timer = undefined;
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#turn();
    });
  }

  // ---------------------------------------------------------------- checkpoints, compaction, catching up

  #checkpointIfDue(now: number): void {
    if (this.#checkpointing !== undefined) return;
    if (now - this.#dirtySinceMs < CHECKPOINT_MS && this.backend.pendingBytes() < CHECKPOINT_BYTES) return;
    this.#checkpoint();
  }

  #checkpoint(): void {
    if (this.#installing) return;
    this.#dirtySinceMs = Number.POSITIVE_INFINITY;
    const { appliedIndex, appliedTerm, members } = this.state;
    if (appliedIndex === 0) return;
    this.#checkpointing = this.backend
      .checkpoint({ appliedIndex, appliedTerm, state: members.encode() })
      .then(() => this.#checkpointed(appliedIndex))
      .catch((error: unknown) => this.#fatal(error));
  }

  async #checkpointed(at: Index): Promise<void> {
    this.counters.checkpoints++;
    const keepFrom = this.#kept.compactTo(at, { entries: this.parts.config.keepEntries, bytes: KEEP_BYTES });
    const keepTerm = this.raft.termAt(keepFrom);
    if (keepTerm !== undefined && keepFrom >= this.raft.firstIndex()) {
      await this.#wal.cut({ index: keepFrom, term: keepTerm });
      this.#events.push({ kind: "compact", index: keepFrom });
    }
    this.#checkpointing = undefined;
    if (!this.#stopped) this.#wake();
  }

  #catchUp(): void {
    this.#catchingUp = this.mvcc.watches.catchUp(CATCH_UP_RECORDS) === "more";
    if (this.#catchingUp) this.#wake();
  }

  #startCompacting(): void {
    if (this.#compacting) return;
    this.#compacting = true;
    const step = (): void => {
      if (this.#stopped) return;
      this.#dirtySinceMs = Math.min(this.#dirtySinceMs, this.nowMs());
      if (this.mvcc.compactStep(COMPACT_RECORDS) === "more") {
        this.parts.host.clock.after(COMPACT_PAUSE_MS, step);
        return;
      }
      this.#compacting = false;
      for (const resolve of this.#compactionWaiters.splice(0)) resolve();
      this.#wake();
    };
    this.parts.host.clock.after(0, step);
  }

  #sweep(): void {
    const now = this.nowMs();
    const code = this.#status.leader === NO_MEMBER ? "timeoutLeaderFail" : "timeout";
    this.waiters.expire(now, code);
    this.#proposals = this.#proposals.filter((w) => this.waiters.get(w.sequence) === w);
    this.reads.expire(now, code);
    this.gate.tokens.sweep(now);
    if (this.#status.leader === NO_MEMBER && now - this.#leaderlessSinceMs > WATCH_LEADERLESS_MS) {
      for (const stream of [...this.#streams]) if (stream.requireLeader) stream.end(new EtcdError("noLeader"));
    }
  }

  /** Replicated, so that every member refuses the same writes from the same entry on. */
  #raiseNoSpace(): void {
    if (this.mvcc.alarms().some((a) => a.memberId === this.id && a.alarm === "nospace")) return;
    this.propose({ kind: "alarm", action: "activate", memberId: this.id, alarm: "nospace" }, {}).catch(() => {});
  }

  async #checkFreeDisk(): Promise<void> {
    const free = await this.parts.host.disk.freeBytes().catch(() => Number.POSITIVE_INFINITY);
    if (free < FREE_DISK_BYTES_MIN && !this.#stopped) this.#raiseNoSpace();
  }

  /** New kinds of commands wait until every member said that it understands them. */
  #raiseClusterVersion(): void {
    const { members } = this.state;
    const common = members.commonVersion();
    if (!this.isLeader || common === undefined || common <= members.clusterVersion) return;
    this.propose({ kind: "clusterVersion", version: common }, {}).catch(() => {});
  }

  #scanLeases(): void {
    for (const id of this.lessor.expired()) this.proposeAsLeader({ kind: "leaseRevoke", id }).catch(() => {});
    const leases = this.lessor.checkpoint(this.mvcc);
    if (leases.length > 0) this.proposeAsLeader({ kind: "leaseCheckpoint", leases }).catch(() => {});
  }

  // ---------------------------------------------------------------- members and snapshots

  #membersChanged(): void {
    const members = this.state.members.list();
    const list = members.length > 0 ? members : this.parts.config.seeds;
    this.peers.setMembers(list.map((m) => ({ id: m.id, urls: m.peerUrls })));
  }

  #sendSnapshot(peer: MemberId): void {
    const pinned = this.backend.checkpointed === undefined ? this.checkpointNow() : Promise.resolve();
    void pinned
      .then(() => this.#sender.send(peer))
      .then((outcome) => {
        this.counters.snapshotsSent++;
        this.#enqueue({ kind: "snapshotSent", peer, outcome });
      });
  }

  /** Asks raft whether the received snapshot helps, and makes it the state if so. False when it is not wanted. */
  async #offerSnapshot(snapshot: ReceivedSnapshot): Promise<boolean> {
    if (this.#stopped || this.#installing) return false;
    this.#installing = true;
    try {
      await this.#writer.idle();
      while (this.#checkpointing) await this.#checkpointing;
      const from = this.#status.leader === NO_MEMBER ? this.id : this.#status.leader;
      const message: Message = { kind: "snapshot", from, to: this.id, term: this.raft.status().term, snapshot: snapshot.meta };
      const effects = this.raft.stepAll([{ kind: "receive", message }]);
      // A snapshot that the log already holds moves the commit instead: entries to apply come with it and must not be dropped.
      this.#perform(effects, [], this.nowMs());
      if (effects.installSnapshot === null) return false;
      await this.#writer.idle();
      await this.#install(snapshot);
      return true;
    } catch (error) {
      this.#fatal(error);
      return false;
    } finally {
      this.#installing = false;
      this.#wake();
    }
  }

  async #install({ meta, state, replacement }: ReceivedSnapshot): Promise<void> {
    // The store first: a crash between the two leaves a store ahead of its log, which opens; a log ahead of its store would not.
    await replacement.commit({ appliedIndex: meta.index, appliedTerm: meta.term, state });
    await this.#wal.reset({ index: meta.index, term: meta.term }, { ...this.#hardState, commit: meta.index });
    await this.#rebuildState(meta.index, meta.term, state);
    if (this.#rebuildingUpTo > 0 && meta.index >= this.#rebuildingUpTo) await this.#rebuilt();
    this.waiters.unknownUpTo(meta.term, "timeoutLeaderFail");
    this.counters.snapshotsInstalled++;
    this.parts.host.log.info("installed a snapshot", { index: meta.index, revision: this.mvcc.revision() });
    this.#events.push({ kind: "snapshotInstalled", snapshot: meta });
  }

  async #rebuilt(): Promise<void> {
    this.#rebuildingUpTo = index(0);
    await rebuilt(this.parts);
    this.parts.host.log.info("the stored state is rebuilt", { applied: this.state.appliedIndex });
  }

  async #rebuildState(at: Index, atTerm: Term, members: Bytes): Promise<void> {
    this.state.mvcc = await loadMvcc(this.parts, this.backend, this.#hooks);
    this.state.auth = await loadAuth(this.backend);
    // The snapshot may have jumped over what ends a token: whoever has one proves himself anew.
    this.gate.tokens.forgetAll();
    this.state.members = ClusterMembers.decode(members);
    this.state.appliedIndex = at;
    this.state.appliedTerm = atTerm;
    this.#kept.clear();
    for (const stream of this.#streams) stream.moveTo(this.state.mvcc);
    this.#catchingUp = true;
    this.#membersChanged();
  }
}
