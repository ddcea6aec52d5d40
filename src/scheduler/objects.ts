import { type ApiObject, controllerOf, type InformerFactory, type Lister, RESOURCES } from "../kube/client/index.js";
import type { KubeObject, LabelSelector } from "../kube/meta/index.js";
import { type BudgetShape, type ClusterObjects, type Labels, type PodInfo, selectorOf } from "./cycle/index.js";

export const asKube = (object: ApiObject): KubeObject => object as unknown as KubeObject;
const found = (object: ApiObject | undefined): KubeObject | undefined => (object === undefined ? undefined : asKube(object));
const NO_LABELS: Labels = {};

/** What storage plugins read; a change of any of them may let a pod go. */
export const STORAGE = [
  RESOURCES.persistentVolumeClaims,
  RESOURCES.persistentVolumes,
  RESOURCES.storageClasses,
  RESOURCES.csiNodes,
] as const;

/** Owners whose selector spreads their pods, by kind. */
const OWNERS = {
  ReplicationController: RESOURCES.replicationControllers,
  ReplicaSet: RESOURCES.replicaSets,
  StatefulSet: RESOURCES.statefulSets,
} as const;
type OwnerKind = keyof typeof OWNERS;

/** The objects that plugins read, from informers. */
export function clusterObjects(informers: InformerFactory): ClusterObjects {
  const lister = (of: Parameters<InformerFactory["of"]>[0]): Lister<ApiObject> => informers.of(of).lister;
  const namespaces = lister(RESOURCES.namespaces);
  const claims = lister(RESOURCES.persistentVolumeClaims);
  const volumes = lister(RESOURCES.persistentVolumes);
  const classes = lister(RESOURCES.storageClasses);
  const csiNodes = lister(RESOURCES.csiNodes);
  const budgets = lister(RESOURCES.podDisruptionBudgets);
  const selectorFor = ownersSelectors(informers);
  return {
    namespaceLabels: (name) => namespaces.get(name)?.metadata.labels ?? NO_LABELS,
    claim: (namespace, name) => found(claims.get(`${namespace}/${name}`)),
    volume: (name) => found(volumes.get(name)),
    volumes: () => volumes.list().map(asKube),
    storageClass: (name) => found(classes.get(name)),
    csiNode: (name) => found(csiNodes.get(name)),
    budgets: () => budgets.list().map((b) => asKube(b) as KubeObject & BudgetShape),
    ownersSelector: selectorFor,
  };
}

/** Services that select the pod, and the selector of what made it, all together. */
function ownersSelectors(informers: InformerFactory): (pod: PodInfo) => LabelSelector | undefined {
  const services = informers.of<ApiObject & { readonly spec?: { readonly selector?: Labels } }>(RESOURCES.services).lister;
  const owners = new Map(Object.entries(OWNERS).map(([kind, of]) => [kind, informers.of(of).lister]));
  return (pod) => {
    const requirements = new Map<string, LabelSelector[number]>();
    const add = (selector: LabelSelector): void => {
      for (const r of selector) requirements.set(JSON.stringify(r), r);
    };
    for (const service of services.inNamespace(pod.namespace)) {
      const selector = service.spec?.selector ?? NO_LABELS;
      const pairs = Object.entries(selector);
      if (pairs.length > 0 && pairs.every(([key, value]) => pod.labels[key] === value)) add(equalities(selector));
    }
    const owner = controllerOf(pod.object as unknown as ApiObject);
    const object = owner && owners.get(owner.kind)?.get(`${pod.namespace}/${owner.name}`);
    if (owner && object?.metadata.uid === owner.uid) add(ownSelector(owner.kind as OwnerKind, object));
    return requirements.size === 0 ? undefined : [...requirements.values()];
  };
}
const equalities = (labels: Labels): LabelSelector =>
  Object.entries(labels).map(([key, value]) => ({ key, operator: "=", values: [value] }));
function ownSelector(kind: OwnerKind, object: ApiObject): LabelSelector {
  const { spec = {} } = object as ApiObject & { readonly spec?: { readonly selector?: Labels } };
  return kind === "ReplicationController" ? equalities(spec.selector ?? NO_LABELS) : (selectorOf(spec.selector as never) ?? []);
}
