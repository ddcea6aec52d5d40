import type { Index } from "../../base/index.js";
import { type EtcdCode, EtcdError } from "../api/index.js";
import { READ_REFUSED_RETRY_MS, READ_RETRY_MS, READS_WAITING_MAX, SHARED_DEADLINE_MS, TOKENS_WAITING_MAX } from "./limits.js";

/** Reads that wait together: one promise serves all that came at about the same time. */
interface WaitingRead {
  readonly deadlineMs: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  reads: number;
}

function waitingRead(deadlineMs: number): WaitingRead {
  const { promise, resolve, reject } = withResolvers();
  return { deadlineMs, promise, resolve, reject, reads: 1 };
}
function withResolvers() {
  let resolve = (): void => {};
  let reject = (_error: Error): void => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Linearizable reads: all that arrive while a round is on its way share the next one. */
export class Reads {
  #waiting: WaitingRead[] = [];
  /** Reads in `#waiting`. */
  #count = 0;
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
    if (this.#count >= READS_WAITING_MAX) return Promise.reject(new EtcdError("tooManyRequests"));
    this.#count++;
    const last = this.#waiting.at(-1);
    if (last !== undefined && Math.abs(last.deadlineMs - deadlineMs) <= SHARED_DEADLINE_MS) {
      last.reads++;
      return last.promise;
    }
    const read = waitingRead(deadlineMs);
    this.#waiting.push(read);
    return read.promise;
  }

  /** Resolves when `index` is applied here. */
  waitApplied(index: Index, deadlineMs: number): Promise<void> {
    if (this.#behind.length >= TOKENS_WAITING_MAX) return Promise.reject(new EtcdError("tooManyRequests"));
    const read = waitingRead(deadlineMs);
    this.#behind.push({ index, read });
    return read.promise;
  }

  /** The context of a round to ask for now, or undefined. */
  nextRound(nowMs: number): number | undefined {
    const retry = this.#asked.length > 0 && nowMs >= this.#retryAtMs;
    if (!retry && (this.#asked.length > 0 || this.#waiting.length === 0)) return undefined;
    if (retry) this.slow++;
    // A repeated question gets a new number: an answer to the old one is for fewer reads than now wait.
    this.#asked = this.#asked.length === 0 ? this.#waiting : this.#asked.concat(this.#waiting);
    this.#waiting = [];
    this.#count = 0;
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
      this.failed += read.reads;
      read.reject(new EtcdError(code));
      return false;
    };
    this.#waiting = this.#waiting.filter(keep);
    this.#count = this.#waiting.reduce((sum, read) => sum + read.reads, 0);
    this.#asked = this.#asked.filter(keep);
    this.#behind = this.#behind.filter((b) => keep(b.read));
    this.#confirmed = this.#confirmed.map((c) => ({ ...c, reads: c.reads.filter(keep) }));
  }

  rejectAll(code: EtcdCode): void {
    this.expire(Number.POSITIVE_INFINITY, code);
  }
}
