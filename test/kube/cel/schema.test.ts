import { describe, expect, test } from "vitest";
import { declTypeOf, escapeName, fromJson, maxCardinality, type SchemaJson, toJson, unescapeName } from "../../../src/kube/cel/index.js";
import type { Json } from "../../../src/kube/meta/index.js";
import { rules } from "./kit.js";

describe("names", () => {
  const names: readonly (readonly [string, string | undefined])[] = [
    ["name", "name"],
    ["namespace", "__namespace__"],
    ["a.b-c/d", "a__dot__b__dash__c__slash__d"],
    ["a__b", "a__underscores__b"],
    ["1a", undefined],
    ["", undefined],
    ["a b", undefined],
  ];
  for (const [name, escaped] of names) {
    test(`'${name}' is called ${escaped ?? "nothing"}`, () => {
      expect(escapeName(name)).toBe(escaped);
      if (escaped !== undefined) expect(unescapeName(escaped)).toBe(name);
    });
  }
});

describe("values seen through a schema", () => {
  const item: SchemaJson = { type: "object", properties: { k: { type: "string" }, v: { type: "string" } } };
  const { run } = rules({
    type: "object",
    properties: {
      namespace: { type: "string" },
      t: { type: "string", format: "date-time" },
      d: { type: "string", format: "duration" },
      day: { type: "string", format: "date" },
      bytes: { type: "string", format: "byte" },
      n: { type: "number" },
      none: { type: "string", nullable: true },
      bad: { type: "integer" },
      x: { "x-kubernetes-int-or-string": true },
      set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      map: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: item },
      embedded: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    },
  });
  const object: Json = {
    namespace: "ns",
    t: "2020-01-01T00:00:00Z",
    d: "1h",
    day: "2020-01-01",
    bytes: "aGVsbG8=",
    n: 1,
    none: null,
    bad: "text",
    x: "50%",
    set: ["p", "q"],
    map: [
      { k: "1", v: "a" },
      { k: "2", v: "b" },
    ],
    embedded: { apiVersion: "v1", kind: "X", metadata: { name: "n" }, other: 1 },
  };
  const holds = [
    "self.__namespace__ == 'ns'",
    "self.t == timestamp('2020-01-01T00:00:00Z') && self.day == self.t",
    "self.d == duration('60m')",
    "self.bytes == b'hello'",
    "type(self.n) == double && self.n == 1.0",
    "!has(self.none)",
    "type(self.x) == string && self.x == '50%'",
    "self.set == ['q', 'p'] && self.set + ['q', 'r'] == ['r', 'p', 'q']",
    "self.map + self.map == self.map && self.map[0] != self.map[1]",
    "self.embedded.kind == 'X' && self.embedded.metadata.name == 'n'",
    "self == oldSelf || true",
  ];
  for (const rule of holds) test(rule, () => expect(run(rule, object)).toMatchObject({ kind: "value", value: true }));
  test("a value that contradicts its schema is an error only when it is read", () => {
    expect(run("self.bad == 1", object)).toMatchObject({ message: "invalid data, expected int, got string" });
    expect(run("self.none == 'x'", object)).toMatchObject({ message: "no such key: none" });
    expect(run("self.bad == 1 || true", object)).toMatchObject({ value: true });
  });
});

describe("types of schemas", () => {
  test("what has no type cannot be seen", () => {
    expect(declTypeOf({ "x-kubernetes-preserve-unknown-fields": true })).toBeUndefined();
    expect(declTypeOf({ type: "array" })).toBeUndefined();
    expect(declTypeOf({ type: "object", properties: { a: {} } })?.fields?.size).toBe(0);
  });
  test("sizes come from the schema, or from what fits into a request", () => {
    expect(declTypeOf({ type: "string", maxLength: 10 })?.maxElements).toBe(40);
    expect(declTypeOf({ type: "string" })?.maxElements).toBe(3_145_726);
    expect(declTypeOf({ type: "array", items: { type: "integer" } })?.maxElements).toBe(1_572_863);
    expect(declTypeOf({ type: "object", additionalProperties: { type: "boolean" } })?.maxElements).toBe(314_572);
    expect(declTypeOf({ type: "object", required: ["ab"], properties: { ab: { type: "integer" } } })?.minSerializedSize).toBe(9);
    expect(maxCardinality(2)).toBe(1_048_576);
  });
  test("every resource has a kind, a version and a name", () => {
    expect([...(declTypeOf({ type: "object" }, true)?.fields?.keys() ?? [])].sort()).toEqual(["apiVersion", "kind", "metadata"]);
  });
});

test("JSON comes out as it went in", () => {
  const json: Json = { a: [1, 1.5, "x", null, true], b: { c: 12345678901234567890n } };
  expect(toJson(fromJson(json))).toEqual(json);
});
