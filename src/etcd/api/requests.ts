import { type Bytes, NO_BYTES, NO_LEASE } from "../../base/index.js";
import type { PutRequest, RangeRequest } from "./types.js";

/** A read as a client means it that says no more than which keys: one key, linearizable, the newest, unsorted, whole. */
export const rangeRequest = (asked: Pick<RangeRequest, "key"> & Partial<RangeRequest>): RangeRequest => ({
  kind: "range",
  rangeEnd: NO_BYTES,
  limit: 0,
  revision: 0,
  sortOrder: "none",
  sortTarget: "key",
  serializable: false,
  keysOnly: false,
  countOnly: false,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
  ...asked,
});

/** Without a lease, and nothing of what was there is kept or wanted, unless it says so. */
export const putRequest = (asked: Pick<PutRequest, "key" | "value"> & Partial<PutRequest>): PutRequest => ({
  kind: "put",
  lease: NO_LEASE,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
  ...asked,
});

/** The end of all keys with this prefix; "\0" (all from the key on) when there is none. */
export function prefixEnd(prefix: Bytes): Bytes {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix[at] ?? 0xff;
    if (byte === 0xff) continue;
    const end = Buffer.from(prefix.subarray(0, at + 1));
    end[at] = byte + 1;
    return end;
  }
  return Uint8Array.of(0);
}
