// Made by scripts/generate-codecs.mjs from proto/trimast/peer.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, readCounter, readSigned, readUint64, Writer, writeCounter, writeId } from "../protobuf.js";
import { MemberState, type MemberStateInit } from "./trimast-command.js";

export const RaftMessageKind = { NONE: 0, VOTE: 1, VOTE_ANSWER: 2, APPEND: 3, APPEND_ACCEPTED: 4, APPEND_REJECTED: 5, HEARTBEAT: 6, HEARTBEAT_ANSWER: 7, READ_INDEX: 8, READ_INDEX_ANSWER: 9, READ_INDEX_REFUSED: 10, PROPOSE: 11, TIMEOUT_NOW: 12 } as const;

export const CallKind = { NONE: 0, LEASE_RENEW: 1, LEASE_TIME_TO_LIVE: 2, HASH_KV: 3, PROMOTE: 4, MOVE_LEADER: 5 } as const;

export interface Frame {
  hello: Hello | undefined;
  batch: Batch | undefined;
  call: Call | undefined;
  answer: Answer | undefined;
  snapshot: SnapshotChunk | undefined;
  snapshotAnswer: SnapshotAnswer | undefined;
}
export interface FrameInit {
  readonly hello?: HelloInit | undefined;
  readonly batch?: BatchInit | undefined;
  readonly call?: CallInit | undefined;
  readonly answer?: AnswerInit | undefined;
  readonly snapshot?: SnapshotChunkInit | undefined;
  readonly snapshotAnswer?: SnapshotAnswerInit | undefined;
}
export const Frame = {
  encode(m: FrameInit, w: Writer = Writer.create()): Writer {
    if (m.hello !== undefined) Hello.encode(m.hello, w.uint32(10).fork()).ldelim();
    if (m.batch !== undefined) Batch.encode(m.batch, w.uint32(18).fork()).ldelim();
    if (m.call !== undefined) Call.encode(m.call, w.uint32(26).fork()).ldelim();
    if (m.answer !== undefined) Answer.encode(m.answer, w.uint32(34).fork()).ldelim();
    if (m.snapshot !== undefined) SnapshotChunk.encode(m.snapshot, w.uint32(42).fork()).ldelim();
    if (m.snapshotAnswer !== undefined) SnapshotAnswer.encode(m.snapshotAnswer, w.uint32(50).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): Frame {
    const m: Frame = { hello: undefined, batch: undefined, call: undefined, answer: undefined, snapshot: undefined, snapshotAnswer: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.hello = Hello.decode(r, r.uint32() + r.pos);
          break;
        case 18:
          m.batch = Batch.decode(r, r.uint32() + r.pos);
          break;
        case 26:
          m.call = Call.decode(r, r.uint32() + r.pos);
          break;
        case 34:
          m.answer = Answer.decode(r, r.uint32() + r.pos);
          break;
        case 42:
          m.snapshot = SnapshotChunk.decode(r, r.uint32() + r.pos);
          break;
        case 50:
          m.snapshotAnswer = SnapshotAnswer.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Frame runs past its end");
    return m;
  },
  bytes(m: FrameInit): Uint8Array {
    return Frame.encode(m).finish();
  },
  from(bytes: Uint8Array): Frame {
    return Frame.decode(Reader.create(bytes));
  },
};

export interface Hello {
  protocol: number;
  clusterId: bigint;
  memberId: bigint;
  toId: bigint;
  refused: string;
  speaks: number;
  peerUrls: readonly string[];
}
export interface HelloInit {
  readonly protocol?: number | undefined;
  readonly clusterId?: bigint | undefined;
  readonly memberId?: bigint | undefined;
  readonly toId?: bigint | undefined;
  readonly refused?: string | undefined;
  readonly speaks?: number | undefined;
  readonly peerUrls?: readonly string[] | undefined;
}
export const Hello = {
  encode(m: HelloInit, w: Writer = Writer.create()): Writer {
    if (m.protocol) w.uint32(8).uint32(m.protocol);
    if (m.clusterId) writeId(w.uint32(16), m.clusterId);
    if (m.memberId) writeId(w.uint32(24), m.memberId);
    if (m.toId) writeId(w.uint32(32), m.toId);
    if (m.refused) w.uint32(42).string(m.refused);
    if (m.speaks) w.uint32(48).uint32(m.speaks);
    if (m.peerUrls) for (const x of m.peerUrls) w.uint32(58).string(x);
    return w;
  },
  decode(r: Reader, end: number = r.len): Hello {
    const m: Hello = { protocol: 0, clusterId: 0n, memberId: 0n, toId: 0n, refused: "", speaks: 0, peerUrls: [] };
    const peerUrls: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.protocol = r.uint32();
          break;
        case 16:
          m.clusterId = readUint64(r);
          break;
        case 24:
          m.memberId = readUint64(r);
          break;
        case 32:
          m.toId = readUint64(r);
          break;
        case 42:
          m.refused = r.string();
          break;
        case 48:
          m.speaks = r.uint32();
          break;
        case 58:
          peerUrls.push(r.string());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Hello runs past its end");
    m.peerUrls = peerUrls;
    return m;
  },
  bytes(m: HelloInit): Uint8Array {
    return Hello.encode(m).finish();
  },
  from(bytes: Uint8Array): Hello {
    return Hello.decode(Reader.create(bytes));
  },
};

export interface Batch {
  message: readonly RaftMessage[];
}
export interface BatchInit {
  readonly message?: readonly RaftMessageInit[] | undefined;
}
export const Batch = {
  encode(m: BatchInit, w: Writer = Writer.create()): Writer {
    if (m.message) for (const x of m.message) RaftMessage.encode(x, w.uint32(10).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): Batch {
    const m: Batch = { message: [] };
    const message: RaftMessage[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          message.push(RaftMessage.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Batch runs past its end");
    m.message = message;
    return m;
  },
  bytes(m: BatchInit): Uint8Array {
    return Batch.encode(m).finish();
  },
  from(bytes: Uint8Array): Batch {
    return Batch.decode(Reader.create(bytes));
  },
};

export interface RaftMessage {
  kind: number;
  term: number;
  index: number;
  logTerm: number;
  commit: number;
  number: number;
  flags: number;
  hintIndex: number;
  hintTerm: number;
  entry: readonly Entry[];
  fromId: bigint;
  toId: bigint;
}
export interface RaftMessageInit {
  readonly kind?: number | undefined;
  readonly term?: number | undefined;
  readonly index?: number | undefined;
  readonly logTerm?: number | undefined;
  readonly commit?: number | undefined;
  readonly number?: number | undefined;
  readonly flags?: number | undefined;
  readonly hintIndex?: number | undefined;
  readonly hintTerm?: number | undefined;
  readonly entry?: readonly EntryInit[] | undefined;
  readonly fromId?: bigint | undefined;
  readonly toId?: bigint | undefined;
}
export const RaftMessage = {
  encode(m: RaftMessageInit, w: Writer = Writer.create()): Writer {
    if (m.kind) w.uint32(8).int32(m.kind);
    if (m.term) writeCounter(w.uint32(16), m.term);
    if (m.index) writeCounter(w.uint32(24), m.index);
    if (m.logTerm) writeCounter(w.uint32(32), m.logTerm);
    if (m.commit) writeCounter(w.uint32(40), m.commit);
    if (m.number) writeCounter(w.uint32(48), m.number);
    if (m.flags) w.uint32(56).uint32(m.flags);
    if (m.hintIndex) writeCounter(w.uint32(64), m.hintIndex);
    if (m.hintTerm) writeCounter(w.uint32(72), m.hintTerm);
    if (m.entry) for (const x of m.entry) Entry.encode(x, w.uint32(82).fork()).ldelim();
    if (m.fromId) writeId(w.uint32(88), m.fromId);
    if (m.toId) writeId(w.uint32(96), m.toId);
    return w;
  },
  decode(r: Reader, end: number = r.len): RaftMessage {
    const m: RaftMessage = { kind: 0, term: 0, index: 0, logTerm: 0, commit: 0, number: 0, flags: 0, hintIndex: 0, hintTerm: 0, entry: [], fromId: 0n, toId: 0n };
    const entry: Entry[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.kind = r.int32();
          break;
        case 16:
          m.term = readCounter(r);
          break;
        case 24:
          m.index = readCounter(r);
          break;
        case 32:
          m.logTerm = readCounter(r);
          break;
        case 40:
          m.commit = readCounter(r);
          break;
        case 48:
          m.number = readCounter(r);
          break;
        case 56:
          m.flags = r.uint32();
          break;
        case 64:
          m.hintIndex = readCounter(r);
          break;
        case 72:
          m.hintTerm = readCounter(r);
          break;
        case 82:
          entry.push(Entry.decode(r, r.uint32() + r.pos));
          break;
        case 88:
          m.fromId = readUint64(r);
          break;
        case 96:
          m.toId = readUint64(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("RaftMessage runs past its end");
    m.entry = entry;
    return m;
  },
  bytes(m: RaftMessageInit): Uint8Array {
    return RaftMessage.encode(m).finish();
  },
  from(bytes: Uint8Array): RaftMessage {
    return RaftMessage.decode(Reader.create(bytes));
  },
};

export interface Entry {
  term: number;
  index: number;
  kind: number;
  data: Bytes;
}
export interface EntryInit {
  readonly term?: number | undefined;
  readonly index?: number | undefined;
  readonly kind?: number | undefined;
  readonly data?: Bytes | undefined;
}
export const Entry = {
  encode(m: EntryInit, w: Writer = Writer.create()): Writer {
    if (m.term) writeCounter(w.uint32(8), m.term);
    if (m.index) writeCounter(w.uint32(16), m.index);
    if (m.kind) w.uint32(24).uint32(m.kind);
    if (m.data?.length) w.uint32(34).bytes(m.data);
    return w;
  },
  decode(r: Reader, end: number = r.len): Entry {
    const m: Entry = { term: 0, index: 0, kind: 0, data: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.term = readCounter(r);
          break;
        case 16:
          m.index = readCounter(r);
          break;
        case 24:
          m.kind = r.uint32();
          break;
        case 34:
          m.data = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Entry runs past its end");
    return m;
  },
  bytes(m: EntryInit): Uint8Array {
    return Entry.encode(m).finish();
  },
  from(bytes: Uint8Array): Entry {
    return Entry.decode(Reader.create(bytes));
  },
};

export interface Call {
  number: number;
  kind: number;
  id: bigint;
  revision: number;
}
export interface CallInit {
  readonly number?: number | undefined;
  readonly kind?: number | undefined;
  readonly id?: bigint | undefined;
  readonly revision?: number | undefined;
}
export const Call = {
  encode(m: CallInit, w: Writer = Writer.create()): Writer {
    if (m.number) writeCounter(w.uint32(8), m.number);
    if (m.kind) w.uint32(16).int32(m.kind);
    if (m.id) writeId(w.uint32(24), m.id);
    if (m.revision) writeCounter(w.uint32(32), m.revision);
    return w;
  },
  decode(r: Reader, end: number = r.len): Call {
    const m: Call = { number: 0, kind: 0, id: 0n, revision: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.number = readCounter(r);
          break;
        case 16:
          m.kind = r.int32();
          break;
        case 24:
          m.id = readUint64(r);
          break;
        case 32:
          m.revision = readCounter(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Call runs past its end");
    return m;
  },
  bytes(m: CallInit): Uint8Array {
    return Call.encode(m).finish();
  },
  from(bytes: Uint8Array): Call {
    return Call.decode(Reader.create(bytes));
  },
};

export interface Answer {
  number: number;
  error: string;
  ttl: number;
  grantedTtl: number;
  hash: number;
  compactRevision: number;
  revision: number;
}
export interface AnswerInit {
  readonly number?: number | undefined;
  readonly error?: string | undefined;
  readonly ttl?: number | undefined;
  readonly grantedTtl?: number | undefined;
  readonly hash?: number | undefined;
  readonly compactRevision?: number | undefined;
  readonly revision?: number | undefined;
}
export const Answer = {
  encode(m: AnswerInit, w: Writer = Writer.create()): Writer {
    if (m.number) writeCounter(w.uint32(8), m.number);
    if (m.error) w.uint32(18).string(m.error);
    if (m.ttl) writeCounter(w.uint32(24), m.ttl);
    if (m.grantedTtl) writeCounter(w.uint32(32), m.grantedTtl);
    if (m.hash) w.uint32(40).uint32(m.hash);
    if (m.compactRevision) writeCounter(w.uint32(48), m.compactRevision);
    if (m.revision) writeCounter(w.uint32(56), m.revision);
    return w;
  },
  decode(r: Reader, end: number = r.len): Answer {
    const m: Answer = { number: 0, error: "", ttl: 0, grantedTtl: 0, hash: 0, compactRevision: 0, revision: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.number = readCounter(r);
          break;
        case 18:
          m.error = r.string();
          break;
        case 24:
          m.ttl = readSigned(r);
          break;
        case 32:
          m.grantedTtl = readSigned(r);
          break;
        case 40:
          m.hash = r.uint32();
          break;
        case 48:
          m.compactRevision = readSigned(r);
          break;
        case 56:
          m.revision = readSigned(r);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Answer runs past its end");
    return m;
  },
  bytes(m: AnswerInit): Uint8Array {
    return Answer.encode(m).finish();
  },
  from(bytes: Uint8Array): Answer {
    return Answer.decode(Reader.create(bytes));
  },
};

export interface SnapshotChunk {
  stream: number;
  sequence: number;
  head: SnapshotHead | undefined;
  key: readonly Bytes[];
  value: readonly Bytes[];
  checksum: number;
  last: boolean;
  total: number;
}
export interface SnapshotChunkInit {
  readonly stream?: number | undefined;
  readonly sequence?: number | undefined;
  readonly head?: SnapshotHeadInit | undefined;
  readonly key?: readonly Bytes[] | undefined;
  readonly value?: readonly Bytes[] | undefined;
  readonly checksum?: number | undefined;
  readonly last?: boolean | undefined;
  readonly total?: number | undefined;
}
export const SnapshotChunk = {
  encode(m: SnapshotChunkInit, w: Writer = Writer.create()): Writer {
    if (m.stream) writeCounter(w.uint32(8), m.stream);
    if (m.sequence) writeCounter(w.uint32(16), m.sequence);
    if (m.head !== undefined) SnapshotHead.encode(m.head, w.uint32(26).fork()).ldelim();
    if (m.key) for (const x of m.key) w.uint32(34).bytes(x);
    if (m.value) for (const x of m.value) w.uint32(42).bytes(x);
    if (m.checksum) w.uint32(53).fixed32(m.checksum);
    if (m.last) w.uint32(56).bool(m.last);
    if (m.total) w.uint32(69).fixed32(m.total);
    return w;
  },
  decode(r: Reader, end: number = r.len): SnapshotChunk {
    const m: SnapshotChunk = { stream: 0, sequence: 0, head: undefined, key: [], value: [], checksum: 0, last: false, total: 0 };
    const key: Bytes[] = [];
    const value: Bytes[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.stream = readCounter(r);
          break;
        case 16:
          m.sequence = readCounter(r);
          break;
        case 26:
          m.head = SnapshotHead.decode(r, r.uint32() + r.pos);
          break;
        case 34:
          key.push(r.bytes());
          break;
        case 42:
          value.push(r.bytes());
          break;
        case 53:
          m.checksum = r.fixed32();
          break;
        case 56:
          m.last = r.bool();
          break;
        case 69:
          m.total = r.fixed32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("SnapshotChunk runs past its end");
    m.key = key;
    m.value = value;
    return m;
  },
  bytes(m: SnapshotChunkInit): Uint8Array {
    return SnapshotChunk.encode(m).finish();
  },
  from(bytes: Uint8Array): SnapshotChunk {
    return SnapshotChunk.decode(Reader.create(bytes));
  },
};

export interface SnapshotHead {
  index: number;
  term: number;
  state: MemberState | undefined;
}
export interface SnapshotHeadInit {
  readonly index?: number | undefined;
  readonly term?: number | undefined;
  readonly state?: MemberStateInit | undefined;
}
export const SnapshotHead = {
  encode(m: SnapshotHeadInit, w: Writer = Writer.create()): Writer {
    if (m.index) writeCounter(w.uint32(8), m.index);
    if (m.term) writeCounter(w.uint32(16), m.term);
    if (m.state !== undefined) MemberState.encode(m.state, w.uint32(26).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): SnapshotHead {
    const m: SnapshotHead = { index: 0, term: 0, state: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.index = readCounter(r);
          break;
        case 16:
          m.term = readCounter(r);
          break;
        case 26:
          m.state = MemberState.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("SnapshotHead runs past its end");
    return m;
  },
  bytes(m: SnapshotHeadInit): Uint8Array {
    return SnapshotHead.encode(m).finish();
  },
  from(bytes: Uint8Array): SnapshotHead {
    return SnapshotHead.decode(Reader.create(bytes));
  },
};

export interface SnapshotAnswer {
  stream: number;
  taken: number;
  done: boolean;
  refused: string;
}
export interface SnapshotAnswerInit {
  readonly stream?: number | undefined;
  readonly taken?: number | undefined;
  readonly done?: boolean | undefined;
  readonly refused?: string | undefined;
}
export const SnapshotAnswer = {
  encode(m: SnapshotAnswerInit, w: Writer = Writer.create()): Writer {
    if (m.stream) writeCounter(w.uint32(8), m.stream);
    if (m.taken) writeCounter(w.uint32(16), m.taken);
    if (m.done) w.uint32(24).bool(m.done);
    if (m.refused) w.uint32(34).string(m.refused);
    return w;
  },
  decode(r: Reader, end: number = r.len): SnapshotAnswer {
    const m: SnapshotAnswer = { stream: 0, taken: 0, done: false, refused: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.stream = readCounter(r);
          break;
        case 16:
          m.taken = readCounter(r);
          break;
        case 24:
          m.done = r.bool();
          break;
        case 34:
          m.refused = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("SnapshotAnswer runs past its end");
    return m;
  },
  bytes(m: SnapshotAnswerInit): Uint8Array {
    return SnapshotAnswer.encode(m).finish();
  },
  from(bytes: Uint8Array): SnapshotAnswer {
    return SnapshotAnswer.decode(Reader.create(bytes));
  },
};

export const PeerService = {
  stream: { path: "/trimast.peer.v1.Peer/Stream", request: Frame, response: Frame, requestStream: true, responseStream: true },
} as const;
