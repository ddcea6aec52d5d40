import { describe, expect, test } from "vitest";
import { conditions } from "../../src/controllers/namespace/plan.js";
import { plan as planRootCa } from "../../src/controllers/rootca/plan.js";
import { plan as planAccounts } from "../../src/controllers/serviceaccount/plan.js";
import type { Namespace } from "../../src/controllers/shared/types.js";
import { NOW } from "./objects.js";

const namespace = (phase: string): Namespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "ns", uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
  status: { phase },
});
const fine = { remains: [], discoveryError: undefined, contentErrors: [], isWhole: true };

describe("a namespace that is being deleted", () => {
  test("says what is left, and what holds it", () => {
    const remains = [
      { group: "", resource: "configmaps", finalizers: [["a/b"], ["a/b", "c/d"]] },
      { group: "apps", resource: "deployments", finalizers: [[]] },
      { group: "", resource: "secrets", finalizers: [] },
    ];
    const said = conditions([], { ...fine, remains }, NOW);
    expect(said.filter((c) => c.status === "True").map((c) => c.message)).toEqual([
      "Some resources are remaining: configmaps. has 2 resource instances, deployments.apps has 1 resource instances",
      "Some content in the namespace has finalizers remaining: a/b in 2 resource instances, c/d in 1 resource instances",
    ]);
    expect(said).toHaveLength(5);
  });
  test("says nothing of totals while it waits for pods", () => {
    const said = conditions([], { ...fine, remains: [{ group: "", resource: "pods", finalizers: [[]] }], isWhole: false }, NOW);
    expect(said.every((c) => c.status === "False")).toBe(true);
  });
  test("keeps the time of a condition whose text alone changes", () => {
    const first = conditions([], { ...fine, contentErrors: ["x"] }, NOW);
    const second = conditions(first, { ...fine, contentErrors: ["x", "y"] }, NOW + 60_000);
    expect(second[2]?.lastTransitionTime).toBe(first[2]?.lastTransitionTime);
    expect(second[2]?.message).toBe("Failed to delete all resource types, 2 remaining: x, y");
    expect(conditions(second, fine, NOW + 90_000)[2]).toMatchObject({ status: "False", reason: "ContentDeleted" });
  });
});

describe("what every namespace has", () => {
  test.each([
    ["its default account is made", "Active", [], ["default"]],
    ["once", "Active", ["default"], []],
    ["not while it goes", "Terminating", [], []],
  ])("%s", (_name, phase, there, made) => {
    expect(planAccounts(namespace(phase), new Set(there))).toEqual(made);
  });
  test("the CA is published, and mended where somebody changed it", () => {
    const made = planRootCa(namespace("Active"), undefined, "PEM");
    if (made?.kind !== "create") throw new Error("not made");
    const map = {
      ...namespace("Active"),
      kind: "ConfigMap",
      ...made.object,
      metadata: { ...namespace("").metadata, ...made.object.metadata },
    };
    expect(planRootCa(namespace("Active"), map, "PEM")).toBeUndefined();
    expect(planRootCa(namespace("Active"), { ...map, data: { "ca.crt": "x" } }, "PEM")).toMatchObject({
      kind: "update",
      object: { data: { "ca.crt": "PEM" } },
    });
    expect(planRootCa(namespace("Active"), map, "NEW")?.kind).toBe("update");
    expect(planRootCa(namespace("Terminating"), undefined, "PEM")).toBeUndefined();
  });
});
