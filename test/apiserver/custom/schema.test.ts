import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { copyJson, type Json, type JsonObject, type KubeObject } from "../../../src/kube/meta/index.js";
import { applySchemaDefaults, decodeJson, prune, pruneNulls } from "../../../src/kube/schema/index.js";
import { kindWith, schema, WIDGET } from "./schemas.js";

const decoded = (text: string) => decodeJson(text, kindWith(WIDGET), { fieldValidation: "strict" });

describe("pruning", () => {
  test("takes away what the schema does not name and says where it was", () => {
    const { object, problems } = decoded('{"spec":{"size":1,"nope":1,"ports":[{"name":"a","x":1}],"free":{"y":1}},"zzz":{}}');
    expect(object["spec"]).toEqual({ size: 1, ports: [{ name: "a" }], free: { y: 1 } });
    expect(problems).toEqual(['unknown field "spec.nope"', 'unknown field "spec.ports[0].x"', 'unknown field "zzz"']);
  });
  test("keeps the header of an embedded resource, and all of it where unknown fields stay", () => {
    const { object } = decoded('{"spec":{"size":1,"inner":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"b":1}}}}');
    expect((object["spec"] as JsonObject)["inner"]).toEqual({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { b: 1 } });
  });
  test("takes away nulls that may not be, and leaves those that may and those that a default fills", () => {
    const value: Json = { spec: { color: null, maybe: null, size: null } };
    pruneNulls(value, schema(WIDGET));
    expect(value).toEqual({ spec: { maybe: null, size: null } });
  });
  test("of values below additionalProperties: true nothing inside is known", () => {
    const value: Json = { any: { a: 1 } };
    prune(value, schema({ type: "object", additionalProperties: true }), { isRoot: false });
    expect(value).toEqual({ any: {} });
  });
});

describe("defaults", () => {
  test("fill what is absent, and nulls that may not be; a null that may be stays", () => {
    const value: Json = { spec: { size: null, maybe: null, ports: [{ name: "a" }] } };
    applySchemaDefaults(value, schema(WIDGET));
    expect(value).toEqual({ spec: { size: 3, maybe: null, ports: [{ name: "a", port: 80 }] } });
  });
  test("are copied: no two objects share one", () => {
    const node = schema({ type: "object", properties: { list: { type: "array", items: { type: "string" }, default: ["a"] } } });
    const [one, two]: [JsonObject, JsonObject] = [{}, {}];
    applySchemaDefaults(one, node);
    applySchemaDefaults(two, node);
    (one["list"] as string[]).push("b");
    expect(two["list"]).toEqual(["a"]);
  });
});

const ANY_VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>(null, true, 1, 1.5, "a", "red"),
    fc.array(tie("value") as fc.Arbitrary<Json>, { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("spec", "status", "size", "ports", "name", "tags", "free", "labels", "other", "maybe"),
      tie("value") as fc.Arbitrary<Json>,
      {
        maxKeys: 5,
      },
    ),
  ),
})).value as fc.Arbitrary<Json>;

property.prop([ANY_VALUE])("pruning and defaulting again changes nothing", (value) => {
  const once = copyJson(value);
  const settle = (v: Json): void => {
    prune(v, schema(WIDGET), { isRoot: true });
    pruneNulls(v, schema(WIDGET));
    applySchemaDefaults(v, schema(WIDGET));
  };
  settle(once);
  const twice = copyJson(once);
  settle(twice);
  expect(twice).toEqual(once);
});

test("a key that would set a prototype is a key like any other", () => {
  const kind = kindWith({ type: "object", properties: { data: { type: "object", additionalProperties: { type: "string" } } } });
  const { object } = decodeJson('{"data":{"__proto__":"a"}}', kind, { fieldValidation: "ignore" });
  expect(Object.keys(object["data"] as JsonObject)).toEqual(["__proto__"]);
  expect((object as KubeObject)["polluted"]).toBeUndefined();
});
