import { expect, test } from "vitest";
import {
  decodeJson,
  encodeJson,
  type FieldSchema,
  type KindSchema,
  type ObjectSchema,
  type Schema,
} from "../../../src/kube/schema/index.js";

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
const WIDGET: KindSchema = {
  gvk: { group: "example.com", version: "v1", kind: "Widget" },
  root: object([
    field(
      "spec",
      object([field("size", STRING), field("parts", { kind: "list", items: object([field("id", STRING)]), listType: "atomic", keys: [] })]),
    ),
    field("free", object([], true)),
  ]),
  protobuf: false,
};
const decode = (text: string) => decodeJson(text, WIDGET, { fieldValidation: "strict" });

test("a custom object keeps nulls and empty values, and loses what its schema does not name", () => {
  const { object: o, problems } = decode(
    '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","zzz":1},"spec":{"size":null,"parts":[],"more":1},"free":{"x":{"y":[]}}}',
  );
  expect(JSON.parse(encodeJson(o))).toEqual({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "a" },
    spec: { size: null, parts: [] },
    free: { x: { y: [] } },
  });
  expect(new Set(problems)).toEqual(new Set(['unknown field "spec.more"', 'unknown field "metadata.zzz"']));
});

test("repeated keys are told first, also where everything is kept", () => {
  expect(decode('{"spec":{"more":1,"size":"a","size":"b","parts":[{"id":"1"},{"no":1}]},"free":{"q":{"a":1,"a":2}}}').problems).toEqual([
    'duplicate field "spec.size"',
    'duplicate field "free.q.a"',
    'unknown field "spec.more"',
    'unknown field "spec.parts[1].no"',
  ]);
});

test("whole numbers are exact to 64 bits and others are numbers", () => {
  expect(encodeJson(decode('{"free":{"a":9007199254740993,"b":1.0,"c":1e2}}').object)).toContain('"a":9007199254740993,"b":1,"c":100');
});
