import type { WatchEvent } from "../../etcd/api/index.js";
import { CATCH_UP_TURN_RECORDS } from "../limits.js";
import type { Change, Store } from "../store.js";
import type { HubResponse, HubSink, WatchHub } from "../types.js";
import { RevisionEvents } from "./events.js";
import { type HistoryPart, readHistory } from "./history.js";
import { type Interest, Interests } from "./interests.js";
import { Stream, type Watcher } from "./stream.js";

/** Watchers and what they are owed. A synced watcher has had every event and is found by key; a lagging one wants history from a
 *  revision on and holds no events, however far behind it is. */
export class Hub implements WatchHub {
  readonly #store: Store;
  readonly #streams = new Set<Stream>();
  readonly #interests = new Interests<Watcher>();
  /** Streams that are not paused and have lagging watchers, in the order of their turns. */
  readonly #lagging = new Set<Stream>();
  readonly #wantProgress = new Set<Stream>();
  #watchers = 0;
  #slow = 0;
  /** The last part of history that was read: many watchers often want the same one. */
  #lastRead: { readonly name: string; readonly part: HistoryPart } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  get current(): number {
    return this.#store.current;
  }
  get compactRevision(): number {
    return this.#store.compactRevision;
  }

  open(sink: HubSink): Stream {
    const stream = new Stream(this, sink);
    this.#streams.add(stream);
    return stream;
  }

  counts(): { readonly streams: number; readonly watchers: number; readonly slow: number; readonly pendingEvents: number } {
    return { streams: this.#streams.size, watchers: this.#watchers, slow: this.#slow, pendingEvents: 0 };
  }

  // ------------------------------------------------------------ called by streams

  added(watcher: Watcher): void {
    this.#watchers++;
    this.#store.watched = true;
    if (watcher.next > this.current) this.#interests.add(watcher);
    else this.lag(watcher, watcher.next);
  }
  removed(watcher: Watcher): void {
    this.#watchers--;
    this.#store.watched = this.#watchers > 0;
    if (watcher.isLagging) this.#unlag(watcher);
    else this.#interests.delete(watcher);
  }
  closed(stream: Stream): void {
    this.#streams.delete(stream);
    this.#lagging.delete(stream);
    this.#wantProgress.delete(stream);
  }
  /** From now on the watcher reads history, beginning at `next`. */
  lag(watcher: Watcher, next: number): void {
    if (!watcher.isLagging) this.#interests.delete(watcher);
    watcher.isLagging = true;
    watcher.next = next;
    watcher.stream.lagging.add(watcher);
    this.#slow++;
    this.queue(watcher.stream);
  }
  #unlag(watcher: Watcher): void {
    watcher.isLagging = false;
    watcher.stream.lagging.delete(watcher);
    this.#slow--;
    if (watcher.stream.lagging.size === 0) this.#lagging.delete(watcher.stream);
  }
  /** Gives the stream its turn if there is anything to do for it. */
  queue(stream: Stream): void {
    if (stream.isOpen && stream.lagging.size > 0) this.#lagging.add(stream);
    else this.#lagging.delete(stream);
  }
  wantProgress(stream: Stream): void {
    if (!stream.answerProgress()) this.#wantProgress.add(stream);
  }

  // ------------------------------------------------------------ live events

  /** After a command: delivers its events, if there are any. */
  notify(): void {
    const { changes } = this.#store;
    if (changes.length > 0) {
      this.#store.changes = [];
      const events = new RevisionEvents(this.#store, changes);
      const first = changes[0] as Change;
      if (changes.length === 1) this.#notifyOne(first.key, events);
      else this.#notifyMany(changes, events);
    }
    if (this.#wantProgress.size > 0) this.#answerProgress();
  }

  #notifyOne(key: string, events: RevisionEvents): void {
    const interests: Interest<Watcher>[] = [];
    this.#interests.over(key, interests);
    for (const interest of interests) this.#offer(interest, events);
  }

  #notifyMany(changes: readonly Change[], events: RevisionEvents): void {
    const hits = new Map<Interest<Watcher>, number[]>();
    const found: Interest<Watcher>[] = [];
    for (let i = 0; i < changes.length; i++) {
      found.length = 0;
      this.#interests.over((changes[i] as Change).key, found);
      for (const interest of found) {
        const indices = hits.get(interest);
        if (indices === undefined) hits.set(interest, [i]);
        else indices.push(i);
      }
    }
    for (const [interest, indices] of hits) this.#offer(interest, events.part(indices));
  }

  /** A set may shrink and grow while its watchers are served: a sink can pause, cancel or close at any delivery. */
  #offer(interest: Interest<Watcher>, part: RevisionEvents): void {
    const revision = this.current;
    for (const group of interest.variants) {
      if (group === undefined) continue;
      const events = part.events(group.options);
      if (events.length === 0) continue;
      for (const watcher of group.watchers) {
        if (watcher.next > revision) continue;
        if (watcher.stream.isOpen) this.#deliver(watcher, part, events);
        else this.lag(watcher, revision);
      }
    }
  }

  #deliver(watcher: Watcher, part: RevisionEvents, events: readonly WatchEvent[]): void {
    watcher.heard = true;
    const revision = this.current;
    if (!watcher.fragment) {
      watcher.stream.sink.deliver(eventResponse(watcher.id, events, revision, false));
      return;
    }
    const parts = part.fragments(watcher.options);
    for (let i = 0; i < parts.length; i++) {
      const slice = parts[i] as readonly WatchEvent[];
      watcher.stream.sink.deliver(eventResponse(watcher.id, slice, revision, i < parts.length - 1));
    }
  }

  // ------------------------------------------------------------ history

  catchUp(recordsMax: number): "idle" | "more" {
    let left = recordsMax;
    for (const stream of this.#lagging) {
      if (left <= 0) break;
      // To the end of the queue before its turn: each stream gets one before any gets its second.
      this.#lagging.delete(stream);
      this.#lagging.add(stream);
      const [watcher] = stream.lagging;
      if (watcher !== undefined) left -= this.#turn(watcher, Math.min(left, CATCH_UP_TURN_RECORDS));
      this.queue(stream);
    }
    this.#lastRead = undefined;
    if (this.#wantProgress.size > 0) this.#answerProgress();
    return this.#lagging.size === 0 ? "idle" : "more";
  }

  /** One part of history for one watcher. Returns its cost. The watcher's state is settled before anything is delivered, because a
   *  sink may pause or close its stream in the delivery. */
  #turn(watcher: Watcher, recordsMax: number): number {
    const { stream } = watcher;
    if (watcher.next < this.compactRevision) {
      stream.cancelCompacted(watcher);
      return 1;
    }
    const { part, cost } = this.#read(watcher, recordsMax);
    watcher.next = part.next;
    if (part.next > this.current) {
      this.#unlag(watcher);
      this.#interests.add(watcher);
    } else {
      stream.lagging.delete(watcher);
      stream.lagging.add(watcher);
    }
    if (!part.isEmpty) this.#deliver(watcher, part.events, part.events.events(watcher.options));
    return cost;
  }

  #read(watcher: Watcher, recordsMax: number): { readonly part: HistoryPart; readonly cost: number } {
    const name = `${watcher.historyName}@${watcher.next}-${this.current}`;
    if (this.#lastRead?.name === name) return { part: this.#lastRead.part, cost: 1 };
    const part = readHistory(this.#store, watcher, recordsMax);
    this.#lastRead = { name, part };
    return { part, cost: part.cost };
  }

  // ------------------------------------------------------------ progress

  #answerProgress(): void {
    for (const stream of this.#wantProgress) if (stream.answerProgress()) this.#wantProgress.delete(stream);
  }
  notifyProgress(): void {
    for (const stream of this.#streams) stream.notifyProgress();
  }
}

function eventResponse(watchId: bigint, events: readonly WatchEvent[], revision: number, fragment: boolean): HubResponse {
  return { watchId, created: false, canceled: false, compactRevision: 0, cancelReason: "", fragment, events, revision };
}
