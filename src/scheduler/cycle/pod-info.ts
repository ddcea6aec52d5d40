import { fromLabelSelector, type JsonObject, type KubeObject, type LabelSelector, matchesLabels } from "../../kube/meta/index.js";
import { requiredNodes, type Selectable } from "./node-selector.js";
import { type Requests, requestsOf } from "./requests.js";
import {
  type ContainerShape,
  type Labels,
  type PodAffinityShape,
  type PodAffinityTermShape,
  type PodSpecShape,
  type PodStatusShape,
  podSpec,
  podStatus,
  type SelectorShape,
  type SpreadShape,
} from "./shapes.js";

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}
export interface AffinityTerm {
  /** The same for all terms that say the same. */
  readonly key: string;
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: LabelSelector | undefined;
  /** undefined selects nothing. */
  readonly selector: LabelSelector | undefined;
}
export interface WeightedTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}
export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly isHard: boolean;
  readonly selector: LabelSelector | undefined;
  readonly minDomains: number;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

/** A pod as the scheduling cycle sees it: read once, when it comes or changes. */
export interface PodInfo {
  readonly object: KubeObject;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly spec: PodSpecShape;
  readonly status: PodStatusShape;
  readonly priority: number;
  readonly isTerminating: boolean;
  readonly requests: Requests;
  readonly ports: readonly HostPort[];
  readonly requiredNodes: ((node: Selectable) => boolean) | undefined;
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
  readonly spread: readonly SpreadConstraint[];
  readonly images: readonly string[];
  readonly containers: number;
}

export function podInfo(object: KubeObject): PodInfo {
  const { metadata } = object;
  const [spec, status] = [podSpec(object), podStatus(object)];
  const namespace = metadata.namespace ?? "";
  const labels = metadata.labels ?? {};
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return {
    object,
    uid: metadata.uid ?? "",
    namespace,
    name: metadata.name ?? "",
    labels,
    spec,
    status,
    priority: spec.priority ?? 0,
    isTerminating: typeof metadata.deletionTimestamp === "string",
    requests: requestsOf(spec, status),
    ports: portsOf(spec),
    requiredNodes: requiredNodes(spec),
    affinity: required(podAffinity, namespace),
    antiAffinity: required(podAntiAffinity, namespace),
    preferredAffinity: preferred(podAffinity, namespace),
    preferredAntiAffinity: preferred(podAntiAffinity, namespace),
    spread: spec.topologySpreadConstraints?.map((c) => spreadConstraint(c, labels)) ?? NONE,
    images: imagesOf(spec),
    containers: (spec.initContainers ?? NONE).length + (spec.containers ?? NONE).length,
  };
}
/** A pod says nothing about most things: nothing is made for that. */
const NONE: readonly never[] = [];
export const keyOf = (pod: PodInfo): string => `${pod.namespace}/${pod.name}`;
/** Nobody runs any more in a pod that is over: it occupies nothing. */
export const isOver = (pod: PodInfo): boolean => pod.status.phase === "Succeeded" || pod.status.phase === "Failed";

/** The more important first; of equal priority the one that runs longer. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const [since, than] = [a.status.startTime ?? "~", b.status.startTime ?? "~"];
  return since < than ? -1 : since > than ? 1 : 0;
}

/** Names of resources that its containers ask for or are limited to. */
export function resourcesNamed({ spec }: PodInfo): ReadonlySet<string> {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return new Set(
    containers.flatMap(({ resources }) => [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})]),
  );
}

/** As nodes list them: a name without a tag means the latest. */
export const imageName = (name: string): string => (name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name);

function imagesOf({ initContainers = NONE, containers = NONE, volumes = NONE }: PodSpecShape): readonly string[] {
  const images: string[] = [];
  const add = (image: string | undefined): void => void (image && images.push(imageName(image)));
  for (const { image } of initContainers) add(image);
  for (const { image } of containers) add(image);
  for (const { image } of volumes) add(image?.reference);
  return images;
}
function portsOf({ containers = NONE, initContainers = NONE }: PodSpecShape): readonly HostPort[] {
  const ports: HostPort[] = [];
  const add = (container: ContainerShape): void => {
    for (const { hostPort = 0, hostIP = "", protocol = "TCP" } of container.ports ?? NONE)
      if (hostPort > 0) ports.push({ ip: hostIP === "" ? "0.0.0.0" : hostIP, protocol, port: hostPort });
  };
  for (const container of containers) add(container);
  // Others of these are over before the pod's containers start.
  for (const container of initContainers) if (container.restartPolicy === "Always") add(container);
  return ports.length === 0 ? NONE : ports;
}

export const selectorOf = (shape: SelectorShape | undefined): LabelSelector | undefined =>
  fromLabelSelector(shape as unknown as JsonObject | undefined);

function affinityTerm(shape: PodAffinityTermShape, own: string): AffinityTerm {
  const { topologyKey } = shape;
  const named = shape.namespaces ?? [];
  const namespaces = named.length === 0 && shape.namespaceSelector === undefined ? [own] : [...named].sort();
  const namespaceSelector = selectorOf(shape.namespaceSelector);
  const selector = selectorOf(shape.labelSelector);
  return {
    key: JSON.stringify([topologyKey, namespaces, namespaceSelector ?? null, selector ?? null]),
    topologyKey,
    namespaces: new Set(namespaces),
    namespaceSelector,
    selector,
  };
}
const required = (a: PodAffinityShape | undefined, own: string): readonly AffinityTerm[] =>
  a?.requiredDuringSchedulingIgnoredDuringExecution?.map((t) => affinityTerm(t, own)) ?? NONE;
const preferred = (a: PodAffinityShape | undefined, own: string): readonly WeightedTerm[] =>
  a?.preferredDuringSchedulingIgnoredDuringExecution?.map((t) => ({ weight: t.weight, term: affinityTerm(t.podAffinityTerm, own) })) ??
  NONE;

/** Whether a term means this pod. `labelsOf` gives a namespace's labels. */
export function termSelects(term: AffinityTerm, pod: PodInfo, labelsOf: (namespace: string) => Labels): boolean {
  if (term.selector === undefined) return false;
  const isNear =
    term.namespaces.has(pod.namespace) ||
    (term.namespaceSelector !== undefined && matchesLabels(term.namespaceSelector, labelsOf(pod.namespace)));
  return isNear && matchesLabels(term.selector, pod.labels);
}

function spreadConstraint(c: SpreadShape, labels: Labels): SpreadConstraint {
  const selector = selectorOf(c.labelSelector);
  const more = (c.matchLabelKeys ?? [])
    .filter((key) => labels[key] !== undefined)
    .map((key) => ({ key, operator: "=" as const, values: [labels[key] as string] }));
  return {
    maxSkew: c.maxSkew,
    topologyKey: c.topologyKey,
    isHard: c.whenUnsatisfiable === "DoNotSchedule",
    selector: selector && more.length > 0 ? [...selector, ...more] : selector,
    minDomains: c.minDomains ?? 1,
    honorsAffinity: (c.nodeAffinityPolicy ?? "Honor") === "Honor",
    honorsTaints: c.nodeTaintsPolicy === "Honor",
  };
}
