import { type Bytes, type LeaseId, NO_BYTES, NO_LEASE, utf8, utf8Text } from "../../base/index.js";
import {
  type CallContext,
  type Compare,
  type EtcdApi,
  EtcdError,
  type KeyValue,
  type PutRequest,
  prefixEnd,
  putRequest,
  type RangeResult,
  rangeRequest,
} from "../../etcd/api/index.js";
import type { Clock } from "../../host/index.js";
import { RevisionCompacted, RevisionInFuture } from "./errors.js";
import { Fences } from "./fences.js";
import { LeasePool } from "./leases.js";
import { FENCE_TRIES_MAX, STORE_CALL_MS } from "./limits.js";
import type { Page, Stored, WriteFence, Written } from "./types.js";

const stored = (kv: KeyValue): Stored => ({ key: utf8Text(kv.key), value: kv.value, revision: kv.modRevision });

/** Objects as keys of an etcd: embedded, remote or a real one. Every write compares the revision it was made from. */
export class ObjectStore {
  readonly etcd: EtcdApi;
  readonly #clock: Clock;
  readonly #leases: LeasePool;
  readonly #fences = new Fences();

  constructor(etcd: EtcdApi, clock: Clock) {
    this.etcd = etcd;
    this.#clock = clock;
    this.#leases = new LeasePool(etcd, clock);
  }

  #context(): CallContext {
    return { deadlineMonotonicMs: this.#clock.monotonicMs() + STORE_CALL_MS };
  }

  /** What is there now, by a linearizable read. */
  async get(key: string): Promise<{ readonly found: Stored | undefined; readonly revision: number }> {
    const r = await this.etcd.range(this.#context(), rangeRequest({ key: utf8(key) }));
    return { found: r.kvs[0] === undefined ? undefined : stored(r.kvs[0]), revision: r.header.revision };
  }

  /** The revision that a read must not be older than to be called current. */
  async currentRevision(): Promise<number> {
    const r = await this.etcd.range(this.#context(), rangeRequest({ key: utf8("/registry"), countOnly: true }));
    return r.header.revision;
  }

  /** Keys in [from, end of prefix) at a revision (0: now); rejects with RevisionCompacted or RevisionInFuture. */
  async page(prefix: string, options: { readonly from?: string; readonly revision?: number; readonly limit: number }): Promise<Page> {
    const r = await this.etcd
      .range(
        this.#context(),
        rangeRequest({
          key: utf8(options.from ?? prefix),
          rangeEnd: prefixEnd(utf8(prefix)),
          revision: options.revision ?? 0,
          limit: options.limit,
        }),
      )
      .catch((error: unknown) => {
        if (error instanceof EtcdError && error.code === "compacted") throw new RevisionCompacted();
        if (error instanceof EtcdError && error.code === "futureRevision") throw new RevisionInFuture();
        throw error;
      });
    return { items: r.kvs.map(stored), revision: options.revision || r.header.revision, more: r.more, count: r.count };
  }

  create(key: string, value: Bytes, more: WriteOptions = {}): Promise<Written> {
    return this.#write(key, 0, (lease) => put(key, value, lease), more);
  }
  update(key: string, from: number, value: Bytes, more: WriteOptions = {}): Promise<Written> {
    return this.#write(key, from, (lease) => put(key, value, lease), more);
  }
  delete(key: string, from: number, more: WriteOptions = {}): Promise<Written> {
    return this.#write(key, from, () => ({ kind: "deleteRange", key: utf8(key), rangeEnd: NO_BYTES, prevKv: false }), more);
  }

  /** `from` 0: the key must not be there. */
  async #write(
    key: string,
    from: number,
    op: (lease: typeof NO_LEASE) => PutRequest | { kind: "deleteRange"; key: Bytes; rangeEnd: Bytes; prevKv: boolean },
    { ttlSeconds, fence }: WriteOptions,
  ): Promise<Written> {
    const lease = ttlSeconds === undefined ? NO_LEASE : await this.#leases.take(ttlSeconds);
    for (let tries = 0; ; tries++) {
      const held = fence && (await this.#fences.revision(fence, () => this.get(fence.key)));
      const r = await this.etcd.txn(this.#context(), {
        kind: "txn",
        compare: [modIs(key, from), ...(fence === undefined ? [] : [modIs(fence.key, held as number)])],
        success: [op(lease)],
        failure: [key, ...(fence === undefined ? [] : [fence.key])].map((k) => rangeRequest({ key: utf8(k) })),
      });
      if (r.succeeded) return { kind: "ok", revision: r.header.revision };
      const [now, fenceNow] = r.responses.map((response) => (response as RangeResult).kvs[0]).map((kv) => kv && stored(kv));
      if (fence !== undefined) this.#fences.seen(fence, fenceNow);
      // The Lease was only renewed meanwhile: the object is as it was.
      const onlyRenewed = fence !== undefined && fenceNow?.revision !== held && (now?.revision ?? 0) === from;
      if (!onlyRenewed || tries >= FENCE_TRIES_MAX) return { kind: "lost", current: now };
    }
  }
}

export interface WriteOptions {
  /** The object goes by itself after this. */
  readonly ttlSeconds?: number | undefined;
  readonly fence?: WriteFence | undefined;
}
const modIs = (key: string, revision: number): Compare => ({
  key: utf8(key),
  rangeEnd: NO_BYTES,
  result: "equal",
  target: { kind: "mod", number: revision },
});
const put = (key: string, value: Bytes, lease: LeaseId): PutRequest => putRequest({ key: utf8(key), value, lease });
