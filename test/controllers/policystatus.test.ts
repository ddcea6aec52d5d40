import { describe, expect, test } from "vitest";
import { isDue, type Policy, resourcesOf } from "../../src/controllers/validatingadmissionpolicystatus/plan.js";

const policy = (resourceRules: readonly object[], status?: object): Policy =>
  ({ metadata: { name: "p", generation: 2 }, spec: { matchConstraints: { resourceRules } }, status }) as unknown as Policy;

describe("the status of validating admission policies", () => {
  test("is written once for each generation", () => {
    expect(isDue(policy([]))).toBe(true);
    expect(isDue(policy([], { observedGeneration: 1 }))).toBe(true);
    expect(isDue(policy([], { observedGeneration: 2 }))).toBe(false);
  });
  test("is about the resources that rules name, and about nothing where there is a star", () => {
    const named = { apiGroups: ["apps", ""], apiVersions: ["v1"], resources: ["pods/status", "pods", "*"] };
    expect(resourcesOf(policy([named]))).toEqual([
      { group: "", version: "v1", resource: "pods" },
      { group: "apps", version: "v1", resource: "pods" },
    ]);
    expect(resourcesOf(policy([{ ...named, apiGroups: ["*"] }]))).toEqual([]);
    expect(resourcesOf(policy([{ ...named, apiVersions: ["v1", "*"] }]))).toEqual([]);
  });
});
