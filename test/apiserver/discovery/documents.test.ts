import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aggregated, Discovery, groupList, resourceList } from "../../../src/apiserver/discovery/index.js";
import { builtinRows, ResourceTable } from "../../../src/apiserver/resources/index.js";
import { DATA } from "../../kube/schema/data.js";
import { answered, asked } from "../asked.js";

type Groups = {
  readonly items: readonly { readonly metadata: { readonly name?: string }; readonly versions: readonly { readonly version: string }[] }[];
};
const recorded =
  DATA === undefined
    ? undefined
    : (JSON.parse(readFileSync(join(DATA, "discovery-1.36.json"), "utf8")) as Readonly<Record<string, Groups>>);

/** The recorded documents leave out that what they say is current. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, inner) => (key === "freshness" ? undefined : inner)));

test.skipIf(recorded === undefined).each(["api", "apis"] as const)(
  "the aggregated document of /%s is the original's, in its order",
  (which) => {
    expect(plain(aggregated(builtinRows, which, "v2"))).toEqual(recorded?.[`/${which}`]);
  },
);

const discovery = new Discovery(new ResourceTable(builtinRows));
function get(url: string, headers: Readonly<Record<string, string>> = {}) {
  const { request, info } = asked(url, headers);
  return answered(discovery.answer(request, info));
}
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
test("a client gets the aggregated form in the version that it names first", () => {
  const both = `${AGGREGATED.replace("v2;", "v2beta1;")},${AGGREGATED},application/json`;
  expect(JSON.parse(get("/apis", { accept: both }).text)).toMatchObject({ apiVersion: "apidiscovery.k8s.io/v2beta1" });
  expect(get("/apis", { accept: AGGREGATED }).header("content-type")).toBe(AGGREGATED);
});
test("a client that names another version of it gets what all clients know", () => {
  expect(JSON.parse(get("/apis", { accept: `${AGGREGATED.replace("v2;", "v3;")},application/json` }).text)).toMatchObject({
    kind: "APIGroupList",
  });
  expect(JSON.parse(get("/api", { accept: "application/json" }).text)).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
});
test("who has it is not sent it again", () => {
  const etag = get("/apis", { accept: AGGREGATED }).header("etag") ?? "";
  expect(get("/apis", { accept: AGGREGATED, "if-none-match": etag }).code).toBe(304);
  expect(get("/apis", { "if-none-match": etag }).code).toBe(200);
});
test("the list of groups names each group's versions, preferred first", () => {
  const { groups } = groupList(builtinRows) as {
    groups: { name: string; versions: { version: string }[]; preferredVersion: { version: string } }[];
  };
  const autoscaling = groups.find((g) => g.name === "autoscaling");
  expect(autoscaling?.versions.map((v) => v.version)).toEqual(["v2", "v1"]);
  expect(autoscaling?.preferredVersion.version).toBe("v2");
  expect(groups.some((g) => g.name === "")).toBe(false);
});
test("resources stand by name with their subresources behind them", () => {
  const apps = builtinRows.filter((r) => r.group === "apps");
  const { resources } = resourceList("apps", "v1", apps) as { resources: { name: string; kind: string; group?: string }[] };
  expect(resources.map((r) => r.name).slice(0, 6)).toEqual([
    "controllerrevisions",
    "daemonsets",
    "daemonsets/status",
    "deployments",
    "deployments/scale",
    "deployments/status",
  ]);
  expect(resources.find((r) => r.name === "deployments/scale")).toMatchObject({ kind: "Scale", group: "autoscaling" });
  expect(resources.find((r) => r.name === "deployments")).toMatchObject({ storageVersionHash: "8aSe+NMegvE=" });
});
test("a group, a version or a resource that is not there is nobody's path", () => {
  for (const url of ["/apis/none", "/apis/apps/v9", "/api/v2", "/api/v1/pods"]) {
    const { request, info } = asked(url);
    expect(discovery.answer(request, info), url).toBeUndefined();
  }
});
