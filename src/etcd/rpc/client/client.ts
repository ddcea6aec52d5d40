import { type LeaseId, leaseId, type MemberId, memberId, index as toIndex, term as toTerm } from "../../../base/index.js";
import * as pb from "../../../wire/gen/etcd-rpc.js";
import type {
  AlarmMember,
  AlarmRequest,
  AuthApi,
  CallContext,
  CompactRequest,
  Credentials,
  DeleteRangeRequest,
  DeleteRangeResult,
  DowngradeAction,
  EtcdApi,
  HashKvResult,
  LeaseGrantRequest,
  LeaseGrantResult,
  LeaseKeepAliveResult,
  LeaseTimeToLiveResult,
  MemberAddResult,
  MembersResult,
  OnlyHeader,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  SnapshotChunk,
  StatusResult,
  TxnRequest,
  TxnResult,
  WatchSink,
  WatchStream,
  WithHeader,
} from "../../api/index.js";
import {
  fromAlarm,
  fromRange,
  fromTxn,
  fromWatchCreate,
  toAlarmKind,
  toDeleteResult,
  toHeader,
  toMember,
  toPutResult,
  toRangeResult,
  toTxnResult,
  toWatchResponse,
} from "../../codec/index.js";
import { remoteAuth } from "./auth.js";
import { Connection, type RemoteTls } from "./connection.js";

const KV = pb.KVService;
const LEASE = pb.LeaseService;
const CLUSTER = pb.ClusterService;
const MAINTENANCE = pb.MaintenanceService;
const DOWNGRADE: readonly DowngradeAction[] = ["validate", "enable", "cancel"];

export interface RemoteOptions {
  /** http, https, unix or unixs URLs; host:port is plain text. */
  readonly endpoints: readonly string[];
  readonly tls?: RemoteTls;
  /** Who asks, where auth is on. A context's own token goes first. */
  readonly user?: Credentials;
  readonly nowMs?: () => number;
}

/** The store's interface over gRPC: a quorum elsewhere, or a real etcd. */
export class RemoteEtcd implements EtcdApi {
  readonly #connection: Connection;
  readonly auth: AuthApi;

  constructor(options: RemoteOptions) {
    this.#connection = new Connection({ ...options, nowMs: options.nowMs ?? (() => performance.now()) });
    this.auth = remoteAuth(this.#connection);
  }

  close(): void {
    this.#connection.close();
  }

  async range(context: CallContext, request: RangeRequest): Promise<WithHeader<RangeResult>> {
    const m = await this.#connection.unary(KV.range, context, fromRange(request), true);
    return { ...toRangeResult(m), header: toHeader(m.header) };
  }
  async *rangeStream(context: CallContext, request: RangeRequest): AsyncGenerator<WithHeader<RangeResult> | RangeResult> {
    for await (const m of this.#connection.serverStream(KV.rangeStream, context, fromRange(request))) {
      if (!m.rangeResponse) continue;
      const result = toRangeResult(m.rangeResponse);
      yield m.rangeResponse.header ? { ...result, header: toHeader(m.rangeResponse.header) } : result;
    }
  }
  async put(context: CallContext, request: PutRequest): Promise<WithHeader<PutResult>> {
    const m = await this.#connection.unary(KV.put, context, request);
    return { ...toPutResult(m), header: toHeader(m.header) };
  }
  async deleteRange(context: CallContext, request: DeleteRangeRequest): Promise<WithHeader<DeleteRangeResult>> {
    const m = await this.#connection.unary(KV.deleteRange, context, request);
    return { ...toDeleteResult(m), header: toHeader(m.header) };
  }
  async txn(context: CallContext, request: TxnRequest): Promise<WithHeader<TxnResult>> {
    const m = await this.#connection.unary(KV.txn, context, fromTxn(request));
    return { ...toTxnResult(m), header: toHeader(m.header) };
  }
  async compact(context: CallContext, request: CompactRequest): Promise<OnlyHeader> {
    return { header: toHeader((await this.#connection.unary(KV.compact, context, request)).header) };
  }

  watch(context: CallContext, sink: WatchSink): WatchStream {
    const call = this.#connection.duplex<pb.WatchRequestInit, pb.WatchResponse>(pb.WatchService.watch, context, {
      message: (m) => sink.deliver(toWatchResponse(m)),
      closed: (error) => sink.closed(error),
    });
    return {
      create: (request) => call.send({ createRequest: fromWatchCreate(request) }),
      cancel: (watchId) => call.send({ cancelRequest: { watchId } }),
      requestProgress: () => call.send({ progressRequest: {} }),
      pause: () => call.pause(),
      resume: () => call.resume(),
      close: () => call.cancel(),
    };
  }

  async leaseGrant(context: CallContext, request: LeaseGrantRequest): Promise<WithHeader<LeaseGrantResult>> {
    const m = await this.#connection.unary(LEASE.leaseGrant, context, request);
    return { header: toHeader(m.header), id: leaseId(m.id), ttl: m.ttl };
  }
  async leaseRevoke(context: CallContext, id: LeaseId): Promise<OnlyHeader> {
    return { header: toHeader((await this.#connection.unary(LEASE.leaseRevoke, context, { id })).header) };
  }
  leaseKeepAlive(context: CallContext, id: LeaseId): Promise<WithHeader<LeaseKeepAliveResult>> {
    return this.#connection.asSomebody(context, (known) => this.#keepAlive(known, id));
  }
  #keepAlive(context: CallContext, id: LeaseId): Promise<WithHeader<LeaseKeepAliveResult>> {
    return new Promise((resolve, reject) => {
      const call = this.#connection.duplex<pb.LeaseKeepAliveRequestInit, pb.LeaseKeepAliveResponse>(LEASE.leaseKeepAlive, context, {
        message: (m) => {
          resolve({ header: toHeader(m.header), id: leaseId(m.id), ttl: m.ttl });
          call.end();
        },
        closed: (error) => reject(error ?? new Error("the keep-alive stream ended without an answer")),
      });
      call.send({ id });
    });
  }
  async leaseTimeToLive(
    context: CallContext,
    request: { readonly id: LeaseId; readonly keys: boolean },
  ): Promise<WithHeader<LeaseTimeToLiveResult>> {
    const m = await this.#connection.unary(LEASE.leaseTimeToLive, context, request, true);
    return { header: toHeader(m.header), id: leaseId(m.id), ttl: m.ttl, grantedTtl: m.grantedTtl, keys: m.keys };
  }
  async leaseLeases(context: CallContext): Promise<WithHeader<{ readonly leases: readonly LeaseId[] }>> {
    const m = await this.#connection.unary(LEASE.leaseLeases, context, {}, true);
    return { header: toHeader(m.header), leases: m.leases.map((l) => leaseId(l.id)) };
  }

  async memberList(context: CallContext, request: { readonly linearizable: boolean }): Promise<WithHeader<MembersResult>> {
    return members(await this.#connection.unary(CLUSTER.memberList, context, request, true));
  }
  async memberAdd(
    context: CallContext,
    request: { readonly peerUrls: readonly string[]; readonly isLearner: boolean },
  ): Promise<WithHeader<MemberAddResult>> {
    const m = await this.#connection.unary(CLUSTER.memberAdd, context, request);
    const all = members(m);
    const member = m.member ? toMember(m.member) : all.members.find((x) => x.peerUrls.some((u) => request.peerUrls.includes(u)));
    if (!member) throw new Error("the answer to a member add names no member");
    return { ...all, member };
  }
  async memberRemove(context: CallContext, id: MemberId): Promise<WithHeader<MembersResult>> {
    return members(await this.#connection.unary(CLUSTER.memberRemove, context, { id }));
  }
  async memberUpdate(
    context: CallContext,
    request: { readonly id: MemberId; readonly peerUrls: readonly string[] },
  ): Promise<WithHeader<MembersResult>> {
    return members(await this.#connection.unary(CLUSTER.memberUpdate, context, request));
  }
  async memberPromote(context: CallContext, id: MemberId): Promise<WithHeader<MembersResult>> {
    return members(await this.#connection.unary(CLUSTER.memberPromote, context, { id }));
  }

  async alarm(context: CallContext, request: AlarmRequest): Promise<WithHeader<{ readonly alarms: readonly AlarmMember[] }>> {
    const m = await this.#connection.unary(MAINTENANCE.alarm, context, fromAlarm(request));
    return { header: toHeader(m.header), alarms: m.alarms.map((a) => ({ memberId: memberId(a.memberId), alarm: toAlarmKind(a.alarm) })) };
  }
  async status(context: CallContext): Promise<WithHeader<StatusResult>> {
    const m = await this.#connection.unary(MAINTENANCE.status, context, {}, true);
    return {
      ...m,
      header: toHeader(m.header),
      leader: memberId(m.leader),
      raftIndex: toIndex(m.raftIndex),
      raftTerm: toTerm(m.raftTerm),
      raftAppliedIndex: toIndex(m.raftAppliedIndex),
      downgradeTarget: m.downgradeInfo?.targetVersion ?? "",
      downgradeEnabled: m.downgradeInfo?.enabled ?? false,
    };
  }
  async defragment(context: CallContext): Promise<void> {
    await this.#connection.unary(MAINTENANCE.defragment, context, {});
  }
  async hash(context: CallContext): Promise<WithHeader<{ readonly hash: number }>> {
    const m = await this.#connection.unary(MAINTENANCE.hash, context, {}, true);
    return { header: toHeader(m.header), hash: m.hash };
  }
  async hashKv(context: CallContext, revision: number): Promise<WithHeader<HashKvResult>> {
    const m = await this.#connection.unary(MAINTENANCE.hashKV, context, { revision: Math.min(revision, Number.MAX_SAFE_INTEGER) }, true);
    return { header: toHeader(m.header), hash: m.hash, compactRevision: m.compactRevision, hashRevision: m.hashRevision };
  }
  async *snapshot(context: CallContext): AsyncGenerator<SnapshotChunk> {
    yield* this.#connection.serverStream(MAINTENANCE.snapshot, context, {});
  }
  async moveLeader(context: CallContext, target: MemberId): Promise<void> {
    await this.#connection.unary(MAINTENANCE.moveLeader, context, { targetId: target });
  }
  async downgrade(
    context: CallContext,
    request: { readonly action: DowngradeAction; readonly version: string },
  ): Promise<WithHeader<{ readonly version: string }>> {
    const m = await this.#connection.unary(MAINTENANCE.downgrade, context, {
      action: DOWNGRADE.indexOf(request.action),
      version: request.version,
    });
    return { header: toHeader(m.header), version: m.version };
  }
}

const members = (m: {
  readonly header: pb.ResponseHeader | undefined;
  readonly members: readonly pb.Member[];
}): WithHeader<MembersResult> => ({
  header: toHeader(m.header),
  members: m.members.map(toMember),
});
