import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { discover } from "../../../src/controllers/shared/discovery.js";
import { selfSigned } from "../../../src/master/certificates/index.js";
import { type ApiObject, RESOURCES, resource, startCluster } from "../../../src/testing/index.js";
import { until } from "../../kit/until.js";

const API_SERVICES = resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", false);
type ApiService = ApiObject & {
  readonly status?: { readonly conditions?: readonly { readonly status: string; readonly reason: string }[] };
};
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server of another group: it tells what it was asked. */
async function flowers(name: string) {
  const { certPem, keyPem } = selfSigned({ commonName: name, dnsNames: [name], usages: ["server"] });
  const seen: { url: string; method: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer({ key: keyPem, cert: certPem }, (request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      const { url = "", method = "", headers } = request;
      seen.push({ url, method, headers, body });
      const list = { kind: "APIResourceList", resources: [{ name: "roses", namespaced: true, kind: "Rose", verbs: ["get", "list"] }] };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(url === "/apis/flowers.dev/v1" ? list : { kind: "RoseList", items: [] }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const stop = (): Promise<void> =>
    new Promise((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
  return { seen, stop, caBundle: Buffer.from(certPem).toString("base64"), port: (server.address() as AddressInfo).port };
}

test("requests of a group go on to its server, with who asks, while it is available", async () => {
  const cluster = await startCluster();
  ends.push(() => cluster.stop());
  const server = await flowers("flowers.default.svc");
  ends.push(() => server.stop().catch(() => {}));
  const spec = { type: "ExternalName", externalName: "localhost" };
  const service = { metadata: { name: "flowers" }, spec };
  await cluster.client.resource(RESOURCES.services, "default").create(service);
  const services = cluster.client.resource<ApiService>(API_SERVICES);
  const object = {
    metadata: { name: "v1.flowers.dev" },
    spec: {
      group: "flowers.dev",
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { namespace: "default", name: "flowers", port: server.port },
      caBundle: server.caBundle,
    },
  };
  await services.create(object);
  const condition = async () => (await services.get("v1.flowers.dev")).status?.conditions?.[0];
  await until("the server is available", async () => (await condition())?.reason === "Passed");
  expect(server.seen[0]?.headers).toMatchObject({ "x-remote-user": "system:kube-aggregator", "x-remote-group": "system:masters" });

  const path = "/apis/flowers.dev/v1/namespaces/default/roses";
  await until("requests go on", () => cluster.client.json({ method: "GET", path, query: { limit: 5 } }).then(() => true));
  const asked = server.seen.find((s) => s.url.startsWith(path));
  expect(asked).toMatchObject({
    url: `${path}?limit=5`,
    headers: { "x-remote-user": "kubernetes-admin", "x-remote-group": "system:masters, system:authenticated" },
  });
  await cluster.client.json({ method: "POST", path, body: { kind: "Rose" } });
  expect(server.seen.at(-1)).toMatchObject({ method: "POST", body: '{"kind":"Rose"}' });

  // Who may not is refused here.
  await expect(cluster.as("eve").json({ method: "GET", path })).rejects.toThrow(
    'roses.flowers.dev is forbidden: User "eve" cannot list resource "roses" in API group "flowers.dev" in the namespace "default"',
  );
  const found = await discover(cluster.client);
  expect(found.resources.find((r) => r.group === "flowers.dev")).toMatchObject({ resource: "roses", kind: "Rose", namespaced: true });

  await server.stop();
  await services.patch("v1.flowers.dev", "merge", { metadata: { annotations: { look: "now" } } });
  await until("its end is seen", async () => (await condition())?.reason === "FailedDiscoveryCheck");
  await until("requests are refused", () =>
    cluster.client.json({ method: "GET", path }).then(
      () => false,
      (error: Error) => error.message.includes("service unavailable"),
    ),
  );
  expect((await discover(cluster.client)).failures).toEqual(["flowers.dev/v1"]);
  await services.delete("v1.flowers.dev");
  await until("nobody knows the group any more", () =>
    cluster.client.json({ method: "GET", path }).then(
      () => false,
      (error: Error) => error.message.includes("404 page not found"),
    ),
  );
});
