import type { Bytes, Index, Term } from "../base/index.js";
import type { Disk, Log } from "../host/index.js";

/** wal may not import raft: these are raft's shapes, structurally. FORMAT.md draws their bytes. */
export interface WalEntry {
  readonly term: Term;
  readonly index: Index;
  readonly kind: "command" | "membership" | "empty";
  readonly data: Bytes;
}
export interface WalHardState {
  readonly term: Term;
  readonly vote: bigint;
  readonly commit: Index;
}
/** The log starts behind this: everything up to `index` is in a durable checkpoint. */
export interface WalStart {
  readonly index: Index;
  readonly term: Term;
}
/** Who this log belongs to; a log of another member or cluster is refused. */
export interface WalIdentity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

export interface WalContents {
  readonly identity: WalIdentity;
  readonly start: WalStart;
  readonly hardState: WalHardState;
  /** Contiguous from start.index + 1; later records replaced earlier ones from their index on. */
  readonly entries: readonly WalEntry[];
  /** A torn last batch was cut off: how many bytes, for the log line. 0 when the tail was clean. */
  readonly tornBytes: number;
}

/** Wrong before the last batch: nobody may guess what was acknowledged. The process refuses to start on it. */
export class WalCorrupt extends Error {
  override readonly name = "WalCorrupt";
  readonly file: string;
  readonly offset: number;
  constructor(file: string, offset: number, what: string) {
    super(`${file} at byte ${offset}: ${what}`);
    this.file = file;
    this.offset = offset;
  }
}
/** Written by a newer version of this program. */
export class WalTooNew extends Error {
  override readonly name = "WalTooNew";
}

export interface WalBatch {
  readonly entries: readonly WalEntry[];
  readonly hardState: WalHardState | null;
  /** Without it the batch is written but not waited for (only the commit index moved). */
  readonly sync: boolean;
}

export interface Wal {
  /** Appends one batch as a unit. Batches are durable in call order; one call at a time (await it before the next).
   *  Rejects only when the disk failed: the caller must stop the process, never repeat. */
  append(batch: WalBatch): Promise<void>;
  /** Forgets segments that hold nothing behind `start`; the last hard state is kept. */
  cut(start: WalStart): Promise<void>;
  /** An installed snapshot replaces the whole log: afterwards it is empty behind `start`. */
  reset(start: WalStart, hardState: WalHardState): Promise<void>;
  /** Bytes on disk, for metrics. */
  sizeBytes(): number;
  close(): Promise<void>;
}

export interface WalOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly log: Log;
  readonly limits?: Partial<{
    readonly firstSegmentBytes: number;
    readonly segmentBytes: number;
    readonly recycledSegmentsMax: number;
    readonly recordBytesMax: number;
  }>;
}

export type OpenWal = (options: WalOptions) => Promise<{ readonly wal: Wal; readonly contents: WalContents } | "absent">;
export type CreateWal = (
  options: WalOptions & { readonly identity: WalIdentity; readonly start: WalStart; readonly hardState: WalHardState },
) => Promise<Wal>;
