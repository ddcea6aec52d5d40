import type { KubeObject } from "../../../src/kube/meta/index.js";
import {
  Cluster,
  type ClusterObjects,
  type CycleOptions,
  DEFAULT_PLUGINS,
  type PodInfo,
  podInfo,
} from "../../../src/scheduler/cycle/index.js";

let uids = 0;
type Some = Readonly<Record<string, unknown>>;

/** A pod with one container that asks for `requests`. */
export function pod(name: string, more: { requests?: Some; labels?: Some; spec?: Some; status?: Some; meta?: Some } = {}): KubeObject {
  const { requests = {}, labels = {}, spec = {}, status = {}, meta = {} } = more;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: `uid-${++uids}`, labels, ...meta },
    spec: { containers: [{ name: "c", image: "i", resources: { requests } }], ...spec },
    status,
  } as unknown as KubeObject;
}
export function node(name: string, more: { allocatable?: Some; labels?: Some; spec?: Some; status?: Some } = {}): KubeObject {
  const { allocatable = {}, labels = {}, spec = {}, status = {} } = more;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    spec,
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "10Gi", ...allocatable }, ...status },
  } as unknown as KubeObject;
}

export interface World {
  readonly nodes: readonly KubeObject[];
  /** By node name. */
  readonly pods?: Readonly<Record<string, readonly KubeObject[]>>;
  readonly objects?: Partial<ClusterObjects>;
}
export function clusterOf({ nodes, pods = {}, objects = {} }: World): Cluster {
  const cluster = new Cluster({
    namespaceLabels: () => ({}),
    claim: () => undefined,
    volume: () => undefined,
    volumes: () => [],
    storageClass: () => undefined,
    csiNode: () => undefined,
    budgets: () => [],
    ownersSelector: () => undefined,
    ...objects,
  });
  for (const n of nodes) cluster.setNode(n);
  for (const [name, all] of Object.entries(pods)) for (const p of all) cluster.addPod(podInfo(p), name);
  return cluster;
}
export const OPTIONS: CycleOptions = { plugins: DEFAULT_PLUGINS, percentageOfNodes: 0, start: 0, below: () => 0 };
export const on = (cluster: Cluster, nodeName: string): readonly PodInfo[] => [...(cluster.node(nodeName)?.pods.values() ?? [])];
