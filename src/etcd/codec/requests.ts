import { type Bytes, leaseId, memberId, NO_BYTES } from "../../base/index.js";
import * as pb from "../../wire/gen/etcd-rpc.js";
import {
  type AlarmKind,
  type AlarmRequest,
  type CompactRequest,
  type Compare,
  type CompareResult,
  type CompareTarget,
  type DeleteRangeRequest,
  EtcdError,
  type LeaseGrantRequest,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type SortOrder,
  type SortTarget,
  type TxnRequest,
  type WatchCreateRequest,
  type WatchFilter,
} from "../api/index.js";

/** Protobuf requests into domain requests and back. Decoding happens twice in a request's life: at the gateway and at apply. */

const SORT_ORDERS: readonly SortOrder[] = ["none", "ascend", "descend"];
const SORT_TARGETS: readonly SortTarget[] = ["key", "version", "create", "mod", "value"];
const COMPARE_RESULTS: readonly CompareResult[] = ["equal", "greater", "less", "notEqual"];
const COMPARE_TARGETS = ["version", "create", "mod", "value", "lease"] as const;
const ALARMS: readonly AlarmKind[] = ["none", "nospace", "corrupt"];
const ALARM_ACTIONS = ["get", "activate", "deactivate"] as const;
const FILTERS: readonly WatchFilter[] = ["noPut", "noDelete"];

export function toRange(m: pb.RangeRequest): RangeRequest {
  const sortOrder = SORT_ORDERS[m.sortOrder];
  const sortTarget = SORT_TARGETS[m.sortTarget];
  if (m.key.length > 0 && (sortOrder === undefined || sortTarget === undefined)) throw new EtcdError("invalidSortOption");
  return {
    kind: "range",
    key: m.key,
    rangeEnd: m.rangeEnd,
    limit: m.limit,
    revision: m.revision,
    sortOrder: sortOrder ?? "none",
    sortTarget: sortTarget ?? "key",
    serializable: m.serializable,
    keysOnly: m.keysOnly,
    countOnly: m.countOnly,
    minModRevision: m.minModRevision,
    maxModRevision: m.maxModRevision,
    minCreateRevision: m.minCreateRevision,
    maxCreateRevision: m.maxCreateRevision,
  };
}
export function fromRange(r: RangeRequest): pb.RangeRequestInit {
  return {
    ...r,
    // Beyond 2^53 is "the future" here and must stay so on the wire, which has no infinity.
    revision: Math.min(r.revision, Number.MAX_SAFE_INTEGER),
    sortOrder: SORT_ORDERS.indexOf(r.sortOrder),
    sortTarget: SORT_TARGETS.indexOf(r.sortTarget),
  };
}

export const toPut = (m: pb.PutRequest): PutRequest => ({
  kind: "put",
  key: m.key,
  value: m.value,
  lease: leaseId(m.lease),
  prevKv: m.prevKv,
  ignoreValue: m.ignoreValue,
  ignoreLease: m.ignoreLease,
});
export const toDelete = (m: pb.DeleteRangeRequest): DeleteRangeRequest => ({
  kind: "deleteRange",
  key: m.key,
  rangeEnd: m.rangeEnd,
  prevKv: m.prevKv,
});

function toCompareTarget(m: pb.Compare): CompareTarget {
  const kind = COMPARE_TARGETS[m.target];
  switch (kind) {
    // A target without its own field compares with zero, as etcd does.
    case "version":
      return { kind, number: m.version ?? 0 };
    case "create":
      return { kind, number: m.createRevision ?? 0 };
    case "mod":
      return { kind, number: m.modRevision ?? 0 };
    case "value":
      return { kind, value: m.value ?? NO_BYTES };
    case "lease":
      return { kind, lease: leaseId(m.lease ?? 0n) };
    default:
      return { kind: "mismatch" };
  }
}
const toCompare = (m: pb.Compare): Compare => ({
  key: m.key,
  rangeEnd: m.rangeEnd,
  result: COMPARE_RESULTS[m.result] ?? "unknown",
  target: toCompareTarget(m),
});
/** One literal with every field, as in `fromOp`: each write of the API has such a compare, and objects of many shapes cost their encoder
 *  more than their bytes. */
function fromCompare(c: Compare): pb.CompareInit {
  const t = c.target;
  return {
    key: c.key,
    rangeEnd: c.rangeEnd,
    result: c.result === "unknown" ? COMPARE_RESULTS.length : COMPARE_RESULTS.indexOf(c.result),
    target: t.kind === "mismatch" ? COMPARE_TARGETS.length : COMPARE_TARGETS.indexOf(t.kind),
    version: t.kind === "version" ? t.number : undefined,
    createRevision: t.kind === "create" ? t.number : undefined,
    modRevision: t.kind === "mod" ? t.number : undefined,
    value: t.kind === "value" ? t.value : undefined,
    lease: t.kind === "lease" ? t.lease : undefined,
  };
}

function toOp(m: pb.RequestOp): RequestOp {
  if (m.requestPut !== undefined) return toPut(m.requestPut);
  if (m.requestRange !== undefined) return toRange(m.requestRange);
  if (m.requestDeleteRange !== undefined) return toDelete(m.requestDeleteRange);
  if (m.requestTxn !== undefined) return toTxn(m.requestTxn);
  return { kind: "empty" };
}
const fromOp = (op: RequestOp): pb.RequestOpInit => ({
  requestRange: op.kind === "range" ? fromRange(op) : undefined,
  requestPut: op.kind === "put" ? op : undefined,
  requestDeleteRange: op.kind === "deleteRange" ? op : undefined,
  requestTxn: op.kind === "txn" ? fromTxn(op) : undefined,
});
export const toTxn = (m: pb.TxnRequest): TxnRequest => ({
  kind: "txn",
  compare: m.compare.map(toCompare),
  success: m.success.map(toOp),
  failure: m.failure.map(toOp),
});
export const fromTxn = (r: TxnRequest): pb.TxnRequestInit => ({
  compare: r.compare.map(fromCompare),
  success: r.success.map(fromOp),
  failure: r.failure.map(fromOp),
});

export const toCompact = (m: pb.CompactionRequest): CompactRequest => ({
  kind: "compact",
  revision: m.revision,
  physical: m.physical,
});
export const toLeaseGrant = (m: pb.LeaseGrantRequest): LeaseGrantRequest => ({ id: leaseId(m.id), ttl: m.ttl });

export const toAlarmKind = (n: number): AlarmKind => ALARMS[n] ?? "none";
export const fromAlarmKind = (kind: AlarmKind): number => ALARMS.indexOf(kind);
export const toAlarm = (m: pb.AlarmRequest): AlarmRequest => ({
  action: ALARM_ACTIONS[m.action] ?? "get",
  memberId: memberId(m.memberId),
  alarm: toAlarmKind(m.alarm),
});
export const fromAlarm = (r: AlarmRequest): pb.AlarmRequestInit => ({
  action: ALARM_ACTIONS.indexOf(r.action),
  memberId: r.memberId,
  alarm: fromAlarmKind(r.alarm),
});

export const toWatchCreate = (m: pb.WatchCreateRequest): WatchCreateRequest => ({
  key: m.key,
  rangeEnd: m.rangeEnd,
  startRevision: m.startRevision,
  progressNotify: m.progressNotify,
  filters: m.filters.flatMap((f) => FILTERS[f] ?? []),
  prevKv: m.prevKv,
  watchId: m.watchId,
  fragment: m.fragment,
});
export const fromWatchCreate = (r: WatchCreateRequest): pb.WatchCreateRequestInit => ({
  ...r,
  filters: r.filters.map((f) => FILTERS.indexOf(f)),
});

/** The protobuf bytes of a request, for callers inside the process that have none from a client. */
export function encodeRequest(r: PutRequest | DeleteRangeRequest | TxnRequest | CompactRequest): Bytes {
  switch (r.kind) {
    case "put":
      return pb.PutRequest.bytes(r);
    case "deleteRange":
      return pb.DeleteRangeRequest.bytes(r);
    case "txn":
      return pb.TxnRequest.bytes(fromTxn(r));
    case "compact":
      return pb.CompactionRequest.bytes(r);
  }
}
