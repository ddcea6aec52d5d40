import { describe, expect, test } from "vitest";
import { metaErrors, metaUpdateErrors } from "../../../src/apiserver/validation/index.js";
import { dnsSubdomainErrors, type ObjectMeta, textOf } from "../../../src/kube/meta/index.js";

const rules = { namespaced: true, name: dnsSubdomainErrors, standardFinalizers: true };
const good: ObjectMeta = { name: "a", namespace: "n", uid: "u", resourceVersion: "1", generation: 2 };
const created = (meta: ObjectMeta, more: Partial<typeof rules> = {}) =>
  metaErrors({ name: "a", namespace: "n", ...meta }, { ...rules, ...more }).map(textOf);
const updated = (meta: ObjectMeta, old: ObjectMeta = {}) => metaUpdateErrors({ ...good, ...meta }, { ...good, ...old }).map(textOf);

describe("metadata of a new object", () => {
  test("a good one has no errors", () => expect(created({ labels: { "a/b": "c" }, finalizers: ["x.y/z"] })).toEqual([]));
  const cases = [
    { name: "a name is needed", meta: { name: "" }, told: ["metadata.name: Required value: name or generateName is required"] },
    { name: "a namespaced kind needs a namespace", meta: { namespace: "" }, told: ["metadata.namespace: Required value"] },
    {
      name: "a generation counts up from zero",
      meta: { generation: -1 },
      told: ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"],
    },
    {
      name: "a finalizer without a domain is one of the standard ones",
      meta: { finalizers: ["mine"] },
      told: ['metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified'],
    },
    {
      name: "dependents are orphaned or waited for, not both",
      meta: { finalizers: ["orphan", "foregroundDeletion"] },
      told: [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    },
    {
      name: "an event owns nothing",
      meta: { ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "e", uid: "u" }] },
      told: [
        'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: /v1, Kind=Event is disallowed from being an owner',
      ],
    },
    {
      name: "an entry of managedFields is checked",
      meta: { managedFields: [{ manager: "a\u0007", operation: "Eat", fieldsType: "V2" }] },
      told: [
        'metadata.managedFields[0].operation: Invalid value: "Eat": must be `Apply` or `Update`',
        'metadata.managedFields[0].fieldsType: Invalid value: "V2": must be `FieldsV1`',
        'metadata.managedFields[0].manager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
      ],
    },
  ];
  test.each(cases)("$name", ({ meta, told }) => expect(created(meta)).toEqual(told));

  test("a cluster kind has no namespace", () => {
    expect(created({}, { namespaced: false })).toEqual(["metadata.namespace: Forbidden: not allowed on this type"]);
  });
  test("only one owner controls", () => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", uid: "u", controller: true };
    const two = [
      { ...owner, name: "a" },
      { ...owner, name: "b" },
    ];
    expect(created({ ownerReferences: two })[0]).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/a and ReplicaSet/b',
    );
  });
  test("annotations have room for 256 KiB and not for a byte more", () => {
    expect(created({ annotations: { k: "x".repeat(262_143) } })).toEqual([]);
    expect(created({ annotations: { k: "x".repeat(262_144) } })).toEqual([
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ]);
  });
});

describe("metadata of a changed object", () => {
  test("nothing changed", () => expect(updated({})).toEqual([]));
  test("names, uids and times stay", () => {
    expect(updated({ name: "b", uid: "v", deletionTimestamp: "2026-01-01T00:00:00Z" })).toEqual([
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.deletionTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable',
    ]);
  });
  test("what is being deleted gets no new finalizers", () => {
    const dying = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a.b/c"] };
    expect(updated({ ...dying, finalizers: ["d.e/f", "a.b/c"] }, dying)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"d.e/f"}',
    ]);
    expect(updated({ ...dying, finalizers: [] }, dying)).toEqual([]);
  });
});
