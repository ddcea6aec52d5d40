import type { JsonObject } from "../../meta/index.js";
import { pullPolicyOf } from "./image.js";
import { fillPodLevelResources } from "./pod-resources.js";
import { child, childOrNew, empty, isAbsent, isZeroOrAbsent, objects, pointers, type Row, type Rows, values } from "./rows.js";

const text = (o: JsonObject, field: string): string => {
  const value = o[field];
  return typeof value === "string" ? value : "";
};

const container: Row = (o) => {
  if (isZeroOrAbsent(o["imagePullPolicy"])) o["imagePullPolicy"] = pullPolicyOf(text(o, "image"));
  values({ terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" })(o);
};

/** Fields of a volume that are sources: all but its name. */
const volume: Row = (o) => {
  if (!Object.keys(o).some((field) => field !== "name")) o["emptyDir"] = {};
  const image = child(o, "image");
  if (image !== undefined && isZeroOrAbsent(image["pullPolicy"])) image["pullPolicy"] = pullPolicyOf(text(image, "reference"));
};

/** Only in pods, never in templates. */
function limitsAsRequests(spec: JsonObject): void {
  for (const c of [...objects(spec, "containers"), ...objects(spec, "initContainers")]) {
    const resources = child(c, "resources");
    const limits = child(resources, "limits");
    if (resources === undefined || limits === undefined) continue;
    const requests = childOrNew(resources, "requests");
    for (const name of Object.keys(limits)) requests[name] ??= limits[name] ?? "0";
  }
}
function hostPorts(spec: JsonObject): void {
  const containers = [...objects(spec, "containers"), ...objects(spec, "initContainers")];
  for (const port of containers.flatMap((c) => objects(c, "ports")))
    if (isZeroOrAbsent(port["hostPort"]) && !isZeroOrAbsent(port["containerPort"])) port["hostPort"] = port["containerPort"] ?? 0;
}
const pod: Row = (o) => {
  const spec = child(o, "spec");
  if (spec === undefined) return;
  limitsAsRequests(spec);
  fillPodLevelResources(spec);
  if (isAbsent(spec["enableServiceLinks"])) spec["enableServiceLinks"] = true;
  if (spec["hostNetwork"] === true) hostPorts(spec);
  // Kubernetes' internal form cannot hold a negative grace.
  const grace = spec["terminationGracePeriodSeconds"];
  if (typeof grace === "number" && grace < 0) spec["terminationGracePeriodSeconds"] = 1;
};

const MODE = { defaultMode: 0o644 };
const tcp = values({ protocol: "TCP" });
export const PODS: Rows = {
  kinds: { "v1 Pod": pod },
  types: {
    "core.v1.PodSpec": (o) => {
      values({ dnsPolicy: "ClusterFirst", restartPolicy: "Always", schedulerName: "default-scheduler" })(o);
      pointers({ securityContext: empty, terminationGracePeriodSeconds: 30 })(o);
    },
    "core.v1.Container": container,
    "core.v1.EphemeralContainer": container,
    "core.v1.ContainerPort": tcp,
    "core.v1.ObjectFieldSelector": values({ apiVersion: "v1" }),
    "core.v1.FileKeySelector": pointers({ optional: false }),
    "core.v1.Probe": values({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
    "core.v1.HTTPGetAction": values({ path: "/", scheme: "HTTP" }),
    "core.v1.GRPCAction": pointers({ service: "" }),
    "core.v1.Volume": volume,
    "core.v1.HostPathVolumeSource": pointers({ type: "" }),
    "core.v1.SecretVolumeSource": pointers(MODE),
    "core.v1.ConfigMapVolumeSource": pointers(MODE),
    "core.v1.DownwardAPIVolumeSource": pointers(MODE),
    "core.v1.ProjectedVolumeSource": pointers(MODE),
    "core.v1.ServiceAccountTokenProjection": pointers({ expirationSeconds: 3600 }),
    "core.v1.ISCSIVolumeSource": values({ iscsiInterface: "default" }),
    "core.v1.ISCSIPersistentVolumeSource": values({ iscsiInterface: "default" }),
    "core.v1.RBDVolumeSource": values({ pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
    "core.v1.RBDPersistentVolumeSource": values({ pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
    "core.v1.AzureDiskVolumeSource": pointers({ cachingMode: "ReadWrite", fsType: "ext4", readOnly: false, kind: "Shared" }),
    "core.v1.ScaleIOVolumeSource": values({ storageMode: "ThinProvisioned", fsType: "xfs" }),
    "core.v1.ScaleIOPersistentVolumeSource": values({ storageMode: "ThinProvisioned", fsType: "xfs" }),
  },
};
