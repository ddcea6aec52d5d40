import { Bug, type Bytes, check, type Index, index as toIndex } from "../base/index.js";
import type { Disk, DiskFile, Log } from "../host/index.js";
import { BatchEncoder, batchBytes } from "./batch-encoder.js";
import { encodeSegmentHeader, saltSeed, segmentName } from "./format.js";
import { PREPARE_AT_FRACTION, SECTOR_BYTES, SEGMENT_HEADER_BYTES, type WalLimits } from "./limits.js";
import type { Sealed } from "./recover.js";
import type { Awaited, SegmentFile } from "./segment-reader.js";
import { SegmentSupply } from "./supply.js";
import type { Wal, WalBatch, WalEntry, WalHardState, WalIdentity, WalStart } from "./types.js";

/** The segment that is written to. */
interface Active {
  readonly sequence: number;
  readonly path: string;
  readonly file: DiskFile;
  readonly sizeBytes: number;
  readonly seed: number;
  tail: number;
  maxIndex: number;
  /** A hint stands at the tail: it proves, should the last batch be found damaged, that it was acknowledged. */
  hinted: boolean;
}

export interface WalParts {
  readonly disk: Disk;
  readonly directory: string;
  readonly log: Log;
  readonly limits: WalLimits;
  readonly identity: WalIdentity;
  readonly salt: (sequence: number) => bigint;
}

/** Everything in it is durable, except the commit index of `hardState`. */
export interface WalState {
  readonly start: WalStart;
  readonly hardState: WalHardState;
  readonly last: WalStart;
  readonly awaited: Awaited;
  readonly sealed: readonly Sealed[];
}

export class SegmentedWal implements Wal {
  readonly #parts: WalParts;
  readonly #encoder: BatchEncoder;
  readonly #supply: SegmentSupply;
  #active: Active | undefined;
  #sealed: Sealed[];
  #start: WalStart;
  #hardState: WalHardState;
  #last: WalStart;
  #awaited: Awaited;
  /** The hard state in memory is ahead of the one on disk (its commit index only). */
  #stale = false;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #failure: unknown;
  #closed = false;

  constructor(parts: WalParts, state: WalState) {
    this.#parts = parts;
    this.#encoder = new BatchEncoder(parts.limits);
    this.#supply = new SegmentSupply({ ...parts, recycledSegmentsMax: parts.limits.recycledSegmentsMax });
    this.#sealed = [...state.sealed];
    this.#start = state.start;
    this.#hardState = state.hardState;
    this.#last = state.last;
    this.#awaited = state.awaited;
  }

  append(batch: WalBatch): Promise<void> {
    return this.#inTurn(() => this.#append(batch));
  }

  cut(start: WalStart): Promise<void> {
    return this.#inTurn(() => this.#cut(start));
  }

  reset(start: WalStart, hardState: WalHardState): Promise<void> {
    return this.#inTurn(() => this.#reset(start, hardState));
  }

  sizeBytes(): number {
    const sealed = this.#sealed.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    return sealed + (this.#active?.sizeBytes ?? 0) + this.#supply.idleBytes();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const seal = this.#failure === undefined ? this.#inTurn(() => this.#write([], "closed")) : undefined;
    this.#closed = true;
    try {
      await seal;
    } finally {
      await this.#supply.close();
      await this.#active?.file.close();
    }
  }

  /** Goes on in a segment that was read back. */
  resume(segment: SegmentFile, at: { readonly tail: number; readonly maxIndex: number; readonly hinted: boolean }): void {
    const { header, path, file } = segment;
    const { sequence, sizeBytes } = header;
    this.#active = { sequence, path, file, sizeBytes, seed: saltSeed(header.salt), ...at };
  }

  /** Says on disk, without waiting for the disk, that the last batch was acknowledged. */
  hint(): Promise<void> {
    return this.#inTurn(() => this.#hint());
  }

  /** The first segment of a new log, or the one that replaces all others. Durable when it resolves. */
  beginChain(): Promise<void> {
    return this.#inTurn(() => this.#nextSegment({ chainStart: true, atLeast: 0 }));
  }

  /** One operation at a time, in call order. A failure poisons the log: what the disk holds is no longer known. */
  async #inTurn(run: () => Promise<void>): Promise<void> {
    if (this.#closed) throw new Bug("log used after close");
    const before = this.#turn;
    let done = (): void => {};
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    if (this.#waiting++ > 0) await before;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      await run();
    } catch (error) {
      this.#failure ??= error;
      throw error;
    } finally {
      this.#waiting--;
      done();
    }
  }

  async #append(batch: WalBatch): Promise<void> {
    const { entries, hardState } = batch;
    const promised = hardState !== null && this.#isPromise(hardState);
    if (hardState !== null) this.#takeHardState(hardState);
    if (entries.length > 0 || promised || (batch.sync && this.#stale)) {
      this.#checkContiguous(entries);
      await this.#write(entries, "batch");
      return;
    }
    if (!batch.sync) await this.#hint();
  }

  /** A vote or a new term must never be forgotten, whatever the caller says about waiting; a commit index may. */
  #isPromise(hardState: WalHardState): boolean {
    return hardState.term !== this.#hardState.term || hardState.vote !== this.#hardState.vote;
  }

  #takeHardState(hardState: WalHardState): void {
    check(hardState.term >= this.#hardState.term, "term of the hard state falls");
    this.#stale ||= hardState.commit !== this.#hardState.commit;
    this.#hardState = hardState;
  }

  #checkContiguous(entries: readonly WalEntry[]): void {
    let before: Index = this.#last.index;
    for (let i = 0; i < entries.length; i++) {
      const { index } = entries[i] as WalEntry;
      if (index > before + 1) throw new Bug(`log entry ${index} behind ${before}`);
      if (index <= this.#start.index) throw new Bug(`log entry ${index} is not behind the start ${this.#start.index}`);
      before = index;
    }
  }

  async #write(entries: readonly WalEntry[], flag: "batch" | "closed"): Promise<void> {
    const bytesNeeded = batchBytes(entries);
    if (flag === "batch" && this.#room() < bytesNeeded) await this.#nextSegment({ chainStart: false, atLeast: bytesNeeded });
    const active = this.#activeSegment();
    const { bytes, headerCrc } = this.#encode(entries, flag, active.seed);
    await active.file.writeDurably(active.tail, bytes);
    this.#stale = false;
    if (flag === "closed") return;
    active.tail += bytes.length;
    active.hinted = false;
    this.#awaited = { sequence: this.#awaited.sequence + 1, previousCrc: headerCrc };
    const newest = entries.at(-1);
    if (newest !== undefined) {
      this.#last = { index: newest.index, term: newest.term };
      active.maxIndex = Math.max(active.maxIndex, highestIndex(entries));
    }
    if (active.tail > active.sizeBytes * PREPARE_AT_FRACTION) this.#supply.prepare(this.#nextSizeBytes());
  }

  #encode(
    entries: readonly WalEntry[],
    flag: "batch" | "hint" | "closed",
    seed: number,
  ): { readonly bytes: Bytes; readonly headerCrc: number } {
    return this.#encoder.encode(entries, {
      seed,
      flag,
      sequence: this.#awaited.sequence,
      previousCrc: this.#awaited.previousCrc,
      hardState: this.#hardState,
      start: this.#start,
    });
  }

  /** Stands where the next batch will be written over it, so a log that only hears of commits does not grow. */
  async #hint(): Promise<void> {
    const active = this.#activeSegment();
    if (active.hinted) return;
    active.hinted = true;
    await active.file.write(active.tail, this.#encode([], "hint", active.seed).bytes);
  }

  async #cut(start: WalStart): Promise<void> {
    if (start.index <= this.#start.index) return;
    check(start.index <= this.#last.index, `cut at ${start.index} beyond the last entry ${this.#last.index}`);
    this.#start = start;
    const kept = this.#sealed.findIndex((segment) => segment.maxIndex > start.index);
    const useless = this.#sealed.slice(0, kept < 0 ? undefined : kept);
    if (useless.length === 0) return;
    // The new start first: without it the entries between it and the removed ones would look lost.
    await this.#write([], "batch");
    await this.#retire(useless);
  }

  async #reset(start: WalStart, hardState: WalHardState): Promise<void> {
    this.#takeHardState(hardState);
    this.#start = start;
    this.#last = start;
    await this.#nextSegment({ chainStart: true, atLeast: 0 });
    this.#stale = false;
    await this.#retire([...this.#sealed]);
  }

  async #retire(useless: readonly Sealed[]): Promise<void> {
    await this.#supply.retire(useless, this.#parts.limits.segmentBytes);
    this.#sealed = this.#sealed.filter((segment) => !useless.includes(segment));
  }

  /** The header is durable before the file gets its name, and the name before any batch is written. */
  async #nextSegment(options: { readonly chainStart: boolean; readonly atLeast: number }): Promise<void> {
    const { disk, directory, identity } = this.#parts;
    const old = this.#active;
    const sequence = (old?.sequence ?? 0) + 1;
    const salt = this.#parts.salt(sequence);
    const blank = await this.#supply.take(Math.max(this.#nextSizeBytes(), SEGMENT_HEADER_BYTES + options.atLeast + SECTOR_BYTES));
    const header = encodeSegmentHeader({
      identity,
      sequence,
      salt,
      sizeBytes: blank.sizeBytes,
      fresh: blank.fresh,
      chainStart: options.chainStart,
      firstBatch: this.#awaited.sequence,
      previousCrc: this.#awaited.previousCrc,
      last: this.#last,
      start: this.#start,
      hardState: this.#hardState,
    });
    await blank.file.writeDurably(0, header);
    const path = `${directory}/${segmentName(sequence)}`;
    await disk.rename(blank.path, path);
    await disk.syncDirectory(directory);
    if (old !== undefined) await this.#seal(old);
    const { file, sizeBytes } = blank;
    const tail = SEGMENT_HEADER_BYTES;
    this.#active = { sequence, path, file, sizeBytes, seed: saltSeed(salt), tail, maxIndex: 0, hinted: false };
  }

  async #seal(old: Active): Promise<void> {
    await old.file.close();
    const { sequence, path, sizeBytes, maxIndex } = old;
    this.#sealed.push({ sequence, path, sizeBytes, maxIndex });
  }

  #nextSizeBytes(): number {
    const { firstSegmentBytes, segmentBytes } = this.#parts.limits;
    if (this.#active === undefined) return firstSegmentBytes;
    return Math.min(segmentBytes, this.#active.sizeBytes * 2);
  }

  /** The last sector stays free, so that a hint always finds room behind the last batch. */
  #room(): number {
    const active = this.#activeSegment();
    return active.sizeBytes - active.tail - SECTOR_BYTES;
  }

  #activeSegment(): Active {
    if (this.#active === undefined) throw new Bug("log has no segment");
    return this.#active;
  }
}

function highestIndex(entries: readonly WalEntry[]): Index {
  let highest = 0;
  for (let i = 0; i < entries.length; i++) highest = Math.max(highest, (entries[i] as WalEntry).index);
  return toIndex(highest);
}
