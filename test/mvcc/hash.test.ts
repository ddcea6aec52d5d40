import { expect, test } from "vitest";
import { fromLatin1, leaseId } from "../../src/base/index.js";
import { encodeRecord } from "../../src/mvcc/record.js";
import { compact, del, fresh, grant, hashOf, put, sweep, txn } from "./kit.js";

/** Hash, as `etcdctl endpoint hashkv` and the gateway of etcd (main branch, 3.8 development) printed them for the same commands. */
test("HashKV of the first recorded history equals etcd's, before and after compactions", () => {
  const { mvcc } = fresh();
  expect(hashOf(mvcc, 0)).toEqual({ hash: 1084519789, compactRevision: -1, hashRevision: 1 });
  mvcc.apply(put("a", "1"));
  mvcc.apply(put("b", "2"));
  mvcc.apply(put("a", "3"));
  mvcc.apply(grant(-77n, 1000));
  mvcc.apply(put("leased", "x", { lease: leaseId(-77n) }));
  mvcc.apply(put("empty"));
  mvcc.apply(put("b", "again"));
  expect(hashOf(mvcc, 0).hash).toBe(2412900277);
  expect(hashOf(mvcc, 4).hash).toBe(2069675932);
  expect(hashOf(mvcc, 5).hash).toBe(2707313753);
  expect(hashOf(mvcc, 7)).toEqual({ hash: 2412900277, compactRevision: -1, hashRevision: 7 });

  mvcc.apply(compact(4));
  sweep(mvcc);
  expect(hashOf(mvcc, 0)).toEqual({ hash: 609785388, compactRevision: 4, hashRevision: 7 });
  expect(hashOf(mvcc, 5).hash).toBe(1379471473);

  mvcc.apply(compact(7));
  sweep(mvcc);
  expect(hashOf(mvcc, 0)).toEqual({ hash: 609785388, compactRevision: 7, hashRevision: 7 });

  // Nothing lives any more: etcd then leaves out none of the compacted records.
  mvcc.apply(del("\0", "\0"));
  expect(hashOf(mvcc, 0)).toEqual({ hash: 2910181186, compactRevision: 7, hashRevision: 8 });
  mvcc.apply(compact(8));
  sweep(mvcc);
  expect(hashOf(mvcc, 0)).toEqual({ hash: 1084519789, compactRevision: 8, hashRevision: 8 });
});

test("HashKV of a history with sub revisions and tombstones equals etcd's, also while the sweep is still to come", () => {
  const { mvcc } = fresh();
  mvcc.apply(put("a", "1"));
  mvcc.apply(put("b", "2"));
  mvcc.apply(txn({ success: [put("t1", "x"), put("t2", "y"), del("b")] }));
  mvcc.apply(put("c", "1"));
  mvcc.apply(del("c"));
  mvcc.apply(put("c", "2"));
  mvcc.apply(del("c"));
  mvcc.apply(put("d", "1"));
  expect(hashOf(mvcc, 0)).toEqual({ hash: 2355283050, compactRevision: -1, hashRevision: 9 });
  expect(hashOf(mvcc, 8).hash).toBe(3689335097);
  expect(hashOf(mvcc, 4).hash).toBe(211387994);
  mvcc.apply(compact(6));
  for (const swept of [false, true]) {
    if (swept) sweep(mvcc);
    expect(hashOf(mvcc, 0)).toEqual({ hash: 2586141913, compactRevision: 6, hashRevision: 9 });
    expect(hashOf(mvcc, 7).hash).toBe(2654210161);
    expect(hashOf(mvcc, 8).hash).toBe(931048116);
  }
  mvcc.apply(compact(8));
  expect(hashOf(mvcc, 0)).toEqual({ hash: 685313605, compactRevision: 8, hashRevision: 9 });
});

test("a record is encoded as Go's protobuf does it: fields in order, zeros left out, negative leases in ten bytes", () => {
  const record = encodeRecord({
    key: fromLatin1("k"),
    createRevision: 300,
    modRevision: 2 ** 40,
    version: 1,
    value: fromLatin1("v"),
    lease: leaseId(-1n),
  });
  expect(Buffer.from(record).toString("hex")).toBe("0a016b10ac021880808080802020012a017630ffffffffffffffffff01");
});
