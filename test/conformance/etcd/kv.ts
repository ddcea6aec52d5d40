import { expect } from "vitest";
import { fromLatin1, latin1, leaseId } from "../../../src/base/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, refused, type Subject } from "./subject.js";

const only = async (s: Subject, key: string) => present((await s.get(key)).kvs[0]);

const PUTS: readonly EtcdCase[] = [
  sentence("a put answers with the revision that it made, one more than before", async (s) => {
    const before = await s.revision();
    expect((await s.put("a", "1")).header.revision).toBe(before + 1);
    expect((await s.put("a", "2")).header.revision).toBe(before + 2);
  }),
  sentence("a new key has version 1, and its create and mod revision are the put's", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    expect(await only(s, "a")).toMatchObject({ version: 1, createRevision: revision, modRevision: revision, lease: 0n });
  }),
  sentence("a second put keeps the create revision and raises version and mod revision", async (s) => {
    const first = (await s.put("a", "1")).header.revision;
    await s.put("b");
    const second = (await s.put("a", "2")).header.revision;
    expect(await only(s, "a")).toMatchObject({ version: 2, createRevision: first, modRevision: second });
  }),
  sentence("a put of the same value is a write like any other", async (s) => {
    await s.put("a", "same");
    await s.put("a", "same");
    expect((await only(s, "a")).version).toBe(2);
  }),
  sentence("an empty value is stored and found", async (s) => {
    await s.put("a", "");
    expect(await s.contents()).toEqual(["a="]);
  }),
  sentence("every byte may be in a key and in a value", async (s) => {
    const all = latin1(Uint8Array.from({ length: 256 }, (_, i) => i));
    await s.put(all, all);
    const kv = await only(s, all);
    expect([s.name(kv.key), latin1(kv.value)]).toEqual([all, all]);
  }),
  sentence("a value of one MiB comes back byte for byte", async (s) => {
    const value = "0123456789abcdef".repeat(65_536);
    await s.put("large", value);
    expect(latin1((await only(s, "large")).value) === value).toBe(true);
  }),
  sentence("prev_kv answers with the pair that was there, whole", async (s) => {
    const { revision } = (await s.put("a", "old")).header;
    const { prevKv } = await s.put("a", "new", { prevKv: true });
    expect(s.pairs({ kvs: [present(prevKv)] })).toEqual(["a=old"]);
    expect(prevKv).toMatchObject({ createRevision: revision, modRevision: revision, version: 1 });
  }),
  sentence("prev_kv of a new key is absent, and so it is when nobody asked", async (s) => {
    expect((await s.put("a", "1", { prevKv: true })).prevKv).toBeUndefined();
    expect((await s.put("a", "2")).prevKv).toBeUndefined();
  }),
  sentence("ignore_value keeps the value and changes the rest", async (s) => {
    const lease = await s.grant();
    await s.put("a", "kept");
    await s.put("a", "", { ignoreValue: true, lease });
    expect(await only(s, "a")).toMatchObject({ version: 2, lease });
    expect(await s.contents()).toEqual(["a=kept"]);
  }),
  sentence("ignore_lease keeps the lease and changes the value", async (s) => {
    const lease = await s.grant();
    await s.put("a", "old", { lease });
    await s.put("a", "new", { ignoreLease: true });
    expect((await only(s, "a")).lease).toBe(lease);
    expect(await s.contents()).toEqual(["a=new"]);
  }),
  sentence("fifty puts at once get fifty revisions", async (s) => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => s.put(`k${i}`)));
    expect(new Set(answers.map((a) => a.header.revision)).size).toBe(50);
  }),
  sentence("increments that race by compare and retry lose nothing", async (s) => {
    await s.put("n", "0");
    const increment = async (): Promise<void> => {
      for (;;) {
        const kv = await only(s, "n");
        const next = String(Number(latin1(kv.value)) + 1);
        const unchanged = s.compare("n", "equal", { kind: "mod", number: kv.modRevision });
        if ((await s.txn([unchanged], [s.putOp("n", next)])).succeeded) return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, increment));
    expect(await s.contents()).toEqual(["n=10"]);
  }),
];

const DELETES: readonly EtcdCase[] = [
  sentence("a delete takes one key, makes one revision and counts one", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    const answer = await s.del("a");
    expect([answer.deleted, answer.header.revision]).toEqual([1, revision + 1]);
    expect(await s.contents()).toEqual([]);
  }),
  sentence("deleting what is not there counts nothing and leaves the revision", async (s) => {
    const before = await s.revision();
    const answer = await s.del("a", "z");
    expect([answer.deleted, answer.header.revision]).toEqual([0, before]);
  }),
  sentence("a range is deleted in one revision, its end stays", async (s) => {
    for (const k of ["a", "b", "c"]) await s.put(k, k);
    const before = await s.revision();
    const answer = await s.del("a", "c");
    expect([answer.deleted, answer.header.revision]).toEqual([2, before + 1]);
    expect(await s.contents()).toEqual(["c=c"]);
  }),
  sentence("prev_kv of a delete lists what was there, by key", async (s) => {
    for (const k of ["b", "a", "c"]) await s.put(k, k);
    const { prevKvs } = await s.del("a", "c", true);
    expect(s.pairs({ kvs: prevKvs })).toEqual(["a=a", "b=b"]);
  }),
  sentence("a delete says nothing of what was there when nobody asked", async (s) => {
    await s.put("a", "1");
    expect((await s.del("a")).prevKvs).toEqual([]);
  }),
  sentence("range_end \\0 deletes from the key to the end of the store", async (s) => {
    const last = `=\xff\xff${s.prefix}`;
    await s.put(`${last}a`);
    await s.put(`${last}b`);
    expect((await s.del(`${last}a`, "\0")).deleted).toBe(2);
  }),
  sentence("a range that ends before it begins deletes nothing", async (s) => {
    await s.put("a");
    expect((await s.del("b", "a")).deleted).toBe(0);
    expect((await s.del("a", "a")).deleted).toBe(0);
  }),
  sentence("a key that was deleted begins anew: version 1 and another create revision", async (s) => {
    await s.put("a", "1");
    await s.put("a", "2");
    await s.del("a");
    const { revision } = (await s.put("a", "3")).header;
    expect(await only(s, "a")).toMatchObject({ version: 1, createRevision: revision });
  }),
  sentence("what was deleted is still there at an older revision", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.del("a");
    expect(s.pairs(await s.get("a", "", { revision }))).toEqual(["a=1"]);
    expect((await s.get("a", "", { revision: revision + 1 })).kvs).toEqual([]);
  }),
];

const REFUSALS: readonly EtcdCase[] = [
  sentence("a put without a key is refused", (s) => refused("emptyKey", s.put("="))),
  sentence("a range without a key is refused", (s) => refused("emptyKey", s.get("=", "z"))),
  sentence("a delete without a key is refused", (s) => refused("emptyKey", s.del("=", "z"))),
  sentence("ignore_value with a value is refused", (s) => refused("valueProvided", s.put("a", "1", { ignoreValue: true }))),
  sentence("ignore_value of a missing key is refused", (s) => refused("keyNotFound", s.put("a", "", { ignoreValue: true }))),
  sentence("ignore_lease with a lease is refused", (s) =>
    refused("leaseProvided", s.put("a", "1", { ignoreLease: true, lease: leaseId(7n) })),
  ),
  sentence("ignore_lease of a missing key is refused", (s) => refused("keyNotFound", s.put("a", "1", { ignoreLease: true }))),
  sentence("a put with a lease that nobody granted is refused", (s) =>
    refused("leaseNotFound", s.put("a", "1", { lease: leaseId(0x7eadn) })),
  ),
  sentence("a refused put leaves no trace", async (s) => {
    const before = await s.revision();
    await refused("keyNotFound", s.put("a", "", { ignoreValue: true }));
    await refused("leaseNotFound", s.put("a", "1", { lease: leaseId(0x7eadn) }));
    expect(await s.revision()).toBe(before);
    expect(await s.contents()).toEqual([]);
  }),
  sentence(
    "a request of the full --max-request-bytes is too large, and half of it is not",
    async (s) => {
      await refused("requestTooLarge", s.put("a", "x".repeat(1_572_864)));
      await s.put("a", "x".repeat(786_432));
    },
    { needs: ["limits"] },
  ),
];

const HEADERS: readonly EtcdCase[] = [
  sentence(
    "every answer names the same cluster, a member and a term",
    async (s) => {
      const answers = [await s.put("a"), await s.get("a"), await s.txn([], []), await s.del("a")];
      for (const { header } of answers) {
        expect(header.clusterId).toBe(answers[0]?.header.clusterId);
        expect(header.clusterId).not.toBe(0n);
        expect(header.memberId).not.toBe(0n);
        expect(header.raftTerm).toBeGreaterThan(0);
      }
    },
    { needs: ["headers"] },
  ),
  sentence("a read's header has the store's revision, also for an older one", async (s) => {
    const { revision } = (await s.put("a")).header;
    await s.put("b");
    expect((await s.get("a", "", { revision })).header.revision).toBe(revision + 1);
  }),
  sentence("a read that begins after a put was answered sees it", async (s) => {
    for (let i = 0; i < 20; i++) {
      await s.put("a", String(i));
      expect(await s.contents()).toEqual([`a=${i}`]);
    }
  }),
  sentence("a serializable read answers what this member has", async (s) => {
    await s.put("a", "1");
    expect(s.pairs(await s.get("a", "", { serializable: true }))).toEqual(["a=1"]);
  }),
  sentence("a key is bytes, not text: what no UTF-8 is comes back", async (s) => {
    await s.put("\xc3\x28", "\xfe\xff");
    expect((await only(s, "\xc3\x28")).value).toEqual(Buffer.from(fromLatin1("\xfe\xff")));
  }),
];

export const KV_CASES: readonly EtcdCase[] = [...PUTS, ...DELETES, ...REFUSALS, ...HEADERS];
