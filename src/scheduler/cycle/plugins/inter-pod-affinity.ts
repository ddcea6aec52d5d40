import type { Cluster } from "../cluster.js";
import { HARD_POD_AFFINITY_WEIGHT, MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import { type AffinityTerm, type PodInfo, termSelects, type WeightedTerm } from "../pod-info.js";
import type { Labels } from "../shapes.js";
import type { CyclePlugin, FilterStage, Rejection, ScoreStage } from "../types.js";

const NAME = "InterPodAffinity";
const NOT_BESIDE: Rejection = { plugin: NAME, canPreempt: false, reasons: ["node(s) didn't match pod affinity rules"] };
const BESIDE_UNWANTED: Rejection = { plugin: NAME, canPreempt: true, reasons: ["node(s) didn't match pod anti-affinity rules"] };
const UNWANTED: Rejection = { plugin: NAME, canPreempt: true, reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };

type LabelsOf = (namespace: string) => Labels;

/** Sums by topology key and value. */
class Pairs {
  readonly #sums: Map<string, Map<string, number>>;
  constructor(sums: Map<string, Map<string, number>> = new Map()) {
    this.#sums = sums;
  }
  add(node: NodeInfo, key: string, n: number): void {
    const value = node.labels[key];
    if (value === undefined) return;
    const values = this.#sums.get(key) ?? new Map<string, number>();
    const sum = (values.get(value) ?? 0) + n;
    if (sum === 0) values.delete(value);
    else values.set(value, sum);
    if (values.size === 0) this.#sums.delete(key);
    else this.#sums.set(key, values);
  }
  of(node: NodeInfo, key: string): number {
    const value = node.labels[key];
    return value === undefined ? 0 : (this.#sums.get(key)?.get(value) ?? 0);
  }
  get isEmpty(): boolean {
    return this.#sums.size === 0;
  }
  get keys(): Iterable<string> {
    return this.#sums.keys();
  }
  copy(): Pairs {
    return new Pairs(new Map([...this.#sums].map(([key, values]) => [key, new Map(values)])));
  }
}

interface Counts {
  /** Of others' anti-affinity against this pod. */
  readonly against: Pairs;
  /** Pods that this one wants beside it, and those that it does not. */
  readonly wanted: Pairs;
  readonly unwanted: Pairs;
}

const selectsAll = (terms: readonly AffinityTerm[], pod: PodInfo, labelsOf: LabelsOf): boolean =>
  terms.length > 0 && terms.every((t) => termSelects(t, pod, labelsOf));

function count(c: Counts, pod: PodInfo, other: PodInfo, node: NodeInfo, by: 1 | -1, labelsOf: LabelsOf): void {
  for (const term of other.antiAffinity) if (termSelects(term, pod, labelsOf)) c.against.add(node, term.topologyKey, by);
  if (selectsAll(pod.affinity, other, labelsOf)) for (const term of pod.affinity) c.wanted.add(node, term.topologyKey, by);
  for (const term of pod.antiAffinity) if (termSelects(term, other, labelsOf)) c.unwanted.add(node, term.topologyKey, by);
}

function stage(pod: PodInfo, c: Counts, labelsOf: LabelsOf): FilterStage {
  return {
    filter: (node) => {
      if (!hasWanted(pod, c, node, labelsOf)) return NOT_BESIDE;
      if (pod.antiAffinity.some((t) => c.unwanted.of(node, t.topologyKey) > 0)) return BESIDE_UNWANTED;
      for (const key of c.against.keys) if (c.against.of(node, key) > 0) return UNWANTED;
      return undefined;
    },
    addPod: (other, node) => count(c, pod, other, node, 1, labelsOf),
    removePod: (other, node) => count(c, pod, other, node, -1, labelsOf),
    copy: () => stage(pod, { against: c.against.copy(), wanted: c.wanted.copy(), unwanted: c.unwanted.copy() }, labelsOf),
  };
}
function hasWanted(pod: PodInfo, c: Counts, node: NodeInfo, labelsOf: LabelsOf): boolean {
  if (pod.affinity.some((t) => node.labels[t.topologyKey] === undefined)) return false;
  if (pod.affinity.every((t) => c.wanted.of(node, t.topologyKey) > 0)) return true;
  // The first of a group that wants to be together finds nobody yet.
  return c.wanted.isEmpty && selectsAll(pod.affinity, pod, labelsOf);
}

function startFilter(pod: PodInfo, cluster: Cluster): FilterStage | undefined {
  const labelsOf: LabelsOf = (namespace) => cluster.objects.namespaceLabels(namespace);
  const counts: Counts = { against: new Pairs(), wanted: new Pairs(), unwanted: new Pairs() };
  const own = pod.affinity.length + pod.antiAffinity.length > 0;
  if (own) {
    for (const node of cluster.nodes) for (const other of node.pods.values()) count(counts, pod, other, node, 1, labelsOf);
  } else {
    for (const node of cluster.withRequiredAntiAffinity)
      for (const other of node.withRequiredAntiAffinity) count(counts, pod, other, node, 1, labelsOf);
  }
  return !own && counts.against.isEmpty ? undefined : stage(pod, counts, labelsOf);
}

function startScore(pod: PodInfo, cluster: Cluster, hardWeight: number): ScoreStage | undefined {
  const labelsOf: LabelsOf = (namespace) => cluster.objects.namespaceLabels(namespace);
  const own = pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0;
  const sums = new Pairs();
  const weigh = (terms: readonly WeightedTerm[], selected: PodInfo, node: NodeInfo, by: 1 | -1): void => {
    for (const { term, weight } of terms) if (termSelects(term, selected, labelsOf)) sums.add(node, term.topologyKey, by * weight);
  };
  // Others need looking at only where they have wishes themselves, unless this pod has.
  for (const node of own ? cluster.nodes : cluster.withAffinity)
    for (const other of own ? node.pods.values() : node.withAffinity) {
      weigh(pod.preferredAffinity, other, node, 1);
      weigh(pod.preferredAntiAffinity, other, node, -1);
      for (const term of other.affinity) if (termSelects(term, pod, labelsOf)) sums.add(node, term.topologyKey, hardWeight);
      weigh(other.preferredAffinity, pod, node, 1);
      weigh(other.preferredAntiAffinity, pod, node, -1);
    }
  if (sums.isEmpty) return undefined;
  const keys = [...sums.keys];
  return { score: (node) => keys.reduce((score, key) => score + sums.of(node, key), 0), normalize: overRange };
}
function overRange(scores: number[]): void {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const s of scores) {
    if (s < least) least = s;
    if (s > most) most = s;
  }
  for (let i = 0; i < scores.length; i++)
    scores[i] = most === least ? 0 : Math.trunc(MAX_NODE_SCORE * (((scores[i] as number) - least) / (most - least)));
}

/** `hardWeight`: how much others' required affinity to this pod counts in scores, 0 to 100. */
export const interPodAffinity = (hardWeight = HARD_POD_AFFINITY_WEIGHT): CyclePlugin => ({
  name: NAME,
  startFilter,
  startScore: (pod, cluster) => startScore(pod, cluster, hardWeight),
});
