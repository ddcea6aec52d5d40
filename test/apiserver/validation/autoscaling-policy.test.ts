import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

describe("horizontal pod autoscalers", () => {
  const autoscalers = kindOf("autoscaling", "HorizontalPodAutoscaler", "v2");
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const of = (spec: object) => ({ spec: { maxReplicas: 5, scaleTargetRef: target, ...spec } });
  const metric = (m: object) => of({ metrics: [m] });
  const usage = { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } };
  const cases = [
    {
      name: "a window is no debt",
      body: of({ behavior: { scaleDown: { stabilizationWindowSeconds: -1 } } }),
      told: "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero",
    },
    {
      name: "the most is not below the least",
      body: of({ minReplicas: 6 }),
      told: "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`",
    },
    {
      name: "what scales has a group",
      body: of({ scaleTargetRef: { ...target, apiVersion: "v1" } }),
      told: 'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
    },
    {
      name: "a version can be read",
      body: of({ scaleTargetRef: { ...target, apiVersion: "a/b/c" } }),
      told: 'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    },
    {
      name: "a metric has what its type says",
      body: metric({ type: "Resource" }),
      told: "spec.metrics[0].resource: Required value: must populate information for the given metric source",
    },
    {
      name: "a metric has nothing else",
      body: metric({
        type: "Resource",
        resource: usage,
        pods: { metric: { name: "x" }, target: { type: "AverageValue", averageValue: "1" } },
      }),
      told: "spec.metrics[0].pods: Forbidden: must populate the given metric source only",
    },
    {
      name: "a target is one of two",
      body: metric({ type: "Resource", resource: { name: "cpu", target: { type: "Utilization" } } }),
      told: "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization",
    },
    {
      name: "a window is an hour at most",
      body: of({ behavior: { scaleUp: { stabilizationWindowSeconds: 3_601 } } }),
      told: "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
    },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(autoscalers.created(body)).toEqual([told]));
  test("an unknown type is told twice", () => {
    const told = autoscalers.created(metric({ type: "Weird", resource: usage }));
    expect(told).toHaveLength(2);
    expect(new Set(told).size).toBe(1);
  });
  test("of the kinds without a group, one scales", () => {
    expect(autoscalers.created(of({ scaleTargetRef: { apiVersion: "v1", kind: "ReplicationController", name: "x" } }))).toEqual([]);
  });
  test("a target that is stored is not looked at again", () => {
    const bad = of({ scaleTargetRef: { ...target, apiVersion: "v1" } });
    expect(autoscalers.updated(bad, bad)).toEqual([]);
    expect(autoscalers.updated(bad, of({}))).toHaveLength(1);
  });
});

describe("disruption budgets", () => {
  const budgets = kindOf("policy", "PodDisruptionBudget");
  const of = (spec: object) => ({ spec: { selector: { matchLabels: { a: "b" } }, ...spec } });
  test("one bound is given, not two", () => {
    expect(budgets.created(of({ minAvailable: 1, maxUnavailable: "10%" }))).toEqual([
      'spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":"10%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ]);
  });
  test("a share is at most all", () => {
    expect(budgets.created(of({ minAvailable: "101%" }))).toEqual([
      'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
    ]);
  });
  test("a status counts from zero", () => {
    expect(budgets.part("status", { status: { currentHealthy: -1 } }, {})).toEqual([
      "status.currentHealthy: Invalid value: -1: must be greater than or equal to 0",
    ]);
  });
});
