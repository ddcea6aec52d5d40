// Made by scripts/generate-codecs.mjs from proto/etcd/lock.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, readInt64, Writer, writeId } from "../protobuf.js";
import { ResponseHeader, type ResponseHeaderInit } from "./etcd-rpc.js";

export interface LockRequest {
  name: Bytes;
  lease: bigint;
}
export interface LockRequestInit {
  readonly name?: Bytes | undefined;
  readonly lease?: bigint | undefined;
}
export const LockRequest = {
  encode(m: LockRequestInit, w: Writer = Writer.create()): Writer {
    if (m.name?.length) w.uint32(10).bytes(m.name);
    if (m.lease) writeId(w.uint32(16), m.lease);
    return w;
  },
  decode(r: Reader, end: number = r.len): LockRequest {
    const m: LockRequest = { name: EMPTY, lease: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.bytes();
          break;
        case 16:
          m.lease = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LockRequest runs past its end");
    return m;
  },
  bytes(m: LockRequestInit): Uint8Array {
    return LockRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): LockRequest {
    return LockRequest.decode(Reader.create(bytes));
  },
};

export interface LockResponse {
  header: ResponseHeader | undefined;
  key: Bytes;
}
export interface LockResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
  readonly key?: Bytes | undefined;
}
export const LockResponse = {
  encode(m: LockResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    if (m.key?.length) w.uint32(18).bytes(m.key);
    return w;
  },
  decode(r: Reader, end: number = r.len): LockResponse {
    const m: LockResponse = { header: undefined, key: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.header = ResponseHeader.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.key = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LockResponse runs past its end");
    return m;
  },
  bytes(m: LockResponseInit): Uint8Array {
    return LockResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): LockResponse {
    return LockResponse.decode(Reader.create(bytes));
  },
};

export interface UnlockRequest {
  key: Bytes;
}
export interface UnlockRequestInit {
  readonly key?: Bytes | undefined;
}
export const UnlockRequest = {
  encode(m: UnlockRequestInit, w: Writer = Writer.create()): Writer {
    if (m.key?.length) w.uint32(10).bytes(m.key);
    return w;
  },
  decode(r: Reader, end: number = r.len): UnlockRequest {
    const m: UnlockRequest = { key: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("UnlockRequest runs past its end");
    return m;
  },
  bytes(m: UnlockRequestInit): Uint8Array {
    return UnlockRequest.encode(m).finish();
  },
  from(bytes: Uint8Array): UnlockRequest {
    return UnlockRequest.decode(Reader.create(bytes));
  },
};

export interface UnlockResponse {
  header: ResponseHeader | undefined;
}
export interface UnlockResponseInit {
  readonly header?: ResponseHeaderInit | undefined;
}
export const UnlockResponse = {
  encode(m: UnlockResponseInit, w: Writer = Writer.create()): Writer {
    if (m.header !== undefined) ResponseHeader.encode(m.header, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): UnlockResponse {
    const m: UnlockResponse = { header: undefined };
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
    if (r.pos !== end) throw new RangeError("UnlockResponse runs past its end");
    return m;
  },
  bytes(m: UnlockResponseInit): Uint8Array {
    return UnlockResponse.encode(m).finish();
  },
  from(bytes: Uint8Array): UnlockResponse {
    return UnlockResponse.decode(Reader.create(bytes));
  },
};

export const LockService = {
  lock: { path: "/v3lockpb.Lock/Lock", request: LockRequest, response: LockResponse, requestStream: false, responseStream: false },
  unlock: { path: "/v3lockpb.Lock/Unlock", request: UnlockRequest, response: UnlockResponse, requestStream: false, responseStream: false },
} as const;
