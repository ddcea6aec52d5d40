import { NO_MEMBER } from "../base/index.js";
import { startCampaign } from "./election.js";
import { reachedByMajority } from "./quorum.js";
import { becomeFollower } from "./roles.js";
import type { Leading, State } from "./state.js";

/**
 * Time is a count of ticks and a few deadlines. A step moves the clock first, hears its messages and looks at the deadlines
 * last, so messages that waited through a pause count as heard now; and each deadline fires at most once however many ticks
 * passed: a pause is one long silence, not many elections.
 */
export function runTimers(s: State): void {
  if (s.role.kind === "leader") runLeaderTimers(s, s.role);
  else if (s.now >= s.campaignAt) startCampaign(s);
}

function runLeaderTimers(s: State, leading: Leading): void {
  if (s.now >= leading.quorumCheckAt && !hasQuorum(s, leading)) return becomeFollower(s, { term: s.term, leader: NO_MEMBER });
  if (leading.transfer !== null && s.now >= leading.transfer.endsAt) leading.transfer = null;
  if (s.now < leading.heartbeatAt) return;
  leading.heartbeatAt = s.now + s.config.heartbeatTicks;
  leading.heartbeatDue = true;
  s.commitWriteDue = true;
}

/** Without a majority's word in an election timeout, somebody else may lead already: after a partition, or after a pause of ours. */
function hasQuorum(s: State, leading: Leading): boolean {
  const heardAt = s.membership.voters.map((id) => (id === s.id ? s.now : (leading.peers.get(id)?.heardAt ?? Number.NEGATIVE_INFINITY)));
  const contactAt = reachedByMajority(heardAt);
  leading.quorumCheckAt = contactAt + s.config.electionTicks;
  return leading.quorumCheckAt > s.now;
}

export function ticksUntilDeadline(s: State): number {
  return Math.max(0, deadline(s) - s.now);
}

function deadline(s: State): number {
  const { limits } = s.config;
  if (s.installing === null && s.log.hasDeliverable(limits.applyBytesMax)) return s.now;
  if (s.role.kind !== "leader") return s.campaignAt;
  const { heartbeatAt, quorumCheckAt, transfer, peers } = s.role;
  // Alone there is nobody to tell; only a commit that moved is still to be written.
  if (peers.size === 0) return s.log.committed === s.written.commit ? Number.POSITIVE_INFINITY : heartbeatAt;
  return Math.min(heartbeatAt, quorumCheckAt, transfer?.endsAt ?? Number.POSITIVE_INFINITY);
}
