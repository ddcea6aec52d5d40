import { type LeaseId, NO_LEASE } from "../../base/index.js";
import type { EtcdApi } from "../../etcd/api/index.js";
import type { Clock } from "../../host/index.js";
import { LEASE_OBJECTS_MAX, LEASE_REUSE_SECONDS } from "./limits.js";

interface Shared {
  readonly id: Promise<LeaseId>;
  readonly untilMs: number;
  objects: number;
}

/** Leases for objects that expire, shared by all that are written within a minute: a lease an object would double the writes. */
export class LeasePool {
  readonly #etcd: EtcdApi;
  readonly #clock: Clock;
  readonly #byTtl = new Map<number, Shared>();

  constructor(etcd: EtcdApi, clock: Clock) {
    this.#etcd = etcd;
    this.#clock = clock;
  }

  /** A lease with at least `ttlSeconds` left. */
  async take(ttlSeconds: number): Promise<LeaseId> {
    const now = this.#clock.monotonicMs();
    let shared = this.#byTtl.get(ttlSeconds);
    if (!shared || now >= shared.untilMs || shared.objects >= LEASE_OBJECTS_MAX) {
      const id = this.#etcd.leaseGrant({}, { id: NO_LEASE, ttl: ttlSeconds + LEASE_REUSE_SECONDS }).then((r) => r.id);
      shared = { id, untilMs: now + LEASE_REUSE_SECONDS * 1_000, objects: 0 };
      this.#byTtl.set(ttlSeconds, shared);
      id.catch(() => this.#byTtl.delete(ttlSeconds));
    }
    shared.objects++;
    return shared.id;
  }
}
