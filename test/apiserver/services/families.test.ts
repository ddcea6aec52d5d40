import { expect, test } from "vitest";
import { initFamilies } from "../../../src/apiserver/services/families.js";
import type { Claims } from "../../../src/apiserver/services/index.js";
import { serviceHooks } from "../../../src/apiserver/services/index.js";
import type { JsonObject, KubeObject } from "../../../src/kube/meta/index.js";
import { user } from "../reader.js";

test.each<readonly [string, JsonObject, string | undefined, readonly string[] | undefined]>([
  ["a plain service", { type: "ClusterIP" }, "SingleStack", ["IPv4"]],
  ["one that prefers two", { type: "ClusterIP", ipFamilyPolicy: "PreferDualStack" }, "PreferDualStack", ["IPv4"]],
  ["one with an address", { type: "ClusterIP", clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9"] }, "SingleStack", ["IPv4"]],
  ["headless with a selector", { clusterIP: "None", clusterIPs: ["None"], selector: { a: "b" } }, "SingleStack", ["IPv4"]],
  ["headless without a selector", { clusterIP: "None", clusterIPs: ["None"] }, "RequireDualStack", ["IPv4", "IPv6"]],
  ["an external name", { type: "ExternalName" }, undefined, undefined],
])("families of %s", (_, spec, policy, families) => {
  expect(initFamilies(spec, undefined)).toEqual([]);
  expect([spec["ipFamilyPolicy"], spec["ipFamilies"]]).toEqual([policy, families]);
});

test.each<readonly [string, JsonObject, string]>([
  ["two stacks required", { ipFamilyPolicy: "RequireDualStack" }, "this cluster is not configured for dual-stack services"],
  ["the other family", { ipFamilies: ["IPv6"] }, "not configured on this cluster"],
  ["an address of the other family", { clusterIP: "fd00::1", clusterIPs: ["fd00::1"] }, "IPv6 is not configured on this cluster"],
])("%s is refused", (_, more, text) => {
  const errors = initFamilies({ type: "ClusterIP", ...more }, undefined);
  expect(JSON.stringify(errors)).toContain(text);
});

/** A dry run may look whether a port is free; every other call here is one too many. */
const CLAIMS = { takePort: (port: number) => Promise.resolve(port !== 30_001) } as unknown as Claims;
const dryRun = async (spec: JsonObject): Promise<JsonObject> => {
  const object: KubeObject = { kind: "Service", apiVersion: "v1", metadata: { name: "s", namespace: "shop" }, spec };
  const writer = { user: user("ann"), fieldManager: "", dryRun: true, nowMs: 0, warn: () => {} };
  const reservation = await serviceHooks(CLAIMS).beginCreate?.(object, writer);
  await reservation?.commit();
  await reservation?.revert();
  return spec;
};

test("a dry run shows an address and ports, takes nothing and gives nothing back", async () => {
  const spec = await dryRun({ type: "NodePort", ports: [{ port: 80 }, { port: 81, nodePort: 30_000 }] });
  expect(spec["clusterIPs"]).toEqual(["10.96.0.0"]);
  expect(spec["ports"]).toMatchObject([{ nodePort: 32_769 }, { nodePort: 30_000 }]);
});

test("a dry run is refused a port that is taken", async () => {
  await expect(dryRun({ type: "NodePort", ports: [{ port: 80, nodePort: 30_001 }] })).rejects.toThrow("provided port is already allocated");
});

test("ports of one number share a node port", async () => {
  const ports = [
    { port: 53, protocol: "TCP", nodePort: 30_053 },
    { port: 53, protocol: "UDP" },
  ];
  const spec = await dryRun({ type: "NodePort", ports });
  expect(spec["ports"]).toMatchObject([{ nodePort: 30_053 }, { nodePort: 30_053 }]);
});
