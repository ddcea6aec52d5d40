import { type Bytes, check, fromLatin1, type LeaseId, type Revision, unreachable } from "../base/index.js";
import { type EtcdCode, EtcdError, type RangeRequest, type RangeResult, type TxnRequest, type TxnResult } from "../etcd/api/index.js";
import { Compactor } from "./compaction.js";
import { beginHash } from "./hash.js";
import type { LeaseChange } from "./leases.js";
import { LEASE_TTL_SECONDS_MAX } from "./limits.js";
import { StateLoader } from "./load.js";
import { range } from "./range.js";
import { idBytes, META_ALARM } from "./space-keys.js";
import { type Alarm, Store } from "./store.js";
import { executeDelete, executePlan, executePut, isReadOnly, LEASE_COST, planFault, planTxn, putCost, putFault, txnCost } from "./txn.js";
import type { ApplyOutcome, HashRun, LeaseView, Mvcc, MvccCommand, MvccLoader, MvccOptions } from "./types.js";
import { validateDelete, validatePut, validateTxn } from "./validate.js";
import { Hub } from "./watch/hub.js";

type Of<K extends MvccCommand["kind"]> = Extract<MvccCommand, { readonly kind: K }>;

/** Client commands that a corrupt cluster refuses. */
const REFUSED_WHEN_CORRUPT: ReadonlySet<MvccCommand["kind"]> = new Set<MvccCommand["kind"]>([
  "put",
  "deleteRange",
  "txn",
  "compact",
  "leaseGrant",
  "leaseRevoke",
]);
const DONE = { kind: "done" } as const;
const AT_APPLY = { txnOpsMax: Number.POSITIVE_INFINITY } as const;

class StateMachine implements Mvcc {
  readonly watches: Hub;
  readonly #store: Store;
  readonly #compactor: Compactor;
  #noSpace = false;
  #corrupt = false;
  /** The crossing was announced; the next one needs room or a cleared alarm first. */
  #quotaRaised = false;

  constructor(store: Store) {
    this.#store = store;
    this.#compactor = new Compactor(store);
    this.watches = new Hub(store);
    this.#readAlarms();
  }

  apply(command: MvccCommand): ApplyOutcome {
    if (this.#corrupt && REFUSED_WHEN_CORRUPT.has(command.kind)) return refused("corrupt");
    const outcome = this.#execute(command);
    this.watches.notify();
    return outcome;
  }

  #execute(command: MvccCommand): ApplyOutcome {
    switch (command.kind) {
      case "put":
        return this.#put(command);
      case "deleteRange":
        return this.#deleteRange(command);
      case "txn":
        return this.#txn(command);
      case "compact":
        return this.#compact(command);
      case "leaseGrant":
        return this.#leaseGrant(command);
      case "leaseRevoke":
        return this.#leaseRevoke(command);
      case "leaseCheckpoint":
        return this.#leaseCheckpoint(command);
      case "alarm":
        return this.#alarm(command);
      default:
        return unreachable(command);
    }
  }

  #put(command: Of<"put">): ApplyOutcome {
    if (this.#noSpace) return refused("noSpace");
    const fault = validatePut(command) ?? putFault(this.#store, command);
    if (fault !== undefined) return refused(fault);
    if (!this.#hasRoom(putCost(command))) return refused("noSpace");
    const result = executePut(this.#store, command);
    return { kind: "ok", revision: this.#store.commit(), result };
  }

  #deleteRange(command: Of<"deleteRange">): ApplyOutcome {
    const fault = validateDelete(command);
    if (fault !== undefined) return refused(fault);
    const result = executeDelete(this.#store, command);
    return { kind: "ok", revision: this.#store.commit(), result };
  }

  #txn(command: Of<"txn">): ApplyOutcome {
    const cost = txnCost(command);
    if (this.#noSpace && cost > 0) return refused("noSpace");
    const invalid = validateTxn(command, AT_APPLY);
    if (invalid !== undefined) return refused(invalid);
    const plan = planTxn(this.#store, command);
    const fault = planFault(this.#store, plan);
    if (fault !== undefined) return refused(fault);
    if (cost > 0 && !this.#hasRoom(cost)) return refused("noSpace");
    const result = executePlan(this.#store, plan);
    return { kind: "ok", revision: this.#store.commit(), result };
  }

  #compact(command: Of<"compact">): ApplyOutcome {
    const fault = this.#compactor.promise(command.revision);
    return fault === undefined ? this.#done() : refused(fault);
  }

  #done(): ApplyOutcome {
    return { kind: "ok", revision: this.#store.commit(), result: DONE };
  }

  // ------------------------------------------------------------ leases

  #leaseGrant(command: Of<"leaseGrant">): ApplyOutcome {
    const { leases, options } = this.#store;
    if (this.#noSpace) return refused("noSpace");
    if (command.id === 0n) return refused("leaseNotFound");
    if (command.ttl > LEASE_TTL_SECONDS_MAX) return refused("leaseTtlTooLarge");
    if (leases.get(command.id) !== undefined) return refused("leaseExists");
    if (!this.#hasRoom(LEASE_COST)) return refused("noSpace");
    leases.grant(command.id, Math.max(command.ttl, options.minLeaseTtlSeconds));
    return this.#done();
  }

  #leaseRevoke(command: Of<"leaseRevoke">): ApplyOutcome {
    const store = this.#store;
    const lease = store.leases.get(command.id);
    if (lease === undefined) return refused("leaseNotFound");
    // In key order, or the members' records would differ in their sub revisions.
    for (const slot of sortedByKey(store, lease.slots)) store.delete(slot);
    store.leases.revoke(lease);
    return this.#done();
  }

  #leaseCheckpoint(command: Of<"leaseCheckpoint">): ApplyOutcome {
    const { leases } = this.#store;
    for (const { id, remainingTtl } of command.leases) {
      const lease = leases.get(id);
      if (lease !== undefined) leases.checkpoint(lease, Math.min(Math.max(0, remainingTtl), LEASE_TTL_SECONDS_MAX));
    }
    return this.#done();
  }

  lease(id: LeaseId): LeaseView | undefined {
    return this.#store.leases.get(id);
  }
  leases(): readonly LeaseView[] {
    return this.#store.leases.all();
  }
  leaseKeys(id: LeaseId): readonly Bytes[] {
    const lease = this.#store.leases.get(id);
    if (lease === undefined) return [];
    return sortedByKey(this.#store, lease.slots).map((slot) => fromLatin1(this.#store.table.keys[slot] as string));
  }
  takeLeaseChanges(): readonly LeaseChange[] {
    return this.#store.leases.takeChanges();
  }

  // ------------------------------------------------------------ alarms and quota

  #alarm(command: Of<"alarm">): ApplyOutcome {
    if (command.alarm === "none") return this.#done();
    const { alarms, options } = this.#store;
    const key = META_ALARM + idBytes(command.memberId) + (command.alarm === "nospace" ? "n" : "c");
    if (command.action === "activate") {
      alarms.set(key, { memberId: command.memberId, alarm: command.alarm });
      options.space.put(key, fromLatin1("1"));
    } else if (alarms.delete(key)) options.space.delete(key);
    this.#readAlarms();
    if (!this.#noSpace) this.#quotaRaised = false;
    return this.#done();
  }
  #readAlarms(): void {
    const kinds = new Set([...this.#store.alarms.values()].map((alarm) => alarm.alarm));
    this.#noSpace = kinds.has("nospace");
    this.#corrupt = kinds.has("corrupt");
  }
  alarms(): readonly Alarm[] {
    return [...this.#store.alarms.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, alarm]) => alarm);
  }

  #hasRoom(cost: number): boolean {
    const { quotaBytes, onQuotaExceeded } = this.#store.options;
    if (quotaBytes <= 0) return true;
    if (this.#store.sizeBytes() + cost < quotaBytes) {
      this.#quotaRaised = false;
      return true;
    }
    if (!this.#quotaRaised) {
      this.#quotaRaised = true;
      onQuotaExceeded?.();
    }
    return false;
  }

  // ------------------------------------------------------------ reads

  range(request: RangeRequest): RangeResult {
    return range(this.#store, request);
  }
  readTxn(request: TxnRequest): TxnResult {
    const invalid = validateTxn(request, this.#store.options);
    if (invalid !== undefined) throw new EtcdError(invalid);
    check(isReadOnly(request), "a transaction that writes was not sent through the log");
    const plan = planTxn(this.#store, request);
    const fault = planFault(this.#store, plan);
    if (fault !== undefined) throw new EtcdError(fault);
    return executePlan(this.#store, plan);
  }
  revision(): Revision {
    return this.#store.current;
  }
  compactRevision(): number {
    return this.#store.compactRevision;
  }
  sizeBytes(): number {
    return this.#store.sizeBytes();
  }
  sizeInUseBytes(): number {
    return this.#store.sizeInUseBytes();
  }
  keyCount(): number {
    return this.#store.liveKeys;
  }
  compactStep(recordsMax: number): "done" | "more" {
    return this.#compactor.sweep(recordsMax);
  }
  beginHash(revision: number): HashRun {
    return beginHash(this.#store, revision);
  }
}

const refused = (code: EtcdCode): ApplyOutcome => ({ kind: "refused", code });

function sortedByKey(store: Store, slots: ReadonlySet<number>): number[] {
  const { keys } = store.table;
  return [...slots].sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
}

/** A fresh, empty state machine: revision 1, nothing compacted. */
export const createMvcc = (options: MvccOptions): Mvcc => new StateMachine(new Store(options));

export function beginLoad(options: MvccOptions): MvccLoader {
  const loader = new StateLoader(options);
  return {
    load: (pairs) => loader.load(pairs),
    finish: () => new StateMachine(loader.finish()),
  };
}
