import type { Json, JsonObject, KubeObject } from "../../kube/meta/index.js";
import { accessModes, at, count, int, list, NONE, ofType, text, UNKNOWN, UNSET } from "./cells.js";
import { AGE, boolean, integer, NAME, NAME_AND_AGE, named, nameOf, string, table, wide, wideName } from "./columns.js";
import { ageOf } from "./duration.js";
import type { Printer } from "./types.js";

function nodeStatus(o: KubeObject): string {
  // The last of a type counts here.
  const ready = [...list(at(o, "status", "conditions"))].reverse().find((c) => c["type"] === "Ready");
  const status = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady";
  return at(o, "spec", "unschedulable") === true ? `${status},SchedulingDisabled` : status;
}
const ROLE_PREFIX = "node-role.kubernetes.io/";
function roles(o: KubeObject): string {
  const found = Object.entries(o.metadata.labels ?? {}).map(([key, value]) =>
    key.startsWith(ROLE_PREFIX) ? key.slice(ROLE_PREFIX.length) : key === "kubernetes.io/role" ? value : "",
  );
  return [...new Set(found.filter((r) => r !== ""))].sort().join(",") || NONE;
}
const address = (type: string) => (o: KubeObject) => text(ofType(at(o, "status", "addresses"), type)?.["address"], NONE);
const nodeInfo = (o: KubeObject, field: string): string => text(at(o, "status", "nodeInfo", field));
function kernel(o: KubeObject): string {
  const architecture = nodeInfo(o, "architecture");
  return (nodeInfo(o, "kernelVersion") || UNKNOWN) + (architecture === "" ? "" : ` (${architecture})`);
}

const firstSeen = (o: KubeObject, now: number): string => ageOf(text(o["firstTimestamp"] as Json) || text(o["eventTime"] as Json), now);
function lastSeen(o: KubeObject, now: number): string {
  if (at(o, "series") !== undefined) return ageOf(text(at(o, "series", "lastObservedTime")), now);
  const last = text(o["lastTimestamp"] as Json);
  return last === "" ? firstSeen(o, now) : ageOf(last, now);
}
function eventObject(o: KubeObject): string {
  const name = text(at(o, "involvedObject", "name"));
  return text(at(o, "involvedObject", "kind")).toLowerCase() + (name === "" ? "" : `/${name}`);
}
function eventSource(o: KubeObject): string {
  const component = text(at(o, "source", "component"), text(at(o, "reportingComponent")));
  const instance = text(at(o, "source", "host"), text(at(o, "reportingInstance")));
  return instance === "" ? component : `${component}, ${instance}`;
}
const eventCount = (o: KubeObject): Json => (at(o, "series") === undefined ? int(at(o, "count")) || 1 : int(at(o, "series", "count")));

const claimedClass = (o: KubeObject): string =>
  o.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? text(at(o, "spec", "storageClassName"));
const phase = (o: KubeObject): string => (o.metadata.deletionTimestamp ? "Terminating" : text(at(o, "status", "phase")));
function claim(o: KubeObject): string {
  const ref = at(o, "spec", "claimRef");
  return ref === undefined ? "" : `${text(at(ref, "namespace"))}/${text(at(ref, "name"))}`;
}
const attributesClass = string("VolumeAttributesClass", (o) => {
  const name = at(o, "spec", "volumeAttributesClassName");
  return name === undefined || name === null ? UNSET : String(name);
});
const volumeMode = wide("VolumeMode", (o) => text(at(o, "spec", "volumeMode"), UNSET));
const isBound = (o: KubeObject): boolean => text(at(o, "spec", "volumeName")) !== "";

/** A quota's names on one side: limits, or all others. */
const quota = (limits: boolean) => (o: KubeObject) => {
  const hard = (at(o, "status", "hard") ?? {}) as JsonObject;
  return Object.keys(hard)
    .sort()
    .filter((name) => name.startsWith("limits.") === limits)
    .map((name) => `${name}: ${text(at(o, "status", "used", name), "0")}/${text(hard[name])}`)
    .join(", ");
};

const healthy = (o: KubeObject): JsonObject | undefined => ofType(o["conditions"] as Json, "Healthy");
const DEFAULT_CLASS = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
const isDefaultClass = (o: KubeObject): boolean => DEFAULT_CLASS.some((key) => o.metadata.annotations?.[key] === "true");

export const EVENT: Printer = table(
  string("Last Seen", lastSeen),
  string("Type", (o) => text(o["type"] as Json)),
  string("Reason", (o) => text(o["reason"] as Json)),
  string("Object", eventObject),
  wide("Subobject", (o) => text(at(o, "involvedObject", "fieldPath"))),
  wide("Source", eventSource),
  string("Message", (o) => text(o["message"] as Json).trim()),
  wide("First Seen", firstSeen),
  wide("Count", eventCount),
  wideName("Name", nameOf),
);

export const CLUSTER: Readonly<Record<string, Printer>> = {
  "/Node": table(
    NAME,
    string("Status", nodeStatus),
    string("Roles", roles),
    AGE,
    string("Version", (o) => nodeInfo(o, "kubeletVersion")),
    wide("Internal-IP", address("InternalIP")),
    wide("External-IP", address("ExternalIP")),
    wide("OS-Image", (o) => nodeInfo(o, "osImage") || UNKNOWN),
    wide("Kernel-Version", kernel),
    wide("Container-Runtime", (o) => nodeInfo(o, "containerRuntimeVersion") || UNKNOWN),
  ),
  "/Event": EVENT,
  "/Namespace": table(
    NAME,
    string("Status", (o) => text(at(o, "status", "phase"))),
    AGE,
  ),
  "/Secret": table(
    NAME,
    string("Type", (o) => text(o["type"] as Json)),
    string("Data", (o) => count(o["data"] as Json)),
    AGE,
  ),
  "/ConfigMap": table(
    NAME,
    string("Data", (o) => count(o["data"] as Json) + count(o["binaryData"] as Json)),
    AGE,
  ),
  "/ServiceAccount": NAME_AND_AGE,
  "/ComponentStatus": table(
    NAME,
    string("Status", (o) => {
      const found = healthy(o);
      return found === undefined ? "Unknown" : found["status"] === "True" ? "Healthy" : "Unhealthy";
    }),
    string("Message", (o) => text(healthy(o)?.["message"])),
    string("Error", (o) => text(healthy(o)?.["error"])),
  ),
  "/ResourceQuota": table(NAME, string("Request", quota(false)), string("Limit", quota(true)), AGE),
  "/PersistentVolume": table(
    NAME,
    string("Capacity", (o) => text(at(o, "spec", "capacity", "storage"), "0")),
    string("Access Modes", (o) => accessModes(at(o, "spec", "accessModes"))),
    string("Reclaim Policy", (o) => text(at(o, "spec", "persistentVolumeReclaimPolicy"))),
    string("Status", phase),
    string("Claim", claim),
    string("StorageClass", claimedClass),
    attributesClass,
    string("Reason", (o) => text(at(o, "status", "reason"))),
    AGE,
    volumeMode,
  ),
  "/PersistentVolumeClaim": table(
    NAME,
    string("Status", phase),
    string("Volume", (o) => text(at(o, "spec", "volumeName"))),
    string("Capacity", (o) => (isBound(o) ? text(at(o, "status", "capacity", "storage"), "0") : "")),
    string("Access Modes", (o) => (isBound(o) ? accessModes(at(o, "status", "accessModes")) : "")),
    string("StorageClass", claimedClass),
    attributesClass,
    AGE,
    volumeMode,
  ),
  "storage.k8s.io/StorageClass": table(
    named("Name", (o) => nameOf(o) + (isDefaultClass(o) ? " (default)" : "")),
    string("Provisioner", (o) => text(o["provisioner"] as Json)),
    string("ReclaimPolicy", (o) => text(o["reclaimPolicy"] as Json, "Delete")),
    string("VolumeBindingMode", (o) => text(o["volumeBindingMode"] as Json, "Immediate")),
    string("AllowVolumeExpansion", (o) => o["allowVolumeExpansion"] === true),
    AGE,
  ),
  "storage.k8s.io/VolumeAttributesClass": table(
    NAME,
    string("DriverName", (o) => text(o["driverName"] as Json)),
    AGE,
  ),
  "storage.k8s.io/VolumeAttachment": table(
    NAME,
    named("Attacher", (o) => text(at(o, "spec", "attacher"))),
    string("PV", (o) => text(at(o, "spec", "source", "persistentVolumeName"))),
    string("Node", (o) => text(at(o, "spec", "nodeName"))),
    boolean("Attached", (o) => at(o, "status", "attached") === true),
    AGE,
  ),
  "storage.k8s.io/CSINode": table(
    NAME,
    integer("Drivers", (o) => count(at(o, "spec", "drivers"))),
    AGE,
  ),
  "storage.k8s.io/CSIDriver": table(
    NAME,
    boolean("AttachRequired", (o) => at(o, "spec", "attachRequired") !== false),
    boolean("PodInfoOnMount", (o) => at(o, "spec", "podInfoOnMount") === true),
    boolean("StorageCapacity", (o) => at(o, "spec", "storageCapacity") === true),
    string("TokenRequests", (o) => {
      const requests = at(o, "spec", "tokenRequests");
      return Array.isArray(requests)
        ? list(requests)
            .map((r) => text(r["audience"]))
            .join(",")
        : UNSET;
    }),
    boolean("RequiresRepublish", (o) => at(o, "spec", "requiresRepublish") === true),
    string("Modes", (o) => ((at(o, "spec", "volumeLifecycleModes") as string[] | undefined) ?? []).join(",") || NONE),
    AGE,
  ),
};
