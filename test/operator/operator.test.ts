import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiObject, isNotFound, RESOURCES, resource, startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";
import { DEFINITION, RULES, WEB_SITES, type WebSite } from "./definition.js";
import { type RunningOperator, startOperator } from "./operator.js";

const USER = "system:serviceaccount:default:website-operator";
let cluster: TestCluster;
let operator: RunningOperator;
const published = new Set<string>();
const names = {
  publish: async (name: string) => void published.add(name),
  withdraw: async (name: string) => void published.delete(name),
};
const rbac = (plural: string, kind: string) => resource("rbac.authorization.k8s.io", "v1", plural, kind, false);

beforeAll(async () => {
  cluster = await startCluster({ loops: true, nodes: 2 });
  const { client } = cluster;
  await client.resource(RESOURCES.customResourceDefinitions).create(DEFINITION);
  const role = { metadata: { name: "website-operator" }, rules: RULES };
  await client.resource(rbac("clusterroles", "ClusterRole")).create(role);
  const binding = {
    metadata: { name: "website-operator" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "website-operator" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: USER }],
  };
  await client.resource(rbac("clusterrolebindings", "ClusterRoleBinding")).create(binding);
  await until("the kind is served", () => sites().list());
  operator = startOperator({ client: cluster.as(USER), names });
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});
const sites = () => cluster.client.resource<WebSite>(WEB_SITES, "default");
type Deployment = ApiObject & { readonly spec: { readonly replicas: number; readonly paused?: boolean } };
const deployments = () => cluster.client.resource<Deployment>(RESOURCES.deployments, "default");
const serving = (name: string, replicas: number) =>
  until(`${name} serves with ${replicas}`, async () => {
    const { status, metadata } = await sites().get(name);
    return status?.phase === "Serving" && status.readyReplicas === replicas && status.observedGeneration === metadata.generation;
  });

test("a site is published, deployed and served, and its status says so", async () => {
  const site = { metadata: { name: "shop" }, spec: { image: "shop:1", replicas: 3 } };
  await sites().create(site);
  await serving("shop", 3);
  expect(published).toContain("shop");
  expect((await sites().get("shop")).metadata.finalizers).toEqual(["sites.example.com/names"]);
  type Event = ApiObject & { readonly reason: string; readonly involvedObject: { readonly name: string } };
  const events = () => cluster.client.resource<Event>(RESOURCES.events, "default").list();
  const reasons = async () => (await events()).items.filter((e) => e.involvedObject.name === "shop").map((e) => e.reason);
  await until("events tell it", async () => (await reasons()).includes("Published") && (await reasons()).includes("Serving"));
});

test("a change of the site changes its deployment; a change of the deployment by others stays where the operator says nothing", async () => {
  await deployments().patch("shop", "merge", { spec: { revisionHistoryLimit: 3, replicas: 9 } });
  await sites().patch("shop", "merge", { spec: { replicas: 2 } });
  await serving("shop", 2);
  await until("the operator's word counts", async () => (await deployments().get("shop")).spec.replicas === 2);
  expect((await deployments().get("shop")).spec).toMatchObject({ revisionHistoryLimit: 3 });
});

test("a deployment that somebody deletes comes back", async () => {
  const { uid } = (await deployments().get("shop")).metadata;
  await deployments().delete("shop");
  await until("another one is there", async () => (await deployments().get("shop")).metadata.uid !== uid);
  await serving("shop", 2);
});

test("a site that is deleted stays until its name is withdrawn, and takes its deployment with it", async () => {
  await sites().delete("shop");
  const gone = (get: () => Promise<unknown>) => () => get().then(() => false, isNotFound);
  await until(
    "the site is gone",
    gone(() => sites().get("shop")),
  );
  expect(published).not.toContain("shop");
  await until(
    "its deployment is gone",
    gone(() => deployments().get("shop")),
  );
});

test("what the schema refuses never reaches the operator", async () => {
  const wrong = { metadata: { name: "wrong" }, spec: { image: "x", replicas: -1 } };
  await expect(sites().create(wrong)).rejects.toThrow("spec.replicas: Invalid value: -1");
});
