import { type AffinityTerm, type PodInfo, termSelects } from "./pod-info.js";
import type { Labels } from "./shapes.js";
import { NOWHERE, type Topologies, type Topology } from "./topology.js";

/** Numbers by the value of a node's label. */
export class Sums {
  #by = new Int32Array(0);
  #nonZero = 0;
  get isEmpty(): boolean {
    return this.#nonZero === 0;
  }
  of(value: number): number {
    return this.#by[value] ?? 0;
  }
  add(value: number, n: number): void {
    if (value >= this.#by.length) {
      const next = new Int32Array(Math.max(value + 1, this.#by.length * 2));
      next.set(this.#by);
      this.#by = next;
    }
    const before = this.#by[value] as number;
    this.#by[value] = before + n;
    this.#nonZero += (before + n === 0 ? 0 : 1) - (before === 0 ? 0 : 1);
  }
}

/** One term, and how often pods that have a node say it, by the value of their node's label. */
export interface SaidTerm {
  readonly term: AffinityTerm;
  readonly topology: Topology;
  /** As required anti-affinity, as required affinity, and the weights of those that prefer it, less of those that prefer the contrary. */
  readonly against: Sums;
  readonly required: Sums;
  readonly preferred: Sums;
  pods: number;
}

const NONE: ReadonlySet<SaidTerm> = new Set();

/** Affinity terms of pods that have a node: most pods of a cluster share a few, so that one look at each tells what they want of another pod. */
export class TermIndex {
  readonly #terms = new Map<string, SaidTerm>();
  readonly #byNamespace = new Map<string, Set<SaidTerm>>();
  /** Those that choose namespaces by label. */
  readonly #byLabels = new Set<SaidTerm>();
  readonly #topologies: Topologies;
  readonly #labelsOf: (namespace: string) => Labels;
  constructor(topologies: Topologies, labelsOf: (namespace: string) => Labels) {
    this.#topologies = topologies;
    this.#labelsOf = labelsOf;
  }

  /** A pod came to the node in the slot (1) or left it (-1); or the node's labels are about to change (-1) or did (1). */
  count(pod: PodInfo, slot: number, by: 1 | -1): void {
    for (const term of pod.antiAffinity) this.#add(term, "against", slot, by, by);
    for (const term of pod.affinity) this.#add(term, "required", slot, by, by);
    for (const { term, weight } of pod.preferredAffinity) this.#add(term, "preferred", slot, by, by * weight);
    for (const { term, weight } of pod.preferredAntiAffinity) this.#add(term, "preferred", slot, by, -by * weight);
  }
  #add(term: AffinityTerm, kind: "against" | "required" | "preferred", slot: number, by: 1 | -1, n: number): void {
    const said = this.#terms.get(term.key) ?? this.#enter(term);
    said.pods += by;
    const value = said.topology.ids[slot] as number;
    if (value !== NOWHERE) said[kind].add(value, n);
    if (said.pods === 0) this.#leave(said);
  }
  #enter(term: AffinityTerm): SaidTerm {
    const topology = this.#topologies.of(term.topologyKey);
    const said = { term, topology, against: new Sums(), required: new Sums(), preferred: new Sums(), pods: 0 };
    this.#terms.set(term.key, said);
    if (term.namespaceSelector !== undefined) this.#byLabels.add(said);
    else
      for (const namespace of term.namespaces) {
        const there = this.#byNamespace.get(namespace);
        if (there) there.add(said);
        else this.#byNamespace.set(namespace, new Set([said]));
      }
    return said;
  }
  #leave(said: SaidTerm): void {
    this.#terms.delete(said.term.key);
    this.#byLabels.delete(said);
    for (const namespace of said.term.namespaces) {
      const there = this.#byNamespace.get(namespace);
      if (there?.delete(said) && there.size === 0) this.#byNamespace.delete(namespace);
    }
  }

  /** Those that mean this pod. */
  meaning(pod: PodInfo): readonly SaidTerm[] {
    const found: SaidTerm[] = [];
    if (this.#terms.size === 0) return found;
    for (const said of this.#byNamespace.get(pod.namespace) ?? NONE) if (termSelects(said.term, pod, this.#labelsOf)) found.push(said);
    for (const said of this.#byLabels) if (termSelects(said.term, pod, this.#labelsOf)) found.push(said);
    return found;
  }
}

export const isSaying = ({ affinity, antiAffinity, preferredAffinity, preferredAntiAffinity }: PodInfo): boolean =>
  affinity.length + antiAffinity.length + preferredAffinity.length + preferredAntiAffinity.length > 0;
