import { type MemberId, memberId, utf8 } from "../../base/index.js";
import { type CallContext, EtcdError, type Member } from "../api/index.js";
import { LEARNER_READY_RATIO, MEMBER_HEALTHY_MS } from "./limits.js";
import type { StoreMember } from "./member.js";
import { checkPeerUrls, membershipCommand } from "./membership.js";

/** Changes of membership, with etcd's strict checks: never a change after which the started members are no majority. */
export type MemberChange =
  | { readonly kind: "add"; readonly peerUrls: readonly string[]; readonly isLearner: boolean }
  | { readonly kind: "remove"; readonly id: MemberId }
  | { readonly kind: "update"; readonly id: MemberId; readonly peerUrls: readonly string[] }
  | { readonly kind: "promote"; readonly id: MemberId };

const EMPTY = { name: "", peerUrls: [], clientUrls: [], isLearner: false } as const;

export async function changeMembers(store: StoreMember, context: CallContext, change: MemberChange): Promise<Member> {
  const member = plan(store, change);
  const kind = change.kind === "add" ? (change.isLearner ? "ADD_LEARNER" : "ADD_VOTER") : COMMAND_OF[change.kind];
  const applied = await store.propose({ kind: "membership", change: membershipCommand(kind, member) }, context);
  if (applied.kind === "refused") throw new EtcdError(applied.code);
  return store.state.members.get(member.id) ?? member;
}
const COMMAND_OF = { remove: "REMOVE", update: "UPDATE", promote: "PROMOTE" } as const;

function plan(store: StoreMember, change: MemberChange): Member {
  switch (change.kind) {
    case "add":
      return planAdd(store, change);
    case "update":
      checkPeerUrls(change.peerUrls);
      return { ...known(store, change.id), peerUrls: change.peerUrls };
    case "remove":
      return planRemove(store, change.id);
    case "promote":
      return known(store, change.id);
  }
}

function planAdd(store: StoreMember, change: Extract<MemberChange, { kind: "add" }>): Member {
  checkPeerUrls(change.peerUrls);
  const all = store.state.members.list();
  if (all.some((m) => m.peerUrls.some((u) => change.peerUrls.includes(u)))) throw new EtcdError("peerUrlExists");
  if (change.isLearner && all.filter((m) => m.isLearner).length >= store.parts.config.learnersMax) throw new EtcdError("tooManyLearners");
  if (!change.isLearner) {
    checkStarted(store, started(store).length, voters(store).length + 1);
    checkHealthy(store);
  }
  const seconds = Math.floor(store.parts.host.clock.wallMs() / 1_000);
  const urls = [...change.peerUrls].sort().join("");
  const digest = store.parts.sha1(utf8(`${urls}${seconds}`));
  return { ...EMPTY, id: memberId(Buffer.from(digest).readBigUInt64BE(0)), peerUrls: change.peerUrls, isLearner: change.isLearner };
}

function known(store: StoreMember, id: MemberId): Member {
  const member = store.state.members.get(id);
  if (!member) throw new EtcdError("memberNotFound");
  return member;
}
const voters = (store: StoreMember): readonly Member[] => store.state.members.list().filter((m) => !m.isLearner);
/** A member that never published its name never started. */
const started = (store: StoreMember): readonly Member[] => voters(store).filter((m) => m.name !== "" || m.id === store.id);

function planRemove(store: StoreMember, id: MemberId): Member {
  const target = known(store, id);
  if (target.isLearner || !store.parts.config.strictReconfigCheck) return target;
  const left = voters(store).length - 1;
  if (left === 0) throw new EtcdError("notEnoughStarted");
  checkStarted(store, started(store).filter((m) => m.id !== id).length, left);
  // A member that is down takes no part in the active quorum: removing it is safe.
  if (id !== store.id && !store.peers.views().some((v) => v.id === id && v.up)) return target;
  if (healthyVoters(store) - 1 < 1 + Math.floor(left / 2)) throw new EtcdError("unhealthy");
  return target;
}

function checkStarted(store: StoreMember, up: number, after: number): void {
  if (!store.parts.config.strictReconfigCheck) return;
  // The step from one member to two: nobody else can have started.
  if (after === 2 && up === 1) return;
  if (up < Math.floor(after / 2) + 1) throw new EtcdError("notEnoughStarted");
}

/** Voters connected for a while, this member among them. */
function healthyVoters(store: StoreMember): number {
  const now = store.nowMs();
  const views = new Map(store.peers.views().map((v) => [v.id, v]));
  return voters(store).filter((m) => {
    const view = views.get(m.id);
    return m.id === store.id || (view?.up === true && now - view.upSinceMs >= MEMBER_HEALTHY_MS);
  }).length;
}

/** All voters connected for a while: a change while one is away may cost the majority. */
function checkHealthy(store: StoreMember): void {
  if (store.parts.config.strictReconfigCheck && healthyVoters(store) < voters(store).length) throw new EtcdError("unhealthy");
}

/** On the leader: a learner that has nearly all of the log becomes a voter. */
export async function promote(store: StoreMember, id: MemberId): Promise<void> {
  const target = known(store, id);
  if (!target.isLearner) throw new EtcdError("notLearner");
  const progress = store.raft.progress().get(id);
  if (!progress || progress.match < store.status.commit * LEARNER_READY_RATIO) throw new EtcdError("learnerNotReady");
  checkStarted(store, started(store).length + 1, voters(store).length + 1);
  await changeMembers(store, {}, { kind: "promote", id });
}
