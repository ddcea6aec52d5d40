import { utf8, utf8Text } from "../../base/index.js";
import { prefixEnd, type WatchEvent, type WatchResponse, type WatchStream } from "../../etcd/api/index.js";
import type { Clock, Log, Timer } from "../../host/index.js";
import { CachedObject } from "./cached-object.js";
import { RevisionCompacted } from "./errors.js";
import { type CacheChange, History } from "./history.js";
import { CACHE_WAIT_MS, FILL_PAGE_KEYS, HISTORY_AT_START, REWATCH_PAUSE_MS } from "./limits.js";
import { SortedObjects } from "./sorted-objects.js";
import type { ObjectStore } from "./store.js";
import type { Stored } from "./types.js";

const ROOT = "/registry/";

/** Hears every change below a prefix, in revision order, called from the store's watch. Must not throw. */
export interface Subscriber {
  change(change: CacheChange): void;
  /** The cache lost its place and was filled anew: what happened between is not known in order. */
  broken(): void;
}
interface Waiter {
  readonly revision: number;
  readonly timer: Timer;
  done(reached: boolean): void;
}

/** All objects of the API in memory, kept by one watch on the store, whatever the number of resources and watchers. */
export class Cacher {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #objects = new SortedObjects();
  readonly #history = new History(0);
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #waiters = new Set<Waiter>();
  #revision = 0;
  #stream: WatchStream | undefined;
  #stopped = false;
  #round: Promise<number> | undefined;

  constructor(store: ObjectStore, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** Everything up to this revision is in. */
  get revision(): number {
    return this.#revision;
  }
  get size(): number {
    return this.#objects.size;
  }
  /** The oldest revision after which a watch may begin. */
  get oldest(): number {
    return this.#history.since;
  }

  /** Resolves when the cache is as new as the store was when this was called. It begins a little in the past: a watcher that comes from
   *  another master, or was here before a restart, goes on from where it was and need not list everything again. */
  async start(): Promise<void> {
    const now = await this.#store.currentRevision();
    const revision = await this.#fillBehind(now, HISTORY_AT_START);
    this.#history.reset(revision);
    this.#reach(revision);
    this.#watch();
    while (!this.#stopped && !(await this.waitFor(now)));
  }
  stop(): void {
    this.#stopped = true;
    this.#stream?.close();
    for (const waiter of [...this.#waiters]) waiter.done(false);
  }

  get(key: string): CachedObject | undefined {
    return this.#objects.get(key);
  }
  below(prefix: string, from?: string): IterableIterator<CachedObject> {
    return this.#objects.below(prefix, from);
  }
  changesAfter(revision: number, prefix: string): readonly CacheChange[] | undefined {
    return this.#history.after(revision, prefix);
  }

  /** `prefix` names a resource: "/registry/pods/". */
  subscribe(prefix: string, subscriber: Subscriber): () => void {
    const all = this.#subscribers.get(prefix) ?? new Set();
    this.#subscribers.set(prefix, all);
    all.add(subscriber);
    return () => {
      all.delete(subscriber);
      if (all.size === 0) this.#subscribers.delete(prefix);
    };
  }

  /** False when the revision did not come in time. */
  waitFor(revision: number, waitMs = CACHE_WAIT_MS): Promise<boolean> {
    if (this.#revision >= revision) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        revision,
        timer: this.#clock.after(waitMs, () => waiter.done(false)),
        done: (reached) => {
          waiter.timer.cancel();
          this.#waiters.delete(waiter);
          resolve(reached);
        },
      };
      this.#waiters.add(waiter);
      // The revision may be another's than ours: only the store's progress tells that nothing is missing.
      this.#stream?.requestProgress();
    });
  }

  /** The cache is as new as the store was when this was called; reads that come together share one question to the store. */
  async current(): Promise<boolean> {
    this.#round ??= Promise.resolve().then(() => {
      this.#round = undefined;
      return this.#store.currentRevision();
    });
    return this.waitFor(await this.#round);
  }

  /** As far behind a revision as was asked for, or as the store still remembers. */
  async #fillBehind(now: number, distance: number): Promise<number> {
    try {
      return await this.#fill(Math.max(now - distance, 1));
    } catch (error) {
      if (!(error instanceof RevisionCompacted) || distance === 0) throw error;
      this.#clear();
      return this.#fillBehind(now, Math.floor(distance / 4));
    }
  }
  /** With what was there at a revision; 0: now. */
  async #fill(at: number): Promise<number> {
    let revision = at;
    let from = ROOT;
    for (;;) {
      const page = await this.#store.page(ROOT, { from, revision, limit: FILL_PAGE_KEYS });
      revision = page.revision;
      for (const item of page.items) this.#objects.set(new CachedObject(own(item)));
      const last = page.items.at(-1);
      if (!page.more || !last) return revision;
      from = `${last.key}\0`;
    }
  }

  #watch(): void {
    if (this.#stopped) return;
    const stream = this.#store.etcd.watch(
      {},
      { deliver: (r) => this.#deliver(r), closed: (e) => this.#stream === stream && this.#again(e?.message ?? "closed") },
    );
    this.#stream = stream;
    stream.create({
      key: utf8(ROOT),
      rangeEnd: prefixEnd(utf8(ROOT)),
      startRevision: this.#revision + 1,
      progressNotify: true,
      filters: [],
      prevKv: false,
      watchId: 0n,
      fragment: false,
    });
    if (this.#waiters.size > 0) stream.requestProgress();
  }

  #again(why: string): void {
    this.#stream = undefined;
    if (this.#stopped) return;
    this.#log.debug("the store's watch ended and is opened again", { why });
    this.#clock.after(REWATCH_PAUSE_MS, () => this.#watch());
  }

  #deliver(r: WatchResponse): void {
    if (r.canceled) {
      const stream = this.#stream;
      this.#stream = undefined;
      stream?.close();
      if (r.compactRevision > 0) this.#refill();
      else this.#again(r.cancelReason);
      return;
    }
    for (const event of r.events) this.#change(event);
    const last = r.events.at(-1);
    if (last) this.#reach(last.kv.modRevision);
    else if (!r.created) this.#reach(r.header.revision);
  }

  #change(event: WatchEvent): void {
    const key = utf8Text(event.kv.key);
    const previous = this.#objects.get(key);
    const object = event.type === "put" ? new CachedObject(own({ key, value: event.kv.value, revision: event.kv.modRevision })) : undefined;
    if (object) this.#objects.set(object);
    else this.#objects.delete(key);
    this.#tell({ key, revision: event.kv.modRevision, object, previous });
  }
  #tell(change: CacheChange): void {
    this.#history.push(change);
    for (const subscriber of this.#subscribers.get(resourceOf(change.key)) ?? []) subscriber.change(change);
  }

  /** History was compacted away while the watch was broken: everything is read again, and watchers are told to begin anew. */
  #refill(): void {
    this.#log.warn("the store compacted what the cache had not seen; it is filled anew");
    this.#clear();
    this.#fill(0).then(
      (revision) => {
        this.#history.reset(revision);
        for (const all of [...this.#subscribers.values()]) for (const subscriber of [...all]) subscriber.broken();
        this.#reach(revision);
        this.#watch();
      },
      (error: Error) => {
        this.#log.warn("the cache could not be filled; it tries again", { why: error.message });
        this.#clock.after(REWATCH_PAUSE_MS, () => this.#refill());
      },
    );
  }

  #clear(): void {
    for (const object of [...this.#objects.below(ROOT)]) this.#objects.delete(object.key);
  }

  #reach(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    for (const waiter of [...this.#waiters]) if (waiter.revision <= revision) waiter.done(true);
  }
}

/** The store may hand out a view into a larger buffer: kept, it would hold all of that. */
const own = (item: Stored): Stored => ({ ...item, value: Buffer.from(item.value) });

/** "/registry/pods/ns/name" is of "/registry/pods/"; services and the resources of a named group have one level more. */
export function resourceOf(key: string): string {
  const second = key.indexOf("/", ROOT.length);
  const first = key.slice(ROOT.length, second);
  if (first !== "services" && !first.includes(".")) return key.slice(0, second + 1);
  return key.slice(0, key.indexOf("/", second + 1) + 1);
}
