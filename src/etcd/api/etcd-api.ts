import type { LeaseId, MemberId } from "../../base/index.js";
import type { AuthApi } from "./auth-api.js";
import type {
  AlarmMember,
  AlarmRequest,
  CallContext,
  CompactRequest,
  DeleteRangeRequest,
  DeleteRangeResult,
  DowngradeAction,
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
} from "./types.js";

/** The one interface of the store. The in-process member is one, a gRPC client is one, a gRPC server is a function from one.
 *  Every promise rejects with EtcdError for what the table in errors.ts names; any other rejection is a bug or a broken transport. */
export interface EtcdApi {
  range(context: CallContext, request: RangeRequest): Promise<WithHeader<RangeResult>>;
  /** The same without a promise, where nothing has to be waited for: undefined otherwise. Throws what `range` rejects with. */
  rangeNow?(context: CallContext, request: RangeRequest): WithHeader<RangeResult> | undefined;
  /** Chunks whose concatenation equals `range`'s answer; only the last carries header, more and count. */
  rangeStream(context: CallContext, request: RangeRequest): AsyncIterable<WithHeader<RangeResult> | RangeResult>;
  put(context: CallContext, request: PutRequest): Promise<WithHeader<PutResult>>;
  deleteRange(context: CallContext, request: DeleteRangeRequest): Promise<WithHeader<DeleteRangeResult>>;
  txn(context: CallContext, request: TxnRequest): Promise<WithHeader<TxnResult>>;
  compact(context: CallContext, request: CompactRequest): Promise<OnlyHeader>;

  watch(context: CallContext, sink: WatchSink): WatchStream;

  leaseGrant(context: CallContext, request: LeaseGrantRequest): Promise<WithHeader<LeaseGrantResult>>;
  leaseRevoke(context: CallContext, id: LeaseId): Promise<OnlyHeader>;
  leaseKeepAlive(context: CallContext, id: LeaseId): Promise<WithHeader<LeaseKeepAliveResult>>;
  leaseTimeToLive(
    context: CallContext,
    request: { readonly id: LeaseId; readonly keys: boolean },
  ): Promise<WithHeader<LeaseTimeToLiveResult>>;
  leaseLeases(context: CallContext): Promise<WithHeader<{ readonly leases: readonly LeaseId[] }>>;

  memberList(context: CallContext, request: { readonly linearizable: boolean }): Promise<WithHeader<MembersResult>>;
  memberAdd(
    context: CallContext,
    request: { readonly peerUrls: readonly string[]; readonly isLearner: boolean },
  ): Promise<WithHeader<MemberAddResult>>;
  memberRemove(context: CallContext, id: MemberId): Promise<WithHeader<MembersResult>>;
  memberUpdate(
    context: CallContext,
    request: { readonly id: MemberId; readonly peerUrls: readonly string[] },
  ): Promise<WithHeader<MembersResult>>;
  memberPromote(context: CallContext, id: MemberId): Promise<WithHeader<MembersResult>>;

  /** Users, roles and permissions. */
  readonly auth: AuthApi;

  alarm(context: CallContext, request: AlarmRequest): Promise<WithHeader<{ readonly alarms: readonly AlarmMember[] }>>;
  status(context: CallContext): Promise<WithHeader<StatusResult>>;
  defragment(context: CallContext): Promise<void>;
  hash(context: CallContext): Promise<WithHeader<{ readonly hash: number }>>;
  hashKv(context: CallContext, revision: number): Promise<WithHeader<HashKvResult>>;
  /** A backup of the whole store: chunks, then one of 32 bytes, the SHA-256 of all before it. */
  snapshot(context: CallContext): AsyncIterable<SnapshotChunk>;
  moveLeader(context: CallContext, target: MemberId): Promise<void>;
  downgrade(
    context: CallContext,
    request: { readonly action: DowngradeAction; readonly version: string },
  ): Promise<WithHeader<{ readonly version: string }>>;
}
