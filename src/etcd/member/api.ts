import { type LeaseId, leaseId, type MemberId, memberId, type Revision } from "../../base/index.js";
import { validateDelete, validatePut, validateRange, validateRangeStream, validateTxn } from "../../mvcc/index.js";
import { CallKind } from "../../wire/gen/trimast-peer.js";
import {
  type AlarmMember,
  type AlarmRequest,
  type CallContext,
  type CompactRequest,
  type DeleteRangeRequest,
  type DeleteRangeResult,
  type DowngradeAction,
  type EtcdApi,
  EtcdError,
  type HashKvResult,
  type LeaseGrantRequest,
  type LeaseGrantResult,
  type LeaseKeepAliveResult,
  type LeaseTimeToLiveResult,
  type Member,
  type MemberAddResult,
  type MembersResult,
  type OnlyHeader,
  type PutRequest,
  type PutResult,
  type RangeRequest,
  type RangeResult,
  type RequestOp,
  type ResponseHeader,
  type SnapshotChunk,
  type StatusResult,
  type TxnRequest,
  type TxnResult,
  type WatchSink,
  type WatchStream,
  type WithHeader,
} from "../api/index.js";
import { type Access, type AuthFault, type Identity, leaseFault, rangeFault, txnFault } from "../auth/index.js";
import type { Applied } from "./applier.js";
import { MemberAuth } from "./auth-api.js";
import { accessOf } from "./auth-faults.js";
import { backupChunks } from "./backup.js";
import { changeMembers } from "./cluster.js";
import type { LogCommand } from "./commands.js";
import { type Gate, refuse } from "./gate.js";
import { LEASE_TTL_MAX_SECONDS, REQUEST_TIMEOUT_MS } from "./limits.js";
import type { StoreMember } from "./member.js";
import { askLeader, hashHere, remainingHere, renewHere } from "./peer-calls.js";
import { rangeChunks } from "./range-stream.js";
import { CLUSTER_VERSION, ETCD_VERSION, STORAGE_VERSION } from "./versions.js";

/** A member as the store's one interface: checks at the gate, a place in the log or a read round, then the state machine. */
export class MemberApi implements EtcdApi {
  readonly #member: StoreMember;
  readonly auth: MemberAuth;

  constructor(member: StoreMember) {
    this.#member = member;
    this.auth = new MemberAuth(member);
  }

  // ---------------------------------------------------------------- key values

  /** Not async where a round of reads is all that is waited for. */
  range(context: CallContext, request: RangeRequest): Promise<WithHeader<RangeResult>> {
    const fault = validateRange(request);
    if (fault !== undefined) return Promise.reject(new EtcdError(fault));
    if (request.serializable || context.requireLeader || this.#gate.on || this.#member.isLearner)
      return this.#checkedRange(context, request);
    return this.#member.readable(context).then(() => (this.#gate.on ? this.#checkedRange(context, request) : this.#range(request)));
  }
  async #checkedRange(context: CallContext, request: RangeRequest): Promise<WithHeader<RangeResult>> {
    await this.#readGate(context, request.serializable);
    if (this.#gate.on) await this.#checkRead(context, (access) => rangeFault(access, request));
    return this.#range(request);
  }
  rangeNow(_context: CallContext, request: RangeRequest): WithHeader<RangeResult> | undefined {
    if (!request.serializable || this.#gate.on) return undefined;
    refuse(validateRange(request));
    return this.#range(request);
  }
  #range(request: RangeRequest): WithHeader<RangeResult> {
    const { kind, kvs, more, count } = this.#member.mvcc.range(request);
    return { kind, kvs, more, count, header: this.#member.header() };
  }

  async *rangeStream(context: CallContext, request: RangeRequest): AsyncGenerator<WithHeader<RangeResult> | RangeResult> {
    refuse(validateRangeStream(request));
    await this.#readGate(context, request.serializable);
    const who = this.#gate.on ? await this.#checkRead(context, (access) => rangeFault(access, request)) : undefined;
    yield* rangeChunks(this.#member, request);
    this.#gate.stillAt(who);
  }

  put(context: CallContext, request: PutRequest): Promise<WithHeader<PutResult>> {
    const fault = validatePut(request);
    return fault === undefined ? this.#write<PutResult>(request, context) : Promise.reject(new EtcdError(fault));
  }

  async deleteRange(context: CallContext, request: DeleteRangeRequest): Promise<WithHeader<DeleteRangeResult>> {
    refuse(validateDelete(request));
    return this.#write<DeleteRangeResult>(request, context);
  }

  async txn(context: CallContext, request: TxnRequest): Promise<WithHeader<TxnResult>> {
    refuse(validateTxn(request, this.#member.parts.config));
    if (!readsOnly(request)) return this.#write<TxnResult>(request, context);
    await this.#readGate(context, serializableOnly(request));
    if (this.#gate.on) await this.#checkRead(context, (access) => txnFault(access, request));
    return { ...this.#member.mvcc.readTxn(request), header: this.#member.header() };
  }

  async compact(context: CallContext, request: CompactRequest): Promise<OnlyHeader> {
    await this.#gate.admin(context);
    const answer = await this.#write<{ readonly kind: "done" }>(request, context);
    if (request.physical) await this.#member.compacted();
    return { header: answer.header };
  }

  // ---------------------------------------------------------------- watch

  watch(context: CallContext, sink: WatchSink): WatchStream {
    this.#refuseOnLearner();
    if (context.requireLeader) this.#requireLeader();
    return this.#member.openWatch(sink, context);
  }

  // ---------------------------------------------------------------- leases

  async leaseGrant(context: CallContext, request: LeaseGrantRequest): Promise<WithHeader<LeaseGrantResult>> {
    if (request.ttl > LEASE_TTL_MAX_SECONDS) throw new EtcdError("leaseTtlTooLarge");
    await this.#gate.somebody(context);
    for (;;) {
      const id = request.id === 0n ? this.#randomLease() : request.id;
      const ttl = Math.max(request.ttl, Math.ceil((1.5 * this.#member.parts.config.electionMs) / 1_000));
      try {
        const { header } = await this.#write({ kind: "leaseGrant", id, ttl }, context);
        return { header, id, ttl };
      } catch (error) {
        // A random id that is taken is ours to replace; a chosen one is the client's mistake.
        if (!(request.id === 0n && error instanceof EtcdError && error.code === "leaseExists")) throw error;
      }
    }
  }

  async leaseRevoke(context: CallContext, id: LeaseId): Promise<OnlyHeader> {
    await this.#gate.somebody(context);
    const { header } = await this.#write({ kind: "leaseRevoke", id }, context);
    return { header };
  }

  async leaseKeepAlive(context: CallContext, id: LeaseId): Promise<WithHeader<LeaseKeepAliveResult>> {
    this.#refuseOnLearner();
    // etcd takes the header before the renewal.
    const header = this.#member.header();
    if (this.#gate.on) {
      await this.#gate.somebody(context);
      await this.#checkRead(context, (access) => leaseFault(access, id, "write"));
    }
    const ttl = await askLeader(
      this.#member,
      { kind: CallKind.LEASE_RENEW, id },
      { deadlineMs: this.#deadline(context), here: () => renewHere(this.#member, id), read: (a) => a.ttl },
    );
    return { header, id, ttl };
  }

  async leaseTimeToLive(
    context: CallContext,
    request: { readonly id: LeaseId; readonly keys: boolean },
  ): Promise<WithHeader<LeaseTimeToLiveResult>> {
    await this.#readGate(context, false);
    await this.#gate.somebody(context);
    const { id } = request;
    const hidden = this.#gate.on && request.keys;
    const who = hidden ? await this.#checkRead(context, (access) => leaseFault(access, id, "read")) : undefined;
    const lease = this.#member.mvcc.lease(id);
    if (!lease) return { header: this.#member.header(), id, ttl: -1, grantedTtl: 0, keys: [] };
    const ttl = await askLeader(
      this.#member,
      { kind: CallKind.LEASE_TIME_TO_LIVE, id },
      { deadlineMs: this.#deadline(context), here: () => remainingHere(this.#member, id), read: (a) => a.ttl },
    );
    this.#gate.stillAt(who);
    const keys = request.keys ? this.#member.mvcc.leaseKeys(id) : [];
    return { header: this.#member.header(), id, ttl, grantedTtl: ttl < 0 ? 0 : lease.ttl, keys: ttl < 0 ? [] : keys };
  }

  async leaseLeases(context: CallContext): Promise<WithHeader<{ readonly leases: readonly LeaseId[] }>> {
    await this.#readGate(context, false);
    await this.#gate.somebody(context);
    const leases = this.#member.mvcc.leases();
    if (this.#gate.on) await this.#checkRead(context, (access) => firstFault(leases, (l) => leaseFault(access, l.id, "read")));
    return { header: this.#member.header(), leases: leases.map((l) => l.id) };
  }

  // ---------------------------------------------------------------- members

  async memberList(context: CallContext, request: { readonly linearizable: boolean }): Promise<WithHeader<MembersResult>> {
    this.#refuseOnLearner();
    if (request.linearizable) await this.#member.readable(context);
    await this.#gate.somebody(context);
    return this.#members();
  }
  async memberAdd(
    context: CallContext,
    request: { readonly peerUrls: readonly string[]; readonly isLearner: boolean },
  ): Promise<WithHeader<MemberAddResult>> {
    const member = await changeMembers(this.#member, await this.#administrator(context), { kind: "add", ...request });
    return { ...this.#members(), member };
  }
  async memberRemove(context: CallContext, id: MemberId): Promise<WithHeader<MembersResult>> {
    await changeMembers(this.#member, await this.#administrator(context), { kind: "remove", id });
    return this.#members();
  }
  async memberUpdate(
    context: CallContext,
    request: { readonly id: MemberId; readonly peerUrls: readonly string[] },
  ): Promise<WithHeader<MembersResult>> {
    await changeMembers(this.#member, await this.#administrator(context), { kind: "update", ...request });
    return this.#members();
  }
  async memberPromote(context: CallContext, id: MemberId): Promise<WithHeader<MembersResult>> {
    await this.#administrator(context);
    await askLeader(
      this.#member,
      { kind: CallKind.PROMOTE, id },
      { deadlineMs: this.#deadline(context), here: () => this.#member.promoteHere(id), read: () => undefined },
    );
    await this.#member.readable(context);
    return this.#members();
  }

  // ---------------------------------------------------------------- maintenance

  async alarm(context: CallContext, request: AlarmRequest): Promise<WithHeader<{ readonly alarms: readonly AlarmMember[] }>> {
    this.#refuseOnLearner();
    await (request.action === "get" ? this.#gate.somebody(context) : this.#gate.admin(context));
    const active = this.#member.mvcc.alarms().map((a): AlarmMember => ({ memberId: memberId(a.memberId), alarm: a.alarm }));
    const { action, alarm, memberId: id } = request;
    if (action === "get") {
      return { header: this.#member.header(), alarms: alarm === "none" ? active : active.filter((a) => a.alarm === alarm) };
    }
    // One member's one alarm, exactly: clients that mean all of them ask which there are and disarm each.
    const known = action === "activate" ? alarm !== "none" : active.some((a) => a.memberId === id && a.alarm === alarm);
    const { header } = await this.#write({ kind: "alarm", action, memberId: id, alarm }, context);
    return { header, alarms: known ? [{ memberId: id, alarm }] : [] };
  }

  async status(context: CallContext): Promise<WithHeader<StatusResult>> {
    const m = this.#member;
    await this.#gate.somebody(context);
    const errors = m.mvcc.alarms().map((a) => `memberID:${a.memberId} alarm:${a.alarm.toUpperCase()} `);
    if (m.status.leader === 0n) errors.push(new EtcdError("noLeader").message);
    return {
      header: m.header(),
      version: ETCD_VERSION,
      dbSize: Math.max(m.mvcc.sizeBytes(), MIN_DB_BYTES),
      dbSizeInUse: Math.max(m.mvcc.sizeInUseBytes(), MIN_DB_BYTES),
      dbSizeQuota: m.parts.config.quotaBytes,
      leader: m.status.leader,
      raftIndex: m.raft.status().commit,
      raftTerm: m.status.term,
      raftAppliedIndex: m.state.appliedIndex,
      errors,
      isLearner: m.isLearner,
      storageVersion: STORAGE_VERSION,
      downgradeTarget: "",
      downgradeEnabled: false,
    };
  }

  async defragment(context: CallContext): Promise<void> {
    await this.#administrator(context);
    await this.#member.backend.defragment();
  }

  async hash(context: CallContext): Promise<WithHeader<{ readonly hash: number }>> {
    await this.#administrator(context);
    const { hash } = await hashHere(this.#member, 0);
    return { header: this.#member.header(), hash };
  }

  async hashKv(context: CallContext, revision: number): Promise<WithHeader<HashKvResult>> {
    await this.#administrator(context);
    return { ...(await hashHere(this.#member, revision)), header: this.#member.header() };
  }

  async *snapshot(context: CallContext): AsyncGenerator<SnapshotChunk> {
    await this.#gate.admin(context);
    await this.#member.checkpointNow();
    const pinned = await this.#member.backend.snapshot();
    try {
      yield* backupChunks(pinned, this.#member.parts.sha256());
    } finally {
      await pinned.release();
    }
  }

  async moveLeader(context: CallContext, target: MemberId): Promise<void> {
    const m = this.#member;
    await this.#administrator(context);
    if (!m.isLeader) throw new EtcdError("notLeader");
    const heir = m.state.members.get(target);
    if (!heir || heir.isLearner) throw new EtcdError("badLeaderTransferee");
    if (target === m.id) return;
    m.transferLeadership(target);
    await this.#leaderIs(target);
  }

  async downgrade(
    context: CallContext,
    request: { readonly action: DowngradeAction; readonly version: string },
  ): Promise<WithHeader<{ readonly version: string }>> {
    await this.#administrator(context);
    const cluster = CLUSTER_VERSION.split(".").slice(0, 2).join(".");
    // There is none to cancel, which etcd answers like one that it cancelled.
    if (request.action === "cancel") return { header: this.#member.header(), version: cluster };
    const match = /^(\d+)\.(\d+)(?:\.\d+)?$/.exec(request.version);
    if (!match) throw new EtcdError("wrongDowngradeVersion");
    const [major, minor] = ETCD_VERSION.split(".").map(Number);
    if (Number(match[1]) !== major || Number(match[2]) !== (minor ?? 0) - 1) throw new EtcdError("invalidDowngradeTarget");
    // The stored format has one version so far: there is nothing to go down to.
    if (request.action === "enable") throw new EtcdError("invalidDowngradeTarget");
    return { header: this.#member.header(), version: cluster };
  }

  // ---------------------------------------------------------------- shared

  async #readGate(context: CallContext, serializable: boolean): Promise<void> {
    if (serializable) return;
    this.#refuseOnLearner();
    if (context.requireLeader) this.#requireLeader();
    await this.#member.readable(context);
  }

  #write<T>(command: LogCommand, context: CallContext): Promise<T & { readonly header: ResponseHeader }> {
    const writing = this.#gate.on || context.requireLeader || this.#member.isLearner ? this.#checkedWrite(command, context) : undefined;
    const applied = writing ?? this.#member.propose(command, context);
    return applied.then(this.#written) as Promise<T & { readonly header: ResponseHeader }>;
  }
  async #checkedWrite(command: LogCommand, context: CallContext): Promise<Applied> {
    this.#refuseOnLearner();
    if (context.requireLeader) this.#requireLeader();
    const proposer = this.#gate.on ? this.#gate.proposer(command, context) : context;
    return this.#member.propose(command, proposer instanceof Promise ? await proposer : proposer);
  }
  readonly #written = (applied: Applied): unknown => {
    if (applied.kind === "refused") throw new EtcdError(applied.code);
    if (applied.kind !== "ok") throw new EtcdError("memberNotFound");
    return withHeader(applied.result, this.#member.header(applied.revision));
  };

  #members(): WithHeader<MembersResult> {
    const { clusterId, memberId: self, raftTerm } = this.#member.header();
    // Cluster answers carry no revision.
    return { header: { clusterId, memberId: self, raftTerm, revision: 0 as Revision }, members: this.#member.state.members.list() };
  }

  get #gate(): Gate {
    return this.#member.gate;
  }
  /** Nothing may come between the check and the read that follows: callers read at once. */
  async #checkRead(context: CallContext, fault: (access: Access) => AuthFault): Promise<Identity | undefined> {
    const who = await this.#gate.identify(context);
    this.#gate.check(who, (identity) => fault(accessOf(this.#member.state, identity)));
    return who;
  }
  async #administrator(context: CallContext): Promise<CallContext> {
    this.#refuseOnLearner();
    await this.#gate.admin(context);
    return context;
  }
  #refuseOnLearner(): void {
    if (this.#member.isLearner) throw new EtcdError("notForLearner");
  }
  #requireLeader(): void {
    if (this.#member.leaderless) throw new EtcdError("noLeader");
  }
  #deadline(context: CallContext): number {
    return Math.min(context.deadlineMonotonicMs ?? Number.POSITIVE_INFINITY, this.#member.nowMs() + REQUEST_TIMEOUT_MS);
  }
  #randomLease(): LeaseId {
    const id = this.#member.parts.host.random.uint64() & 0x7fff_ffff_ffff_ffffn;
    return leaseId(id === 0n ? 1n : id);
  }

  #leaderIs(target: MemberId): Promise<void> {
    const m = this.#member;
    return new Promise((resolve, reject) => {
      const timer = m.parts.host.clock.after(m.parts.config.electionMs, () => done(new EtcdError("timeoutLeaderTransfer")));
      const watch = m.observe((s) => {
        if (s.leader === target) done(undefined);
      });
      const done = (error: Error | undefined): void => {
        timer.cancel();
        watch.stop();
        if (error) reject(error);
        else resolve();
      };
    });
  }
}

/** Literals: a spread makes the shape of its copy anew each time, which cost a put more than its answer's bytes. */
function withHeader(result: Extract<Applied, { kind: "ok" }>["result"], header: ResponseHeader) {
  switch (result.kind) {
    case "put":
      return { kind: result.kind, prevKv: result.prevKv, header };
    case "txn":
      return { kind: result.kind, succeeded: result.succeeded, responses: result.responses, header };
    default:
      return { ...result, header };
  }
}

/** What an empty store takes on disk: etcd's smallest file; some clients divide by it. */
const MIN_DB_BYTES = 20_480;

function firstFault<T>(items: readonly T[], fault: (item: T) => AuthFault): AuthFault {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
const isRead = (op: RequestOp): boolean => op.kind === "range" || (op.kind === "txn" && readsOnly(op));
const readsOnly = (txn: TxnRequest): boolean => txn.success.every(isRead) && txn.failure.every(isRead);
const serializable = (op: RequestOp): boolean => op.kind === "range" && op.serializable;
const serializableOnly = (txn: TxnRequest): boolean => txn.success.every(serializable) && txn.failure.every(serializable);

export type { Member };
