import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Bytes } from "../../../src/base/index.js";
import { RESOURCES } from "../../../src/kube/client/index.js";
import { watchEvents } from "../../../src/kube/client/watch.js";
import { startCluster, type TestCluster } from "../../../src/testing/index.js";
import { until } from "../../kit/until.js";

/** More than a watcher may leave unread: what it begins with must come as it reads. */
const MAPS = 24;
const MAP_BYTES = 500_000;
const PATH = "/api/v1/namespaces/default/configmaps";
const QUERY = { watch: "true", sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: "true" };

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  const maps = cluster.client.resource(RESOURCES.configMaps, "default");
  for (let i = 0; i < MAPS; i++) {
    await maps.create({ metadata: { name: nameOf(i), labels: { big: "yes" } }, data: { v: "x".repeat(MAP_BYTES) } } as never);
  }
});
afterAll(() => cluster?.stop());
const nameOf = (i: number): string => `m${String(i).padStart(2, "0")}`;

async function* overHttps(): AsyncGenerator<Bytes> {
  const { server, kubeconfig } = await cluster.https();
  const [user] = parse(kubeconfig).users;
  const pem = (text: string): Buffer => Buffer.from(text, "base64");
  const { "client-certificate-data": cert, "client-key-data": key } = user.user;
  const url = `${server}${PATH}?${new URLSearchParams({ ...QUERY, labelSelector: "big=yes" })}`;
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    const asked = request(url, { cert: pem(cert), key: pem(key), rejectUnauthorized: false, agent: false }, resolve);
    asked.on("error", reject);
    asked.end();
  });
  try {
    yield* response;
  } finally {
    response.destroy();
  }
}
const inProcess = (): Promise<AsyncIterable<Bytes>> =>
  cluster.client.stream({ method: "GET", path: PATH, query: { ...QUERY, labelSelector: "big=yes" } });

describe.each([
  ["in this process", inProcess],
  ["over HTTPS", async () => overHttps()],
])("a watch that begins with more than a client may leave unread, %s", (_name, open) => {
  test("comes whole to a client that reads slowly, and what happens meanwhile comes behind it", async () => {
    const maps = cluster.client.resource(RESOURCES.configMaps, "default");
    const seen: string[] = [];
    const events = watchEvents(await open());
    const first = await events.next();
    seen.push(`${first.value?.type} ${first.value?.object.metadata.name}`);
    // Nothing is read now, and far more waits than may.
    await maps.create({ metadata: { name: "z-new", labels: { big: "yes" } } });
    await maps.patch(nameOf(MAPS - 1), "merge", { data: { v: "small" } });
    await maps.delete("z-new");
    for await (const event of events) {
      seen.push(`${event.type} ${event.object.metadata.name ?? ""}`.trim());
      if (event.type === "DELETED") break;
    }
    const initial = Array.from({ length: MAPS }, (_, i) => `ADDED ${nameOf(i)}`);
    expect(seen).toEqual([...initial, "BOOKMARK", "ADDED z-new", `MODIFIED ${nameOf(MAPS - 1)}`, "DELETED z-new"]);
    await maps.patch(nameOf(MAPS - 1), "merge", { data: { v: "x".repeat(MAP_BYTES) } });
    await until("the map is large again", async () => JSON.stringify(await maps.get(nameOf(MAPS - 1))).length > MAP_BYTES);
  });
});
