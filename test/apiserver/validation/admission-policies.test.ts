import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

const GROUP = "admissionregistration.k8s.io";
const RULE = { operations: ["CREATE"], apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"] };
const matchOf = (change: object = {}) => ({ resourceRules: [{ ...RULE, ...change }] });

describe("validating policies", () => {
  const policies = kindOf(GROUP, "ValidatingAdmissionPolicy");
  const one = (change: object) => ({
    metadata: { name: "x" },
    spec: { matchConstraints: matchOf(), validations: [{ expression: "true" }], ...change },
  });
  const none = "Required value: validations or auditAnnotations must contain at least one item";
  const cases = [
    { name: "a whole one is fine", change: {}, told: [] },
    {
      name: "there is something to check or to note",
      change: { validations: [] },
      told: [`spec.validations: ${none}`, `spec.auditAnnotations: ${none}`],
    },
    {
      name: "a message is one line",
      change: { validations: [{ expression: "true", message: "a\nb" }] },
      told: ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
    },
    {
      name: "a variable is named as expressions can",
      change: { variables: [{ name: "in", expression: "1" }] },
      told: ['spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier'],
    },
    {
      name: "parameters have a group, a version and a kind",
      change: { paramKind: { apiVersion: "a/b/c" } },
      told: [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        "spec.paramKind.kind: Required value",
      ],
    },
    {
      name: "names of resources differ",
      change: { matchConstraints: matchOf({ resourceNames: ["a", "a"] }) },
      told: ['spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"'],
    },
  ];
  test.each(cases)("$name", ({ change, told }) => expect(policies.created(one(change))).toEqual(told));

  test("match conditions are looked at again only when they or the parameters change", () => {
    const bad = { matchConditions: [{ name: "a b", expression: "true" }] };
    expect(policies.updated(one(bad), one(bad))).toEqual([]);
    expect(policies.updated(one(bad), one({}))).toHaveLength(1);
  });
});

describe("bindings and mutating policies", () => {
  test("a binding denies or warns, and finds its parameters in one way", () => {
    const paramRef = { name: "p", selector: {}, parameterNotFoundAction: "Deny" };
    const spec = { policyName: "x", validationActions: ["Deny", "Deny"], paramRef };
    expect(kindOf(GROUP, "ValidatingAdmissionPolicyBinding").created({ metadata: { name: "x" }, spec })).toEqual([
      "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
      "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
      'spec.validationActions[1]: Duplicate value: "Deny"',
    ]);
  });
  test("what is deleted is not mutated", () => {
    const mutations = [{ patchType: "JSONPatch", jsonPatch: { expression: "[JSONPatch{op: 'remove', path: '/spec'}]" } }];
    const spec = { matchConstraints: matchOf({ operations: ["DELETE"] }), reinvocationPolicy: "Never", mutations };
    expect(kindOf(GROUP, "MutatingAdmissionPolicy").created({ metadata: { name: "x" }, spec })).toEqual([
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ]);
  });
});
