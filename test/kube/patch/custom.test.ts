import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/kube/meta/index.js";
import type { FieldSchema, KindSchema, ObjectSchema, Schema } from "../../../src/kube/schema/index.js";
import { applyBy, ownersOf } from "./kinds.js";

const STRING: Schema = { kind: "scalar", type: "string" };
const field = (name: string, schema: Schema): [string, FieldSchema] => [
  name,
  { name, schema, number: 0, pointer: false, omitEmpty: true, required: false, enum: [], patch: undefined, default: undefined },
];
const object = (fields: readonly [string, FieldSchema][], preserveUnknown = false): ObjectSchema => ({
  kind: "object",
  name: "",
  fields: new Map(fields),
  atomic: false,
  preserveUnknown,
});
const spec = object([
  field("tags", { kind: "list", items: STRING, listType: "set", keys: [] }),
  field("parts", { kind: "list", items: object([field("id", STRING), field("size", STRING)]), listType: "map", keys: ["id"] }),
  field("whole", { kind: "list", items: STRING, listType: "atomic", keys: [] }),
  field("free", object([], true)),
]);
const WIDGET: KindSchema = {
  gvk: { group: "example.com", version: "v1", kind: "Widget" },
  root: object([field("spec", spec)]),
  protobuf: false,
};
const apply = (live: Parameters<typeof applyBy>[1], spec: JsonObject, manager = "one") => applyBy(WIDGET, live, { spec }, { manager });

test("a custom object is divided as its schema says, and where that says nothing by what it looks like", () => {
  const made = apply(undefined, { tags: ["a"], parts: [{ id: "1", size: "s" }], whole: ["x"], free: { a: { b: 1, l: [1] } } });
  expect(ownersOf(made)["Apply one"]).toEqual({
    "f:spec": {
      "f:tags": { 'v:"a"': {} },
      "f:parts": { 'k:{"id":"1"}': { ".": {}, "f:id": {}, "f:size": {} } },
      "f:whole": {},
      "f:free": { "f:a": { ".": {}, "f:b": {}, "f:l": {} } },
    },
  });
  const next = apply(made, { tags: ["b"], free: { a: { c: 2 } } }, "two");
  expect(next["spec"]).toEqual({ tags: ["a", "b"], parts: [{ id: "1", size: "s" }], whole: ["x"], free: { a: { b: 1, l: [1], c: 2 } } });
  expect(() => apply(made, { free: { a: { l: [2] } } }, "two")).toThrow(".spec.free.a.l");
});
test("what its schema does not name is refused", () => {
  expect(() => apply(undefined, { zzz: 1 })).toThrow("(/a; example.com/v1, Kind=Widget): .spec.zzz: field not declared in schema");
  expect(() => apply(undefined, { tags: ["a", "a"] })).toThrow('.spec.tags: duplicate entries for key [="a"]');
  expect(() => apply(undefined, { parts: [{ size: "s" }] })).toThrow(
    'element 0: associative list with keys has an element that omits all key fields ["id"]',
  );
});
