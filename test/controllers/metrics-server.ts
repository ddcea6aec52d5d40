import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../../src/master/certificates/index.js";
import { type ApiObject, RESOURCES, type RestClient, resource } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

const API_SERVICES = resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", false);
type ApiService = ApiObject & { readonly status?: { readonly conditions?: readonly { readonly status: string }[] } };
const NAME = "metrics-adapter";
const GROUPS = { "custom.metrics.k8s.io": "v1beta2", "external.metrics.k8s.io": "v1beta1" } as const;
export type MetricsGroup = keyof typeof GROUPS;

/** What was asked for. `object`: "*" for all pods; "" for external metrics. */
export interface MetricsQuery {
  readonly namespace: string;
  readonly resource: string;
  readonly object: string;
  readonly metric: string;
  /** Of the metric itself. */
  readonly selector: string;
  /** Of the pods. */
  readonly pods: string;
}
/** Values by the names of the objects described, for external metrics by anything; undefined: nobody knows the metric. */
export type Values = Readonly<Record<string, string>>;
export type Measure = (query: MetricsQuery) => Promise<Values | undefined> | Values | undefined;

/** Serves custom and external metrics as adapters do, behind the APIServices of their groups. */
export async function serveAdapter(
  client: RestClient,
  measure: Measure,
): Promise<{ remove(group: MetricsGroup): Promise<void>; stop(): Promise<void> }> {
  const host = `${NAME}.default.svc`;
  const { certPem, keyPem } = selfSigned({ commonName: host, dnsNames: [host], usages: ["server"] });
  const server = createServer({ key: keyPem, cert: certPem }, (request, response) => {
    void answer(request.url ?? "", measure).then(({ code, body }) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await client
    .resource(RESOURCES.services, "default")
    .create({ metadata: { name: NAME }, spec: { type: "ExternalName", externalName: "localhost" } });
  const services = client.resource<ApiService>(API_SERVICES);
  const caBundle = Buffer.from(certPem).toString("base64");
  for (const [group, version] of Object.entries(GROUPS)) {
    const service = { namespace: "default", name: NAME, port };
    const spec = { group, version, groupPriorityMinimum: 100, versionPriority: 100, service, caBundle };
    await services.create({ metadata: { name: `${version}.${group}` }, spec });
    await until(
      `${group} is available`,
      async () => (await services.get(`${version}.${group}`)).status?.conditions?.[0]?.status === "True",
    );
  }
  return {
    remove: async (group) => void (await services.delete(`${GROUPS[group]}.${group}`)),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function answer(url: string, measure: Measure): Promise<{ readonly code: number; readonly body: object }> {
  const { pathname, searchParams } = new URL(url, "https://x");
  const [, , group = "", version = "", , namespace = "", ...rest] = pathname.split("/").map(decodeURIComponent);
  const apiVersion = `${group}/${version}`;
  // Adapters that have seen no metric yet list none.
  if (namespace === "") return { code: 200, body: { kind: "APIResourceList", groupVersion: apiVersion, resources: [] } };
  const isExternal = group === "external.metrics.k8s.io";
  const [resource = "", object = "", metric = ""] = isExternal
    ? ["", "", ...rest]
    : rest.length === 2
      ? ["namespaces", namespace, rest[1]]
      : rest;
  const [selector, pods] = isExternal
    ? [searchParams.get("labelSelector") ?? "", ""]
    : [searchParams.get("metricLabelSelector") ?? "", searchParams.get("labelSelector") ?? ""];
  const values = await measure({ namespace, resource, object, metric, selector, pods });
  if (values === undefined) {
    const message = `the server could not find the metric ${metric} for ${resource}`;
    return {
      code: 404,
      body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason: "NotFound", code: 404 },
    };
  }
  const timestamp = new Date().toISOString();
  const items = Object.entries(values).map(([name, value]) =>
    isExternal
      ? { metricName: metric, metricLabels: { name }, timestamp, value }
      : { describedObject: { kind: "", namespace, name }, metric: { name: metric }, timestamp, value },
  );
  return { code: 200, body: { kind: isExternal ? "ExternalMetricValueList" : "MetricValueList", apiVersion, metadata: {}, items } };
}
