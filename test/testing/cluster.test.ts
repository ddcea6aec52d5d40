import { afterEach, describe, expect, test } from "vitest";
import { type ApiObject, RESOURCES, startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

const running: TestCluster[] = [];
async function cluster(...args: Parameters<typeof startCluster>): Promise<TestCluster> {
  const started = await startCluster(...args);
  running.push(started);
  return started;
}
afterEach(async () => {
  for (const c of running.splice(0)) await c.stop();
});
type ConfigMap = ApiObject & { readonly data?: Readonly<Record<string, string>> };
const maps = (c: TestCluster) => c.client.resource<ConfigMap>(RESOURCES.configMaps, "default");
const config = (name: string, data: object) => ({ metadata: { name }, data });

describe("a cluster in a test", () => {
  test("has what every cluster has, and keeps what is written", async () => {
    const c = await cluster();
    const namespaces = await c.client.resource(RESOURCES.namespaces).list();
    expect(namespaces.items.map((n) => n.metadata.name)).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
    await maps(c).create(config("a", { x: "1" }));
    expect((await maps(c).get("a")).data).toEqual({ x: "1" });
  });
  test("several live side by side", async () => {
    const [a, b] = [await cluster(), await cluster()];
    await maps(a).create(config("only-a", {}));
    await expect(maps(b).get("only-a")).rejects.toThrow('configmaps "only-a" not found');
  });
  test("a clone begins with everything and goes its own way", async () => {
    const a = await cluster();
    const made = await maps(a).create(config("shared", { x: "1" }));
    const b = await a.clone();
    running.push(b);
    expect((await maps(b).get("shared")).metadata).toMatchObject({
      uid: made.metadata.uid,
      resourceVersion: made.metadata.resourceVersion,
    });
    await maps(b).update({ ...made, data: { x: "2" } });
    await maps(a).create(config("later", {}));
    expect((await maps(a).get("shared")).data).toEqual({ x: "1" });
    await expect(maps(b).get("later")).rejects.toThrow("not found");
  });
  test("somebody without roles may not", async () => {
    const c = await cluster();
    await expect(c.as("eve").resource(RESOURCES.secrets, "default").list()).rejects.toThrow(
      'secrets is forbidden: User "eve" cannot list resource "secrets" in API group "" in the namespace "default"',
    );
  });
  test("a socket is there when it is asked for", async () => {
    const c = await cluster();
    const { kubeconfig, server } = await c.https();
    expect(kubeconfig).toContain(server);
  });
  test("a deployment runs on hollow nodes", async () => {
    const c = await cluster({ loops: true, nodes: 2 });
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
    await c.client
      .resource(RESOURCES.deployments, "default")
      .create({ metadata: { name: "web" }, ...{ spec: { replicas: 4, selector: { matchLabels: labels }, template } } });
    type Deployment = ApiObject & { readonly status?: { readonly readyReplicas?: number } };
    const deployments = c.client.resource<Deployment>(RESOURCES.deployments, "default");
    await until("all are ready", async () => (await deployments.get("web")).status?.readyReplicas === 4);
    const [pod] = (await c.client.resource(RESOURCES.pods, "default").list()).items;
    const log = await c.client.text({ method: "GET", path: `/api/v1/namespaces/default/pods/${pod?.metadata.name}/log` });
    expect(log).toMatch(/^hollow node node-\d: nothing runs here; pod default\/web-/);
  });
});
