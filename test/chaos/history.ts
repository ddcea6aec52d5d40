/** What clients did and heard, and what the store says happened. Times are milliseconds on the recorder's monotonic clock. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  /** undefined: deleted. */
  readonly value: string | undefined;
}

/** A write takes place if its condition holds; written values are unique in the whole history. */
export interface Write {
  readonly kind: "write";
  readonly client: number;
  readonly changes: readonly { readonly key: string; readonly value: string | undefined }[];
  /** The key holds this value (undefined: nothing) when the write takes place; otherwise nothing is written and the value is read. */
  readonly condition: { readonly key: string; readonly value: string | undefined } | undefined;
  readonly startMs: number;
  endMs: number;
  outcome: WriteOutcome;
}
export type WriteOutcome =
  /** `changed` is false for a delete that found nothing. */
  | { readonly kind: "done"; readonly revision: number; readonly changed: boolean }
  | { readonly kind: "conditionFailed"; readonly revision: number; readonly found: string | undefined }
  /** The client knows that nothing was written. */
  | { readonly kind: "refused" }
  | { readonly kind: "unknown" };

export interface Read {
  readonly kind: "read";
  readonly client: number;
  /** One read of several keys is one point in time. */
  readonly found: readonly { readonly key: string; readonly value: string | undefined }[];
  readonly serializable: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly revision: number;
}
export type Operation = Write | Read;

/** Everything that one client heard of a prefix, over all its reconnections. */
export interface WatchRecord {
  readonly client: number;
  readonly prefix: string;
  readonly from: number;
  readonly heard: (Change & { readonly before: string | undefined })[];
  upTo: number;
}

/** A renewal says: alive at least until `startMs` plus the time to live. */
export interface LeaseRecord {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
  /** When the last acknowledged grant or keep-alive was sent. */
  renewedMs: number;
}
/** A linearizable read found the lease's key gone. */
export interface LeaseLoss {
  readonly key: string;
  readonly endMs: number;
  readonly aliveUntilMs: number;
}

export interface History {
  readonly operations: Operation[];
  readonly watches: WatchRecord[];
  readonly leaseLosses: LeaseLoss[];
}

export const emptyHistory = (): History => ({ operations: [], watches: [], leaseLosses: [] });

/** Keys that the store deletes by itself, when their lease ends. */
export const LEASED = "lease/";
