import { describe, expect, test } from "vitest";
import { latin1, leaseId, memberId } from "../../src/base/index.js";
import { ETCD_ERRORS, type EtcdCode, type RangeRequest, type RequestOp, type TxnRequest } from "../../src/etcd/api/index.js";
import { type MvccCommand, validateRangeStream, validateTxn } from "../../src/mvcc/index.js";
import { b, codeOr, compact, del, fresh, get, grant, keysOf, plain, put, reload, revoke, sweep, txn } from "./kit.js";

const refused = (code: EtcdCode) => ({ kind: "refused", code });
const nested = (...success: RequestOp[]): TxnRequest => txn({ success });
const isMissing = (key: string) => ({ key: b(key), rangeEnd: b(""), result: "equal", target: { kind: "version", number: 0 } }) as const;

/** A store with a=1 (revision 2), lease 7 (revision 2) and a compaction at 2 after b=2 (revision 3). */
function prepared() {
  const world = fresh();
  world.mvcc.apply(put("a", "1"));
  world.mvcc.apply(grant(7n));
  world.mvcc.apply(put("b", "2"));
  world.mvcc.apply(compact(2));
  return world;
}

const REFUSALS: readonly { readonly text: EtcdCode; readonly name: string; readonly command: MvccCommand }[] = [
  { text: "emptyKey", name: "put", command: put("") },
  { text: "valueProvided", name: "put with ignore_value and a value", command: put("a", "x", { ignoreValue: true }) },
  {
    text: "leaseProvided",
    name: "put with ignore_lease and a lease",
    command: put("a", "x", { ignoreLease: true, lease: leaseId(7n) }),
  },
  { text: "leaseNotFound", name: "put on an unknown lease", command: put("a", "x", { lease: leaseId(8n) }) },
  {
    text: "leaseNotFound",
    name: "put on an unknown lease with ignore_value of a missing key: the lease is looked at first",
    command: put("zz", "", { ignoreValue: true, lease: leaseId(8n) }),
  },
  { text: "keyNotFound", name: "put with ignore_value of a missing key", command: put("zz", "", { ignoreValue: true }) },
  { text: "keyNotFound", name: "put with ignore_lease of a missing key", command: put("zz", "", { ignoreLease: true }) },
  { text: "emptyKey", name: "delete", command: del("") },
  { text: "compacted", name: "compaction to the compacted revision", command: compact(2) },
  { text: "compacted", name: "compaction below it", command: compact(-5) },
  { text: "futureRevision", name: "compaction beyond the present", command: compact(4) },
  { text: "futureRevision", name: "compaction beyond 2^53", command: compact(Number.POSITIVE_INFINITY) },
  { text: "leaseExists", name: "grant of an existing id", command: grant(7n) },
  { text: "leaseTtlTooLarge", name: "grant over the limit, noticed before the existing id", command: grant(7n, 9_000_000_001) },
  { text: "leaseNotFound", name: "revoke of an unknown id", command: revoke(8n) },
  { text: "keyNotFound", name: "txn with an empty operation", command: txn({ success: [{ kind: "empty" }] }) },
  { text: "keyNotFound", name: "txn with an empty operation in the branch not taken", command: txn({ failure: [{ kind: "empty" }] }) },
  { text: "emptyKey", name: "txn with an empty compare key", command: txn({ compare: [isMissing("")] }) },
  { text: "futureRevision", name: "txn with a range in the future", command: txn({ success: [put("x"), get("a", "", { revision: 4 })] }) },
  { text: "compacted", name: "txn with a compacted range", command: txn({ success: [put("x"), get("a", "", { revision: 1 })] }) },
  {
    text: "compacted",
    name: "txn with a negative revision, once something was compacted",
    command: txn({ success: [get("a", "", { revision: -1 })] }),
  },
  {
    text: "leaseNotFound",
    name: "txn with an unknown lease after a put",
    command: txn({ success: [put("x"), put("y", "", { lease: leaseId(9n) })] }),
  },
  { text: "duplicateKey", name: "two puts of one key", command: txn({ success: [put("x"), put("x")] }) },
  { text: "duplicateKey", name: "two puts of one key in the branch not taken", command: txn({ failure: [put("x"), put("x")] }) },
  { text: "duplicateKey", name: "a put inside a deleted interval", command: txn({ success: [del("a", "z"), put("x")] }) },
  { text: "duplicateKey", name: "a put after the delete of the same key, in any order", command: txn({ success: [put("x"), del("x")] }) },
  { text: "duplicateKey", name: "a put here and one in a nested transaction", command: txn({ success: [put("x"), nested(put("x"))] }) },
  { text: "duplicateKey", name: "puts in two nested transactions", command: txn({ success: [nested(put("x")), nested(put("x"))] }) },
  {
    text: "duplicateKey",
    name: "a put under the delete of an earlier nested transaction",
    command: txn({ success: [nested(del("x")), put("x")] }),
  },
  { text: "duplicateKey", name: "two puts deep inside", command: txn({ success: [nested(nested(put("x"), put("x")))] }) },
];

describe("refusals", () => {
  for (const { text, name, command } of REFUSALS) {
    test(`${ETCD_ERRORS[text].text}: ${name}`, () => {
      const { mvcc, space } = prepared();
      const before = space.dump();
      expect(mvcc.apply(command)).toEqual(refused(text));
      expect(mvcc.revision()).toBe(3);
      expect(space.dump()).toEqual(before);
    });
  }

  const RANGES = [
    { code: "emptyKey", request: get("") },
    { code: "invalidSortOption", request: get("a", "", { sortOrder: "up" as never }) },
    { code: "invalidSortOption", request: get("a", "", { sortTarget: "size" as never }) },
    { code: "futureRevision", request: get("a", "", { revision: 4 }) },
    { code: "futureRevision", request: get("a", "", { revision: Number.POSITIVE_INFINITY }) },
    { code: "compacted", request: get("a", "", { revision: 1 }) },
  ] as const;
  for (const { code, request } of RANGES) {
    test(`${ETCD_ERRORS[code].text}: range at ${request.revision}`, () => {
      expect(codeOr(() => prepared().mvcc.range(request))).toBe(code);
    });
  }

  test("a range at the compacted revision is served", () => {
    expect(keysOf(prepared().mvcc, 2)).toEqual(["a=1"]);
  });
});

describe("duplicate keys that are allowed", () => {
  const ALLOWED: readonly { readonly name: string; readonly request: TxnRequest }[] = [
    { name: "then and else of one nested transaction", request: txn({ success: [txn({ success: [put("x")], failure: [put("x")] })] }) },
    { name: "the same key deleted twice", request: txn({ success: [del("x"), del("x")] }) },
    { name: 'a delete with range_end "\\0" over a put', request: txn({ success: [del("a", "\0"), put("b", "new")] }) },
    { name: "the same key in both branches", request: txn({ success: [put("x")], failure: [put("x")] }) },
  ];
  for (const { name, request } of ALLOWED) {
    test(name, () => {
      expect(prepared().mvcc.apply(request).kind).toBe("ok");
    });
  }

  test('ignore_value of a key that the same transaction deleted by range_end "\\0" writes an empty value', () => {
    const { mvcc } = prepared();
    const ignoring = put("b", "", { ignoreValue: true, ignoreLease: true, prevKv: true });
    expect(mvcc.apply(txn({ success: [del("a", "\0"), ignoring] })).kind).toBe("ok");
    expect(keysOf(mvcc)).toEqual(["b="]);
  });
});

describe("limits of a transaction", () => {
  const many = (n: number): RequestOp[] => Array.from({ length: n }, (_, i) => get(`k${i}`));
  test("the largest of compares, success and failure counts, and nested ones get what is left", () => {
    expect(validateTxn(txn({ success: many(4) }), { txnOpsMax: 3 })).toBe("tooManyOps");
    expect(validateTxn(txn({ success: many(3), failure: many(3) }), { txnOpsMax: 3 })).toBeUndefined();
    expect(validateTxn(txn({ success: [nested(...many(2))], failure: many(2) }), { txnOpsMax: 4 })).toBeUndefined();
    expect(validateTxn(txn({ success: [nested(...many(2))], failure: many(3) }), { txnOpsMax: 4 })).toBe("tooManyOps");
  });
  test("apply takes what was let in, whatever this member's limit is", () => {
    const { mvcc } = fresh({ txnOpsMax: 1 });
    expect(mvcc.apply(txn({ success: [put("a"), put("b")] })).kind).toBe("ok");
  });
});

test("a sort target without an order sorts ascending, but only what the limit and one more took in key order", () => {
  const { mvcc } = fresh();
  for (const key of ["a", "a", "a", "b", "b", "c"]) mvcc.apply(put(key, key));
  const keys = (more: Partial<RangeRequest>) =>
    mvcc.range(get("a", "d", { sortTarget: "version", ...more })).kvs.map((kv) => latin1(kv.key));
  expect(keys({})).toEqual(["c", "b", "a"]);
  expect(keys({ limit: 1 })).toEqual(["b"]);
  expect(keys({ limit: 1, sortOrder: "ascend" })).toEqual(["c"]);
});

describe("RangeStream", () => {
  test(ETCD_ERRORS.streamSortUnsupported.text, () => {
    expect(validateRangeStream(get("a", "", { sortOrder: "descend" }))).toBe("streamSortUnsupported");
    expect(validateRangeStream(get("a", "", { sortOrder: "ascend" }))).toBeUndefined();
  });
  test(ETCD_ERRORS.streamFilterUnsupported.text, () => {
    expect(validateRangeStream(get("a", "", { minModRevision: 1 }))).toBe("streamFilterUnsupported");
  });
});

describe("transactions", () => {
  test("compares are all decided before anything is written, those of nested transactions too", () => {
    const { mvcc } = fresh();
    const outcome = mvcc.apply(txn({ success: [put("x", "1"), txn({ compare: [isMissing("x")], success: [put("y", "missing")] })] }));
    expect(plain(outcome)).toMatchObject({ result: { responses: [{}, { succeeded: true }] } });
    expect(keysOf(mvcc)).toEqual(["x=1", "y=missing"]);
  });

  test("a read sees the puts before it, all of one revision, and nothing moves without a write", () => {
    const { mvcc } = fresh();
    const outcome = mvcc.apply(txn({ success: [put("x", "1"), get("x"), del("x")].slice(0, 2) }));
    expect(plain(outcome)).toMatchObject({ revision: 2, result: { responses: [{}, { kvs: ["x=1 c2 m2 v1 l0"] }] } });
    expect(mvcc.apply(txn({ success: [del("nothing"), get("x")] }))).toMatchObject({ revision: 2 });
    expect(plain(mvcc.readTxn(txn({ success: [get("x")] })))).toMatchObject({ responses: [{ count: 1 }] });
  });

  test("a transaction that could write is not read in place", () => {
    expect(() => fresh().mvcc.readTxn(txn({ failure: [nested(put("x"))] }))).toThrow("not sent through the log");
  });

  const compare = (target: TxnRequest["compare"][number]["target"], key = "a", rangeEnd = "") =>
    ({ key: b(key), rangeEnd: b(rangeEnd), result: "equal", target }) as const;
  const COMPARES = [
    { name: "a value of a missing key, even an empty one, is false", holds: false, c: compare({ kind: "value", value: b("") }, "zz") },
    { name: "a missing key has version 0", holds: true, c: compare({ kind: "version", number: 0 }, "zz") },
    { name: "an empty range is one missing key", holds: true, c: compare({ kind: "mod", number: 0 }, "b", "a") },
    { name: "a range holds when it holds for every key", holds: false, c: compare({ kind: "create", number: 2 }, "a", "z") },
    { name: "an unknown target compares as equal", holds: true, c: compare({ kind: "mismatch" }) },
    { name: "an unknown result is true", holds: true, c: { ...compare({ kind: "version", number: 99 }), result: "unknown" } },
    { name: "a lease of a key without one is 0", holds: true, c: compare({ kind: "lease", lease: leaseId(0n) }) },
  ] as const;
  for (const { name, holds, c } of COMPARES) {
    test(`compare: ${name}`, () => {
      expect(prepared().mvcc.readTxn(txn({ compare: [c] })).succeeded).toBe(holds);
    });
  }
});

describe("leases", () => {
  test("a TTL under the minimum is raised; negative ids are fine; 0 is not an id here", () => {
    const { mvcc } = fresh();
    mvcc.apply(grant(-3n, 0));
    expect(mvcc.lease(leaseId(-3n))).toMatchObject({ ttl: 2, remainingTtl: 0, keyCount: 0 });
    expect(mvcc.apply(grant(0n))).toEqual(refused("leaseNotFound"));
    expect(mvcc.takeLeaseChanges()).toEqual([{ kind: "granted", id: -3n }]);
    expect(mvcc.takeLeaseChanges()).toEqual([]);
  });

  test("revoking deletes the attached keys in order in one revision; a put elsewhere detaches", () => {
    const { mvcc } = fresh();
    mvcc.apply(grant(1n));
    for (const key of ["c", "a", "b", "d"]) mvcc.apply(put(key, "", { lease: leaseId(1n) }));
    mvcc.apply(put("d"));
    expect(plain(mvcc.leaseKeys(leaseId(1n)))).toEqual(["a", "b", "c"]);
    expect(mvcc.apply(revoke(1n))).toMatchObject({ kind: "ok", revision: 7 });
    expect(keysOf(mvcc)).toEqual(["d="]);
    expect(mvcc.lease(leaseId(1n))).toBeUndefined();
    expect(mvcc.apply(grant(2n))).toMatchObject({ revision: 7 });
    expect(mvcc.apply(revoke(2n))).toMatchObject({ revision: 7 });
  });

  test("a checkpoint is kept over a restart and ignores unknown leases", () => {
    const { mvcc, space } = fresh();
    mvcc.apply(grant(1n, 100));
    const leases = [1n, 5n].map((id) => ({ id: leaseId(id), remainingTtl: 42 }));
    mvcc.apply({ kind: "leaseCheckpoint", leases });
    const again = reload(space);
    expect(again.lease(leaseId(1n))).toMatchObject({ ttl: 100, remainingTtl: 42 });
    expect(again.takeLeaseChanges()).toEqual([{ kind: "granted", id: 1n }]);
  });
});

describe("alarms and quota", () => {
  const alarm = (action: "activate" | "deactivate", kind: "nospace" | "corrupt", member = 5n) =>
    ({ kind: "alarm", action, memberId: memberId(member), alarm: kind }) as const;

  test(`${ETCD_ERRORS.noSpace.text}: puts, transactions with a put in any branch and grants; not deletes, compactions, revokes`, () => {
    const { mvcc, space } = prepared();
    mvcc.apply(alarm("activate", "nospace"));
    const again = reload(space);
    for (const m of [mvcc, again]) {
      expect(m.alarms()).toEqual([{ memberId: 5n, alarm: "nospace" }]);
      for (const command of [put("x"), put(""), grant(9n), txn({ failure: [nested(put("x"))] })]) {
        expect(m.apply(command)).toEqual(refused("noSpace"));
      }
    }
    for (const command of [txn({ success: [get("a")] }), del("a"), compact(3), revoke(7n)]) {
      expect(mvcc.apply(command).kind).toBe("ok");
    }
    mvcc.apply(alarm("deactivate", "nospace", 6n));
    expect(mvcc.apply(put("x"))).toEqual(refused("noSpace"));
    mvcc.apply(alarm("deactivate", "nospace"));
    expect(mvcc.apply(put("x")).kind).toBe("ok");
  });

  test(`${ETCD_ERRORS.corrupt.text}: every client command; checkpoints and alarms go on`, () => {
    const { mvcc } = prepared();
    mvcc.apply(alarm("activate", "corrupt"));
    mvcc.apply(alarm("activate", "nospace"));
    for (const command of [put("x"), del("a"), txn({}), compact(3), grant(9n), revoke(7n)]) {
      expect(mvcc.apply(command)).toEqual(refused("corrupt"));
    }
    expect(mvcc.apply({ kind: "leaseCheckpoint", leases: [] }).kind).toBe("ok");
    expect(mvcc.alarms().length).toBe(2);
    mvcc.apply(alarm("deactivate", "corrupt"));
    expect(mvcc.apply(del("a")).kind).toBe("ok");
  });

  test("a write over the quota is refused with nothing written, and the crossing is raised once", () => {
    let raised = 0;
    const { mvcc, space } = fresh({ quotaBytes: 1000, onQuotaExceeded: () => raised++ });
    while (mvcc.apply(put("k", "x".repeat(100))).kind === "ok");
    const before = space.dump();
    expect(mvcc.apply(put("k", "x".repeat(100)))).toEqual(refused("noSpace"));
    expect(mvcc.apply(put("k", "x".repeat(100), { lease: leaseId(99n) }))).toEqual(refused("leaseNotFound"));
    expect(mvcc.apply(txn({ success: [put("k", "x".repeat(500))] }))).toEqual(refused("noSpace"));
    expect(space.dump()).toEqual(before);
    expect(raised).toBe(1);
    expect(mvcc.sizeBytes()).toBeLessThan(1000);

    // Room comes with the compaction itself, not with each member's sweep.
    mvcc.apply(compact(mvcc.revision()));
    expect(mvcc.sizeBytes()).toBe(mvcc.sizeInUseBytes());
    expect(mvcc.apply(put("k", "x".repeat(100))).kind).toBe("ok");
    sweep(mvcc);
    while (mvcc.apply(put("k", "x".repeat(100))).kind === "ok");
    expect(raised).toBe(2);
  });
});
