import { check, type Index, index, NO_MEMBER, type Term } from "../base/index.js";
import { INDEX_MAX, TERM_MAX } from "./limits.js";
import { becomeFollower, follow } from "./roles.js";
import type { State } from "./state.js";
import type { Entry, Message, SnapshotMeta } from "./types.js";

/** The follower's side of paper 5.3 and 7. What a leader says is input: what contradicts our commits is not believed. */

type Append = Extract<Message, { kind: "append" }>;
type Heartbeat = Extract<Message, { kind: "heartbeat" }>;
type SnapshotMessage = Extract<Message, { kind: "snapshot" }>;

export function onAppend(s: State, m: Append): void {
  if (!isWellFormed(m) || !follow(s, m.from)) return;
  // The log is about to be replaced by a snapshot; the leader will ask again.
  if (s.installing !== null) return;
  const { log } = s;
  if (m.prevIndex < log.base) return onAppendBelowBase(s, m);
  const prevTerm = log.termAt(m.prevIndex);
  if (prevTerm === m.prevTerm) return take(s, m, m.entries);
  if (m.prevIndex > log.committed) reject(s, m);
}

function isWellFormed(m: Append): boolean {
  const { entries } = m;
  let before: Term = m.prevTerm;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry;
    if (entry.index !== m.prevIndex + 1 + i || entry.term < before) return false;
    before = entry.term;
  }
  return before <= m.term;
}

/** It starts in what is compacted here, which is committed and so equal everywhere. */
function onAppendBelowBase(s: State, m: Append): void {
  const { base } = s.log;
  const skipped = base - m.prevIndex;
  if (skipped > m.entries.length) return acknowledge(s, s.log.committed);
  if (m.entries[skipped - 1]?.term !== s.log.termAt(base)) return;
  take(s, { ...m, prevIndex: base }, m.entries.slice(skipped));
}

/** `prevIndex` is common. */
function take(s: State, m: Append, entries: readonly Entry[]): void {
  const { log } = s;
  const last = index(m.prevIndex + entries.length);
  if (m.prevIndex === log.last) appendFrom(s, entries, 0);
  else {
    const different = firstDifferent(s, entries);
    if (different < entries.length) {
      const at = (entries[different] as Entry).index;
      // No leader of any term can lack what is committed, and none takes back what it sent in its term: this one lies.
      if (at <= log.committed || (at <= s.verified && at <= log.last)) return;
      if (at <= log.last) log.truncate(at);
      appendFrom(s, entries, different);
    }
  }
  const known = m.prevIndex <= s.verified;
  if (last > s.verified) s.verified = last;
  const told = commitVerified(s, m.commit);
  // It only carried a commit for what we have acknowledged before: an answer would tell nothing.
  if (entries.length === 0 && told && known) return;
  acknowledge(s, last);
}

/** Position of the first entry that the log has not, or has otherwise; the length when it has all. */
function firstDifferent(s: State, entries: readonly Entry[]): number {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry;
    if (s.log.termAt(entry.index) !== entry.term) return i;
  }
  return entries.length;
}

function appendFrom(s: State, entries: readonly Entry[], from: number): void {
  for (let i = from; i < entries.length; i++) s.log.append(entries[i] as Entry);
}

/** Never beyond what is known to be the leader's: a longer tail of ours may be another term's. */
function commitVerified(s: State, commit: Index): boolean {
  const to = Math.min(commit, s.verified);
  if (to <= s.log.committed) return false;
  s.log.commitTo(index(to));
  return true;
}

/** The newest answer of a step says it all; it leaves when everything up to it is durable. */
function acknowledge(s: State, match: Index): void {
  const before = s.out.ack;
  if (before !== null && before.to === s.leader && before.term === s.term && before.match >= match) return;
  s.out.ack = { to: s.leader, term: s.term, match };
}

/** The hint is the last entry that could be common: terms that are newer than the leader's there are stepped over as a whole. */
function reject(s: State, m: Append): void {
  const { log } = s;
  const from = index(Math.min(m.prevIndex, log.last));
  const hintIndex = log.lastAtOrBelowTerm(from, m.prevTerm);
  const hintTerm = log.termAt(hintIndex);
  check(hintTerm !== undefined, `no term for the hint ${hintIndex}`);
  s.out.send({ kind: "appendRejected", from: s.id, to: m.from, term: s.term, rejected: m.prevIndex, hintIndex, hintTerm });
}

/** The answer waits for no sync: it says only that no newer leader was heard of, which a crash cannot make untrue. */
export function onHeartbeat(s: State, m: Heartbeat): void {
  if (!follow(s, m.from)) return;
  if (s.installing === null) commitVerified(s, m.commit);
  s.commitWriteDue = true;
  s.out.send({ kind: "heartbeatAnswer", from: s.id, to: m.from, term: s.term, round: m.round });
}

/**
 * The data has arrived beside raft. The host may hand it in under our own name when no leader is known by then: what is
 * committed is committed, whoever brings it.
 */
export function onSnapshot(s: State, m: SnapshotMessage): void {
  if (m.snapshot.index > INDEX_MAX || m.snapshot.term > TERM_MAX) return;
  if (m.from !== s.id) {
    if (m.snapshot.term > m.term || !follow(s, m.from)) return;
  } else if (m.snapshot.term > s.term) becomeFollower(s, { term: m.snapshot.term, leader: NO_MEMBER });
  if (s.role.kind === "leader" || s.installing !== null) return;
  const { log } = s;
  const { snapshot } = m;
  if (snapshot.index <= log.committed) return acknowledgeSnapshot(s, log.committed);
  if (log.termAt(snapshot.index) === snapshot.term) {
    // The log has it all: applying on is cheaper than starting over.
    log.commitTo(snapshot.index);
    return acknowledgeSnapshot(s, snapshot.index);
  }
  if (s.role.kind !== "follower") becomeFollower(s, { term: s.term, leader: s.leader });
  log.reset(snapshot);
  s.verified = snapshot.index;
  s.membership = snapshot.membership;
  s.installing = snapshot;
  s.out.install(snapshot);
}

function acknowledgeSnapshot(s: State, match: Index): void {
  if (s.leader !== NO_MEMBER && s.leader !== s.id) acknowledge(s, match);
}

export function onSnapshotInstalled(s: State, snapshot: SnapshotMeta): void {
  if (s.installing === null || s.installing.index !== snapshot.index) return;
  s.installing = null;
  // The host's log was restarted behind the snapshot, with this commit.
  s.written = { ...s.written, commit: snapshot.index };
  acknowledgeSnapshot(s, snapshot.index);
}
