import type { EtcdCode } from "../etcd/api/index.js";
import { NONE } from "./index/revision-log.js";
import { encodeNumbers, META_COMPACT, META_SWEPT, recordKey } from "./space-keys.js";
import type { Store } from "./store.js";

/** Compaction in two halves. `promise` is replicated: from then on older revisions are refused and the size has shrunk. `sweep` is each
 *  member's own pace: it deletes records from the backend in (main, sub) order, so that a restart finds for every key an unbroken
 *  tail of its history and starts over where the last finished sweep ended. */
export class Compactor {
  readonly #store: Store;
  /** The next record to look at; everything below it is swept up to the promised revision. */
  #main = 0;
  #sub = 0;

  constructor(store: Store) {
    this.#store = store;
    // Tombstones at the revision of the last sweep were kept: they are looked at again.
    this.#main = store.sweptRevision;
  }

  promise(revision: number): EtcdCode | undefined {
    const store = this.#store;
    if (revision <= store.compactRevision) return "compacted";
    if (revision > store.current) return "futureRevision";
    if (this.#main >= store.compactRevision) {
      this.#main = store.compactRevision;
      this.#sub = 0;
    }
    store.compactRevision = revision;
    store.options.space.put(META_COMPACT, encodeNumbers(revision));
    const freed = store.log.freedUpTo(revision);
    store.recordBytes -= freed - store.freedBefore;
    store.freedBefore = freed;
    return undefined;
  }

  /** Looks at up to `recordsMax` records. */
  sweep(recordsMax: number): "done" | "more" {
    const store = this.#store;
    const { log, compactRevision } = store;
    if (store.sweptRevision === compactRevision) return "done";
    let left = Math.max(1, recordsMax);
    let done = true;
    log.walk(this.#main, this.#sub, (pos) => {
      const main = log.main(pos);
      if (main > compactRevision) return false;
      if (left-- === 0) {
        this.#main = main;
        this.#sub = log.sub(pos);
        done = false;
        return false;
      }
      this.#sweepRecord(pos, main);
      return true;
    });
    log.tidy();
    if (!done) return "more";
    this.#main = compactRevision;
    this.#sub = 0;
    store.sweptRevision = compactRevision;
    store.options.space.put(META_SWEPT, encodeNumbers(compactRevision));
    return "done";
  }

  /** A record at or below the promised revision supersedes its elder; a tombstone below it has nothing left to say (one exactly at it
   *  stays: a watch may start there, etcd #19179). */
  #sweepRecord(pos: number, main: number): void {
    const { log } = this.#store;
    const older = log.older(pos);
    if (older !== NONE) this.#remove(older);
    if (main === this.#store.compactRevision || !log.isTombstone(pos)) return;
    const newest = log.newer(pos) === NONE;
    const slot = log.slot(pos);
    this.#remove(pos);
    if (newest) this.#forget(slot);
  }

  #remove(pos: number): void {
    const { log, options } = this.#store;
    options.space.delete(recordKey(log.main(pos), log.sub(pos)));
    log.remove(pos);
  }

  #forget(slot: number): void {
    const { table, tree } = this.#store;
    tree.remove(table.keys[slot] as string);
    table.remove(slot);
  }
}
