import { check, NO_MEMBER, unreachable, verify } from "../base/index.js";
import { onConnectionLost } from "./election.js";
import { onSnapshotInstalled } from "./follower.js";
import { checkConfig } from "./limits.js";
import { RaftLog } from "./log.js";
import { onMembershipApplied, sortedMembership, tryLeave } from "./membership.js";
import { Outbox } from "./outbox.js";
import { describeProgress } from "./progress.js";
import { onPropose, sendForwarded } from "./proposals.js";
import { askRead, openRound } from "./reads.js";
import { onTransfer, receive } from "./receive.js";
import {
  advanceCommit,
  onPeerUnreachable,
  onSnapshotSent,
  recentlyHeard,
  sendAppends,
  sendHeartbeats,
  tryHandOver,
} from "./replication.js";
import { rest, retryDelay } from "./roles.js";
import { type Faults, isAlone, isVoter, type Leading, type State } from "./state.js";
import { runTimers, ticksUntilDeadline } from "./timers.js";
import type { Effects, HardState, Raft, RaftConfig, RaftEvent, RaftStart, RaftStatus, Role } from "./types.js";

/**
 * The manual.
 *
 * `createRaft` makes a member out of what its disk remembers; `stepAll` takes the events of one loop turn and returns the work
 * they cause. Nothing happens in between. Call `stepAll([])` once after the start: a restart has committed entries to apply, and
 * a lone voter, or the first of a new cluster, campaigns at once.
 *
 * Events
 * - `tick`: whenever `ticksUntilDeadline()` has passed, with the ticks that passed since the last one. A batch's ticks pass
 *   before its other events, wherever they stand: give the messages that wait along, so that a pause of this process is not
 *   taken for a silence of its peers.
 * - `receive`: a message as it came. Late, repeated, reordered and wrong ones are fine.
 * - `propose`: what is not named in `refused` was appended (at the leader) or sent to the leader once. It may still be lost
 *   with a leader; only `apply` tells the outcome. An entry that was sent in term T is surely lost when an entry of a later
 *   term has been applied before it.
 * - `persisted`: a `persist` was synced: index and term of its last entry. Without entries there is nothing to say.
 * - A founder starts behind a snapshot (index 1 will do) that holds the first membership; whoever joins starts with nothing and
 *   is sent one. Starting founders at index 0 would let a joiner replay the log onto an empty membership.
 * - `membershipApplied`, for each membership entry handed out (null when it was refused), before the `applied` that covers it.
 * - `applied`: how far `apply` got. At most `applyBytesMax` are handed out and not applied; the rest follows as this moves.
 * - `compact`: up to here a durable checkpoint holds everything. Never beyond `applied`.
 * - `receive` of a `snapshot`: when its data has arrived whole. If it helps, `installSnapshot` comes back: make it the state,
 *   start the log behind it with the hard state of that step and commit = its index, and say `snapshotInstalled`. Until then
 *   nothing is applied, appended or acknowledged.
 * - `connectionLost`: our connection to a peer closed. `unreachable`: something that was to be sent to it was dropped.
 * - `snapshotSent`: the end of what `sendSnapshots` began, one way or the other; until then that peer is sent nothing else.
 *
 * Effects
 * - `persist` goes to the log in the order of the steps; its entries replace whatever the log holds from their first index on.
 *   Without `mustSync` only the commit moved, which is a hint for the next start: written at most once a heartbeat.
 * - `sendNow` may leave at once. `sendAfterPersist` when this and every earlier `persist` is durable, even if this step has none.
 * - `apply` is committed, in order, and durable here too: a checkpoint of what was applied can never run ahead of the log.
 * - `reads` may be served once `applied` has reached their index; `readsRefused` may be asked again under a new number.
 * - A leader that was removed leads on until a majority of the others knows it: stop it when its role is follower.
 * - `status` when role, term or leader changed.
 *
 * Everything of one step is the outcome of all its events: act on all of it.
 */
export function createCore(config: RaftConfig, start: RaftStart, faults: Faults): Raft {
  checkConfig(config);
  const s = startState(config, start, faults);
  const stepAll = (events: readonly RaftEvent[]): Effects => {
    for (const event of events) if (event.kind === "tick") pass(s, event.ticks);
    for (const event of events) on(s, event);
    runTimers(s);
    return finish(s);
  };
  return {
    step: (event) => stepAll([event]),
    stepAll,
    status: () => statusOf(s),
    ticksUntilDeadline: () => ticksUntilDeadline(s),
    membership: () => s.membership,
    progress: () =>
      new Map(s.role.kind === "leader" ? [...s.role.peers].map(([id, peer]) => [id, describeProgress(peer, recentlyHeard(s, peer))]) : []),
    firstIndex: () => (s.log.base + 1) as ReturnType<Raft["firstIndex"]>,
    termAt: (at) => s.log.termAt(at),
  };
}

function startState(config: RaftConfig, start: RaftStart, faults: Faults): State {
  const log = new RaftLog(start.snapshot, start.entries, start.hardState.commit);
  const { term, vote } = start.hardState;
  check(term >= log.lastTerm, `the disk remembers term ${term} but the log has term ${log.lastTerm}`);
  const s: State = {
    id: config.id,
    config,
    faults,
    log,
    out: new Outbox(),
    now: 0,
    term,
    vote,
    leader: NO_MEMBER,
    role: { kind: "follower" },
    membership: sortedMembership(start.snapshot.membership),
    campaignAt: 0,
    patience: config.electionTicks,
    heardAt: 0,
    noVotesBefore: config.leaseReads && !start.firstStart ? config.electionTicks : 0,
    lostElections: 0,
    verified: log.committed,
    installing: null,
    forwardedReads: new Set(),
    round: 0,
    written: { term, vote, commit: log.committed },
    commitWriteDue: false,
    reported: { role: "follower", term, leader: NO_MEMBER, commit: log.committed, lastIndex: log.last },
  };
  rest(s);
  // Nobody can be leading yet: the lowest id need not wait for a silence, and goes first so that two do not split the vote.
  const first = start.firstStart && s.membership.voters[0] === s.id;
  if (first || isAlone(s)) s.campaignAt = 0;
  else if (start.returning === true && !config.leaseReads) s.campaignAt = retryDelay(s, 1) + rankOf(s) * config.staggerTicks;
  return s;
}

/** A restarted member need not wait for a silence either: its pre-vote asks, and whoever hears a leader says no. Members that restart
 *  together take their turns by id. */
const rankOf = (s: State): number => Math.max(0, s.membership.voters.indexOf(s.id));

function pass(s: State, ticks: number): void {
  check(ticks >= 0, "time does not run backwards");
  s.now += ticks;
}

function on(s: State, event: RaftEvent): void {
  switch (event.kind) {
    case "tick":
      return;
    case "receive":
      return receive(s, event.message);
    case "propose":
      return onPropose(s, event.entries);
    case "persisted":
      return onPersisted(s, event);
    case "applied":
      return s.log.appliedTo(event.index);
    case "membershipApplied":
      return onMembershipApplied(s, event.index, event.change);
    case "snapshotInstalled":
      return onSnapshotInstalled(s, event.snapshot);
    case "compact":
      return s.log.compact(event.index);
    case "readIndex":
      return askRead(s, event.context);
    case "transferLeadership":
      return onTransfer(s, event.to);
    case "connectionLost":
      onConnectionLost(s, event.peer);
      return withPeer(s, event.peer, onPeerUnreachable);
    case "unreachable":
      return withPeer(s, event.peer, onPeerUnreachable);
    case "snapshotSent":
      return withPeer(s, event.peer, (peer) => onSnapshotSent(peer, event.outcome));
    default:
      return unreachable(event);
  }
}

function withPeer(s: State, id: State["id"], act: (peer: Parameters<typeof onPeerUnreachable>[0]) => void): void {
  const peer = s.role.kind === "leader" ? s.role.peers.get(id) : undefined;
  if (peer !== undefined) act(peer);
}

function onPersisted(s: State, event: Extract<RaftEvent, { kind: "persisted" }>): void {
  if (!s.log.persistedTo(event.index, event.term, { ignoreTerm: s.faults.persistedWithoutTerm === true })) return;
  if (s.role.kind !== "leader") return;
  if (event.index >= s.role.opened) s.role.termDurable = true;
  if (isVoter(s, s.id)) advanceCommit(s, s.role);
}

/** Turns what the events did into one batch of work. */
function finish(s: State): Effects {
  sendForwarded(s);
  if (s.role.kind === "leader") finishLeading(s, s.role);
  sendAcknowledgement(s);
  const persist = takePersist(s);
  const apply = s.installing === null ? s.log.deliver(s.config.limits.applyBytesMax) : [];
  check(s.role.kind !== "leader" || s.leader === s.id, "a leader that follows another");
  s.log.checkMarks();
  verify("raft: every entry's term is ours at most", () => s.log.lastTerm <= s.term);
  return s.out.take({ persist, apply, status: takeStatus(s) });
}

function finishLeading(s: State, leading: Leading): void {
  tryLeave(s, leading);
  if (s.role !== leading) return;
  tryHandOver(s, leading);
  sendAppends(s, leading);
  const roundOpened = openRound(s, leading);
  if (leading.heartbeatDue) sendHeartbeats(s, leading, { timed: true });
  else if (roundOpened) sendHeartbeats(s, leading, { timed: false });
  leading.heartbeatDue = false;
}

function sendAcknowledgement(s: State): void {
  const { ack } = s.out;
  s.out.ack = null;
  // Leader or term changed within the step: the new one has not asked, and may have replaced what was acknowledged.
  if (ack === null || ack.to !== s.leader || ack.term !== s.term || s.role.kind !== "follower") return;
  const message = { kind: "appendAccepted", from: s.id, to: ack.to, term: s.term, match: ack.match } as const;
  if (s.faults.ackBeforePersist === true) s.out.send(message);
  else s.out.sendAfterPersist(message);
}

function takePersist(s: State): Effects["persist"] {
  const entries = s.log.takeUnwritten();
  // While a snapshot is installed the log on disk is still the old one: a commit beyond its end would refuse to open.
  const commit = s.installing === null ? s.log.committed : s.written.commit;
  const promised = s.term !== s.written.term || s.vote !== s.written.vote;
  const mustSync = promised || entries.length > 0;
  const moved = commit !== s.written.commit;
  if (!mustSync && !(moved && s.commitWriteDue)) return null;
  s.commitWriteDue = false;
  if (!promised && !moved) return { entries, hardState: null, mustSync };
  s.written = { term: s.term, vote: s.vote, commit } satisfies HardState;
  return { entries, hardState: s.written, mustSync };
}

function takeStatus(s: State): RaftStatus | null {
  const { reported } = s;
  if (reported.role === s.role.kind && reported.term === s.term && reported.leader === s.leader) return null;
  s.reported = statusOf(s);
  return s.reported;
}

function statusOf(s: State): RaftStatus {
  const role: Role = s.role.kind;
  return { role, term: s.term, leader: s.leader, commit: s.log.committed, lastIndex: s.log.last };
}
