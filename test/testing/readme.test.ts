import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ApiObject, RESOURCES, startCluster } from "../../src/testing/index.js";

type Deployment = ApiObject & { readonly status?: { readonly readyReplicas?: number } };

test("a deployment becomes ready", async () => {
  const cluster = await startCluster({ loops: true, nodes: 2 });
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx" }] } };
  const deployments = cluster.client.resource<Deployment>(RESOURCES.deployments, "default");
  await deployments.create({ metadata: { name: "web" }, spec: { replicas: 2, selector: { matchLabels: labels }, template } });
  await expect.poll(async () => (await deployments.get("web")).status?.readyReplicas, { timeout: 10_000 }).toBe(2);
  await cluster.stop();
});

test("the README shows the test above, word for word", () => {
  const body = (file: string): string => /^test\("a deployment becomes ready"[\s\S]*?^}\);$/m.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  expect(body("README.md")).not.toBe("");
  expect(body("README.md")).toBe(body("test/testing/readme.test.ts"));
});
