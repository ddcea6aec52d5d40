import { type LeaseId, leaseId } from "../base/index.js";
import { decodeNumber, encodeNumbers, idBytes, idOf, LEASE_BUCKET } from "./space-keys.js";
import type { LeaseView, MvccOptions } from "./types.js";

export interface Lease extends LeaseView {
  /** Its row; what the lease column of a key holds. */
  readonly row: number;
  remainingTtl: number;
  /** Slots of the attached keys. */
  readonly slots: Set<number>;
}

class LeaseRow implements Lease {
  readonly id: LeaseId;
  readonly ttl: number;
  readonly row: number;
  remainingTtl: number;
  readonly slots = new Set<number>();
  constructor(id: LeaseId, ttl: number, row: number, remainingTtl: number) {
    this.id = id;
    this.ttl = ttl;
    this.row = row;
    this.remainingTtl = remainingTtl;
  }
  get keyCount(): number {
    return this.slots.size;
  }
}

export type LeaseChange = { readonly kind: "granted" | "revoked" | "checkpointed"; readonly id: LeaseId };

/** Leases and which slots hang on them. Time is elsewhere: this room knows what was granted, never what has run out. */
export class LeaseTable {
  readonly #space: MvccOptions["space"];
  readonly #byId = new Map<LeaseId, Lease>();
  readonly #rows: (Lease | undefined)[] = [undefined];
  readonly #freeRows: number[] = [];
  #changes: LeaseChange[] = [];

  constructor(space: MvccOptions["space"]) {
    this.#space = space;
  }

  get count(): number {
    return this.#byId.size;
  }
  get(id: LeaseId): Lease | undefined {
    return this.#byId.get(id);
  }
  /** `row` 0 is no lease. */
  atRow(row: number): Lease | undefined {
    return this.#rows[row];
  }
  all(): readonly Lease[] {
    return [...this.#byId.values()];
  }
  takeChanges(): readonly LeaseChange[] {
    if (this.#changes.length === 0) return this.#changes;
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  grant(id: LeaseId, ttl: number): void {
    const lease = this.#add(id, ttl, 0);
    this.#store(lease);
    this.#changes.push({ kind: "granted", id });
  }
  /** Its keys were deleted by the caller. */
  revoke(lease: Lease): void {
    this.#byId.delete(lease.id);
    this.#rows[lease.row] = undefined;
    this.#freeRows.push(lease.row);
    this.#space.delete(LEASE_BUCKET + idBytes(lease.id));
    this.#changes.push({ kind: "revoked", id: lease.id });
  }
  checkpoint(lease: Lease, remainingTtl: number): void {
    lease.remainingTtl = remainingTtl;
    this.#store(lease);
    this.#changes.push({ kind: "checkpointed", id: lease.id });
  }

  #add(id: LeaseId, ttl: number, remainingTtl: number): Lease {
    const row = this.#freeRows.pop() ?? this.#rows.length;
    const lease = new LeaseRow(id, ttl, row, remainingTtl);
    this.#rows[row] = lease;
    this.#byId.set(id, lease);
    return lease;
  }
  #store(lease: Lease): void {
    this.#space.put(LEASE_BUCKET + idBytes(lease.id), encodeNumbers(lease.ttl, lease.remainingTtl));
  }

  /** From a stored pair. A lease that was just loaded counts as granted: the lessor's clock side learns of it the same way. */
  load(key: string, value: Uint8Array): void {
    if (key.length !== 9 || value.length !== 16) throw new Error(`lease record of ${key.length} and ${value.length} bytes`);
    const id = leaseId(idOf(key, 1));
    this.#add(id, decodeNumber(value, 0), decodeNumber(value, 8));
    this.#changes.push({ kind: "granted", id });
  }
}
