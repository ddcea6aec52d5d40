import type { KubeObject } from "../../kube/meta/index.js";
import { type Amounts, addAmounts, amountsOf, copyAmounts, noAmounts, wholeOf } from "./amounts.js";
import type { HostPort, PodInfo } from "./pod-info.js";
import type { Labels, NodeShape, TaintShape } from "./shapes.js";

const ANY_ADDRESS = "0.0.0.0";

/** One node and what lies on it, kept up to date as pods come and go. */
export class NodeInfo {
  readonly name: string;
  /** undefined while only pods are known that name it. */
  object: KubeObject | undefined;
  labels: Labels = {};
  taints: readonly TaintShape[] = [];
  isUnschedulable = false;
  allocatable: Amounts = noAmounts();
  /** Room for pods. */
  maxPods = 0;
  /** Bytes by normalized name. */
  images: ReadonlyMap<string, number> = new Map();
  requested: Amounts = noAmounts();
  nonZeroMilliCpu = 0;
  nonZeroMemory = 0;
  /** By uid. */
  readonly pods = new Map<string, PodInfo>();
  /** Those of them with any pod affinity, and with required anti-affinity. */
  readonly withAffinity = new Set<PodInfo>();
  readonly withRequiredAntiAffinity = new Set<PodInfo>();
  /** "TCP/80" to how often each address is taken. */
  readonly #ports = new Map<string, Map<string, number>>();

  constructor(name: string) {
    this.name = name;
  }

  setNode(object: KubeObject | undefined): void {
    const { spec, status } = (object ?? {}) as unknown as NodeShape;
    this.object = object;
    this.labels = object?.metadata.labels ?? {};
    this.taints = spec?.taints ?? [];
    this.isUnschedulable = spec?.unschedulable === true;
    this.allocatable = amountsOf(status?.allocatable);
    this.maxPods = wholeOf(status?.allocatable?.["pods"] ?? "0");
    this.images = new Map((status?.images ?? []).flatMap((i) => (i.names ?? []).map((name) => [name, Number(i.sizeBytes ?? 0)] as const)));
  }

  addPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.#count(pod, 1);
    if (hasAffinity(pod)) this.withAffinity.add(pod);
    if (pod.antiAffinity.length > 0) this.withRequiredAntiAffinity.add(pod);
  }
  /** Gives what was removed: the pod as it was added. */
  removePod(uid: string): PodInfo | undefined {
    const pod = this.pods.get(uid);
    if (!pod) return undefined;
    this.pods.delete(uid);
    this.#count(pod, -1);
    this.withAffinity.delete(pod);
    this.withRequiredAntiAffinity.delete(pod);
    return pod;
  }
  #count(pod: PodInfo, times: 1 | -1): void {
    addAmounts(this.requested, pod.requests.actual, times);
    this.nonZeroMilliCpu += times * pod.requests.nonZeroMilliCpu;
    this.nonZeroMemory += times * pod.requests.nonZeroMemory;
    for (const port of pod.ports) this.#countPort(port, times);
  }
  #countPort({ protocol, port, ip }: HostPort, times: 1 | -1): void {
    const key = `${protocol}/${port}`;
    const taken = this.#ports.get(key) ?? new Map<string, number>();
    this.#ports.set(key, taken);
    const count = (taken.get(ip) ?? 0) + times;
    if (count > 0) taken.set(ip, count);
    else taken.delete(ip);
    if (taken.size === 0) this.#ports.delete(key);
  }
  /** A port on all addresses conflicts with the same one on any. */
  isPortTaken({ protocol, port, ip }: HostPort): boolean {
    const taken = this.#ports.get(`${protocol}/${port}`);
    return taken !== undefined && (ip === ANY_ADDRESS || taken.has(ip) || taken.has(ANY_ADDRESS));
  }

  /** For trying things out: pods can be taken away from it and put on it. */
  copy(): NodeInfo {
    const copy = new NodeInfo(this.name);
    Object.assign(copy, {
      object: this.object,
      labels: this.labels,
      taints: this.taints,
      isUnschedulable: this.isUnschedulable,
      allocatable: this.allocatable,
      maxPods: this.maxPods,
      images: this.images,
      nonZeroMilliCpu: this.nonZeroMilliCpu,
      nonZeroMemory: this.nonZeroMemory,
      requested: copyAmounts(this.requested),
    });
    for (const [uid, pod] of this.pods) copy.pods.set(uid, pod);
    for (const pod of this.withAffinity) copy.withAffinity.add(pod);
    for (const pod of this.withRequiredAntiAffinity) copy.withRequiredAntiAffinity.add(pod);
    for (const [key, taken] of this.#ports) copy.#ports.set(key, new Map(taken));
    return copy;
  }
}

const hasAffinity = (pod: PodInfo): boolean =>
  pod.affinity.length + pod.antiAffinity.length + pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0;
