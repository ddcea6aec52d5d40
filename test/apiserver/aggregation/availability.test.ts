import { expect, test } from "vitest";
import { failedCheck, PASSED, reach, remoteOf, withVerdict } from "../../../src/apiserver/aggregation/availability.js";
import { remoteHeaders } from "../../../src/apiserver/aggregation/outgoing.js";
import { aggregated, groupList } from "../../../src/apiserver/discovery/index.js";
import type { KubeObject } from "../../../src/kube/meta/index.js";

const NOW = "2026-01-01T00:00:00Z";
const object = (value: object): KubeObject =>
  ({ apiVersion: "v1", kind: "X", metadata: { name: "v1.flowers.dev" }, ...value }) as KubeObject;
const apiService = (status?: object): KubeObject =>
  object({ spec: { group: "flowers.dev", version: "v1", service: { namespace: "ns", name: "s", port: 443 } }, ...(status && { status }) });
const remote = () => {
  const found = remoteOf(apiService());
  if (found === undefined) throw new Error("is remote");
  return found;
};
const service = (port = 443) => object({ spec: { type: "ClusterIP", ports: [{ name: "https", port }] } });
const slice = (more: object = {}) =>
  object({ endpoints: [{ addresses: ["10.0.0.9"], conditions: { ready: true } }], ports: [{ name: "https", port: 8443 }], ...more });

test("an APIService without a service is served here", () => {
  expect(remoteOf(object({ spec: { group: "apps", version: "v1" } }))).toBeUndefined();
});

const cases = [
  { name: "no service", service: undefined, slices: [], reason: "ServiceNotFound", message: 'service/s in "ns" is not present' },
  {
    name: "another port",
    service: service(80),
    slices: [],
    reason: "ServicePortError",
    message: 'service/s in "ns" is not listening on port 443',
  },
  {
    name: "no slices",
    service: service(),
    slices: [],
    reason: "EndpointsNotFound",
    message: 'cannot find endpointslices for service/s in "ns"',
  },
  {
    name: "nobody ready",
    service: service(),
    slices: [slice({ endpoints: [{ addresses: ["10.0.0.9"], conditions: { ready: false } }] })],
    reason: "MissingEndpoints",
    message: 'endpointslices for service/s in "ns" have no addresses with port name "https"',
  },
] as const;
for (const c of cases)
  test(`unavailable: ${c.name}`, () => {
    expect(reach(remote(), c.service, c.slices)).toMatchObject({ verdict: { status: "False", reason: c.reason, message: c.message } });
  });

test("a service's ready endpoints are where it is served; an external name is one itself", () => {
  expect(reach(remote(), service(), [slice()])).toEqual({ kind: "places", places: [{ host: "10.0.0.9", port: 8443 }] });
  const external = object({ spec: { type: "ExternalName", externalName: "elsewhere.dev" } });
  expect(reach(remote(), external, [])).toEqual({ kind: "places", places: [{ host: "elsewhere.dev", port: 443 }] });
});

test("a status is written when it changes, and keeps its time while it stays true or false", () => {
  const first = withVerdict(apiService(), failedCheck("no"), NOW);
  expect(first).toMatchObject({ status: { conditions: [{ type: "Available", status: "False", lastTransitionTime: NOW }] } });
  const again = first as KubeObject;
  expect(withVerdict(again, failedCheck("no"), "later")).toBeUndefined();
  expect(withVerdict(again, failedCheck("still no"), "later")).toMatchObject({ status: { conditions: [{ lastTransitionTime: NOW }] } });
  expect(withVerdict(again, PASSED, "later")).toMatchObject({ status: { conditions: [{ status: "True", lastTransitionTime: "later" }] } });
});

test("headers say who asks", () => {
  const user = { name: "eve", uid: "7", groups: ["a", "b"], extra: new Map([["scopes/x", ["1", "2"]]]) };
  expect(remoteHeaders(user)).toEqual([
    ["X-Remote-User", "eve"],
    ["X-Remote-Uid", "7"],
    ["X-Remote-Group", "a"],
    ["X-Remote-Group", "b"],
    ["X-Remote-Extra-scopes%2Fx", "1"],
    ["X-Remote-Extra-scopes%2Fx", "2"],
  ]);
});

test("discovery lists what other servers serve, and says what is stale", () => {
  const resources = [
    { name: "roses", namespaced: true, kind: "Rose", verbs: ["get"] },
    { name: "roses/scale", namespaced: true, kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get"] },
  ];
  const groups = [{ name: "flowers.dev", versions: [{ version: "v1", isCurrent: false, resources }] }];
  expect(groupList([], groups)).toMatchObject({ groups: [{ name: "flowers.dev", preferredVersion: { groupVersion: "flowers.dev/v1" } }] });
  expect(aggregated([], "apis", "v2", groups)).toMatchObject({
    items: [
      {
        metadata: { name: "flowers.dev" },
        versions: [
          {
            freshness: "Stale",
            resources: [
              {
                resource: "roses",
                scope: "Namespaced",
                responseKind: { group: "flowers.dev", version: "v1", kind: "Rose" },
                subresources: [{ subresource: "scale", responseKind: { group: "autoscaling", kind: "Scale" } }],
              },
            ],
          },
        ],
      },
    ],
  });
  expect(aggregated([], "api", "v2", groups)).toMatchObject({ items: [] });
});
