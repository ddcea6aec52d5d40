import { type MemberId, NO_MEMBER, unreachable } from "../base/index.js";
import { holdsBack, onTimeoutNow, onVoteAnswer, onVoteRequest } from "./election.js";
import { onAppend, onHeartbeat, onSnapshot } from "./follower.js";
import { TERM_MAX } from "./limits.js";
import type { Peer } from "./progress.js";
import { onForwarded } from "./proposals.js";
import { refuseForwarded, takeRead } from "./reads.js";
import { onAppendAccepted, onAppendRejected, onHeartbeatAnswer } from "./replication.js";
import { becomeFollower } from "./roles.js";
import type { Leading, State } from "./state.js";
import type { Message } from "./types.js";

/** Messages are input: late, repeated, mistaken or lying ones are ignored, never asserted. */
export function receive(s: State, m: Message): void {
  if (m.to !== s.id || m.from === NO_MEMBER || m.term > TERM_MAX) return;
  // Only a snapshot may come from ourselves: the host hands it in when its stream is complete.
  if (m.from === s.id && m.kind !== "snapshot") return;
  if (m.term < s.term) return answerStale(s, m);
  if (m.kind === "vote" && m.term > s.term && holdsBack(s, m)) return;
  if (m.term > s.term && raisesTerm(m)) becomeFollower(s, { term: m.term, leader: fromLeader(m) ? m.from : NO_MEMBER });
  dispatch(s, m);
}

/** A pre-vote is about a term that nobody has entered yet. */
function raisesTerm(m: Message): boolean {
  if (m.kind === "vote") return !m.preVote;
  return m.kind !== "voteAnswer" || !m.preVote || !m.granted;
}

const fromLeader = (m: Message): boolean => m.kind === "append" || m.kind === "heartbeat" || m.kind === "snapshot";

/** Tells a deposed leader or a late candidate our term; without this, one that waits for an answer would wait for ever. */
function answerStale(s: State, m: Message): void {
  switch (m.kind) {
    case "append":
    case "heartbeat":
      return s.out.send({ kind: "heartbeatAnswer", from: s.id, to: m.from, term: s.term, round: 0 });
    case "vote":
      return s.out.send({ kind: "voteAnswer", from: s.id, to: m.from, term: s.term, preVote: m.preVote, granted: false });
    case "readIndex":
      return refuseForwarded(s, m.from, m.context);
    default:
      return;
  }
}

function dispatch(s: State, m: Message): void {
  switch (m.kind) {
    case "vote":
      return onVoteRequest(s, m);
    case "voteAnswer":
      return onVoteAnswer(s, m);
    case "append":
      return onAppend(s, m);
    case "heartbeat":
      return onHeartbeat(s, m);
    case "snapshot":
      return onSnapshot(s, m);
    case "timeoutNow":
      return onTimeoutNow(s, m.from);
    case "readIndexAnswer":
      if (m.from === s.leader && s.forwardedReads.delete(m.context)) s.out.read(m.context, m.index);
      return;
    case "readIndexRefused":
      if (s.forwardedReads.delete(m.context)) s.out.refuseRead(m.context);
      return;
    case "readIndex":
      if (s.role.kind === "leader") takeRead(s, s.role, { from: m.from, context: m.context });
      else refuseForwarded(s, m.from, m.context);
      return;
    case "propose":
      if (s.role.kind === "leader") onForwarded(s, s.role, m.entries);
      return;
    case "appendAccepted":
    case "appendRejected":
    case "heartbeatAnswer":
      if (s.role.kind === "leader") answerToLeader(s, s.role, m, s.role.peers.get(m.from));
      return;
    default:
      return unreachable(m);
  }
}

type Answer = Extract<Message, { kind: "appendAccepted" | "appendRejected" | "heartbeatAnswer" }>;

function answerToLeader(s: State, leading: Leading, m: Answer, peer: Peer | undefined): void {
  if (peer === undefined) return;
  switch (m.kind) {
    case "appendAccepted":
      return onAppendAccepted(s, leading, peer, m.match);
    case "appendRejected":
      return onAppendRejected(s, peer, m);
    case "heartbeatAnswer":
      return onHeartbeatAnswer(s, leading, peer, m.round);
  }
}

export function onTransfer(s: State, to: MemberId): void {
  if (s.role.kind !== "leader" || to === s.id || !s.membership.voters.includes(to)) return;
  if (s.role.transfer?.to === to) return;
  s.role.transfer = { to, endsAt: s.now + s.config.electionTicks, sent: false };
}
