import { type Bytes, leaseId, NO_BYTES, utf8 } from "../../base/index.js";
import type { MvccCommand } from "../../mvcc/types.js";
import * as rpc from "../../wire/gen/etcd-rpc.js";
import * as log from "../../wire/gen/trimast-command.js";
import { bytesFieldSize, fieldSize, putBytesField, putField, Reader, readCounter } from "../../wire/index.js";
import type { CallContext } from "../api/index.js";
import type { AuthCommand } from "../auth/index.js";
import { encodeRequest, fromAlarmKind, toAlarm, toCompact, toDelete, toLeaseGrant, toPut, toTxn } from "../codec/index.js";
import { AUTH_COMMAND_KINDS, AUTH_DECODERS, authBodyOf } from "./auth-commands.js";
import { SPEAKS } from "./versions.js";

/** What the log can hold. The row's number is stored: never reuse one. */
export const COMMAND_KINDS = {
  put: 1,
  deleteRange: 2,
  txn: 3,
  compact: 4,
  leaseGrant: 5,
  leaseRevoke: 6,
  leaseCheckpoint: 7,
  alarm: 8,
  publish: 9,
  clusterVersion: 10,
  membership: 11,
  ...AUTH_COMMAND_KINDS,
} as const;

export type LogCommand =
  | MvccCommand
  | AuthCommand
  | { readonly kind: "publish"; readonly publish: log.PublishCommand }
  | { readonly kind: "clusterVersion"; readonly version: number }
  | { readonly kind: "membership"; readonly change: log.MembershipCommand };

export interface LoggedCommand {
  readonly version: number;
  readonly origin: number;
  readonly sequence: number;
  readonly user: string;
  readonly authRevision: number;
  readonly command: LogCommand;
}

function bodyOf(command: LogCommand, encoded: Bytes | undefined): Bytes {
  switch (command.kind) {
    case "put":
    case "deleteRange":
    case "txn":
    case "compact":
      return encoded ?? encodeRequest(command);
    case "leaseGrant":
      return rpc.LeaseGrantRequest.bytes({ id: command.id, ttl: command.ttl });
    case "leaseRevoke":
      return rpc.LeaseRevokeRequest.bytes({ id: command.id });
    case "leaseCheckpoint":
      return log.LeaseCheckpointCommand.bytes({
        lease: command.leases.map((l) => l.id),
        remainingSeconds: command.leases.map((l) => l.remainingTtl),
      });
    case "alarm":
      return rpc.AlarmRequest.bytes({
        action: command.action === "activate" ? 1 : 2,
        memberId: command.memberId,
        alarm: fromAlarmKind(command.alarm),
      });
    case "publish":
      return log.PublishCommand.bytes(command.publish);
    case "clusterVersion":
      return log.ClusterVersionCommand.bytes({ version: command.version });
    case "membership":
      return log.MembershipCommand.bytes(command.change);
    default:
      return authBodyOf(command);
  }
}

const FIELD = { version: 0x08, origin: 0x10, sequence: 0x18, user: 0x22, authRevision: 0x28, kind: 0x30, body: 0x3a } as const;

/** By hand, because every write passes here: the same bytes as the generated codec gives (a test compares). */
export function encodeCommand(
  command: LogCommand,
  id: { readonly origin: number; readonly sequence: number },
  context: CallContext,
): Bytes {
  const body = bodyOf(command, context.encoded);
  const user = context.user ? utf8(context.user) : NO_BYTES;
  const authRevision = context.authRevision ?? 0;
  const kind = COMMAND_KINDS[command.kind];
  const numbers = fieldSize(SPEAKS) + fieldSize(id.origin) + fieldSize(id.sequence) + fieldSize(authRevision) + fieldSize(kind);
  const out = Buffer.allocUnsafe(numbers + bytesFieldSize(user.length) + bytesFieldSize(body.length));
  let at = putField(out, 0, FIELD.version, SPEAKS);
  at = putField(out, at, FIELD.origin, id.origin);
  at = putField(out, at, FIELD.sequence, id.sequence);
  at = putBytesField(out, at, FIELD.user, user);
  at = putField(out, at, FIELD.authRevision, authRevision);
  at = putField(out, at, FIELD.kind, kind);
  putBytesField(out, at, FIELD.body, body);
  return out;
}

const DECODERS: Readonly<Record<number, (r: Reader) => LogCommand>> = {
  [COMMAND_KINDS.put]: (r) => toPut(rpc.PutRequest.decode(r)),
  [COMMAND_KINDS.deleteRange]: (r) => toDelete(rpc.DeleteRangeRequest.decode(r)),
  [COMMAND_KINDS.txn]: (r) => toTxn(rpc.TxnRequest.decode(r)),
  [COMMAND_KINDS.compact]: (r) => toCompact(rpc.CompactionRequest.decode(r)),
  [COMMAND_KINDS.leaseGrant]: (r) => ({ kind: "leaseGrant", ...toLeaseGrant(rpc.LeaseGrantRequest.decode(r)) }),
  [COMMAND_KINDS.leaseRevoke]: (r) => ({ kind: "leaseRevoke", id: leaseId(rpc.LeaseRevokeRequest.decode(r).id) }),
  [COMMAND_KINDS.leaseCheckpoint]: (r) => {
    const m = log.LeaseCheckpointCommand.decode(r);
    return { kind: "leaseCheckpoint", leases: m.lease.map((id, i) => ({ id: leaseId(id), remainingTtl: m.remainingSeconds[i] ?? 0 })) };
  },
  [COMMAND_KINDS.alarm]: (r) => {
    const { action, memberId, alarm } = toAlarm(rpc.AlarmRequest.decode(r));
    return { kind: "alarm", action: action === "deactivate" ? "deactivate" : "activate", memberId, alarm };
  },
  [COMMAND_KINDS.publish]: (r) => ({ kind: "publish", publish: log.PublishCommand.decode(r) }),
  [COMMAND_KINDS.clusterVersion]: (r) => ({ kind: "clusterVersion", version: log.ClusterVersionCommand.decode(r).version }),
  [COMMAND_KINDS.membership]: (r) => ({ kind: "membership", change: log.MembershipCommand.decode(r) }),
  ...AUTH_DECODERS,
};

/** The entry was written by a newer program: applying a guess would make members differ. */
export class CommandTooNew extends Error {
  override readonly name = "CommandTooNew";
}

/** What an entry says before its request; the request lies at [bodyFrom, bodyTo) of its bytes. */
export interface Envelope extends Omit<log.Command, "body"> {
  readonly data: Bytes;
  bodyFrom: number;
  bodyTo: number;
}

/** The envelope alone: enough to find the waiting request, whose decoded form is then used. By hand, because every entry passes here: as
 *  the generated codec reads it (a test compares), without a view of the body. Throws RangeError for bytes that are no envelope. */
export function decodeEnvelope(data: Bytes): Envelope {
  const e: Envelope = { version: 0, origin: 0, sequence: 0, user: "", authRevision: 0, kind: 0, data, bodyFrom: 0, bodyTo: 0 };
  const r = Reader.create(data);
  while (r.pos < r.len) {
    const tag = r.uint32();
    if (tag === FIELD.version) e.version = r.uint32();
    else if (tag === FIELD.origin) e.origin = readCounter(r);
    else if (tag === FIELD.sequence) e.sequence = readCounter(r);
    else if (tag === FIELD.user) e.user = r.string();
    else if (tag === FIELD.authRevision) e.authRevision = readCounter(r);
    else if (tag === FIELD.kind) e.kind = r.uint32();
    else if (tag === FIELD.body) {
      const length = r.uint32();
      e.bodyFrom = r.pos;
      e.bodyTo = r.pos += length;
    } else r.skipType(tag & 7);
  }
  if (r.pos !== r.len) throw new RangeError("a command runs past its end");
  return e;
}

export function decodeBody(envelope: Envelope): LogCommand {
  const decode = DECODERS[envelope.kind];
  if (envelope.version > SPEAKS || decode === undefined) {
    throw new CommandTooNew(
      `log entry of command format ${envelope.version}, kind ${envelope.kind}: this program speaks format ${SPEAKS}; run the newer version`,
    );
  }
  const r = Reader.create(envelope.data);
  r.pos = envelope.bodyFrom;
  r.len = envelope.bodyTo;
  return decode(r);
}
