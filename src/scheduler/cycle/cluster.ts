import type { KubeObject, LabelSelector } from "../../kube/meta/index.js";
import { Changes } from "./changes.js";
import { AllDryRuns } from "./dry-runs.js";
import { NodeInfo } from "./node-info.js";
import { NodeTable } from "./node-table.js";
import type { PodInfo } from "./pod-info.js";
import { Scratch } from "./scratch.js";
import type { BudgetShape, Labels } from "./shapes.js";
import { Tallies } from "./tally.js";
import { isSaying, TermIndex } from "./term-index.js";
import { Topologies } from "./topology.js";
import type { Rejection } from "./types.js";
import type { Candidate } from "./victims.js";

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

const NO_PODS: readonly PodInfo[] = [];

/**
 * Everything that a scheduling cycle looks at: nodes with their pods, assumed ones too. One writer, read synchronously. What cycles ask of
 * all nodes stands beside them as numbers and counts, kept up with each change.
 */
export class Cluster {
  readonly objects: ClusterObjects;
  readonly table = new NodeTable();
  readonly topologies = new Topologies((slot) => this.table.at(slot)?.labels);
  readonly terms: TermIndex;
  readonly tallies: Tallies;
  readonly dryRuns: AllDryRuns<Candidate | Rejection>;
  readonly scratch = new Scratch();
  readonly #changes = new Changes();
  readonly #nodes = new Map<string, NodeInfo>();
  /** By name of the node, which may not be known yet. */
  readonly #nominated = new Map<string, readonly PodInfo[]>();
  /** Node by uid of nominated pods. */
  readonly #nominations = new Map<string, string>();
  /** How many nodes have an image, by its name. */
  readonly #images = new Map<string, number>();
  #order: { readonly nodes: readonly NodeInfo[]; readonly slots: Int32Array } | undefined;
  constructor(objects: ClusterObjects) {
    this.objects = objects;
    this.terms = new TermIndex(this.topologies, (namespace) => objects.namespaceLabels(namespace));
    this.dryRuns = new AllDryRuns(this.#changes);
    this.tallies = new Tallies(this.table, this.topologies, this.#changes);
  }

  /** Zone by zone in turn, so that the first nodes of a search are spread. */
  get nodes(): readonly NodeInfo[] {
    return this.#ordered().nodes;
  }
  /** Their slots, in the same order. */
  get slots(): Int32Array {
    return this.#ordered().slots;
  }
  #ordered() {
    if (this.#order === undefined) {
      const nodes = inTurn([...this.#nodes.values()].filter((n) => n.object !== undefined));
      this.#order = { nodes, slots: Int32Array.from(nodes, (n) => n.slot) };
    }
    return this.#order;
  }
  node(name: string): NodeInfo | undefined {
    const node = this.#nodes.get(name);
    return node?.object === undefined ? undefined : node;
  }
  nodesWithImage(name: string): number {
    return this.#images.get(name) ?? 0;
  }

  setNode(object: KubeObject): void {
    const node = this.#of(object.metadata.name ?? "");
    const [wasThere, zone] = [node.object !== undefined, node.zone];
    this.#change(node, object);
    if (!wasThere || zone !== node.zone) this.#order = undefined;
  }
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (!node) return;
    this.#change(node, undefined);
    this.#order = undefined;
    this.#forgetEmpty(node);
  }
  #change(node: NodeInfo, object: KubeObject | undefined): void {
    this.#countImages(node, -1);
    this.#countTerms(node, -1);
    node.setNode(object);
    this.topologies.set(node.slot, node.labels);
    this.#countTerms(node, 1);
    this.#countImages(node, 1);
    this.table.writeNode(node);
    this.#changes.add(node.slot);
  }
  #countImages(node: NodeInfo, by: 1 | -1): void {
    for (const name of node.images.keys()) {
      const nodes = this.nodesWithImage(name) + by;
      if (nodes === 0) this.#images.delete(name);
      else this.#images.set(name, nodes);
    }
  }
  #countTerms(node: NodeInfo, by: 1 | -1): void {
    for (const pod of node.pods.values()) if (isSaying(pod)) this.terms.count(pod, node.slot, by);
  }

  /** Pods may come before their node does. */
  addPod(pod: PodInfo, nodeName: string): void {
    const node = this.#of(nodeName);
    node.addPod(pod);
    this.#moved(pod, node, 1);
  }
  removePod(uid: string, nodeName: string): void {
    const node = this.#nodes.get(nodeName);
    const pod = node?.removePod(uid);
    if (node === undefined || pod === undefined) return;
    this.#moved(pod, node, -1);
    this.#forgetEmpty(node);
  }
  #moved(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    this.table.writeUse(node);
    if (isSaying(pod)) this.terms.count(pod, node.slot, by);
    this.#changes.add(node.slot);
  }
  #of(name: string): NodeInfo {
    const known = this.#nodes.get(name);
    if (known) return known;
    const node = new NodeInfo(name);
    this.#nodes.set(name, node);
    this.table.add(node);
    this.topologies.grow(this.table.capacity);
    this.#writeNominated(node);
    return node;
  }
  #forgetEmpty(node: NodeInfo): void {
    if (node.object !== undefined || node.pods.size > 0) return;
    this.#nodes.delete(node.name);
    this.table.remove(node);
  }

  /** Pods that wait for a node to become free for them count as if they were there for whoever is not more important. */
  nominate(pod: PodInfo, nodeName: string): void {
    this.denominate(pod.uid);
    this.#nominations.set(pod.uid, nodeName);
    this.#setNominated(nodeName, [...(this.#nominated.get(nodeName) ?? NO_PODS), pod]);
  }
  denominate(uid: string): void {
    const nodeName = this.#nominations.get(uid);
    if (nodeName === undefined) return;
    this.#nominations.delete(uid);
    this.#setNominated(
      nodeName,
      this.nominatedTo(nodeName).filter((p) => p.uid !== uid),
    );
  }
  #setNominated(nodeName: string, pods: readonly PodInfo[]): void {
    if (pods.length === 0) this.#nominated.delete(nodeName);
    else this.#nominated.set(nodeName, pods);
    const node = this.#nodes.get(nodeName);
    if (node) this.#writeNominated(node);
  }
  #writeNominated(node: NodeInfo): void {
    node.nominated = this.nominatedTo(node.name);
    this.table.setAwaited(node.slot, node.nominated.length > 0);
  }
  nominatedTo(nodeName: string): readonly PodInfo[] {
    return this.#nominated.get(nodeName) ?? NO_PODS;
  }
}

function inTurn(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zones.get(node.zone);
    if (zone) zone.push(node);
    else zones.set(node.zone, [node]);
  }
  const all = [...zones.values()];
  const ordered: NodeInfo[] = [];
  for (let i = 0; ordered.length < nodes.length; i++) for (const zone of all) if (i < zone.length) ordered.push(zone[i] as NodeInfo);
  return ordered;
}
