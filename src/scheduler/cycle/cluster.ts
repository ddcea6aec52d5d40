import type { KubeObject, LabelSelector } from "../../kube/meta/index.js";
import { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import type { BudgetShape, Labels } from "./shapes.js";

/** What plugins may read besides nodes and pods. Objects are the API's. */
export interface ClusterObjects {
  namespaceLabels(name: string): Labels;
  claim(namespace: string, name: string): KubeObject | undefined;
  volume(name: string): KubeObject | undefined;
  volumes(): Iterable<KubeObject>;
  storageClass(name: string): KubeObject | undefined;
  csiNode(name: string): KubeObject | undefined;
  budgets(): Iterable<KubeObject & BudgetShape>;
  /** What selects this pod: services, replica sets and the like together; undefined: nothing does. */
  ownersSelector(pod: PodInfo): LabelSelector | undefined;
}

const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
const NO_PODS: readonly PodInfo[] = [];

/** Everything that a scheduling cycle looks at: nodes with their pods, assumed ones too. One writer, read synchronously. */
export class Cluster {
  readonly objects: ClusterObjects;
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #nominated = new Map<string, Map<string, PodInfo>>();
  readonly #withAffinity = new Set<NodeInfo>();
  readonly #withRequiredAntiAffinity = new Set<NodeInfo>();
  /** How many nodes have an image, by its name. */
  readonly #images = new Map<string, number>();
  #order: readonly NodeInfo[] | undefined;
  constructor(objects: ClusterObjects) {
    this.objects = objects;
  }

  /** Zone by zone in turn, so that the first nodes of a search are spread. */
  get nodes(): readonly NodeInfo[] {
    this.#order ??= inTurn([...this.#nodes.values()].filter((n) => n.object !== undefined));
    return this.#order;
  }
  node(name: string): NodeInfo | undefined {
    const node = this.#nodes.get(name);
    return node?.object === undefined ? undefined : node;
  }
  get withAffinity(): Iterable<NodeInfo> {
    return known(this.#withAffinity);
  }
  get withRequiredAntiAffinity(): Iterable<NodeInfo> {
    return known(this.#withRequiredAntiAffinity);
  }
  nodesWithImage(name: string): number {
    return this.#images.get(name) ?? 0;
  }

  setNode(object: KubeObject): void {
    const node = this.#of(object.metadata.name ?? "");
    const moved = node.object === undefined || zoneOf(node.labels) !== zoneOf(object.metadata.labels ?? {});
    this.#countImages(node, -1);
    node.setNode(object);
    this.#countImages(node, 1);
    if (moved) this.#order = undefined;
  }
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (!node) return;
    this.#countImages(node, -1);
    node.setNode(undefined);
    this.#order = undefined;
    this.#forgetEmpty(node);
  }
  #countImages(node: NodeInfo, by: 1 | -1): void {
    for (const name of node.images.keys()) this.#images.set(name, this.nodesWithImage(name) + by);
  }

  /** Pods may come before their node does. */
  addPod(pod: PodInfo, nodeName: string): void {
    const node = this.#of(nodeName);
    node.addPod(pod);
    this.#list(node);
  }
  removePod(uid: string, nodeName: string): void {
    const node = this.#nodes.get(nodeName);
    if (!node?.removePod(uid)) return;
    this.#list(node);
    this.#forgetEmpty(node);
  }
  #of(name: string): NodeInfo {
    const node = this.#nodes.get(name) ?? new NodeInfo(name);
    this.#nodes.set(name, node);
    return node;
  }
  #list(node: NodeInfo): void {
    keep(this.#withAffinity, node, node.withAffinity.size > 0);
    keep(this.#withRequiredAntiAffinity, node, node.withRequiredAntiAffinity.size > 0);
  }
  #forgetEmpty(node: NodeInfo): void {
    if (node.object === undefined && node.pods.size === 0) this.#nodes.delete(node.name);
  }

  /** Pods that wait for a node to become free for them count as if they were there for whoever is not more important. */
  nominate(pod: PodInfo, nodeName: string): void {
    this.denominate(pod.uid);
    const pods = this.#nominated.get(nodeName) ?? new Map<string, PodInfo>();
    this.#nominated.set(nodeName, pods.set(pod.uid, pod));
  }
  denominate(uid: string): void {
    for (const [name, pods] of this.#nominated) if (pods.delete(uid) && pods.size === 0) this.#nominated.delete(name);
  }
  get hasNominated(): boolean {
    return this.#nominated.size > 0;
  }
  nominatedTo(nodeName: string): Iterable<PodInfo> {
    return this.#nominated.get(nodeName)?.values() ?? NO_PODS;
  }
}

function keep(set: Set<NodeInfo>, node: NodeInfo, isIn: boolean): void {
  if (isIn) set.add(node);
  else set.delete(node);
}
function* known(nodes: Iterable<NodeInfo>): Iterable<NodeInfo> {
  for (const node of nodes) if (node.object !== undefined) yield node;
}
const zoneOf = (labels: Labels): string => `${labels[REGION] ?? ""}\0${labels[ZONE] ?? ""}`;

function inTurn(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zones.get(zoneOf(node.labels));
    if (zone) zone.push(node);
    else zones.set(zoneOf(node.labels), [node]);
  }
  const all = [...zones.values()];
  const ordered: NodeInfo[] = [];
  for (let i = 0; ordered.length < nodes.length; i++) for (const zone of all) if (i < zone.length) ordered.push(zone[i] as NodeInfo);
  return ordered;
}
