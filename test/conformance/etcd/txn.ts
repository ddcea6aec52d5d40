import { expect } from "vitest";
import { fromLatin1, leaseId } from "../../../src/base/index.js";
import type { CompareResult, CompareTarget, OpResult } from "../../../src/etcd/api/index.js";
import { type EtcdCase, sentence } from "./case.js";
import { present, rangeOf, refused, type Subject } from "./subject.js";

const value = (text: string): CompareTarget => ({ kind: "value", value: fromLatin1(text) });
const holds = async (s: Subject, key: string, result: CompareResult, target: CompareTarget, rangeEnd = ""): Promise<boolean> =>
  (await s.txn([s.compare(key, result, target, rangeEnd)], [])).succeeded;

/** k has value "m", version 2, and revisions that are given to the targets. */
async function comparable(s: Subject): Promise<Readonly<Record<string, number>>> {
  const create = (await s.put("k", "l")).header.revision;
  const mod = (await s.put("k", "m")).header.revision;
  return { version: 2, create, mod };
}
const NUMBERS = ["version", "create", "mod"] as const;

const COMPARES: readonly EtcdCase[] = [
  ...NUMBERS.map((kind) =>
    sentence(`a compare of ${kind}: equal, less, greater and not equal, each true and false`, async (s) => {
      const at = (await comparable(s))[kind] as number;
      const seen = async (result: CompareResult): Promise<boolean[]> => [
        await holds(s, "k", result, { kind, number: at - 1 }),
        await holds(s, "k", result, { kind, number: at }),
        await holds(s, "k", result, { kind, number: at + 1 }),
      ];
      expect(await seen("equal")).toEqual([false, true, false]);
      expect(await seen("notEqual")).toEqual([true, false, true]);
      expect(await seen("greater")).toEqual([true, false, false]);
      expect(await seen("less")).toEqual([false, false, true]);
    }),
  ),
  sentence("a compare of values compares bytes", async (s) => {
    await comparable(s);
    const seen = (result: CompareResult) => Promise.all(["l", "m", "n"].map((v) => holds(s, "k", result, value(v))));
    expect(await seen("equal")).toEqual([false, true, false]);
    expect(await seen("notEqual")).toEqual([true, false, true]);
    expect(await seen("greater")).toEqual([true, false, false]);
    expect(await seen("less")).toEqual([false, false, true]);
  }),
  sentence("a compare of leases", async (s) => {
    const lease = await s.grant();
    await s.put("k", "", { lease });
    expect(await holds(s, "k", "equal", { kind: "lease", lease })).toBe(true);
    expect(await holds(s, "k", "equal", { kind: "lease", lease: leaseId(0n) })).toBe(false);
  }),
  sentence("every number of a missing key is zero", async (s) => {
    for (const kind of NUMBERS) expect(await holds(s, "missing", "equal", { kind, number: 0 })).toBe(true);
    expect(await holds(s, "missing", "equal", { kind: "lease", lease: leaseId(0n) })).toBe(true);
    expect(await holds(s, "missing", "greater", { kind: "mod", number: 0 })).toBe(false);
  }),
  sentence("no compare of a missing key's value is true, not even with nothing", async (s) => {
    expect(await holds(s, "missing", "equal", value(""))).toBe(false);
    expect(await holds(s, "missing", "notEqual", value("x"))).toBe(false);
    expect(await holds(s, "missing", "less", value("x"))).toBe(false);
  }),
  sentence("a deleted key compares as a missing one", async (s) => {
    await comparable(s);
    await s.del("k");
    expect(await holds(s, "k", "equal", { kind: "create", number: 0 })).toBe(true);
  }),
  sentence("all compares must hold", async (s) => {
    await comparable(s);
    const yes = s.compare("k", "equal", value("m"));
    const no = s.compare("k", "equal", value("n"));
    expect((await s.txn([yes, yes], [])).succeeded).toBe(true);
    expect((await s.txn([yes, no], [])).succeeded).toBe(false);
  }),
  sentence("a compare over a range must hold for each of its keys", async (s) => {
    for (const k of ["a", "b"]) await s.put(k, "same");
    expect(await holds(s, "a", "equal", value("same"), "z")).toBe(true);
    await s.put("c", "other");
    expect(await holds(s, "a", "equal", value("same"), "z")).toBe(false);
    expect(await holds(s, "a", "equal", value("same"), "c")).toBe(true);
  }),
  sentence("a compare over an empty range is that of one missing key", async (s) => {
    expect(await holds(s, "a", "equal", { kind: "version", number: 0 }, "z")).toBe(true);
    expect(await holds(s, "a", "equal", { kind: "version", number: 1 }, "z")).toBe(false);
    expect(await holds(s, "a", "equal", value(""), "z")).toBe(false);
  }),
];

const lines = (s: Subject, responses: readonly OpResult[]): string[] =>
  responses.map((r) => {
    if (r.kind === "range") return `range ${s.pairs(r).join(",")}`;
    if (r.kind === "deleteRange") return `deleted ${r.deleted}`;
    return r.kind === "txn" ? `${r.succeeded ? "then" : "else"}(${lines(s, r.responses).join("; ")})` : "put";
  });

const RUNS: readonly EtcdCase[] = [
  sentence("a transaction without compares succeeds", async (s) => {
    expect(await s.txn([], [])).toMatchObject({ succeeded: true, responses: [] });
  }),
  sentence("the success branch runs and the other does not", async (s) => {
    await s.txn([], [s.putOp("a", "then")], [s.putOp("b", "else")]);
    expect(await s.contents()).toEqual(["a=then"]);
  }),
  sentence("the failure branch runs when a compare fails", async (s) => {
    const answer = await s.txn([s.compare("a", "equal", value("x"))], [s.putOp("a", "then")], [s.putOp("b", "else")]);
    expect(answer.succeeded).toBe(false);
    expect(await s.contents()).toEqual(["b=else"]);
  }),
  sentence("answers come in the order of the operations", async (s) => {
    await s.put("x", "1");
    const answer = await s.txn([], [s.putOp("a"), s.getOp("x"), s.delOp("x"), s.getOp("nothing")]);
    expect(lines(s, answer.responses)).toEqual(["put", "range x=1", "deleted 1", "range "]);
  }),
  sentence("an operation sees what those before it did", async (s) => {
    await s.put("a", "old");
    const answer = await s.txn([], [s.getOp("a"), s.putOp("a", "new"), s.getOp("a"), s.putOp("b"), s.delOp("c", "z"), s.getOp("a", "z")]);
    expect(lines(s, answer.responses)).toEqual(["range a=old", "put", "range a=new", "put", "deleted 0", "range a=new,b="]);
  }),
  sentence("all writes of a transaction are one revision", async (s) => {
    const before = await s.revision();
    const { header } = await s.txn([], [s.putOp("a"), s.putOp("b"), s.putOp("c")]);
    expect(header.revision).toBe(before + 1);
    const found = await s.get("a", "z");
    expect(found.kvs.map((kv) => kv.modRevision)).toEqual([before + 1, before + 1, before + 1]);
  }),
  sentence("a transaction that only reads leaves the revision", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    const answer = await s.txn([], [s.getOp("a")]);
    expect(answer.header.revision).toBe(revision);
    expect(lines(s, answer.responses)).toEqual(["range a=1"]);
  }),
  sentence("a transaction whose deletes find nothing leaves the revision", async (s) => {
    const before = await s.revision();
    expect((await s.txn([], [s.delOp("a", "z")])).header.revision).toBe(before);
  }),
  sentence("a put and a delete of different keys are one revision", async (s) => {
    await s.put("a");
    const before = await s.revision();
    const { header } = await s.txn([], [s.putOp("b"), s.delOp("a")]);
    expect(header.revision).toBe(before + 1);
    expect(await s.contents()).toEqual(["b="]);
  }),
  sentence("prev_kv works in a transaction for puts and deletes", async (s) => {
    for (const k of ["a", "b"]) await s.put(k, "old");
    const [put, deleted] = (await s.txn([], [s.putOp("a", "new", { prevKv: true }), s.delOp("b", "", true)])).responses;
    if (put?.kind !== "put" || deleted?.kind !== "deleteRange") throw new Error("other kinds of answers");
    expect(s.pairs({ kvs: [present(put.prevKv), ...deleted.prevKvs] })).toEqual(["a=old", "b=old"]);
  }),
  sentence("a range in a transaction has count and more", async (s) => {
    for (const k of ["a", "b", "c"]) await s.put(k);
    const answer = await s.txn([], [s.getOp("a", "z", { limit: 1 })]);
    expect(rangeOf(answer.responses[0])).toMatchObject({ count: 3, more: true });
  }),
  sentence("a range in a transaction can ask for an older revision", async (s) => {
    const { revision } = (await s.put("a", "old")).header;
    await s.put("a", "new");
    const answer = await s.txn([], [s.putOp("b"), s.getOp("a", "", { revision })]);
    expect(lines(s, answer.responses)).toEqual(["put", "range a=old"]);
  }),
  sentence("a transaction of serializable reads answers what this member has", async (s) => {
    await s.put("a", "1");
    expect(lines(s, (await s.txn([], [s.getOp("a", "", { serializable: true })])).responses)).toEqual(["range a=1"]);
  }),
  sentence("create if it is not there: the second attempt reads the winner", async (s) => {
    const create = (v: string) => s.txn([s.compare("a", "equal", { kind: "create", number: 0 })], [s.putOp("a", v)], [s.getOp("a")]);
    expect((await create("first")).succeeded).toBe(true);
    const second = await create("second");
    expect(lines(s, second.responses)).toEqual(["range a=first"]);
    expect(second.succeeded).toBe(false);
  }),
  sentence("delete if unchanged: a stale mod revision deletes nothing", async (s) => {
    const { revision } = (await s.put("a", "1")).header;
    await s.put("a", "2");
    const remove = (at: number) => s.txn([s.compare("a", "equal", { kind: "mod", number: at })], [s.delOp("a")], [s.getOp("a")]);
    expect(lines(s, (await remove(revision)).responses)).toEqual(["range a=2"]);
    expect(lines(s, (await remove(revision + 1)).responses)).toEqual(["deleted 1"]);
  }),
  sentence("a lease can be given in a transaction", async (s) => {
    const lease = await s.grant();
    await s.txn([], [s.putOp("a", "", { lease })]);
    expect((await s.get("a")).kvs[0]?.lease).toBe(lease);
  }),
];

const NESTED: readonly EtcdCase[] = [
  sentence("a transaction in a transaction answers in its place", async (s) => {
    await s.put("x", "1");
    const inner = s.txnOp([s.compare("x", "equal", value("1"))], [s.putOp("b"), s.getOp("x")]);
    const answer = await s.txn([], [s.putOp("a"), inner, s.getOp("b")]);
    expect(lines(s, answer.responses)).toEqual(["put", "then(put; range x=1)", "range b="]);
  }),
  sentence("nested compares see the store as it was before the whole transaction", async (s) => {
    const inner = s.txnOp([s.compare("a", "equal", value("new"))], [s.putOp("seen")], [s.putOp("unseen")]);
    await s.txn([], [s.putOp("a", "new"), inner]);
    expect(await s.contents()).toEqual(["a=new", "unseen="]);
  }),
  sentence("a nested transaction writes in the same revision", async (s) => {
    const { revision } = (await s.txn([], [s.putOp("a"), s.txnOp([], [s.putOp("b")])])).header;
    expect((await s.get("a", "z")).kvs.map((kv) => kv.modRevision)).toEqual([revision, revision]);
  }),
];

const many = (s: Subject, count: number) => Array.from({ length: count }, (_, i) => s.putOp(`k${i}`));

const REFUSED: readonly EtcdCase[] = [
  sentence("a key put twice is refused", (s) => refused("duplicateKey", s.txn([], [s.putOp("a"), s.putOp("a")]))),
  sentence("a key put twice is refused in the branch that would not run", (s) =>
    refused("duplicateKey", s.txn([], [], [s.putOp("a"), s.putOp("a")])),
  ),
  sentence("a put of what the same branch deletes is refused, in either order", async (s) => {
    await refused("duplicateKey", s.txn([], [s.putOp("b"), s.delOp("a", "c")]));
    await refused("duplicateKey", s.txn([], [s.delOp("b"), s.putOp("b")]));
  }),
  sentence("a put beside a delete that ends before it is fine", async (s) => {
    expect((await s.txn([], [s.delOp("a", "b"), s.putOp("b")])).succeeded).toBe(true);
  }),
  sentence("deleting a key twice is fine", async (s) => {
    await s.put("a");
    expect(lines(s, (await s.txn([], [s.delOp("a"), s.delOp("a")])).responses)).toEqual(["deleted 1", "deleted 0"]);
  }),
  sentence("the same key in both branches is fine", async (s) => {
    expect((await s.txn([], [s.putOp("a")], [s.putOp("a")])).succeeded).toBe(true);
  }),
  sentence("the same key in both branches of a nested transaction is fine, one outside is not", async (s) => {
    const inner = s.txnOp([], [s.putOp("a")], [s.putOp("a")]);
    expect((await s.txn([], [inner])).succeeded).toBe(true);
    await refused("duplicateKey", s.txn([], [inner, s.putOp("a")]));
    await refused("duplicateKey", s.txn([], [inner, inner]));
  }),
  sentence("128 operations are accepted, 129 refused", async (s) => {
    expect((await s.txn([], many(s, 128))).succeeded).toBe(true);
    await refused("tooManyOps", s.txn([], many(s, 129)));
  }),
  sentence("129 compares, or 129 operations in the other branch, are refused", async (s) => {
    await refused("tooManyOps", s.txn([], [], many(s, 129)));
    const compare = s.compare("a", "equal", value(""));
    await refused("tooManyOps", s.txn(new Array(129).fill(compare), []));
  }),
  sentence("a nested transaction may have what the outer one leaves", async (s) => {
    expect((await s.txn([], [s.txnOp([], many(s, 127))])).succeeded).toBe(true);
    await refused("tooManyOps", s.txn([], [s.txnOp([], many(s, 128))]));
  }),
  sentence("an operation without a request is refused", (s) => refused("keyNotFound", s.txn([], [{ kind: "empty" }]))),
  sentence("an operation without a key is refused, in either branch and nested", async (s) => {
    await refused("emptyKey", s.txn([], [s.putOp("=")]));
    await refused("emptyKey", s.txn([], [], [s.delOp("=")]));
    await refused("emptyKey", s.txn([], [s.txnOp([], [s.getOp("=")])]));
  }),
  sentence("a compare without a key is refused", (s) => refused("emptyKey", s.txn([s.compare("=", "equal", value(""))], []))),
  sentence("a bad put is refused in a transaction as outside", async (s) => {
    await refused("valueProvided", s.txn([], [s.putOp("a", "1", { ignoreValue: true })]));
    await refused("leaseProvided", s.txn([], [s.putOp("a", "1", { ignoreLease: true, lease: leaseId(1n) })]));
  }),
  sentence("an unknown lease refuses the whole transaction", async (s) => {
    await refused("leaseNotFound", s.txn([], [s.putOp("a"), s.putOp("b", "", { lease: leaseId(0x7eadn) })]));
    expect(await s.contents()).toEqual([]);
  }),
  sentence("ignore_value of a missing key refuses the whole transaction", async (s) => {
    await refused("keyNotFound", s.txn([], [s.putOp("a"), s.putOp("b", "", { ignoreValue: true })]));
    expect(await s.contents()).toEqual([]);
  }),
  sentence("a range at a future revision refuses the whole transaction", async (s) => {
    const revision = (await s.revision()) + 1_000_000;
    await refused("futureRevision", s.txn([], [s.putOp("a"), s.getOp("a", "", { revision })]));
    expect(await s.contents()).toEqual([]);
  }),
  sentence("what the branch that does not run would do is not looked at", async (s) => {
    const revision = (await s.revision()) + 1_000_000;
    expect((await s.txn([], [s.putOp("a")], [s.getOp("a", "", { revision })])).succeeded).toBe(true);
    expect((await s.txn([], [s.putOp("a")], [s.putOp("b", "", { lease: leaseId(0x7eadn) })])).succeeded).toBe(true);
  }),
];

export const TXN_CASES: readonly EtcdCase[] = [...COMPARES, ...RUNS, ...NESTED, ...REFUSED];
