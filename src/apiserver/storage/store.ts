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
import { LeasePool } from "./leases.js";
import { STORE_CALL_MS } from "./limits.js";
import type { Page, Stored, Written } from "./types.js";

const stored = (kv: KeyValue): Stored => ({ key: utf8Text(kv.key), value: kv.value, revision: kv.modRevision });

/** Objects as keys of an etcd: embedded, remote or a real one. Every write compares the revision it was made from. */
export class ObjectStore {
  readonly etcd: EtcdApi;
  readonly #clock: Clock;
  readonly #leases: LeasePool;

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

  create(key: string, value: Bytes, ttlSeconds?: number): Promise<Written> {
    return this.#write(key, 0, (lease) => put(key, value, lease), ttlSeconds);
  }
  update(key: string, from: number, value: Bytes, ttlSeconds?: number): Promise<Written> {
    return this.#write(key, from, (lease) => put(key, value, lease), ttlSeconds);
  }
  delete(key: string, from: number): Promise<Written> {
    return this.#write(key, from, () => ({ kind: "deleteRange", key: utf8(key), rangeEnd: NO_BYTES, prevKv: false }), undefined);
  }

  /** `from` 0: the key must not be there. */
  async #write(
    key: string,
    from: number,
    op: (lease: typeof NO_LEASE) => PutRequest | { kind: "deleteRange"; key: Bytes; rangeEnd: Bytes; prevKv: boolean },
    ttlSeconds: number | undefined,
  ): Promise<Written> {
    const lease = ttlSeconds === undefined ? NO_LEASE : await this.#leases.take(ttlSeconds);
    const compare: Compare = { key: utf8(key), rangeEnd: NO_BYTES, result: "equal", target: { kind: "mod", number: from } };
    const r = await this.etcd.txn(this.#context(), {
      kind: "txn",
      compare: [compare],
      success: [op(lease)],
      failure: [rangeRequest({ key: utf8(key) })],
    });
    if (r.succeeded) return { kind: "ok", revision: r.header.revision };
    const [kv] = (r.responses[0] as RangeResult).kvs;
    return { kind: "lost", current: kv === undefined ? undefined : stored(kv) };
  }
}

const put = (key: string, value: Bytes, lease: LeaseId): PutRequest => putRequest({ key: utf8(key), value, lease });
