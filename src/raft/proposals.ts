import { index, NO_MEMBER } from "../base/index.js";
import type { Leading, State } from "./state.js";
import type { Proposal, ProposalRefusal } from "./types.js";

/** Where proposals enter: appended by the leader, handed on by a follower, refused when it is sure that no log will hold them. */

export function onPropose(s: State, proposals: readonly Proposal[]): void {
  if (s.role.kind === "leader") {
    for (const proposal of proposals) {
      const why = propose(s, s.role, proposal);
      if (why !== null) s.out.refuse(proposal, why);
    }
    return;
  }
  for (const proposal of proposals) {
    if (proposal.data.length > s.config.limits.proposalBytesMax) s.out.refuse(proposal, "tooLarge");
    else if (s.leader === NO_MEMBER) s.out.refuse(proposal, "noLeader");
    else s.out.forward.push(proposal);
  }
}

/** From a follower; it hears of a refusal by its own deadline only, because an answer could be lost as well. */
export function onForwarded(s: State, leading: Leading, proposals: readonly Proposal[]): void {
  for (const proposal of proposals) propose(s, leading, proposal);
}

function propose(s: State, leading: Leading, proposal: Proposal): ProposalRefusal | null {
  const why = refusal(s, leading, proposal);
  if (why !== null) return why;
  const { log } = s;
  const at = index(log.last + 1);
  log.append({ term: s.term, index: at, kind: proposal.kind, data: proposal.data });
  leading.uncommittedBytes += proposal.data.length;
  if (proposal.kind === "membership") leading.pendingChange = at;
  return null;
}

function refusal(s: State, leading: Leading, proposal: Proposal): ProposalRefusal | null {
  const bytes = proposal.data.length;
  const { proposalBytesMax, uncommittedBytesMax } = s.config.limits;
  if (bytes > proposalBytesMax) return "tooLarge";
  if (leading.transfer !== null || leading.leaving > 0) return "transferring";
  if (leading.uncommittedBytes > 0 && leading.uncommittedBytes + bytes > uncommittedBytesMax) return "uncommittedFull";
  if (proposal.kind === "command" || s.faults.changesUnserialised === true) return null;
  // Before a commit in its own term a leader does not know all changes that were made before it.
  if (s.log.committed < leading.opened) return "notReady";
  return leading.pendingChange > 0 ? "changePending" : null;
}

/** One message for all proposals of the step, sent once: repeating it could put them into the log twice. */
export function sendForwarded(s: State): void {
  const entries = s.out.forward;
  if (entries.length === 0) return;
  s.out.forward = [];
  if (s.role.kind === "leader") onPropose(s, entries);
  else if (s.leader === NO_MEMBER) for (const entry of entries) s.out.refuse(entry, "noLeader");
  else s.out.send({ kind: "propose", from: s.id, to: s.leader, term: s.term, entries });
}
