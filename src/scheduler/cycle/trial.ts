import { type Amounts, noAmounts } from "./amounts.js";
import { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import type { FilterStage, NamedStage, Rejection } from "./types.js";

/** One node after another as if other pods were on it; the cluster knows nothing of it. */
export interface Trial {
  /** From now on about this node, as it is. */
  start(node: NodeInfo): void;
  put(pod: PodInfo): void;
  take(pod: PodInfo): void;
  /** Of the filters as things are in the trial. */
  verdict(): Rejection | undefined;
}
/** `stages`: all of the pod that is to find a place. */
export const trialOf = (stages: readonly NamedStage[]): Trial =>
  stages.every(({ stage }) => stage.isStatic || stage.filterUsed) ? new TrialByNumbers(stages) : new WholeTrial(stages);

/** Where only sums matter: hundreds of nodes are tried in one preemption. */
class TrialByNumbers implements Trial {
  readonly #stages: readonly NamedStage[];
  #node: NodeInfo | undefined;
  /** Special resources are left out: who asks for some has no `filterUsed`. */
  readonly #used: Amounts = noAmounts();
  #pods = 0;
  constructor(stages: readonly NamedStage[]) {
    this.#stages = stages;
  }
  start(node: NodeInfo): void {
    const { milliCpu, memory, ephemeralStorage } = node.requested;
    this.#used.milliCpu = milliCpu;
    this.#used.memory = memory;
    this.#used.ephemeralStorage = ephemeralStorage;
    this.#pods = node.pods.size;
    this.#node = node;
  }
  put(pod: PodInfo): void {
    this.#count(pod, 1);
  }
  take(pod: PodInfo): void {
    this.#count(pod, -1);
  }
  #count({ requests: { actual } }: PodInfo, times: 1 | -1): void {
    this.#used.milliCpu += times * actual.milliCpu;
    this.#used.memory += times * actual.memory;
    this.#used.ephemeralStorage += times * actual.ephemeralStorage;
    this.#pods += times;
  }
  verdict(): Rejection | undefined {
    const node = this.#node as NodeInfo;
    for (const { stage } of this.#stages) {
      const rejection = stage.filterUsed ? stage.filterUsed(node, this.#used, this.#pods) : stage.filter(node);
      if (rejection) return rejection;
    }
    return undefined;
  }
}

class WholeTrial implements Trial {
  readonly #originals: readonly NamedStage[];
  #stages: readonly FilterStage[] = [];
  #node = new NodeInfo("");
  constructor(stages: readonly NamedStage[]) {
    this.#originals = stages;
  }
  start(node: NodeInfo): void {
    this.#node = node.copy();
    this.#stages = this.#originals.map(({ stage }) => stage.copy?.() ?? stage);
  }
  put(pod: PodInfo): void {
    this.#node.addPod(pod);
    for (const stage of this.#stages) stage.addPod?.(pod, this.#node);
  }
  take(pod: PodInfo): void {
    this.#node.removePod(pod.uid);
    for (const stage of this.#stages) stage.removePod?.(pod, this.#node);
  }
  verdict(): Rejection | undefined {
    for (const stage of this.#stages) {
      const rejection = stage.filter(this.#node);
      if (rejection) return rejection;
    }
    return undefined;
  }
}

/** Those that wait for this node and are not less important than the pod. */
export const waitingFor = (pod: PodInfo, { nominated }: NodeInfo): readonly PodInfo[] =>
  nominated.length === 0 ? nominated : nominated.filter((p) => p.uid !== pod.uid && p.priority >= pod.priority);

/**
 * Whether the pod passes with those that wait for the node, and without them too: they may yet go elsewhere, and affinity to them must not
 * be counted on.
 */
export function verdictAmong(waiting: readonly PodInfo[], trial: Trial): Rejection | undefined {
  if (waiting.length === 0) return trial.verdict();
  for (const other of waiting) trial.put(other);
  const among = trial.verdict();
  for (const other of waiting) trial.take(other);
  return among ?? trial.verdict();
}
