import { describe, expect, test } from "vitest";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/meta/index.js";
import { applyDefaults, kindSchema, mirrorAliases, toNormalForm } from "../../../src/kube/schema/index.js";

function defaulted(apiVersion: string, name: string, body: Json, now?: string): KubeObject {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const kind = kindSchema({ group, version, kind: name });
  if (kind === undefined) throw new Error(`no ${name}`);
  return applyDefaults(kind, toNormalForm(body, kind, { fieldValidation: "ignore" }).object, now);
}
const pod = (spec: JsonObject): JsonObject => defaulted("v1", "Pod", { spec })["spec"] as JsonObject;
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["nginx", "Always"],
  ["nginx:latest", "Always"],
  ["registry.example:5000/team/app", "Always"],
  [`nginx:latest@${DIGEST}`, "Always"],
  ["nginx:1.25", "IfNotPresent"],
  [`nginx@${DIGEST}`, "IfNotPresent"],
  ["registry.example:5000/team/app:v1", "IfNotPresent"],
  ["", "IfNotPresent"],
  ["NGINX", "IfNotPresent"],
  ["nginx:", "IfNotPresent"],
  ["nginx@sha256:12", "IfNotPresent"],
])("an image %j is pulled %s", (image, policy) => {
  expect(pod({ containers: [{ name: "c", image }] })["containers"]).toMatchObject([{ imagePullPolicy: policy }]);
});

describe("a pod", () => {
  test("asks for what it is limited to; a template does not", () => {
    const spec = { containers: [{ name: "c", resources: { limits: { cpu: "0.1m", memory: "1Gi" }, requests: { memory: "1" } } }] };
    expect(pod(spec)["containers"]).toMatchObject([{ resources: { limits: { cpu: "1m" }, requests: { cpu: "1m", memory: "1" } } }]);
    const template = defaulted("v1", "PodTemplate", { template: { spec } });
    expect(template["template"]).toMatchObject({ spec: { containers: [{ resources: { requests: { memory: "1" } } }] } });
    expect(JSON.stringify(template)).not.toContain("enableServiceLinks");
  });

  test("gets requests of its own from its containers where it has limits of its own", () => {
    const container = (cpu: string, more: JsonObject = {}): JsonObject => ({ name: "c", resources: { requests: { cpu } }, ...more });
    const spec = {
      resources: { limits: { cpu: "4", memory: "2Gi" } },
      initContainers: [container("100m", { restartPolicy: "Always" }), container("2")],
      containers: [container("500m"), container("250m")],
    };
    expect(pod(spec)["resources"]).toEqual({ limits: { cpu: "4", memory: "2Gi" }, requests: { cpu: "2100m", memory: "2Gi" } });
  });

  test("of the host's network has the host's ports; a negative grace is one second", () => {
    const spec = pod({ hostNetwork: true, terminationGracePeriodSeconds: -5, containers: [{ name: "c", ports: [{ containerPort: 80 }] }] });
    expect(spec).toMatchObject({ terminationGracePeriodSeconds: 1, containers: [{ ports: [{ hostPort: 80, protocol: "TCP" }] }] });
  });

  test("prints its defaults where Kubernetes prints them, not behind the rest", () => {
    expect(Object.keys(pod({ schedulerName: "mine", containers: [] })).slice(0, 3)).toEqual([
      "containers",
      "restartPolicy",
      "terminationGracePeriodSeconds",
    ]);
  });
});

test("aliases follow the field that they stand for", () => {
  expect(pod({ serviceAccount: "old", containers: [] })).toMatchObject({ serviceAccount: "old", serviceAccountName: "old" });
  const kind = kindSchema({ group: "", version: "v1", kind: "Pod" });
  if (kind === undefined) throw new Error("no Pod");
  const object = defaulted("v1", "Pod", { spec: { containers: [] }, status: { podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } });
  expect(object["status"]).toMatchObject({ podIP: "10.0.0.1" });
  (object["spec"] as JsonObject)["serviceAccountName"] = "default";
  expect(mirrorAliases(kind, object)["spec"]).toMatchObject({ serviceAccount: "default" });
  expect(defaulted("v1", "Node", { spec: { podCIDR: "10.1.0.0/24" } })["spec"]).toEqual({
    podCIDR: "10.1.0.0/24",
    podCIDRs: ["10.1.0.0/24"],
  });
});

test("a CronJob's template of a Job has a pod's defaults and none of a Job's", () => {
  const job = { template: { spec: { containers: [] } } };
  const spec = defaulted("batch/v1", "CronJob", { spec: { jobTemplate: { spec: job } } })["spec"] as JsonObject;
  expect(spec["jobTemplate"]).toEqual({
    metadata: {},
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: null,
          restartPolicy: "Always",
          terminationGracePeriodSeconds: 30,
          dnsPolicy: "ClusterFirst",
          securityContext: {},
          schedulerName: "default-scheduler",
        },
      },
    },
  });
});

test("times default to the moment that is given, and to nothing without one", () => {
  const slice = { spec: { driver: "d", devices: [{ name: "a", taints: [{ key: "k", effect: "NoSchedule" }] }] } };
  const now = "2026-01-01T00:00:00Z";
  expect(defaulted("resource.k8s.io/v1", "ResourceSlice", slice, now)["spec"]).toMatchObject({
    devices: [{ taints: [{ timeAdded: now }] }],
  });
  expect(JSON.stringify(defaulted("resource.k8s.io/v1", "ResourceSlice", slice))).not.toContain("timeAdded");
});
