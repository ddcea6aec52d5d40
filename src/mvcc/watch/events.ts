import type { KeyValue, WatchEvent, WatchFilter } from "../../etcd/api/index.js";
import { NONE } from "../index/revision-log.js";
import { EVENT_OVERHEAD_BYTES, WATCH_RESPONSE_OVERHEAD_BYTES } from "../limits.js";
import { IndexKeyValue, StoredKeyValue } from "../record.js";
import type { Change, Store } from "../store.js";

/** What decides which events a watcher gets and how they look; watchers with equal options share their event arrays. */
export interface EventOptions {
  readonly noPut: boolean;
  readonly noDelete: boolean;
  readonly prevKv: boolean;
}
export const optionsOf = (filters: readonly WatchFilter[], prevKv: boolean): EventOptions => ({
  noPut: filters.includes("noPut"),
  noDelete: filters.includes("noDelete"),
  prevKv,
});
export const variantOf = (o: EventOptions): number => (o.noPut ? 1 : 0) + (o.noDelete ? 2 : 0) + (o.prevKv ? 4 : 0);

export const isWanted = (type: "put" | "delete", options: EventOptions): boolean => (type === "put" ? !options.noPut : !options.noDelete);

/** A delete event has the key and the revision of the deletion, nothing else. */
function deletedKv(key: string, modRevision: number): KeyValue {
  return new IndexKeyValue(key, { createRevision: 0, modRevision, version: 0 });
}

/** The value before this record; undefined for a create, and when that revision was compacted away. */
function previousOf(store: Store, pos: number): KeyValue | undefined {
  const { log } = store;
  const main = log.main(pos);
  if (main - 1 < store.compactRevision) return undefined;
  let older = log.older(pos);
  while (older !== NONE && log.main(older) === main) older = log.older(older);
  if (older === NONE || log.isTombstone(older)) return undefined;
  return store.keyValueAt(older);
}

export function eventOf(store: Store, change: Change, prevKv: boolean): WatchEvent {
  const { type } = change;
  const kv = type === "put" ? new StoredKeyValue(change.encoded) : deletedKv(change.key, store.log.main(change.pos));
  return { type, kv, prevKv: prevKv ? previousOf(store, change.pos) : undefined };
}

/** The change that a stored record was. Reads its value for a put only. */
export function changeAt(store: Store, pos: number, key: string): Change {
  if (store.log.isTombstone(pos)) return { key, pos, type: "delete", encoded: NOTHING };
  return { key, pos, type: "put", encoded: store.keyValueAt(pos).encoded };
}
const NOTHING = new Uint8Array(0);

export function eventBytes(event: WatchEvent): number {
  const previous = event.prevKv?.encoded;
  const kv = event.kv.encoded;
  return EVENT_OVERHEAD_BYTES + (kv?.length ?? 0) + (previous?.length ?? 0);
}

/** Cut so that no part but one of a single event is over `bytesMax`; one array when all fit. */
export function fragments(events: readonly WatchEvent[], bytesMax: number): readonly (readonly WatchEvent[])[] {
  const parts: WatchEvent[][] = [];
  let part: WatchEvent[] = [];
  let bytes = WATCH_RESPONSE_OVERHEAD_BYTES;
  for (const event of events) {
    const size = eventBytes(event);
    if (part.length > 0 && bytes + size >= bytesMax) {
      parts.push(part);
      part = [];
      bytes = WATCH_RESPONSE_OVERHEAD_BYTES;
    }
    part.push(event);
    bytes += size;
  }
  if (parts.length === 0) return [events];
  parts.push(part);
  return parts;
}

/** The changes of one revision, or a part of them, as events: each event and each array is made once and shared by all watchers with
 *  the same options, so that the member can encode it once. */
export class RevisionEvents {
  readonly #store: Store;
  readonly #changes: readonly Change[];
  readonly #made: (WatchEvent | undefined)[][];
  readonly #arrays: (readonly WatchEvent[] | undefined)[] = [];
  readonly #fragments: (readonly (readonly WatchEvent[])[] | undefined)[] = [];

  constructor(store: Store, changes: readonly Change[], made: (WatchEvent | undefined)[][] = [[], []]) {
    this.#store = store;
    this.#changes = changes;
    this.#made = made;
  }

  /** The same events for some of the changes only. */
  part(indices: readonly number[]): RevisionEvents {
    if (indices.length === this.#changes.length) return this;
    const pick = <T>(all: readonly T[]): T[] => indices.map((i) => all[i] as T);
    return new RevisionEvents(this.#store, pick(this.#changes), this.#made.map(pick));
  }

  events(options: EventOptions): readonly WatchEvent[] {
    const variant = variantOf(options);
    let array = this.#arrays[variant];
    if (array === undefined) {
      array = this.#make(options);
      this.#arrays[variant] = array;
    }
    return array;
  }
  fragments(options: EventOptions): readonly (readonly WatchEvent[])[] {
    const variant = variantOf(options);
    let parts = this.#fragments[variant];
    if (parts === undefined) {
      parts = fragments(this.events(options), this.#store.options.fragmentBytesMax);
      this.#fragments[variant] = parts;
    }
    return parts;
  }

  #make(options: EventOptions): readonly WatchEvent[] {
    const wanted = this.#changes.filter((change) => isWanted(change.type, options));
    // A filter that takes nothing away must not cost the sharing.
    if (wanted.length === this.#changes.length && (options.noPut || options.noDelete)) {
      return this.events({ noPut: false, noDelete: false, prevKv: options.prevKv });
    }
    const made = this.#made[options.prevKv ? 1 : 0] as (WatchEvent | undefined)[];
    const events: WatchEvent[] = [];
    for (let i = 0; i < this.#changes.length; i++) {
      const change = this.#changes[i] as Change;
      if (!isWanted(change.type, options)) continue;
      const event = made[i] ?? eventOf(this.#store, change, options.prevKv);
      made[i] = event;
      events.push(event);
    }
    return events;
  }
}
