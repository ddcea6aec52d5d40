import { type Bytes, latin1 } from "../../base/index.js";
import { ETCD_ERRORS, type WatchCreateRequest } from "../../etcd/api/index.js";
import type { HubResponse, HubSink, HubStream } from "../types.js";
import { spanEnd } from "../validate.js";
import { type EventOptions, optionsOf, variantOf } from "./events.js";
import type { Hub } from "./hub.js";
import { type Interested, targetName, type WatchTarget } from "./interests.js";

const INVALID_WATCH_ID = -1n;
const DUPLICATE_ID = "mvcc: duplicate watch ID provided on the WatchStream";
const EMPTY_RANGE = "mvcc: watcher range is empty";

export class Watcher implements Interested {
  readonly stream: Stream;
  readonly id: bigint;
  readonly target: WatchTarget;
  readonly options: EventOptions;
  readonly startRevision: number;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  isLagging = false;
  /** Lagging: the first revision not yet delivered. Synced: nothing before this revision is wanted. */
  next: number;
  /** Got events since the last progress notification. */
  heard = false;

  constructor(stream: Stream, id: bigint, request: WatchCreateRequest, target: WatchTarget, next: number) {
    this.stream = stream;
    this.id = id;
    this.target = target;
    this.options = optionsOf(request.filters, request.prevKv);
    this.startRevision = request.startRevision;
    this.fragment = request.fragment;
    this.progressNotify = request.progressNotify;
    this.next = next;
  }
  get historyName(): string {
    return `${this.target.isPoint ? "=" : "~"}${targetName(this.target)}/${variantOf(this.options)}`;
  }
}

/** One client's watchers. While it is paused nothing is delivered: answers to its own requests wait here, events stay in history. */
export class Stream implements HubStream {
  readonly sink: HubSink;
  readonly lagging = new Set<Watcher>();
  readonly #hub: Hub;
  readonly #watchers = new Map<bigint, Watcher>();
  #state: "open" | "paused" | "closed" = "open";
  #nextId = 0n;
  /** Answers to requests of a paused stream; empty while it is open. */
  #held: HubResponse[] = [];
  #ahead: Watcher | undefined;

  constructor(hub: Hub, sink: HubSink) {
    this.#hub = hub;
    this.sink = sink;
  }
  get isOpen(): boolean {
    return this.#state === "open";
  }

  create(request: WatchCreateRequest): void {
    if (this.#state === "closed") return;
    // "\0" is the smallest key there is.
    const key = request.key.length === 0 ? "\0" : latin1(request.key);
    const target = targetOf(key, request.rangeEnd);
    if (request.startRevision < 0) this.refuse(ETCD_ERRORS.compacted.text);
    else if (target === "empty") this.refuse(EMPTY_RANGE);
    else if (request.watchId !== 0n && this.#watchers.has(request.watchId)) this.refuse(DUPLICATE_ID);
    else this.#add(request, target);
  }

  #add(request: WatchCreateRequest, target: WatchTarget): void {
    const id = request.watchId === 0n ? this.#pickId() : request.watchId;
    const { current, compactRevision } = this.#hub;
    const start = request.startRevision;
    const watcher = new Watcher(this, id, request, target, start === 0 ? current + 1 : start);
    this.#watchers.set(id, watcher);
    this.#hub.added(watcher);
    this.#send({ watchId: id, created: true, revision: current });
    if (start !== 0 && start < compactRevision) this.cancelCompacted(watcher);
  }
  #pickId(): bigint {
    while (this.#watchers.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  refuse(reason: string): void {
    const revision = this.#hub.current;
    this.#send({ watchId: INVALID_WATCH_ID, created: true, canceled: true, cancelReason: reason, revision });
  }

  cancel(watchId: bigint): void {
    const watcher = this.#watchers.get(watchId);
    if (watcher === undefined) return;
    this.#remove(watcher);
    this.#send({ watchId, canceled: true, revision: this.#hub.current });
  }
  /** Its history is gone: the client must list anew. The header carries no revision, as etcd's. */
  cancelCompacted(watcher: Watcher): void {
    if (this.#watchers.get(watcher.id) !== watcher) return;
    this.#remove(watcher);
    const { compactRevision } = this.#hub;
    this.#send({ watchId: watcher.id, canceled: true, compactRevision, revision: 0 });
  }
  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher.id);
    this.#hub.removed(watcher);
  }

  requestProgress(): void {
    if (this.#state !== "closed") this.#hub.wantProgress(this);
  }
  /** True when the request is settled: answered once, or pointless because nothing is watched. */
  answerProgress(): boolean {
    if (this.#state === "closed" || this.#watchers.size === 0) return true;
    if (this.#state === "paused" || this.lagging.size > 0) return false;
    const { current } = this.#hub;
    if (this.#isAhead(current)) return false;
    this.#send({ watchId: INVALID_WATCH_ID, revision: current });
    return true;
  }
  /** Some watcher starts later. The one found is asked first next time: this runs after every command while a request waits. */
  #isAhead(current: number): boolean {
    const found = this.#ahead;
    if (found !== undefined && found.startRevision > current && this.#watchers.get(found.id) === found) return true;
    this.#ahead = undefined;
    for (const watcher of this.#watchers.values()) {
      if (watcher.startRevision <= current) continue;
      this.#ahead = watcher;
      return true;
    }
    return false;
  }
  notifyProgress(): void {
    const revision = this.#hub.current;
    for (const watcher of this.#watchers.values()) {
      if (!watcher.progressNotify) continue;
      const heard = watcher.heard;
      watcher.heard = false;
      if (heard || watcher.isLagging || !this.isOpen || watcher.startRevision > revision) continue;
      this.#send({ watchId: watcher.id, revision });
    }
  }

  pause(): void {
    if (this.#state !== "open") return;
    this.#state = "paused";
    this.#hub.queue(this);
  }
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "open";
    while (this.#held.length > 0 && this.isOpen) this.sink.deliver(this.#held.shift() as HubResponse);
    this.#hub.queue(this);
  }
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#held = [];
    for (const watcher of [...this.#watchers.values()]) this.#remove(watcher);
    this.#hub.closed(this);
  }

  #send(part: Partial<HubResponse> & { readonly watchId: bigint; readonly revision: number }): void {
    const response: HubResponse = { ...BLANK, ...part };
    if (this.#state === "open") this.sink.deliver(response);
    else if (this.#state === "paused") this.#held.push(response);
  }
}

const BLANK = {
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: "",
  fragment: false,
  events: [],
} as const;

function targetOf(from: string, rangeEnd: Bytes): WatchTarget | "empty" {
  if (rangeEnd.length === 0) return { from, to: undefined, isPoint: true };
  const to = spanEnd(rangeEnd);
  return to !== undefined && from >= to ? "empty" : { from, to, isPoint: false };
}
