import type { Bytes, Index, MemberId, Random, Term } from "../base/index.js";

/** What an entry carries. `data` is opaque to raft, but a `membership` entry is counted: one unapplied change at a time. */
export type EntryKind = "command" | "membership" | "empty";

export interface Entry {
  readonly term: Term;
  readonly index: Index;
  readonly kind: EntryKind;
  readonly data: Bytes;
}

/** Who votes and who only learns. Takes effect when applied (etcd's rule), not when appended. Both sorted by id. */
export interface Membership {
  readonly voters: readonly MemberId[];
  readonly learners: readonly MemberId[];
}

/** One at a time; `promote` turns a learner into a voter. */
export type MembershipChange =
  | { readonly kind: "addVoter"; readonly member: MemberId }
  | { readonly kind: "addLearner"; readonly member: MemberId }
  | { readonly kind: "promote"; readonly member: MemberId }
  | { readonly kind: "remove"; readonly member: MemberId };

/** What a member must not forget: persisted before any message that relies on it leaves. */
export interface HardState {
  readonly term: Term;
  /** NO_MEMBER when this term's vote is still free. */
  readonly vote: MemberId;
  readonly commit: Index;
}

/** The state that entries up to `index` made; the data itself travels beside raft. */
export interface SnapshotMeta {
  readonly index: Index;
  readonly term: Term;
  readonly membership: Membership;
}

interface Addressed {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: Term;
}

export type Message = Addressed &
  (
    | {
        readonly kind: "vote";
        readonly preVote: boolean /** asked by the old leader: leases do not hold it up */;
        readonly transfer: boolean;
        readonly lastIndex: Index;
        readonly lastTerm: Term;
      }
    | {
        readonly kind: "voteAnswer";
        readonly preVote: boolean;
        readonly granted: boolean;
        /** With a refusal: the newest commit that the voter knows, and its entry's term; 0 or absent for none. */
        readonly commit?: Index;
        readonly commitTerm?: Term;
      }
    | {
        readonly kind: "append";
        readonly prevIndex: Index;
        readonly prevTerm: Term;
        readonly commit: Index;
        readonly entries: readonly Entry[];
      }
    | {
        readonly kind: "appendAccepted" /** everything up to here is durable and equal to the leader's */;
        readonly match: Index;
      }
    | { readonly kind: "appendRejected"; readonly rejected: Index; readonly hintIndex: Index; readonly hintTerm: Term }
    | {
        readonly kind: "heartbeat";
        readonly commit: Index /** read-index round that this heartbeat confirms, 0 for none */;
        readonly round: number;
      }
    | { readonly kind: "heartbeatAnswer"; readonly round: number }
    | { readonly kind: "readIndex" /** the asker's own number, returned with the answer */; readonly context: number }
    | { readonly kind: "readIndexAnswer"; readonly context: number; readonly index: Index }
    | { readonly kind: "readIndexRefused"; readonly context: number }
    | { readonly kind: "propose"; readonly entries: readonly Proposal[] }
    | { readonly kind: "timeoutNow" }
    | { readonly kind: "snapshot"; readonly snapshot: SnapshotMeta }
  );

export interface Proposal {
  readonly kind: "command" | "membership";
  readonly data: Bytes;
}

export type RaftEvent =
  /** Time passed: `ticks` >= 1. The unit is the host's (TICK_MS); the core only counts. */
  | { readonly kind: "tick"; readonly ticks: number }
  | { readonly kind: "receive"; readonly message: Message }
  | { readonly kind: "propose"; readonly entries: readonly Proposal[] }
  /** Entries up to `index`, whose entry has `term`, and the hard state given with them are durable. Index alone is an ABA bug. */
  | { readonly kind: "persisted"; readonly term: Term; readonly index: Index }
  /** Entries up to `index` were applied by the state machine. */
  | { readonly kind: "applied"; readonly index: Index }
  /** The membership entry at `index` was applied; `change` is null when the state machine refused it. */
  | { readonly kind: "membershipApplied"; readonly index: Index; readonly change: MembershipChange | null }
  /** The snapshot named by Effects.installSnapshot is durable and swapped in. */
  | { readonly kind: "snapshotInstalled"; readonly snapshot: SnapshotMeta }
  /** Entries up to `index` are in a durable checkpoint and may be forgotten; `term` of the entry at `index`. */
  | { readonly kind: "compact"; readonly index: Index }
  /** Ask for a linearizable read; the answer comes in Effects.reads or Effects.readsRefused with this number. */
  | { readonly kind: "readIndex"; readonly context: number }
  | { readonly kind: "transferLeadership"; readonly to: MemberId }
  /** Our connection to `peer` closed: if it led, it no longer protects itself by our check-quorum lease. */
  | { readonly kind: "connectionLost"; readonly peer: MemberId }
  /** A frame to `peer` was dropped. */
  | { readonly kind: "unreachable"; readonly peer: MemberId }
  /** The snapshot that Effects.sendSnapshots asked for arrived whole, or failed. */
  | { readonly kind: "snapshotSent"; readonly peer: MemberId; readonly outcome: "received" | "failed" };

/** What the caller must do, in the order that the fields state. */
export interface Effects {
  /** Written to the log in one go. Entries replace whatever the log holds from the first one's index on. */
  readonly persist: {
    readonly entries: readonly Entry[];
    readonly hardState: HardState | null;
    readonly mustSync: boolean;
  } | null;
  /** A leader's appends and heartbeats: may overtake its own sync (Raft thesis 10.2.1). */
  readonly sendNow: readonly Message[];
  /** Votes and acknowledgements: only when `persist` is durable. */
  readonly sendAfterPersist: readonly Message[];
  /** Committed and not yet handed out, in order. Durable on a quorum; may be applied at once. */
  readonly apply: readonly Entry[];
  /** Reads may be served when everything up to `index` is applied. */
  readonly reads: readonly { readonly context: number; readonly index: Index }[];
  /** Reads whose leader went away or never was; the asker may try again. */
  readonly readsRefused: readonly number[];
  /** A follower is behind what the log still holds: stream it the newest checkpoint. */
  readonly sendSnapshots: readonly MemberId[];
  /** Replace the state machine by this received snapshot; then say snapshotInstalled. Nothing else is applied before. */
  readonly installSnapshot: SnapshotMeta | null;
  /** Entries of a `propose` event that were not taken, by position in that event's array order over the whole batch of events. */
  readonly refused: readonly { readonly entry: Proposal; readonly why: ProposalRefusal }[];
  /** Leader, term or role changed. */
  readonly status: RaftStatus | null;
}

export type ProposalRefusal =
  | "noLeader" /** not sent anywhere: may be kept and proposed again */
  | "transferring"
  | "uncommittedFull"
  | "changePending"
  | "notReady" /** no commit in this term yet */
  | "tooLarge";

export const ROLES = ["follower", "preCandidate", "candidate", "leader"] as const;
export type Role = (typeof ROLES)[number];

export interface RaftStatus {
  readonly role: Role;
  readonly term: Term;
  /** NO_MEMBER while none is known. */
  readonly leader: MemberId;
  readonly commit: Index;
  readonly lastIndex: Index;
}

export type Progress =
  | { readonly kind: "probe"; readonly match: Index; readonly next: Index }
  | { readonly kind: "replicate"; readonly match: Index; readonly next: Index; readonly inflight: number }
  | { readonly kind: "snapshot"; readonly match: Index; readonly pending: Index };

/** Times are ticks. ARCHITECTURE: one tick is TICK_MS = 5 ms on the host's side. */
export interface RaftConfig {
  readonly id: MemberId;
  readonly random: Random;
  /** Follower without a word from its leader: campaigns after [election, 2 x election). etcd: 1000 ms. */
  readonly electionTicks: number;
  /** etcd: 100 ms. */
  readonly heartbeatTicks: number;
  /** While no leader is known: a candidate that got no answer tries again after [retry, 2 x retry). */
  readonly leaderlessRetryTicks: number;
  /** Campaign delay after the leader's connection closed: rank x staggerTicks + random below(jitterTicks). */
  readonly staggerTicks: number;
  readonly jitterTicks: number;
  /** Serve reads from the leader's lease, without a round. Off by default: unsafe under clock drift or pauses. Turns fast failover off. */
  readonly leaseReads: boolean;
  readonly limits: RaftLimits;
}

export interface RaftLimits {
  /** Entries' data in one append message (at least one entry goes). */
  readonly appendBytesMax: number;
  readonly inflightAppendsMax: number;
  readonly inflightBytesMax: number;
  /** Proposed and not yet committed at the leader. */
  readonly uncommittedBytesMax: number;
  /** Handed out to apply at once. */
  readonly applyBytesMax: number;
  readonly proposalBytesMax: number;
  readonly pendingReadsMax: number;
}

/** What a restart starts from. */
export interface RaftStart {
  readonly hardState: HardState;
  /** Index, term and membership of the durable checkpoint; index 0 for a new cluster. */
  readonly snapshot: SnapshotMeta;
  /** The log behind the snapshot, contiguous. */
  readonly entries: readonly Entry[];
  /** A new cluster's first start: the lowest id campaigns at once, the others give it a chance. */
  readonly firstStart: boolean;
  /** A process that comes back: it asks for pre-votes soon instead of waiting out a silence. Not with lease reads. */
  readonly returning?: boolean;
}

export interface Raft {
  /** One event; the same events give the same effects. */
  step(event: RaftEvent): Effects;
  /** A loop turn's events in order; messages and persistence coalesce (one append a peer, one heartbeat a read round). */
  stepAll(events: readonly RaftEvent[]): Effects;
  status(): RaftStatus;
  /** Ticks until the core next wants a `tick` event; Infinity when nothing waits on time. */
  ticksUntilDeadline(): number;
  membership(): Membership;
  /** The leader's view of each peer; empty elsewhere. */
  progress(): ReadonlyMap<MemberId, Progress & { readonly recentlyActive: boolean }>;
  /** Lowest index still in memory; entries before it need a snapshot. */
  firstIndex(): Index;
  /** Term of the entry at `index`, or undefined when it is not held. */
  termAt(index: Index): Term | undefined;
}
