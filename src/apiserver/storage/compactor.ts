import { NO_BYTES, utf8 } from "../../base/index.js";
import { EtcdError, putRequest, type RangeResult, rangeRequest } from "../../etcd/api/index.js";
import type { Clock, Log, Timer } from "../../host/index.js";
import { COMPACT_EVERY_MS, STORE_CALL_MS } from "./limits.js";
import type { ObjectStore } from "./store.js";

/** The original's own key: its apiservers and ours take turns on the same store. */
const KEY = utf8("compact_rev_key");
const GET = rangeRequest({ key: KEY });

/**
 * Drops history that is older than two rounds. Whoever writes the key first in a round compacts; the others learn from it what
 * was reached. The revision that is dropped is the one that was current a round ago, so that nobody who watches loses his place.
 */
export class Compactor {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #version = 0;
  #revision = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(store: ObjectStore, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }
  start(): void {
    this.#timer = this.#clock.after(COMPACT_EVERY_MS, () => {
      this.round()
        .catch((error: Error) => this.#log.warn("history was not compacted; the next round tries again", { why: error.message }))
        .finally(() => this.#stopped || this.start());
    });
  }
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async round(): Promise<void> {
    const { etcd } = this.#store;
    const context = { deadlineMonotonicMs: this.#clock.monotonicMs() + STORE_CALL_MS };
    const r = await etcd.txn(context, {
      kind: "txn",
      compare: [{ key: KEY, rangeEnd: NO_BYTES, result: "equal", target: { kind: "version", number: this.#version } }],
      success: [putRequest({ key: KEY, value: utf8(String(this.#revision)) })],
      failure: [GET],
    });
    const before = this.#revision;
    if (!r.succeeded) {
      this.#version = (r.responses[0] as RangeResult).kvs[0]?.version ?? 0;
      this.#revision = r.header.revision;
      return;
    }
    this.#version += 1;
    this.#revision = r.header.revision;
    if (before === 0) return;
    await etcd.compact(context, { kind: "compact", revision: before, physical: false }).catch(unlessCompacted);
    this.#log.debug("history compacted", { revision: before });
  }
}
function unlessCompacted(error: unknown): void {
  if (!(error instanceof EtcdError) || error.code !== "compacted") throw error;
}
