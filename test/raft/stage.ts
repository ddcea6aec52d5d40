import { type MemberId, memberId, NO_MEMBER, seededRandom, utf8, utf8Text } from "../../src/base/index.js";
import type { Effects, Entry, MembershipChange, Message, RaftEvent } from "../../src/raft/index.js";
import { encodeChange, SimMember } from "../sim/raft/member.js";

/**
 * A few cores on an in-memory network, driven by a script; every message, change of role and applied entry becomes a line.
 *
 *   nodes 3 [founders 2] [leaseReads]   members 1..3; by default all are founders, and nobody campaigns by itself at the start
 *   start                               what the start holds: a first campaign, entries to apply
 *   timeout 1                           1's patience runs out
 *   tick 5 [1,2]                        ticks, one by one, with everything delivered in between
 *   settle                              deliver and sync until nothing moves
 *   propose 1 x=1 [y=2 ...]             member 1 remove 3       read 2       transfer 1 2
 *   partition 1 | 2,3                   heal
 *   hold 1 | sync 1                     1's disk gets slow | works off what waits
 *   drop append 1>2 | pass              that kind of message is lost on that way | nothing is any more
 *   crash 1 | restart 1 | lost 2 1      (2 loses its connection to 1)
 *   checkpoint 1 0                      durable, and the log is cut to so many entries behind it
 *   show                                one line a member
 *   all | few                           also the heartbeats | without
 */
const TICKS = { electionTicks: 20, heartbeatTicks: 5, leaderlessRetryTicks: 4, staggerTicks: 3, jitterTicks: 1 };
const SETTLE_STEPS_MAX = 10_000;

type Command = (words: readonly string[]) => void;

export class Stage {
  readonly #lines: string[] = [];
  #members: SimMember[] = [];
  #queue: Message[] = [];
  #groups: readonly (readonly string[])[] = [];
  #drops: string[] = [];
  readonly #held = new Set<MemberId>();
  #showsAll = false;
  #contexts = 0;

  run(script: string): string {
    for (const line of script.split("\n")) {
      if (line.startsWith("#") || line.trim() === "") continue;
      for (const command of line.split(" / ")) this.#do(command.trim());
    }
    return this.#lines.join("\n");
  }

  #do(command: string): void {
    this.#lines.push(`> ${command}`);
    const [name = "", ...words] = command.split(/\s+/);
    const run = this.#commands[name];
    if (run === undefined) throw new Error(`no such command: ${command}`);
    run(words);
  }

  readonly #commands: Readonly<Record<string, Command>> = {
    nodes: (w) => this.#nodes(w),
    start: () => this.#each(this.#members, (m) => m.step([])),
    timeout: ([id]) => this.#give(id, { kind: "tick", ticks: TICKS.electionTicks * 2 }),
    tick: ([n, ids]) => this.#tick(Number(n), ids),
    settle: () => this.#settle(),
    propose: ([id, ...texts]) =>
      this.#give(id, { kind: "propose", entries: texts.map((t) => ({ kind: "command" as const, data: utf8(t) })) }),
    member: ([id, kind, member]) => this.#change(id, { kind, member: BigInt(member ?? "0") } as MembershipChange),
    read: ([id]) => this.#give(id, { kind: "readIndex", context: ++this.#contexts }),
    transfer: ([id, to]) => this.#give(id, { kind: "transferLeadership", to: this.#id(to) }),
    partition: (w) => {
      this.#groups = w
        .join(" ")
        .split("|")
        .map((group) => group.trim().split(","));
    },
    heal: () => {
      this.#groups = [];
    },
    hold: ([id]) => this.#held.add(this.#id(id)),
    sync: ([id]) => this.#held.delete(this.#id(id)),
    drop: ([kind, way]) => this.#drops.push(`${kind} ${way}`),
    pass: () => {
      this.#drops = [];
    },
    crash: ([id]) => this.#member(id).crash(0),
    restart: ([id]) => this.#member(id).restart(),
    lost: ([id, peer]) => this.#give(id, { kind: "connectionLost", peer: this.#id(peer) }),
    checkpoint: ([id, keep]) => {
      this.#member(id).checkpoint(Number(keep));
      this.#member(id).turn();
    },
    show: () => {
      for (const m of this.#members) this.#say(describeMember(m));
    },
    all: () => {
      this.#showsAll = true;
    },
    few: () => {
      this.#showsAll = false;
    },
  };

  #nodes(words: readonly string[]): void {
    const count = Number(words[0]);
    const foundersAt = words.indexOf("founders");
    const founders = foundersAt < 0 ? count : Number(words[foundersAt + 1]);
    const ids = Array.from({ length: count }, (_, i) => memberId(BigInt(i + 1)));
    this.#members = ids.map((id) => {
      const founding = id <= founders;
      const random = seededRandom(Number(id));
      const rest = { limits: {}, faults: {}, bugs: {}, leaseReads: words.includes("leaseReads") };
      const member = new SimMember(
        { id, founders: ids.slice(0, founders), founding, firstStart: words.includes("first"), random, ticks: TICKS, ...rest },
        {
          send: (message) => this.#queue.push(message),
          applied: (m, entry) => this.#applied(m, entry),
          stepped: (m, effects) => this.#stepped(m, effects),
        },
      );
      return member;
    });
  }

  #id(word: string | undefined): MemberId {
    return memberId(BigInt(word ?? "0"));
  }
  #member(word: string | undefined): SimMember {
    const member = this.#members.find((m) => m.id === this.#id(word));
    if (member === undefined) throw new Error(`no member ${word}`);
    return member;
  }
  #give(word: string | undefined, event: RaftEvent): void {
    this.#member(word).step([event]);
  }
  #change(word: string | undefined, change: MembershipChange): void {
    this.#give(word, { kind: "propose", entries: [{ kind: "membership", data: encodeChange(change) }] });
  }
  #each(members: readonly SimMember[], act: (member: SimMember) => void): void {
    for (const member of members) if (member.up) act(member);
  }

  #tick(ticks: number, ids: string | undefined): void {
    const members = ids === undefined ? this.#members : ids.split(",").map((id) => this.#member(id));
    for (let i = 0; i < ticks; i++) {
      this.#each(members, (m) => m.step([{ kind: "tick", ticks: 1 }]));
      this.#settle();
    }
  }

  #settle(): void {
    for (let i = 0; i < SETTLE_STEPS_MAX; i++) {
      const message = this.#queue.shift();
      if (message !== undefined) this.#deliver(message);
      else if (!this.#syncOrTurn()) return;
    }
    throw new Error("it never settles");
  }

  #syncOrTurn(): boolean {
    let moved = false;
    this.#each(this.#members, (m) => {
      if (m.writes.length > 0 && !this.#held.has(m.id)) {
        m.sync();
        moved = true;
      } else if (m.events.length > 0) {
        m.turn();
        moved = true;
      }
    });
    return moved;
  }

  #deliver(message: Message): void {
    const from = `${message.from}`;
    const to = `${message.to}`;
    const apart = this.#groups.length > 0 && !this.#groups.some((g) => g.includes(from) && g.includes(to));
    const lost = apart || this.#drops.includes(`${message.kind} ${from}>${to}`);
    const member = this.#member(to);
    const quiet = message.kind === "heartbeat" || message.kind === "heartbeatAnswer";
    if (!quiet || this.#showsAll) this.#say(`${from}>${to} ${describeMessage(message)}${lost || !member.up ? " (lost)" : ""}`);
    if (!lost && member.up) member.step([{ kind: "receive", message }]);
  }

  #stepped(m: SimMember, effects: Effects): void {
    const { status } = effects;
    if (status !== null)
      this.#say(`${m.id} is ${status.role} in term ${status.term}${status.leader === NO_MEMBER ? "" : ` of ${status.leader}`}`);
    for (const { context, index } of effects.reads) this.#say(`${m.id} may serve read ${context} at ${index}`);
    for (const context of effects.readsRefused) this.#say(`${m.id} refuses read ${context}`);
    for (const { entry, why } of effects.refused) this.#say(`${m.id} refuses ${utf8Text(entry.data)}: ${why}`);
    if (effects.installSnapshot !== null) this.#say(`${m.id} installs the snapshot at ${effects.installSnapshot.index}`);
    for (const peer of effects.sendSnapshots) this.#sendSnapshot(m, peer);
  }

  #sendSnapshot(m: SimMember, to: MemberId): void {
    const { checkpoint } = m.disk;
    this.#queue.push({ kind: "snapshot", from: m.id, to, term: m.raft.status().term, snapshot: checkpoint });
    m.events.push({ kind: "snapshotSent", peer: to, outcome: "received" });
  }

  #applied(m: SimMember, entry: Entry): void {
    this.#say(`${m.id} applies ${describeEntry(entry)}`);
  }
  #say(line: string): void {
    this.#lines.push(`  ${line}`);
  }
}

const describeEntry = (e: Entry): string => `${e.index}/${e.term}${e.kind === "empty" ? "" : ` ${utf8Text(e.data)}`}`;

function describeMember({ id, raft, up, applied }: SimMember): string {
  if (!up) return `${id}: down`;
  const { role, term, leader, commit, lastIndex } = raft.status();
  const { voters, learners } = raft.membership();
  const others = learners.length === 0 ? "" : ` learners ${learners}`;
  return `${id}: ${role} term ${term} leader ${leader} last ${lastIndex} commit ${commit} applied ${applied} voters ${voters}${others}`;
}

function describeMessage(m: Message): string {
  switch (m.kind) {
    case "vote":
      return `${m.preVote ? "pre-vote" : "vote"}${m.transfer ? " by transfer" : ""} for term ${m.term}? last ${m.lastIndex}/${m.lastTerm}`;
    case "voteAnswer":
      return `${m.granted ? "yes" : "no"}, term ${m.term}`;
    case "append":
      return `append after ${m.prevIndex}/${m.prevTerm} [${m.entries.map(describeEntry).join(", ")}] commit ${m.commit}`;
    case "appendAccepted":
      return `has ${m.match}`;
    case "appendRejected":
      return `rejects ${m.rejected}, perhaps ${m.hintIndex}/${m.hintTerm}`;
    case "heartbeat":
      return `heartbeat round ${m.round} commit ${m.commit}`;
    case "heartbeatAnswer":
      return `heartbeat answer round ${m.round}`;
    case "readIndex":
      return `asks for read ${m.context}`;
    case "readIndexAnswer":
      return `read ${m.context} is at ${m.index}`;
    case "readIndexRefused":
      return `refuses read ${m.context}`;
    case "propose":
      return `proposes ${m.entries.map((e) => utf8Text(e.data)).join(", ")}`;
    case "timeoutNow":
      return "campaign now";
    case "snapshot":
      return `snapshot at ${m.snapshot.index}/${m.snapshot.term} voters ${m.snapshot.membership.voters}`;
  }
}
