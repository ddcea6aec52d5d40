import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathText } from "../../../src/kube/patch/elements.js";
import {
  difference,
  type Fields,
  fieldsOf,
  has,
  inOrder,
  intersection,
  pathsOf,
  union,
  withoutAll,
} from "../../../src/kube/patch/fields.js";
import { idOf, type Owned, readOwners, writeOwners } from "../../../src/kube/patch/managers.js";

const element = fc.constantFrom(
  "f:a",
  "f:b",
  'k:{"name":"x"}',
  'k:{"name":"x","port":80}',
  'k:{"name":"x","port":9}',
  'v:"s"',
  "v:7",
  "i:2",
  "i:10",
);
const path = fc.array(element, { minLength: 1, maxLength: 3 });
const paths = fc.array(path, { maxLength: 6 });
const members = (fields: Fields): readonly string[] => pathsOf(fields).map((p) => p.join(" "));

describe("a set of fields", () => {
  test("holds exactly the paths that were put in", () => {
    fc.assert(
      fc.property(paths, (given) => {
        const fields = fieldsOf(given);
        expect(new Set(members(fields))).toEqual(new Set(given.map((p) => p.join(" "))));
        for (const p of given) expect(has(fields, p)).toBe(true);
      }),
    );
  });
  test("unites, intersects and subtracts as a set of paths does", () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [fieldsOf(left), fieldsOf(right)];
        const [as, bs] = [new Set(members(a)), new Set(members(b))];
        expect(new Set(members(union(a, b)))).toEqual(new Set([...as, ...bs]));
        expect(new Set(members(intersection(a, b)))).toEqual(new Set([...as].filter((p) => bs.has(p))));
        expect(new Set(members(difference(a, b)))).toEqual(new Set([...as].filter((p) => !bs.has(p))));
        const above = (p: string) => [...bs].some((q) => p === q || p.startsWith(`${q} `));
        expect(new Set(members(withoutAll(a, b)))).toEqual(new Set([...as].filter((p) => !above(p))));
      }),
    );
  });
  test("comes back from its stored form, which does not depend on how it was made", () => {
    fc.assert(
      fc.property(paths, (given) => {
        const fields = inOrder(fieldsOf(given));
        expect(JSON.stringify(inOrder(fieldsOf([...given].reverse())))).toBe(JSON.stringify(fields));
        const owned: Owned = {
          name: "m",
          operation: "Update",
          apiVersion: "v1",
          subresource: "",
          fields,
          time: undefined,
          entry: undefined,
        };
        const entries = writeOwners(new Map([[idOf(owned), owned]]));
        const read = readOwners(JSON.parse(JSON.stringify(entries)), "sent");
        expect([...(read?.values() ?? [])].map((o) => o.fields)).toEqual([fields]);
      }),
    );
  });
  test("is read in any spelling and without what nobody knows", () => {
    const fieldsV1 = { 'k:{"b":1, "a":"x"}': { ".": {} }, "z:new": {}, "f:l": { ".": {}, "v:1": {} } };
    const read = readOwners([{ manager: "m", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1 }], "sent");
    expect([...(read?.values() ?? [])][0]?.fields).toEqual({ "f:l": { ".": {}, "v:1": {} }, 'k:{"a":"x","b":1}': { ".": {} } });
  });
  test("that makes no sense is not read", () => {
    const entry = { manager: "m", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "k:{": {} } };
    expect(readOwners([entry], "sent")).toBeUndefined();
    expect(readOwners([{ ...entry, fieldsV1: {}, operation: "Put" }], "sent")).toBeUndefined();
    expect(readOwners([{ ...entry, fieldsV1: {}, fieldsType: "" }], "sent")).toBeUndefined();
  });
});

test("paths are shown as conflicts name them", () => {
  expect(pathText(["f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name"])).toBe('.spec.ports[port=80,protocol="TCP"].name');
  expect(pathText(["f:metadata", "f:finalizers", 'v:"x.io/a"'])).toBe('.metadata.finalizers[="x.io/a"]');
});
