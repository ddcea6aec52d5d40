import { type Bytes, equalBytes, leaseId, NO_BYTES, type Revision } from "../../base/index.js";
import { ElectionService, type LeaderKey, type LeaderResponseInit } from "../../wire/gen/etcd-election.js";
import {
  type CallContext,
  type EtcdApi,
  EtcdError,
  type KeyValue,
  prefixEnd,
  type RangeResult,
  type ResponseHeader,
  type WithHeader,
} from "../api/index.js";
import { fromHeader } from "../codec/index.js";
import type { RpcMethod } from "./method.js";
import { streamed, unary } from "./services.js";
import {
  createRevisionIs,
  firstCreated,
  getKey,
  onBehalfOf,
  prefixOf,
  putKey,
  sessionKey,
  sessionLease,
  untilEvent,
  waitDeletes,
} from "./sessions.js";

/** v3election over the store's interface. */
export function electionMethods(api: EtcdApi): readonly RpcMethod[] {
  return [
    unary(
      ElectionService.campaign,
      async (context, m) => {
        const lease = await sessionLease(api, context, m.lease);
        const key = sessionKey(prefixOf(m.name), lease);
        const { rev, header } = await candidate(api, context, { key, lease, value: m.value });
        try {
          await waitDeletes(api, context, prefixOf(m.name), rev - 1);
        } catch (error) {
          if (context.signal?.aborted) await resign(api, onBehalfOf(context), { key, rev }).catch(() => {});
          throw error;
        }
        return { header: fromHeader(header), leader: { name: m.name, key, rev, lease } };
      },
      { cancellable: true },
    ),
    unary(ElectionService.proclaim, async (context, m) => {
      const leader = required(m.leader);
      return { header: fromHeader(await proclaim(api, context, leader, m.value)) };
    }),
    unary(ElectionService.leader, async (context, m) => {
      const found = await current(api, context, m.name);
      if (found.kvs[0] === undefined) throw new EtcdError("electionNoLeader");
      return { header: fromHeader(found.header), kv: found.kvs[0] };
    }),
    streamed(ElectionService.observe, (context, m) => observe(api, context, m.name)),
    unary(ElectionService.resign, async (context, m) => {
      const leader = required(m.leader);
      return { header: fromHeader(await resign(api, context, leader)) };
    }),
  ];
}

function required(leader: LeaderKey | undefined): LeaderKey {
  if (leader === undefined) throw new EtcdError("electionMissingLeaderKey");
  return leader;
}

const current = (api: EtcdApi, context: CallContext, name: Bytes): Promise<WithHeader<RangeResult>> =>
  api.range(context, firstCreated(prefixOf(name)));

async function candidate(
  api: EtcdApi,
  context: CallContext,
  me: { readonly key: Bytes; readonly lease: ReturnType<typeof leaseId>; readonly value: Bytes },
): Promise<{ readonly rev: number; readonly header: ResponseHeader }> {
  const txn = await api.txn(context, {
    kind: "txn",
    compare: [createRevisionIs(me.key, 0)],
    success: [putKey(me.key, me.value, me.lease)],
    failure: [getKey(me.key)],
  });
  if (txn.succeeded) return { rev: txn.header.revision, header: txn.header };
  const kv = (txn.responses[0] as RangeResult).kvs[0];
  const rev = kv?.createRevision ?? 0;
  if (kv && !equalBytes(kv.value, me.value)) await proclaim(api, context, { key: me.key, rev, lease: me.lease }, me.value);
  return { rev, header: txn.header };
}

async function proclaim(
  api: EtcdApi,
  context: CallContext,
  leader: { readonly key: Bytes; readonly rev: number; readonly lease: bigint },
  value: Bytes,
): Promise<ResponseHeader> {
  const txn = await api.txn(context, {
    kind: "txn",
    compare: [createRevisionIs(leader.key, leader.rev)],
    success: [putKey(leader.key, value, leaseId(leader.lease))],
    failure: [],
  });
  if (!txn.succeeded) throw new EtcdError("electionNotLeader");
  return txn.header;
}

/** Resigning what is not held any more is no error. */
async function resign(api: EtcdApi, context: CallContext, leader: { readonly key: Bytes; readonly rev: number }): Promise<ResponseHeader> {
  const txn = await api.txn(context, {
    kind: "txn",
    compare: [createRevisionIs(leader.key, leader.rev)],
    success: [{ kind: "deleteRange", key: leader.key, rangeEnd: NO_BYTES, prevKv: false }],
    failure: [],
  });
  return txn.header;
}

/** The present leader's value, each new value of it, then each next leader's. */
async function* observe(api: EtcdApi, context: CallContext, name: Bytes): AsyncGenerator<LeaderResponseInit> {
  const prefix = prefixOf(name);
  for (;;) {
    const found = await current(api, context, name);
    let kv: KeyValue | undefined = found.kvs[0];
    let header: ResponseHeader = found.header;
    if (kv === undefined) {
      const put = await untilEvent(api, context, { key: prefix, rangeEnd: prefixEnd(prefix), startRevision: header.revision }, (e) =>
        e.type === "put" ? e.kv : undefined,
      );
      kv = put;
      header = { ...header, revision: put.modRevision as Revision };
    }
    yield { header: fromHeader(header), kv };
    yield* valuesUntilGone(api, context, kv.key, header);
  }
}

async function* valuesUntilGone(api: EtcdApi, context: CallContext, key: Bytes, from: ResponseHeader): AsyncGenerator<LeaderResponseInit> {
  let next = from.revision + 1;
  for (;;) {
    const event = await untilEvent(api, context, { key, rangeEnd: NO_BYTES, startRevision: next }, (e) => e);
    if (event.type === "delete") return;
    next = event.kv.modRevision + 1;
    yield { header: fromHeader({ ...from, revision: event.kv.modRevision as Revision }), kv: event.kv };
  }
}
