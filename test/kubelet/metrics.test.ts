import { describe, expect, test } from "vitest";
import type { Pod } from "../../src/kubelet/hollow/shapes.js";
import { metricsDocument } from "../../src/kubelet/metrics/documents.js";
import { usageOf, usageTexts } from "../../src/kubelet/metrics/usage.js";

interface Given {
  readonly node?: string;
  readonly phase?: string;
  readonly annotations?: Record<string, string>;
  readonly requests?: Record<string, string>;
  readonly owner?: string;
  readonly containers?: number;
  readonly labels?: Record<string, string>;
}
function pod(name: string, given: Given = {}): Pod {
  const { node = "node-1", phase = "Running", annotations = {}, requests, owner, containers = 1, labels = {} } = given;
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: "v1", kind: "X", name: owner, uid: owner, controller: true }];
  const metadata = { name, namespace: "ns", uid: name, resourceVersion: "1", creationTimestamp: "", annotations, ownerReferences, labels };
  const all = Array.from({ length: containers }, (_, i) => ({ name: `c${i}`, ...(requests && { resources: { requests } }) }));
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName: node, containers: all }, status: { phase } };
}
const texts = (pods: readonly Pod[]) => usageOf(pods).map(({ containers }) => containers.map(usageTexts));

describe("what a pod of a hollow node uses", () => {
  test("half of what it requests, or next to nothing", () => {
    expect(texts([pod("a", { requests: { cpu: "1", memory: "1Gi" } })])).toEqual([[{ cpu: "500m", memory: "512Mi" }]]);
    expect(texts([pod("a")])).toEqual([[{ cpu: "1m", memory: "8Mi" }]]);
  });
  test("what it declares, divided among its containers", () => {
    const annotations = { "hollow.trimast.dev/cpu": "250m", "hollow.trimast.dev/memory": "64Mi" };
    expect(texts([pod("a", { annotations, containers: 2 })])[0]?.[1]).toEqual({ cpu: "125m", memory: "32Mi" });
  });
  test("its part of a load that its controller's running pods share", () => {
    const annotations = { "hollow.trimast.dev/shared-cpu": "3" };
    const set = [1, 2, 3].map((i) => pod(`p${i}`, { annotations, owner: "rs", phase: i === 3 ? "Pending" : "Running" }));
    expect(texts(set).map((c) => c[0]?.cpu)).toEqual(["1500m", "1500m"]);
  });
  test("what is no quantity declares nothing", () => {
    expect(texts([pod("a", { annotations: { "hollow.trimast.dev/cpu": "much" } })])[0]?.[0]?.cpu).toBe("1m");
  });
});

describe("metrics.k8s.io", () => {
  const node = (name: string) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid: name, resourceVersion: "1", creationTimestamp: "" },
  });
  const facts = {
    nodes: () => [node("node-1"), node("node-2")],
    pods: () => [pod("a", { labels: { app: "x" } }), pod("b", { node: "node-2" }), pod("real", { node: "machine" })],
    now: () => "2026-01-01T00:00:00Z",
  };
  const names = (url: string) =>
    (metricsDocument(url, facts).body as { items: { metadata: { name: string } }[] }).items.map((i) => i.metadata.name);
  const ROOT = "/apis/metrics.k8s.io/v1beta1";
  test("knows pods of hollow nodes, and no others", () => {
    expect(names(`${ROOT}/pods`)).toEqual(["a", "b"]);
    expect(names(`${ROOT}/namespaces/ns/pods?labelSelector=app%3Dx`)).toEqual(["a"]);
    expect(names(`${ROOT}/namespaces/other/pods`)).toEqual([]);
    expect(names(`${ROOT}/pods?fieldSelector=metadata.name%3Db`)).toEqual(["b"]);
  });
  test("a node uses what its pods use, and a little itself", () => {
    expect(metricsDocument(`${ROOT}/nodes/node-2`, facts).body).toMatchObject({ usage: { cpu: "51m", memory: "136Mi" } });
  });
  test("says what there is not", () => {
    expect(metricsDocument(`${ROOT}/nodes/node-9`, facts)).toMatchObject({
      code: 404,
      body: { message: 'nodes.metrics.k8s.io "node-9" not found' },
    });
    expect(metricsDocument(`${ROOT}/namespaces/ns/pods/zz`, facts).code).toBe(404);
    expect(metricsDocument(`${ROOT}/pods?labelSelector=!!`, facts).code).toBe(400);
    expect(metricsDocument("/healthz", facts).code).toBe(404);
  });
});
