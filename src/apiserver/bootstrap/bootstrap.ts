import { type KubeObject, parseApiVersion, StatusError } from "../../kube/meta/index.js";
import { applyDefaults, toNormalForm } from "../../kube/schema/index.js";
import { MASTERS, userOf } from "../chain/index.js";
import { keyOf, type Target, type Writer } from "../registry/index.js";
import type { ServedVersion } from "../resources/index.js";
import type { Api } from "../verbs/index.js";
import { BOOTSTRAP_OBJECTS } from "./objects.js";

const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const PARALLEL = 64;

export interface BootstrapFacts {
  /** Where other machines find the API: never loopback, Endpoints refuse that. */
  readonly advertise: { readonly ip: string; readonly port: number };
  readonly caPem: string;
}

/** Makes what every cluster has. Masters do it side by side: what is there already is left alone. */
export async function bootstrap(api: Api, facts: BootstrapFacts): Promise<void> {
  const namespaces = NAMESPACES.map((name): KubeObject => ({ kind: "Namespace", apiVersion: "v1", metadata: { name } }));
  await inParallel(api, namespaces);
  await inParallel(api, [
    ...BOOTSTRAP_OBJECTS.map((text) => JSON.parse(text) as KubeObject),
    ...kubernetesService(facts),
    authentication(facts),
  ]);
}

async function inParallel(api: Api, objects: readonly KubeObject[]): Promise<void> {
  for (let i = 0; i < objects.length; i += PARALLEL) await Promise.all(objects.slice(i, i + PARALLEL).map((o) => ensure(api, o)));
}

/** Ports and addresses under which pods find the API. */
function kubernetesService({ advertise }: BootstrapFacts): readonly KubeObject[] {
  const metadata = { name: "kubernetes", namespace: "default" };
  const port = { name: "https", port: advertise.port, protocol: "TCP" };
  return [
    {
      kind: "Service",
      apiVersion: "v1",
      metadata: { ...metadata, labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        clusterIP: "10.96.0.1",
        clusterIPs: ["10.96.0.1"],
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        type: "ClusterIP",
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: advertise.port }],
      },
    },
    {
      kind: "Endpoints",
      apiVersion: "v1",
      metadata: { ...metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: advertise.ip }], ports: [port] }],
    },
    {
      kind: "EndpointSlice",
      apiVersion: "discovery.k8s.io/v1",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: "IPv4",
      endpoints: [{ addresses: [advertise.ip], conditions: { ready: true } }],
      ports: [port],
    },
  ];
}
/** What other servers of the API need to know whom to believe. */
const authentication = ({ caPem }: BootstrapFacts): KubeObject => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name: "extension-apiserver-authentication", namespace: "kube-system" },
  data: { "client-ca-file": caPem },
});

async function ensure(api: Api, object: KubeObject): Promise<void> {
  const gv = parseApiVersion(object.apiVersion);
  const row = gv && api.table.byKind(gv.group, object.kind);
  if (!row) return;
  const version = row.versions[0] as ServedVersion;
  const target: Target = { row, version, namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "", part: undefined };
  if (api.cacher.get(keyOf(target))) return;
  const writer: Writer = {
    user: userOf("system:apiserver", [MASTERS]),
    fieldManager: "kube-apiserver",
    dryRun: false,
    nowMs: api.clock.wallMs(),
    warn: () => {},
  };
  try {
    const kind = version.schema();
    await api.registry.create(
      target,
      applyDefaults(kind, toNormalForm(object as never, kind, { fieldValidation: "ignore" }).object),
      writer,
      () => {},
    );
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // Another master was there first: with the object, or so far only with the address that it has.
    const isTaken = error.status.reason === "AlreadyExists" || error.message.includes("provided IP is already allocated");
    if (!isTaken) throw error;
  }
}
