import { fromLatin1, latin1 } from "../../../src/base/index.js";
import type { CallContext, EtcdApi, WatchCreateRequest, WatchEvent, WatchResponse, WatchStream } from "../../../src/etcd/api/index.js";
import type { Subject } from "./subject.js";

const PATIENCE_MS = 10_000;
const NO_BYTES = fromLatin1("");

/** A client's watch stream that remembers everything it was told. */
export class Watching {
  readonly responses: WatchResponse[] = [];
  readonly stream: WatchStream;
  readonly #subject: Subject;
  #closed: { readonly error: string | undefined } | undefined;
  #waiting: (() => void)[] = [];

  constructor(api: EtcdApi, subject: Subject, context: CallContext = {}) {
    this.#subject = subject;
    this.stream = api.watch(context, {
      deliver: (response) => {
        this.responses.push(response);
        this.#wake();
      },
      closed: (error) => {
        this.#closed = { error: error?.message };
        this.#wake();
      },
    });
  }

  /** Asks for a watcher; its `created` is not waited for. */
  ask(key: string, rangeEnd = "", more: Partial<WatchCreateRequest> = {}): void {
    this.stream.create({
      key: key === "" ? NO_BYTES : this.#subject.key(key),
      rangeEnd: this.#subject.end(rangeEnd),
      startRevision: 0,
      progressNotify: false,
      filters: [],
      prevKv: false,
      watchId: 0n,
      fragment: false,
      ...more,
    });
  }
  /** Asks for a watcher and waits until the server says that it is there. */
  async create(key: string, rangeEnd = "", more: Partial<WatchCreateRequest> = {}): Promise<WatchResponse> {
    const before = this.responses.filter((r) => r.created).length;
    this.ask(key, rangeEnd, more);
    return this.until("a created", () => this.responses.filter((r) => r.created)[before]);
  }

  events(watchId?: bigint): WatchEvent[] {
    return this.responses.filter((r) => watchId === undefined || r.watchId === watchId).flatMap((r) => r.events);
  }
  /** "put a=1", "delete a". */
  lines(watchId?: bigint): string[] {
    return this.events(watchId).map((e) => {
      const name = this.#subject.name(e.kv.key);
      return e.type === "put" ? `put ${name}=${latin1(e.kv.value)}` : `delete ${name}`;
    });
  }
  async take(count: number, watchId?: bigint): Promise<WatchEvent[]> {
    return this.until(`${count} events`, () => (this.events(watchId).length >= count ? this.events(watchId) : undefined));
  }
  async takeLines(count: number, watchId?: bigint): Promise<string[]> {
    await this.take(count, watchId);
    return this.lines(watchId);
  }
  /** Nothing more is on its way for what happened before: a marker written now comes through on a watcher of its own. */
  async settle(): Promise<void> {
    const marker = `marker ${this.responses.length}`;
    const { watchId } = await this.create(marker);
    await this.#subject.put(marker);
    await this.until("the marker", () => this.responses.find((r) => r.watchId === watchId && r.events.length > 0));
  }
  async until<T>(what: string, probe: () => T | undefined): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = probe();
      if (found !== undefined) return found;
      if (this.#closed || performance.now() > deadline) {
        throw new Error(`never came: ${what}; stream ${this.#closed ? `closed (${this.#closed.error})` : "open"}, got ${this.#told()}`);
      }
      await this.#next(deadline);
    }
  }
  close(): void {
    this.stream.close();
  }

  #next(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - performance.now()));
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  #wake(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
  #told(): string {
    return JSON.stringify(
      this.responses.map(({ watchId, created, canceled, cancelReason, events }) => ({
        watchId: String(watchId),
        created,
        canceled,
        cancelReason,
        events: events.length,
      })),
    );
  }
}
