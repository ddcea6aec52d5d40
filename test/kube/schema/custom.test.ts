import { expect, test } from "vitest";
import { CustomKind, decodeJson, encodeJson, structuralOf } from "../../../src/kube/schema/index.js";

const WIDGET = new CustomKind(
  { group: "example.com", version: "v1", kind: "Widget" },
  {
    schema: () =>
      structuralOf({
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: {
              size: { type: "string", nullable: true },
              parts: { type: "array", items: { type: "object", properties: { id: { type: "string" } } } },
            },
          },
          free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      }),
    preservesUnknown: false,
    typeName: "com.example.v1.Widget",
  },
);
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
