import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/kube/meta/index.js";
import { Cluster, configMap } from "./kit.js";

const NOTHING = { validations: [{ expression: "false", messageExpression: "request.resource.version + request.kind.kind" }] };
const rule = (more: object) => ({
  apiGroups: [""],
  apiVersions: ["v1"],
  operations: ["CREATE"],
  resources: ["configmaps"],
  scope: "*",
  ...more,
});

describe("what a policy is about", () => {
  const cases = [
    { name: "the resource, group, version and operation", match: { resourceRules: [rule({})] }, is: true },
    { name: "not another operation", match: { resourceRules: [rule({ operations: ["UPDATE", "DELETE"] })] }, is: false },
    { name: "not another group", match: { resourceRules: [rule({ apiGroups: ["apps"] })] }, is: false },
    { name: "not another version", match: { resourceRules: [rule({ apiVersions: ["v2"] })] }, is: false },
    { name: "not a subresource of it", match: { resourceRules: [rule({ resources: ["configmaps/status"] })] }, is: false },
    { name: "every resource", match: { resourceRules: [rule({ resources: ["*"] })] }, is: true },
    { name: "every resource with its subresources", match: { resourceRules: [rule({ resources: ["*/*"] })] }, is: true },
    { name: "namespaced ones", match: { resourceRules: [rule({ scope: "Namespaced" })] }, is: true },
    { name: "not what is of the cluster", match: { resourceRules: [rule({ scope: "Cluster" })] }, is: false },
    { name: "a name", match: { resourceRules: [rule({ resourceNames: ["b", "a"] })] }, is: true },
    { name: "not another name", match: { resourceRules: [rule({ resourceNames: ["b"] })] }, is: false },
    { name: "not what is excluded", match: { excludeResourceRules: [rule({})] }, is: false },
    { name: "labels of the namespace", match: { namespaceSelector: { matchLabels: { team: "a" } } }, is: true },
    { name: "not other labels of the namespace", match: { namespaceSelector: { matchLabels: { team: "b" } } }, is: false },
    { name: "labels of the object", match: { objectSelector: { matchLabels: { is: "new" } } }, is: true },
    { name: "labels that it had", match: { objectSelector: { matchLabels: { was: "old" } } }, is: true },
    { name: "not labels that it never had", match: { objectSelector: { matchLabels: { is: "old" } } }, is: false },
  ];
  for (const c of cases)
    test(`is ${c.name}`, async () => {
      const cluster = new Cluster();
      cluster.validating("p", { ...NOTHING, match: c.match });
      const old = configMap("a", {}, { was: "old" });
      const text = await cluster.validated({ object: configMap("a", {}, { is: "new" }), old });
      expect(text !== undefined).toBe(c.is);
    });

  test("a namespace that is not there is told only where the rules match", async () => {
    const cluster = new Cluster();
    cluster.validating("p", {
      ...NOTHING,
      match: { namespaceSelector: { matchLabels: { a: "b" } }, resourceRules: [rule({ resources: ["pods"] })] },
    });
    expect(await cluster.validated({ namespace: "gone" })).toBeUndefined();
    cluster.validating("p", { ...NOTHING, match: { namespaceSelector: { matchLabels: { a: "b" } } } });
    expect(await cluster.validated({ namespace: "gone" })).toContain('failed to configure policy: namespaces "gone" not found');
  });
  test("a new namespace is known by its own labels", async () => {
    const cluster = new Cluster();
    cluster.validating("p", { ...NOTHING, match: { namespaceSelector: { matchLabels: { a: "b" } } } });
    const object: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "new", labels: { a: "b" } } };
    expect(await cluster.validated({ resource: "/namespaces", object, namespace: "new" })).toBeDefined();
    expect(
      await cluster.validated({ resource: "/namespaces", object: { ...object, metadata: { name: "new" } }, namespace: "new" }),
    ).toBeUndefined();
  });
});

describe("other versions of what is asked", () => {
  const hpa = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h", namespace: "default" },
    spec: { maxReplicas: 3 },
  };
  const v1 = {
    resource: "autoscaling/horizontalpodautoscalers",
    object: hpa,
    version: "v1",
    kind: { group: "autoscaling", version: "v1", kind: "HorizontalPodAutoscaler" },
  };
  const about = (apiVersions: string[], matchPolicy: string) => ({
    ...NOTHING,
    match: { matchPolicy, resourceRules: [rule({ apiGroups: ["autoscaling"], apiVersions, resources: ["horizontalpodautoscalers"] })] },
  });
  test("are the same thing, seen in the policy's version", async () => {
    const cluster = new Cluster();
    cluster.validating("p", about(["v2"], "Equivalent"));
    expect(await cluster.validated(v1)).toContain("denied request: v2HorizontalPodAutoscaler");
  });
  test("are not, when the policy wants exactly its own", async () => {
    const cluster = new Cluster();
    cluster.validating("p", about(["v2"], "Exact"));
    expect(await cluster.validated(v1)).toBeUndefined();
  });
});
