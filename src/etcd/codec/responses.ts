import { clusterId, leaseId, memberId, revision, term } from "../../base/index.js";
import type { KeyValueInit, KeyValue as PbKeyValue } from "../../wire/gen/etcd-kv.js";
import type * as pb from "../../wire/gen/etcd-rpc.js";
import type {
  DeleteRangeResult,
  HeaderWithoutRevision,
  KeyValue,
  Member,
  OpResult,
  PutResult,
  RangeResult,
  ResponseHeader,
  TxnResult,
  WatchEvent,
  WatchResponse,
} from "../api/index.js";

/** Domain answers into protobuf and back. */

export const fromHeader = (h: ResponseHeader | HeaderWithoutRevision): pb.ResponseHeaderInit => h;
export function toHeader(m: pb.ResponseHeader | undefined): ResponseHeader {
  return {
    clusterId: clusterId(m?.clusterId ?? 0n),
    memberId: memberId(m?.memberId ?? 0n),
    revision: revision(Math.max(0, m?.revision ?? 0)),
    raftTerm: term(m?.raftTerm ?? 0),
  };
}

export const toKeyValue = (m: PbKeyValue): KeyValue => ({
  key: m.key,
  createRevision: m.createRevision,
  modRevision: m.modRevision,
  version: m.version,
  value: m.value,
  lease: leaseId(m.lease),
});
const fromKeyValue = (kv: KeyValue): KeyValueInit => kv;

export const fromRangeResult = (r: RangeResult): pb.RangeResponseInit => ({
  kvs: r.kvs.map(fromKeyValue),
  more: r.more,
  count: r.count,
});
export const toRangeResult = (m: pb.RangeResponse): RangeResult => ({
  kind: "range",
  kvs: m.kvs.map(toKeyValue),
  more: m.more,
  count: m.count,
});
export const fromPutResult = (r: PutResult): pb.PutResponseInit => ({ prevKv: r.prevKv });
export const toPutResult = (m: pb.PutResponse): PutResult => ({
  kind: "put",
  prevKv: m.prevKv === undefined ? undefined : toKeyValue(m.prevKv),
});
export const fromDeleteResult = (r: DeleteRangeResult): pb.DeleteRangeResponseInit => ({
  deleted: r.deleted,
  prevKvs: r.prevKvs.map(fromKeyValue),
});
export const toDeleteResult = (m: pb.DeleteRangeResponse): DeleteRangeResult => ({
  kind: "deleteRange",
  deleted: m.deleted,
  prevKvs: m.prevKvs.map(toKeyValue),
});

/** Each answer inside a transaction carries a header with the revision alone, as etcd's does. */
function fromOpResult(r: OpResult, header: pb.ResponseHeaderInit): pb.ResponseOpInit {
  switch (r.kind) {
    case "range":
      return { responseRange: { ...fromRangeResult(r), header } };
    case "put":
      return { responsePut: { ...fromPutResult(r), header } };
    case "deleteRange":
      return { responseDeleteRange: { ...fromDeleteResult(r), header } };
    case "txn":
      return { responseTxn: { ...fromTxnResult(r, header), header } };
  }
}
function toOpResult(m: pb.ResponseOp): OpResult {
  if (m.responsePut !== undefined) return toPutResult(m.responsePut);
  if (m.responseDeleteRange !== undefined) return toDeleteResult(m.responseDeleteRange);
  if (m.responseTxn !== undefined) return toTxnResult(m.responseTxn);
  return toRangeResult(m.responseRange ?? { header: undefined, kvs: [], more: false, count: 0 });
}
export const fromTxnResult = (r: TxnResult, header: pb.ResponseHeaderInit): pb.TxnResponseInit => ({
  succeeded: r.succeeded,
  responses: r.responses.map((op) => fromOpResult(op, header)),
});
export const toTxnResult = (m: pb.TxnResponse): TxnResult => ({
  kind: "txn",
  succeeded: m.succeeded,
  responses: m.responses.map(toOpResult),
});

export const fromMember = (m: Member): pb.MemberInit => ({
  id: m.id,
  name: m.name,
  peerUrls: m.peerUrls,
  clientUrls: m.clientUrls,
  isLearner: m.isLearner,
});
export const toMember = (m: pb.Member): Member => ({
  id: memberId(m.id),
  name: m.name,
  peerUrls: m.peerUrls,
  clientUrls: m.clientUrls,
  isLearner: m.isLearner,
});

const fromEvent = (e: WatchEvent) => ({ type: e.type === "put" ? 0 : 1, kv: e.kv, prevKv: e.prevKv });
export const fromWatchResponse = (r: WatchResponse): pb.WatchResponseInit => ({
  ...r,
  events: r.events.map(fromEvent),
});
export function toWatchResponse(m: pb.WatchResponse): WatchResponse {
  const header = toHeader(m.header);
  return {
    header: header.revision === 0 ? { ...header, revision: 0 } : header,
    watchId: m.watchId,
    created: m.created,
    canceled: m.canceled,
    compactRevision: m.compactRevision,
    cancelReason: m.cancelReason,
    fragment: m.fragment,
    events: m.events.map((e) => ({
      type: e.type === 0 ? "put" : "delete",
      kv: toKeyValue(e.kv ?? EMPTY_KV),
      prevKv: e.prevKv === undefined ? undefined : toKeyValue(e.prevKv),
    })),
  };
}
const EMPTY_KV: PbKeyValue = {
  key: new Uint8Array(0),
  createRevision: 0,
  modRevision: 0,
  version: 0,
  value: new Uint8Array(0),
  lease: 0n,
};
