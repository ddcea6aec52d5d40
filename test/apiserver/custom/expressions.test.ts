import { describe, expect, test } from "vitest";
import { ruleViolations } from "../../../src/apiserver/custom/expressions/evaluate.js";
import { Correlated } from "../../../src/apiserver/custom/values/correlation.js";
import { type Json, type JsonObject, textOf } from "../../../src/kube/meta/index.js";
import { schema } from "./schemas.js";

interface Outcome {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}
function run(props: JsonObject, value: Json, old?: Json): Outcome {
  const node = schema(props);
  const warnings: string[] = [];
  const correlated = old === undefined ? undefined : new Correlated(value, old, node);
  const warn = (text: string): void => void warnings.push(text);
  const errors = ruleViolations({ schema: node, value, old, path: "", isResource: false, correlated, warn });
  return { errors: errors.map(textOf), warnings };
}
const rule = (text: string, more: JsonObject = {}): JsonObject => ({ rule: text, ...more });
const object = (rules: readonly JsonObject[], properties: JsonObject = { a: { type: "integer" }, b: { type: "string" } }): JsonObject => ({
  type: "object",
  properties,
  "x-kubernetes-validations": [...rules],
});
const field = (rules: readonly JsonObject[], type = "integer"): JsonObject => ({
  type: "object",
  properties: { a: { type, "x-kubernetes-validations": [...rules] } },
});

describe("rules over objects", () => {
  test("a broken rule says itself, a message instead of it, an expression instead of that", () => {
    const rules = [
      rule("self > 1"),
      rule("self > 1", { message: " too small " }),
      rule("self > 1", { messageExpression: "'is ' + string(self)" }),
    ];
    expect(run(field(rules), { a: 1 }).errors).toEqual([
      "a: Invalid value: 1: failed rule: self > 1",
      "a: Invalid value: 1: too small",
      "a: Invalid value: 1: is 1",
    ]);
  });
  test("objects are not repeated, and the place may be said", () => {
    const rules = [rule("self.a > 1", { reason: "FieldValueForbidden", fieldPath: ".a" }), rule("self.a > 1")];
    expect(run(object(rules), { a: 1 }).errors).toEqual([
      "a: Forbidden: failed rule: self.a > 1",
      "<nil>: Invalid value: failed rule: self.a > 1",
    ]);
  });
  test("rules of a change are not asked of what is new, unless they want to be", () => {
    const strict = field([rule("self >= oldSelf")]);
    expect(run(strict, { a: 1 }).errors).toEqual([]);
    expect(run(strict, { a: 1 }, { a: 2 }).errors).toEqual(["a: Invalid value: 1: failed rule: self >= oldSelf"]);
    const wants = field([rule("oldSelf.hasValue() || self == 0", { optionalOldSelf: true })]);
    expect(run(wants, { a: 1 }).errors).toHaveLength(1);
    expect(run(wants, { a: 1 }, { a: 2 }).errors).toEqual([]);
  });
  test("what an update left alone is a warning", () => {
    const props = {
      type: "object",
      properties: { a: { type: "integer", "x-kubernetes-validations": [rule("self > 1")] }, b: { type: "string" } },
    };
    expect(run(props, { a: 1, b: "new" }, { a: 1, b: "old" })).toEqual({
      errors: [],
      warnings: ["a: Invalid value: 1: failed rule: self > 1"],
    });
  });
  test("a rule that cannot be evaluated says why", () => {
    expect(run(object([rule("self.a > 1")]), {}).errors).toEqual([
      '<nil>: Invalid value: "object": no such key: a evaluating rule: self.a > 1',
    ]);
  });
  test("what costs too much ends it all", () => {
    const list = {
      type: "array",
      items: { type: "integer" },
      "x-kubernetes-validations": [rule("self.all(a, self.all(b, a == b))"), rule("false")],
    };
    const { errors } = run(
      list,
      Array.from({ length: 2_000 }, () => 1),
    );
    expect(errors).toEqual([expect.stringContaining("no further validation rules will be run due to call cost exceeds limit for rule")]);
  });
});
