import { crc32c, fromLatin1 } from "../base/index.js";
import { EtcdError, type HashKvResult } from "../etcd/api/index.js";
import { NONE } from "./index/revision-log.js";
import type { Store } from "./store.js";
import type { HashRun } from "./types.js";

/** etcd's bucket name, which begins its hash. */
const SEED = crc32c(fromLatin1("key"));

/** etcd's record key: main, '_', sub, both 8 bytes big endian, and 't' after a tombstone's. */
const recordName = new Uint8Array(18);
const nameView = new DataView(recordName.buffer);

export function beginHash(store: Store, revision: number): HashRun {
  const at = revision === 0 ? store.current : revision;
  checkRevision(store, at);
  return new Run(store, at);
}

function checkRevision(store: Store, at: number): void {
  if (at < store.compactRevision) throw new EtcdError("compacted");
  if (at > store.current) throw new EtcdError("futureRevision");
}

/** Writes that arrive between steps lie above the hashed revision. A compaction between steps starts the run over with its revision:
 *  the hash covers a compact revision by definition, and the records of the old one may be gone. */
class Run implements HashRun {
  readonly #store: Store;
  readonly #at: number;
  #compact: number;
  #keepFrom: number;
  #crc = SEED;
  #main = 0;
  #sub = 0;

  constructor(store: Store, at: number) {
    this.#store = store;
    this.#at = at;
    this.#compact = store.compactRevision;
    this.#keepFrom = keepFrom(store, at);
  }

  step(recordsMax: number): HashKvResult | undefined {
    const store = this.#store;
    if (store.compactRevision !== this.#compact) this.#restart();
    let left = Math.max(1, recordsMax);
    let done = true;
    store.log.walk(this.#main, this.#sub, (pos) => {
      const main = store.log.main(pos);
      if (main > this.#at) return false;
      if (left-- === 0) {
        this.#main = main;
        this.#sub = store.log.sub(pos);
        done = false;
        return false;
      }
      if (this.#isHashed(pos, main)) this.#add(pos, main);
      return true;
    });
    return done ? { hash: this.#crc, compactRevision: this.#compact, hashRevision: this.#at } : undefined;
  }

  #restart(): void {
    checkRevision(this.#store, this.#at);
    this.#compact = this.#store.compactRevision;
    this.#keepFrom = keepFrom(this.#store, this.#at);
    this.#crc = SEED;
    this.#main = 0;
    this.#sub = 0;
  }

  /** Of the compacted revisions only what a compaction at the hashed revision would keep; never a tombstone of the compact revision. */
  #isHashed(pos: number, main: number): boolean {
    if (main > this.#compact) return true;
    const { log } = this.#store;
    if (log.isTombstone(pos)) return false;
    const newer = log.newer(pos);
    return newer === NONE || log.main(newer) > this.#keepFrom;
  }

  #add(pos: number, main: number): void {
    const { log } = this.#store;
    const value = this.#store.recordAt(pos);
    writeNumber(0, main);
    recordName[8] = 0x5f;
    writeNumber(9, log.sub(pos));
    recordName[17] = 0x74;
    this.#crc = crc32c(recordName, this.#crc, 0, log.isTombstone(pos) ? 18 : 17);
    this.#crc = crc32c(value, this.#crc);
  }
}

function writeNumber(at: number, value: number): void {
  nameView.setUint32(at, Math.floor(value / 0x1_0000_0000));
  nameView.setUint32(at + 4, value >>> 0);
}

/** A compacted record counts when nothing newer of its key is at or below this. It is the hashed revision, but where no key lives at
 *  that revision etcd's set of kept records is empty and then it leaves out none of those that the compaction kept. */
function keepFrom(store: Store, at: number): number {
  if (at >= store.current && store.liveKeys > 0) return at;
  let lives = false;
  store.log.walk(0, 0, (pos) => {
    if (store.log.main(pos) > at) return false;
    if (store.log.isTombstone(pos)) return true;
    const newer = store.log.newer(pos);
    lives = newer === NONE || store.log.main(newer) > at;
    return !lives;
  });
  return lives ? at : store.compactRevision;
}
