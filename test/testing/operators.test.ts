import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiObject, RESOURCES, type Resource, startCluster, type TestCluster } from "../../src/testing/index.js";
import { until } from "../kit/until.js";

/** Definitions in the manner of three operators' that many clusters carry, after their published schemas: what they ask of a server. */
const text = { type: "string" };
const condition = {
  type: "object",
  required: ["type", "status"],
  properties: { type: text, status: { type: "string", enum: ["True", "False", "Unknown"] }, message: text },
};
const conditions = { type: "array", items: condition, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] };
const duration = { type: "string", pattern: "^(0|(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?)$" };

interface Kind {
  readonly of: Resource;
  readonly names: object;
  readonly columns: readonly object[];
  readonly spec: object;
}
const kinds = {
  certificate: {
    of: { group: "cert-manager.io", version: "v1", resource: "certificates", kind: "Certificate", namespaced: true },
    names: { shortNames: ["cert", "certs"], categories: ["cert-manager"] },
    columns: [
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "Secret", type: "string", jsonPath: ".spec.secretName" },
      { name: "Issuer", type: "string", jsonPath: ".spec.issuerRef.name", priority: 1 },
    ],
    spec: {
      type: "object",
      required: ["issuerRef", "secretName"],
      properties: {
        secretName: text,
        dnsNames: { type: "array", items: text, "x-kubernetes-list-type": "atomic" },
        issuerRef: { type: "object", required: ["name"], properties: { name: text, kind: { type: "string", default: "Issuer" } } },
        revisionHistoryLimit: { type: "integer", format: "int32", minimum: 1 },
        privateKey: {
          type: "object",
          properties: { algorithm: { type: "string", enum: ["RSA", "ECDSA", "Ed25519"] }, size: { type: "integer" } },
        },
      },
    },
  },
  serviceMonitor: {
    of: { group: "monitoring.coreos.com", version: "v1", resource: "servicemonitors", kind: "ServiceMonitor", namespaced: true },
    names: { shortNames: ["smon"], categories: ["prometheus-operator"] },
    columns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
    spec: {
      type: "object",
      required: ["endpoints", "selector"],
      properties: {
        selector: {
          type: "object",
          "x-kubernetes-map-type": "atomic",
          properties: { matchLabels: { type: "object", additionalProperties: text } },
        },
        endpoints: {
          type: "array",
          items: {
            type: "object",
            properties: {
              port: text,
              targetPort: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true },
              interval: duration,
              scheme: { type: "string", enum: ["http", "https"] },
            },
          },
        },
      },
    },
  },
  application: {
    of: { group: "argoproj.io", version: "v1alpha1", resource: "applications", kind: "Application", namespaced: true },
    names: { shortNames: ["app", "apps"] },
    columns: [
      { name: "Sync Status", type: "string", jsonPath: ".status.sync.status" },
      { name: "Project", type: "string", jsonPath: ".spec.project", priority: 10 },
    ],
    spec: {
      type: "object",
      required: ["destination", "project"],
      properties: {
        project: text,
        destination: { type: "object", properties: { server: text, namespace: text } },
        source: {
          type: "object",
          required: ["repoURL"],
          properties: {
            repoURL: text,
            path: text,
            helm: { type: "object", properties: { valuesObject: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } },
          },
        },
      },
    },
  },
} as const satisfies Record<string, Kind>;

function definition({ of, names, columns, spec }: Kind): { readonly metadata: { readonly name: string }; readonly spec: object } {
  const { group, version, resource, kind } = of;
  const status = { type: "object", properties: { conditions, sync: { type: "object", properties: { status: text } } } };
  const openAPIV3Schema = { type: "object", required: ["spec"], properties: { spec, status } };
  const served = { name: version, served: true, storage: true, subresources: { status: {} } };
  const versions = [{ ...served, additionalPrinterColumns: columns, schema: { openAPIV3Schema } }];
  return {
    metadata: { name: `${resource}.${group}` },
    spec: { group, scope: "Namespaced", names: { plural: resource, kind, ...names }, versions },
  };
}

type Thing = ApiObject & { readonly spec: Readonly<Record<string, unknown>>; readonly status?: object };
const CERTIFICATE = { secretName: "web-tls", dnsNames: ["example.com"], issuerRef: { name: "ca" } };
const MONITOR = { selector: { matchLabels: { app: "web" } }, endpoints: [{ targetPort: 8080, interval: "1m30s" }, { targetPort: "http" }] };
const HELM = { valuesObject: { any: { depth: [1, "two"] } } };
const APPLICATION = { project: "default", destination: { server: "here" }, source: { repoURL: "https://example.com/r.git", helm: HELM } };

describe("what operators ship", () => {
  let cluster: TestCluster;
  const things = (kind: Kind) => cluster.client.resource<Thing>(kind.of, "default");
  beforeAll(async () => {
    cluster = await startCluster();
    const definitions = cluster.client.resource(RESOURCES.customResourceDefinitions);
    type Definition = ApiObject & {
      readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    };
    const established = (d: ApiObject): boolean =>
      (d as Definition).status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ?? false;
    for (const kind of Object.values<Kind>(kinds)) {
      const { metadata } = await definitions.create(definition(kind));
      await until(`${metadata.name} is established`, async () => established(await definitions.get(metadata.name)));
    }
  });
  afterAll(() => cluster.stop());

  test("objects are defaulted, pruned where the schema says nothing, and kept whole where it says so", async () => {
    const certificate = await things(kinds.certificate).create({ metadata: { name: "kept" }, spec: { ...CERTIFICATE, nobodyKnows: 1 } });
    expect(certificate.spec).toEqual({ ...CERTIFICATE, issuerRef: { name: "ca", kind: "Issuer" } });
    const monitor = await things(kinds.serviceMonitor).create({ metadata: { name: "kept" }, spec: MONITOR });
    expect(monitor.spec).toEqual(MONITOR);
    const application = await things(kinds.application).create({ metadata: { name: "kept" }, spec: APPLICATION });
    expect(application.spec).toEqual(APPLICATION);
  });
  test("what is wrong is said by field, all of it", async () => {
    const wrong = { ...CERTIFICATE, revisionHistoryLimit: 0, privateKey: { algorithm: "XYZ", size: "big" } };
    const certificate = things(kinds.certificate).create({ metadata: { name: "bad" }, spec: wrong });
    await Promise.all(
      [
        /^Certificate\.cert-manager\.io "bad" is invalid: \[/,
        /spec\.privateKey\.algorithm: Unsupported value: "XYZ": supported values: "RSA", "ECDSA", "Ed25519"/,
        /spec\.privateKey\.size: Invalid value: "string": spec\.privateKey\.size in body must be of type integer: "string"/,
        /spec\.revisionHistoryLimit: Invalid value: 0: spec\.revisionHistoryLimit in body should be greater than or equal to 1/,
      ].map((text) => expect(certificate).rejects.toThrow(text)),
    );
    const endpoints = [{ interval: "soon", scheme: "ftp" }];
    const refused = things(kinds.serviceMonitor).create({ metadata: { name: "bad" }, spec: { endpoints } });
    await expect(refused).rejects.toThrow(/spec\.endpoints\[0\]\.interval: Invalid value: "soon"/);
    await expect(refused).rejects.toThrow(/spec\.selector: Required value/);
    await expect(things(kinds.application).create({ metadata: { name: "bad" }, spec: { project: "p" } })).rejects.toThrow(
      'Application.argoproj.io "bad" is invalid: spec.destination: Required value',
    );
  });
  test("columns show what the definition chose", async () => {
    const certificates = things(kinds.certificate);
    await certificates.create({ metadata: { name: "shown" }, spec: CERTIFICATE });
    const merged = { status: { conditions: [{ type: "Ready", status: "True" }] } };
    await certificates.patch("shown", "merge", merged, { subresource: "status" });
    type Table = {
      readonly columnDefinitions: readonly { readonly name: string }[];
      readonly rows: readonly { readonly cells: unknown[] }[];
    };
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const table = await cluster.client.json<Table>({ method: "GET", path: certificates.path("shown"), accept });
    expect(table.columnDefinitions.map((c) => c.name)).toEqual(["Name", "Ready", "Secret", "Issuer"]);
    expect(table.rows.map((r) => r.cells)).toEqual([["shown", "True", "web-tls", "ca"]]);
  });
  test("a watch sees an application come and change, and appliers keep to their own fields", async () => {
    const applications = things(kinds.application);
    const { resourceVersion } = await applications.list();
    const stop = new AbortController();
    const events = await applications.watch({ resourceVersion, signal: stop.signal });
    const body = (spec: object) => ({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "applied" }, spec });
    await applications.patch("applied", "apply", body(APPLICATION), { fieldManager: "git" });
    await expect(applications.patch("applied", "apply", body({ project: "other" }), { fieldManager: "me" })).rejects.toThrow(
      'conflict with "git": .spec.project',
    );
    await applications.patch("applied", "apply", body({ destination: { namespace: "web" } }), { fieldManager: "me" });
    const seen: unknown[] = [];
    for await (const event of events) {
      if (event.type === "BOOKMARK") continue;
      seen.push([event.type, (event.object as Thing).spec["destination"]]);
      if (seen.length === 2) break;
    }
    stop.abort();
    expect(seen).toEqual([
      ["ADDED", { server: "here" }],
      ["MODIFIED", { server: "here", namespace: "web" }],
    ]);
  });
});
