import { equalJson, type Json, type KubeObject } from "../kube/meta/index.js";
import { fits, isTolerated, NodeInfo, type NodeShape, type PodInfo, type TaintShape } from "./cycle/index.js";

/** Something that happened in the cluster and may let a waiting pod go somewhere. */
export type ClusterEvent =
  /** Of pods that have a node; `freed`: less is asked for than before. */
  | { readonly kind: "podAdded" | "podChanged" | "podGone"; readonly pod: PodInfo; readonly freed: boolean }
  | { readonly kind: "nodeAdded"; readonly node: KubeObject }
  | { readonly kind: "nodeChanged"; readonly node: KubeObject; readonly aspects: ReadonlySet<NodeAspect> }
  | { readonly kind: "nodeGone" }
  | { readonly kind: "storage" }
  | { readonly kind: "namespace" }
  /** Anything may be possible now: a binding failed, a plugin of somebody's own asks. */
  | { readonly kind: "any" };
export type NodeAspect = "labels" | "taints" | "allocatable";

type Hint = (event: ClusterEvent, pod: PodInfo) => boolean;

const node = (event: ClusterEvent, ...aspects: readonly NodeAspect[]): KubeObject | undefined => {
  if (event.kind === "nodeAdded") return event.node;
  return event.kind === "nodeChanged" && aspects.some((a) => event.aspects.has(a)) ? event.node : undefined;
};
const CORDONED: TaintShape = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const specOf = (object: KubeObject): NonNullable<NodeShape["spec"]> => (object as unknown as NodeShape).spec ?? {};

/** Read once for all pods that wait. */
const empty = new WeakMap<KubeObject, NodeInfo>();
function fitsWhenEmpty(object: KubeObject, pod: PodInfo): boolean {
  const info = empty.get(object) ?? new NodeInfo(object.metadata.name ?? "");
  if (info.object === undefined) {
    info.setNode(object);
    empty.set(object, info);
  }
  return fits(pod, info) === undefined;
}
function selects(object: KubeObject, pod: PodInfo): boolean {
  const { name = "", labels = {} } = object.metadata;
  return pod.requiredNodes === undefined || pod.requiredNodes({ name, labels });
}
const isPodEvent = (event: ClusterEvent): event is Extract<ClusterEvent, { pod: PodInfo }> => "pod" in event;
const storageOrNode: Hint = (event) => event.kind === "storage" || node(event, "labels") !== undefined;

/** By plugin: which events can change its mind about this pod. Too generous costs a cycle, too strict leaves a pod waiting for minutes. */
const HINTS: Readonly<Record<string, Hint>> = {
  NodeUnschedulable: (event, pod) => {
    const changed = node(event, "taints");
    return changed !== undefined && (specOf(changed).unschedulable !== true || isTolerated(CORDONED, pod.spec.tolerations ?? []));
  },
  NodeName: (event, pod) => node(event)?.metadata.name === pod.spec.nodeName,
  TaintToleration: (event, pod) => {
    const changed = node(event, "taints");
    return (
      changed !== undefined &&
      (specOf(changed).taints ?? []).every((t) => t.effect === "PreferNoSchedule" || isTolerated(t, pod.spec.tolerations ?? []))
    );
  },
  NodeAffinity: (event, pod) => {
    const changed = node(event, "labels");
    return changed !== undefined && selects(changed, pod);
  },
  NodePorts: (event) => (event.kind === "podGone" && event.pod.ports.length > 0) || node(event) !== undefined,
  NodeResourcesFit: (event, pod) => {
    if (isPodEvent(event)) return event.freed;
    const changed = node(event, "allocatable");
    return changed !== undefined && fitsWhenEmpty(changed, pod);
  },
  VolumeRestrictions: (event) => event.kind === "podGone" || storageOrNode(event, {} as PodInfo),
  NodeVolumeLimits: (event) => event.kind === "podGone" || storageOrNode(event, {} as PodInfo),
  VolumeBinding: storageOrNode,
  VolumeZone: storageOrNode,
  PodTopologySpread: (event, pod) =>
    isPodEvent(event) ? event.pod.namespace === pod.namespace : event.kind === "nodeGone" || node(event, "labels", "taints") !== undefined,
  InterPodAffinity: (event) => isPodEvent(event) || event.kind === "namespace" || node(event, "labels") !== undefined,
};

/** Whether a pod that these plugins refused is worth another try after the event. */
export function mayHelp(event: ClusterEvent, pod: PodInfo, rejectedBy: ReadonlySet<string>): boolean {
  if (event.kind === "any") return true;
  for (const plugin of rejectedBy) {
    const hint = HINTS[plugin];
    // A plugin of somebody's own: everything concerns it.
    if (hint === undefined || hint(event, pod)) return true;
  }
  return false;
}

/** What changed about a node that plugins look at. */
export function aspectsOf(old: KubeObject, now: KubeObject): ReadonlySet<NodeAspect> {
  const aspects = new Set<NodeAspect>();
  const [was, is] = [old as unknown as NodeShape, now as unknown as NodeShape];
  const differ = (a: unknown, b: unknown): boolean => !equalJson((a ?? null) as Json, (b ?? null) as Json);
  if (differ(old.metadata.labels, now.metadata.labels)) aspects.add("labels");
  if (differ(was.spec?.taints, is.spec?.taints) || differ(was.spec?.unschedulable, is.spec?.unschedulable)) aspects.add("taints");
  if (differ(was.status?.allocatable, is.status?.allocatable)) aspects.add("allocatable");
  return aspects;
}
