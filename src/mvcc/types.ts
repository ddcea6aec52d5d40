import type { SpaceKey } from "../backend/types.js";
import type { Bytes, LeaseId, Revision } from "../base/index.js";
import type {
  AlarmKind,
  CompactRequest,
  DeleteRangeRequest,
  DeleteRangeResult,
  EtcdCode,
  HashKvResult,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  TxnRequest,
  TxnResult,
  WatchCreateRequest,
  WatchResponse,
} from "../etcd/api/index.js";

/** What the log can say to the store. Decoded from the client's own bytes by etcd/member. */
export type MvccCommand =
  | PutRequest
  | DeleteRangeRequest
  | TxnRequest
  | CompactRequest
  | { readonly kind: "leaseGrant"; readonly id: LeaseId; readonly ttl: number }
  | { readonly kind: "leaseRevoke"; readonly id: LeaseId }
  | {
      readonly kind: "leaseCheckpoint";
      readonly leases: readonly { readonly id: LeaseId; readonly remainingTtl: number }[];
    }
  | {
      readonly kind: "alarm";
      readonly action: "activate" | "deactivate";
      readonly memberId: bigint;
      readonly alarm: AlarmKind;
    };

/** An expected outcome is a value: errors at apply are the same on every member and never throw. */
export type ApplyOutcome =
  | {
      readonly kind: "ok";
      readonly revision: Revision;
      readonly result: PutResult | DeleteRangeResult | TxnResult | { readonly kind: "done" };
    }
  | { readonly kind: "refused"; readonly code: EtcdCode };

export interface LeaseView {
  readonly id: LeaseId;
  /** Seconds, as granted. */
  readonly ttl: number;
  /** Seconds left at the last checkpoint; 0 when there was none. */
  readonly remainingTtl: number;
  readonly keyCount: number;
}

/** The replicated state machine. Synchronous and deterministic: the same commands give the same state, bytes and answers everywhere. */
export interface Mvcc {
  apply(command: MvccCommand): ApplyOutcome;

  /** Serves from the present state. Throws EtcdError compacted / futureRevision / emptyKey / invalidSortOption. */
  range(request: RangeRequest): RangeResult;
  /** A transaction without writes, read in place. */
  readTxn(request: TxnRequest): TxnResult;

  revision(): Revision;
  /** -1 before the first compaction, as etcd counts. */
  compactRevision(): number;
  /** Deterministic: sum over live and historical records of key and value bytes plus a fixed cost each. Replicated state, never a file size. */
  sizeBytes(): number;
  /** Of these, the bytes that a compaction at the present would keep. */
  sizeInUseBytes(): number;
  alarms(): readonly { readonly memberId: bigint; readonly alarm: AlarmKind }[];
  keyCount(): number;

  lease(id: LeaseId): LeaseView | undefined;
  leases(): readonly LeaseView[];
  /** Attached keys, sorted. */
  leaseKeys(id: LeaseId): readonly Bytes[];
  /** Leases granted, revoked or checkpointed since the last call: what the lessor's clock side follows. */
  takeLeaseChanges(): readonly { readonly kind: "granted" | "revoked" | "checkpointed"; readonly id: LeaseId }[];

  /** Physical compaction in steps: deletes up to `recordsMax` superseded records; "done" when nothing is left to delete. */
  compactStep(recordsMax: number): "done" | "more";

  /** Hash over `revision` (0: present) in steps, etcd's HashKV byte for byte. Throws EtcdError compacted / futureRevision. */
  beginHash(revision: number): HashRun;

  readonly watches: WatchHub;
}

export interface HashRun {
  /** Hashes up to `recordsMax` records; the result when finished. */
  step(recordsMax: number): HashKvResult | undefined;
}

export interface WatchHub {
  open(sink: HubSink): HubStream;
  /** Moves watchers that lag through history: at most `recordsMax` records read over all of them, fair between streams. "idle" when
   *  every unpaused watcher is synced. Called by the member each turn in which something lags. */
  catchUp(recordsMax: number): "idle" | "more";
  /** Sends progress to watchers that asked for notifications and heard nothing since the last call (the member's timer calls). */
  notifyProgress(): void;
  counts(): {
    readonly streams: number;
    readonly watchers: number;
    readonly slow: number;
    readonly pendingEvents: number;
  };
}

/** Responses without header ids: the member adds cluster, member and term. */
export interface HubSink {
  deliver(response: HubResponse): void;
}
export type HubResponse = Omit<WatchResponse, "header"> & { readonly revision: number };

export interface HubStream {
  /** `refusal`: the caller refused already (permissions): answered created + canceled with this reason and id -1. */
  create(request: WatchCreateRequest): void;
  refuse(reason: string): void;
  cancel(watchId: bigint): void;
  requestProgress(): void;
  pause(): void;
  resume(): void;
  close(): void;
}

export interface MvccOptions {
  readonly space: {
    get(key: SpaceKey): Bytes | undefined;
    put(key: SpaceKey, value: Bytes): void;
    delete(key: SpaceKey): void;
  };
  /** Bytes; <= 0 means no quota. Same on every member or they diverge: the member checks at start. */
  readonly quotaBytes: number;
  /** Largest watch response before it is cut into fragments, where the watcher asked for that. */
  readonly fragmentBytesMax: number;
  /** Operations in a transaction. etcd default 128. */
  readonly txnOpsMax: number;
  readonly minLeaseTtlSeconds: number;
  /** Raised once per crossing: the member proposes the NOSPACE alarm. */
  readonly onQuotaExceeded?: () => void;
}

/** Rebuilding after a start: the member scans the backend and feeds every record, in key order, then calls `finish`. */
export interface MvccLoader {
  load(pairs: readonly (readonly [SpaceKey, Bytes])[]): void;
  /** Throws when the records contradict each other (the backend is damaged). */
  finish(): Mvcc;
}
/** Key range of the backend that belongs to mvcc: [MVCC_FROM, MVCC_TO). */
export type BeginLoad = (options: MvccOptions) => MvccLoader;
