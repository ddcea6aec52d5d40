import { type Bytes, latin1, NO_LEASE } from "../base/index.js";
import type { DeleteRangeRequest, EtcdCode, PutRequest, RangeRequest, RequestOp, TxnRequest } from "../etcd/api/index.js";

const SORT_ORDERS: readonly string[] = ["none", "ascend", "descend"];
const SORT_TARGETS: readonly string[] = ["key", "version", "create", "mod", "value"];

/** The first fault that etcd's API layer finds, in its order; undefined when there is none. Pure: for the gateway and for apply. */
export function validateRange(request: RangeRequest): EtcdCode | undefined {
  if (request.key.length === 0) return "emptyKey";
  if (!SORT_ORDERS.includes(request.sortOrder)) return "invalidSortOption";
  if (!SORT_TARGETS.includes(request.sortTarget)) return "invalidSortOption";
  return undefined;
}

/** For RangeStream, which pages in key order. */
export function validateRangeStream(request: RangeRequest): EtcdCode | undefined {
  const fault = validateRange(request);
  if (fault !== undefined) return fault;
  if (!isDefaultOrder(request)) return "streamSortUnsupported";
  return hasRevisionFilters(request) ? "streamFilterUnsupported" : undefined;
}

/** No order is asked for, or the order of the index: the limit may then cut the keys as they come. */
export const isDefaultOrder = (r: RangeRequest): boolean => r.sortOrder === "none" || (r.sortTarget === "key" && r.sortOrder === "ascend");
/** The answer is in another order than the keys'. Any target but the key sorts, ascending when no order is given (etcd). */
export const isSorted = (r: RangeRequest): boolean => r.sortTarget !== "key" || r.sortOrder === "descend";
export const hasRevisionFilters = (r: RangeRequest): boolean =>
  r.minModRevision !== 0 || r.maxModRevision !== 0 || r.minCreateRevision !== 0 || r.maxCreateRevision !== 0;

export function validatePut(request: PutRequest): EtcdCode | undefined {
  if (request.key.length === 0) return "emptyKey";
  if (request.ignoreValue && request.value.length !== 0) return "valueProvided";
  if (request.ignoreLease && request.lease !== NO_LEASE) return "leaseProvided";
  return undefined;
}

export function validateDelete(request: DeleteRangeRequest): EtcdCode | undefined {
  return request.key.length === 0 ? "emptyKey" : undefined;
}

/** `txnOpsMax`: Infinity at apply, where the limit of one member's configuration must not decide. */
export function validateTxn(request: TxnRequest, options: { readonly txnOpsMax: number }): EtcdCode | undefined {
  const fault = validateOps(request, options.txnOpsMax);
  if (fault !== undefined) return fault;
  const clash = duplicates(request.success) ?? duplicates(request.failure);
  return clash === undefined ? undefined : "duplicateKey";
}

function validateOps(request: TxnRequest, opsMax: number): EtcdCode | undefined {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > opsMax) return "tooManyOps";
  for (const compare of request.compare) if (compare.key.length === 0) return "emptyKey";
  return validateBranch(request.success, opsMax - ops) ?? validateBranch(request.failure, opsMax - ops);
}
function validateBranch(ops: readonly RequestOp[], opsMax: number): EtcdCode | undefined {
  for (const op of ops) {
    const fault = validateOp(op, opsMax);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
function validateOp(op: RequestOp, opsMax: number): EtcdCode | undefined {
  switch (op.kind) {
    case "range":
      return validateRange(op);
    case "put":
      return validatePut(op);
    case "deleteRange":
      return validateDelete(op);
    case "txn":
      return validateOps(op, opsMax);
    default:
      return "keyNotFound";
  }
}

interface Touched {
  readonly puts: Set<string>;
  /** [from, to). */
  readonly deletes: { readonly from: string; readonly to: string }[];
}

/** "duplicateKey" when one branch puts a key twice or puts into an interval that it deletes. Deletes may overlap; then and else of one
 *  nested transaction exclude each other. */
function duplicates(ops: readonly RequestOp[]): "duplicateKey" | undefined {
  // Nothing can clash in a branch of one plain operation, which is what nearly all transactions are.
  if (ops.length < 2 && ops[0]?.kind !== "txn") return undefined;
  return touched(ops) === "duplicateKey" ? "duplicateKey" : undefined;
}

function touched(ops: readonly RequestOp[]): Touched | "duplicateKey" {
  const all: Touched = { puts: new Set(), deletes: [] };
  for (const op of ops) if (op.kind === "deleteRange") all.deletes.push(deletedInterval(op));
  for (const op of ops) {
    if (op.kind === "txn" && addNested(all, op) === "duplicateKey") return "duplicateKey";
  }
  for (const op of ops) {
    if (op.kind !== "put") continue;
    const key = latin1(op.key);
    if (all.puts.has(key) || isDeleted(all, key)) return "duplicateKey";
    all.puts.add(key);
  }
  return all;
}

function addNested(all: Touched, op: TxnRequest): "duplicateKey" | undefined {
  const success = touched(op.success);
  const failure = touched(op.failure);
  if (success === "duplicateKey" || failure === "duplicateKey") return "duplicateKey";
  for (const key of success.puts) if (all.puts.has(key) || isDeleted(all, key)) return "duplicateKey";
  for (const key of failure.puts) if (all.puts.has(key) || isDeleted(all, key)) return "duplicateKey";
  for (const key of success.puts) all.puts.add(key);
  for (const key of failure.puts) all.puts.add(key);
  all.deletes.push(...success.deletes, ...failure.deletes);
  return undefined;
}

/** A range_end of "\0" is literal here, so that such a delete covers no put: etcd accepts a delete "from a key on" over a put. */
function deletedInterval(op: DeleteRangeRequest): { readonly from: string; readonly to: string } {
  const from = latin1(op.key);
  return { from, to: op.rangeEnd.length === 0 ? `${from}\0` : latin1(op.rangeEnd) };
}
const isDeleted = (all: Touched, key: string): boolean => all.deletes.some((d) => d.from <= key && key < d.to);

/** A request's range as the index takes it. */
export type KeySpan =
  | { readonly kind: "point"; readonly key: Bytes }
  | { readonly kind: "span"; readonly from: string; readonly to: string | undefined };

export function keySpan(range: { readonly key: Bytes; readonly rangeEnd: Bytes }): KeySpan {
  if (range.rangeEnd.length === 0) return { kind: "point", key: range.key };
  return { kind: "span", from: latin1(range.key), to: spanEnd(range.rangeEnd) };
}
/** "\0" means without end. */
export const spanEnd = (rangeEnd: Bytes): string | undefined => (rangeEnd.length === 1 && rangeEnd[0] === 0 ? undefined : latin1(rangeEnd));
