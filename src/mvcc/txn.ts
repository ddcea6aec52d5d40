import { type LeaseId, NO_BYTES, NO_LEASE } from "../base/index.js";
import type {
  Compare,
  CompareResult,
  DeleteRangeRequest,
  DeleteRangeResult,
  EtcdCode,
  OpResult,
  PutRequest,
  PutResult,
  RequestOp,
  TxnRequest,
  TxnResult,
} from "../etcd/api/index.js";
import { LEASE_OVERHEAD_BYTES, RECORD_OVERHEAD_BYTES } from "./limits.js";
import { range, rangeFault } from "./range.js";
import type { Store } from "./store.js";

const NO_PREVIOUS: PutResult = { kind: "put", prevKv: undefined };

/** The fault of a put against the present state; undefined when it can be executed. */
export function putFault(store: Store, request: PutRequest): EtcdCode | undefined {
  if (request.lease !== NO_LEASE && store.leases.get(request.lease) === undefined) return "leaseNotFound";
  if (!request.ignoreValue && !request.ignoreLease) return undefined;
  return store.isLive(store.table.find(request.key)) ? undefined : "keyNotFound";
}

export function executePut(store: Store, request: PutRequest): PutResult {
  if (!request.ignoreValue && !request.ignoreLease && !request.prevKv) {
    store.put(request.key, request.value, request.lease);
    return NO_PREVIOUS;
  }
  // Missing only when the same transaction deleted it, by the one overlap that validation lets pass; etcd crashes there.
  const previous = store.newest(request.key);
  const value = request.ignoreValue ? (previous?.value ?? NO_BYTES) : request.value;
  const lease: LeaseId = request.ignoreLease ? (previous?.lease ?? NO_LEASE) : request.lease;
  store.put(request.key, value, lease);
  return request.prevKv ? { kind: "put", prevKv: previous } : NO_PREVIOUS;
}

export function executeDelete(store: Store, request: DeleteRangeRequest): DeleteRangeResult {
  const slots = store.liveSlots(request);
  const prevKvs = request.prevKv ? slots.map((slot) => store.keyValueAt(store.table.head[slot] as number)) : [];
  for (const slot of slots) store.delete(slot);
  return { kind: "deleteRange", deleted: slots.length, prevKvs };
}

// ------------------------------------------------------------ transactions

/** Nothing in it, in any branch, can write. */
export function isReadOnly(request: TxnRequest): boolean {
  const reads = (op: RequestOp): boolean => op.kind === "range" || (op.kind === "txn" && isReadOnly(op));
  return request.success.every(reads) && request.failure.every(reads);
}

/** A transaction with its branches chosen: all compares, nested ones too, are decided before anything is written. */
export interface Plan {
  readonly succeeded: boolean;
  readonly ops: readonly RequestOp[];
  /** Of the nested transactions in `ops`, in their order. */
  readonly nested: readonly Plan[];
}
const NO_PLANS: readonly Plan[] = [];

export function planTxn(store: Store, request: TxnRequest): Plan {
  const succeeded = request.compare.every((compare) => holds(store, compare));
  const ops = succeeded ? request.success : request.failure;
  let nested: Plan[] | undefined;
  for (const op of ops) {
    if (op.kind !== "txn") continue;
    nested ??= [];
    nested.push(planTxn(store, op));
  }
  return { succeeded, ops, nested: nested ?? NO_PLANS };
}

/** The first fault along the chosen branches, before anything is executed: a transaction must not stop half way. */
export function planFault(store: Store, plan: Plan): EtcdCode | undefined {
  let nested = 0;
  for (const op of plan.ops) {
    let fault: EtcdCode | undefined;
    if (op.kind === "range") fault = rangeFault(store, op);
    else if (op.kind === "put") fault = putFault(store, op);
    else if (op.kind === "txn") fault = planFault(store, plan.nested[nested++] as Plan);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function executePlan(store: Store, plan: Plan): TxnResult {
  const responses: OpResult[] = [];
  let nested = 0;
  for (const op of plan.ops) {
    if (op.kind === "range") responses.push(range(store, op));
    else if (op.kind === "put") responses.push(executePut(store, op));
    else if (op.kind === "deleteRange") responses.push(executeDelete(store, op));
    else if (op.kind === "txn") responses.push(executePlan(store, plan.nested[nested++] as Plan));
  }
  return { kind: "txn", succeeded: plan.succeeded, responses };
}

function holds(store: Store, compare: Compare): boolean {
  const { target, result } = compare;
  if (compare.rangeEnd.length === 0) {
    const slot = store.table.find(compare.key);
    if (store.isLive(slot)) return decide(result, orderOf(store, slot, compare));
    return target.kind !== "value" && decide(result, missingOrder(compare));
  }
  const slots = store.liveSlots(compare);
  if (slots.length === 0) return target.kind !== "value" && decide(result, missingOrder(compare));
  return slots.every((slot) => decide(result, orderOf(store, slot, compare)));
}

/** A missing key compares as zero everywhere, except by value. */
function missingOrder({ target }: Compare): number {
  if (target.kind === "lease") return target.lease > 0n ? -1 : target.lease < 0n ? 1 : 0;
  return target.kind === "value" || target.kind === "mismatch" ? 0 : Math.sign(0 - target.number);
}

function orderOf(store: Store, slot: number, { target }: Compare): number {
  const { table, log } = store;
  const head = table.head[slot] as number;
  switch (target.kind) {
    case "version":
      return Math.sign((table.version[slot] as number) - target.number);
    case "create":
      return Math.sign((table.createRevision[slot] as number) - target.number);
    case "mod":
      return Math.sign(log.main(head) - target.number);
    case "lease": {
      const lease = store.leaseOf(slot);
      return lease < target.lease ? -1 : lease > target.lease ? 1 : 0;
    }
    case "value":
      return Buffer.compare(store.keyValueAt(head).value, target.value);
    default:
      // A target that etcd does not know leaves its comparison undecided at "equal".
      return 0;
  }
}

function decide(result: CompareResult, order: number): boolean {
  switch (result) {
    case "equal":
      return order === 0;
    case "notEqual":
      return order !== 0;
    case "greater":
      return order > 0;
    case "less":
      return order < 0;
    default:
      return true;
  }
}

// ------------------------------------------------------------ what a write may cost

export const LEASE_COST = LEASE_OVERHEAD_BYTES;
export const putCost = (request: PutRequest): number => RECORD_OVERHEAD_BYTES + request.key.length + request.value.length;

/** Of the dearer branch, chosen or not: so decides etcd, and it is the same on every member. 0: no put anywhere. */
export function txnCost(request: TxnRequest): number {
  return Math.max(branchCost(request.success), branchCost(request.failure));
}
function branchCost(ops: readonly RequestOp[]): number {
  let cost = 0;
  for (const op of ops) {
    if (op.kind === "put") cost += putCost(op);
    else if (op.kind === "txn") cost += txnCost(op);
  }
  return cost;
}
