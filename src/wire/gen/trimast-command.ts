// Made by scripts/generate-codecs.mjs from proto/trimast/command.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, readCounter, readInt64, readUint64, Writer, writeCounter, writeId } from "../protobuf.js";

export const MembershipCommandKind = { NONE: 0, ADD_VOTER: 1, ADD_LEARNER: 2, PROMOTE: 3, REMOVE: 4, UPDATE: 5 } as const;

export interface Command {
  version: number;
  origin: number;
  sequence: number;
  user: string;
  authRevision: number;
  kind: number;
  body: Bytes;
}
export interface CommandInit {
  readonly version?: number | undefined;
  readonly origin?: number | undefined;
  readonly sequence?: number | undefined;
  readonly user?: string | undefined;
  readonly authRevision?: number | undefined;
  readonly kind?: number | undefined;
  readonly body?: Bytes | undefined;
}
export const Command = {
  encode(m: CommandInit, w: Writer = Writer.create()): Writer {
    if (m.version) w.uint32(8).uint32(m.version);
    if (m.origin) writeCounter(w.uint32(16), m.origin);
    if (m.sequence) writeCounter(w.uint32(24), m.sequence);
    if (m.user) w.uint32(34).string(m.user);
    if (m.authRevision) writeCounter(w.uint32(40), m.authRevision);
    if (m.kind) w.uint32(48).uint32(m.kind);
    if (m.body?.length) w.uint32(58).bytes(m.body);
    return w;
  },
  decode(r: Reader, end: number = r.len): Command {
    const m: Command = { version: 0, origin: 0, sequence: 0, user: "", authRevision: 0, kind: 0, body: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.version = r.uint32();
          break;
        case 16:
          m.origin = readCounter(r);
          break;
        case 24:
          m.sequence = readCounter(r);
          break;
        case 34:
          m.user = r.string();
          break;
        case 40:
          m.authRevision = readCounter(r);
          break;
        case 48:
          m.kind = r.uint32();
          break;
        case 58:
          m.body = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Command runs past its end");
    return m;
  },
  bytes(m: CommandInit): Uint8Array {
    return Command.encode(m).finish();
  },
  from(bytes: Uint8Array): Command {
    return Command.decode(Reader.create(bytes));
  },
};

export interface MembershipCommand {
  kind: number;
  member: MemberRecord | undefined;
}
export interface MembershipCommandInit {
  readonly kind?: number | undefined;
  readonly member?: MemberRecordInit | undefined;
}
export const MembershipCommand = {
  encode(m: MembershipCommandInit, w: Writer = Writer.create()): Writer {
    if (m.kind) w.uint32(8).int32(m.kind);
    if (m.member !== undefined) MemberRecord.encode(m.member, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MembershipCommand {
    const m: MembershipCommand = { kind: 0, member: undefined };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.kind = r.int32();
          break;
        case 18:
          m.member = MemberRecord.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MembershipCommand runs past its end");
    return m;
  },
  bytes(m: MembershipCommandInit): Uint8Array {
    return MembershipCommand.encode(m).finish();
  },
  from(bytes: Uint8Array): MembershipCommand {
    return MembershipCommand.decode(Reader.create(bytes));
  },
};

export interface MemberRecord {
  id: bigint;
  name: string;
  peerUrls: readonly string[];
  clientUrls: readonly string[];
  isLearner: boolean;
}
export interface MemberRecordInit {
  readonly id?: bigint | undefined;
  readonly name?: string | undefined;
  readonly peerUrls?: readonly string[] | undefined;
  readonly clientUrls?: readonly string[] | undefined;
  readonly isLearner?: boolean | undefined;
}
export const MemberRecord = {
  encode(m: MemberRecordInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.name) w.uint32(18).string(m.name);
    if (m.peerUrls) for (const x of m.peerUrls) w.uint32(26).string(x);
    if (m.clientUrls) for (const x of m.clientUrls) w.uint32(34).string(x);
    if (m.isLearner) w.uint32(40).bool(m.isLearner);
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberRecord {
    const m: MemberRecord = { id: 0n, name: "", peerUrls: [], clientUrls: [], isLearner: false };
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
    if (r.pos !== end) throw new RangeError("MemberRecord runs past its end");
    m.peerUrls = peerUrls;
    m.clientUrls = clientUrls;
    return m;
  },
  bytes(m: MemberRecordInit): Uint8Array {
    return MemberRecord.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberRecord {
    return MemberRecord.decode(Reader.create(bytes));
  },
};

export interface PublishCommand {
  id: bigint;
  name: string;
  clientUrls: readonly string[];
  speaks: number;
}
export interface PublishCommandInit {
  readonly id?: bigint | undefined;
  readonly name?: string | undefined;
  readonly clientUrls?: readonly string[] | undefined;
  readonly speaks?: number | undefined;
}
export const PublishCommand = {
  encode(m: PublishCommandInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.name) w.uint32(18).string(m.name);
    if (m.clientUrls) for (const x of m.clientUrls) w.uint32(26).string(x);
    if (m.speaks) w.uint32(32).uint32(m.speaks);
    return w;
  },
  decode(r: Reader, end: number = r.len): PublishCommand {
    const m: PublishCommand = { id: 0n, name: "", clientUrls: [], speaks: 0 };
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
          clientUrls.push(r.string());
          break;
        case 32:
          m.speaks = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("PublishCommand runs past its end");
    m.clientUrls = clientUrls;
    return m;
  },
  bytes(m: PublishCommandInit): Uint8Array {
    return PublishCommand.encode(m).finish();
  },
  from(bytes: Uint8Array): PublishCommand {
    return PublishCommand.decode(Reader.create(bytes));
  },
};

export interface ClusterVersionCommand {
  version: number;
}
export interface ClusterVersionCommandInit {
  readonly version?: number | undefined;
}
export const ClusterVersionCommand = {
  encode(m: ClusterVersionCommandInit, w: Writer = Writer.create()): Writer {
    if (m.version) w.uint32(8).uint32(m.version);
    return w;
  },
  decode(r: Reader, end: number = r.len): ClusterVersionCommand {
    const m: ClusterVersionCommand = { version: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.version = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("ClusterVersionCommand runs past its end");
    return m;
  },
  bytes(m: ClusterVersionCommandInit): Uint8Array {
    return ClusterVersionCommand.encode(m).finish();
  },
  from(bytes: Uint8Array): ClusterVersionCommand {
    return ClusterVersionCommand.decode(Reader.create(bytes));
  },
};

export interface LeaseCheckpointCommand {
  lease: readonly bigint[];
  remainingSeconds: readonly number[];
}
export interface LeaseCheckpointCommandInit {
  readonly lease?: readonly bigint[] | undefined;
  readonly remainingSeconds?: readonly number[] | undefined;
}
export const LeaseCheckpointCommand = {
  encode(m: LeaseCheckpointCommandInit, w: Writer = Writer.create()): Writer {
    if (m.lease?.length) {
      w.uint32(10).fork();
      for (const x of m.lease) writeId(w, x);
      w.ldelim();
    }
    if (m.remainingSeconds?.length) {
      w.uint32(18).fork();
      for (const x of m.remainingSeconds) writeCounter(w, x);
      w.ldelim();
    }
    return w;
  },
  decode(r: Reader, end: number = r.len): LeaseCheckpointCommand {
    const m: LeaseCheckpointCommand = { lease: [], remainingSeconds: [] };
    const lease: bigint[] = [];
    const remainingSeconds: number[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          lease.push(readInt64(r));
          break;
        case 10:
          for (const stop = r.uint32() + r.pos; r.pos < stop; ) lease.push(readInt64(r));
          break;
        case 16:
          remainingSeconds.push(readCounter(r));
          break;
        case 18:
          for (const stop = r.uint32() + r.pos; r.pos < stop; ) remainingSeconds.push(readCounter(r));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("LeaseCheckpointCommand runs past its end");
    m.lease = lease;
    m.remainingSeconds = remainingSeconds;
    return m;
  },
  bytes(m: LeaseCheckpointCommandInit): Uint8Array {
    return LeaseCheckpointCommand.encode(m).finish();
  },
  from(bytes: Uint8Array): LeaseCheckpointCommand {
    return LeaseCheckpointCommand.decode(Reader.create(bytes));
  },
};

export interface AuthenticateCommand {
  name: string;
  tokenPrefix: string;
}
export interface AuthenticateCommandInit {
  readonly name?: string | undefined;
  readonly tokenPrefix?: string | undefined;
}
export const AuthenticateCommand = {
  encode(m: AuthenticateCommandInit, w: Writer = Writer.create()): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.tokenPrefix) w.uint32(18).string(m.tokenPrefix);
    return w;
  },
  decode(r: Reader, end: number = r.len): AuthenticateCommand {
    const m: AuthenticateCommand = { name: "", tokenPrefix: "" };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.tokenPrefix = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("AuthenticateCommand runs past its end");
    return m;
  },
  bytes(m: AuthenticateCommandInit): Uint8Array {
    return AuthenticateCommand.encode(m).finish();
  },
  from(bytes: Uint8Array): AuthenticateCommand {
    return AuthenticateCommand.decode(Reader.create(bytes));
  },
};

export interface MemberState {
  clusterId: bigint;
  members: readonly MemberRecord[];
  removedId: readonly bigint[];
  clusterVersion: number;
  speaks: readonly SpeaksRecord[];
}
export interface MemberStateInit {
  readonly clusterId?: bigint | undefined;
  readonly members?: readonly MemberRecordInit[] | undefined;
  readonly removedId?: readonly bigint[] | undefined;
  readonly clusterVersion?: number | undefined;
  readonly speaks?: readonly SpeaksRecordInit[] | undefined;
}
export const MemberState = {
  encode(m: MemberStateInit, w: Writer = Writer.create()): Writer {
    if (m.clusterId) writeId(w.uint32(8), m.clusterId);
    if (m.members) for (const x of m.members) MemberRecord.encode(x, w.uint32(18).fork()).ldelim();
    if (m.removedId?.length) {
      w.uint32(26).fork();
      for (const x of m.removedId) writeId(w, x);
      w.ldelim();
    }
    if (m.clusterVersion) w.uint32(32).uint32(m.clusterVersion);
    if (m.speaks) for (const x of m.speaks) SpeaksRecord.encode(x, w.uint32(42).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): MemberState {
    const m: MemberState = { clusterId: 0n, members: [], removedId: [], clusterVersion: 0, speaks: [] };
    const members: MemberRecord[] = [];
    const removedId: bigint[] = [];
    const speaks: SpeaksRecord[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.clusterId = readUint64(r);
          break;
        case 18:
          members.push(MemberRecord.decode(r, r.uint32() + r.pos));
          break;
        case 24:
          removedId.push(readUint64(r));
          break;
        case 26:
          for (const stop = r.uint32() + r.pos; r.pos < stop; ) removedId.push(readUint64(r));
          break;
        case 32:
          m.clusterVersion = r.uint32();
          break;
        case 42:
          speaks.push(SpeaksRecord.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("MemberState runs past its end");
    m.members = members;
    m.removedId = removedId;
    m.speaks = speaks;
    return m;
  },
  bytes(m: MemberStateInit): Uint8Array {
    return MemberState.encode(m).finish();
  },
  from(bytes: Uint8Array): MemberState {
    return MemberState.decode(Reader.create(bytes));
  },
};

export interface SpeaksRecord {
  id: bigint;
  version: number;
}
export interface SpeaksRecordInit {
  readonly id?: bigint | undefined;
  readonly version?: number | undefined;
}
export const SpeaksRecord = {
  encode(m: SpeaksRecordInit, w: Writer = Writer.create()): Writer {
    if (m.id) writeId(w.uint32(8), m.id);
    if (m.version) w.uint32(16).uint32(m.version);
    return w;
  },
  decode(r: Reader, end: number = r.len): SpeaksRecord {
    const m: SpeaksRecord = { id: 0n, version: 0 };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.id = readUint64(r);
          break;
        case 16:
          m.version = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("SpeaksRecord runs past its end");
    return m;
  },
  bytes(m: SpeaksRecordInit): Uint8Array {
    return SpeaksRecord.encode(m).finish();
  },
  from(bytes: Uint8Array): SpeaksRecord {
    return SpeaksRecord.decode(Reader.create(bytes));
  },
};
