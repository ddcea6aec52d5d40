import { isObject, type JsonObject } from "../../meta/index.js";
import {
  both,
  child,
  childOrNew,
  inside,
  isAbsent,
  isEmptyMap,
  isZeroOrAbsent,
  objects,
  pointers,
  type Row,
  type Rows,
  values,
} from "./rows.js";

function sessionAffinity(spec: JsonObject): void {
  if (spec["sessionAffinity"] !== "ClientIP") {
    if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
    return;
  }
  if (isAbsent(child(child(spec, "sessionAffinityConfig"), "clientIP")?.["timeoutSeconds"]))
    spec["sessionAffinityConfig"] = { clientIP: { timeoutSeconds: 10_800 } };
}
function servicePorts(spec: JsonObject): void {
  for (const port of objects(spec, "ports")) {
    values({ protocol: "TCP" })(port);
    if (isZeroOrAbsent(port["targetPort"])) port["targetPort"] = port["port"] ?? 0;
  }
}
const isExternal = (spec: JsonObject): boolean =>
  spec["type"] === "LoadBalancer" ||
  spec["type"] === "NodePort" ||
  (spec["type"] === "ClusterIP" && objectsOrTexts(spec["externalIPs"]) > 0);
const objectsOrTexts = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

const service: Row = (o) => {
  const spec = child(o, "spec");
  if (spec === undefined) return;
  values({ sessionAffinity: "None" })(spec);
  sessionAffinity(spec);
  values({ type: "ClusterIP" })(spec);
  servicePorts(spec);
  if (isExternal(spec)) values({ externalTrafficPolicy: "Cluster" })(spec);
  const type = spec["type"];
  if (type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer") pointers({ internalTrafficPolicy: "Cluster" })(spec);
  if (type !== "LoadBalancer") return;
  pointers({ allocateLoadBalancerNodePorts: true })(spec);
  for (const ingress of objects(child(child(o, "status"), "loadBalancer"), "ingress"))
    if (!isZeroOrAbsent(ingress["ip"])) pointers({ ipMode: "VIP" })(ingress);
};

const copyMap = (map: JsonObject): JsonObject => ({ ...map });
/** Kinds whose labels are those of their template when they have none. */
export function labelsFromTemplate(o: JsonObject): JsonObject | undefined {
  const template = child(child(o, "spec"), "template");
  const labels = child(child(template, "metadata"), "labels");
  if (labels === undefined) return undefined;
  const metadata = childOrNew(o, "metadata");
  if (isEmptyMap(metadata["labels"])) metadata["labels"] = copyMap(labels);
  return labels;
}
const replicationController: Row = (o) => {
  const labels = labelsFromTemplate(o);
  const spec = child(o, "spec");
  if (spec === undefined) return;
  if (labels !== undefined && isEmptyMap(spec["selector"])) spec["selector"] = copyMap(labels);
  pointers({ replicas: 1 })(spec);
};

const namespace: Row = (o) => {
  const name = child(o, "metadata")?.["name"];
  if (typeof name !== "string" || name === "") return;
  const labels = childOrNew(childOrNew(o, "metadata"), "labels");
  labels["kubernetes.io/metadata.name"] = name;
};

const nodeStatus: Row = (o) => {
  const capacity = o["capacity"];
  if (isAbsent(o["allocatable"]) && isObject(capacity)) o["allocatable"] = copyMap(capacity);
};

const limitRangeItem: Row = (o) => {
  if (o["type"] !== "Container") return;
  const filled = (field: string, ...sources: readonly string[]): void => {
    const list = child(o, field) ?? {};
    for (const source of sources) for (const [name, q] of Object.entries(child(o, source) ?? {})) list[name] ??= q;
    if (Object.keys(list).length > 0) o[field] = list;
  };
  filled("default", "max");
  filled("defaultRequest", "default", "min");
};

const endpoints: Row = (o) => {
  for (const subset of objects(o, "subsets")) for (const port of objects(subset, "ports")) values({ protocol: "TCP" })(port);
};

export const CORE: Rows = {
  kinds: {
    "v1 Service": service,
    "v1 Endpoints": endpoints,
    "v1 ReplicationController": replicationController,
    "v1 Secret": values({ type: "Opaque" }),
    "v1 Namespace": namespace,
    "v1 PersistentVolume": both(
      inside("spec", both(values({ persistentVolumeReclaimPolicy: "Retain" }), pointers({ volumeMode: "Filesystem" }))),
      inside("status", values({ phase: "Pending" })),
    ),
  },
  types: {
    "core.v1.PersistentVolumeClaimSpec": pointers({ volumeMode: "Filesystem" }),
    // Claims in a StatefulSet's templates too: there the type is the same.
    "core.v1.PersistentVolumeClaim": (o) => values({ phase: "Pending" })(childOrNew(o, "status")),
    "core.v1.NamespaceStatus": values({ phase: "Active" }),
    "core.v1.NodeStatus": nodeStatus,
    "core.v1.LimitRangeItem": limitRangeItem,
  },
};
