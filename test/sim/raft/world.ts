import { hexId, index, type MemberId, memberId, type Random, seededRandom, utf8, utf8Text } from "../../../src/base/index.js";
import type { Effects, Entry, MembershipChange, Message } from "../../../src/raft/index.js";
import type { Faults } from "../../../src/raft/state.js";
import { Checkers, Violation } from "./checkers.js";
import { encodeChange, type HostBugs, SimMember } from "./member.js";
import { type Weather, weather } from "./weather.js";

/** Ticks of trouble, and of peace after it, in which everything must be settled. */
const STORM_TICKS = 1_600;
const CALM_TICKS = 500;
/** Then without new work, until everybody has caught up; small windows make that slow. */
const QUIET_TICKS_MAX = 4_000;
const TICKS = { electionTicks: 20, heartbeatTicks: 3, leaderlessRetryTicks: 4, staggerTicks: 2, jitterTicks: 2 };

export interface WorldOptions {
  readonly faults: Faults;
  readonly bugs: HostBugs;
  /** Only the weather in which elections overlap. */
  readonly wild?: boolean;
  /** Gets every line that the trace's hash is made of. */
  readonly trace?: (line: string) => void;
}

interface Travelling {
  readonly at: number;
  readonly order: number;
  readonly message: Message;
}

export class World {
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #members: SimMember[];
  readonly #trace: ((line: string) => void) | undefined;
  readonly #checkers = new Checkers();
  #travelling: Travelling[] = [];
  #order = 0;
  #now = 0;
  #calm = false;
  /** One-way: what goes from the first to the second vanishes. */
  #holes = new Set<string>();
  readonly #pausedUntil = new Map<MemberId, number>();
  readonly #crashAt = new Map<MemberId, number>();
  readonly #restartAt = new Map<MemberId, number>();
  readonly #proposed = new Map<string, MemberId>();
  readonly #readsBegun = new Map<string, number>();
  readonly #commits = new Map<MemberId, number>();
  #proposals = 0;
  #contexts = 0;
  #hash = 0x811c9dc5;
  leaders = 0;
  snapshots = 0;
  changes = 0;

  constructor(seed: number, options: WorldOptions) {
    this.#random = seededRandom(seed);
    this.#trace = options.trace;
    this.#weather = weather(this.#random.fork("weather"), options.wild === true);
    const size = this.#random.chance(1, 2) ? 3 : 5;
    const ids = Array.from({ length: size }, (_, i) => memberId(BigInt(i + 1)));
    const founders = this.#random.chance(1, 4) ? ids.slice(0, size - 2) : ids;
    const leaseReads = this.#random.chance(1, 6);
    const small = options.wild === true || this.#random.chance(2, 3);
    const limits = small ? { appendBytesMax: 6, inflightAppendsMax: 3, inflightBytesMax: 64, applyBytesMax: 20 } : {};
    this.#members = ids.map((id) => {
      const founding = founders.includes(id);
      const random = this.#random.fork(`member ${id}`);
      return new SimMember({ id, founders, founding, random, ticks: TICKS, leaseReads, limits, ...options }, this.#outside());
    });
    // Lease reads trust clocks that run on: with them, no process stands still.
    if (leaseReads) this.#weather = { ...this.#weather, pause: 0, sync: 900 };
  }

  #outside(): ConstructorParameters<typeof SimMember>[1] {
    return {
      send: (message) => this.#send(message),
      applied: (member, entry, isDurable) => this.#applied(member, entry, isDurable),
      stepped: (member, effects) => this.#stepped(member, effects),
    };
  }

  run(): { readonly hash: number; readonly acknowledged: number; readonly reads: number } {
    for (const member of this.#members) member.step([]);
    while (this.#now < STORM_TICKS) this.#tick(() => this.#trouble());
    this.#makePeace();
    while (this.#now < STORM_TICKS + CALM_TICKS) this.#tick(() => this.#checkpointSome());
    const end = this.#now + QUIET_TICKS_MAX;
    while (this.#now < end && !this.#isSettled()) this.#tick(() => {});
    this.#checkEnd();
    return { hash: this.#hash >>> 0, acknowledged: this.#checkers.acknowledged, reads: this.#checkers.reads };
  }

  #tick(trouble: () => void): void {
    this.#now++;
    trouble();
    this.#deliver();
    for (const member of this.#members) {
      if (!member.up) continue;
      member.ticksOwed++;
      if ((this.#pausedUntil.get(member.id) ?? 0) > this.#now) continue;
      while (member.writes.length > 0 && (this.#calm || this.#random.chance(this.#weather.sync, 1000))) member.sync();
      member.turn();
    }
    if (this.#now % 16 === 0) this.#checkers.logsMatch(this.#up());
  }

  #up(): readonly SimMember[] {
    return this.#members.filter((m) => m.up);
  }
  #happens(permille: number): boolean {
    return this.#random.chance(permille, 1000);
  }
  #anyone(): SimMember {
    return this.#members[this.#random.below(this.#members.length)] as SimMember;
  }

  // ---------------------------------------------------------------- what goes wrong, and what is asked for

  #trouble(): void {
    const w = this.#weather;
    if (this.#happens(w.crash)) this.#crash(this.#anyone());
    if (this.#happens(w.coup)) this.#coup();
    for (const [id, at] of this.#crashAt) if (at <= this.#now) this.#crashPlanned(id);
    for (const [id, at] of this.#restartAt) if (at <= this.#now) this.#restart(id);
    if (this.#happens(w.hole)) this.#digHole();
    if (this.#happens(20)) this.#holes.clear();
    if (this.#happens(w.pause)) this.#pausedUntil.set(this.#anyone().id, this.#now + this.#random.below(60));
    if (this.#happens(w.connectionLost)) this.#loseConnection(this.#anyone(), this.#anyone().id);
    if (this.#happens(w.propose)) this.#propose(this.#anyone());
    if (this.#happens(w.read)) this.#read(this.#anyone());
    if (this.#happens(w.change)) this.#change(this.#anyone());
    if (this.#happens(w.transfer)) this.#give(this.#anyone(), { kind: "transferLeadership", to: this.#anyone().id });
    if (this.#happens(w.checkpoint)) this.#anyone().checkpoint(this.#random.below(12));
  }

  #checkpointSome(): void {
    if (this.#happens(20)) this.#anyone().checkpoint(4);
    if (this.#happens(50)) this.#propose(this.#anyone());
    if (this.#happens(50)) this.#read(this.#anyone());
  }

  #crash(member: SimMember): void {
    if (!member.up) return;
    member.crash(this.#random.below(member.writes.length + 1));
    this.#note(`crash ${hexId(member.id)}`);
    // What it had just sent may still sit in its machine's buffers.
    if (this.#random.chance(1, 2)) this.#travelling = this.#travelling.filter((t) => t.message.from !== member.id);
    this.#restartAt.set(member.id, this.#now + 1 + this.#random.below(this.#weather.restartTicksMax));
    for (const other of this.#members) if (this.#random.chance(3, 4)) this.#loseConnection(other, member.id);
  }

  /** Everybody loses the leader at once, and in the election that follows somebody falls and is back before it ends. */
  #coup(): void {
    const leader = this.#leader();
    if (leader === undefined) return;
    for (const member of this.#members) this.#loseConnection(member, leader.id);
    if (this.#random.chance(1, 2)) this.#crash(leader);
    for (let i = this.#random.below(3); i > 0; i--) this.#crashAt.set(this.#anyone().id, this.#now + this.#random.below(16));
  }

  #crashPlanned(id: MemberId): void {
    this.#crashAt.delete(id);
    const member = this.#members.find((m) => m.id === id);
    if (member !== undefined) this.#crash(member);
  }

  #restart(id: MemberId): void {
    this.#restartAt.delete(id);
    this.#commits.delete(id);
    this.#members.find((m) => m.id === id)?.restart();
  }

  #digHole(): void {
    const [from, to] = [this.#anyone(), this.#anyone()];
    for (const other of this.#random.chance(1, 2) ? this.#members : [to]) {
      this.#holes.add(`${from.id}>${other.id}`);
      if (this.#random.chance(1, 2)) this.#holes.add(`${other.id}>${from.id}`);
    }
  }

  #loseConnection(member: SimMember, peer: MemberId): void {
    this.#give(member, { kind: "connectionLost", peer });
  }

  #give(member: SimMember, event: SimMember["events"][number]): void {
    if (member.up) member.events.push(event);
  }

  #propose(member: SimMember): void {
    if (!member.up) return;
    const texts = Array.from({ length: 1 + this.#random.below(3) }, () => `c${++this.#proposals}`);
    for (const text of texts) this.#proposed.set(text, member.id);
    this.#give(member, { kind: "propose", entries: texts.map((text) => ({ kind: "command", data: utf8(text) })) });
  }

  #read(member: SimMember): void {
    if (!member.up) return;
    const context = ++this.#contexts;
    this.#readsBegun.set(`${member.id}/${member.starts}/${context}`, this.#checkers.highestApplied);
    this.#give(member, { kind: "readIndex", context });
  }

  #change(member: SimMember): void {
    const kinds: readonly MembershipChange["kind"][] = ["addVoter", "addLearner", "promote", "promote", "remove"];
    const kind = kinds[this.#random.below(kinds.length)] ?? "promote";
    this.#give(member, { kind: "propose", entries: [{ kind: "membership", data: encodeChange({ kind, member: this.#anyone().id }) }] });
  }

  /** Everybody is back and hears everybody, the one-time losses included. */
  #makePeace(): void {
    this.#calm = true;
    this.#holes.clear();
    this.#pausedUntil.clear();
    for (const id of [...this.#restartAt.keys()]) this.#restart(id);
  }

  // ---------------------------------------------------------------- the network

  #send(message: Message): void {
    this.#note(`${this.#now} ${describe(message)}`);
    if (!this.#calm && this.#isLost(message)) return;
    this.#travel(message);
    // A stream may break, but it never repeats: forwarded proposals would enter the log twice.
    if (!this.#calm && message.kind !== "propose" && this.#happens(this.#weather.duplicate)) this.#travel(message);
  }

  #isLost(message: Message): boolean {
    return this.#holes.has(`${message.from}>${message.to}`) || this.#happens(this.#weather.drop);
  }

  #travel(message: Message): void {
    const delay = this.#calm ? 0 : this.#random.below(this.#weather.delayTicksMax);
    this.#travelling.push({ at: this.#now + 1 + delay, order: this.#order++, message });
  }

  #deliver(): void {
    const due = this.#travelling.filter((t) => t.at <= this.#now).sort((a, b) => a.at - b.at || a.order - b.order);
    this.#travelling = this.#travelling.filter((t) => t.at > this.#now);
    for (const { message } of due) {
      const to = this.#members.find((m) => m.id === message.to);
      if (to?.up) to.events.push({ kind: "receive", message });
    }
  }

  // ---------------------------------------------------------------- what the members do

  #stepped(member: SimMember, effects: Effects): void {
    const { raft, id } = member;
    const status = raft.status();
    if (effects.status !== null) this.#note(`${this.#now} ${id} ${status.role} t${status.term} l${status.leader}`);
    if (effects.status?.role === "leader") {
      this.leaders++;
      if (!this.#calm && this.#happens(this.#weather.shortReign))
        this.#crashAt.set(id, this.#now + 1 + this.#random.below(this.#random.chance(1, 2) ? 4 : 16));
      this.#checkers.leads(id, status.term, raft);
    }
    this.#checkers.commits(id, index(this.#commits.get(id) ?? 0), status.commit, raft);
    this.#commits.set(id, status.commit);
    for (const { context, index: at } of effects.reads) this.#answered(member, context, at);
    for (const peer of effects.sendSnapshots) this.#sendSnapshot(member, peer);
    if (effects.installSnapshot !== null) this.#note(`${this.#now} ${id} installs ${effects.installSnapshot.index}`);
    for (const { entry } of effects.refused) this.#proposed.delete(utf8Text(entry.data));
  }

  #answered(member: SimMember, context: number, at: ReturnType<typeof index>): void {
    const key = `${member.id}/${member.starts}/${context}`;
    const highestApplied = this.#readsBegun.get(key);
    if (highestApplied === undefined) throw new Violation(`an answer to a read that nobody asked: ${key}`);
    this.#readsBegun.delete(key);
    this.#checkers.answersRead(member.id, at, { highestApplied });
  }

  #sendSnapshot(member: SimMember, to: MemberId): void {
    this.snapshots++;
    const lost = !this.#calm && this.#happens(300);
    const { checkpoint } = member.disk;
    const message: Message = { kind: "snapshot", from: member.id, to, term: member.raft.status().term, snapshot: checkpoint };
    if (!lost) this.#travel(message);
    member.events.push({ kind: "snapshotSent", peer: to, outcome: lost ? "failed" : "received" });
  }

  #applied(member: SimMember, entry: Entry, isDurable: boolean): void {
    const text = utf8Text(entry.data);
    if (entry.kind === "membership") this.changes++;
    this.#checkers.applies(member.id, entry, text, isDurable);
    if (entry.kind === "command" && this.#proposed.get(text) === member.id) this.#checkers.acknowledges(text, entry.index);
  }

  /** A member that was removed before it heard of it may still think that it leads: the newest term counts. */
  #leader(): SimMember | undefined {
    const leaders = this.#members.filter((m) => m.up && m.raft.status().role === "leader");
    return leaders.reduce<SimMember | undefined>((a, b) => (a && a.raft.status().term > b.raft.status().term ? a : b), undefined);
  }

  #led(leader: SimMember): readonly SimMember[] {
    const { voters, learners } = leader.membership;
    return this.#members.filter((m) => voters.includes(m.id) || learners.includes(m.id));
  }

  #isSettled(): boolean {
    const leader = this.#leader();
    if (leader === undefined) return false;
    const { commit, lastIndex } = leader.raft.status();
    return commit === lastIndex && this.#led(leader).every((m) => m.applied === commit);
  }

  #checkEnd(): void {
    this.#checkers.logsMatch(this.#members);
    const leader = this.#leader();
    if (leader === undefined) throw new Violation("no leader after peace was made");
    this.#checkers.nothingLost(this.#led(leader));
    if (!this.#isSettled()) throw new Violation("the members do not agree after peace was made");
  }

  #note(line: string): void {
    this.#trace?.(line);
    let h = this.#hash;
    for (let i = 0; i < line.length; i++) h = Math.imul(h ^ line.charCodeAt(i), 0x01000193);
    this.#hash = h;
  }
}

function describe(m: Message): string {
  const head = `${m.from}>${m.to} t${m.term} ${m.kind}`;
  switch (m.kind) {
    case "append":
      return `${head} ${m.prevIndex}/${m.prevTerm} +${m.entries.length} c${m.commit}`;
    case "appendAccepted":
      return `${head} ${m.match}`;
    case "appendRejected":
      return `${head} ${m.rejected} hint ${m.hintIndex}/${m.hintTerm}`;
    case "vote":
      return `${head} ${m.preVote ? "pre " : ""}${m.lastIndex}/${m.lastTerm}`;
    case "voteAnswer":
      return `${head} ${m.preVote ? "pre " : ""}${m.granted ? "yes" : "no"}`;
    case "heartbeat":
      return `${head} r${m.round} c${m.commit}`;
    case "heartbeatAnswer":
      return `${head} r${m.round}`;
    default:
      return head;
  }
}
