import { type Index, index, type MemberId, NO_MEMBER } from "../base/index.js";
import { newPeer } from "./progress.js";
import { majority } from "./quorum.js";
import { confirmRounds } from "./reads.js";
import { advanceCommit, recentlyHeard, sendTimeoutNow } from "./replication.js";
import { becomeFollower } from "./roles.js";
import { isVoter, type Leading, type State } from "./state.js";
import type { Membership, MembershipChange } from "./types.js";

/** Thesis 4, with etcd's rule: a change takes effect when it is applied, and the next one may be proposed only then. */

const sorted = (ids: readonly MemberId[]): readonly MemberId[] => [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const without = (ids: readonly MemberId[], id: MemberId): readonly MemberId[] => ids.filter((other) => other !== id);

export function changed({ voters, learners }: Membership, change: MembershipChange): Membership {
  const id = change.member;
  switch (change.kind) {
    case "addVoter":
    case "promote":
      return { voters: sorted([...without(voters, id), id]), learners: without(learners, id) };
    case "addLearner":
      return voters.includes(id) ? { voters, learners } : { voters, learners: sorted([...without(learners, id), id]) };
    case "remove":
      return { voters: without(voters, id), learners: without(learners, id) };
  }
}

export const sortedMembership = (m: Membership): Membership => ({ voters: sorted(m.voters), learners: sorted(m.learners) });

export function onMembershipApplied(s: State, at: Index, change: MembershipChange | null): void {
  // Told late: the snapshot that was installed meanwhile has it already.
  if (at <= s.log.base) return;
  if (change !== null) s.membership = changed(s.membership, change);
  if (s.role.kind === "leader") lead(s, s.role, at);
  else if (s.role.kind !== "follower" && !isVoter(s, s.id)) becomeFollower(s, { term: s.term, leader: NO_MEMBER });
}

function lead(s: State, leading: Leading, at: Index): void {
  if (at >= leading.pendingChange) leading.pendingChange = index(0);
  if (!isVoter(s, s.id)) leave(leading, at);
  const members = [...s.membership.voters, ...s.membership.learners];
  for (const id of leading.peers.keys()) if (!members.includes(id)) leading.peers.delete(id);
  // A new member gets an election timeout to be heard of before the quorum check counts it as gone.
  for (const id of members) if (id !== s.id && !leading.peers.has(id)) leading.peers.set(id, newPeer(id, s.log.last, s.now));
  if (leading.transfer !== null && !s.membership.voters.includes(leading.transfer.to)) leading.transfer = null;
  // A smaller quorum may have been reached already.
  advanceCommit(s, leading);
  confirmRounds(s, leading);
}

/**
 * Our own removal is committed and applied (thesis 4.2.2), but the others may not know: in their membership we still vote, and
 * two who remain might need us. So we lead on, take no proposals, and go when a majority has answered what told it.
 */
function leave(leading: Leading, at: Index): void {
  leading.leaving = at;
  leading.heartbeatDue = true;
}

export function tryLeave(s: State, leading: Leading): void {
  const { voters } = s.membership;
  if (leading.leaving === 0) return;
  let told = 0;
  for (const id of voters) {
    const peer = leading.peers.get(id);
    if (peer !== undefined && peer.toldInRound > 0 && peer.round >= peer.toldInRound) told++;
  }
  if (told >= majority(voters.length) || voters.length === 0) resign(s, leading);
}

/** The member that has most of the log need not wait for a timeout. */
function resign(s: State, leading: Leading): void {
  let heir: MemberId = NO_MEMBER;
  let match = 0;
  for (const id of s.membership.voters) {
    const peer = leading.peers.get(id);
    if (peer === undefined || !recentlyHeard(s, peer) || peer.progress.match <= match) continue;
    heir = id;
    match = peer.progress.match;
  }
  if (heir !== NO_MEMBER && match >= s.log.committed) sendTimeoutNow(s, heir);
  becomeFollower(s, { term: s.term, leader: NO_MEMBER });
}
