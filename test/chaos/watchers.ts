import type { WatchResponse, WatchStream } from "../../src/etcd/api/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import type { Change, WatchRecord } from "./history.js";
import { text, watchOf } from "./requests.js";

/** A watcher that hears nothing for so long asks another master: the one it listens to may be paused. */
const SILENCE_MS_MAX = 2_000;

/** Hears one prefix from one revision on, through every reconnection, without a gap and without a repetition. */
export class Watcher {
  readonly record: WatchRecord;
  readonly #apis: readonly RemoteEtcd[];
  readonly #silence: NodeJS.Timeout;
  #at: number;
  #stream: WatchStream | undefined;
  #heardAt = performance.now();
  #again: NodeJS.Timeout | undefined;
  #stopped = false;
  reconnections = 0;

  constructor(options: { readonly id: number; readonly endpoints: readonly string[]; readonly prefix: string; readonly from: number }) {
    this.record = { client: options.id, prefix: options.prefix, from: options.from, heard: [], upTo: options.from - 1 };
    this.#apis = options.endpoints.map((endpoint) => new RemoteEtcd({ endpoints: [endpoint] }));
    this.#at = options.id;
    this.#open();
    this.#silence = setInterval(() => this.#ask(), SILENCE_MS_MAX / 4);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#silence);
    clearTimeout(this.#again);
    this.#stream?.close();
    for (const api of this.#apis) api.close();
  }

  /** A progress answer says that everything up to its revision was heard. */
  #ask(): void {
    if (performance.now() - this.#heardAt > SILENCE_MS_MAX) this.#reopen();
    else this.#stream?.requestProgress();
  }

  #reopen(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#heardAt = performance.now();
    if (this.#stopped) return;
    this.#at++;
    this.reconnections++;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#open(), 50);
  }

  #open(): void {
    if (this.#stopped) return;
    const api = this.#apis[this.#at % this.#apis.length] as RemoteEtcd;
    const stream = api.watch(
      {},
      {
        deliver: (response) => {
          if (this.#stream === stream) this.#hear(response);
        },
        closed: () => {
          if (this.#stream === stream) this.#reopen();
        },
      },
    );
    this.#stream = stream;
    stream.create(watchOf(this.record.prefix, { startRevision: this.record.upTo + 1, prevKv: true }));
  }

  #hear(response: WatchResponse): void {
    this.#heardAt = performance.now();
    if (response.canceled) return this.#reopen();
    for (const e of response.events) {
      const change: Change = { revision: e.kv.modRevision, key: text(e.kv.key), value: e.type === "put" ? text(e.kv.value) : undefined };
      this.record.heard.push({ ...change, before: e.prevKv && text(e.prevKv.value) });
    }
    const last = response.events.at(-1)?.kv.modRevision;
    if (last !== undefined) this.record.upTo = Math.max(this.record.upTo, last);
    else if (!response.created) this.record.upTo = Math.max(this.record.upTo, response.header.revision);
  }
}
