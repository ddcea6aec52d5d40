import { check, type Index, index, type Term, term } from "../base/index.js";
import { LOG_CUT_ENTRIES } from "./limits.js";
import type { Entry, SnapshotMeta } from "./types.js";

const DROPPED: Entry = { term: term(0), index: index(0), kind: "empty", data: new Uint8Array(0) };
const NONE: readonly Entry[] = [];

/**
 * The log behind the last snapshot: an array whose front is cut lazily. Four marks move over it, each only forward except
 * `written` and `persisted`, which fall back when an uncommitted tail is replaced:
 *
 *   base (dropped, term kept) <= applied <= delivered <= committed <= last;  persisted <= written <= last
 */
export class RaftLog {
  #entries: Entry[];
  /** Position in #entries of the entry after `base`. */
  #head = 0;
  #base: Index;
  #baseTerm: Term;
  #committed: Index;
  #applied: Index;
  #delivered: Index;
  #deliveredBytes = 0;
  #written: Index;
  #persisted: Index;

  constructor(snapshot: SnapshotMeta, entries: readonly Entry[], committed: Index) {
    this.#base = snapshot.index;
    this.#baseTerm = snapshot.term;
    this.#entries = entries.slice();
    this.#applied = snapshot.index;
    this.#delivered = snapshot.index;
    this.#written = this.last;
    this.#persisted = this.last;
    checkContiguous(snapshot, entries);
    check(committed <= this.last, `the disk remembers commit ${committed} but the log ends at ${this.last}`);
    this.#committed = committed > snapshot.index ? committed : snapshot.index;
  }

  get base(): Index {
    return this.#base;
  }
  get last(): Index {
    return (this.#base + this.#entries.length - this.#head) as Index;
  }
  get lastTerm(): Term {
    return this.#entries.length === this.#head ? this.#baseTerm : (this.#entries[this.#entries.length - 1] as Entry).term;
  }
  get committed(): Index {
    return this.#committed;
  }
  get applied(): Index {
    return this.#applied;
  }
  get delivered(): Index {
    return this.#delivered;
  }
  get persisted(): Index {
    return this.#persisted;
  }

  /** The base's term is known, what is before is not. */
  termAt(at: Index): Term | undefined {
    if (at === this.#base) return this.#baseTerm;
    return at > this.#base && at <= this.last ? this.#at(at).term : undefined;
  }

  /** Asks for `base < at <= last`. */
  entryAt(at: Index): Entry {
    check(at > this.#base && at <= this.last, `entry ${at} is not held`);
    return this.#at(at);
  }

  #at(at: number): Entry {
    return this.#entries[at - this.#base - 1 + this.#head] as Entry;
  }

  append(entry: Entry): void {
    check(entry.index === this.last + 1, `entry ${entry.index} does not follow ${this.last}`);
    check(entry.term >= this.lastTerm, `term ${entry.term} after ${this.lastTerm}`);
    this.#entries.push(entry);
  }

  /** Drops everything from `from` on: a leader that outlived it never had it. */
  truncate(from: Index): void {
    check(from > this.#committed, `truncating ${from} would lose commit ${this.#committed}`);
    check(from <= this.last + 1, `truncating ${from} beyond ${this.last}`);
    this.#entries.length = from - this.#base - 1 + this.#head;
    this.#written = least(this.#written, from - 1);
    this.#persisted = least(this.#persisted, from - 1);
  }

  /** Entries [from, to]; the objects are shared with the log, the array is the caller's. */
  range(from: Index, to: Index): readonly Entry[] {
    if (from > to) return NONE;
    const at = from - this.#base - 1 + this.#head;
    check(at >= this.#head, `entry ${from} is compacted`);
    check(to <= this.last, `entry ${to} beyond ${this.last}`);
    return this.#entries.slice(at, at + to - from + 1);
  }

  /** Last index of a run from `from` whose data fits `bytesMax`; at least `from` itself. */
  reach(from: Index, to: Index, bytesMax: number): Index {
    const shift = this.#head - this.#base - 1;
    let bytes = 0;
    for (let at: number = from; at <= to; at++) {
      bytes += (this.#entries[at + shift] as Entry).data.length;
      if (bytes > bytesMax && at > from) return (at - 1) as Index;
    }
    return to;
  }

  bytes(from: Index, to: Index): number {
    const shift = this.#head - this.#base - 1;
    let bytes = 0;
    for (let at: number = from; at <= to; at++) bytes += (this.#entries[at + shift] as Entry).data.length;
    return bytes;
  }

  /** Newest membership entry in (after, upTo], or 0. */
  lastMembershipIn(after: Index, upTo: Index): Index {
    for (let at: number = upTo; at > after && at > this.#base; at--) if (this.#at(at).kind === "membership") return index(at);
    return index(0);
  }

  /** Largest index <= `at` whose term is <= `wanted`: steps over whole terms at once. `at` itself when it is below the base. */
  lastAtOrBelowTerm(at: Index, wanted: Term): Index {
    if (at < this.#base) return at;
    let low: number = this.#base;
    let high: number = least(at, this.last);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.termAt(middle as Index) as Term) <= wanted) low = middle;
      else high = middle - 1;
    }
    return low as Index;
  }

  isUpToDate(candidate: { readonly lastIndex: Index; readonly lastTerm: Term }): boolean {
    if (candidate.lastTerm !== this.lastTerm) return candidate.lastTerm > this.lastTerm;
    return candidate.lastIndex >= this.last;
  }

  commitTo(to: Index): void {
    check(to <= this.last, `commit ${to} beyond last ${this.last}`);
    if (to > this.#committed) this.#committed = to;
  }

  /** Entries that no persist effect has named yet. */
  takeUnwritten(): readonly Entry[] {
    const entries = this.range(index(this.#written + 1), this.last);
    this.#written = this.last;
    return entries;
  }

  /**
   * The term tells a sync of a tail that was replaced meanwhile from a sync of what stands here now: with the index alone,
   * a leader would count an entry as durable that is not (the ABA of an asynchronous log).
   */
  persistedTo(at: Index, atTerm: Term, options: { readonly ignoreTerm: boolean }): boolean {
    if (at <= this.#persisted || at > this.#written) return false;
    if (!options.ignoreTerm && this.termAt(at) !== atTerm) return false;
    this.#persisted = at;
    return true;
  }

  /**
   * Committed entries to hand out, as far as they are durable here too and `bytesMax` of them are not applied yet. The quorum's
   * durability would be enough for Raft, but a checkpoint of what was applied must never run ahead of our own durable log:
   * after a crash the log would end before the state that it is meant to continue.
   */
  deliver(bytesMax: number): readonly Entry[] {
    const to = least(this.#committed, this.#persisted);
    if (to <= this.#delivered) return NONE;
    const room = bytesMax - this.#deliveredBytes;
    if (room <= 0 && this.#delivered > this.#applied) return NONE;
    const from = index(this.#delivered + 1);
    const until = this.reach(from, to, room);
    const entries = this.range(from, until);
    this.#delivered = until;
    for (let i = 0; i < entries.length; i++) this.#deliveredBytes += (entries[i] as Entry).data.length;
    return entries;
  }

  /** True when `deliver` would hand something out without any further event but a step. */
  hasDeliverable(bytesMax: number): boolean {
    if (least(this.#committed, this.#persisted) <= this.#delivered) return false;
    return this.#deliveredBytes < bytesMax || this.#delivered === this.#applied;
  }

  appliedTo(to: Index): void {
    if (to <= this.#applied) return;
    check(to <= this.#delivered, `applied ${to} was never handed out (${this.#delivered})`);
    this.#deliveredBytes -= this.bytes(index(this.#applied + 1), to);
    this.#applied = to;
  }

  /** Forgets entries up to `to`; the term of the last one stays, for the next append's check. */
  compact(to: Index): void {
    if (to <= this.#base) return;
    check(to <= this.#applied, `compacting ${to} before it was applied (${this.#applied})`);
    this.#baseTerm = this.#at(to).term;
    const head = this.#head + (to - this.#base);
    // Dropped at once, so that their data is not kept alive; the array itself is cut when half of it is holes.
    this.#entries.fill(DROPPED, this.#head, head);
    this.#head = head;
    this.#base = to;
    if (head >= LOG_CUT_ENTRIES && head * 2 >= this.#entries.length) {
      this.#entries.splice(0, head);
      this.#head = 0;
    }
  }

  /** A received snapshot takes the place of everything. */
  reset(snapshot: SnapshotMeta): void {
    check(snapshot.index > this.#committed, `snapshot ${snapshot.index} is not ahead of commit ${this.#committed}`);
    this.#entries = [];
    this.#head = 0;
    this.#base = snapshot.index;
    this.#baseTerm = snapshot.term;
    this.#committed = snapshot.index;
    this.#applied = snapshot.index;
    this.#delivered = snapshot.index;
    this.#deliveredBytes = 0;
    this.#written = snapshot.index;
    this.#persisted = snapshot.index;
  }

  checkMarks(): void {
    check(this.#base <= this.#applied, "compacted beyond applied");
    check(this.#applied <= this.#delivered, "applied beyond delivered");
    check(this.#delivered <= this.#committed, "delivered beyond committed");
    check(this.#committed <= this.last, "committed beyond last");
    check(this.#delivered <= this.#persisted, "delivered beyond persisted");
    check(this.#persisted <= this.#written, "persisted beyond written");
    check(this.#written <= this.last, "written beyond last");
  }
}

const least = (a: number, b: number): Index => Math.min(a, b) as Index;

function checkContiguous(snapshot: SnapshotMeta, entries: readonly Entry[]): void {
  let before: { readonly index: Index; readonly term: Term } = snapshot;
  for (const entry of entries) {
    check(entry.index === before.index + 1, `the log on disk jumps from ${before.index} to ${entry.index}`);
    check(entry.term >= before.term, `the log on disk falls from term ${before.term} to ${entry.term}`);
    before = entry;
  }
}
