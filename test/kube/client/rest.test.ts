import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createSecureServer as createHttp2, type ServerHttp2Session } from "node:http2";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { utf8, utf8Text } from "../../../src/base/index.js";
import { createNodeClock } from "../../../src/host/node/index.js";
import {
  fromKubeconfig,
  httpsTransport,
  isNotFound,
  type LoopbackHandle,
  loopbackTransport,
  RESOURCES,
  RestClient,
  serviceAccountUser,
  type Transport,
} from "../../../src/kube/client/index.js";
import { issue, makeCa } from "../../../src/master/certificates/index.js";
import { ManualClock } from "./manual-clock.js";
import { configMap, ScriptedTransport, status } from "./scripted.js";

const clock = createNodeClock();
const clientOf = (transport: Transport): RestClient => new RestClient({ transport, clock, userAgent: "test/1" });

describe("requests", () => {
  test("a write carries the fence, a read does not", async () => {
    const transport = new ScriptedTransport().script({ body: configMap("a", 1) }, { body: configMap("a", 2) });
    const maps = clientOf(transport).withFence({ key: "kube-system/x", acquisition: "u/3/me" }).resource(RESOURCES.configMaps, "default");
    const object = await maps.get("a");
    await maps.update(object);
    expect(transport.requests.map((r) => [r.method, r.headers["trimast-fence"]])).toEqual([
      ["GET", undefined],
      ["PUT", "kube-system/x;u/3/me"],
    ]);
  });

  test("what the server asks to repeat is repeated after its pause, and ends in its refusal", async () => {
    const manual = new ManualClock();
    const busy = { status: 429, headers: { "retry-after": "1" }, body: status(429, "TooManyRequests") };
    const transport = new ScriptedTransport().script(busy, { body: configMap("a", 1) });
    const answer = new RestClient({ transport, clock: manual, userAgent: "t" }).resource(RESOURCES.configMaps, "default").get("a");
    await manual.advance(999);
    expect(transport.requests).toHaveLength(1);
    await manual.advance(1);
    expect((await answer).metadata.name).toBe("a");
    transport.script(...Array.from({ length: 11 }, () => busy));
    const refused = new RestClient({ transport, clock: manual, userAgent: "t" }).resource(RESOURCES.configMaps, "default").get("a");
    const seen = refused.catch((e: Error) => e.message);
    await manual.advance(20_000);
    expect(await seen).toBe("TooManyRequests");
  });

  test("paths of collections, objects and subresources", () => {
    const client = clientOf(new ScriptedTransport());
    expect([
      client.resource(RESOURCES.pods).path(),
      client.resource(RESOURCES.pods, "ns").path("p", "binding"),
      client.resource(RESOURCES.nodes).path("n"),
      client.resource(RESOURCES.deployments, "ns").path("d", "scale"),
    ]).toEqual([
      "/api/v1/pods",
      "/api/v1/namespaces/ns/pods/p/binding",
      "/api/v1/nodes/n",
      "/apis/apps/v1/namespaces/ns/deployments/d/scale",
    ]);
  });

  test("a kubeconfig names its server, certificates and token", () => {
    const b64 = (text: string): string => Buffer.from(text).toString("base64");
    const text = [
      "current-context: c",
      "contexts: [{name: c, context: {cluster: k, user: u}}]",
      `clusters: [{name: k, cluster: {server: "https://h:1", certificate-authority-data: ${b64("ca")}}}]`,
      `users: [{name: u, user: {client-certificate-data: ${b64("cert")}, client-key-data: ${b64("key")}, token: t}}]`,
    ].join("\n");
    const { token, ...rest } = fromKubeconfig(text, { directory: "." });
    expect(rest).toEqual({ server: "https://h:1", ca: "ca", cert: "cert", key: "key" });
    expect(token?.()).toBe("t");
    expect(() => fromKubeconfig("current-context: x", { directory: "." })).toThrow('context "x" does not exist');
  });
});

/** One small API behind both transports. */
const api = (method: string, url: string, body: string): { readonly code: number; readonly body: object } | "watch" => {
  if (url.includes("watch=true")) return "watch";
  if (method === "GET" && url.endsWith("/missing")) return { code: 404, body: status(404, "NotFound", 'configmaps "missing" not found') };
  return { code: 200, body: method === "POST" ? { ...(JSON.parse(body) as object), echoed: true } : configMap("a", 5) };
};
const events = [1, 2, 3].map((n) => `${JSON.stringify({ type: "ADDED", object: configMap(`m${n}`, n) })}\n`);
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});
const PEMS = (() => {
  const ca = makeCa({ commonName: "test-ca", days: 2 });
  const { certPem, keyPem } = issue(ca, { commonName: "server", ips: ["127.0.0.1"] });
  return { ca: ca.certPem, cert: certPem, key: keyPem };
})();
const listening = async (made: Server): Promise<number> => {
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return (made.address() as AddressInfo).port;
};
type Answering = (request: IncomingMessage, response: ServerResponse) => void;
const answering: Answering = (request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (d: Buffer) => parts.push(d));
  request.on("end", () => {
    const answer = api(request.method ?? "", request.url ?? "", Buffer.concat(parts).toString());
    if (answer === "watch") for (const e of events) response.write(e);
    if (answer === "watch") response.end();
    else response.writeHead(answer.code).end(JSON.stringify(answer.body));
  });
};
const overHttp = async (): Promise<Transport> => httpsTransport({ server: `http://127.0.0.1:${await listening(createServer(answering))}` });
const overHttps = async (): Promise<Transport> => {
  const port = await listening(createSecureServer(PEMS, answering));
  return httpsTransport({ server: `https://127.0.0.1:${port}`, ca: PEMS.ca });
};
const overHttp2 = async (): Promise<Transport> => {
  const made = createHttp2(PEMS, (request, response) => answering(request as never, response as never));
  const sessions = new Set<ServerHttp2Session>();
  made.on("session", (session) => sessions.add(session));
  const closeAllConnections = (): void => {
    for (const session of sessions) session.destroy();
  };
  const port = await listening(Object.assign(made as unknown as Server, { closeAllConnections }));
  return httpsTransport({ server: `https://127.0.0.1:${port}`, ca: PEMS.ca });
};
function overLoopback(): Transport {
  const handle: LoopbackHandle = async (request) => {
    expect(request.identity.name).toBe("system:serviceaccount:kube-system:x");
    const answer = api(request.method, request.url, utf8Text(await request.body()));
    if (answer !== "watch") return { kind: "bytes", code: answer.code, headers: new Map(), body: [utf8(JSON.stringify(answer.body))] };
    const start = (sink: { write(b: Uint8Array): boolean; end(): void }): { drained(): void; closed(): void } => {
      for (const e of events) sink.write(utf8(e));
      sink.end();
      return { drained: () => {}, closed: () => {} };
    };
    return { kind: "stream", code: 200, headers: new Map(), start };
  };
  return loopbackTransport({ handle, identity: serviceAccountUser("kube-system", "x") });
}

describe.each([
  ["HTTP", overHttp],
  ["HTTPS of a server that speaks HTTP/1.1 only", overHttps],
  ["HTTP/2", overHttp2],
  ["loopback", async () => overLoopback()],
])("over %s", (_name, open) => {
  test("reads, writes, refusals and watches are the same", async () => {
    const transport = await open();
    const maps = clientOf(transport).resource(RESOURCES.configMaps, "default");
    expect((await maps.get("a")).metadata.resourceVersion).toBe("5");
    expect(await maps.create({ metadata: { name: "n" } })).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", echoed: true });
    const refused = await maps.get("missing").catch((e: unknown) => e);
    expect([isNotFound(refused), (refused as Error).message]).toEqual([true, 'configmaps "missing" not found']);
    const names: string[] = [];
    for await (const event of await maps.watch({ resourceVersion: "1" })) names.push(event.object.metadata.name);
    expect(names).toEqual(["m1", "m2", "m3"]);
    transport.close();
  });
});
