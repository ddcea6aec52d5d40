import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ApiObject,
  createNodeClock,
  createNodeLog,
  createNodeRandom,
  InformerFactory,
  RESOURCES,
  type RestClient,
  runWorkers,
  WorkQueue,
} from "../../src/master/client.js";
import { startCluster, type TestCluster } from "../../src/testing/index.js";

// The operator of the repository's README.
function operate(client: RestClient): () => Promise<void> {
  const common = { client, clock: createNodeClock(), random: createNodeRandom(), log: createNodeLog({}) };
  const informers = new InformerFactory(common);
  const namespaces = informers.of<ApiObject>(RESOURCES.namespaces);
  const queue = new WorkQueue(common);
  namespaces.addHandlers({ add: (n) => queue.add(n.metadata.name), update: (_, n) => queue.add(n.metadata.name) });
  informers.start();
  const reconcile = async (name: string) => {
    const owner = namespaces.lister.get(name)?.metadata.annotations?.["example.com/owner"];
    if (owner === undefined) return;
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "contact", namespace: name }, data: { owner } };
    await client.resource(RESOURCES.configMaps, name).patch("contact", "apply", map, { fieldManager: "contacts", force: true });
  };
  const done = runWorkers(queue, 2, reconcile, (name, error) => common.log.warn("again later", { name, why: String(error) }));
  return async () => {
    queue.stop();
    await Promise.all([informers.stop(), done]);
  };
}

let cluster: TestCluster;
let stop: () => Promise<void>;
beforeAll(async () => {
  cluster = await startCluster();
  stop = operate(cluster.client);
});
afterAll(async () => {
  await stop?.();
  await cluster?.stop();
});

test("every namespace that names its owner has a config map that does", async () => {
  type ConfigMap = ApiObject & { readonly data?: Readonly<Record<string, string>> };
  const namespaces = cluster.client.resource(RESOURCES.namespaces);
  const contact = cluster.client.resource<ConfigMap>(RESOURCES.configMaps, "default");
  await namespaces.patch("default", "merge", { metadata: { annotations: { "example.com/owner": "ann" } } });
  await expect.poll(async () => (await contact.get("contact").catch(() => undefined))?.data).toEqual({ owner: "ann" });
  await namespaces.patch("default", "merge", { metadata: { annotations: { "example.com/owner": "bob" } } });
  await expect.poll(async () => (await contact.get("contact")).data).toEqual({ owner: "bob" });
});
