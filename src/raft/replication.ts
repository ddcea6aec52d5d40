import { check, type Index, index, type MemberId, type Term } from "../base/index.js";
import { onRejected, onUnreachable, type Peer, probeFrom, replicateFrom } from "./progress.js";
import { reachedByMajority } from "./quorum.js";
import { confirmRounds, unparkReads } from "./reads.js";
import type { Leading, State } from "./state.js";
import type { Message } from "./types.js";

/** The leader's side of paper 5.3: appends, answers, commit. */

function send(s: State, leading: Leading, message: Message): void {
  if (leading.termDurable) s.out.send(message);
  else s.out.sendAfterPersist(message);
}

/** Whatever each follower can take now; once at the end of a step, so that a batch of proposals is one append a peer. */
export function sendAppends(s: State, leading: Leading): void {
  for (const peer of leading.peers.values()) {
    const { progress } = peer;
    if (progress.kind === "probe" && !progress.sent) {
      if (sendEntries(s, leading, peer, progress.next)) progress.sent = true;
    } else if (progress.kind === "replicate") stream(s, leading, peer);
  }
}

function stream(s: State, leading: Leading, peer: Peer): void {
  const { progress } = peer;
  if (progress.kind !== "replicate") return;
  const { last } = s.log;
  let asks = peer.askAgain;
  // A commit that no entry carries: without it followers would apply only when the next proposal comes.
  if (peer.toldCommit < s.log.committed && peer.toldCommit < progress.next - 1) asks = true;
  while (progress.next <= last && !progress.window.isFull(s.config.limits)) {
    const sent = sendEntries(s, leading, peer, progress.next);
    if (!sent) return;
    progress.window.add(sent.last, sent.bytes);
    progress.next = index(sent.last + 1);
    asks = false;
  }
  peer.askAgain = false;
  if (asks) sendEmpty(s, leading, peer, progress.next);
}

/** One append with as much as one may hold; undefined when a snapshot is needed instead. */
function sendEntries(s: State, leading: Leading, peer: Peer, next: Index): { readonly last: Index; readonly bytes: number } | undefined {
  const { log } = s;
  if (next <= log.base) {
    needSnapshot(s, peer);
    return undefined;
  }
  const last = next <= log.last ? log.reach(next, log.last, s.config.limits.appendBytesMax) : index(next - 1);
  if (!sendAppend(s, leading, peer, { next, last })) return undefined;
  return { last, bytes: last < next ? 0 : log.bytes(next, last) };
}

/** Entries [next, last], perhaps none; false when what is before them is compacted. */
function sendAppend(s: State, leading: Leading, peer: Peer, { next, last }: { readonly next: Index; readonly last: Index }): boolean {
  const { log } = s;
  const prevIndex = index(next - 1);
  const prevTerm = log.termAt(prevIndex);
  if (prevTerm === undefined) {
    needSnapshot(s, peer);
    return false;
  }
  const entries = log.range(next, last);
  send(s, leading, { kind: "append", from: s.id, to: peer.id, term: s.term, prevIndex, prevTerm, commit: log.committed, entries });
  peer.toldCommit = index(Math.max(peer.toldCommit, Math.min(log.committed, last)));
  return true;
}

/** Asks whether the follower is where we think, and tells the commit; the window of entries may be full. */
function sendEmpty(s: State, leading: Leading, peer: Peer, next: Index): void {
  sendAppend(s, leading, peer, { next, last: index(next - 1) });
}

export const recentlyHeard = (s: State, peer: Peer): boolean => s.now - peer.heardAt < s.config.electionTicks;

/** Only for a follower that answers: a dead one would be sent snapshot after snapshot. */
function needSnapshot(s: State, peer: Peer): void {
  if (!recentlyHeard(s, peer)) return;
  peer.progress = { kind: "snapshot", match: peer.progress.match, pending: s.log.base };
  s.out.sendSnapshot(peer.id);
}

/** To everybody on time, to voters for a read round. An answer confirms this round and all before. */
export function sendHeartbeats(s: State, leading: Leading, options: { readonly timed: boolean }): void {
  for (const peer of leading.peers.values()) {
    if (!options.timed && !s.membership.voters.includes(peer.id)) continue;
    if (options.timed) peer.nudge = true;
    // Never beyond what it has acknowledged: an unacknowledged tail may not be ours.
    const commit = index(Math.min(peer.progress.match, s.log.committed));
    if (leading.leaving > 0 && commit >= leading.leaving && peer.toldInRound === 0) peer.toldInRound = s.round;
    send(s, leading, { kind: "heartbeat", from: s.id, to: peer.id, term: s.term, commit, round: s.round });
  }
}

export function onAppendAccepted(s: State, leading: Leading, peer: Peer, match: Index): void {
  // It cannot have what was never sent.
  if (match > s.log.last) return;
  peer.heardAt = s.now;
  const { progress } = peer;
  const advanced = match > progress.match;
  switch (progress.kind) {
    case "probe":
      if (match >= progress.match) peer.progress = replicateFrom(match);
      break;
    case "replicate":
      progress.window.freeTo(match);
      if (!advanced) return;
      progress.match = match;
      if (progress.next <= match) progress.next = index(match + 1);
      break;
    case "snapshot":
      if (!advanced) return;
      if (s.log.termAt(match) !== undefined) peer.progress = replicateFrom(match);
      else progress.match = match;
  }
  if (match > s.log.committed) advanceCommit(s, leading);
  tryHandOver(s, leading);
}

export function onAppendRejected(
  s: State,
  peer: Peer,
  message: { readonly rejected: Index; readonly hintIndex: Index; readonly hintTerm: Term },
): void {
  if (message.hintIndex > message.rejected) return;
  peer.heardAt = s.now;
  // The follower stepped over its terms that are newer than ours there; step over ours that are newer than its.
  const retryFrom = s.log.lastAtOrBelowTerm(message.hintIndex, message.hintTerm);
  const progress = onRejected(peer.progress, message.rejected, retryFrom);
  if (progress === "stale") return;
  peer.progress = progress;
  peer.toldCommit = index(Math.min(peer.toldCommit, progress.match));
}

export function onHeartbeatAnswer(s: State, leading: Leading, peer: Peer, round: number): void {
  if (round > s.round) return;
  peer.heardAt = s.now;
  nudge(s, peer);
  if (round <= peer.round) return;
  peer.round = round;
  confirmRounds(s, leading);
}

/** It lives but is not known to be in step: the last append or its answer may be lost, so send one more. */
function nudge(s: State, peer: Peer): void {
  const { progress } = peer;
  if (!peer.nudge) return;
  peer.nudge = false;
  if (progress.kind === "probe") progress.sent = false;
  if (progress.kind === "replicate" && progress.match < s.log.last) peer.askAgain = true;
}

export function onPeerUnreachable(peer: Peer): void {
  peer.progress = onUnreachable(peer.progress);
}

export function onSnapshotSent(peer: Peer, outcome: "received" | "failed"): void {
  const { progress } = peer;
  if (progress.kind !== "snapshot") return;
  const { match, pending } = progress;
  if (outcome === "received") peer.progress = probeFrom(match, index(pending + 1));
  // Not at once again: its next answer to a heartbeat shows that there is someone to send to.
  else peer.progress = { kind: "probe", match, next: index(match + 1), sent: true };
}

/** Own entries count when they are durable, not when they are appended. */
function matchOf(s: State, leading: Leading, id: MemberId): number {
  return id === s.id ? s.log.persisted : (leading.peers.get(id)?.progress.match ?? 0);
}

/**
 * Only an entry of the leader's own term commits by counting, and takes all before it along: an older one on a majority can
 * still be replaced by a leader that never saw it (paper 5.4.2, figure 8).
 */
export function advanceCommit(s: State, leading: Leading): void {
  const { log } = s;
  const matches: number[] = [];
  for (const id of s.membership.voters) matches.push(matchOf(s, leading, id));
  const reached = index(reachedByMajority(matches));
  if (reached <= log.committed) return;
  if (log.termAt(reached) !== s.term && s.faults.commitOldTerm !== true) return;
  leading.uncommittedBytes -= log.bytes(index(log.committed + 1), reached);
  check(leading.uncommittedBytes >= 0, "committed more bytes than were proposed");
  log.commitTo(reached);
  if (reached >= leading.opened) unparkReads(leading);
}

/** Leadership goes over when the heir has everything (thesis 3.10). */
export function tryHandOver(s: State, leading: Leading): void {
  const { transfer } = leading;
  if (transfer === null || transfer.sent) return;
  if (leading.peers.get(transfer.to)?.progress.match !== s.log.last) return;
  transfer.sent = true;
  leading.leaseVoid = true;
  sendTimeoutNow(s, transfer.to);
}

export function sendTimeoutNow(s: State, to: MemberId): void {
  s.out.send({ kind: "timeoutNow", from: s.id, to, term: s.term });
}
