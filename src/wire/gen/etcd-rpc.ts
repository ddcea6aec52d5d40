// Made by scripts/generate-codecs.mjs from proto/etcd/rpc.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, readCounter, readInt64, readSigned, readUint64, Writer, writeCounter, writeId } from "../protobuf.js";
import { Permission, UserAddOptions, type PermissionInit, type UserAddOptionsInit } from "./etcd-auth.js";
import { Event, KeyValue, type EventInit, type KeyValueInit } from "./etcd-kv.js";

export const RangeRequestSortOrder = { NONE: 0, ASCEND: 1, DESCEND: 2 } as const;

export const RangeRequestSortTarget = { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 } as const;

export const CompareCompareResult = { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } as const;

export const CompareCompareTarget = { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } as const;

export const WatchCreateRequestFilterType = { NOPUT: 0, NODELETE: 1 } as const;

export const AlarmType = { NONE: 0, NOSPACE: 1, CORRUPT: 2 } as const;

export const AlarmRequestAlarmAction = { GET: 0, ACTIVATE: 1, DEACTIVATE: 2 } as const;

export const DowngradeRequestDowngradeAction = { VALIDATE: 0, ENABLE: 1, CANCEL: 2 } as const;

export interface ResponseHeader {
  clusterId: bigint;
  memberId: bigint;
  revision: number;
  raftTerm: number;
}
export interface ResponseHeaderInit {
  readonly clusterId?: bigint | undefined;
  readonly memberId?: bigint | undefined;
  readonly revision?: number | undefined;
  readonly raftTerm?: number | undefined;
}
export const ResponseHeader = {
  encode(m: ResponseHeaderInit, w: Writer = Writer.create()): Writer {
    if (m.clusterId) writeId(w.uint32(8), m.clusterId);
    if (m.memberId) writeId(w.uint32(16), m.memberId);
    if (m.revision) writeCounter(w.uint32(24), m.revision);
    if (m.raftTerm) writeCounter(w.uint32(32), m.raftTerm);
    return w;
  },
  decode(r: Reader, end: number = r.len): ResponseHeader {
    const m: ResponseHeader = { clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.clusterId = readUint64(r);
          break;
        case 16:
          m.memberId = readUint64(r);
          break;
        case 24:
          m.revision = readSigned(r);
          break;
        case 32:
          m.raftTerm = readCounter(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ResponseHeader runs past its end");
    return m;
  },
  bytes(m: ResponseHeaderInit): Uint8Array {
    return ResponseHeader.encode(m).finish();
  },
  from(bytes: Uint8Array): ResponseHeader {
    return ResponseHeader.decode(Reader.create(bytes));
  },
};

export interface RangeRequest {
  key: Bytes;
  rangeEnd: Bytes;
  limit: number;
  revision: number;
  sortOrder: number;
  sortTarget: number;
  serializable: boolean;
  keysOnly: boolean;
  countOnly: boolean;
  minModRevision: number;
  maxModRevision: number;
  minCreateRevision: number;
  maxCreateRevision: number;
}
export interface RangeRequestInit {
  readonly key?: Bytes | undefined;
  readonly rangeEnd?: Bytes | undefined;
  readonly limit?: number | undefined;
  readonly revision?: number | undefined;
  readonly sortOrder?: number | undefined;
  readonly sortTarget?: number | undefined;
  readonly serializable?: boolean | undefined;
  readonly keysOnly?: boolean | undefined;
  readonly countOnly?: boolean | undefined;
  readonly minModRevision?: number | undefined;
  readonly maxModRevision?: number | undefined;
  readonly minCreateRevision?: number | undefined;
  readonly maxCreateRevision?: number | undefined;
}
export const RangeRequest = {
  encode(m: RangeRequestInit, w: Writer = Writer.create()): Writer {
    if (m.key?.length) w.uint32(10).bytes(m.key);
    if (m.rangeEnd?.length) w.uint32(18).bytes(m.rangeEnd);
    if (m.limit) writeCounter(w.uint32(24), m.limit);
    if (m.revision) writeCounter(w.uint32(32), m.revision);
    if (m.sortOrder) w.uint32(40).int32(m.sortOrder);
    if (m.sortTarget) w.uint32(48).int32(m.sortTarget);
    if (m.serializable) w.uint32(56).bool(m.serializable);
    if (m.keysOnly) w.uint32(64).bool(m.keysOnly);
    if (m.countOnly) w.uint32(72).bool(m.countOnly);
    if (m.minModRevision) writeCounter(w.uint32(80), m.minModRevision);
    if (m.maxModRevision) writeCounter(w.uint32(88), m.maxModRevision);
    if (m.minCreateRevision) writeCounter(w.uint32(96), m.minCreateRevision);
    if (m.maxCreateRevision) writeCounter(w.uint32(104), m.maxCreateRevision);
    return w;
  },
  decode(r: Reader, end: number = r.len): RangeRequest {
    const m: RangeRequest = { key: EMPTY, rangeEnd: EMPTY, limit: 0, revision: 0, sortOrder: 0, sortTarget: 0, serializable: false, keysOnly: false, countOnly: false, minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.bytes();
          break;
        case 18:
          m.rangeEnd = r.bytes();
          break;
        case 24:
          m.limit = readSigned(r);
          break;
        case 32:
          m.revision = readSigned(r);
          break;
        case 40:
          m.sortOrder = r.int32();
          break;
        case 48:
          m.sortTarget = r.int32();
          break;
        case 56:
          m.serializable = r.bool();
          break;
        case 64:
          m.keysOnly = r.bool();
          break;
        case 72:
          m.countOnly = r.bool();
          break;
        case 80:
          m.minModRevision = readSigned(r);
          break;
        case 88:
          m.maxModRevision = readSigned(r);
          break;
        case 96:
          m.minCreateRevision = readSigned(r);
          break;
        case 104:
          m.maxCreateRevision = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("RangeRequest runs past its end");
    return m;
  },
  bytes(m: RangeRequestInit): Uint8Array {
    return RangeRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): RangeRequest {
    return RangeRequest.decode(Reader.create(bytes));
  },
};

export interface RangeResponse {
  header: ResponseHeader | undefined;
  kvs: readonly KeyValue[];
  more: boolean;
  count: number;
}
export interface RangeResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly kvs?: readonly KeyValueInit[] | undefined;
  readonly more?: boolean | undefined;
  readonly count?: number | undefined;
}
export const RangeResponse = {
  encode(m: RangeResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.kvs) for (const x of m.kvs) KeyValue.encode(x, w.uint32(18).fork()).ldelim();
    if (m.more) w.uint32(24).bool(m.more);
    if (m.count) writeCounter(w.uint32(32), m.count);
    return w;
  },
  decode(r: Reader, end: number = r.len): RangeResponse {
    const m: RangeResponse = { header: undefined, kvs: [], more: false, count: 0 };
    const kvs: KeyValue[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          kvs.push(KeyValue.decode(r, r.uint32() + r.pos));
          break;
        case 24:
          m.more = r.bool();
          break;
        case 32:
          m.count = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("RangeResponse runs past its end");
    m.kvs = kvs;
    return m;
  },
  bytes(m: RangeResponseInit): Uint8Array {
    return RangeResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): RangeResponse {
    return RangeResponse.decode(Reader.create(bytes));
  },
};

export interface PutRequest {
  key: Bytes;
  value: Bytes;
  lease: bigint;
  prevKv: boolean;
  ignoreValue: boolean;
  ignoreLease: boolean;
}
export interface PutRequestInit {
  readonly key?: Bytes | undefined;
  readonly value?: Bytes | undefined;
  readonly lease?: bigint | undefined;
  readonly prevKv?: boolean | undefined;
  readonly ignoreValue?: boolean | undefined;
  readonly ignoreLease?: boolean | undefined;
}
export const PutRequest = {
  encode(m: PutRequestInit, w: Writer = Writer.create()): Writer {
    if (m.key?.length) w.uint32(10).bytes(m.key);
    if (m.value?.length) w.uint32(18).bytes(m.value);
    if (m.lease) writeId(w.uint32(24), m.lease);
    if (m.prevKv) w.uint32(32).bool(m.prevKv);
    if (m.ignoreValue) w.uint32(40).bool(m.ignoreValue);
    if (m.ignoreLease) w.uint32(48).bool(m.ignoreLease);
    return w;
  },
  decode(r: Reader, end: number = r.len): PutRequest {
    const m: PutRequest = { key: EMPTY, value: EMPTY, lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.bytes();
          break;
        case 18:
          m.value = r.bytes();
          break;
        case 24:
          m.lease = readInt64(r);
          break;
        case 32:
          m.prevKv = r.bool();
          break;
        case 40:
          m.ignoreValue = r.bool();
          break;
        case 48:
          m.ignoreLease = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("PutRequest runs past its end");
    return m;
  },
  bytes(m: PutRequestInit): Uint8Array {
    return PutRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): PutRequest {
    return PutRequest.decode(Reader.create(bytes));
  },
};

export interface PutResponse {
  header: ResponseHeader | undefined;
  prevKv: KeyValue | undefined;
}
export interface PutResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly prevKv?: KeyValueInit | undefined;
}
export const PutResponse = {
  encode(m: PutResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.prevKv !== undefined) KeyValue.encode(m.prevKv, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): PutResponse {
    const m: PutResponse = { header: undefined, prevKv: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.prevKv = KeyValue.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("PutResponse runs past its end");
    return m;
  },
  bytes(m: PutResponseInit): Uint8Array {
    return PutResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): PutResponse {
    return PutResponse.decode(Reader.create(bytes));
  },
};

export interface DeleteRangeRequest {
  key: Bytes;
  rangeEnd: Bytes;
  prevKv: boolean;
}
export interface DeleteRangeRequestInit {
  readonly key?: Bytes | undefined;
  readonly rangeEnd?: Bytes | undefined;
  readonly prevKv?: boolean | undefined;
}
export const DeleteRangeRequest = {
  encode(m: DeleteRangeRequestInit, w: Writer = Writer.create()): Writer {
    if (m.key?.length) w.uint32(10).bytes(m.key);
    if (m.rangeEnd?.length) w.uint32(18).bytes(m.rangeEnd);
    if (m.prevKv) w.uint32(24).bool(m.prevKv);
    return w;
  },
  decode(r: Reader, end: number = r.len): DeleteRangeRequest {
    const m: DeleteRangeRequest = { key: EMPTY, rangeEnd: EMPTY, prevKv: false };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.bytes();
          break;
        case 18:
          m.rangeEnd = r.bytes();
          break;
        case 24:
          m.prevKv = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DeleteRangeRequest runs past its end");
    return m;
  },
  bytes(m: DeleteRangeRequestInit): Uint8Array {
    return DeleteRangeRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): DeleteRangeRequest {
    return DeleteRangeRequest.decode(Reader.create(bytes));
  },
};

export interface DeleteRangeResponse {
  header: ResponseHeader | undefined;
  deleted: number;
  prevKvs: readonly KeyValue[];
}
export interface DeleteRangeResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly deleted?: number | undefined;
  readonly prevKvs?: readonly KeyValueInit[] | undefined;
}
export const DeleteRangeResponse = {
  encode(m: DeleteRangeResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.deleted) writeCounter(w.uint32(16), m.deleted);
    if (m.prevKvs) for (const x of m.prevKvs) KeyValue.encode(x, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): DeleteRangeResponse {
    const m: DeleteRangeResponse = { header: undefined, deleted: 0, prevKvs: [] };
    const prevKvs: KeyValue[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.deleted = readSigned(r);
          break;
        case 26:
          prevKvs.push(KeyValue.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DeleteRangeResponse runs past its end");
    m.prevKvs = prevKvs;
    return m;
  },
  bytes(m: DeleteRangeResponseInit): Uint8Array {
    return DeleteRangeResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): DeleteRangeResponse {
    return DeleteRangeResponse.decode(Reader.create(bytes));
  },
};

export interface RequestOp {
  requestRange: RangeRequest | undefined;
  requestPut: PutRequest | undefined;
  requestDeleteRange: DeleteRangeRequest | undefined;
  requestTxn: TxnRequest | undefined;
}
export interface RequestOpInit {
  readonly requestRange?: RangeRequestInit | undefined;
  readonly requestPut?: PutRequestInit | undefined;
  readonly requestDeleteRange?: DeleteRangeRequestInit | undefined;
  readonly requestTxn?: TxnRequestInit | undefined;
}
export const RequestOp = {
  encode(m: RequestOpInit, w: Writer = Writer.create()): Writer {
    if (m.requestRange !== undefined) RangeRequest.encode(m.requestRange, w.uint32(10).fork()).ldelim();
    if (m.requestPut !== undefined) PutRequest.encode(m.requestPut, w.uint32(18).fork()).ldelim();
    if (m.requestDeleteRange !== undefined) DeleteRangeRequest.encode(m.requestDeleteRange, w.uint32(26).fork()).ldelim();
    if (m.requestTxn !== undefined) TxnRequest.encode(m.requestTxn, w.uint32(34).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): RequestOp {
    const m: RequestOp = { requestRange: undefined, requestPut: undefined, requestDeleteRange: undefined, requestTxn: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.requestRange = RangeRequest.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.requestPut = PutRequest.decode(r, r.uint32() + r.pos);
          break;
        case 26:
          m.requestDeleteRange = DeleteRangeRequest.decode(r, r.uint32() + r.pos);
          break;
        case 34:
          m.requestTxn = TxnRequest.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("RequestOp runs past its end");
    return m;
  },
  bytes(m: RequestOpInit): Uint8Array {
    return RequestOp.encode(m).finish();
  },
  from(bytes: Uint8Array): RequestOp {
    return RequestOp.decode(Reader.create(bytes));
  },
};

export interface ResponseOp {
  responseRange: RangeResponse | undefined;
  responsePut: PutResponse | undefined;
  responseDeleteRange: DeleteRangeResponse | undefined;
  responseTxn: TxnResponse | undefined;
}
export interface ResponseOpInit {
  readonly responseRange?: RangeResponseInit | undefined;
  readonly responsePut?: PutResponseInit | undefined;
  readonly responseDeleteRange?: DeleteRangeResponseInit | undefined;
  readonly responseTxn?: TxnResponseInit | undefined;
}
export const ResponseOp = {
  encode(m: ResponseOpInit, w: Writer = Writer.create()): Writer {
    if (m.responseRange !== undefined) RangeResponse.encode(m.responseRange, w.uint32(10).fork()).ldelim();
    if (m.responsePut !== undefined) PutResponse.encode(m.responsePut, w.uint32(18).fork()).ldelim();
    if (m.responseDeleteRange !== undefined) DeleteRangeResponse.encode(m.responseDeleteRange, w.uint32(26).fork()).ldelim();
    if (m.responseTxn !== undefined) TxnResponse.encode(m.responseTxn, w.uint32(34).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): ResponseOp {
    const m: ResponseOp = { responseRange: undefined, responsePut: undefined, responseDeleteRange: undefined, responseTxn: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.responseRange = RangeResponse.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.responsePut = PutResponse.decode(r, r.uint32() + r.pos);
          break;
        case 26:
          m.responseDeleteRange = DeleteRangeResponse.decode(r, r.uint32() + r.pos);
          break;
        case 34:
          m.responseTxn = TxnResponse.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ResponseOp runs past its end");
    return m;
  },
  bytes(m: ResponseOpInit): Uint8Array {
    return ResponseOp.encode(m).finish();
  },
  from(bytes: Uint8Array): ResponseOp {
    return ResponseOp.decode(Reader.create(bytes));
  },
};

export interface Compare {
  result: number;
  target: number;
  key: Bytes;
  version: number | undefined;
  createRevision: number | undefined;
  modRevision: number | undefined;
  value: Bytes | undefined;
  lease: bigint | undefined;
  rangeEnd: Bytes;
}
export interface CompareInit {
  readonly result?: number | undefined;
  readonly target?: number | undefined;
  readonly key?: Bytes | undefined;
  readonly version?: number | undefined;
  readonly createRevision?: number | undefined;
  readonly modRevision?: number | undefined;
  readonly value?: Bytes | undefined;
  readonly lease?: bigint | undefined;
  readonly rangeEnd?: Bytes | undefined;
}
export const Compare = {
  encode(m: CompareInit, w: Writer = Writer.create()): Writer {
    if (m.result) w.uint32(8).int32(m.result);
    if (m.target) w.uint32(16).int32(m.target);
    if (m.key?.length) w.uint32(26).bytes(m.key);
    if (m.version !== undefined) writeCounter(w.uint32(32), m.version);
    if (m.createRevision !== undefined) writeCounter(w.uint32(40), m.createRevision);
    if (m.modRevision !== undefined) writeCounter(w.uint32(48), m.modRevision);
    if (m.value !== undefined) w.uint32(58).bytes(m.value);
    if (m.lease !== undefined) writeId(w.uint32(64), m.lease);
    if (m.rangeEnd?.length) w.uint32(514).bytes(m.rangeEnd);
    return w;
  },
  decode(r: Reader, end: number = r.len): Compare {
    const m: Compare = { result: 0, target: 0, key: EMPTY, version: undefined, createRevision: undefined, modRevision: undefined, value: undefined, lease: undefined, rangeEnd: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.result = r.int32();
          break;
        case 16:
          m.target = r.int32();
          break;
        case 26:
          m.key = r.bytes();
          break;
        case 32:
          m.version = readSigned(r);
          break;
        case 40:
          m.createRevision = readSigned(r);
          break;
        case 48:
          m.modRevision = readSigned(r);
          break;
        case 58:
          m.value = r.bytes();
          break;
        case 64:
          m.lease = readInt64(r);
          break;
        case 514:
          m.rangeEnd = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Compare runs past its end");
    return m;
  },
  bytes(m: CompareInit): Uint8Array {
    return Compare.encode(m).finish();
  },
  from(bytes: Uint8Array): Compare {
    return Compare.decode(Reader.create(bytes));
  },
};

export interface TxnRequest {
  compare: readonly Compare[];
  success: readonly RequestOp[];
  failure: readonly RequestOp[];
}
export interface TxnRequestInit {
  readonly compare?: readonly CompareInit[] | undefined;
  readonly success?: readonly RequestOpInit[] | undefined;
  readonly failure?: readonly RequestOpInit[] | undefined;
}
export const TxnRequest = {
  encode(m: TxnRequestInit, w: Writer = Writer.create()): Writer {
    if (m.compare) for (const x of m.compare) Compare.encode(x, w.uint32(10).fork()).ldelim();
    if (m.success) for (const x of m.success) RequestOp.encode(x, w.uint32(18).fork()).ldelim();
    if (m.failure) for (const x of m.failure) RequestOp.encode(x, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): TxnRequest {
    const m: TxnRequest = { compare: [], success: [], failure: [] };
    const compare: Compare[] = [];
    const success: RequestOp[] = [];
    const failure: RequestOp[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          compare.push(Compare.decode(r, r.uint32() + r.pos));
          break;
        case 18:
          success.push(RequestOp.decode(r, r.uint32() + r.pos));
          break;
        case 26:
          failure.push(RequestOp.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("TxnRequest runs past its end");
    m.compare = compare;
    m.success = success;
    m.failure = failure;
    return m;
  },
  bytes(m: TxnRequestInit): Uint8Array {
    return TxnRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): TxnRequest {
    return TxnRequest.decode(Reader.create(bytes));
  },
};

export interface TxnResponse {
  header: ResponseHeader | undefined;
  succeeded: boolean;
  responses: readonly ResponseOp[];
}
export interface TxnResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly succeeded?: boolean | undefined;
  readonly responses?: readonly ResponseOpInit[] | undefined;
}
export const TxnResponse = {
  encode(m: TxnResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.succeeded) w.uint32(16).bool(m.succeeded);
    if (m.responses) for (const x of m.responses) ResponseOp.encode(x, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): TxnResponse {
    const m: TxnResponse = { header: undefined, succeeded: false, responses: [] };
    const responses: ResponseOp[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.succeeded = r.bool();
          break;
        case 26:
          responses.push(ResponseOp.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("TxnResponse runs past its end");
    m.responses = responses;
    return m;
  },
  bytes(m: TxnResponseInit): Uint8Array {
    return TxnResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): TxnResponse {
    return TxnResponse.decode(Reader.create(bytes));
  },
};

export interface CompactionRequest {
  revision: number;
  physical: boolean;
}
export interface CompactionRequestInit {
  readonly revision?: number | undefined;
  readonly physical?: boolean | undefined;
}
export const CompactionRequest = {
  encode(m: CompactionRequestInit, w: Writer = Writer.create()): Writer {
    if (m.revision) writeCounter(w.uint32(8), m.revision);
    if (m.physical) w.uint32(16).bool(m.physical);
    return w;
  },
  decode(r: Reader, end: number = r.len): CompactionRequest {
    const m: CompactionRequest = { revision: 0, physical: false };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.revision = readSigned(r);
          break;
        case 16:
          m.physical = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("CompactionRequest runs past its end");
    return m;
  },
  bytes(m: CompactionRequestInit): Uint8Array {
    return CompactionRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): CompactionRequest {
    return CompactionRequest.decode(Reader.create(bytes));
  },
};

export interface CompactionResponse {
  header: ResponseHeader | undefined;
}
export interface CompactionResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const CompactionResponse = {
  encode(m: CompactionResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): CompactionResponse {
    const m: CompactionResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("CompactionResponse runs past its end");
    return m;
  },
  bytes(m: CompactionResponseInit): Uint8Array {
    return CompactionResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): CompactionResponse {
    return CompactionResponse.decode(Reader.create(bytes));
  },
};

export interface HashRequest {
}
export interface HashRequestInit {
}
export const HashRequest = {
  encode(_m: HashRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): HashRequest {
    const m: HashRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("HashRequest runs past its end");
    return m;
  },
  bytes(m: HashRequestInit): Uint8Array {
    return HashRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): HashRequest {
    return HashRequest.decode(Reader.create(bytes));
  },
};

export interface HashKVRequest {
  revision: number;
}
export interface HashKVRequestInit {
  readonly revision?: number | undefined;
}
export const HashKVRequest = {
  encode(m: HashKVRequestInit, w: Writer = Writer.create()): Writer {
    if (m.revision) writeCounter(w.uint32(8), m.revision);
    return w;
  },
  decode(r: Reader, end: number = r.len): HashKVRequest {
    const m: HashKVRequest = { revision: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.revision = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("HashKVRequest runs past its end");
    return m;
  },
  bytes(m: HashKVRequestInit): Uint8Array {
    return HashKVRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): HashKVRequest {
    return HashKVRequest.decode(Reader.create(bytes));
  },
};

export interface HashKVResponse {
  header: ResponseHeader | undefined;
  hash: number;
  compactRevision: number;
  hashRevision: number;
}
export interface HashKVResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly hash?: number | undefined;
  readonly compactRevision?: number | undefined;
  readonly hashRevision?: number | undefined;
}
export const HashKVResponse = {
  encode(m: HashKVResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.hash) w.uint32(16).uint32(m.hash);
    if (m.compactRevision) writeCounter(w.uint32(24), m.compactRevision);
    if (m.hashRevision) writeCounter(w.uint32(32), m.hashRevision);
    return w;
  },
  decode(r: Reader, end: number = r.len): HashKVResponse {
    const m: HashKVResponse = { header: undefined, hash: 0, compactRevision: 0, hashRevision: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.hash = r.uint32();
          break;
        case 24:
          m.compactRevision = readSigned(r);
          break;
        case 32:
          m.hashRevision = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("HashKVResponse runs past its end");
    return m;
  },
  bytes(m: HashKVResponseInit): Uint8Array {
    return HashKVResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): HashKVResponse {
    return HashKVResponse.decode(Reader.create(bytes));
  },
};

export interface HashResponse {
  header: ResponseHeader | undefined;
  hash: number;
}
export interface HashResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly hash?: number | undefined;
}
export const HashResponse = {
  encode(m: HashResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.hash) w.uint32(16).uint32(m.hash);
    return w;
  },
  decode(r: Reader, end: number = r.len): HashResponse {
    const m: HashResponse = { header: undefined, hash: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.hash = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("HashResponse runs past its end");
    return m;
  },
  bytes(m: HashResponseInit): Uint8Array {
    return HashResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): HashResponse {
    return HashResponse.decode(Reader.create(bytes));
  },
};

export interface SnapshotRequest {
}
export interface SnapshotRequestInit {
}
export const SnapshotRequest = {
  encode(_m: SnapshotRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): SnapshotRequest {
    const m: SnapshotRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("SnapshotRequest runs past its end");
    return m;
  },
  bytes(m: SnapshotRequestInit): Uint8Array {
    return SnapshotRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): SnapshotRequest {
    return SnapshotRequest.decode(Reader.create(bytes));
  },
};

export interface SnapshotResponse {
  header: ResponseHeader | undefined;
  remainingBytes: number;
  blob: Bytes;
  version: string;
}
export interface SnapshotResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly remainingBytes?: number | undefined;
  readonly blob?: Bytes | undefined;
  readonly version?: string | undefined;
}
export const SnapshotResponse = {
  encode(m: SnapshotResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.remainingBytes) writeCounter(w.uint32(16), m.remainingBytes);
    if (m.blob?.length) w.uint32(26).bytes(m.blob);
    if (m.version) w.uint32(34).string(m.version);
    return w;
  },
  decode(r: Reader, end: number = r.len): SnapshotResponse {
    const m: SnapshotResponse = { header: undefined, remainingBytes: 0, blob: EMPTY, version: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.remainingBytes = readCounter(r);
          break;
        case 26:
          m.blob = r.bytes();
          break;
        case 34:
          m.version = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("SnapshotResponse runs past its end");
    return m;
  },
  bytes(m: SnapshotResponseInit): Uint8Array {
    return SnapshotResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): SnapshotResponse {
    return SnapshotResponse.decode(Reader.create(bytes));
  },
};

export interface WatchRequest {
  createRequest: WatchCreateRequest | undefined;
  cancelRequest: WatchCancelRequest | undefined;
  progressRequest: WatchProgressRequest | undefined;
}
export interface WatchRequestInit {
  readonly createRequest?: WatchCreateRequestInit | undefined;
  readonly cancelRequest?: WatchCancelRequestInit | undefined;
  readonly progressRequest?: WatchProgressRequestInit | undefined;
}
export const WatchRequest = {
  encode(m: WatchRequestInit, w: Writer = Writer.create()): Writer {
    if (m.createRequest !== undefined) WatchCreateRequest.encode(m.createRequest, w.uint32(10).fork()).ldelim();
    if (m.cancelRequest !== undefined) WatchCancelRequest.encode(m.cancelRequest, w.uint32(18).fork()).ldelim();
    if (m.progressRequest !== undefined) WatchProgressRequest.encode(m.progressRequest, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): WatchRequest {
    const m: WatchRequest = { createRequest: undefined, cancelRequest: undefined, progressRequest: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.createRequest = WatchCreateRequest.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.cancelRequest = WatchCancelRequest.decode(r, r.uint32() + r.pos);
          break;
        case 26:
          m.progressRequest = WatchProgressRequest.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("WatchRequest runs past its end");
    return m;
  },
  bytes(m: WatchRequestInit): Uint8Array {
    return WatchRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): WatchRequest {
    return WatchRequest.decode(Reader.create(bytes));
  },
};

export interface WatchCreateRequest {
  key: Bytes;
  rangeEnd: Bytes;
  startRevision: number;
  progressNotify: boolean;
  filters: readonly number[];
  prevKv: boolean;
  watchId: bigint;
  fragment: boolean;
}
export interface WatchCreateRequestInit {
  readonly key?: Bytes | undefined;
  readonly rangeEnd?: Bytes | undefined;
  readonly startRevision?: number | undefined;
  readonly progressNotify?: boolean | undefined;
  readonly filters?: readonly number[] | undefined;
  readonly prevKv?: boolean | undefined;
  readonly watchId?: bigint | undefined;
  readonly fragment?: boolean | undefined;
}
export const WatchCreateRequest = {
  encode(m: WatchCreateRequestInit, w: Writer = Writer.create()): Writer {
    if (m.key?.length) w.uint32(10).bytes(m.key);
    if (m.rangeEnd?.length) w.uint32(18).bytes(m.rangeEnd);
    if (m.startRevision) writeCounter(w.uint32(24), m.startRevision);
    if (m.progressNotify) w.uint32(32).bool(m.progressNotify);
    if (m.filters?.length) {
      w.uint32(42).fork();
      for (const x of m.filters) w.int32(x);
      w.ldelim();
    }
    if (m.prevKv) w.uint32(48).bool(m.prevKv);
    if (m.watchId) writeId(w.uint32(56), m.watchId);
    if (m.fragment) w.uint32(64).bool(m.fragment);
    return w;
  },
  decode(r: Reader, end: number = r.len): WatchCreateRequest {
    const m: WatchCreateRequest = { key: EMPTY, rangeEnd: EMPTY, startRevision: 0, progressNotify: false, filters: [], prevKv: false, watchId: 0n, fragment: false };
    const filters: number[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.bytes();
          break;
        case 18:
          m.rangeEnd = r.bytes();
          break;
        case 24:
          m.startRevision = readSigned(r);
          break;
        case 32:
          m.progressNotify = r.bool();
          break;
        case 40:
          filters.push(r.int32());
          break;
        case 42:
          for (const stop = r.uint32() + r.pos; r.pos < stop; ) filters.push(r.int32());
          break;
        case 48:
          m.prevKv = r.bool();
          break;
        case 56:
          m.watchId = readInt64(r);
          break;
        case 64:
          m.fragment = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("WatchCreateRequest runs past its end");
    m.filters = filters;
    return m;
  },
  bytes(m: WatchCreateRequestInit): Uint8Array {
    return WatchCreateRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): WatchCreateRequest {
    return WatchCreateRequest.decode(Reader.create(bytes));
  },
};

export interface WatchCancelRequest {
  watchId: bigint;
}
export interface WatchCancelRequestInit {
  readonly watchId?: bigint | undefined;
}
export const WatchCancelRequest = {
  encode(m: WatchCancelRequestInit, w: Writer = Writer.create()): Writer {
    if (m.watchId) writeId(w.uint32(8), m.watchId);
    return w;
  },
  decode(r: Reader, end: number = r.len): WatchCancelRequest {
    const m: WatchCancelRequest = { watchId: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.watchId = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("WatchCancelRequest runs past its end");
    return m;
  },
  bytes(m: WatchCancelRequestInit): Uint8Array {
    return WatchCancelRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): WatchCancelRequest {
    return WatchCancelRequest.decode(Reader.create(bytes));
  },
};

export interface WatchProgressRequest {
}
export interface WatchProgressRequestInit {
}
export const WatchProgressRequest = {
  encode(_m: WatchProgressRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): WatchProgressRequest {
    const m: WatchProgressRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("WatchProgressRequest runs past its end");
    return m;
  },
  bytes(m: WatchProgressRequestInit): Uint8Array {
    return WatchProgressRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): WatchProgressRequest {
    return WatchProgressRequest.decode(Reader.create(bytes));
  },
};

export interface WatchResponse {
  header: ResponseHeader | undefined;
  watchId: bigint;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  fragment: boolean;
  events: readonly Event[];
}
export interface WatchResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly watchId?: bigint | undefined;
  readonly created?: boolean | undefined;
  readonly canceled?: boolean | undefined;
  readonly compactRevision?: number | undefined;
  readonly cancelReason?: string | undefined;
  readonly fragment?: boolean | undefined;
  readonly events?: readonly EventInit[] | undefined;
}
export const WatchResponse = {
  encode(m: WatchResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.watchId) writeId(w.uint32(16), m.watchId);
    if (m.created) w.uint32(24).bool(m.created);
    if (m.canceled) w.uint32(32).bool(m.canceled);
    if (m.compactRevision) writeCounter(w.uint32(40), m.compactRevision);
    if (m.cancelReason) w.uint32(50).string(m.cancelReason);
    if (m.fragment) w.uint32(56).bool(m.fragment);
    if (m.events) for (const x of m.events) Event.encode(x, w.uint32(90).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): WatchResponse {
    const m: WatchResponse = { header: undefined, watchId: 0n, created: false, canceled: false, compactRevision: 0, cancelReason: "", fragment: false, events: [] };
    const events: Event[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.watchId = readInt64(r);
          break;
        case 24:
          m.created = r.bool();
          break;
        case 32:
          m.canceled = r.bool();
          break;
        case 40:
          m.compactRevision = readSigned(r);
          break;
        case 50:
          m.cancelReason = r.string();
          break;
        case 56:
          m.fragment = r.bool();
          break;
        case 90:
          events.push(Event.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("WatchResponse runs past its end");
    m.events = events;
    return m;
  },
  bytes(m: WatchResponseInit): Uint8Array {
    return WatchResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): WatchResponse {
    return WatchResponse.decode(Reader.create(bytes));
  },
};

export interface LeaseGrantRequest {
  ttl: number;
  id: bigint;
}
export interface LeaseGrantRequestInit {
  readonly ttl?: number | undefined;
  readonly id?: bigint | undefined;
}
export const LeaseGrantRequest = {
  encode(m: LeaseGrantRequestInit, w: Writer = Writer.create()): Writer {
    if (m.ttl) writeCounter(w.uint32(8), m.ttl);
    if (m.id) writeId(w.uint32(16), m.id);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseGrantRequest {
    const m: LeaseGrantRequest = { ttl: 0, id: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.ttl = readSigned(r);
          break;
        case 16:
          m.id = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseGrantRequest runs past its end");
    return m;
  },
  bytes(m: LeaseGrantRequestInit): Uint8Array {
    return LeaseGrantRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseGrantRequest {
    return LeaseGrantRequest.decode(Reader.create(bytes));
  },
};

export interface LeaseGrantResponse {
  header: ResponseHeader | undefined;
  id: bigint;
  ttl: number;
  error: string;
}
export interface LeaseGrantResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly id?: bigint | undefined;
  readonly ttl?: number | undefined;
  readonly error?: string | undefined;
}
export const LeaseGrantResponse = {
  encode(m: LeaseGrantResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.id) writeId(w.uint32(16), m.id);
    if (m.ttl) writeCounter(w.uint32(24), m.ttl);
    if (m.error) w.uint32(34).string(m.error);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseGrantResponse {
    const m: LeaseGrantResponse = { header: undefined, id: 0n, ttl: 0, error: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.id = readInt64(r);
          break;
        case 24:
          m.ttl = readSigned(r);
          break;
        case 34:
          m.error = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseGrantResponse runs past its end");
    return m;
  },
  bytes(m: LeaseGrantResponseInit): Uint8Array {
    return LeaseGrantResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseGrantResponse {
    return LeaseGrantResponse.decode(Reader.create(bytes));
  },
};

export interface LeaseRevokeRequest {
  id: bigint;
}
export interface LeaseRevokeRequestInit {
  readonly id?: bigint | undefined;
}
export const LeaseRevokeRequest = {
  encode(m: LeaseRevokeRequestInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseRevokeRequest {
    const m: LeaseRevokeRequest = { id: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseRevokeRequest runs past its end");
    return m;
  },
  bytes(m: LeaseRevokeRequestInit): Uint8Array {
    return LeaseRevokeRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseRevokeRequest {
    return LeaseRevokeRequest.decode(Reader.create(bytes));
  },
};

export interface LeaseRevokeResponse {
  header: ResponseHeader | undefined;
}
export interface LeaseRevokeResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const LeaseRevokeResponse = {
  encode(m: LeaseRevokeResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseRevokeResponse {
    const m: LeaseRevokeResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseRevokeResponse runs past its end");
    return m;
  },
  bytes(m: LeaseRevokeResponseInit): Uint8Array {
    return LeaseRevokeResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseRevokeResponse {
    return LeaseRevokeResponse.decode(Reader.create(bytes));
  },
};

export interface LeaseCheckpoint {
  id: bigint;
  remainingTtl: number;
}
export interface LeaseCheckpointInit {
  readonly id?: bigint | undefined;
  readonly remainingTtl?: number | undefined;
}
export const LeaseCheckpoint = {
  encode(m: LeaseCheckpointInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.remainingTtl) writeCounter(w.uint32(16), m.remainingTtl);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseCheckpoint {
    const m: LeaseCheckpoint = { id: 0n, remainingTtl: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readInt64(r);
          break;
        case 16:
          m.remainingTtl = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseCheckpoint runs past its end");
    return m;
  },
  bytes(m: LeaseCheckpointInit): Uint8Array {
    return LeaseCheckpoint.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseCheckpoint {
    return LeaseCheckpoint.decode(Reader.create(bytes));
  },
};

export interface LeaseCheckpointRequest {
  checkpoints: readonly LeaseCheckpoint[];
}
export interface LeaseCheckpointRequestInit {
  readonly checkpoints?: readonly LeaseCheckpointInit[] | undefined;
}
export const LeaseCheckpointRequest = {
  encode(m: LeaseCheckpointRequestInit, w: Writer = Writer.create()): Writer {
    if (m.checkpoints) for (const x of m.checkpoints) LeaseCheckpoint.encode(x, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseCheckpointRequest {
    const m: LeaseCheckpointRequest = { checkpoints: [] };
    const checkpoints: LeaseCheckpoint[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          checkpoints.push(LeaseCheckpoint.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseCheckpointRequest runs past its end");
    m.checkpoints = checkpoints;
    return m;
  },
  bytes(m: LeaseCheckpointRequestInit): Uint8Array {
    return LeaseCheckpointRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseCheckpointRequest {
    return LeaseCheckpointRequest.decode(Reader.create(bytes));
  },
};

export interface LeaseCheckpointResponse {
  header: ResponseHeader | undefined;
}
export interface LeaseCheckpointResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const LeaseCheckpointResponse = {
  encode(m: LeaseCheckpointResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseCheckpointResponse {
    const m: LeaseCheckpointResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseCheckpointResponse runs past its end");
    return m;
  },
  bytes(m: LeaseCheckpointResponseInit): Uint8Array {
    return LeaseCheckpointResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseCheckpointResponse {
    return LeaseCheckpointResponse.decode(Reader.create(bytes));
  },
};

export interface LeaseKeepAliveRequest {
  id: bigint;
}
export interface LeaseKeepAliveRequestInit {
  readonly id?: bigint | undefined;
}
export const LeaseKeepAliveRequest = {
  encode(m: LeaseKeepAliveRequestInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseKeepAliveRequest {
    const m: LeaseKeepAliveRequest = { id: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseKeepAliveRequest runs past its end");
    return m;
  },
  bytes(m: LeaseKeepAliveRequestInit): Uint8Array {
    return LeaseKeepAliveRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseKeepAliveRequest {
    return LeaseKeepAliveRequest.decode(Reader.create(bytes));
  },
};

export interface LeaseKeepAliveResponse {
  header: ResponseHeader | undefined;
  id: bigint;
  ttl: number;
}
export interface LeaseKeepAliveResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly id?: bigint | undefined;
  readonly ttl?: number | undefined;
}
export const LeaseKeepAliveResponse = {
  encode(m: LeaseKeepAliveResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.id) writeId(w.uint32(16), m.id);
    if (m.ttl) writeCounter(w.uint32(24), m.ttl);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseKeepAliveResponse {
    const m: LeaseKeepAliveResponse = { header: undefined, id: 0n, ttl: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.id = readInt64(r);
          break;
        case 24:
          m.ttl = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseKeepAliveResponse runs past its end");
    return m;
  },
  bytes(m: LeaseKeepAliveResponseInit): Uint8Array {
    return LeaseKeepAliveResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseKeepAliveResponse {
    return LeaseKeepAliveResponse.decode(Reader.create(bytes));
  },
};

export interface LeaseTimeToLiveRequest {
  id: bigint;
  keys: boolean;
}
export interface LeaseTimeToLiveRequestInit {
  readonly id?: bigint | undefined;
  readonly keys?: boolean | undefined;
}
export const LeaseTimeToLiveRequest = {
  encode(m: LeaseTimeToLiveRequestInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.keys) w.uint32(16).bool(m.keys);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseTimeToLiveRequest {
    const m: LeaseTimeToLiveRequest = { id: 0n, keys: false };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readInt64(r);
          break;
        case 16:
          m.keys = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseTimeToLiveRequest runs past its end");
    return m;
  },
  bytes(m: LeaseTimeToLiveRequestInit): Uint8Array {
    return LeaseTimeToLiveRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseTimeToLiveRequest {
    return LeaseTimeToLiveRequest.decode(Reader.create(bytes));
  },
};

export interface LeaseTimeToLiveResponse {
  header: ResponseHeader | undefined;
  id: bigint;
  ttl: number;
  grantedTtl: number;
  keys: readonly Bytes[];
}
export interface LeaseTimeToLiveResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly id?: bigint | undefined;
  readonly ttl?: number | undefined;
  readonly grantedTtl?: number | undefined;
  readonly keys?: readonly Bytes[] | undefined;
}
export const LeaseTimeToLiveResponse = {
  encode(m: LeaseTimeToLiveResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.id) writeId(w.uint32(16), m.id);
    if (m.ttl) writeCounter(w.uint32(24), m.ttl);
    if (m.grantedTtl) writeCounter(w.uint32(32), m.grantedTtl);
    if (m.keys) for (const x of m.keys) w.uint32(42).bytes(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseTimeToLiveResponse {
    const m: LeaseTimeToLiveResponse = { header: undefined, id: 0n, ttl: 0, grantedTtl: 0, keys: [] };
    const keys: Bytes[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.id = readInt64(r);
          break;
        case 24:
          m.ttl = readSigned(r);
          break;
        case 32:
          m.grantedTtl = readSigned(r);
          break;
        case 42:
          keys.push(r.bytes());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseTimeToLiveResponse runs past its end");
    m.keys = keys;
    return m;
  },
  bytes(m: LeaseTimeToLiveResponseInit): Uint8Array {
    return LeaseTimeToLiveResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseTimeToLiveResponse {
    return LeaseTimeToLiveResponse.decode(Reader.create(bytes));
  },
};

export interface LeaseLeasesRequest {
}
export interface LeaseLeasesRequestInit {
}
export const LeaseLeasesRequest = {
  encode(_m: LeaseLeasesRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseLeasesRequest {
    const m: LeaseLeasesRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseLeasesRequest runs past its end");
    return m;
  },
  bytes(m: LeaseLeasesRequestInit): Uint8Array {
    return LeaseLeasesRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseLeasesRequest {
    return LeaseLeasesRequest.decode(Reader.create(bytes));
  },
};

export interface LeaseStatus {
  id: bigint;
}
export interface LeaseStatusInit {
  readonly id?: bigint | undefined;
}
export const LeaseStatus = {
  encode(m: LeaseStatusInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseStatus {
    const m: LeaseStatus = { id: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseStatus runs past its end");
    return m;
  },
  bytes(m: LeaseStatusInit): Uint8Array {
    return LeaseStatus.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseStatus {
    return LeaseStatus.decode(Reader.create(bytes));
  },
};

export interface LeaseLeasesResponse {
  header: ResponseHeader | undefined;
  leases: readonly LeaseStatus[];
}
export interface LeaseLeasesResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly leases?: readonly LeaseStatusInit[] | undefined;
}
export const LeaseLeasesResponse = {
  encode(m: LeaseLeasesResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.leases) for (const x of m.leases) LeaseStatus.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseLeasesResponse {
    const m: LeaseLeasesResponse = { header: undefined, leases: [] };
    const leases: LeaseStatus[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          leases.push(LeaseStatus.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseLeasesResponse runs past its end");
    m.leases = leases;
    return m;
  },
  bytes(m: LeaseLeasesResponseInit): Uint8Array {
    return LeaseLeasesResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseLeasesResponse {
    return LeaseLeasesResponse.decode(Reader.create(bytes));
  },
};

export interface Member {
  id: bigint;
  name: string;
  peerUrls: readonly string[];
  clientUrls: readonly string[];
  isLearner: boolean;
}
export interface MemberInit {
  readonly id?: bigint | undefined;
  readonly name?: string | undefined;
  readonly peerUrls?: readonly string[] | undefined;
  readonly clientUrls?: readonly string[] | undefined;
  readonly isLearner?: boolean | undefined;
}
export const Member = {
  encode(m: MemberInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.name) w.uint32(18).string(m.name);
    if (m.peerUrls) for (const x of m.peerUrls) w.uint32(26).string(x);
    if (m.clientUrls) for (const x of m.clientUrls) w.uint32(34).string(x);
    if (m.isLearner) w.uint32(40).bool(m.isLearner);
    return w;
  },
  decode(r: Reader, end: number = r.len): Member {
    const m: Member = { id: 0n, name: "", peerUrls: [], clientUrls: [], isLearner: false };
    const peerUrls: string[] = [];
    const clientUrls: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readUint64(r);
          break;
        case 18:
          m.name = r.string();
          break;
        case 26:
          peerUrls.push(r.string());
          break;
        case 34:
          clientUrls.push(r.string());
          break;
        case 40:
          m.isLearner = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Member runs past its end");
    m.peerUrls = peerUrls;
    m.clientUrls = clientUrls;
    return m;
  },
  bytes(m: MemberInit): Uint8Array {
    return Member.encode(m).finish();
  },
  from(bytes: Uint8Array): Member {
    return Member.decode(Reader.create(bytes));
  },
};

export interface MemberAddRequest {
  peerUrls: readonly string[];
  isLearner: boolean;
}
export interface MemberAddRequestInit {
  readonly peerUrls?: readonly string[] | undefined;
  readonly isLearner?: boolean | undefined;
}
export const MemberAddRequest = {
  encode(m: MemberAddRequestInit, w: Writer = Writer.create()): Writer {
    if (m.peerUrls) for (const x of m.peerUrls) w.uint32(10).string(x);
    if (m.isLearner) w.uint32(16).bool(m.isLearner);
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberAddRequest {
    const m: MemberAddRequest = { peerUrls: [], isLearner: false };
    const peerUrls: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          peerUrls.push(r.string());
          break;
        case 16:
          m.isLearner = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberAddRequest runs past its end");
    m.peerUrls = peerUrls;
    return m;
  },
  bytes(m: MemberAddRequestInit): Uint8Array {
    return MemberAddRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberAddRequest {
    return MemberAddRequest.decode(Reader.create(bytes));
  },
};

export interface MemberAddResponse {
  header: ResponseHeader | undefined;
  member: Member | undefined;
  members: readonly Member[];
}
export interface MemberAddResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly member?: MemberInit | undefined;
  readonly members?: readonly MemberInit[] | undefined;
}
export const MemberAddResponse = {
  encode(m: MemberAddResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.member !== undefined) Member.encode(m.member, w.uint32(18).fork()).ldelim();
    if (m.members) for (const x of m.members) Member.encode(x, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberAddResponse {
    const m: MemberAddResponse = { header: undefined, member: undefined, members: [] };
    const members: Member[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.member = Member.decode(r, r.uint32() + r.pos);
          break;
        case 26:
          members.push(Member.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberAddResponse runs past its end");
    m.members = members;
    return m;
  },
  bytes(m: MemberAddResponseInit): Uint8Array {
    return MemberAddResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberAddResponse {
    return MemberAddResponse.decode(Reader.create(bytes));
  },
};

export interface MemberRemoveRequest {
  id: bigint;
}
export interface MemberRemoveRequestInit {
  readonly id?: bigint | undefined;
}
export const MemberRemoveRequest = {
  encode(m: MemberRemoveRequestInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberRemoveRequest {
    const m: MemberRemoveRequest = { id: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readUint64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberRemoveRequest runs past its end");
    return m;
  },
  bytes(m: MemberRemoveRequestInit): Uint8Array {
    return MemberRemoveRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberRemoveRequest {
    return MemberRemoveRequest.decode(Reader.create(bytes));
  },
};

export interface MemberRemoveResponse {
  header: ResponseHeader | undefined;
  members: readonly Member[];
}
export interface MemberRemoveResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly members?: readonly MemberInit[] | undefined;
}
export const MemberRemoveResponse = {
  encode(m: MemberRemoveResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.members) for (const x of m.members) Member.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberRemoveResponse {
    const m: MemberRemoveResponse = { header: undefined, members: [] };
    const members: Member[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          members.push(Member.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberRemoveResponse runs past its end");
    m.members = members;
    return m;
  },
  bytes(m: MemberRemoveResponseInit): Uint8Array {
    return MemberRemoveResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberRemoveResponse {
    return MemberRemoveResponse.decode(Reader.create(bytes));
  },
};

export interface MemberUpdateRequest {
  id: bigint;
  peerUrls: readonly string[];
}
export interface MemberUpdateRequestInit {
  readonly id?: bigint | undefined;
  readonly peerUrls?: readonly string[] | undefined;
}
export const MemberUpdateRequest = {
  encode(m: MemberUpdateRequestInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.peerUrls) for (const x of m.peerUrls) w.uint32(18).string(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberUpdateRequest {
    const m: MemberUpdateRequest = { id: 0n, peerUrls: [] };
    const peerUrls: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readUint64(r);
          break;
        case 18:
          peerUrls.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberUpdateRequest runs past its end");
    m.peerUrls = peerUrls;
    return m;
  },
  bytes(m: MemberUpdateRequestInit): Uint8Array {
    return MemberUpdateRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberUpdateRequest {
    return MemberUpdateRequest.decode(Reader.create(bytes));
  },
};

export interface MemberUpdateResponse {
  header: ResponseHeader | undefined;
  members: readonly Member[];
}
export interface MemberUpdateResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly members?: readonly MemberInit[] | undefined;
}
export const MemberUpdateResponse = {
  encode(m: MemberUpdateResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.members) for (const x of m.members) Member.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberUpdateResponse {
    const m: MemberUpdateResponse = { header: undefined, members: [] };
    const members: Member[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          members.push(Member.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberUpdateResponse runs past its end");
    m.members = members;
    return m;
  },
  bytes(m: MemberUpdateResponseInit): Uint8Array {
    return MemberUpdateResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberUpdateResponse {
    return MemberUpdateResponse.decode(Reader.create(bytes));
  },
};

export interface MemberListRequest {
  linearizable: boolean;
}
export interface MemberListRequestInit {
  readonly linearizable?: boolean | undefined;
}
export const MemberListRequest = {
  encode(m: MemberListRequestInit, w: Writer = Writer.create()): Writer {
    if (m.linearizable) w.uint32(8).bool(m.linearizable);
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberListRequest {
    const m: MemberListRequest = { linearizable: false };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.linearizable = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberListRequest runs past its end");
    return m;
  },
  bytes(m: MemberListRequestInit): Uint8Array {
    return MemberListRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberListRequest {
    return MemberListRequest.decode(Reader.create(bytes));
  },
};

export interface MemberListResponse {
  header: ResponseHeader | undefined;
  members: readonly Member[];
}
export interface MemberListResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly members?: readonly MemberInit[] | undefined;
}
export const MemberListResponse = {
  encode(m: MemberListResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.members) for (const x of m.members) Member.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberListResponse {
    const m: MemberListResponse = { header: undefined, members: [] };
    const members: Member[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          members.push(Member.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberListResponse runs past its end");
    m.members = members;
    return m;
  },
  bytes(m: MemberListResponseInit): Uint8Array {
    return MemberListResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberListResponse {
    return MemberListResponse.decode(Reader.create(bytes));
  },
};

export interface MemberPromoteRequest {
  id: bigint;
}
export interface MemberPromoteRequestInit {
  readonly id?: bigint | undefined;
}
export const MemberPromoteRequest = {
  encode(m: MemberPromoteRequestInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberPromoteRequest {
    const m: MemberPromoteRequest = { id: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readUint64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberPromoteRequest runs past its end");
    return m;
  },
  bytes(m: MemberPromoteRequestInit): Uint8Array {
    return MemberPromoteRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberPromoteRequest {
    return MemberPromoteRequest.decode(Reader.create(bytes));
  },
};

export interface MemberPromoteResponse {
  header: ResponseHeader | undefined;
  members: readonly Member[];
}
export interface MemberPromoteResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly members?: readonly MemberInit[] | undefined;
}
export const MemberPromoteResponse = {
  encode(m: MemberPromoteResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.members) for (const x of m.members) Member.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberPromoteResponse {
    const m: MemberPromoteResponse = { header: undefined, members: [] };
    const members: Member[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          members.push(Member.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberPromoteResponse runs past its end");
    m.members = members;
    return m;
  },
  bytes(m: MemberPromoteResponseInit): Uint8Array {
    return MemberPromoteResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberPromoteResponse {
    return MemberPromoteResponse.decode(Reader.create(bytes));
  },
};

export interface DefragmentRequest {
}
export interface DefragmentRequestInit {
}
export const DefragmentRequest = {
  encode(_m: DefragmentRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): DefragmentRequest {
    const m: DefragmentRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DefragmentRequest runs past its end");
    return m;
  },
  bytes(m: DefragmentRequestInit): Uint8Array {
    return DefragmentRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): DefragmentRequest {
    return DefragmentRequest.decode(Reader.create(bytes));
  },
};

export interface DefragmentResponse {
  header: ResponseHeader | undefined;
}
export interface DefragmentResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const DefragmentResponse = {
  encode(m: DefragmentResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): DefragmentResponse {
    const m: DefragmentResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DefragmentResponse runs past its end");
    return m;
  },
  bytes(m: DefragmentResponseInit): Uint8Array {
    return DefragmentResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): DefragmentResponse {
    return DefragmentResponse.decode(Reader.create(bytes));
  },
};

export interface MoveLeaderRequest {
  targetId: bigint;
}
export interface MoveLeaderRequestInit {
  readonly targetId?: bigint | undefined;
}
export const MoveLeaderRequest = {
  encode(m: MoveLeaderRequestInit, w: Writer = Writer.create()): Writer {
    if (m.targetId) writeId(w.uint32(8), m.targetId);
    return w;
  },
  decode(r: Reader, end: number = r.len): MoveLeaderRequest {
    const m: MoveLeaderRequest = { targetId: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.targetId = readUint64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MoveLeaderRequest runs past its end");
    return m;
  },
  bytes(m: MoveLeaderRequestInit): Uint8Array {
    return MoveLeaderRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): MoveLeaderRequest {
    return MoveLeaderRequest.decode(Reader.create(bytes));
  },
};

export interface MoveLeaderResponse {
  header: ResponseHeader | undefined;
}
export interface MoveLeaderResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const MoveLeaderResponse = {
  encode(m: MoveLeaderResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MoveLeaderResponse {
    const m: MoveLeaderResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MoveLeaderResponse runs past its end");
    return m;
  },
  bytes(m: MoveLeaderResponseInit): Uint8Array {
    return MoveLeaderResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): MoveLeaderResponse {
    return MoveLeaderResponse.decode(Reader.create(bytes));
  },
};

export interface AlarmRequest {
  action: number;
  memberId: bigint;
  alarm: number;
}
export interface AlarmRequestInit {
  readonly action?: number | undefined;
  readonly memberId?: bigint | undefined;
  readonly alarm?: number | undefined;
}
export const AlarmRequest = {
  encode(m: AlarmRequestInit, w: Writer = Writer.create()): Writer {
    if (m.action) w.uint32(8).int32(m.action);
    if (m.memberId) writeId(w.uint32(16), m.memberId);
    if (m.alarm) w.uint32(24).int32(m.alarm);
    return w;
  },
  decode(r: Reader, end: number = r.len): AlarmRequest {
    const m: AlarmRequest = { action: 0, memberId: 0n, alarm: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.action = r.int32();
          break;
        case 16:
          m.memberId = readUint64(r);
          break;
        case 24:
          m.alarm = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AlarmRequest runs past its end");
    return m;
  },
  bytes(m: AlarmRequestInit): Uint8Array {
    return AlarmRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AlarmRequest {
    return AlarmRequest.decode(Reader.create(bytes));
  },
};

export interface AlarmMember {
  memberId: bigint;
  alarm: number;
}
export interface AlarmMemberInit {
  readonly memberId?: bigint | undefined;
  readonly alarm?: number | undefined;
}
export const AlarmMember = {
  encode(m: AlarmMemberInit, w: Writer = Writer.create()): Writer {
    if (m.memberId) writeId(w.uint32(8), m.memberId);
    if (m.alarm) w.uint32(16).int32(m.alarm);
    return w;
  },
  decode(r: Reader, end: number = r.len): AlarmMember {
    const m: AlarmMember = { memberId: 0n, alarm: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.memberId = readUint64(r);
          break;
        case 16:
          m.alarm = r.int32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AlarmMember runs past its end");
    return m;
  },
  bytes(m: AlarmMemberInit): Uint8Array {
    return AlarmMember.encode(m).finish();
  },
  from(bytes: Uint8Array): AlarmMember {
    return AlarmMember.decode(Reader.create(bytes));
  },
};

export interface AlarmResponse {
  header: ResponseHeader | undefined;
  alarms: readonly AlarmMember[];
}
export interface AlarmResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly alarms?: readonly AlarmMemberInit[] | undefined;
}
export const AlarmResponse = {
  encode(m: AlarmResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.alarms) for (const x of m.alarms) AlarmMember.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AlarmResponse {
    const m: AlarmResponse = { header: undefined, alarms: [] };
    const alarms: AlarmMember[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          alarms.push(AlarmMember.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AlarmResponse runs past its end");
    m.alarms = alarms;
    return m;
  },
  bytes(m: AlarmResponseInit): Uint8Array {
    return AlarmResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AlarmResponse {
    return AlarmResponse.decode(Reader.create(bytes));
  },
};

export interface DowngradeRequest {
  action: number;
  version: string;
}
export interface DowngradeRequestInit {
  readonly action?: number | undefined;
  readonly version?: string | undefined;
}
export const DowngradeRequest = {
  encode(m: DowngradeRequestInit, w: Writer = Writer.create()): Writer {
    if (m.action) w.uint32(8).int32(m.action);
    if (m.version) w.uint32(18).string(m.version);
    return w;
  },
  decode(r: Reader, end: number = r.len): DowngradeRequest {
    const m: DowngradeRequest = { action: 0, version: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.action = r.int32();
          break;
        case 18:
          m.version = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DowngradeRequest runs past its end");
    return m;
  },
  bytes(m: DowngradeRequestInit): Uint8Array {
    return DowngradeRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): DowngradeRequest {
    return DowngradeRequest.decode(Reader.create(bytes));
  },
};

export interface DowngradeResponse {
  header: ResponseHeader | undefined;
  version: string;
}
export interface DowngradeResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly version?: string | undefined;
}
export const DowngradeResponse = {
  encode(m: DowngradeResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.version) w.uint32(18).string(m.version);
    return w;
  },
  decode(r: Reader, end: number = r.len): DowngradeResponse {
    const m: DowngradeResponse = { header: undefined, version: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.version = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DowngradeResponse runs past its end");
    return m;
  },
  bytes(m: DowngradeResponseInit): Uint8Array {
    return DowngradeResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): DowngradeResponse {
    return DowngradeResponse.decode(Reader.create(bytes));
  },
};

export interface DowngradeVersionTestRequest {
  ver: string;
}
export interface DowngradeVersionTestRequestInit {
  readonly ver?: string | undefined;
}
export const DowngradeVersionTestRequest = {
  encode(m: DowngradeVersionTestRequestInit, w: Writer = Writer.create()): Writer {
    if (m.ver) w.uint32(10).string(m.ver);
    return w;
  },
  decode(r: Reader, end: number = r.len): DowngradeVersionTestRequest {
    const m: DowngradeVersionTestRequest = { ver: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.ver = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DowngradeVersionTestRequest runs past its end");
    return m;
  },
  bytes(m: DowngradeVersionTestRequestInit): Uint8Array {
    return DowngradeVersionTestRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): DowngradeVersionTestRequest {
    return DowngradeVersionTestRequest.decode(Reader.create(bytes));
  },
};

export interface StatusRequest {
}
export interface StatusRequestInit {
}
export const StatusRequest = {
  encode(_m: StatusRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): StatusRequest {
    const m: StatusRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("StatusRequest runs past its end");
    return m;
  },
  bytes(m: StatusRequestInit): Uint8Array {
    return StatusRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): StatusRequest {
    return StatusRequest.decode(Reader.create(bytes));
  },
};

export interface StatusResponse {
  header: ResponseHeader | undefined;
  version: string;
  dbSize: number;
  leader: bigint;
  raftIndex: number;
  raftTerm: number;
  raftAppliedIndex: number;
  errors: readonly string[];
  dbSizeInUse: number;
  isLearner: boolean;
  storageVersion: string;
  dbSizeQuota: number;
  downgradeInfo: DowngradeInfo | undefined;
}
export interface StatusResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly version?: string | undefined;
  readonly dbSize?: number | undefined;
  readonly leader?: bigint | undefined;
  readonly raftIndex?: number | undefined;
  readonly raftTerm?: number | undefined;
  readonly raftAppliedIndex?: number | undefined;
  readonly errors?: readonly string[] | undefined;
  readonly dbSizeInUse?: number | undefined;
  readonly isLearner?: boolean | undefined;
  readonly storageVersion?: string | undefined;
  readonly dbSizeQuota?: number | undefined;
  readonly downgradeInfo?: DowngradeInfoInit | undefined;
}
export const StatusResponse = {
  encode(m: StatusResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.version) w.uint32(18).string(m.version);
    if (m.dbSize) writeCounter(w.uint32(24), m.dbSize);
    if (m.leader) writeId(w.uint32(32), m.leader);
    if (m.raftIndex) writeCounter(w.uint32(40), m.raftIndex);
    if (m.raftTerm) writeCounter(w.uint32(48), m.raftTerm);
    if (m.raftAppliedIndex) writeCounter(w.uint32(56), m.raftAppliedIndex);
    if (m.errors) for (const x of m.errors) w.uint32(66).string(x);
    if (m.dbSizeInUse) writeCounter(w.uint32(72), m.dbSizeInUse);
    if (m.isLearner) w.uint32(80).bool(m.isLearner);
    if (m.storageVersion) w.uint32(90).string(m.storageVersion);
    if (m.dbSizeQuota) writeCounter(w.uint32(96), m.dbSizeQuota);
    if (m.downgradeInfo !== undefined) DowngradeInfo.encode(m.downgradeInfo, w.uint32(106).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): StatusResponse {
    const m: StatusResponse = { header: undefined, version: "", dbSize: 0, leader: 0n, raftIndex: 0, raftTerm: 0, raftAppliedIndex: 0, errors: [], dbSizeInUse: 0, isLearner: false, storageVersion: "", dbSizeQuota: 0, downgradeInfo: undefined };
    const errors: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.version = r.string();
          break;
        case 24:
          m.dbSize = readSigned(r);
          break;
        case 32:
          m.leader = readUint64(r);
          break;
        case 40:
          m.raftIndex = readCounter(r);
          break;
        case 48:
          m.raftTerm = readCounter(r);
          break;
        case 56:
          m.raftAppliedIndex = readCounter(r);
          break;
        case 66:
          errors.push(r.string());
          break;
        case 72:
          m.dbSizeInUse = readSigned(r);
          break;
        case 80:
          m.isLearner = r.bool();
          break;
        case 90:
          m.storageVersion = r.string();
          break;
        case 96:
          m.dbSizeQuota = readSigned(r);
          break;
        case 106:
          m.downgradeInfo = DowngradeInfo.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("StatusResponse runs past its end");
    m.errors = errors;
    return m;
  },
  bytes(m: StatusResponseInit): Uint8Array {
    return StatusResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): StatusResponse {
    return StatusResponse.decode(Reader.create(bytes));
  },
};

export interface DowngradeInfo {
  enabled: boolean;
  targetVersion: string;
}
export interface DowngradeInfoInit {
  readonly enabled?: boolean | undefined;
  readonly targetVersion?: string | undefined;
}
export const DowngradeInfo = {
  encode(m: DowngradeInfoInit, w: Writer = Writer.create()): Writer {
    if (m.enabled) w.uint32(8).bool(m.enabled);
    if (m.targetVersion) w.uint32(18).string(m.targetVersion);
    return w;
  },
  decode(r: Reader, end: number = r.len): DowngradeInfo {
    const m: DowngradeInfo = { enabled: false, targetVersion: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.enabled = r.bool();
          break;
        case 18:
          m.targetVersion = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("DowngradeInfo runs past its end");
    return m;
  },
  bytes(m: DowngradeInfoInit): Uint8Array {
    return DowngradeInfo.encode(m).finish();
  },
  from(bytes: Uint8Array): DowngradeInfo {
    return DowngradeInfo.decode(Reader.create(bytes));
  },
};

export interface AuthEnableRequest {
}
export interface AuthEnableRequestInit {
}
export const AuthEnableRequest = {
  encode(_m: AuthEnableRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthEnableRequest {
    const m: AuthEnableRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthEnableRequest runs past its end");
    return m;
  },
  bytes(m: AuthEnableRequestInit): Uint8Array {
    return AuthEnableRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthEnableRequest {
    return AuthEnableRequest.decode(Reader.create(bytes));
  },
};

export interface AuthDisableRequest {
}
export interface AuthDisableRequestInit {
}
export const AuthDisableRequest = {
  encode(_m: AuthDisableRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthDisableRequest {
    const m: AuthDisableRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthDisableRequest runs past its end");
    return m;
  },
  bytes(m: AuthDisableRequestInit): Uint8Array {
    return AuthDisableRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthDisableRequest {
    return AuthDisableRequest.decode(Reader.create(bytes));
  },
};

export interface AuthStatusRequest {
}
export interface AuthStatusRequestInit {
}
export const AuthStatusRequest = {
  encode(_m: AuthStatusRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthStatusRequest {
    const m: AuthStatusRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthStatusRequest runs past its end");
    return m;
  },
  bytes(m: AuthStatusRequestInit): Uint8Array {
    return AuthStatusRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthStatusRequest {
    return AuthStatusRequest.decode(Reader.create(bytes));
  },
};

export interface AuthenticateRequest {
  name: string;
  password: string;
}
export interface AuthenticateRequestInit {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}
export const AuthenticateRequest = {
  encode(m: AuthenticateRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.password) w.uint32(18).string(m.password);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthenticateRequest {
    const m: AuthenticateRequest = { name: "", password: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.password = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthenticateRequest runs past its end");
    return m;
  },
  bytes(m: AuthenticateRequestInit): Uint8Array {
    return AuthenticateRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthenticateRequest {
    return AuthenticateRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserAddRequest {
  name: string;
  password: string;
  options: UserAddOptions | undefined;
  hashedPassword: string;
}
export interface AuthUserAddRequestInit {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly options?: UserAddOptionsInit | undefined;
  readonly hashedPassword?: string | undefined;
}
export const AuthUserAddRequest = {
  encode(m: AuthUserAddRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.password) w.uint32(18).string(m.password);
    if (m.options !== undefined) UserAddOptions.encode(m.options, w.uint32(26).fork()).ldelim();
    if (m.hashedPassword) w.uint32(34).string(m.hashedPassword);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserAddRequest {
    const m: AuthUserAddRequest = { name: "", password: "", options: undefined, hashedPassword: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.password = r.string();
          break;
        case 26:
          m.options = UserAddOptions.decode(r, r.uint32() + r.pos);
          break;
        case 34:
          m.hashedPassword = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserAddRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserAddRequestInit): Uint8Array {
    return AuthUserAddRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserAddRequest {
    return AuthUserAddRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserGetRequest {
  name: string;
}
export interface AuthUserGetRequestInit {
  readonly name?: string | undefined;
}
export const AuthUserGetRequest = {
  encode(m: AuthUserGetRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserGetRequest {
    const m: AuthUserGetRequest = { name: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserGetRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserGetRequestInit): Uint8Array {
    return AuthUserGetRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserGetRequest {
    return AuthUserGetRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserDeleteRequest {
  name: string;
}
export interface AuthUserDeleteRequestInit {
  readonly name?: string | undefined;
}
export const AuthUserDeleteRequest = {
  encode(m: AuthUserDeleteRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserDeleteRequest {
    const m: AuthUserDeleteRequest = { name: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserDeleteRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserDeleteRequestInit): Uint8Array {
    return AuthUserDeleteRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserDeleteRequest {
    return AuthUserDeleteRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserChangePasswordRequest {
  name: string;
  password: string;
  hashedPassword: string;
}
export interface AuthUserChangePasswordRequestInit {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly hashedPassword?: string | undefined;
}
export const AuthUserChangePasswordRequest = {
  encode(m: AuthUserChangePasswordRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.password) w.uint32(18).string(m.password);
    if (m.hashedPassword) w.uint32(26).string(m.hashedPassword);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserChangePasswordRequest {
    const m: AuthUserChangePasswordRequest = { name: "", password: "", hashedPassword: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.password = r.string();
          break;
        case 26:
          m.hashedPassword = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserChangePasswordRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserChangePasswordRequestInit): Uint8Array {
    return AuthUserChangePasswordRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserChangePasswordRequest {
    return AuthUserChangePasswordRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserGrantRoleRequest {
  user: string;
  role: string;
}
export interface AuthUserGrantRoleRequestInit {
  readonly user?: string | undefined;
  readonly role?: string | undefined;
}
export const AuthUserGrantRoleRequest = {
  encode(m: AuthUserGrantRoleRequestInit, w: Writer = Writer.create()): Writer {
    if (m.user) w.uint32(10).string(m.user);
    if (m.role) w.uint32(18).string(m.role);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserGrantRoleRequest {
    const m: AuthUserGrantRoleRequest = { user: "", role: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.user = r.string();
          break;
        case 18:
          m.role = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserGrantRoleRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserGrantRoleRequestInit): Uint8Array {
    return AuthUserGrantRoleRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserGrantRoleRequest {
    return AuthUserGrantRoleRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserRevokeRoleRequest {
  name: string;
  role: string;
}
export interface AuthUserRevokeRoleRequestInit {
  readonly name?: string | undefined;
  readonly role?: string | undefined;
}
export const AuthUserRevokeRoleRequest = {
  encode(m: AuthUserRevokeRoleRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.role) w.uint32(18).string(m.role);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserRevokeRoleRequest {
    const m: AuthUserRevokeRoleRequest = { name: "", role: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.role = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserRevokeRoleRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserRevokeRoleRequestInit): Uint8Array {
    return AuthUserRevokeRoleRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserRevokeRoleRequest {
    return AuthUserRevokeRoleRequest.decode(Reader.create(bytes));
  },
};

export interface AuthRoleAddRequest {
  name: string;
}
export interface AuthRoleAddRequestInit {
  readonly name?: string | undefined;
}
export const AuthRoleAddRequest = {
  encode(m: AuthRoleAddRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleAddRequest {
    const m: AuthRoleAddRequest = { name: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleAddRequest runs past its end");
    return m;
  },
  bytes(m: AuthRoleAddRequestInit): Uint8Array {
    return AuthRoleAddRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleAddRequest {
    return AuthRoleAddRequest.decode(Reader.create(bytes));
  },
};

export interface AuthRoleGetRequest {
  role: string;
}
export interface AuthRoleGetRequestInit {
  readonly role?: string | undefined;
}
export const AuthRoleGetRequest = {
  encode(m: AuthRoleGetRequestInit, w: Writer = Writer.create()): Writer {
    if (m.role) w.uint32(10).string(m.role);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleGetRequest {
    const m: AuthRoleGetRequest = { role: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.role = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleGetRequest runs past its end");
    return m;
  },
  bytes(m: AuthRoleGetRequestInit): Uint8Array {
    return AuthRoleGetRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleGetRequest {
    return AuthRoleGetRequest.decode(Reader.create(bytes));
  },
};

export interface AuthUserListRequest {
}
export interface AuthUserListRequestInit {
}
export const AuthUserListRequest = {
  encode(_m: AuthUserListRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserListRequest {
    const m: AuthUserListRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserListRequest runs past its end");
    return m;
  },
  bytes(m: AuthUserListRequestInit): Uint8Array {
    return AuthUserListRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserListRequest {
    return AuthUserListRequest.decode(Reader.create(bytes));
  },
};

export interface AuthRoleListRequest {
}
export interface AuthRoleListRequestInit {
}
export const AuthRoleListRequest = {
  encode(_m: AuthRoleListRequestInit, w: Writer = Writer.create()): Writer {
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleListRequest {
    const m: AuthRoleListRequest = {  };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleListRequest runs past its end");
    return m;
  },
  bytes(m: AuthRoleListRequestInit): Uint8Array {
    return AuthRoleListRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleListRequest {
    return AuthRoleListRequest.decode(Reader.create(bytes));
  },
};

export interface AuthRoleDeleteRequest {
  role: string;
}
export interface AuthRoleDeleteRequestInit {
  readonly role?: string | undefined;
}
export const AuthRoleDeleteRequest = {
  encode(m: AuthRoleDeleteRequestInit, w: Writer = Writer.create()): Writer {
    if (m.role) w.uint32(10).string(m.role);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleDeleteRequest {
    const m: AuthRoleDeleteRequest = { role: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.role = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleDeleteRequest runs past its end");
    return m;
  },
  bytes(m: AuthRoleDeleteRequestInit): Uint8Array {
    return AuthRoleDeleteRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleDeleteRequest {
    return AuthRoleDeleteRequest.decode(Reader.create(bytes));
  },
};

export interface AuthRoleGrantPermissionRequest {
  name: string;
  perm: Permission | undefined;
}
export interface AuthRoleGrantPermissionRequestInit {
  readonly name?: string | undefined;
  readonly perm?: PermissionInit | undefined;
}
export const AuthRoleGrantPermissionRequest = {
  encode(m: AuthRoleGrantPermissionRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.perm !== undefined) Permission.encode(m.perm, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleGrantPermissionRequest {
    const m: AuthRoleGrantPermissionRequest = { name: "", perm: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.perm = Permission.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleGrantPermissionRequest runs past its end");
    return m;
  },
  bytes(m: AuthRoleGrantPermissionRequestInit): Uint8Array {
    return AuthRoleGrantPermissionRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleGrantPermissionRequest {
    return AuthRoleGrantPermissionRequest.decode(Reader.create(bytes));
  },
};

export interface AuthRoleRevokePermissionRequest {
  role: string;
  key: Bytes;
  rangeEnd: Bytes;
}
export interface AuthRoleRevokePermissionRequestInit {
  readonly role?: string | undefined;
  readonly key?: Bytes | undefined;
  readonly rangeEnd?: Bytes | undefined;
}
export const AuthRoleRevokePermissionRequest = {
  encode(m: AuthRoleRevokePermissionRequestInit, w: Writer = Writer.create()): Writer {
    if (m.role) w.uint32(10).string(m.role);
    if (m.key?.length) w.uint32(18).bytes(m.key);
    if (m.rangeEnd?.length) w.uint32(26).bytes(m.rangeEnd);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleRevokePermissionRequest {
    const m: AuthRoleRevokePermissionRequest = { role: "", key: EMPTY, rangeEnd: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.role = r.string();
          break;
        case 18:
          m.key = r.bytes();
          break;
        case 26:
          m.rangeEnd = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleRevokePermissionRequest runs past its end");
    return m;
  },
  bytes(m: AuthRoleRevokePermissionRequestInit): Uint8Array {
    return AuthRoleRevokePermissionRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleRevokePermissionRequest {
    return AuthRoleRevokePermissionRequest.decode(Reader.create(bytes));
  },
};

export interface AuthEnableResponse {
  header: ResponseHeader | undefined;
}
export interface AuthEnableResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthEnableResponse = {
  encode(m: AuthEnableResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthEnableResponse {
    const m: AuthEnableResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthEnableResponse runs past its end");
    return m;
  },
  bytes(m: AuthEnableResponseInit): Uint8Array {
    return AuthEnableResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthEnableResponse {
    return AuthEnableResponse.decode(Reader.create(bytes));
  },
};

export interface AuthDisableResponse {
  header: ResponseHeader | undefined;
}
export interface AuthDisableResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthDisableResponse = {
  encode(m: AuthDisableResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthDisableResponse {
    const m: AuthDisableResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthDisableResponse runs past its end");
    return m;
  },
  bytes(m: AuthDisableResponseInit): Uint8Array {
    return AuthDisableResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthDisableResponse {
    return AuthDisableResponse.decode(Reader.create(bytes));
  },
};

export interface AuthStatusResponse {
  header: ResponseHeader | undefined;
  enabled: boolean;
  authRevision: number;
}
export interface AuthStatusResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly enabled?: boolean | undefined;
  readonly authRevision?: number | undefined;
}
export const AuthStatusResponse = {
  encode(m: AuthStatusResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.enabled) w.uint32(16).bool(m.enabled);
    if (m.authRevision) writeCounter(w.uint32(24), m.authRevision);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthStatusResponse {
    const m: AuthStatusResponse = { header: undefined, enabled: false, authRevision: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 16:
          m.enabled = r.bool();
          break;
        case 24:
          m.authRevision = readCounter(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthStatusResponse runs past its end");
    return m;
  },
  bytes(m: AuthStatusResponseInit): Uint8Array {
    return AuthStatusResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthStatusResponse {
    return AuthStatusResponse.decode(Reader.create(bytes));
  },
};

export interface AuthenticateResponse {
  header: ResponseHeader | undefined;
  token: string;
}
export interface AuthenticateResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly token?: string | undefined;
}
export const AuthenticateResponse = {
  encode(m: AuthenticateResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.token) w.uint32(18).string(m.token);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthenticateResponse {
    const m: AuthenticateResponse = { header: undefined, token: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.token = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthenticateResponse runs past its end");
    return m;
  },
  bytes(m: AuthenticateResponseInit): Uint8Array {
    return AuthenticateResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthenticateResponse {
    return AuthenticateResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserAddResponse {
  header: ResponseHeader | undefined;
}
export interface AuthUserAddResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthUserAddResponse = {
  encode(m: AuthUserAddResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserAddResponse {
    const m: AuthUserAddResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserAddResponse runs past its end");
    return m;
  },
  bytes(m: AuthUserAddResponseInit): Uint8Array {
    return AuthUserAddResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserAddResponse {
    return AuthUserAddResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserGetResponse {
  header: ResponseHeader | undefined;
  roles: readonly string[];
}
export interface AuthUserGetResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly roles?: readonly string[] | undefined;
}
export const AuthUserGetResponse = {
  encode(m: AuthUserGetResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.roles) for (const x of m.roles) w.uint32(18).string(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserGetResponse {
    const m: AuthUserGetResponse = { header: undefined, roles: [] };
    const roles: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          roles.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserGetResponse runs past its end");
    m.roles = roles;
    return m;
  },
  bytes(m: AuthUserGetResponseInit): Uint8Array {
    return AuthUserGetResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserGetResponse {
    return AuthUserGetResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserDeleteResponse {
  header: ResponseHeader | undefined;
}
export interface AuthUserDeleteResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthUserDeleteResponse = {
  encode(m: AuthUserDeleteResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserDeleteResponse {
    const m: AuthUserDeleteResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserDeleteResponse runs past its end");
    return m;
  },
  bytes(m: AuthUserDeleteResponseInit): Uint8Array {
    return AuthUserDeleteResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserDeleteResponse {
    return AuthUserDeleteResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserChangePasswordResponse {
  header: ResponseHeader | undefined;
}
export interface AuthUserChangePasswordResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthUserChangePasswordResponse = {
  encode(m: AuthUserChangePasswordResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserChangePasswordResponse {
    const m: AuthUserChangePasswordResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserChangePasswordResponse runs past its end");
    return m;
  },
  bytes(m: AuthUserChangePasswordResponseInit): Uint8Array {
    return AuthUserChangePasswordResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserChangePasswordResponse {
    return AuthUserChangePasswordResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserGrantRoleResponse {
  header: ResponseHeader | undefined;
}
export interface AuthUserGrantRoleResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthUserGrantRoleResponse = {
  encode(m: AuthUserGrantRoleResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserGrantRoleResponse {
    const m: AuthUserGrantRoleResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserGrantRoleResponse runs past its end");
    return m;
  },
  bytes(m: AuthUserGrantRoleResponseInit): Uint8Array {
    return AuthUserGrantRoleResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserGrantRoleResponse {
    return AuthUserGrantRoleResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserRevokeRoleResponse {
  header: ResponseHeader | undefined;
}
export interface AuthUserRevokeRoleResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthUserRevokeRoleResponse = {
  encode(m: AuthUserRevokeRoleResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserRevokeRoleResponse {
    const m: AuthUserRevokeRoleResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserRevokeRoleResponse runs past its end");
    return m;
  },
  bytes(m: AuthUserRevokeRoleResponseInit): Uint8Array {
    return AuthUserRevokeRoleResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserRevokeRoleResponse {
    return AuthUserRevokeRoleResponse.decode(Reader.create(bytes));
  },
};

export interface AuthRoleAddResponse {
  header: ResponseHeader | undefined;
}
export interface AuthRoleAddResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthRoleAddResponse = {
  encode(m: AuthRoleAddResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleAddResponse {
    const m: AuthRoleAddResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleAddResponse runs past its end");
    return m;
  },
  bytes(m: AuthRoleAddResponseInit): Uint8Array {
    return AuthRoleAddResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleAddResponse {
    return AuthRoleAddResponse.decode(Reader.create(bytes));
  },
};

export interface AuthRoleGetResponse {
  header: ResponseHeader | undefined;
  perm: readonly Permission[];
}
export interface AuthRoleGetResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly perm?: readonly PermissionInit[] | undefined;
}
export const AuthRoleGetResponse = {
  encode(m: AuthRoleGetResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.perm) for (const x of m.perm) Permission.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleGetResponse {
    const m: AuthRoleGetResponse = { header: undefined, perm: [] };
    const perm: Permission[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          perm.push(Permission.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleGetResponse runs past its end");
    m.perm = perm;
    return m;
  },
  bytes(m: AuthRoleGetResponseInit): Uint8Array {
    return AuthRoleGetResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleGetResponse {
    return AuthRoleGetResponse.decode(Reader.create(bytes));
  },
};

export interface AuthRoleListResponse {
  header: ResponseHeader | undefined;
  roles: readonly string[];
}
export interface AuthRoleListResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly roles?: readonly string[] | undefined;
}
export const AuthRoleListResponse = {
  encode(m: AuthRoleListResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.roles) for (const x of m.roles) w.uint32(18).string(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleListResponse {
    const m: AuthRoleListResponse = { header: undefined, roles: [] };
    const roles: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          roles.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleListResponse runs past its end");
    m.roles = roles;
    return m;
  },
  bytes(m: AuthRoleListResponseInit): Uint8Array {
    return AuthRoleListResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleListResponse {
    return AuthRoleListResponse.decode(Reader.create(bytes));
  },
};

export interface AuthUserListResponse {
  header: ResponseHeader | undefined;
  users: readonly string[];
}
export interface AuthUserListResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly users?: readonly string[] | undefined;
}
export const AuthUserListResponse = {
  encode(m: AuthUserListResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.users) for (const x of m.users) w.uint32(18).string(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthUserListResponse {
    const m: AuthUserListResponse = { header: undefined, users: [] };
    const users: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          users.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthUserListResponse runs past its end");
    m.users = users;
    return m;
  },
  bytes(m: AuthUserListResponseInit): Uint8Array {
    return AuthUserListResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthUserListResponse {
    return AuthUserListResponse.decode(Reader.create(bytes));
  },
};

export interface AuthRoleDeleteResponse {
  header: ResponseHeader | undefined;
}
export interface AuthRoleDeleteResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthRoleDeleteResponse = {
  encode(m: AuthRoleDeleteResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleDeleteResponse {
    const m: AuthRoleDeleteResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleDeleteResponse runs past its end");
    return m;
  },
  bytes(m: AuthRoleDeleteResponseInit): Uint8Array {
    return AuthRoleDeleteResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleDeleteResponse {
    return AuthRoleDeleteResponse.decode(Reader.create(bytes));
  },
};

export interface AuthRoleGrantPermissionResponse {
  header: ResponseHeader | undefined;
}
export interface AuthRoleGrantPermissionResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthRoleGrantPermissionResponse = {
  encode(m: AuthRoleGrantPermissionResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleGrantPermissionResponse {
    const m: AuthRoleGrantPermissionResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleGrantPermissionResponse runs past its end");
    return m;
  },
  bytes(m: AuthRoleGrantPermissionResponseInit): Uint8Array {
    return AuthRoleGrantPermissionResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleGrantPermissionResponse {
    return AuthRoleGrantPermissionResponse.decode(Reader.create(bytes));
  },
};

export interface AuthRoleRevokePermissionResponse {
  header: ResponseHeader | undefined;
}
export interface AuthRoleRevokePermissionResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const AuthRoleRevokePermissionResponse = {
  encode(m: AuthRoleRevokePermissionResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthRoleRevokePermissionResponse {
    const m: AuthRoleRevokePermissionResponse = { header: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthRoleRevokePermissionResponse runs past its end");
    return m;
  },
  bytes(m: AuthRoleRevokePermissionResponseInit): Uint8Array {
    return AuthRoleRevokePermissionResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthRoleRevokePermissionResponse {
    return AuthRoleRevokePermissionResponse.decode(Reader.create(bytes));
  },
};

export interface RangeStreamResponse {
  rangeResponse: RangeResponse | undefined;
}
export interface RangeStreamResponseInit {
  readonly rangeResponse?: RangeResponseInit | undefined;
}
export const RangeStreamResponse = {
  encode(m: RangeStreamResponseInit, w: Writer = Writer.create()): Writer {
    if (m.rangeResponse !== undefined) RangeResponse.encode(m.rangeResponse, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): RangeStreamResponse {
    const m: RangeStreamResponse = { rangeResponse: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.rangeResponse = RangeResponse.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("RangeStreamResponse runs past its end");
    return m;
  },
  bytes(m: RangeStreamResponseInit): Uint8Array {
    return RangeStreamResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): RangeStreamResponse {
    return RangeStreamResponse.decode(Reader.create(bytes));
  },
};

export const KVService = {
  range: { path: "/etcdserverpb.KV/Range", request: RangeRequest, response: RangeResponse, requestStream: false, responseStream: false },
  rangeStream: { path: "/etcdserverpb.KV/RangeStream", request: RangeRequest, response: RangeStreamResponse, requestStream: false, responseStream: true },
  put: { path: "/etcdserverpb.KV/Put", request: PutRequest, response: PutResponse, requestStream: false, responseStream: false },
  deleteRange: { path: "/etcdserverpb.KV/DeleteRange", request: DeleteRangeRequest, response: DeleteRangeResponse, requestStream: false, responseStream: false },
  txn: { path: "/etcdserverpb.KV/Txn", request: TxnRequest, response: TxnResponse, requestStream: false, responseStream: false },
  compact: { path: "/etcdserverpb.KV/Compact", request: CompactionRequest, response: CompactionResponse, requestStream: false, responseStream: false },
} as const;

export const WatchService = {
  watch: { path: "/etcdserverpb.Watch/Watch", request: WatchRequest, response: WatchResponse, requestStream: true, responseStream: true },
} as const;

export const LeaseService = {
  leaseGrant: { path: "/etcdserverpb.Lease/LeaseGrant", request: LeaseGrantRequest, response: LeaseGrantResponse, requestStream: false, responseStream: false },
  leaseRevoke: { path: "/etcdserverpb.Lease/LeaseRevoke", request: LeaseRevokeRequest, response: LeaseRevokeResponse, requestStream: false, responseStream: false },
  leaseKeepAlive: { path: "/etcdserverpb.Lease/LeaseKeepAlive", request: LeaseKeepAliveRequest, response: LeaseKeepAliveResponse, requestStream: true, responseStream: true },
  leaseTimeToLive: { path: "/etcdserverpb.Lease/LeaseTimeToLive", request: LeaseTimeToLiveRequest, response: LeaseTimeToLiveResponse, requestStream: false, responseStream: false },
  leaseLeases: { path: "/etcdserverpb.Lease/LeaseLeases", request: LeaseLeasesRequest, response: LeaseLeasesResponse, requestStream: false, responseStream: false },
} as const;

export const ClusterService = {
  memberAdd: { path: "/etcdserverpb.Cluster/MemberAdd", request: MemberAddRequest, response: MemberAddResponse, requestStream: false, responseStream: false },
  memberRemove: { path: "/etcdserverpb.Cluster/MemberRemove", request: MemberRemoveRequest, response: MemberRemoveResponse, requestStream: false, responseStream: false },
  memberUpdate: { path: "/etcdserverpb.Cluster/MemberUpdate", request: MemberUpdateRequest, response: MemberUpdateResponse, requestStream: false, responseStream: false },
  memberList: { path: "/etcdserverpb.Cluster/MemberList", request: MemberListRequest, response: MemberListResponse, requestStream: false, responseStream: false },
  memberPromote: { path: "/etcdserverpb.Cluster/MemberPromote", request: MemberPromoteRequest, response: MemberPromoteResponse, requestStream: false, responseStream: false },
} as const;

export const MaintenanceService = {
  alarm: { path: "/etcdserverpb.Maintenance/Alarm", request: AlarmRequest, response: AlarmResponse, requestStream: false, responseStream: false },
  status: { path: "/etcdserverpb.Maintenance/Status", request: StatusRequest, response: StatusResponse, requestStream: false, responseStream: false },
  defragment: { path: "/etcdserverpb.Maintenance/Defragment", request: DefragmentRequest, response: DefragmentResponse, requestStream: false, responseStream: false },
  hash: { path: "/etcdserverpb.Maintenance/Hash", request: HashRequest, response: HashResponse, requestStream: false, responseStream: false },
  hashKV: { path: "/etcdserverpb.Maintenance/HashKV", request: HashKVRequest, response: HashKVResponse, requestStream: false, responseStream: false },
  snapshot: { path: "/etcdserverpb.Maintenance/Snapshot", request: SnapshotRequest, response: SnapshotResponse, requestStream: false, responseStream: true },
  moveLeader: { path: "/etcdserverpb.Maintenance/MoveLeader", request: MoveLeaderRequest, response: MoveLeaderResponse, requestStream: false, responseStream: false },
  downgrade: { path: "/etcdserverpb.Maintenance/Downgrade", request: DowngradeRequest, response: DowngradeResponse, requestStream: false, responseStream: false },
} as const;

export const AuthService = {
  authEnable: { path: "/etcdserverpb.Auth/AuthEnable", request: AuthEnableRequest, response: AuthEnableResponse, requestStream: false, responseStream: false },
  authDisable: { path: "/etcdserverpb.Auth/AuthDisable", request: AuthDisableRequest, response: AuthDisableResponse, requestStream: false, responseStream: false },
  authStatus: { path: "/etcdserverpb.Auth/AuthStatus", request: AuthStatusRequest, response: AuthStatusResponse, requestStream: false, responseStream: false },
  authenticate: { path: "/etcdserverpb.Auth/Authenticate", request: AuthenticateRequest, response: AuthenticateResponse, requestStream: false, responseStream: false },
  userAdd: { path: "/etcdserverpb.Auth/UserAdd", request: AuthUserAddRequest, response: AuthUserAddResponse, requestStream: false, responseStream: false },
  userGet: { path: "/etcdserverpb.Auth/UserGet", request: AuthUserGetRequest, response: AuthUserGetResponse, requestStream: false, responseStream: false },
  userList: { path: "/etcdserverpb.Auth/UserList", request: AuthUserListRequest, response: AuthUserListResponse, requestStream: false, responseStream: false },
  userDelete: { path: "/etcdserverpb.Auth/UserDelete", request: AuthUserDeleteRequest, response: AuthUserDeleteResponse, requestStream: false, responseStream: false },
  userChangePassword: { path: "/etcdserverpb.Auth/UserChangePassword", request: AuthUserChangePasswordRequest, response: AuthUserChangePasswordResponse, requestStream: false, responseStream: false },
  userGrantRole: { path: "/etcdserverpb.Auth/UserGrantRole", request: AuthUserGrantRoleRequest, response: AuthUserGrantRoleResponse, requestStream: false, responseStream: false },
  userRevokeRole: { path: "/etcdserverpb.Auth/UserRevokeRole", request: AuthUserRevokeRoleRequest, response: AuthUserRevokeRoleResponse, requestStream: false, responseStream: false },
  roleAdd: { path: "/etcdserverpb.Auth/RoleAdd", request: AuthRoleAddRequest, response: AuthRoleAddResponse, requestStream: false, responseStream: false },
  roleGet: { path: "/etcdserverpb.Auth/RoleGet", request: AuthRoleGetRequest, response: AuthRoleGetResponse, requestStream: false, responseStream: false },
  roleList: { path: "/etcdserverpb.Auth/RoleList", request: AuthRoleListRequest, response: AuthRoleListResponse, requestStream: false, responseStream: false },
  roleDelete: { path: "/etcdserverpb.Auth/RoleDelete", request: AuthRoleDeleteRequest, response: AuthRoleDeleteResponse, requestStream: false, responseStream: false },
  roleGrantPermission: { path: "/etcdserverpb.Auth/RoleGrantPermission", request: AuthRoleGrantPermissionRequest, response: AuthRoleGrantPermissionResponse, requestStream: false, responseStream: false },
  roleRevokePermission: { path: "/etcdserverpb.Auth/RoleRevokePermission", request: AuthRoleRevokePermissionRequest, response: AuthRoleRevokePermissionResponse, requestStream: false, responseStream: false },
} as const;
