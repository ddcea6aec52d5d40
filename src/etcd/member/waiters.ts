import { type Bytes, check, NumberMap, type Term } from "../../base/index.js";
import { type EtcdCode, EtcdError } from "../api/index.js";
import type { LogCommand } from "./commands.js";

/** A request that waits for its entry to be applied. */
export interface Waiter<R> {
  readonly sequence: number;
  readonly command: LogCommand;
  readonly data: Bytes;
  readonly deadlineMs: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: Error) => void;
  /** Means something only while this member leads in this term: never forwarded, never proposed again. */
  readonly onlyIn: Term | undefined;
  /** undefined: not handed to raft, or raft said it sent it nowhere. */
  sentIn: Term | undefined;
}

/** Requests by sequence number. */
export class Waiters<R> {
  readonly #bySequence = new NumberMap<Waiter<R>>();
  readonly #max: number;
  #next = 1;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#bySequence.size;
  }
  nextSequence(): number {
    if (this.#bySequence.size >= this.#max) throw new EtcdError("tooManyRequests");
    return this.#next++;
  }
  add(waiter: Waiter<R>): void {
    check(!this.#bySequence.has(waiter.sequence), `sequence ${waiter.sequence} waits already`);
    this.#bySequence.set(waiter.sequence, waiter);
  }
  get(sequence: number): Waiter<R> | undefined {
    return this.#bySequence.get(sequence);
  }
  take(sequence: number): Waiter<R> | undefined {
    const waiter = this.#bySequence.get(sequence);
    if (waiter !== undefined) this.#bySequence.delete(sequence);
    return waiter;
  }

  /** Entries of `term` are being applied: what was sent in an earlier term and is not applied yet never will be, because terms only
   *  grow along the log and a stale forwarded proposal is dropped by its term. It may be proposed again: exactly once, not at least.
   *  Oldest first. */
  lostBefore(term: Term): readonly Waiter<R>[] {
    const lost = this.#bySequence.values().filter((w) => w.sentIn !== undefined && w.sentIn < term);
    lost.sort((a, b) => a.sequence - b.sequence);
    for (const w of lost) w.sentIn = undefined;
    return lost;
  }

  /** A snapshot jumped over entries of `term` and before: whether those held a waiting request, nobody here can tell any more. */
  unknownUpTo(term: Term, code: EtcdCode): void {
    for (const waiter of this.#bySequence.values()) {
      if (waiter.sentIn === undefined || waiter.sentIn > term) continue;
      this.#bySequence.delete(waiter.sequence);
      waiter.reject(new EtcdError(code));
    }
  }

  /** Rejects what waited too long. The entry may still be applied later: the error says "timed out", never "failed". */
  expire(nowMs: number, code: EtcdCode): void {
    for (const waiter of this.#bySequence.values()) {
      if (waiter.deadlineMs > nowMs) continue;
      this.#bySequence.delete(waiter.sequence);
      waiter.reject(new EtcdError(code));
    }
  }

  rejectAll(code: EtcdCode): void {
    for (const waiter of this.#bySequence.values()) waiter.reject(new EtcdError(code));
    this.#bySequence.clear();
  }
}
