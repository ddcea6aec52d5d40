import type { LeaseId } from "../../base/index.js";
import type { Clock } from "../../host/index.js";
import type { Mvcc } from "../../mvcc/types.js";
import { ELECTION_MS, LEASE_CHECKPOINT_MS, LEASE_RETRY_MS, LEASE_REVOKES_AT_ONCE } from "./limits.js";

/** The clock side of leases: only the leader renews and expires. What is replicated (grants, attached keys, checkpoints) is mvcc's. */
export class Lessor {
  readonly #clock: Clock;
  /** Monotonic times at which leases end, while leading. */
  readonly #expiry = new Map<LeaseId, number>();
  readonly #revoking = new Map<LeaseId, number>();
  #leading = false;
  #lastCheckpointMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new leader knows no renewals of the old one: every lease gets its whole time again, and an election more. */
  promote(mvcc: Mvcc): void {
    this.#leading = true;
    this.#expiry.clear();
    this.#revoking.clear();
    const now = this.#clock.monotonicMs();
    this.#lastCheckpointMs = now;
    for (const lease of mvcc.leases()) {
      const seconds = lease.remainingTtl > 0 ? lease.remainingTtl : lease.ttl;
      this.#expiry.set(lease.id, now + seconds * 1_000 + ELECTION_MS);
    }
  }

  demote(): void {
    this.#leading = false;
    this.#expiry.clear();
    this.#revoking.clear();
  }

  /** Follows what was applied. */
  follow(mvcc: Mvcc): void {
    for (const change of mvcc.takeLeaseChanges()) {
      if (!this.#leading) continue;
      if (change.kind === "revoked") {
        this.#expiry.delete(change.id);
        this.#revoking.delete(change.id);
      } else if (change.kind === "granted") {
        this.#expiry.set(change.id, this.#clock.monotonicMs() + (mvcc.lease(change.id)?.ttl ?? 0) * 1_000);
      }
    }
  }

  /** Seconds granted anew, or 0 when the lease is gone or over. The caller has confirmed that it leads. */
  renew(mvcc: Mvcc, id: LeaseId): number {
    const lease = mvcc.lease(id);
    if (!lease || !this.#leading || this.#revoking.has(id)) return 0;
    this.#expiry.set(id, this.#clock.monotonicMs() + lease.ttl * 1_000);
    return lease.ttl;
  }

  /** Whole seconds left, -1 for no such lease. */
  remaining(mvcc: Mvcc, id: LeaseId): number {
    const until = this.#expiry.get(id);
    if (!mvcc.lease(id) || until === undefined) return -1;
    return Math.max(0, Math.floor((until - this.#clock.monotonicMs()) / 1_000));
  }

  /** Leases that are over now and not already being revoked. */
  expired(): readonly LeaseId[] {
    if (!this.#leading) return [];
    const now = this.#clock.monotonicMs();
    const over: LeaseId[] = [];
    for (const [id, until] of this.#expiry) {
      if (until > now || (this.#revoking.get(id) ?? 0) > now) continue;
      this.#revoking.set(id, now + LEASE_RETRY_MS);
      over.push(id);
      if (over.length >= LEASE_REVOKES_AT_ONCE) break;
    }
    return over;
  }

  /** What remains of long leases, every five minutes: a new leader must not give them their whole time again and again. */
  checkpoint(mvcc: Mvcc): readonly { readonly id: LeaseId; readonly remainingTtl: number }[] {
    const now = this.#clock.monotonicMs();
    if (!this.#leading || now - this.#lastCheckpointMs < LEASE_CHECKPOINT_MS) return [];
    this.#lastCheckpointMs = now;
    return mvcc
      .leases()
      .filter((l) => l.ttl * 1_000 > LEASE_CHECKPOINT_MS)
      .map((l) => ({ id: l.id, remainingTtl: Math.max(1, this.remaining(mvcc, l.id)) }));
  }

  get count(): number {
    return this.#expiry.size;
  }
}
