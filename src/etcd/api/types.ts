import type { Bytes, ClusterId, Index, LeaseId, MemberId, Revision, Term } from "../../base/index.js";

/** Carried by every call, so that later rooms (auth, audit, deadlines) need no second signature. */
export interface CallContext {
  /** For logs and traces. */
  readonly requestId?: string;
  /** Who asks, once auth is on; "" before. */
  readonly user?: string;
  readonly authRevision?: number;
  /** What the client showed to prove who it is; resolved to `user` at the gateway. */
  readonly token?: string;
  /** Subject common name of the verified client certificate, when the connection had one: who asks, if no token says otherwise. */
  readonly commonName?: string;
  /** On the host's monotonic clock. */
  readonly deadlineMonotonicMs?: number;
  readonly signal?: AbortSignal;
  /** `hasleader: true` in the metadata: fail with noLeader instead of waiting for one. */
  readonly requireLeader?: boolean;
  /** The client's own protobuf bytes of this very request: what goes into the log, so that nothing is encoded twice. */
  readonly encoded?: Bytes;
}

export interface ResponseHeader {
  readonly clusterId: ClusterId;
  readonly memberId: MemberId;
  readonly revision: Revision;
  readonly raftTerm: Term;
}

export interface KeyValue {
  readonly key: Bytes;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: Bytes;
  readonly lease: LeaseId;
  /** The protobuf encoding (mvccpb.KeyValue) when the store has it at hand: a response copies it and encodes nothing. */
  readonly encoded?: Bytes;
}

export type SortOrder = "none" | "ascend" | "descend";
export type SortTarget = "key" | "version" | "create" | "mod" | "value";

/** `rangeEnd` empty: one key. "\0": all keys from `key` on. Otherwise [key, rangeEnd). */
export interface KeyRange {
  readonly key: Bytes;
  readonly rangeEnd: Bytes;
}

export interface RangeRequest extends KeyRange {
  readonly kind: "range";
  /** 0 is no limit. */
  readonly limit: number;
  /** <= 0 is the newest. Beyond 2^53: Infinity, which is always in the future. */
  readonly revision: number;
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
  readonly serializable: boolean;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}
/** Without its header: what a transaction holds. */
export interface RangeResult {
  readonly kind: "range";
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

export interface PutRequest {
  readonly kind: "put";
  readonly key: Bytes;
  readonly value: Bytes;
  readonly lease: LeaseId;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}
export interface PutResult {
  readonly kind: "put";
  readonly prevKv: KeyValue | undefined;
}

export interface DeleteRangeRequest extends KeyRange {
  readonly kind: "deleteRange";
  readonly prevKv: boolean;
}
export interface DeleteRangeResult {
  readonly kind: "deleteRange";
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

/** An unknown number on the wire compares as true (etcd's own quirk): "unknown". */
export type CompareResult = "equal" | "greater" | "less" | "notEqual" | "unknown";
/** A compare whose given field does not match its target compares with that target's zero. "mismatch": a target number that nobody
 *  knows, which etcd leaves at "equal". */
export type CompareTarget =
  | { readonly kind: "version" | "create" | "mod"; readonly number: number }
  | { readonly kind: "value"; readonly value: Bytes }
  | { readonly kind: "lease"; readonly lease: LeaseId }
  | { readonly kind: "mismatch" };
export interface Compare extends KeyRange {
  readonly result: CompareResult;
  readonly target: CompareTarget;
}

export interface TxnRequest {
  readonly kind: "txn";
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}
/** `empty`: a RequestOp without a request, answered with "key not found". */
export type RequestOp = RangeRequest | PutRequest | DeleteRangeRequest | TxnRequest | { readonly kind: "empty" };
export interface TxnResult {
  readonly kind: "txn";
  readonly succeeded: boolean;
  readonly responses: readonly OpResult[];
}
export type OpResult = RangeResult | PutResult | DeleteRangeResult | TxnResult;

export interface CompactRequest {
  readonly kind: "compact";
  readonly revision: number;
  readonly physical: boolean;
}

/** Now, or later. */
export type Soon<T> = T | Promise<T>;
export type WithHeader<T> = T & { readonly header: ResponseHeader };
export interface OnlyHeader {
  readonly header: ResponseHeader;
}

// ---------------------------------------------------------------- watch

export type WatchFilter = "noPut" | "noDelete";
export interface WatchCreateRequest extends KeyRange {
  /** 0: from now. Negative is refused. Beyond the present: nothing before it. */
  readonly startRevision: number;
  readonly progressNotify: boolean;
  readonly filters: readonly WatchFilter[];
  readonly prevKv: boolean;
  /** 0: the server picks. */
  readonly watchId: bigint;
  readonly fragment: boolean;
}
export interface WatchEvent {
  readonly type: "put" | "delete";
  /** A delete has key and modRevision only. */
  readonly kv: KeyValue;
  readonly prevKv: KeyValue | undefined;
}
export interface WatchResponse {
  readonly header: ResponseHeader | HeaderWithoutRevision;
  readonly watchId: bigint;
  readonly created: boolean;
  readonly canceled: boolean;
  /** 0 when not set. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly fragment: boolean;
  readonly events: readonly WatchEvent[];
}
/** A cancel for compaction carries revision 0. */
export interface HeaderWithoutRevision extends Omit<ResponseHeader, "revision"> {
  readonly revision: 0;
}
export interface WatchSink {
  /** In the order in which the client must see them. */
  deliver(response: WatchResponse): void;
  /** The stream is over; `error` when the server ended it. Called once. */
  closed(error: EtcdErrorLike | undefined): void;
}
export interface EtcdErrorLike {
  readonly message: string;
}
/** One client stream with many watchers; ids are unique in it. */
export interface WatchStream {
  create(request: WatchCreateRequest): void;
  cancel(watchId: bigint): void;
  requestProgress(): void;
  /** The client does not read: deliver nothing until `resume`. Events are re-read from history then, never piled up. */
  pause(): void;
  resume(): void;
  close(): void;
}

// ---------------------------------------------------------------- leases

export interface LeaseGrantRequest {
  /** 0n: the server picks. */
  readonly id: LeaseId;
  /** Seconds. */
  readonly ttl: number;
}
export interface LeaseGrantResult {
  readonly id: LeaseId;
  readonly ttl: number;
}
export interface LeaseKeepAliveResult {
  readonly id: LeaseId;
  /** 0: the lease is gone. */
  readonly ttl: number;
}
export interface LeaseTimeToLiveResult {
  readonly id: LeaseId;
  /** Seconds left; -1: no such lease. */
  readonly ttl: number;
  readonly grantedTtl: number;
  readonly keys: readonly Bytes[];
}

// ---------------------------------------------------------------- cluster

export interface Member {
  readonly id: MemberId;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}
export interface MembersResult {
  readonly members: readonly Member[];
}
export interface MemberAddResult extends MembersResult {
  readonly member: Member;
}

// ---------------------------------------------------------------- maintenance

export type AlarmKind = "none" | "nospace" | "corrupt";
export interface AlarmMember {
  readonly memberId: MemberId;
  readonly alarm: AlarmKind;
}
export interface AlarmRequest {
  readonly action: "get" | "activate" | "deactivate";
  /** 0n with "get": every member. Activating and deactivating name one exactly. */
  readonly memberId: MemberId;
  readonly alarm: AlarmKind;
}
export interface StatusResult {
  readonly version: string;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly dbSizeQuota: number;
  readonly leader: MemberId;
  readonly raftIndex: Index;
  readonly raftTerm: Term;
  readonly raftAppliedIndex: Index;
  readonly errors: readonly string[];
  readonly isLearner: boolean;
  readonly storageVersion: string;
  readonly downgradeTarget: string;
  readonly downgradeEnabled: boolean;
}
export interface HashKvResult {
  readonly hash: number;
  readonly compactRevision: number;
  readonly hashRevision: number;
}
export interface SnapshotChunk {
  readonly remainingBytes: number;
  readonly blob: Bytes;
  readonly version: string;
}
export type DowngradeAction = "validate" | "enable" | "cancel";
