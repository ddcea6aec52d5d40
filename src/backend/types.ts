import type { Bytes, Index, Term } from "../base/index.js";
import type { Disk, Log } from "../host/index.js";

/** Keys are latin1 strings, one char a byte; the first char is the bucket. Ordered by byte. */
export type SpaceKey = string;

/** What mvcc reads and writes, synchronously. Reads see every write at once (overlay, then disk). */
export interface Space {
  get(key: SpaceKey): Bytes | undefined;
  /** `value` is kept, not copied. */
  put(key: SpaceKey, value: Bytes): void;
  delete(key: SpaceKey): void;
}

/** Stored in the same batch as the data it describes. */
export interface CheckpointMeta {
  readonly appliedIndex: Index;
  readonly appliedTerm: Term;
  /** Opaque to the backend: membership, cluster version and the like, encoded by the member. */
  readonly state: Bytes;
}

export interface Backend extends Space {
  /** The newest durable checkpoint; undefined for an empty backend. */
  readonly checkpointed: CheckpointMeta | undefined;
  /** Bytes of keys and values waiting for the next checkpoint. */
  pendingBytes(): number;
  /** Makes everything written so far durable as one atomic batch, with `meta`. One in flight: a second call waits its turn.
   *  Rejects only when the disk failed: the process must stop. */
  checkpoint(meta: CheckpointMeta): Promise<void>;
  /** Every pair with from <= key < to in order, as of the last durable checkpoint when the call was made, checksums verified.
   *  Throws BackendDamaged. Used to rebuild the index, for hashes and for snapshots. Batches of pairs, yielding between. */
  scan(range: { readonly from: SpaceKey; readonly to: SpaceKey }): AsyncIterable<readonly (readonly [SpaceKey, Bytes])[]>;
  /** Pins the durable checkpoint: a stream for a follower or a backup, unaffected by later writes. */
  snapshot(): Promise<BackendSnapshot>;
  /** A space of its own, filled by `put` and made real by `commit`, which replaces this backend's contents whole. */
  beginReplace(): Promise<Replacement>;
  /** Bytes on disk. */
  sizeBytes(): Promise<number>;
  /** Compacts files on disk; the backend goes on serving. */
  defragment(): Promise<void>;
  close(): Promise<void>;
}

export interface BackendSnapshot {
  readonly meta: CheckpointMeta;
  pairs(): AsyncIterable<readonly (readonly [SpaceKey, Bytes])[]>;
  release(): Promise<void>;
}

export interface Replacement {
  put(pairs: readonly (readonly [SpaceKey, Bytes])[]): Promise<void>;
  /** Durable and swapped in atomically: after a crash either the old contents are there or the new ones. */
  commit(meta: CheckpointMeta): Promise<void>;
  abandon(): Promise<void>;
}

/** The stored state cannot be believed; the member discards it, says so, and rebuilds from its peers. */
export class BackendDamaged extends Error {
  override readonly name = "BackendDamaged";
}
/** Written by a newer version of this program. */
export class BackendTooNew extends Error {
  override readonly name = "BackendTooNew";
}

export interface BackendOptions {
  readonly log: Log;
  /** Small files beside the database (format, abort marker, which generation is current) go through this. */
  readonly disk: Disk;
  /** Inside the disk's root, for `disk`; and the same place as the native library needs it. */
  readonly directory: string;
  readonly nativeDirectory: string;
  readonly cacheBytes?: number;
}
