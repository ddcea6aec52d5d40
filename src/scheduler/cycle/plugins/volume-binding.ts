import { matchesLabels } from "../../../kube/meta/index.js";
import { wholeOf } from "../amounts.js";
import type { Cluster } from "../cluster.js";
import type { NodeInfo } from "../node-info.js";
import { termsMatch } from "../node-selector.js";
import { type PodInfo, selectorOf } from "../pod-info.js";
import type { BeforeBinding, CyclePlugin, FilterStage, Rejection } from "../types.js";
import { asClaim, asClass, asVolume, type Claim, claimsOf, isAllowed, isBound, type Volume } from "./claims.js";

const NAME = "VolumeBinding";
const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** A class of volumes that people make by hand. */
const NO_PROVISIONER = "kubernetes.io/no-provisioner";
const rejected = (...reasons: string[]): Rejection => ({ plugin: NAME, canPreempt: false, reasons });

interface Claims {
  readonly bound: readonly Claim[];
  /** They wait for a pod to say where they are wanted. */
  readonly waiting: readonly Claim[];
}

/** Sorts a pod's claims, or says why it cannot have them anywhere. undefined: it has none. */
function claimsFor(pod: PodInfo, cluster: Cluster): Claims | Rejection | undefined {
  const uses = claimsOf(pod);
  if (uses.length === 0) return undefined;
  const [bound, waiting]: [Claim[], Claim[]] = [[], []];
  let hasUnbound = false;
  for (const { name, isOwn } of uses) {
    const claim = asClaim(cluster.objects.claim(pod.namespace, name));
    const why = whyUnusable(pod, claim, name, isOwn);
    if (claim === undefined || why !== undefined) return rejected(why ?? "");
    if (isBound(claim)) bound.push(claim);
    else if (waitsForPod(claim, cluster)) waiting.push(claim);
    else hasUnbound = true;
  }
  return hasUnbound ? rejected("pod has unbound immediate PersistentVolumeClaims") : { bound, waiting };
}
function whyUnusable(pod: PodInfo, claim: Claim | undefined, name: string, isOwn: boolean): string | undefined {
  if (claim === undefined)
    return isOwn
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      : `persistentvolumeclaim "${name}" not found`;
  if (claim.status?.phase === "Lost")
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ""}"`;
  if (typeof claim.metadata.deletionTimestamp === "string") return `persistentvolumeclaim "${name}" is being deleted`;
  if (isOwn && !(claim.metadata.ownerReferences ?? []).some((o) => o.controller === true && o.uid === pod.uid))
    return `PVC ${pod.namespace}/${name} was not created for pod ${pod.namespace}/${pod.name} (pod is not owner)`;
  return undefined;
}
const waitsForPod = (claim: Claim, cluster: Cluster): boolean =>
  (claim.spec.volumeName ?? "") === "" &&
  asClass(cluster.objects.storageClass(claim.spec.storageClassName ?? ""))?.volumeBindingMode === "WaitForFirstConsumer";

const isNear = (volume: Volume, node: NodeInfo): boolean => {
  const required = volume.spec.nodeAffinity?.required;
  return required === undefined || termsMatch(required.nodeSelectorTerms, node);
};

function boundRejection(claims: readonly Claim[], node: NodeInfo, cluster: Cluster): string | undefined {
  for (const claim of claims) {
    const volume = asVolume(cluster.objects.volume(claim.spec.volumeName ?? ""));
    if (volume === undefined) return "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
    if (!isNear(volume, node)) return "node(s) didn't match PersistentVolume's node affinity";
  }
  return undefined;
}

function suits(volume: Volume, claim: Claim, node: NodeInfo): boolean {
  const { claimRef } = volume.spec;
  const isFree = claimRef === undefined && (volume.status?.phase ?? "Available") === "Available";
  const isReserved = claimRef?.name === claim.metadata.name && claimRef?.namespace === claim.metadata.namespace;
  const selector = claim.spec.selector === undefined ? [] : selectorOf(claim.spec.selector);
  return (
    (isFree || isReserved) &&
    typeof volume.metadata.deletionTimestamp !== "string" &&
    (volume.spec.storageClassName ?? "") === (claim.spec.storageClassName ?? "") &&
    (volume.spec.volumeMode ?? "Filesystem") === (claim.spec.volumeMode ?? "Filesystem") &&
    (claim.spec.accessModes ?? []).every((mode) => (volume.spec.accessModes ?? []).includes(mode)) &&
    bytesOf(volume.spec.capacity?.["storage"]) >= bytesOf(claim.spec.resources?.requests?.["storage"]) &&
    selector !== undefined &&
    matchesLabels(selector, volume.metadata.labels) &&
    isNear(volume, node)
  );
}
const bytesOf = (text: string | undefined): number => wholeOf(text ?? "0");

/** The smallest volume that will do. */
function smallest(claim: Claim, node: NodeInfo, volumes: readonly Volume[], taken: ReadonlySet<string>): Volume | undefined {
  let best: Volume | undefined;
  for (const volume of volumes) {
    if (taken.has(volume.metadata.name ?? "") || !suits(volume, claim, node)) continue;
    if (best === undefined || bytesOf(volume.spec.capacity?.["storage"]) < bytesOf(best.spec.capacity?.["storage"])) best = volume;
  }
  return best;
}

/** What must be done for waiting claims if the pod goes to this node; undefined: it cannot. */
function plan(
  claims: readonly Claim[],
  node: NodeInfo,
  volumes: readonly Volume[],
  cluster: Cluster,
): readonly BeforeBinding[] | undefined {
  const steps: BeforeBinding[] = [];
  const taken = new Set<string>();
  for (const claim of claims) {
    const [namespace, name] = [claim.metadata.namespace ?? "", claim.metadata.name ?? ""];
    const selected = claim.metadata.annotations?.[SELECTED_NODE] ?? "";
    if (selected !== "" && selected !== node.name) return undefined;
    const volume = selected === "" ? smallest(claim, node, volumes, taken) : undefined;
    if (volume) {
      taken.add(volume.metadata.name ?? "");
      steps.push({ kind: "bindVolume", volume: volume.metadata.name ?? "", namespace, claim: name });
      continue;
    }
    const cls = asClass(cluster.objects.storageClass(claim.spec.storageClassName ?? ""));
    if (cls === undefined || cls.provisioner === NO_PROVISIONER || !isAllowed(cls.allowedTopologies, node.labels)) return undefined;
    steps.push({ kind: "provision", namespace, claim: name, node: node.name });
  }
  return steps;
}

function startFilter(pod: PodInfo, cluster: Cluster): FilterStage | Rejection | undefined {
  const claims = claimsFor(pod, cluster);
  if (claims === undefined || "reasons" in claims) return claims;
  const volumes = claims.waiting.length === 0 ? [] : ([...cluster.objects.volumes()] as Volume[]);
  return {
    filter: (node) => {
      const reasons: string[] = [];
      const bound = boundRejection(claims.bound, node, cluster);
      if (bound !== undefined) reasons.push(bound);
      if (plan(claims.waiting, node, volumes, cluster) === undefined)
        reasons.push("node(s) didn't find available persistent volumes to bind");
      return reasons.length === 0 ? undefined : rejected(...reasons);
    },
    isStatic: true,
    beforeBinding: (node) => plan(claims.waiting, node, volumes, cluster) ?? [],
  };
}
export const volumeBinding: CyclePlugin = { name: NAME, startFilter };
