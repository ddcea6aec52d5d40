import type { Index, MemberId, Term } from "../base/index.js";
import type { RaftLog } from "./log.js";
import type { Outbox } from "./outbox.js";
import type { Peer } from "./progress.js";
import type { HardState, Membership, RaftConfig, RaftStatus, SnapshotMeta } from "./types.js";

/** Deliberate mistakes, for the simulator's canaries alone: each must be caught, or the checkers are worth nothing. */
export interface Faults {
  readonly persistedWithoutTerm?: boolean;
  readonly readJoinsSentRound?: boolean;
  readonly readBeforeOwnCommit?: boolean;
  readonly commitOldTerm?: boolean;
  readonly ackBeforePersist?: boolean;
  readonly grantAnyLog?: boolean;
  readonly changesUnserialised?: boolean;
}

/** A read that the leader must confirm: its own, or one that a follower forwarded. */
export interface PendingRead {
  readonly from: MemberId;
  readonly context: number;
}

export interface ReadRound {
  readonly round: number;
  /** The commit when the round's heartbeats left. */
  readonly index: Index;
  readonly sentAt: number;
  readonly reads: PendingRead[];
}

export interface LeaderReads {
  /** Waiting for the term's first commit: before it, the commit index may be behind what the last leader acknowledged. */
  readonly parked: PendingRead[];
  /** Waiting for the next round. */
  waiting: PendingRead[];
  /** Sent and not confirmed, oldest first. */
  readonly rounds: ReadRound[];
  /** Reads in all three. */
  count: number;
}

export interface Transfer {
  readonly to: MemberId;
  readonly endsAt: number;
  sent: boolean;
}

export interface Leading {
  readonly kind: "leader";
  readonly peers: Map<MemberId, Peer>;
  /** Index of the empty entry that opened the term. */
  readonly opened: Index;
  heartbeatAt: number;
  heartbeatDue: boolean;
  quorumCheckAt: number;
  transfer: Transfer | null;
  /** A timeoutNow left in this term: its receiver may win a vote inside our lease. */
  leaseVoid: boolean;
  leaseUntil: number;
  /** Newest membership entry that was appended and not applied, or 0. */
  pendingChange: Index;
  uncommittedBytes: number;
  readonly reads: LeaderReads;
  /** Our own removal, applied here: we lead on until a majority of the others knows that it is committed. 0 while we stay. */
  leaving: Index;
  /** False only while a lone voter's own vote may still be lost: nothing of its term may leave before it is durable. */
  termDurable: boolean;
}

export type RoleState =
  | { readonly kind: "follower" }
  | { readonly kind: "preCandidate"; readonly votes: Map<MemberId, boolean> }
  | { readonly kind: "candidate"; readonly votes: Map<MemberId, boolean> }
  | Leading;

export interface State {
  readonly id: MemberId;
  readonly config: RaftConfig;
  readonly faults: Faults;
  readonly log: RaftLog;
  readonly out: Outbox;
  /** Ticks since the start. */
  now: number;
  term: Term;
  vote: MemberId;
  leader: MemberId;
  role: RoleState;
  membership: Membership;
  /** Tick of the next campaign; Infinity at the leader. */
  campaignAt: number;
  /** This follower's patience, in [electionTicks, 2 x electionTicks). */
  patience: number;
  /** Tick of the leader's last word. */
  heardAt: number;
  /** With lease reads: no votes before this tick, the leader's lease may be older than our memory. */
  noVotesBefore: number;
  lostElections: number;
  /** Up to here our log is known to be the current leader's. */
  verified: Index;
  installing: SnapshotMeta | null;
  readonly forwardedReads: Set<number>;
  /** Newest read round of any term of ours: never reused, so that a late answer confirms nothing new. */
  round: number;
  /** The last hard state given to persist. */
  written: HardState;
  /** The commit alone is worth a write: once a heartbeat, not once a batch. */
  commitWriteDue: boolean;
  reported: RaftStatus;
}

export const isVoter = (s: State, id: MemberId): boolean => s.membership.voters.includes(id);
export const isAlone = (s: State): boolean => s.membership.voters.length === 1 && s.membership.voters[0] === s.id;
