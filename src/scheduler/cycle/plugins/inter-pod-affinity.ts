import type { Cluster } from "../cluster.js";
import { HARD_POD_AFFINITY_WEIGHT, MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import { type AffinityTerm, type PodInfo, termSelects } from "../pod-info.js";
import type { Labels } from "../shapes.js";
import type { Selection, Tally } from "../tally.js";
import type { SaidTerm } from "../term-index.js";
import { NOWHERE, type Topology } from "../topology.js";
import type { CyclePlugin, FilterStage, Rejection } from "../types.js";

const NAME = "InterPodAffinity";
const NOT_BESIDE: Rejection = { plugin: NAME, canPreempt: false, reasons: ["node(s) didn't match pod affinity rules"] };
const BESIDE_UNWANTED: Rejection = { plugin: NAME, canPreempt: true, reasons: ["node(s) didn't match pod anti-affinity rules"] };
const UNWANTED: Rejection = { plugin: NAME, canPreempt: true, reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };

type LabelsOf = (namespace: string) => Labels;
const labelsIn =
  ({ objects }: Cluster): LabelsOf =>
  (namespace) =>
    objects.namespaceLabels(namespace);
const selectsAll = (terms: readonly AffinityTerm[], pod: PodInfo, labelsOf: LabelsOf): boolean =>
  terms.length > 0 && terms.every((t) => termSelects(t, pod, labelsOf));

/** Pods that all these terms mean, by the value of one label of their node. */
function selection(terms: readonly AffinityTerm[], topologyKey: string, labelsOf: LabelsOf): Selection {
  // Namespaces that a term chooses by their labels are others when these change.
  const read = new Map<string, Labels>();
  const reading: LabelsOf = (namespace) => {
    const labels = labelsOf(namespace);
    read.set(namespace, labels);
    return labels;
  };
  return {
    key: `terms ${topologyKey} ${terms.map((t) => t.key).join(" ")}`,
    topologyKey,
    orEmpty: false,
    countOn: (node) => {
      let n = 0;
      for (const other of node.pods.values()) if (selectsAll(terms, other, reading)) n++;
      return n;
    },
    isCounted: () => true,
    isCurrent: () => {
      for (const [namespace, labels] of read) if (labelsOf(namespace) !== labels) return false;
      return true;
    },
  };
}
const tallyOf = (cluster: Cluster, terms: readonly AffinityTerm[], topologyKey: string): Tally =>
  cluster.tallies.of(selection(terms, topologyKey, labelsIn(cluster)));

/** Numbers that a trial adds to what is counted, by value of a label. */
class Moved {
  readonly #by = new Map<Topology, Map<number, number>>();
  add(topology: Topology, node: NodeInfo, n: number): void {
    const value = topology.ids[node.slot] as number;
    if (value === NOWHERE) return;
    const values = this.#by.get(topology) ?? new Map<number, number>();
    this.#by.set(topology, values.set(value, (values.get(value) ?? 0) + n));
  }
  of(topology: Topology, value: number): number {
    return this.#by.get(topology)?.get(value) ?? 0;
  }
  sum(topology: Topology): number {
    let sum = 0;
    for (const n of this.#by.get(topology)?.values() ?? []) sum += n;
    return sum;
  }
  get topologies(): Iterable<Topology> {
    return this.#by.keys();
  }
  copy(): Moved {
    const copy = new Moved();
    for (const [topology, values] of this.#by) copy.#by.set(topology, new Map(values));
    return copy;
  }
}

/** What a pod's filter looks at. */
interface Wishes {
  readonly pod: PodInfo;
  readonly cluster: Cluster;
  /** Others' anti-affinity that means this pod, by label. */
  readonly against: readonly { readonly topology: Topology; readonly terms: readonly SaidTerm[] }[];
  /** Pods that it wants beside it, in the order of its terms; and those that it does not. */
  readonly wanted: readonly Tally[];
  readonly unwanted: readonly Tally[];
  /** The first of a group that wants to be together finds nobody yet. */
  readonly isOfItsOwn: boolean;
}

class AffinityStage implements FilterStage {
  readonly #w: Wishes;
  readonly #labelsOf: LabelsOf;
  /** In a trial only. */
  #against: Moved | undefined;
  #wanted: Moved | undefined;
  #unwanted: readonly Moved[] | undefined;
  constructor(wishes: Wishes) {
    this.#w = wishes;
    this.#labelsOf = labelsIn(wishes.cluster);
  }
  copy(): AffinityStage {
    const copy = new AffinityStage(this.#w);
    copy.#against = this.#against?.copy() ?? new Moved();
    copy.#wanted = this.#wanted?.copy() ?? new Moved();
    copy.#unwanted = this.#unwanted?.map((m) => m.copy()) ?? this.#w.unwanted.map(() => new Moved());
    return copy;
  }

  filter(node: NodeInfo): Rejection | undefined {
    return this.filterAt(node.slot);
  }
  filterAt(slot: number): Rejection | undefined {
    if (!this.#hasWanted(slot)) return NOT_BESIDE;
    if (this.#hasUnwanted(slot)) return BESIDE_UNWANTED;
    return this.#isUnwanted(slot) ? UNWANTED : undefined;
  }
  #hasWanted(slot: number): boolean {
    let hasAll = true;
    for (const { topology, byValue } of this.#w.wanted) {
      const value = topology.ids[slot] as number;
      if (value === NOWHERE) return false;
      if ((byValue[value] as number) + (this.#wanted?.of(topology, value) ?? 0) <= 0) hasAll = false;
    }
    return hasAll || (this.#w.isOfItsOwn && this.#isNobodyWanted());
  }
  #isNobodyWanted(): boolean {
    return this.#w.wanted.every(({ topology, total }) => total + (this.#wanted?.sum(topology) ?? 0) === 0);
  }
  #hasUnwanted(slot: number): boolean {
    const { unwanted } = this.#w;
    for (let i = 0; i < unwanted.length; i++) {
      const { topology, byValue } = unwanted[i] as Tally;
      const value = topology.ids[slot] as number;
      if (value === NOWHERE) continue;
      if ((byValue[value] as number) + (this.#unwanted?.[i]?.of(topology, value) ?? 0) > 0) return true;
    }
    return false;
  }
  #isUnwanted(slot: number): boolean {
    for (const { topology, terms } of this.#w.against) if (this.#countAgainst(topology, terms, slot) > 0) return true;
    if (this.#against === undefined) return false;
    for (const topology of this.#against.topologies)
      if (!this.#w.against.some((a) => a.topology === topology) && this.#countAgainst(topology, [], slot) > 0) return true;
    return false;
  }
  #countAgainst(topology: Topology, terms: readonly SaidTerm[], slot: number): number {
    const value = topology.ids[slot] as number;
    if (value === NOWHERE) return 0;
    let n = this.#against?.of(topology, value) ?? 0;
    for (const { against } of terms) n += against.of(value);
    return n;
  }

  addPod(other: PodInfo, node: NodeInfo): void {
    this.#move(other, node, 1);
  }
  removePod(other: PodInfo, node: NodeInfo): void {
    this.#move(other, node, -1);
  }
  #move(other: PodInfo, node: NodeInfo, by: 1 | -1): void {
    const { pod, cluster, wanted } = this.#w;
    for (const term of other.antiAffinity)
      if (termSelects(term, pod, this.#labelsOf)) this.#against?.add(cluster.topologies.of(term.topologyKey), node, by);
    // Terms of one label have one count.
    if (wanted.length > 0 && selectsAll(pod.affinity, other, this.#labelsOf))
      for (const topology of new Set(wanted.map((t) => t.topology))) this.#wanted?.add(topology, node, by);
    pod.antiAffinity.forEach((term, i) => {
      if (termSelects(term, other, this.#labelsOf)) this.#unwanted?.[i]?.add(cluster.topologies.of(term.topologyKey), node, by);
    });
  }
}

function startFilter(pod: PodInfo, cluster: Cluster): FilterStage | undefined {
  const against = new Map<Topology, SaidTerm[]>();
  for (const said of cluster.terms.meaning(pod)) {
    if (said.against.isEmpty) continue;
    const there = against.get(said.topology);
    if (there) there.push(said);
    else against.set(said.topology, [said]);
  }
  if (pod.affinity.length + pod.antiAffinity.length === 0 && against.size === 0) return undefined;
  return new AffinityStage({
    pod,
    cluster,
    against: Array.from(against, ([topology, terms]) => ({ topology, terms })),
    wanted: pod.affinity.map((t) => tallyOf(cluster, pod.affinity, t.topologyKey)),
    unwanted: pod.antiAffinity.map((t) => tallyOf(cluster, [t], t.topologyKey)),
    isOfItsOwn: selectsAll(pod.affinity, pod, labelsIn(cluster)),
  });
}

/** Numbers by value of a label, that count `weight` times. */
interface Part {
  readonly topology: Topology;
  readonly weight: number;
  readonly isEmpty: boolean;
  of(value: number): number;
}
function partsOf(pod: PodInfo, cluster: Cluster, hardWeight: number): readonly Part[] {
  const parts: Part[] = [];
  const wish = (term: AffinityTerm, weight: number): void => {
    const { topology, byValue, total } = tallyOf(cluster, [term], term.topologyKey);
    parts.push({ topology, weight, isEmpty: total === 0, of: (value) => byValue[value] as number });
  };
  for (const { term, weight } of pod.preferredAffinity) wish(term, weight);
  for (const { term, weight } of pod.preferredAntiAffinity) wish(term, -weight);
  for (const { topology, required, preferred } of cluster.terms.meaning(pod)) {
    parts.push({ topology, weight: hardWeight, isEmpty: required.isEmpty, of: (value) => required.of(value) });
    parts.push({ topology, weight: 1, isEmpty: preferred.isEmpty, of: (value) => preferred.of(value) });
  }
  return parts.filter(({ weight, isEmpty }) => weight !== 0 && !isEmpty);
}
/** What is for a node and what is against it may come to nothing everywhere. */
function comesToNothing(parts: readonly Part[]): boolean {
  for (const topology of new Set(parts.map((p) => p.topology))) {
    const own = parts.filter((p) => p.topology === topology);
    if (own.length === 1) return false;
    for (let value = 0; value < topology.size; value++) if (own.reduce((sum, p) => sum + p.weight * p.of(value), 0) !== 0) return false;
  }
  return true;
}

function scoreAll(parts: readonly Part[], slots: Int32Array, scores: Float64Array): boolean {
  if (comesToNothing(parts)) return false;
  for (const part of parts) {
    const { ids } = part.topology;
    for (let i = 0; i < slots.length; i++) {
      const value = ids[slots[i] as number] as number;
      if (value !== NOWHERE) scores[i] = (scores[i] as number) + part.weight * part.of(value);
    }
  }
  overRange(scores);
  return true;
}
function overRange(scores: Float64Array): void {
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
  scoreAll: (pod, cluster, slots, scores) => scoreAll(partsOf(pod, cluster, hardWeight), slots, scores),
});
