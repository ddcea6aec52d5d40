import type { Bytes } from "../../base/index.js";

/** One stored object, undecoded. */
export interface Stored {
  readonly key: string;
  readonly value: Bytes;
  /** The revision of its last write: its resourceVersion. */
  readonly revision: number;
}
export interface Page {
  readonly items: readonly Stored[];
  /** The store's revision that the page shows. */
  readonly revision: number;
  readonly more: boolean;
  /** All keys of the range, this page's included. */
  readonly count: number;
}
/** A write counts only while a Lease is held as it was when the writer won it: a stale leader's writes are refused. */
export interface WriteFence {
  readonly key: string;
  /** "namespace/name", for people. */
  readonly lease: string;
  holds(stored: Stored): boolean;
}
export type Written = { readonly kind: "ok"; readonly revision: number } | { readonly kind: "lost"; readonly current: Stored | undefined };

/** A change below a prefix, in revision order; `previous` is what was there before. */
export interface Change {
  readonly key: string;
  readonly revision: number;
  /** undefined: deleted. */
  readonly value: Bytes | undefined;
  readonly previous: Stored | undefined;
}
