import { check, index, type MemberId, NO_BYTES, NO_MEMBER, type Term, term } from "../base/index.js";
import { ELECTION_BACKOFF_MAX } from "./limits.js";
import { newPeer, type Peer } from "./progress.js";
import { tally } from "./quorum.js";
import { advanceCommit } from "./replication.js";
import { becomeFollower, leaderProtected, rest, retryDelay, setLeader } from "./roles.js";
import { isAlone, isVoter, type State } from "./state.js";
import type { Message } from "./types.js";

/** Paper 5.2 and 5.4.1 with pre-vote (thesis 9.6): a campaign asks first whether it could win, and raises no term if not. */

type VoteRequest = Extract<Message, { kind: "vote" }>;
type VoteAnswer = Extract<Message, { kind: "voteAnswer" }>;

export function mayCampaign(s: State): boolean {
  if (!isVoter(s, s.id)) return false;
  // Its log is a promise that is not on disk yet.
  if (s.installing !== null) return false;
  // A committed change that is not applied here: we would count votes in a membership that is already history.
  return s.log.lastMembershipIn(s.log.applied, s.log.committed) === 0;
}

/** Patience ran out, the leader's connection closed, or an election got no answer. */
export function startCampaign(s: State): void {
  if (s.role.kind === "candidate") s.lostElections = Math.min(s.lostElections + 1, ELECTION_BACKOFF_MAX);
  if (mayCampaign(s)) return askPreVotes(s);
  becomeFollower(s, { term: s.term, leader: NO_MEMBER });
  // The change will be applied in a moment; a learner just goes on listening.
  if (isVoter(s, s.id)) s.campaignAt = s.now + retryDelay(s, 0);
}

function askPreVotes(s: State): void {
  becomeFollower(s, { term: s.term, leader: NO_MEMBER });
  s.role = { kind: "preCandidate", votes: new Map([[s.id, true]]) };
  s.campaignAt = s.now + retryDelay(s, 0);
  if (countVotes(s)) return;
  for (const to of s.membership.voters) if (to !== s.id) s.out.send(voteRequest(s, to, { preVote: true, transfer: false }));
}

/** The vote for itself is durable before anybody is asked: these requests wait for the sync. */
export function campaign(s: State, options: { readonly transfer: boolean }): void {
  becomeFollower(s, { term: term(s.term + 1), leader: NO_MEMBER });
  castVote(s, s.id);
  s.role = { kind: "candidate", votes: new Map([[s.id, true]]) };
  s.campaignAt = s.now + retryDelay(s, s.lostElections);
  if (countVotes(s)) return;
  for (const to of s.membership.voters) {
    if (to !== s.id) s.out.sendAfterPersist(voteRequest(s, to, { preVote: false, transfer: options.transfer }));
  }
}

function voteRequest(s: State, to: MemberId, options: { readonly preVote: boolean; readonly transfer: boolean }): Message {
  const asked = options.preVote ? term(s.term + 1) : s.term;
  return { kind: "vote", from: s.id, to, term: asked, ...options, lastIndex: s.log.last, lastTerm: s.log.lastTerm };
}

function castVote(s: State, candidate: MemberId): void {
  check(s.vote === NO_MEMBER || s.vote === candidate, `a second vote in term ${s.term}`);
  s.vote = candidate;
}

export function onVoteRequest(s: State, m: VoteRequest): void {
  const free = s.vote === m.from || (s.vote === NO_MEMBER && s.leader === NO_MEMBER) || (m.preVote && m.term > s.term);
  const granted = free && (s.log.isUpToDate(m) || s.faults.grantAnyLog === true);
  if (m.preVote) return answerPreVote(s, m, granted);
  if (granted) {
    castVote(s, m.from);
    rest(s);
  } else if (s.leader === NO_MEMBER && s.role.kind === "follower") {
    // It raised our term and cannot win with us: somebody with a better log must stand soon.
    s.campaignAt = Math.min(s.campaignAt, s.now + retryDelay(s, 0));
  }
  // A promise that must survive a crash.
  s.out.sendAfterPersist(voteAnswer(s, m, s.term, granted));
}

/** A pre-vote promises nothing, so it waits for no sync; but whoever grants one lets the asker try first. */
function answerPreVote(s: State, m: VoteRequest, granted: boolean): void {
  if (granted && s.role.kind !== "leader" && s.leader === NO_MEMBER) s.campaignAt = Math.max(s.campaignAt, s.now + retryDelay(s, 0));
  s.out.send(voteAnswer(s, m, granted ? m.term : s.term, granted));
}

/**
 * A refusal tells what is committed. Without it, members could wait for each other for ever: one that knows of its own removal
 * does not stand, and refuses a candidate that has the removal in its log but does not know that it is committed.
 */
function voteAnswer(s: State, m: VoteRequest, answerTerm: Term, granted: boolean): Message {
  const answer = { kind: "voteAnswer", from: s.id, to: m.from, term: answerTerm, preVote: m.preVote, granted } as const;
  const commit = s.log.committed;
  return granted ? answer : { ...answer, commit, commitTerm: s.log.termAt(commit) ?? term(0) };
}

function learnCommit(s: State, { commit, commitTerm }: VoteAnswer): void {
  if (commit === undefined || commit <= s.log.committed || commit > s.log.last) return;
  if (s.log.termAt(commit) === commitTerm) s.log.commitTo(commit);
}

/** A pre-vote that was granted names the term that was asked for, which is not ours yet. */
export function onVoteAnswer(s: State, m: VoteAnswer): void {
  const { role } = s;
  if (role.kind !== "preCandidate" && role.kind !== "candidate") return;
  if (m.preVote !== (role.kind === "preCandidate")) return;
  if (m.preVote && m.granted && m.term !== s.term + 1) return;
  if (!m.granted) learnCommit(s, m);
  if (!role.votes.has(m.from)) role.votes.set(m.from, m.granted);
  countVotes(s);
}

/** True when the election is decided. */
function countVotes(s: State): boolean {
  const { role } = s;
  if (role.kind !== "preCandidate" && role.kind !== "candidate") return true;
  const outcome = tally(s.membership.voters, role.votes);
  if (outcome === "pending") return false;
  if (outcome === "lost") lose(s);
  else if (role.kind === "preCandidate") campaign(s, { transfer: false });
  else becomeLeader(s);
  return true;
}

function lose(s: State): void {
  becomeFollower(s, { term: s.term, leader: NO_MEMBER });
  s.campaignAt = s.now + retryDelay(s, s.lostElections);
}

function becomeLeader(s: State): void {
  const { log } = s;
  check(s.role.kind === "candidate", `a ${s.role.kind} cannot become leader`);
  check(s.vote === s.id, "a leader without its own vote");
  const opened = index(log.last + 1);
  const peers = new Map<MemberId, Peer>();
  for (const id of othersOf(s)) peers.set(id, newPeer(id, log.last, Number.NEGATIVE_INFINITY));
  setLeader(s, s.id);
  s.campaignAt = Number.POSITIVE_INFINITY;
  s.role = {
    kind: "leader",
    peers,
    opened,
    heartbeatAt: s.now + s.config.heartbeatTicks,
    heartbeatDue: false,
    quorumCheckAt: s.now + s.config.electionTicks,
    transfer: null,
    leaseVoid: false,
    leaseUntil: 0,
    pendingChange: log.lastMembershipIn(log.applied, log.last),
    uncommittedBytes: log.bytes(index(log.committed + 1), log.last),
    leaving: index(0),
    reads: { parked: [], waiting: [], rounds: [], count: 0 },
    termDurable: !isAlone(s),
  };
  // An entry of its own term: nothing older may be committed without one (figure 8), and reads wait for it.
  log.append({ term: s.term, index: opened, kind: "empty", data: NO_BYTES });
  advanceCommit(s, s.role);
}

function othersOf(s: State): readonly MemberId[] {
  const all = [...s.membership.voters, ...s.membership.learners].filter((id) => id !== s.id);
  return all.sort((a, b) => (a < b ? -1 : 1));
}

/**
 * The leader's process is gone, by all that our connection can tell: it is not protected any more, and the survivors stand one
 * after the other, by id, so that two do not split the vote. With lease reads a leader may be alive and serving: nothing is done.
 */
export function onConnectionLost(s: State, peer: MemberId): void {
  if (s.config.leaseReads || s.leader !== peer || s.role.kind !== "follower") return;
  setLeader(s, NO_MEMBER);
  const survivors = s.membership.voters.filter((id) => id !== peer);
  const rank = survivors.indexOf(s.id);
  if (rank < 0) return;
  s.campaignAt = s.now + rank * s.config.staggerTicks + s.config.random.below(s.config.jitterTicks);
}

/** The leader asks this member to take over: no pre-vote and no respect for the lease, the leader itself wants it. */
export function onTimeoutNow(s: State, from: MemberId): void {
  if (s.role.kind !== "follower" || s.leader !== from || !mayCampaign(s)) return;
  campaign(s, { transfer: true });
}

/** A member that lost its own link must not depose a leader that others hear. */
export function holdsBack(s: State, m: VoteRequest): boolean {
  return !m.transfer && leaderProtected(s);
}
