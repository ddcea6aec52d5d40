import { describe, expect, test } from "vitest";
import { type CheckedPolicy, declaredKind, declaredSchema, typeWarnings } from "../../../src/kube/expressions/index.js";
import { kindSchema } from "../../../src/kube/schema/index.js";

const builtin = (kind: string) => {
  const gvk = { group: "apps", version: "v1", kind };
  const schema = kindSchema(gvk);
  const type = schema && declaredKind(schema);
  if (type === undefined) throw new Error(`${kind} has no type`);
  return { gvk, type };
};
const DEPLOYMENT = builtin("Deployment");
const policy = (expression: string, more: Partial<CheckedPolicy> = {}): CheckedPolicy => ({
  variables: [],
  params: undefined,
  validations: [{ expression }],
  ...more,
});
const first = (given: CheckedPolicy): string | undefined => typeWarnings(given, [DEPLOYMENT])[0]?.warning.split("\n")[0];

describe("what the author of a policy is told", () => {
  const head = "apps/v1, Kind=Deployment: ERROR: <input>:";
  const cases = [
    ["object.spec.replicas > 1", undefined],
    ["object.spec.replicas > '1'", `${head}1:22: found no matching overload for '_>_' applied to '(int, string)'`],
    ["object.spec.nope == 1", `${head}1:12: undefined field 'nope'`],
    ["object.spec.strategy.rollingUpdate.maxSurge == 1", undefined],
    ["object.metadata.creationTimestamp < timestamp('2020-01-01T00:00:00Z')", undefined],
    ["object.spec.template.spec.containers.all(c, c.resources.limits['cpu'] == '1')", undefined],
    ["oldObject.metadata.labels['a'] == 1", `${head}1:32: found no matching overload for '_==_' applied to '(string, int)'`],
  ] as const;
  for (const [expression, warning] of cases)
    test(`${expression}: ${warning === undefined ? "nothing" : "the mistake"}`, () => expect(first(policy(expression))).toBe(warning));

  test("variables have the types of what they are made of", () => {
    const variables = [{ name: "n", expression: "object.spec.replicas" }];
    expect(first(policy("variables.n < 'a'", { variables }))).toContain("found no matching overload for '_<_' applied to '(int, string)'");
  });
  test("parameters have their kind's type where it is known", () => {
    const schema = { type: "object", properties: { spec: { type: "object", properties: { max: { type: "integer" } } } } };
    const type = declaredSchema(schema, "Limit");
    expect(first(policy("params.spec.max == 'x'", { params: { type } }))).toContain("applied to '(int, string)'");
    expect(first(policy("params.spec.max == 'x'", { params: { type: undefined } }))).toBeUndefined();
  });
  test("each kind is told of, below each other, at the expression's field", () => {
    const messages = policy("true", { validations: [{ expression: "true", messageExpression: "object.spec.replicas + 'x'" }] });
    const [warning, ...more] = typeWarnings(messages, [DEPLOYMENT, builtin("StatefulSet")]);
    expect(more).toEqual([]);
    expect(warning?.fieldRef).toBe("spec.validations[0].messageExpression");
    expect(warning?.warning.match(/^apps\/v1, Kind=\w+: ERROR/gm)).toEqual([
      "apps/v1, Kind=Deployment: ERROR",
      "apps/v1, Kind=StatefulSet: ERROR",
    ]);
  });
});
