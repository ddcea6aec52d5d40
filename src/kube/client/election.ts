import type { Random } from "../../base/index.js";
import type { Clock, Log } from "../../host/index.js";
import { RESOURCES } from "./builtin.js";
import { isAlreadyExists, isConflict, isNotFound } from "./errors.js";
import { LEASE_MS, RENEW_DEADLINE_MS, RETRY_JITTER, RETRY_PERIOD_MS } from "./limits.js";
import type { ApiObject } from "./objects.js";
import type { ResourceClient } from "./resource-client.js";
import { type Fence, pause, type RestClient } from "./rest.js";
import { microTimeText } from "./times.js";

export interface Lease extends ApiObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number;
  };
}
export interface ElectionOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** Of this process; unique among candidates. */
  readonly identity: string;
  readonly leaseMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** The process behind that identity is known to be gone: its Lease need not run out, because its writes are refused by the fence. */
  readonly isGone?: (identity: string) => boolean;
  /** Called when the Lease was won; `signal` aborts when it is lost or given up. */
  readonly lead: (fence: Fence, signal: AbortSignal) => void | Promise<void>;
}

/**
 * One acts, the others wait: Kubernetes' election on a Lease. Expiry is measured by this machine's clock from when a change of the Lease
 * was seen, never by comparing two machines' times.
 */
export class LeaseElection {
  readonly #o: ElectionOptions;
  readonly #leases: ResourceClient<Lease>;
  readonly #stop = new AbortController();
  #seen: { readonly version: string; readonly atMs: number; readonly lease: Lease } | undefined;
  #running: Promise<void> | undefined;
  #nudge: AbortController | undefined;
  #leading = false;

  constructor(options: ElectionOptions) {
    this.#o = options;
    this.#leases = options.client.resource<Lease>(RESOURCES.leases, options.namespace);
  }
  get isLeader(): boolean {
    return this.#leading;
  }
  /** As last seen; "" when nobody holds it. */
  get holder(): string {
    return this.#seen?.lease.spec?.holderIdentity ?? "";
  }
  start(): void {
    this.#running ??= this.#run();
  }
  /** Stops leading, then gives the Lease back so that the next one need not wait. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#nudge?.abort();
    await this.#running;
  }
  /** Something happened to the Lease or to its holder: look now. */
  nudge(): void {
    this.#nudge?.abort();
  }

  async #run(): Promise<void> {
    const period = this.#o.retryPeriodMs ?? RETRY_PERIOD_MS;
    while (!this.#stop.signal.aborted) {
      const won = await this.#try();
      if (won !== undefined && !this.#stop.signal.aborted) await this.#reign(won);
      else if (!this.#stop.signal.aborted) await this.#sleep(period + this.#o.random.below(Math.ceil(period * RETRY_JITTER)));
    }
  }
  async #sleep(ms: number): Promise<void> {
    const nudge = new AbortController();
    this.#nudge = nudge;
    if (!this.#stop.signal.aborted) await pause(this.#o.clock, ms, nudge.signal);
  }

  /** Holds the Lease until it is lost, or given up. */
  async #reign(won: Lease): Promise<void> {
    const { namespace, name, log, clock } = this.#o;
    const deposed = new AbortController();
    this.#leading = true;
    log.info("lease won", { lease: `${namespace}/${name}`, identity: this.#o.identity });
    const work = Promise.resolve(this.#o.lead(this.#fenceOf(won), deposed.signal)).catch((error: Error) =>
      log.error("leading failed", { lease: `${namespace}/${name}`, why: error.message }),
    );
    let renewedMs = clock.monotonicMs();
    while (!this.#stop.signal.aborted) {
      await this.#sleep(this.#o.retryPeriodMs ?? RETRY_PERIOD_MS);
      if (this.#stop.signal.aborted) break;
      const askedMs = clock.monotonicMs();
      if (await this.#try()) renewedMs = askedMs;
      else if (this.holder !== this.#o.identity || clock.monotonicMs() - renewedMs >= (this.#o.renewDeadlineMs ?? RENEW_DEADLINE_MS)) break;
    }
    this.#leading = false;
    deposed.abort();
    await work;
    if (this.#stop.signal.aborted) await this.#release();
    else log.warn("lease lost", { lease: `${namespace}/${name}`, holder: this.holder });
  }
  #fenceOf(lease: Lease): Fence {
    const { namespace, name, identity } = this.#o;
    return { key: `${namespace}/${name}`, acquisition: `${lease.metadata.uid}/${lease.spec?.leaseTransitions ?? 0}/${identity}` };
  }

  /** The Lease when it is ours after this. */
  async #try(): Promise<Lease | undefined> {
    const over = new AbortController();
    // One request must not eat the time in which the Lease can be renewed.
    const deadline = this.#o.clock.after(this.#o.renewDeadlineMs ?? RENEW_DEADLINE_MS, () => over.abort());
    try {
      return await this.#acquireOrRenew(over.signal);
    } catch (error) {
      const expected = isConflict(error) || isAlreadyExists(error);
      if (!expected) this.#o.log.debug("lease not reached", { lease: this.#o.name, why: (error as Error).message });
      return undefined;
    } finally {
      deadline.cancel();
    }
  }
  async #acquireOrRenew(signal: AbortSignal): Promise<Lease | undefined> {
    const { namespace, name, identity, clock } = this.#o;
    if (!this.#leading && (await this.#isHeldByAnother(signal))) return undefined;
    const now = microTimeText(clock.wallMs());
    const mine = { holderIdentity: identity, leaseDurationSeconds: Math.ceil((this.#o.leaseMs ?? LEASE_MS) / 1_000), renewTime: now };
    const held = this.#leading ? this.#seen?.lease : undefined;
    if (held !== undefined) {
      try {
        return this.#see(await this.#leases.update({ ...held, spec: { ...held.spec, ...mine } }, { signal }));
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      }
    }
    const lease = await this.#read({ signal });
    if (lease === undefined) {
      const spec = { ...mine, acquireTime: now, leaseTransitions: 0 };
      return this.#see(await this.#leases.create({ metadata: { namespace, name }, ...{ spec } }, { signal }));
    }
    if (this.#seen?.version !== lease.metadata.resourceVersion) this.#see(lease);
    const holder = lease.spec?.holderIdentity ?? "";
    if (holder !== "" && holder !== identity && !this.#isOver(lease)) return undefined;
    // Deposed and not yet told: what was done under the old acquisition must stop before another one begins.
    if (this.#leading) return holder === identity ? this.#renewed(lease, mine, signal) : undefined;
    const transitions = (lease.spec?.leaseTransitions ?? 0) + 1;
    const spec = { ...lease.spec, ...mine, acquireTime: now, leaseTransitions: transitions };
    return this.#see(await this.#leases.update({ ...lease, spec }, { signal }));
  }
  async #renewed(lease: Lease, mine: NonNullable<Lease["spec"]>, signal: AbortSignal): Promise<Lease> {
    return this.#see(await this.#leases.update({ ...lease, spec: { ...lease.spec, ...mine } }, { signal }));
  }
  async #read(options: { readonly signal: AbortSignal; readonly resourceVersion?: string }): Promise<Lease | undefined> {
    return this.#leases.get(this.#o.name, options).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }
  /** As the apiserver's cache knows: a standby that asked the store every two seconds would keep an idle cluster busy. What the cache shows
   *  late costs nothing: before anything is taken, the store is asked. */
  async #isHeldByAnother(signal: AbortSignal): Promise<boolean> {
    const lease = await this.#read({ signal, resourceVersion: "0" });
    if (lease === undefined) return false;
    if (this.#seen?.version !== lease.metadata.resourceVersion) this.#see(lease);
    const holder = lease.spec?.holderIdentity ?? "";
    return holder !== "" && holder !== this.#o.identity && !this.#isOver(lease);
  }
  #isOver(lease: Lease): boolean {
    if (this.#o.isGone?.(lease.spec?.holderIdentity ?? "") === true) return true;
    return this.#o.clock.monotonicMs() - (this.#seen?.atMs ?? 0) > (lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
  }
  #see(lease: Lease): Lease {
    this.#seen = { version: lease.metadata.resourceVersion, atMs: this.#o.clock.monotonicMs(), lease };
    return lease;
  }
  async #release(): Promise<void> {
    const lease = this.#seen?.lease;
    if (lease?.spec?.holderIdentity !== this.#o.identity) return;
    const now = microTimeText(this.#o.clock.wallMs());
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    await this.#leases.update({ ...lease, spec }).catch((error: Error) => {
      this.#o.log.debug("lease not given back", { lease: this.#o.name, why: error.message });
    });
  }
}
