import { fromLatin1 } from "../../base/index.js";
import { NONE } from "../index/revision-log.js";
import { CATCH_UP_BATCH_BYTES, CATCH_UP_CHAIN_MAX, CATCH_UP_SKIPS_PER_RECORD } from "../limits.js";
import type { Change, Store } from "../store.js";
import { changeAt, type EventOptions, isWanted, RevisionEvents } from "./events.js";
import { covers, type WatchTarget } from "./interests.js";

export interface HistoryRequest {
  readonly target: WatchTarget;
  readonly options: EventOptions;
  /** The first revision wanted; not compacted. */
  readonly next: number;
}
export interface HistoryPart {
  /** Whole revisions, in order; possibly none. */
  readonly events: RevisionEvents;
  readonly isEmpty: boolean;
  /** Everything below was looked at. */
  readonly next: number;
  /** In records read. */
  readonly cost: number;
}

/** Events of stored revisions from `next` on, at most about `recordsMax` records read. Ends between revisions, never inside one. */
export function readHistory(store: Store, request: HistoryRequest, recordsMax: number): HistoryPart {
  const reader = new Reader(store, request, recordsMax);
  const chain = request.target.isPoint ? chainSince(store, request) : undefined;
  if (chain === undefined) store.log.walk(request.next, 0, (pos) => reader.take(pos));
  else for (const pos of chain) if (!reader.take(pos)) break;
  return reader.part();
}

class Reader {
  readonly #store: Store;
  readonly #request: HistoryRequest;
  readonly #recordsMax: number;
  readonly #changes: Change[] = [];
  #bytes = 0;
  #cost = 0;
  #main = 0;
  #stoppedAt: number | undefined;

  constructor(store: Store, request: HistoryRequest, recordsMax: number) {
    this.#store = store;
    this.#request = request;
    this.#recordsMax = recordsMax;
  }

  /** False when full: at the first record of a revision. */
  take(pos: number): boolean {
    const { log, table } = this.#store;
    const { target, options } = this.#request;
    const main = log.main(pos);
    if (main !== this.#main) {
      if (this.#cost >= this.#recordsMax || this.#bytes >= CATCH_UP_BATCH_BYTES) {
        this.#stoppedAt = main;
        return false;
      }
      this.#main = main;
    }
    const key = table.keys[log.slot(pos)] as string;
    const type = log.isTombstone(pos) ? "delete" : "put";
    if (!covers(target, key) || !isWanted(type, options)) {
      this.#cost += 1 / CATCH_UP_SKIPS_PER_RECORD;
      return true;
    }
    const change = changeAt(this.#store, pos, key);
    this.#changes.push(change);
    this.#bytes += change.encoded.length;
    this.#cost += options.prevKv ? 2 : 1;
    return true;
  }

  part(): HistoryPart {
    return {
      events: new RevisionEvents(this.#store, this.#changes),
      isEmpty: this.#changes.length === 0,
      next: this.#stoppedAt ?? this.#store.current + 1,
      cost: Math.max(1, Math.ceil(this.#cost)),
    };
  }
}

/** The records of one key since `next`, oldest first; undefined when there are so many that the log is the better way. */
function chainSince(store: Store, { target, next }: HistoryRequest): readonly number[] | undefined {
  const slot = store.table.find(fromLatin1(target.from));
  if (slot === NONE) return [];
  const chain: number[] = [];
  for (let pos = store.table.head[slot] as number; pos !== NONE && store.log.main(pos) >= next; ) {
    if (chain.length === CATCH_UP_CHAIN_MAX) return undefined;
    chain.push(pos);
    pos = store.log.older(pos);
  }
  return chain.reverse();
}
