import { check } from "../../base/index.js";
import type { Effects, Entry, HardState, Message } from "../../raft/types.js";
import type { Wal } from "../../wal/types.js";

type Persist = NonNullable<Effects["persist"]>;

export interface LogWriterHandlers {
  /** Entries up to this one, and everything before, are durable. */
  persisted(last: Entry): void;
  send(messages: readonly Message[]): void;
  /** The disk failed: the process must stop. */
  fatal(error: unknown): void;
}

/** Group commit: one write and sync at a time; what comes meanwhile is the next batch. Batches form by themselves under load. */
export class LogWriter {
  readonly #wal: Wal;
  readonly #handlers: LogWriterHandlers;
  #entries: Entry[] = [];
  #hardState: HardState | null = null;
  #mustSync = false;
  #messages: Message[] = [];
  #waiting = false;
  #writing = false;
  #idle: (() => void)[] = [];
  syncs = 0;

  constructor(wal: Wal, handlers: LogWriterHandlers) {
    this.#wal = wal;
    this.#handlers = handlers;
  }

  /** `messages` leave when everything given so far is durable. */
  write(persist: Persist | null, messages: readonly Message[]): void {
    if (persist !== null) this.#merge(persist);
    else if (!this.#writing && !this.#waiting) return this.#handlers.send(messages);
    for (const m of messages) this.#messages.push(m);
    this.#waiting = true;
    if (!this.#writing) this.#flush();
  }

  get busy(): boolean {
    return this.#writing;
  }

  /** Resolves when nothing is being written or waits. */
  idle(): Promise<void> {
    if (!this.#writing && !this.#waiting) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #merge(persist: Persist): void {
    const first = persist.entries[0];
    const last = this.#entries.at(-1);
    if (first && last && first.index <= last.index) {
      // A rewritten tail replaces what is not written yet.
      this.#entries = this.#entries.filter((e) => e.index < first.index);
    }
    for (const e of persist.entries) this.#entries.push(e);
    if (persist.hardState !== null) this.#hardState = persist.hardState;
    this.#mustSync ||= persist.mustSync;
  }

  #flush(): void {
    const entries = this.#entries;
    const hardState = this.#hardState;
    const messages = this.#messages;
    const sync = this.#mustSync;
    this.#entries = [];
    this.#hardState = null;
    this.#messages = [];
    this.#mustSync = false;
    this.#waiting = false;
    this.#writing = true;
    check(entries.length === 0 || sync, "entries must be synced");
    if (entries.length === 0 && hardState === null) return this.#done(entries, messages);
    if (sync) this.syncs++;
    this.#wal.append({ entries, hardState, sync }).then(
      () => this.#done(entries, messages),
      (error: unknown) => this.#handlers.fatal(error),
    );
  }

  #done(entries: readonly Entry[], messages: readonly Message[]): void {
    this.#writing = false;
    const last = entries.at(-1);
    if (last) this.#handlers.persisted(last);
    if (messages.length > 0) this.#handlers.send(messages);
    if (this.#waiting) return this.#flush();
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
