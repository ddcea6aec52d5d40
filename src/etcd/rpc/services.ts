import { type Bytes, leaseId, memberId } from "../../base/index.js";
import * as pb from "../../wire/gen/etcd-rpc.js";
import type { Reader } from "../../wire/index.js";
import type { CallContext, EtcdApi, Soon } from "../api/index.js";
import {
  fromAlarmKind,
  fromDeleteResult,
  fromHeader,
  fromMember,
  fromRangeResult,
  fromTxnResult,
  putResponseBytes,
  rangeResponseBytes,
  toAlarm,
  toCompact,
  toDelete,
  toLeaseGrant,
  toPut,
  toRange,
  toTxn,
} from "../codec/index.js";
import type { RpcMethod } from "./method.js";
import { decodeWith } from "./status.js";

interface Codec<Q, A> {
  readonly path: string;
  readonly request: { decode(r: Reader): Q };
  readonly response: { bytes(answer: A): Bytes };
}

interface UnaryOptions {
  /** The request's own bytes go into the log. */
  readonly logged?: boolean;
  /** Waits for long: it wants to know when the client gave up. */
  readonly cancellable?: boolean;
}

/** A unary method: decode, ask the api, encode. */
export function unary<Q, A>(codec: Codec<Q, A>, run: (context: CallContext, request: Q) => Soon<A>, options: UnaryOptions = {}): RpcMethod {
  const { logged = false, cancellable = false } = options;
  const encode = (answer: A): Bytes => codec.response.bytes(answer);
  return {
    kind: "unary",
    path: codec.path,
    cancellable,
    // Not async: every promise and every turn of one costs as much as decoding the request.
    handle: (context, bytes) => {
      const request = decodeWith(codec.request, bytes);
      const answer = run(logged ? withBytes(context, bytes) : context, request);
      return answer instanceof Promise ? answer.then(encode) : encode(answer);
    },
  };
}

/** A literal where nothing else is known of the call, which is the common case: spreading costs as much as the request. */
function withBytes(context: CallContext, encoded: Bytes): CallContext {
  for (const _ in context) return { ...context, encoded };
  return { encoded };
}

export function streamed<Q, A>(codec: Codec<Q, A>, run: (context: CallContext, request: Q) => AsyncIterable<A>): RpcMethod {
  return {
    kind: "serverStream",
    path: codec.path,
    async *handle(context, bytes) {
      for await (const answer of run(context, decodeWith(codec.request, bytes))) yield codec.response.bytes(answer);
    },
  };
}

export function kvMethods(api: EtcdApi): RpcMethod[] {
  const S = pb.KVService;
  return [
    unary({ ...S.range, response: { bytes: rangeResponseBytes } }, (c, m) => {
      const request = toRange(m);
      return api.rangeNow?.(c, request) ?? api.range(c, request);
    }),
    streamed(S.rangeStream, async function* (c, m) {
      for await (const a of api.rangeStream(c, toRange(m))) {
        const header = "header" in a ? fromHeader(a.header) : undefined;
        yield { rangeResponse: { ...fromRangeResult(a), header } };
      }
    }),
    unary({ ...S.put, response: { bytes: putResponseBytes } }, (c, m) => api.put(c, toPut(m)), { logged: true }),
    unary(
      S.deleteRange,
      async (c, m) => {
        const a = await api.deleteRange(c, toDelete(m));
        return { ...fromDeleteResult(a), header: fromHeader(a.header) };
      },
      { logged: true },
    ),
    unary(
      S.txn,
      async (c, m) => {
        const a = await api.txn(c, toTxn(m));
        return { ...fromTxnResult(a, { revision: a.header.revision }), header: fromHeader(a.header) };
      },
      { logged: true },
    ),
    unary(S.compact, async (c, m) => ({ header: fromHeader((await api.compact(c, toCompact(m))).header) }), { logged: true }),
  ];
}

export function leaseMethods(api: EtcdApi): RpcMethod[] {
  const S = pb.LeaseService;
  return [
    unary(S.leaseGrant, async (c, m) => {
      const a = await api.leaseGrant(c, toLeaseGrant(m));
      return { header: fromHeader(a.header), id: a.id, ttl: a.ttl };
    }),
    unary(S.leaseRevoke, async (c, m) => ({ header: fromHeader((await api.leaseRevoke(c, leaseId(m.id))).header) })),
    unary(S.leaseTimeToLive, async (c, m) => {
      const a = await api.leaseTimeToLive(c, { id: leaseId(m.id), keys: m.keys });
      return { header: fromHeader(a.header), id: a.id, ttl: a.ttl, grantedTtl: a.grantedTtl, keys: a.keys };
    }),
    unary(S.leaseLeases, async (c) => {
      const a = await api.leaseLeases(c);
      return { header: fromHeader(a.header), leases: a.leases.map((id) => ({ id })) };
    }),
  ];
}

export function clusterMethods(api: EtcdApi): RpcMethod[] {
  const S = pb.ClusterService;
  const members = (a: Awaited<ReturnType<EtcdApi["memberList"]>>) => ({ header: fromHeader(a.header), members: a.members.map(fromMember) });
  return [
    unary(S.memberList, async (c, m) => members(await api.memberList(c, { linearizable: m.linearizable }))),
    unary(S.memberAdd, async (c, m) => {
      const a = await api.memberAdd(c, { peerUrls: m.peerUrls, isLearner: m.isLearner });
      return { ...members(a), member: fromMember(a.member) };
    }),
    unary(S.memberRemove, async (c, m) => members(await api.memberRemove(c, memberId(m.id)))),
    unary(S.memberUpdate, async (c, m) => members(await api.memberUpdate(c, { id: memberId(m.id), peerUrls: m.peerUrls }))),
    unary(S.memberPromote, async (c, m) => members(await api.memberPromote(c, memberId(m.id)))),
  ];
}

export function maintenanceMethods(api: EtcdApi): RpcMethod[] {
  const S = pb.MaintenanceService;
  return [
    unary(S.alarm, async (c, m) => {
      const a = await api.alarm(c, toAlarm(m));
      return { header: fromHeader(a.header), alarms: a.alarms.map((x) => ({ memberId: x.memberId, alarm: fromAlarmKind(x.alarm) })) };
    }),
    unary(S.status, async (c) => {
      const a = await api.status(c);
      return { ...a, header: fromHeader(a.header), downgradeInfo: { enabled: a.downgradeEnabled, targetVersion: a.downgradeTarget } };
    }),
    unary(S.defragment, async (c) => {
      await api.defragment(c);
      return {};
    }),
    unary(S.hash, async (c) => {
      const a = await api.hash(c);
      return { header: fromHeader(a.header), hash: a.hash };
    }),
    unary(S.hashKV, async (c, m) => {
      const a = await api.hashKv(c, m.revision);
      return { header: fromHeader(a.header), hash: a.hash, compactRevision: a.compactRevision, hashRevision: a.hashRevision };
    }),
    streamed(S.snapshot, (c) => api.snapshot(c)),
    unary(S.moveLeader, async (c, m) => {
      await api.moveLeader(c, memberId(m.targetId));
      return {};
    }),
    unary(S.downgrade, async (c, m) => {
      const action = (["validate", "enable", "cancel"] as const)[m.action] ?? "validate";
      const a = await api.downgrade(c, { action, version: m.version });
      return { header: fromHeader(a.header), version: a.version };
    }),
  ];
}
