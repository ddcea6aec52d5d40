import type { HubResponse, HubStream, Mvcc } from "../../mvcc/types.js";
import type { EtcdError, WatchCreateRequest, WatchResponse, WatchSink, WatchStream } from "../api/index.js";
import type { ResponseHeader } from "../api/types.js";

interface Watcher {
  readonly request: WatchCreateRequest;
  /** First revision that the client has not been told of. */
  next: number;
  /** Its `created` after a swap of the store is not the client's business. */
  mute: boolean;
}

/** Why a watcher may not be made; asked once, at its creation: what is taken away later ends no watcher, as with etcd. */
type Refusal = (request: WatchCreateRequest) => string | undefined | Promise<string | undefined>;

/** A client's watch stream over the hub of whichever store the member holds: an installed snapshot swaps the store, and every watcher
 *  goes on from history where it was. */
export class MemberWatchStream implements WatchStream {
  readonly #sink: WatchSink;
  readonly #header: () => ResponseHeader;
  readonly #wake: () => void;
  readonly #onClose: (stream: MemberWatchStream) => void;
  readonly #refusal: Refusal;
  /** Someone's token is waited for: what was asked after it waits behind. */
  #behind: Promise<void> | undefined;
  readonly #watchers = new Map<bigint, Watcher>();
  readonly #creating: WatchCreateRequest[] = [];
  #hub: HubStream;
  #paused = false;
  #closed = false;
  readonly requireLeader: boolean;

  constructor(options: {
    readonly mvcc: Mvcc;
    readonly sink: WatchSink;
    readonly header: () => ResponseHeader;
    readonly wake: () => void;
    readonly onClose: (stream: MemberWatchStream) => void;
    readonly requireLeader: boolean;
    readonly refusal: Refusal;
  }) {
    this.#sink = options.sink;
    this.#header = options.header;
    this.#wake = options.wake;
    this.#onClose = options.onClose;
    this.#refusal = options.refusal;
    this.requireLeader = options.requireLeader;
    this.#hub = options.mvcc.watches.open({ deliver: (r) => this.#deliver(r) });
  }

  create(request: WatchCreateRequest): void {
    this.#inOrder(() => {
      const refusal = this.#refusal(request);
      if (!(refusal instanceof Promise)) return this.#create(request, refusal);
      return refusal.then((reason) => this.#create(request, reason));
    });
  }
  #create(request: WatchCreateRequest, refusal: string | undefined): void {
    if (this.#closed) return;
    this.#creating.push(request);
    if (refusal === undefined) this.#hub.create(request);
    else this.#hub.refuse(refusal);
    this.#wake();
  }
  cancel(watchId: bigint): void {
    this.#inOrder(() => {
      this.#hub.cancel(watchId);
      this.#wake();
    });
  }
  requestProgress(): void {
    this.#inOrder(() => {
      this.#hub.requestProgress();
      this.#wake();
    });
  }
  #inOrder(run: () => void | Promise<void>): void {
    if (this.#closed) return;
    const started = this.#behind === undefined ? run() : this.#behind.then(() => (this.#closed ? undefined : run()));
    if (started === undefined) return;
    const done = started.finally(() => {
      if (this.#behind === done) this.#behind = undefined;
    });
    this.#behind = done;
  }
  pause(): void {
    if (this.#closed || this.#paused) return;
    this.#paused = true;
    this.#hub.pause();
  }
  resume(): void {
    if (this.#closed || !this.#paused) return;
    this.#paused = false;
    this.#hub.resume();
    this.#wake();
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hub.close();
    this.#onClose(this);
  }

  /** The server ends the stream. */
  end(error: EtcdError): void {
    if (this.#closed) return;
    this.close();
    this.#sink.closed(error);
  }

  /** Another store took the place of the one this stream was opened on. */
  moveTo(mvcc: Mvcc): void {
    if (this.#closed) return;
    this.#hub.close();
    this.#hub = mvcc.watches.open({ deliver: (r) => this.#deliver(r) });
    for (const [watchId, w] of [...this.#watchers]) {
      w.mute = true;
      this.#hub.create({ ...w.request, watchId, startRevision: w.next });
    }
    if (this.#paused) this.#hub.pause();
  }

  #deliver(response: HubResponse): void {
    if (this.#closed) return;
    if (response.created && this.#muted(response)) return;
    this.#follow(response);
    const { revision, ...rest } = response;
    const header = this.#header();
    const out: WatchResponse =
      revision === 0
        ? { ...rest, header: { ...header, revision: 0 } }
        : { ...rest, header: { ...header, revision: revision as ResponseHeader["revision"] } };
    this.#sink.deliver(out);
  }

  #muted(response: HubResponse): boolean {
    const watcher = this.#watchers.get(response.watchId);
    if (!watcher?.mute) return false;
    watcher.mute = false;
    return !response.canceled;
  }

  #follow(response: HubResponse): void {
    if (response.created) {
      const request = this.#creating.shift();
      if (request && !response.canceled) {
        const next = request.startRevision > 0 ? request.startRevision : response.revision + 1;
        this.#watchers.set(response.watchId, { request, next, mute: false });
      }
    } else if (response.canceled) {
      this.#watchers.delete(response.watchId);
    } else {
      const watcher = this.#watchers.get(response.watchId);
      const last = response.events.at(-1);
      // A fragment is a part of its revision: until the last part arrived, the whole is owed.
      if (watcher && last && !response.fragment) watcher.next = last.kv.modRevision + 1;
    }
  }
}
