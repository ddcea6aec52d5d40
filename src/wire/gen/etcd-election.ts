// Made by scripts/generate-codecs.mjs from proto/etcd/election.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, readInt64, readSigned, Writer, writeCounter, writeId } from "../protobuf.js";
import { KeyValue, type KeyValueInit } from "./etcd-kv.js";
import { ResponseHeader, type ResponseHeaderInit } from "./etcd-rpc.js";

export interface CampaignRequest {
  name: Bytes;
  lease: bigint;
  value: Bytes;
}
export interface CampaignRequestInit {
  readonly name?: Bytes | undefined;
  readonly lease?: bigint | undefined;
  readonly value?: Bytes | undefined;
}
export const CampaignRequest = {
  encode(m: CampaignRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name?.length) w.uint32(10).bytes(m.name);
    if (m.lease) writeId(w.uint32(16), m.lease);
    if (m.value?.length) w.uint32(26).bytes(m.value);
    return w;
  },
  decode(r: Reader, end: number = r.len): CampaignRequest {
    const m: CampaignRequest = { name: EMPTY, lease: 0n, value: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.bytes();
          break;
        case 16:
          m.lease = readInt64(r);
          break;
        case 26:
          m.value = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("CampaignRequest runs past its end");
    return m;
  },
  bytes(m: CampaignRequestInit): Uint8Array {
    return CampaignRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): CampaignRequest {
    return CampaignRequest.decode(Reader.create(bytes));
  },
};

export interface CampaignResponse {
  header: ResponseHeader | undefined;
  leader: LeaderKey | undefined;
}
export interface CampaignResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly leader?: LeaderKeyInit | undefined;
}
export const CampaignResponse = {
  encode(m: CampaignResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.leader !== undefined) LeaderKey.encode(m.leader, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): CampaignResponse {
    const m: CampaignResponse = { header: undefined, leader: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.leader = LeaderKey.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("CampaignResponse runs past its end");
    return m;
  },
  bytes(m: CampaignResponseInit): Uint8Array {
    return CampaignResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): CampaignResponse {
    return CampaignResponse.decode(Reader.create(bytes));
  },
};

export interface LeaderKey {
  name: Bytes;
  key: Bytes;
  rev: number;
  lease: bigint;
}
export interface LeaderKeyInit {
  readonly name?: Bytes | undefined;
  readonly key?: Bytes | undefined;
  readonly rev?: number | undefined;
  readonly lease?: bigint | undefined;
}
export const LeaderKey = {
  encode(m: LeaderKeyInit, w: Writer = Writer.create()): Writer {
    if (m.name?.length) w.uint32(10).bytes(m.name);
    if (m.key?.length) w.uint32(18).bytes(m.key);
    if (m.rev) writeCounter(w.uint32(24), m.rev);
    if (m.lease) writeId(w.uint32(32), m.lease);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaderKey {
    const m: LeaderKey = { name: EMPTY, key: EMPTY, rev: 0, lease: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.bytes();
          break;
        case 18:
          m.key = r.bytes();
          break;
        case 24:
          m.rev = readSigned(r);
          break;
        case 32:
          m.lease = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaderKey runs past its end");
    return m;
  },
  bytes(m: LeaderKeyInit): Uint8Array {
    return LeaderKey.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaderKey {
    return LeaderKey.decode(Reader.create(bytes));
  },
};

export interface LeaderRequest {
  name: Bytes;
}
export interface LeaderRequestInit {
  readonly name?: Bytes | undefined;
}
export const LeaderRequest = {
  encode(m: LeaderRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name?.length) w.uint32(10).bytes(m.name);
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaderRequest {
    const m: LeaderRequest = { name: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaderRequest runs past its end");
    return m;
  },
  bytes(m: LeaderRequestInit): Uint8Array {
    return LeaderRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaderRequest {
    return LeaderRequest.decode(Reader.create(bytes));
  },
};

export interface LeaderResponse {
  header: ResponseHeader | undefined;
  kv: KeyValue | undefined;
}
export interface LeaderResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly kv?: KeyValueInit | undefined;
}
export const LeaderResponse = {
  encode(m: LeaderResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.kv !== undefined) KeyValue.encode(m.kv, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaderResponse {
    const m: LeaderResponse = { header: undefined, kv: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.kv = KeyValue.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaderResponse runs past its end");
    return m;
  },
  bytes(m: LeaderResponseInit): Uint8Array {
    return LeaderResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaderResponse {
    return LeaderResponse.decode(Reader.create(bytes));
  },
};

export interface ResignRequest {
  leader: LeaderKey | undefined;
}
export interface ResignRequestInit {
  readonly leader?: LeaderKeyInit | undefined;
}
export const ResignRequest = {
  encode(m: ResignRequestInit, w: Writer = Writer.create()): Writer {
    if (m.leader !== undefined) LeaderKey.encode(m.leader, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): ResignRequest {
    const m: ResignRequest = { leader: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.leader = LeaderKey.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ResignRequest runs past its end");
    return m;
  },
  bytes(m: ResignRequestInit): Uint8Array {
    return ResignRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): ResignRequest {
    return ResignRequest.decode(Reader.create(bytes));
  },
};

export interface ResignResponse {
  header: ResponseHeader | undefined;
}
export interface ResignResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const ResignResponse = {
  encode(m: ResignResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): ResignResponse {
    const m: ResignResponse = { header: undefined };
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
    if (r.pos !== end) throw new RangeError("ResignResponse runs past its end");
    return m;
  },
  bytes(m: ResignResponseInit): Uint8Array {
    return ResignResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ResignResponse {
    return ResignResponse.decode(Reader.create(bytes));
  },
};

export interface ProclaimRequest {
  leader: LeaderKey | undefined;
  value: Bytes;
}
export interface ProclaimRequestInit {
  readonly leader?: LeaderKeyInit | undefined;
  readonly value?: Bytes | undefined;
}
export const ProclaimRequest = {
  encode(m: ProclaimRequestInit, w: Writer = Writer.create()): Writer {
    if (m.leader !== undefined) LeaderKey.encode(m.leader, w.uint32(10).fork()).ldelim();
    if (m.value?.length) w.uint32(18).bytes(m.value);
    return w;
  },
  decode(r: Reader, end: number = r.len): ProclaimRequest {
    const m: ProclaimRequest = { leader: undefined, value: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.leader = LeaderKey.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.value = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ProclaimRequest runs past its end");
    return m;
  },
  bytes(m: ProclaimRequestInit): Uint8Array {
    return ProclaimRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): ProclaimRequest {
    return ProclaimRequest.decode(Reader.create(bytes));
  },
};

export interface ProclaimResponse {
  header: ResponseHeader | undefined;
}
export interface ProclaimResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const ProclaimResponse = {
  encode(m: ProclaimResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): ProclaimResponse {
    const m: ProclaimResponse = { header: undefined };
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
    if (r.pos !== end) throw new RangeError("ProclaimResponse runs past its end");
    return m;
  },
  bytes(m: ProclaimResponseInit): Uint8Array {
    return ProclaimResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): ProclaimResponse {
    return ProclaimResponse.decode(Reader.create(bytes));
  },
};

export const ElectionService = {
  campaign: { path: "/v3electionpb.Election/Campaign", request: CampaignRequest, response: CampaignResponse, requestStream: false, responseStream: false },
  proclaim: { path: "/v3electionpb.Election/Proclaim", request: ProclaimRequest, response: ProclaimResponse, requestStream: false, responseStream: false },
  leader: { path: "/v3electionpb.Election/Leader", request: LeaderRequest, response: LeaderResponse, requestStream: false, responseStream: false },
  observe: { path: "/v3electionpb.Election/Observe", request: LeaderRequest, response: LeaderResponse, requestStream: false, responseStream: true },
  resign: { path: "/v3electionpb.Election/Resign", request: ResignRequest, response: ResignResponse, requestStream: false, responseStream: false },
} as const;
