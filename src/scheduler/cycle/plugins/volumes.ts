import type { Cluster } from "../cluster.js";
import type { NodeInfo } from "../node-info.js";
import type { PodInfo } from "../pod-info.js";
import type { VolumeShape } from "../shapes.js";
import type { CyclePlugin, FilterStage, Rejection } from "../types.js";
import { asClass, asVolume, type Claim, type CsiNodeShape, claimObjects } from "./claims.js";

const reject = (plugin: string, canPreempt: boolean, reason: string): Rejection => ({ plugin, canPreempt, reasons: [reason] });

const DISK_TAKEN = reject("VolumeRestrictions", true, "node(s) had no available disk");
const CLAIM_TAKEN = reject(
  "VolumeRestrictions",
  true,
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
);

/** Kinds of disks that one machine mounts once, what names one, and whether all may read it. */
const DISKS: readonly { readonly source: string; readonly id: (v: Disk) => string; readonly sharedForReading: boolean }[] = [
  { source: "gcePersistentDisk", id: (v) => v.pdName ?? "", sharedForReading: true },
  { source: "awsElasticBlockStore", id: (v) => v.volumeID ?? "", sharedForReading: false },
  { source: "iscsi", id: (v) => v.iqn ?? "", sharedForReading: true },
  { source: "rbd", id: (v) => `${(v.monitors ?? []).join(",")} ${v.pool ?? ""} ${v.image ?? ""}`, sharedForReading: true },
];
interface Disk {
  readonly pdName?: string;
  readonly volumeID?: string;
  readonly iqn?: string;
  readonly monitors?: readonly string[];
  readonly pool?: string;
  readonly image?: string;
  readonly readOnly?: boolean;
}
const isDisk = (volume: VolumeShape): boolean => DISKS.some(({ source }) => volume[source] !== undefined);
function conflict(a: VolumeShape, b: VolumeShape): boolean {
  return DISKS.some(({ source, id, sharedForReading }) => {
    const [x, y] = [a[source] as Disk | undefined, b[source] as Disk | undefined];
    if (!x || !y || id(x) !== id(y)) return false;
    return !(sharedForReading && x.readOnly === true && y.readOnly === true);
  });
}

const exclusive = (claims: readonly Claim[]): readonly string[] =>
  claims.filter((c) => (c.spec.accessModes ?? []).includes("ReadWriteOncePod")).map((c) => c.metadata.name ?? "");
const usesOf = (pod: PodInfo, names: readonly string[]): number =>
  (pod.spec.volumes ?? []).filter((v) => v.persistentVolumeClaim && names.includes(v.persistentVolumeClaim.claimName)).length;

function restrictions(pod: PodInfo, names: readonly string[], disks: readonly VolumeShape[], inUse: number): FilterStage {
  let uses = inUse;
  const used = (other: PodInfo): number => (other.namespace === pod.namespace ? usesOf(other, names) : 0);
  return {
    filter: (node) => {
      if (disks.length > 0)
        for (const other of node.pods.values())
          if ((other.spec.volumes ?? []).some((v) => disks.some((d) => conflict(d, v)))) return DISK_TAKEN;
      return uses > 0 ? CLAIM_TAKEN : undefined;
    },
    addPod: (other) => {
      uses += used(other);
    },
    removePod: (other) => {
      uses -= used(other);
    },
    copy: () => restrictions(pod, names, disks, uses),
  };
}
export const volumeRestrictions: CyclePlugin = {
  name: "VolumeRestrictions",
  startFilter: (pod, cluster) => {
    const disks = (pod.spec.volumes ?? []).filter(isDisk);
    const names = exclusive(claimObjects(pod, cluster));
    if (disks.length === 0 && names.length === 0) return undefined;
    let inUse = 0;
    if (names.length > 0)
      for (const node of cluster.nodes)
        for (const other of node.pods.values()) if (other.namespace === pod.namespace) inUse += usesOf(other, names);
    return restrictions(pod, names, disks, inUse);
  },
};

/** The CSI driver and the volume of each claim; one that is not bound yet counts for itself. */
function attachments(pod: PodInfo, cluster: Cluster): Map<string, string> {
  const found = new Map<string, string>();
  for (const claim of claimObjects(pod, cluster)) {
    const volume = asVolume(cluster.objects.volume(claim.spec.volumeName ?? ""));
    const csi = volume?.spec.csi;
    if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    else if (volume === undefined) {
      const driver = asClass(cluster.objects.storageClass(claim.spec.storageClassName ?? ""))?.provisioner;
      if (driver !== undefined) found.set(`${driver}/${claim.metadata.namespace}/${claim.metadata.name}`, driver);
    }
  }
  return found;
}
const TOO_MANY = reject("NodeVolumeLimits", true, "node(s) exceed max volume count");
export const nodeVolumeLimits: CyclePlugin = {
  name: "NodeVolumeLimits",
  startFilter: (pod, cluster) => {
    const wanted = attachments(pod, cluster);
    return wanted.size === 0 ? undefined : { filter: (node) => (hasRoom(node, wanted, cluster) ? undefined : TOO_MANY) };
  },
};
function hasRoom(node: NodeInfo, wanted: ReadonlyMap<string, string>, cluster: Cluster): boolean {
  const drivers = (cluster.objects.csiNode(node.name) as CsiNodeShape | undefined)?.spec?.drivers ?? [];
  const limits = new Map(drivers.flatMap((d) => (d.allocatable?.count === undefined ? [] : [[d.name, d.allocatable.count] as const])));
  if (limits.size === 0) return true;
  const attached = new Map(wanted);
  for (const pod of node.pods.values()) for (const [volume, driver] of attachments(pod, cluster)) attached.set(volume, driver);
  const counts = new Map<string, number>();
  for (const driver of attached.values()) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return [...new Set(wanted.values())].every((driver) => (counts.get(driver) ?? 0) <= (limits.get(driver) ?? Number.POSITIVE_INFINITY));
}

/** Labels of volumes that say where they can be reached; several values are joined by "__". */
const PLACES = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];
const current = (key: string): string => key.replace("failure-domain.beta.kubernetes.io", "topology.kubernetes.io");
const NO_ZONE = reject("VolumeZone", false, "node(s) had no available volume zone");
export const volumeZone: CyclePlugin = {
  name: "VolumeZone",
  startFilter: (pod, cluster) => {
    const places: { key: string; values: ReadonlySet<string> }[] = [];
    for (const claim of claimObjects(pod, cluster)) {
      const labels = cluster.objects.volume(claim.spec.volumeName ?? "")?.metadata.labels ?? {};
      for (const key of PLACES) if (labels[key] !== undefined) places.push({ key, values: new Set(labels[key].split("__")) });
    }
    if (places.length === 0) return undefined;
    return {
      isStatic: true,
      filter: (node) => {
        // A cluster of a single zone need not say which.
        if (!PLACES.some((key) => node.labels[key] !== undefined)) return undefined;
        const isThere = places.every(({ key, values }) => values.has(node.labels[key] ?? node.labels[current(key)] ?? "\0"));
        return isThere ? undefined : NO_ZONE;
      },
    };
  },
};
