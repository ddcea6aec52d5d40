// Made by scripts/generate-codecs.mjs from proto/etcd/kv.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, readInt64, readSigned, Writer, writeCounter, writeId } from "../protobuf.js";

export const EventEventType = { PUT: 0, DELETE: 1 } as const;

export interface KeyValue {
  key: Bytes;
  createRevision: number;
  modRevision: number;
  version: number;
  value: Bytes;
  lease: bigint;
}
export interface KeyValueInit {
  readonly key?: Bytes | undefined;
  readonly createRevision?: number | undefined;
  readonly modRevision?: number | undefined;
  readonly version?: number | undefined;
  readonly value?: Bytes | undefined;
  readonly lease?: bigint | undefined;
}
export const KeyValue = {
  encode(m: KeyValueInit, w: Writer = Writer.create()): Writer {
    if (m.key?.length) w.uint32(10).bytes(m.key);
    if (m.createRevision) writeCounter(w.uint32(16), m.createRevision);
    if (m.modRevision) writeCounter(w.uint32(24), m.modRevision);
    if (m.version) writeCounter(w.uint32(32), m.version);
    if (m.value?.length) w.uint32(42).bytes(m.value);
    if (m.lease) writeId(w.uint32(48), m.lease);
    return w;
  },
  decode(r: Reader, end: number = r.len): KeyValue {
    const m: KeyValue = { key: EMPTY, createRevision: 0, modRevision: 0, version: 0, value: EMPTY, lease: 0n };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.key = r.bytes();
          break;
        case 16:
          m.createRevision = readSigned(r);
          break;
        case 24:
          m.modRevision = readSigned(r);
          break;
        case 32:
          m.version = readSigned(r);
          break;
        case 42:
          m.value = r.bytes();
          break;
        case 48:
          m.lease = readInt64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("KeyValue runs past its end");
    return m;
  },
  bytes(m: KeyValueInit): Uint8Array {
    return KeyValue.encode(m).finish();
  },
  from(bytes: Uint8Array): KeyValue {
    return KeyValue.decode(Reader.create(bytes));
  },
};

export interface Event {
  type: number;
  kv: KeyValue | undefined;
  prevKv: KeyValue | undefined;
}
export interface EventInit {
  readonly type?: number | undefined;
  readonly kv?: KeyValueInit | undefined;
  readonly prevKv?: KeyValueInit | undefined;
}
export const Event = {
  encode(m: EventInit, w: Writer = Writer.create()): Writer {
    if (m.type) w.uint32(8).int32(m.type);
    if (m.kv !== undefined) KeyValue.encode(m.kv, w.uint32(18).fork()).ldelim();
    if (m.prevKv !== undefined) KeyValue.encode(m.prevKv, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): Event {
    const m: Event = { type: 0, kv: undefined, prevKv: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.type = r.int32();
          break;
        case 18:
          m.kv = KeyValue.decode(r, r.uint32() + r.pos);
          break;
        case 26:
          m.prevKv = KeyValue.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Event runs past its end");
    return m;
  },
  bytes(m: EventInit): Uint8Array {
    return Event.encode(m).finish();
  },
  from(bytes: Uint8Array): Event {
    return Event.decode(Reader.create(bytes));
  },
};
