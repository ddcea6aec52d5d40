import { type Random, seededRandom } from "../../src/base/index.js";
import { type CallContext, type EtcdApi, EtcdError } from "../../src/etcd/api/index.js";
import { RemoteEtcd } from "../../src/etcd/rpc/client/index.js";
import { type History, LEASED, type LeaseRecord, type Write, type WriteOutcome } from "./history.js";
import { deleteOf, holds, prefixEnd, putOf, rangeOf, text } from "./requests.js";

/** A call that is not answered by then has an unknown outcome; the client goes on elsewhere. */
const CALL_MS_MAX = 1_000;
/** Keys that clients fight over at one time; they change every few seconds, so that each register's history stays searchable. */
const KEYS = 6;
const KEYS_LIVE_MS = 6_000;
const LEASE_TTL_SECONDS = 3;

export interface LoadOptions {
  readonly endpoints: readonly string[];
  readonly seed: number;
  readonly history: History;
  readonly nowMs: () => number;
  /** Pause after each call. */
  readonly thinkMs: number;
  readonly acknowledged: () => void;
}

/** A client that calls one master at a time and moves on when it gets no answer. */
abstract class Client {
  readonly id: number;
  readonly random: Random;
  readonly options: LoadOptions;
  readonly #apis: readonly RemoteEtcd[];
  #at: number;
  #stopped = false;

  constructor(id: number, options: LoadOptions) {
    this.id = id;
    this.options = options;
    this.random = seededRandom(options.seed * 1_000 + id);
    this.#apis = options.endpoints.map((endpoint) => new RemoteEtcd({ endpoints: [endpoint] }));
    this.#at = id % this.#apis.length;
  }

  abstract turn(): Promise<void>;

  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.turn();
      await wait(this.random.below(this.options.thinkMs * 2 + 1));
    }
    for (const api of this.#apis) api.close();
  }
  stop(): void {
    this.#stopped = true;
  }
  protected get api(): EtcdApi {
    return this.#apis[this.#at % this.#apis.length] as EtcdApi;
  }
  protected moveOn(): void {
    this.#at++;
  }
  protected get now(): number {
    return this.options.nowMs();
  }
  protected get context(): CallContext {
    return { deadlineMonotonicMs: performance.now() + CALL_MS_MAX };
  }
}

/** Puts, swaps, deletes, two keys at once, reads. */
export class Worker extends Client {
  #writes = 0;
  /** What was last read or written of a key: the base of the next swap. */
  readonly #known = new Map<string, string | undefined>();

  async turn(): Promise<void> {
    const dice = this.random.below(100);
    if (dice < 30) return this.#write([this.#change(this.#key())]);
    if (dice < 50) return this.#swap(this.#key());
    if (dice < 57) return this.#write([{ key: this.#key(), value: undefined }]);
    if (dice < 65) return this.#both();
    if (dice < 90) return this.#read({ serializable: false });
    return this.#read({ serializable: true });
  }

  #key(): string {
    return `r/${this.#era()}/${this.random.below(KEYS)}`;
  }
  #era(): number {
    return Math.floor(this.now / KEYS_LIVE_MS);
  }
  #change(key: string): { readonly key: string; readonly value: string } {
    return { key, value: `${this.id}.${++this.#writes}` };
  }
  #both(): Promise<void> {
    const first = this.random.below(KEYS - 1);
    return this.#write([this.#change(`r/${this.#era()}/${first}`), this.#change(`r/${this.#era()}/${first + 1}`)]);
  }
  #swap(key: string): Promise<void> {
    return this.#write([this.#change(key)], { key, value: this.#known.get(key) });
  }

  async #write(changes: Write["changes"], condition?: Write["condition"]): Promise<void> {
    const write: Write = { kind: "write", client: this.id, changes, condition, startMs: this.now, endMs: 0, outcome: { kind: "unknown" } };
    this.options.history.operations.push(write);
    try {
      write.outcome = await this.#perform(write);
      if (write.outcome.kind === "done" && write.outcome.changed) this.options.acknowledged();
      this.#learn(write);
    } catch (error) {
      write.outcome = nothingWritten(error) ? { kind: "refused" } : { kind: "unknown" };
      this.moveOn();
    }
    write.endMs = this.now;
  }

  async #perform({ changes, condition }: Write): Promise<WriteOutcome> {
    const [only] = changes;
    if (changes.length === 1 && only !== undefined && condition === undefined) {
      if (only.value !== undefined) {
        const answer = await this.api.put(this.context, putOf(only.key, only.value));
        return { kind: "done", revision: answer.header.revision, changed: true };
      }
      const answer = await this.api.deleteRange(this.context, deleteOf(only.key));
      return { kind: "done", revision: answer.header.revision, changed: answer.deleted > 0 };
    }
    const answer = await this.api.txn(this.context, {
      kind: "txn",
      compare: condition ? [holds(condition.key, condition.value)] : [],
      success: changes.map(({ key, value }) => (value === undefined ? deleteOf(key) : putOf(key, value))),
      failure: condition ? [rangeOf(condition.key)] : [],
    });
    const revision = answer.header.revision;
    if (answer.succeeded) return { kind: "done", revision, changed: true };
    const [read] = answer.responses;
    const kv = read?.kind === "range" ? read.kvs[0] : undefined;
    return { kind: "conditionFailed", revision, found: kv && text(kv.value) };
  }

  #learn(write: Write): void {
    if (write.outcome.kind === "done") for (const c of write.changes) this.#known.set(c.key, c.value);
    if (write.outcome.kind === "conditionFailed" && write.condition) this.#known.set(write.condition.key, write.outcome.found);
    if (this.#known.size > 4 * KEYS) this.#known.clear();
  }

  /** One key, or all of them at one point in time. */
  async #read(options: { readonly serializable: boolean }): Promise<void> {
    const era = `r/${this.#era()}/`;
    const all = Array.from({ length: KEYS }, (_, i) => `${era}${i}`);
    const keys = this.random.below(4) === 0 ? all : [this.#key()];
    const request = keys.length === 1 ? rangeOf(keys[0] as string, options) : rangeOf(era, { ...options, rangeEnd: prefixEnd(era) });
    const startMs = this.now;
    try {
      const answer = await this.api.range(this.context, request);
      const values = new Map(answer.kvs.map((kv) => [text(kv.key), text(kv.value)]));
      const found = keys.map((key) => ({ key, value: values.get(key) }));
      for (const f of found) this.#known.set(f.key, f.value);
      const { revision } = answer.header;
      this.options.history.operations.push({ kind: "read", client: this.id, found, ...options, startMs, endMs: this.now, revision });
    } catch {
      this.moveOn();
    }
  }
}

/** Holds a lease with a key for a while, renews it, looks that the key is there, then lets it end. */
export class Leaseholder extends Client {
  #held: { readonly id: bigint; readonly record: LeaseRecord; renewals: number } | undefined;
  #count = 0;

  async turn(): Promise<void> {
    try {
      if (this.#held === undefined) await this.#grant();
      else if (this.#held.renewals >= 4) this.#held = undefined;
      else await this.#renew(this.#held);
    } catch {
      this.moveOn();
    }
    await wait(200);
  }

  async #grant(): Promise<void> {
    const sent = this.now;
    const { id } = await this.api.leaseGrant(this.context, { id: 0n as never, ttl: LEASE_TTL_SECONDS });
    const key = `${LEASED}${this.id}/${++this.#count}`;
    const value = `${this.id}.lease.${this.#count}`;
    const write: Write = {
      kind: "write",
      client: this.id,
      changes: [{ key, value }],
      condition: undefined,
      startMs: this.now,
      endMs: 0,
      outcome: { kind: "unknown" },
    };
    this.options.history.operations.push(write);
    try {
      const answer = await this.api.put(this.context, putOf(key, value, { lease: id }));
      write.outcome = { kind: "done", revision: answer.header.revision, changed: true };
      this.#held = { id, record: { key, value, ttlMs: LEASE_TTL_SECONDS * 1_000, renewedMs: sent }, renewals: 0 };
    } catch (error) {
      write.outcome = nothingWritten(error) ? { kind: "refused" } : { kind: "unknown" };
      throw error;
    } finally {
      write.endMs = this.now;
    }
  }

  async #renew(held: { readonly id: bigint; readonly record: LeaseRecord; renewals: number }): Promise<void> {
    const { record } = held;
    const answer = await this.api.range(this.context, rangeOf(record.key));
    if (answer.kvs.length === 0) {
      const aliveUntilMs = record.renewedMs + record.ttlMs;
      this.options.history.leaseLosses.push({ key: record.key, endMs: this.now, aliveUntilMs });
      this.#held = undefined;
      return;
    }
    const sent = this.now;
    const { ttl } = await this.api.leaseKeepAlive(this.context, held.id as never);
    if (ttl === 0) this.#held = undefined;
    else {
      record.renewedMs = sent;
      held.renewals++;
    }
  }
}

/** Answers that say for certain that nothing happened: a full store, or no connection to send through. */
function nothingWritten(error: unknown): boolean {
  if (error instanceof EtcdError) return error.code === "noSpace" || error.code === "tooManyRequests";
  return error instanceof Error && /No connection established|ECONNREFUSED/.test(error.message);
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
