import { type Bytes, type LeaseId, NO_BYTES, NO_LEASE } from "../../base/index.js";
import type { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from "../api/index.js";
import type { AuthState } from "./auth-state.js";
import type { AuthFault, Identity } from "./types.js";

/** Keys attached to a lease; none when there is no such lease. */
export type LeaseKeys = (id: LeaseId) => readonly Bytes[];

/** What a check looks at. Everything in it is replicated state, so that it comes out alike on every member. */
export interface Access {
  readonly auth: AuthState;
  readonly who: Identity;
  readonly leaseKeys: LeaseKeys;
}

export const rangeFault = ({ auth, who }: Access, r: RangeRequest): AuthFault => auth.keyFault(who, r, "read");

export function putFault(access: Access, { key, lease, prevKv }: PutRequest): AuthFault {
  const at = { key, rangeEnd: NO_BYTES };
  const { auth, who } = access;
  return (
    auth.keyFault(who, at, "write") ??
    // Keys that the user could not write would go with the lease, which it could then not revoke.
    (lease === NO_LEASE ? undefined : leaseFault(access, lease, "write")) ??
    (prevKv ? auth.keyFault(who, at, "read") : undefined)
  );
}

export const deleteFault = ({ auth, who }: Access, r: DeleteRangeRequest): AuthFault =>
  auth.keyFault(who, r, "write") ?? (r.prevKv ? auth.keyFault(who, r, "read") : undefined);

/** Both branches count, whichever is taken: what a transaction may do must not depend on what it finds. */
export function txnFault(access: Access, request: TxnRequest): AuthFault {
  for (const compare of request.compare) {
    const fault = access.auth.keyFault(access.who, compare, "read");
    if (fault !== undefined) return fault;
  }
  for (const op of request.success) {
    const fault = opFault(access, op);
    if (fault !== undefined) return fault;
  }
  for (const op of request.failure) {
    const fault = opFault(access, op);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function opFault(access: Access, op: RequestOp): AuthFault {
  switch (op.kind) {
    case "range":
      return rangeFault(access, op);
    case "put":
      return putFault(access, op);
    case "deleteRange":
      return deleteFault(access, op);
    case "txn":
      return txnFault(access, op);
    case "empty":
      return undefined;
  }
}

/** Every key that hangs on the lease; root needs no look. */
export function leaseFault({ auth, who, leaseKeys }: Access, id: LeaseId, want: "read" | "write"): AuthFault {
  if (auth.isAdmin(who)) return undefined;
  for (const key of leaseKeys(id)) {
    const fault = auth.keyFault(who, { key, rangeEnd: NO_BYTES }, want);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
