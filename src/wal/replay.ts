import { asBuffer, index, term } from "../base/index.js";
import { counterAt, RECORD_HEADER_BYTES, RECORD_KINDS, type SegmentHeader, viewOf } from "./format.js";
import type { ReadBatch } from "./segment-reader.js";
import type { WalEntry, WalHardState, WalStart } from "./types.js";

/** Rebuilds the log from batches in order; a later record replaces its index and everything behind it. */
export class Replay {
  start: WalStart;
  hardState: WalHardState;
  /** Entries up to here were in segments before the oldest one: unless the start covers them, they are missing. */
  readonly #lastBefore: number;
  #entries: WalEntry[] = [];

  /** `header` is the oldest segment's. */
  constructor(header: SegmentHeader) {
    this.start = header.start;
    this.hardState = header.hardState;
    this.#lastBefore = header.last.index;
  }

  /** Says what is wrong with the batch, or nothing. */
  add(batch: ReadBatch): string | undefined {
    this.start = batch.header.start;
    this.hardState = batch.header.hardState;
    const payload = asBuffer(batch.payload);
    const view = viewOf(payload);
    let at = 0;
    for (let n = 0; n < batch.header.records; n++) {
      const entry = recordAt(payload, view, at);
      if (typeof entry === "string") return entry;
      if (!this.#put(entry)) return `entry ${entry.index} leaves a gap`;
      at += RECORD_HEADER_BYTES + entry.data.length;
    }
    return at === payload.length ? undefined : "batch holds more than its records";
  }

  /** Entries behind the start, or undefined when those right behind it are missing. */
  entries(): readonly WalEntry[] | undefined {
    const first = this.#entries[0];
    if (first === undefined) return this.#lastBefore > this.start.index ? undefined : [];
    const skip = this.start.index + 1 - first.index;
    if (skip < 0) return undefined;
    return skip === 0 ? this.#entries : this.#entries.slice(skip);
  }

  /** Highest index so far; 0 for none. */
  lastIndex(): number {
    return this.#entries.at(-1)?.index ?? 0;
  }

  lastTerm(): number {
    return this.#entries.at(-1)?.term ?? 0;
  }

  #put(entry: WalEntry): boolean {
    const first = this.#entries[0];
    if (first === undefined) {
      this.#entries.push(entry);
      return true;
    }
    const position = entry.index - first.index;
    if (position > this.#entries.length) return false;
    if (position < 0) this.#entries = [];
    else this.#entries.length = position;
    this.#entries.push(entry);
    return true;
  }
}

function recordAt(payload: Buffer, view: DataView, at: number): WalEntry | string {
  if (at + RECORD_HEADER_BYTES > payload.length) return "record header is cut short";
  const length = view.getUint32(at, true);
  const kind = RECORD_KINDS[view.getUint32(at + 4, true)];
  const from = at + RECORD_HEADER_BYTES;
  if (kind === undefined) return "record of an unknown kind";
  if (from + length > payload.length) return "record is longer than its batch";
  return {
    kind,
    term: term(counterAt(view, at + 8)),
    index: index(counterAt(view, at + 16)),
    data: payload.subarray(from, from + length),
  };
}
