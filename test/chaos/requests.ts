import { type Bytes, fromLatin1, latin1, NO_BYTES } from "../../src/base/index.js";
import {
  type Compare,
  type DeleteRangeRequest,
  type PutRequest,
  putRequest,
  type RangeRequest,
  rangeRequest,
  type WatchCreateRequest,
} from "../../src/etcd/api/index.js";

/** Whole requests out of what a caller cares for. */
export const putOf = (key: string, value: string | Bytes, more: Partial<PutRequest> = {}): PutRequest =>
  putRequest({ key: fromLatin1(key), value: typeof value === "string" ? fromLatin1(value) : value, ...more });
export const deleteOf = (key: string): DeleteRangeRequest => ({
  kind: "deleteRange",
  key: fromLatin1(key),
  rangeEnd: NO_BYTES,
  prevKv: false,
});
export const rangeOf = (key: string, more: Partial<RangeRequest> = {}): RangeRequest => rangeRequest({ key: fromLatin1(key), ...more });
/** The first key behind all that start with this. */
export const prefixEnd = (prefix: string): Bytes => {
  if (prefix === "") return Uint8Array.of(0);
  const end = Buffer.from(fromLatin1(prefix));
  end[end.length - 1] = (end[end.length - 1] as number) + 1;
  return end;
};
export const watchOf = (prefix: string, more: Partial<WatchCreateRequest> = {}): WatchCreateRequest => ({
  key: prefix === "" ? Uint8Array.of(0) : fromLatin1(prefix),
  rangeEnd: prefixEnd(prefix),
  startRevision: 0,
  progressNotify: false,
  filters: [],
  prevKv: false,
  watchId: 0n,
  fragment: false,
  ...more,
});
/** The key holds this value; undefined: there is no such key. */
export const holds = (key: string, value: string | undefined): Compare => ({
  key: fromLatin1(key),
  rangeEnd: NO_BYTES,
  result: "equal",
  target: value === undefined ? { kind: "version", number: 0 } : { kind: "value", value: fromLatin1(value) },
});
export const text = latin1;
