import fc from "fast-check";
import { fromLatin1, leaseId } from "../../src/base/index.js";
import type { Compare, CompareTarget, RangeRequest, RequestOp, TxnRequest } from "../../src/etcd/api/index.js";
import type { MvccCommand } from "../../src/mvcc/index.js";
import { get, txn } from "./kit.js";

/** Few keys, so that they meet; some are prefixes of others, some hold bytes at the edges. */
const KEYS = ["a", "a\0", "ab", "b", "b\xff", "c", "\0", "\xff\xff"];
const key = fc.constantFrom(...KEYS).map(fromLatin1);
const rangeEnd = fc
  .oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 3, arbitrary: fc.constantFrom(...KEYS) }, fc.constant("\0"))
  .map(fromLatin1);
const span = fc.record({ key, rangeEnd });
const value = fc.constantFrom("", "1", "2", "xx", "\0").map(fromLatin1);
const lease = fc.oneof({ weight: 4, arbitrary: fc.constant(0n) }, fc.constantFrom(1n, -2n, 3n)).map(leaseId);
const number = fc.integer({ min: -1, max: 40 });
const flag = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true));
const bound = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, number);

export const rangeRequest: fc.Arbitrary<RangeRequest> = fc.record({
  kind: fc.constant("range"),
  key,
  rangeEnd,
  limit: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
  revision: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, number),
  sortOrder: fc.constantFrom("none", "ascend", "descend"),
  sortTarget: fc.constantFrom("key", "version", "create", "mod", "value"),
  serializable: fc.boolean(),
  keysOnly: flag,
  countOnly: flag,
  minModRevision: bound,
  maxModRevision: bound,
  minCreateRevision: bound,
  maxCreateRevision: bound,
});

const putRequest = fc.record({
  kind: fc.constant("put" as const),
  key: fc.oneof({ weight: 30, arbitrary: key }, fc.constant(fromLatin1(""))),
  value,
  lease,
  prevKv: fc.boolean(),
  ignoreValue: flag,
  ignoreLease: flag,
});
const deleteRequest = fc.record({ kind: fc.constant("deleteRange" as const), key, rangeEnd, prevKv: fc.boolean() });

const target: fc.Arbitrary<CompareTarget> = fc.oneof(
  fc.record({ kind: fc.constantFrom("version", "create", "mod"), number: fc.integer({ min: -1, max: 12 }) }),
  fc.record({ kind: fc.constant("value"), value }),
  fc.record({ kind: fc.constant("lease"), lease }),
  fc.constant({ kind: "mismatch" }),
);
const compare: fc.Arbitrary<Compare> = fc
  .record({ span, target, result: fc.constantFrom("equal", "greater", "less", "notEqual", "unknown") })
  .map(({ span: range, ...rest }) => ({ ...range, ...rest }));

export function txnRequest(depth: number): fc.Arbitrary<TxnRequest> {
  const leaf: fc.Arbitrary<RequestOp>[] = [rangeRequest, putRequest, deleteRequest];
  const ops = fc.array(fc.oneof(...leaf, ...(depth > 0 ? [txnRequest(depth - 1)] : [])), { maxLength: 3 });
  return fc.record({ compare: fc.array(compare, { maxLength: 2 }), success: ops, failure: ops }).map((parts) => txn(parts));
}

export const command: fc.Arbitrary<MvccCommand> = fc.oneof(
  { weight: 10, arbitrary: putRequest },
  { weight: 4, arbitrary: deleteRequest },
  { weight: 6, arbitrary: txnRequest(2) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("compact" as const),
      revision: fc.integer({ min: 0, max: 40 }),
      physical: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("leaseGrant" as const),
      id: fc.constantFrom(1n, -2n, 3n).map(leaseId),
      ttl: fc.constantFrom(0, 5, 9_000_000_001),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("leaseRevoke" as const), id: fc.constantFrom(1n, -2n, 3n).map(leaseId) }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ id: fc.constantFrom(1n, -2n, 3n).map(leaseId), remainingTtl: fc.integer({ min: 0, max: 9 }) })
      .map((item) => ({ kind: "leaseCheckpoint" as const, leases: [item] })),
  },
);

/** Commands, and what else happens to a member between them. */
export type Step =
  | { readonly kind: "command"; readonly command: MvccCommand }
  | { readonly kind: "read"; readonly request: RangeRequest }
  | { readonly kind: "sweep"; readonly records: number }
  | { readonly kind: "restart" };

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: command.map((c) => ({ kind: "command" as const, command: c })) },
  { weight: 4, arbitrary: rangeRequest.map((request) => ({ kind: "read" as const, request })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }).map((records) => ({ kind: "sweep" as const, records })) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
);

export const everything = (revision: number): RangeRequest => get("\0", "\0", { revision });
