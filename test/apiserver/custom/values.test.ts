import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { Correlated } from "../../../src/apiserver/custom/values/correlation.js";
import { fitsFormat } from "../../../src/apiserver/custom/values/formats.js";
import { listErrors } from "../../../src/apiserver/custom/values/lists.js";
import { fieldErrors } from "../../../src/apiserver/custom/values/result.js";
import { validateValue } from "../../../src/apiserver/custom/values/validator.js";
import { isObject, type Json, type JsonObject, textOf } from "../../../src/kube/meta/index.js";
import { schema, WIDGET } from "./schemas.js";

const problems = (props: JsonObject, value: Json): readonly string[] =>
  fieldErrors("", validateValue(schema({ type: "object", properties: { f: props } }), { f: value }, "").problems).map(textOf);

const CASES: readonly { readonly name: string; readonly props: JsonObject; readonly value: Json; readonly says: readonly string[] }[] = [
  {
    name: "a wrong type is told with the type that was found",
    props: { type: "integer" },
    value: "a",
    says: ['f: Invalid value: "string": f in body must be of type integer: "string"'],
  },
  {
    name: "null needs nullable",
    props: { type: "string" },
    value: null,
    says: ['f: Invalid value: "null": f in body must be of type string: "null"'],
  },
  { name: "null is fine where it may be", props: { type: "string", nullable: true }, value: null, says: [] },
  {
    name: "an enum names what is supported",
    props: { type: "string", enum: ["a", "b"] },
    value: "c",
    says: ['f: Unsupported value: "c": supported values: "a", "b"'],
  },
  {
    name: "bounds",
    props: { type: "integer", maximum: 3 },
    value: 4,
    says: ["f: Invalid value: 4: f in body should be less than or equal to 3"],
  },
  {
    name: "exclusive bounds",
    props: { type: "integer", minimum: 3, exclusiveMinimum: true },
    value: 3,
    says: ["f: Invalid value: 3: f in body should be greater than 3"],
  },
  {
    name: "multiples",
    props: { type: "number", multipleOf: 0.5 },
    value: 0.7,
    says: ["f: Invalid value: 0.7: f in body should be a multiple of 0.5"],
  },
  {
    name: "what int32 cannot hold",
    props: { type: "integer", format: "int32" },
    value: 2 ** 31,
    says: ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in f'],
  },
  { name: "lengths are counted in characters", props: { type: "string", maxLength: 1 }, value: "😀", says: [] },
  {
    name: "what is too long is not repeated",
    props: { type: "string", maxLength: 1 },
    value: "ab",
    says: ["f: Too long: may not be more than 1 byte"],
  },
  {
    name: "patterns",
    props: { type: "string", pattern: "^a+$" },
    value: "b",
    says: ["f: Invalid value: \"b\": f in body should match '^a+$'"],
  },
  {
    name: "formats",
    props: { type: "string", format: "ipv4" },
    value: "x",
    says: ['f: Invalid value: "x": f in body must be of type ipv4: "x"'],
  },
  { name: "formats that nobody knows are ignored", props: { type: "string", format: "moon" }, value: "x", says: [] },
  {
    name: "too many items",
    props: { type: "array", maxItems: 1, items: {} },
    value: [1, 2],
    says: ["f: Too many: 2: must have at most 1 item"],
  },
  { name: "required fields", props: { type: "object", required: ["a"] }, value: {}, says: ["f.a: Required value"] },
  {
    name: "of alternatives the nearest one's problems are told too",
    props: { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    value: {},
    says: ['<nil>: Invalid value: "": "f" must validate one and only one schema (oneOf). Found none valid', "f.a: Required value"],
  },
  { name: "not", props: { not: { enum: ["a"] } }, value: "a", says: ['<nil>: Invalid value: "": "f" must not validate the schema (not)'] },
  {
    name: "an integer or a string",
    props: { "x-kubernetes-int-or-string": true },
    value: 1.5,
    says: ['f: Invalid value: "number": f in body must be of type integer,string: "number"'],
  },
];
describe("a value against a schema", () => {
  test.each(CASES)("$name", ({ props, value, says }) => {
    expect(problems(props, value)).toEqual(says);
  });
  test("an expression that would explode elsewhere takes linear time", () => {
    const before = performance.now();
    expect(problems({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(5_000)}b`)).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

test.each([
  ["date-time", "2020-01-01T00:00:00Z", "2020-13-01T00:00:00Z"],
  ["date", "2020-02-29", "2021-02-29"],
  ["duration", "1h30m", "soon"],
  ["uri", "https://a.example/b?c", "a b"],
  ["email", "a@b.example", "a.b"],
  ["hostname", "a-b.example", "-a"],
  ["ipv6", "fe80::1", "1.2.3.4"],
  ["cidr", "10.0.0.0/8", "10.0.0.0/33"],
  ["mac", "01:23:45:67:89:ab", "01:23"],
  ["uuid", "123e4567-e89b-12d3-a456-426614174000", "123"],
  ["byte", "YWI=", "a"],
  ["k8s-short-name", "a-b", "A"],
] as const)("format %s takes %s and not %s", (format, good, bad) => {
  expect(fitsFormat(format, good)).toBe(true);
  expect(fitsFormat(format, bad)).toBe(false);
});

test("sets and lists with keys name what is repeated", () => {
  const value: Json = { spec: { tags: ["a", "b", "a"], ports: [{ name: "x" }, { name: "x", port: 1 }] } };
  expect(listErrors(value, schema(WIDGET), "").map(textOf)).toEqual([
    'spec.tags[2]: Duplicate value: "a"',
    'spec.ports[1]: Duplicate value: {"name":"x"}',
  ]);
});

// ---------------------------------------------------------------- against a plain reference

/** What JSON schema says, without texts: as short as it can be. */
function reference(s: JsonObject, v: Json): boolean {
  if (v === null) return s["nullable"] === true || s["type"] === undefined;
  const type = s["type"];
  const is: Record<string, boolean> = {
    object: isObject(v),
    array: Array.isArray(v),
    string: typeof v === "string",
    boolean: typeof v === "boolean",
    integer: Number.isInteger(v),
    number: typeof v === "number",
  };
  if (typeof type === "string" && is[type] !== true) return false;
  if (typeof v === "number" && typeof s["minimum"] === "number" && v < s["minimum"]) return false;
  if (typeof v === "number" && typeof s["maximum"] === "number" && v > s["maximum"]) return false;
  if (typeof v === "string" && typeof s["maxLength"] === "number" && [...v].length > s["maxLength"]) return false;
  if (Array.isArray(s["enum"]) && !s["enum"].includes(v)) return false;
  if (Array.isArray(v)) {
    if (typeof s["maxItems"] === "number" && v.length > s["maxItems"]) return false;
    return !isObject(s["items"]) || v.every((item) => reference(s["items"] as JsonObject, item));
  }
  if (!isObject(v)) return true;
  if (Array.isArray(s["required"]) && !s["required"].every((k) => Object.hasOwn(v, String(k)))) return false;
  const properties = isObject(s["properties"]) ? s["properties"] : {};
  return Object.keys(v).every((k) => !isObject(properties[k]) || reference(properties[k] as JsonObject, v[k] as Json));
}
const SCALAR = fc.constantFrom<JsonObject>(
  { type: "string", maxLength: 2 },
  { type: "integer", minimum: 0, maximum: 5 },
  { type: "number" },
  { type: "boolean", nullable: true },
  { type: "string", enum: ["a", "b"] },
);
const SCHEMAS = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    SCALAR,
    fc.record({ items: tie("node"), maxItems: fc.constantFrom(1, 3) }).map((r) => ({ type: "array", ...r }) as JsonObject),
    fc
      .record({
        properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("node") as fc.Arbitrary<Json>),
        required: fc.subarray(["a", "b"]),
      })
      .map((r) => ({ type: "object", ...r }) as JsonObject),
  ),
})).node as fc.Arbitrary<JsonObject>;
const VALUES = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>(null, true, 0, 3, 9, 1.5, "a", "abc", "b"),
    fc.array(tie("value") as fc.Arbitrary<Json>, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value") as fc.Arbitrary<Json>),
  ),
})).value as fc.Arbitrary<Json>;

property.prop([SCHEMAS, VALUES])("the validator agrees with a plain reference", (props, value) => {
  expect(validateValue(schema(props), value, "").isValid).toBe(reference(props, value));
});

property.prop([SCHEMAS, VALUES])("an object that did not change stays storable, whatever its schema has become", (props, value) => {
  const node = schema(props);
  expect(validateValue(node, value, "", new Correlated(value, structuredClone(value), node)).isValid).toBe(true);
});

test("an invalid field may stay while another one changes, and may not become another invalid one", () => {
  const node = schema(WIDGET);
  const old: Json = { spec: { size: 99, color: "red" } };
  const check = (now: Json): boolean => validateValue(node, now, "", new Correlated(now, old, node)).isValid;
  expect(check({ spec: { size: 99, color: "blue" } })).toBe(true);
  expect(check({ spec: { size: 98, color: "red" } })).toBe(false);
});
