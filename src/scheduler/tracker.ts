import { type ApiObject, type InformerFactory, RESOURCES } from "../kube/client/index.js";
import { equalJson, type KubeObject } from "../kube/meta/index.js";
import { Cluster, type PodInfo, podInfo } from "./cycle/index.js";
import { aspectsOf, type ClusterEvent } from "./hints.js";
import { asKube, clusterObjects, STORAGE } from "./objects.js";

/** Told of pods without a node, and of changes that may help them. */
export interface Watching {
  pending(pod: PodInfo, changed: boolean): void;
  gone(uid: string): void;
  event(event: ClusterEvent): void;
}

/** Keeps the cluster as informers tell it, with pods that are assumed to be where they were sent but are not seen there yet. */
export class Tracker {
  readonly cluster: Cluster;
  readonly #watching: Watching;
  /** Node by uid of pods that are counted on one. */
  readonly #placed = new Map<string, { readonly pod: PodInfo; readonly node: string; readonly assumed: boolean }>();
  readonly #isOurs: (pod: PodInfo) => boolean;

  constructor(informers: InformerFactory, isOurs: (pod: PodInfo) => boolean, watching: Watching) {
    this.cluster = new Cluster(clusterObjects(informers));
    this.#watching = watching;
    this.#isOurs = isOurs;
    // Pods that are over occupy nothing: they leave this view as if they were deleted.
    const running = { fieldSelector: "status.phase!=Succeeded,status.phase!=Failed" };
    informers.of(RESOURCES.pods, running).addHandlers({
      add: (o) => this.#setPod(asKube(o), undefined),
      update: (old, o) => this.#setPod(asKube(o), asKube(old)),
      delete: (o) => this.#removePod(o),
    });
    informers.of(RESOURCES.nodes).addHandlers({
      add: (o) => this.#addNode(asKube(o)),
      update: (old, o) => this.#updateNode(asKube(old), asKube(o)),
      delete: (o) => this.#removeNode(o.metadata.name),
    });
    const changed = (kind: "storage" | "namespace") => () => watching.event({ kind });
    for (const of of STORAGE) informers.of(of).addHandlers({ add: changed("storage"), update: changed("storage") });
    informers.of(RESOURCES.namespaces).addHandlers({ add: changed("namespace"), update: changed("namespace") });
  }

  isPlaced(uid: string): boolean {
    return this.#placed.has(uid);
  }
  /** The pod was sent to this node: from now on it counts there. */
  assume(pod: PodInfo, node: string): void {
    this.#place(pod, node, true);
    this.cluster.denominate(pod.uid);
  }
  /** It did not get there after all. */
  forget(uid: string): void {
    const placed = this.#placed.get(uid);
    if (!placed?.assumed) return;
    this.#unplace(uid);
    this.#watching.event({ kind: "podGone", pod: placed.pod, freed: true });
  }
  /** All that were assumed by somebody who is not in charge any more. */
  forgetAll(): void {
    for (const [uid, { assumed }] of [...this.#placed]) if (assumed) this.#unplace(uid);
  }

  #place(pod: PodInfo, node: string, assumed: boolean): void {
    this.#unplace(pod.uid);
    this.#placed.set(pod.uid, { pod, node, assumed });
    this.cluster.addPod(pod, node);
  }
  #unplace(uid: string): void {
    const placed = this.#placed.get(uid);
    if (!placed) return;
    this.#placed.delete(uid);
    this.cluster.removePod(uid, placed.node);
  }

  #setPod(object: KubeObject, old: KubeObject | undefined): void {
    const pod = podInfo(object);
    const node = pod.spec.nodeName ?? "";
    if (node === "") this.#pending(pod, old);
    else this.#assigned(pod, node);
  }
  #pending(pod: PodInfo, old: KubeObject | undefined): void {
    if (this.#placed.get(pod.uid)?.assumed) return;
    const nominated = pod.status.nominatedNodeName ?? "";
    if (nominated === "") this.cluster.denominate(pod.uid);
    else this.cluster.nominate(pod, nominated);
    if (this.#isOurs(pod)) this.#watching.pending(pod, old !== undefined && isDifferentFor(old, pod.object));
  }
  #assigned(pod: PodInfo, node: string): void {
    const before = this.#placed.get(pod.uid);
    this.#place(pod, node, false);
    this.cluster.denominate(pod.uid);
    this.#watching.gone(pod.uid);
    if (before?.assumed === true) return;
    if (before === undefined) this.#watching.event({ kind: "podAdded", pod, freed: false });
    else this.#watching.event({ kind: "podChanged", pod, freed: asksLess(before.pod, pod) });
  }
  #removePod(object: ApiObject): void {
    const { uid } = object.metadata;
    this.cluster.denominate(uid);
    this.#watching.gone(uid);
    const placed = this.#placed.get(uid);
    this.#unplace(uid);
    if (placed) this.#watching.event({ kind: "podGone", pod: placed.pod, freed: true });
  }

  #addNode(node: KubeObject): void {
    this.cluster.setNode(node);
    this.#watching.event({ kind: "nodeAdded", node });
  }
  #updateNode(old: KubeObject, node: KubeObject): void {
    this.cluster.setNode(node);
    const aspects = aspectsOf(old, node);
    if (aspects.size > 0) this.#watching.event({ kind: "nodeChanged", node, aspects });
  }
  #removeNode(name: string): void {
    this.cluster.removeNode(name);
    this.#watching.event({ kind: "nodeGone" });
  }
}

/** Something other than what the scheduler itself writes. */
const isDifferentFor = (old: KubeObject, now: KubeObject): boolean =>
  !equalJson(old["spec"], now["spec"]) ||
  !equalJson(old.metadata.labels, now.metadata.labels) ||
  !equalJson(old.metadata.annotations, now.metadata.annotations);
function asksLess(before: PodInfo, now: PodInfo): boolean {
  const [was, is] = [before.requests.actual, now.requests.actual];
  return is.milliCpu < was.milliCpu || is.memory < was.memory || is.ephemeralStorage < was.ephemeralStorage;
}
