import { describe, expect, test } from "vitest";
import { kindOf } from "./kit.js";

describe("leases", () => {
  const leases = kindOf("coordination.k8s.io", "Lease");
  test("a lease lasts, and changes hands forwards", () => {
    expect(leases.created({ spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } })).toEqual([
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ]);
  });
  test("a finalizer needs no domain", () => {
    expect(leases.created({ metadata: { name: "x", namespace: "n", finalizers: ["mine"] } })).toEqual([]);
  });
});

describe("priority classes", () => {
  const classes = kindOf("scheduling.k8s.io", "PriorityClass");
  const of = (name: string, more: object) => ({ metadata: { name }, ...more });
  const reserved = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";
  const cases = [
    { name: "users have a billion", body: of("x", { value: 1_000_000_000 }), told: [] },
    {
      name: "and not one more",
      body: of("x", { value: 1_000_000_001 }),
      told: ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    },
    { name: "the system's are as they are", body: of("system-node-critical", { value: 2_000_001_000 }), told: [] },
    {
      name: "and nothing else",
      body: of("system-node-critical", { value: 1 }),
      told: [`${reserved}value of system-node-critical PriorityClass must be 2000001000`],
    },
    { name: "nobody adds to them", body: of("system-x", { value: 1 }), told: [`${reserved}system-x is not a known system priority class`] },
  ];
  test.each(cases)("$name", ({ body, told }) => expect(classes.created(body)).toEqual(told));
  test("a value and a policy stay", () => {
    expect(classes.updated(of("x", { value: 2, preemptionPolicy: "Never" }), of("x", { value: 1 }))).toEqual([
      "value: Forbidden: may not be changed in an update.",
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
  });
});

describe("runtime classes", () => {
  const classes = kindOf("node.k8s.io", "RuntimeClass");
  const of = (more: object) => ({ metadata: { name: "x", resourceVersion: "1" }, handler: "kata", ...more });
  test("overhead is checked as a container's limits", () => {
    expect(classes.created(of({ overhead: { podFixed: { cpu: "-1" } } }))).toEqual([
      'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ]);
  });
  test("a toleration is there once", () => {
    const toleration = { key: "a", operator: "Exists", effect: "NoSchedule" };
    expect(classes.created(of({ scheduling: { tolerations: [toleration, toleration] } }))).toEqual([
      'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoSchedule","TolerationSeconds":null}',
    ]);
  });
  test("the handler stays", () => {
    expect(classes.updated(of({ handler: "runc" }), of({}))).toEqual(['handler: Invalid value: "runc": field is immutable']);
  });
});
