import type { Index } from "../../base/index.js";
import { type EtcdCode, EtcdError } from "../api/index.js";
import { READ_REFUSED_RETRY_MS, READ_RETRY_MS, READS_WAITING_MAX, TOKENS_WAITING_MAX } from "./limits.js";

interface WaitingRead {
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Linearizable reads: all that arrive while a round is on its way share the next one. */
export class Reads {
  #waiting: WaitingRead[] = [];
  #asked: WaitingRead[] = [];
  #context = 0;
  #retryAtMs = Number.POSITIVE_INFINITY;
  /** Confirmed at an index that is not applied yet. */
  #confirmed: { readonly index: Index; readonly reads: WaitingRead[] }[] = [];
  /** For an index that is known from elsewhere. */
  #behind: { readonly index: Index; readonly read: WaitingRead }[] = [];
  slow = 0;
  failed = 0;

  /** Resolves when everything that was acknowledged anywhere before this call can be read here. */
  wait(deadlineMs: number): Promise<void> {
    if (this.#waiting.length >= READS_WAITING_MAX) return Promise.reject(new EtcdError("tooManyRequests"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ deadlineMs, resolve, reject });
    });
  }

  /** Resolves when `index` is applied here. */
  waitApplied(index: Index, deadlineMs: number): Promise<void> {
    if (this.#behind.length >= TOKENS_WAITING_MAX) return Promise.reject(new EtcdError("tooManyRequests"));
    return new Promise((resolve, reject) => {
      this.#behind.push({ index, read: { deadlineMs, resolve, reject } });
    });
  }

  /** The context of a round to ask for now, or undefined. */
  nextRound(nowMs: number): number | undefined {
    const retry = this.#asked.length > 0 && nowMs >= this.#retryAtMs;
    if (!retry && (this.#asked.length > 0 || this.#waiting.length === 0)) return undefined;
    if (retry) this.slow++;
    // A repeated question gets a new number: an answer to the old one is for fewer reads than now wait.
    this.#asked = this.#asked.length === 0 ? this.#waiting : this.#asked.concat(this.#waiting);
    this.#waiting = [];
    this.#retryAtMs = nowMs + READ_RETRY_MS;
    return ++this.#context;
  }

  /** Milliseconds until nextRound should be called again. */
  msUntilRetry(nowMs: number): number {
    return this.#asked.length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, this.#retryAtMs - nowMs);
  }

  answered(context: number, index: Index, applied: Index): void {
    if (context !== this.#context || this.#asked.length === 0) return;
    this.#confirmed.push({ index, reads: this.#asked });
    this.#asked = [];
    this.applied(applied);
  }

  refused(context: number, nowMs: number): void {
    if (context !== this.#context || this.#asked.length === 0) return;
    this.#retryAtMs = Math.min(this.#retryAtMs, nowMs + READ_REFUSED_RETRY_MS);
  }

  /** A leader can answer now: whoever was refused need not wait out his pause. */
  answerable(nowMs: number): void {
    this.#retryAtMs = Math.min(this.#retryAtMs, nowMs);
  }

  applied(index: Index): void {
    if (this.#behind.length > 0) this.#reached(index);
    while (this.#confirmed.length > 0) {
      const first = this.#confirmed[0];
      if (first === undefined || first.index > index) return;
      this.#confirmed.shift();
      for (const read of first.reads) read.resolve();
    }
  }

  #reached(index: Index): void {
    for (const { read } of this.#behind.filter((b) => b.index <= index)) read.resolve();
    this.#behind = this.#behind.filter((b) => b.index > index);
  }

  expire(nowMs: number, code: EtcdCode): void {
    const keep = (read: WaitingRead): boolean => {
      if (read.deadlineMs > nowMs) return true;
      this.failed++;
      read.reject(new EtcdError(code));
      return false;
    };
    this.#waiting = this.#waiting.filter(keep);
    this.#asked = this.#asked.filter(keep);
    this.#behind = this.#behind.filter((b) => keep(b.read));
    this.#confirmed = this.#confirmed.map((c) => ({ ...c, reads: c.reads.filter(keep) }));
  }

  rejectAll(code: EtcdCode): void {
    this.expire(Number.POSITIVE_INFINITY, code);
  }
}
