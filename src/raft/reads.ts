import type { MemberId } from "../base/index.js";
import { reachedByMajority } from "./quorum.js";
import { isAlone, type Leading, type PendingRead, type ReadRound, type State } from "./state.js";

/**
 * Linearizable reads without a log entry (thesis 6.4): the leader notes its commit, proves with one round of heartbeats that it
 * still led after the read had begun, and answers with the noted commit. Reads share rounds, but a read may join only a round
 * whose heartbeats have not left: an answer to an earlier one could be older than the read.
 */

/** A read of this member's own. */
export function askRead(s: State, context: number): void {
  if (s.role.kind === "leader") return takeRead(s, s.role, { from: s.id, context });
  if (s.leader === 0n) return s.out.refuseRead(context);
  if (s.forwardedReads.size >= s.config.limits.pendingReadsMax) dropOldestForwarded(s);
  s.forwardedReads.add(context);
  s.out.send({ kind: "readIndex", from: s.id, to: s.leader, term: s.term, context });
}

/** A question or its answer may be lost: the oldest is the likeliest to be, and its asker must not wait in vain. */
function dropOldestForwarded(s: State): void {
  for (const oldest of s.forwardedReads) {
    s.forwardedReads.delete(oldest);
    return s.out.refuseRead(oldest);
  }
}

export function takeRead(s: State, leading: Leading, read: PendingRead): void {
  const { reads } = leading;
  if (reads.count >= s.config.limits.pendingReadsMax) return refuse(s, read);
  reads.count++;
  const ready = s.log.committed >= leading.opened || s.faults.readBeforeOwnCommit === true;
  if (!ready) reads.parked.push(read);
  else if (s.faults.readJoinsSentRound === true && reads.rounds.length > 0) reads.rounds[0]?.reads.push(read);
  else reads.waiting.push(read);
}

/** The term's first commit: from now on the commit index is at least what any earlier leader acknowledged. */
export function unparkReads(leading: Leading): void {
  const { reads } = leading;
  if (reads.parked.length === 0) return;
  reads.waiting = reads.waiting.concat(reads.parked.splice(0));
}

/** Opens a round for the reads that wait; true when its heartbeats must leave now. */
export function openRound(s: State, leading: Leading): boolean {
  const { reads } = leading;
  if (reads.waiting.length > 0 && leaseHolds(s, leading))
    answer(s, leading, { round: 0, index: s.log.committed, sentAt: s.now, reads: reads.waiting.splice(0) });
  // With lease reads every timed heartbeat is a round: its answers are what the lease is made of.
  // And so it is while the leader leaves, to see who was told.
  const timed = (s.config.leaseReads || leading.leaving > 0) && leading.heartbeatDue;
  if (reads.waiting.length === 0 && !timed) return false;
  s.round++;
  reads.rounds.push({ round: s.round, index: s.log.committed, sentAt: s.now, reads: reads.waiting });
  reads.waiting = [];
  if (!isAlone(s)) return true;
  confirmRounds(s, leading);
  return false;
}

function leaseHolds(s: State, leading: Leading): boolean {
  return s.config.leaseReads && !leading.leaseVoid && s.now < leading.leaseUntil;
}

/** Answers all rounds that a majority has confirmed. */
export function confirmRounds(s: State, leading: Leading): void {
  const { rounds } = leading.reads;
  if (rounds.length === 0) return;
  const answered = s.membership.voters.map((id) => (id === s.id ? s.round : (leading.peers.get(id)?.round ?? 0)));
  const confirmed = reachedByMajority(answered);
  let done = 0;
  for (const round of rounds) {
    if (round.round > confirmed) break;
    done++;
    // Voters stay loyal for an election timeout from when they heard the heartbeat, which is not before it was sent.
    leading.leaseUntil = round.sentAt + s.config.electionTicks - s.config.heartbeatTicks;
    answer(s, leading, round);
  }
  rounds.splice(0, done);
}

function answer(s: State, leading: Leading, round: ReadRound): void {
  leading.reads.count -= round.reads.length;
  for (const read of round.reads) {
    if (read.from === s.id) s.out.read(read.context, round.index);
    else s.out.send({ kind: "readIndexAnswer", from: s.id, to: read.from, term: s.term, context: read.context, index: round.index });
  }
}

function refuse(s: State, read: PendingRead): void {
  if (read.from === s.id) s.out.refuseRead(read.context);
  else refuseForwarded(s, read.from, read.context);
}

export function refuseForwarded(s: State, to: MemberId, context: number): void {
  s.out.send({ kind: "readIndexRefused", from: s.id, to, term: s.term, context });
}

/** The leader stepped down: whoever leads next has to confirm anew. */
export function refuseLeaderReads(s: State, leading: Leading): void {
  const { parked, waiting, rounds } = leading.reads;
  for (const read of parked) refuse(s, read);
  for (const read of waiting) refuse(s, read);
  for (const round of rounds) for (const read of round.reads) refuse(s, read);
}

/** The leader that was asked is not ours any more: its answer may come late or never. */
export function refuseForwardedReads(s: State): void {
  for (const context of s.forwardedReads) s.out.refuseRead(context);
  s.forwardedReads.clear();
}
