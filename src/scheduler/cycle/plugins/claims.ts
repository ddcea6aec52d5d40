import type { KubeObject } from "../../../kube/meta/index.js";
import type { Cluster } from "../cluster.js";
import type { PodInfo } from "../pod-info.js";
import type { Labels, NodeSelectorShape, ResourceList, SelectorShape } from "../shapes.js";

/** What volume plugins read of claims, volumes and classes. */
export interface ClaimShape {
  readonly spec: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly accessModes?: readonly string[];
    readonly volumeMode?: string;
    readonly resources?: { readonly requests?: ResourceList };
    readonly selector?: SelectorShape;
  };
  readonly status?: { readonly phase?: string };
}
export interface VolumeObjectShape {
  readonly spec: {
    readonly capacity?: ResourceList;
    readonly accessModes?: readonly string[];
    readonly volumeMode?: string;
    readonly storageClassName?: string;
    readonly nodeAffinity?: { readonly required?: NodeSelectorShape };
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
    readonly csi?: { readonly driver: string; readonly volumeHandle: string };
  };
  readonly status?: { readonly phase?: string };
}
export interface ClassShape {
  readonly provisioner: string;
  readonly volumeBindingMode?: string;
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
  }[];
}
export interface CsiNodeShape {
  readonly spec?: { readonly drivers?: readonly { readonly name: string; readonly allocatable?: { readonly count?: number } }[] };
}
export type Claim = KubeObject & ClaimShape;
export type Volume = KubeObject & VolumeObjectShape;

export const asClaim = (object: KubeObject | undefined): Claim | undefined => object as Claim | undefined;
export const asVolume = (object: KubeObject | undefined): Volume | undefined => object as Volume | undefined;
export const asClass = (object: KubeObject | undefined): (KubeObject & ClassShape) | undefined =>
  object as (KubeObject & ClassShape) | undefined;

/** A pod's use of a claim; `isOwn`: made for this pod by its ephemeral volume. */
export interface ClaimUse {
  readonly name: string;
  readonly isOwn: boolean;
}
export function claimsOf(pod: PodInfo): readonly ClaimUse[] {
  const uses: ClaimUse[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) uses.push({ name: volume.persistentVolumeClaim.claimName, isOwn: false });
    else if (volume.ephemeral) uses.push({ name: `${pod.name}-${volume.name}`, isOwn: true });
  }
  return uses;
}
export const claimObjects = (pod: PodInfo, cluster: Cluster): readonly Claim[] =>
  claimsOf(pod)
    .map(({ name }) => asClaim(cluster.objects.claim(pod.namespace, name)))
    .filter((c): c is Claim => c !== undefined);

const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
export const isBound = (claim: Claim): boolean =>
  (claim.spec.volumeName ?? "") !== "" && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;

/** One of the class's allowed topologies is the node's; none named: any is. */
export function isAllowed(allowed: ClassShape["allowedTopologies"], labels: Labels): boolean {
  if (allowed === undefined || allowed.length === 0) return true;
  return allowed.some((t) => (t.matchLabelExpressions ?? []).every((e) => e.values.includes(labels[e.key] ?? "\0")));
}
