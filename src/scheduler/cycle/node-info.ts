import type { KubeObject } from "../../kube/meta/index.js";
import { type Amounts, addAmounts, amountsOf, copyAmounts, noAmounts, wholeOf } from "./amounts.js";
import { byImportance, type HostPort, type PodInfo } from "./pod-info.js";
import type { Labels, NodeShape, TaintShape } from "./shapes.js";

const ANY_ADDRESS = "0.0.0.0";
const NOBODY: readonly PodInfo[] = [];
const NO_IMAGES: ReadonlyMap<string, number> = new Map();
const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";

/** One node and what lies on it, kept up to date as pods come and go. */
export class NodeInfo {
  readonly name: string;
  /** Its place in the cluster's tables; a copy has the original's. */
  slot = -1;
  /** undefined while only pods are known that name it. */
  object: KubeObject | undefined;
  labels: Labels = {};
  /** Region and zone. */
  zone = "";
  taints: readonly TaintShape[] = [];
  isUnschedulable = false;
  allocatable: Amounts = noAmounts();
  /** Room for pods. */
  maxPods = 0;
  /** Bytes by normalized name. */
  images: ReadonlyMap<string, number> = NO_IMAGES;
  requested: Amounts = noAmounts();
  nonZeroMilliCpu = 0;
  nonZeroMemory = 0;
  /** By uid. */
  readonly pods = new Map<string, PodInfo>();
  /** Those that wait for it to become free for them. */
  nominated: readonly PodInfo[] = NOBODY;
  #byImportance: readonly PodInfo[] | undefined;
  /** "TCP/80" to how often each address is taken; made when the first is. */
  #ports: Map<string, Map<string, number>> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  setNode(object: KubeObject | undefined): void {
    const { spec, status } = (object ?? {}) as unknown as NodeShape;
    this.object = object;
    this.labels = object?.metadata.labels ?? {};
    this.zone = `${this.labels[REGION] ?? ""}\0${this.labels[ZONE] ?? ""}`;
    this.taints = spec?.taints ?? [];
    this.isUnschedulable = spec?.unschedulable === true;
    this.allocatable = amountsOf(status?.allocatable);
    this.maxPods = wholeOf(status?.allocatable?.["pods"] ?? "0");
    this.images = imagesOf(status?.images ?? []);
  }

  addPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.#count(pod, 1);
  }
  /** Gives what was removed: the pod as it was added. */
  removePod(uid: string): PodInfo | undefined {
    const pod = this.pods.get(uid);
    if (!pod) return undefined;
    this.pods.delete(uid);
    this.#count(pod, -1);
    return pod;
  }
  /** Its pods, the most important first. */
  get byImportance(): readonly PodInfo[] {
    this.#byImportance ??= [...this.pods.values()].sort(byImportance);
    return this.#byImportance;
  }
  #count(pod: PodInfo, times: 1 | -1): void {
    this.#byImportance = undefined;
    addAmounts(this.requested, pod.requests.actual, times);
    this.nonZeroMilliCpu += times * pod.requests.nonZeroMilliCpu;
    this.nonZeroMemory += times * pod.requests.nonZeroMemory;
    for (const port of pod.ports) this.#countPort(port, times);
  }
  #countPort({ protocol, port, ip }: HostPort, times: 1 | -1): void {
    const key = `${protocol}/${port}`;
    this.#ports ??= new Map();
    const taken = this.#ports.get(key) ?? new Map<string, number>();
    this.#ports.set(key, taken);
    const count = (taken.get(ip) ?? 0) + times;
    if (count > 0) taken.set(ip, count);
    else taken.delete(ip);
    if (taken.size === 0) this.#ports.delete(key);
  }
  /** A port on all addresses conflicts with the same one on any. */
  isPortTaken({ protocol, port, ip }: HostPort): boolean {
    const taken = this.#ports?.get(`${protocol}/${port}`);
    return taken !== undefined && (ip === ANY_ADDRESS || taken.has(ip) || taken.has(ANY_ADDRESS));
  }

  /** For trying things out: pods can be taken away from it and put on it. Made for hundreds of nodes in one preemption. */
  copy(): NodeInfo {
    const copy = new NodeInfo(this.name);
    copy.slot = this.slot;
    copy.object = this.object;
    copy.labels = this.labels;
    copy.zone = this.zone;
    copy.taints = this.taints;
    copy.isUnschedulable = this.isUnschedulable;
    copy.allocatable = this.allocatable;
    copy.maxPods = this.maxPods;
    copy.images = this.images;
    copy.requested = copyAmounts(this.requested);
    copy.nonZeroMilliCpu = this.nonZeroMilliCpu;
    copy.nonZeroMemory = this.nonZeroMemory;
    for (const [uid, pod] of this.pods) copy.pods.set(uid, pod);
    if (this.#ports) copy.#ports = new Map([...this.#ports].map(([key, taken]) => [key, new Map(taken)]));
    return copy;
  }
}

function imagesOf(images: NonNullable<NonNullable<NodeShape["status"]>["images"]>): ReadonlyMap<string, number> {
  if (images.length === 0) return NO_IMAGES;
  return new Map(images.flatMap((i) => (i.names ?? []).map((name) => [name, Number(i.sizeBytes ?? 0)] as const)));
}
