import { check, type MemberId, NO_MEMBER, type Term } from "../base/index.js";
import { refuseForwardedReads, refuseLeaderReads } from "./reads.js";
import type { State } from "./state.js";

/** Changes of term, leader and patience that every role shares. */

const FOLLOWER = { kind: "follower" } as const;

export function becomeFollower(s: State, options: { readonly term: Term; readonly leader: MemberId }): void {
  check(options.term >= s.term, `term ${options.term} after ${s.term}`);
  const raised = options.term > s.term;
  if (raised) {
    s.term = options.term;
    s.vote = NO_MEMBER;
  }
  const before = s.role;
  s.role = FOLLOWER;
  if (before.kind === "leader") refuseLeaderReads(s, before);
  setLeader(s, options.leader);
  // Another term's leader may have another log, even if it is the same member.
  if (raised || before.kind !== "follower") s.verified = s.log.committed;
  rest(s);
}

export function setLeader(s: State, leader: MemberId): void {
  if (s.leader === leader) return;
  refuseForwardedReads(s);
  s.leader = leader;
  s.verified = s.log.committed;
  if (leader !== NO_MEMBER) s.lostElections = 0;
}

/** A new draw of the ordinary patience: [electionTicks, 2 x electionTicks), so that two seldom run out at once (paper 5.2). */
export function rest(s: State): void {
  s.patience = s.config.electionTicks + s.config.random.below(s.config.electionTicks);
  s.campaignAt = s.now + s.patience;
}

/** A word of the leader: patience starts over, and so does its lease. */
export function heardLeader(s: State): void {
  s.heardAt = s.now;
  s.campaignAt = s.now + s.patience;
}

/** While this holds, nobody else gets our vote: a member that only lost its own link must not depose a working leader (thesis 6.4.1, 9.6). */
export function leaderProtected(s: State): boolean {
  if (s.role.kind === "leader") return true;
  if (s.now < s.noVotesBefore) return true;
  return s.leader !== NO_MEMBER && s.now - s.heardAt < s.config.electionTicks;
}

/** Short while nobody leads; the ordinary patience with lease reads, whose leader may be alive and unheard. */
export function retryDelay(s: State, doublings: number): number {
  const { electionTicks, leaderlessRetryTicks, random } = s.config;
  const base = s.config.leaseReads ? electionTicks : Math.min(electionTicks, leaderlessRetryTicks * 2 ** doublings);
  return base + random.below(base);
}

/** Takes `from` as this term's leader; false when it cannot be: there is one a term. */
export function follow(s: State, from: MemberId): boolean {
  switch (s.role.kind) {
    case "leader":
      return false;
    case "preCandidate":
    case "candidate":
      becomeFollower(s, { term: s.term, leader: from });
      break;
    case "follower":
      if (s.leader === NO_MEMBER) setLeader(s, from);
      else if (s.leader !== from) return false;
  }
  heardLeader(s);
  return true;
}
