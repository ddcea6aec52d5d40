import { type Index, index, type MemberId, memberId, NO_MEMBER, seededRandom, type Term, term, utf8 } from "../../src/base/index.js";
import {
  createRaft,
  DEFAULT_RAFT_LIMITS,
  type Effects,
  type Entry,
  type Message,
  type Raft,
  type RaftConfig,
  type RaftEvent,
  type RaftStart,
} from "../../src/raft/index.js";

/** One core under test; its peers are the messages that the test writes. Member 1 is the one under test unless said otherwise. */

export const ELECTION_TICKS = 20;
export const ids = (...numbers: readonly number[]): readonly MemberId[] => numbers.map((n) => memberId(BigInt(n)));
export const id = (n: number): MemberId => memberId(BigInt(n));

export function config(over: Partial<RaftConfig> = {}): RaftConfig {
  return {
    id: id(1),
    random: seededRandom(1),
    electionTicks: ELECTION_TICKS,
    heartbeatTicks: 5,
    leaderlessRetryTicks: 4,
    staggerTicks: 3,
    jitterTicks: 2,
    leaseReads: false,
    limits: DEFAULT_RAFT_LIMITS,
    ...over,
  };
}

/** A log by the terms of its entries, from index 1. */
export const log = (...terms: readonly number[]): readonly Entry[] =>
  terms.map((t, i) => ({ term: term(t), index: index(i + 1), kind: "command", data: utf8(`${i + 1}/${t}`) }));

export interface Start {
  readonly voters?: number;
  readonly learners?: readonly number[];
  readonly term?: number;
  readonly vote?: number;
  readonly commit?: number;
  readonly entries?: readonly Entry[];
}

export function start(over: Start = {}): RaftStart {
  const entries = over.entries ?? [];
  const voters = ids(...Array.from({ length: over.voters ?? 3 }, (_, i) => i + 1));
  return {
    hardState: {
      term: term(over.term ?? entries.at(-1)?.term ?? 0),
      vote: over.vote === undefined ? NO_MEMBER : id(over.vote),
      commit: index(over.commit ?? 0),
    },
    snapshot: { index: index(0), term: term(0), membership: { voters, learners: ids(...(over.learners ?? [])) } },
    entries,
    firstStart: false,
  };
}

type WithoutAddress<T> = T extends unknown ? Omit<T, "from" | "to" | "term" | "kind"> : never;
type Body<K extends Message["kind"]> = WithoutAddress<Extract<Message, { kind: K }>>;

export class Single {
  readonly raft: Raft;

  constructor(over: Start = {}, overConfig: Partial<RaftConfig> = {}) {
    this.raft = createRaft(config(overConfig), start(over));
  }

  do(event: RaftEvent): Effects {
    return this.raft.step(event);
  }
  tick(ticks: number): Effects {
    return this.do({ kind: "tick", ticks });
  }
  hear<K extends Message["kind"]>(kind: K, from: number, atTerm: number, body: Body<K>): Effects {
    return this.do({ kind: "receive", message: { kind, from: id(from), to: id(1), term: term(atTerm), ...body } as unknown as Message });
  }
  propose(...texts: readonly string[]): Effects {
    return this.do({ kind: "propose", entries: texts.map((t) => ({ kind: "command", data: utf8(t) })) });
  }
  /** Everything that was given to the disk up to here is durable. */
  persisted(at: number = this.raft.status().lastIndex): Effects {
    return this.do({ kind: "persisted", index: index(at), term: this.raft.termAt(index(at)) ?? term(0) });
  }
  applied(at: number = this.raft.status().commit): Effects {
    return this.do({ kind: "applied", index: index(at) });
  }
  append(from: number, atTerm: number, options: { prev: [number, number]; terms?: readonly number[]; commit?: number }): Effects {
    const [prevIndex, prevTerm] = options.prev;
    const entries = (options.terms ?? []).map((t, i) => entry(prevIndex + 1 + i, t));
    return this.hear("append", from, atTerm, {
      prevIndex: index(prevIndex),
      prevTerm: term(prevTerm),
      commit: index(options.commit ?? 0),
      entries,
    });
  }
  accepted(from: number, match: number): Effects {
    return this.hear("appendAccepted", from, this.raft.status().term, { match: index(match) });
  }

  /** Elected by member 2 in the next term, its empty entry not yet acknowledged by anybody. */
  lead(): Effects {
    this.tick(ELECTION_TICKS * 2);
    const next = this.raft.status().term + 1;
    this.hear("voteAnswer", 2, next, { preVote: true, granted: true });
    return this.hear("voteAnswer", 2, next, { preVote: false, granted: true });
  }
  /** The same, with everything durable and committed by 1 and 2, and applied. */
  leadSettled(): void {
    this.lead();
    this.persisted();
    this.accepted(2, this.raft.status().lastIndex);
    this.applied();
  }
  terms(): readonly (Term | undefined)[] {
    return Array.from({ length: this.raft.status().lastIndex }, (_, i) => this.raft.termAt((i + 1) as Index));
  }
}

export const entry = (at: number, atTerm: number): Entry => ({
  term: term(atTerm),
  index: index(at),
  kind: "command",
  data: utf8(`${at}/${atTerm}`),
});

export const kinds = (messages: readonly Message[]): readonly string[] => messages.map((m) => `${m.kind}>${m.to}`);
