import { leaseId, memberId } from "../../base/index.js";
import { type Answer, type AnswerInit, type Call, type CallInit, CallKind } from "../../wire/gen/trimast-peer.js";
import { type EtcdCode, EtcdError, etcdCodeOf, type HashKvResult } from "../api/index.js";
import { HASH_RECORDS } from "./limits.js";
import type { StoreMember } from "./member.js";

/** Questions that only the leader, or only one member, can answer; asked over the peer link. */

export async function answerCall(member: StoreMember, _from: bigint, call: Call): Promise<AnswerInit> {
  try {
    return await answer(member, call);
  } catch (error) {
    return { error: error instanceof EtcdError ? error.message : `internal: ${String(error)}` };
  }
}

async function answer(member: StoreMember, call: Call): Promise<AnswerInit> {
  switch (call.kind) {
    case CallKind.LEASE_RENEW:
      return { ttl: await renewHere(member, call.id) };
    case CallKind.LEASE_TIME_TO_LIVE:
      return { ttl: await remainingHere(member, call.id) };
    case CallKind.HASH_KV: {
      const h = await hashHere(member, call.revision);
      return { hash: h.hash, compactRevision: h.compactRevision, revision: h.hashRevision };
    }
    case CallKind.PROMOTE:
      await member.promoteHere(memberId(call.id));
      return {};
    default:
      return { error: "unknown call" };
  }
}

/** Leading is confirmed by a read round first: a leader that was replaced meanwhile must not renew. */
export async function renewHere(member: StoreMember, id: bigint): Promise<number> {
  await member.readable({});
  if (!member.isLearner && !member.isLeader) throw new EtcdError("notLeader");
  return member.lessor.renew(member.mvcc, leaseId(id));
}

export async function remainingHere(member: StoreMember, id: bigint): Promise<number> {
  await member.readable({});
  if (!member.isLeader) throw new EtcdError("notLeader");
  return member.lessor.remaining(member.mvcc, leaseId(id));
}

/** In steps between which the loop runs. */
export async function hashHere(member: StoreMember, revision: number): Promise<HashKvResult> {
  const run = member.mvcc.beginHash(revision);
  for (;;) {
    const result = run.step(HASH_RECORDS);
    if (result) return result;
    await new Promise<void>((resolve) => member.parts.host.clock.soon(resolve));
  }
}

/** Asks the leader, wherever it is, until the deadline; the question must be one that may be asked twice. */
export async function askLeader<T>(
  member: StoreMember,
  call: CallInit,
  options: { readonly deadlineMs: number; readonly here: () => Promise<T>; readonly read: (answer: Answer) => T },
): Promise<T> {
  for (;;) {
    const leader = member.status.leader;
    try {
      if (leader === member.id) return await options.here();
      if (leader !== 0n) {
        const outcome = await member.peers.call(leader, call);
        if (outcome !== "unreachable") return read(outcome, options.read);
      }
    } catch (error) {
      if (!(error instanceof EtcdError && error.code === "notLeader")) throw error;
    }
    if (member.stopped) throw new EtcdError("stopped");
    if (member.nowMs() >= options.deadlineMs) throw new EtcdError(member.status.leader === 0n ? "timeoutLeaderFail" : "timeout");
    await new Promise<void>((resolve) => member.parts.host.clock.after(ASK_AGAIN_MS, resolve));
  }
}
const ASK_AGAIN_MS = 25;

function read<T>(answer: Answer, map: (answer: Answer) => T): T {
  if (answer.error === "") return map(answer);
  const code: EtcdCode | undefined = etcdCodeOf(answer.error);
  throw code === undefined ? new Error(answer.error) : new EtcdError(code);
}
