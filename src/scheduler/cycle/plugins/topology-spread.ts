import { type LabelSelector, matchesLabels } from "../../../kube/meta/index.js";
import type { Cluster } from "../cluster.js";
import { MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import type { PodInfo, SpreadConstraint } from "../pod-info.js";
import type { Tally } from "../tally.js";
import { untolerated } from "../tolerations.js";
import { EMPTY_VALUE, NOWHERE } from "../topology.js";
import type { CyclePlugin, FilterStage, Rejection } from "../types.js";

const NAME = "PodTopologySpread";
const HOSTNAME = "kubernetes.io/hostname";
const NO_LABEL: Rejection = {
  plugin: NAME,
  canPreempt: false,
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
};
const SKEWED: Rejection = { plugin: NAME, canPreempt: true, reasons: ["node(s) didn't match pod topology spread constraints"] };

/** For pods that say nothing themselves and belong to something. */
export interface SpreadDefaults {
  readonly constraints: readonly Pick<SpreadConstraint, "maxSkew" | "topologyKey" | "isHard">[];
  /** The system's own: a node without a zone is counted for its host name all the same. */
  readonly bySystem: boolean;
}
/** Source: kube-scheduler's system defaulting. */
const SYSTEM_DEFAULTS: SpreadDefaults = {
  bySystem: true,
  constraints: [
    { maxSkew: 3, topologyKey: HOSTNAME, isHard: false },
    { maxSkew: 5, topologyKey: "topology.kubernetes.io/zone", isHard: false },
  ],
};

const hasAllKeys = (constraints: readonly SpreadConstraint[], node: NodeInfo): boolean =>
  constraints.every((c) => node.labels[c.topologyKey] !== undefined);
const selects = (selector: LabelSelector | undefined, pod: PodInfo): boolean =>
  selector !== undefined && matchesLabels(selector, pod.labels);
/** Pods on a node that a constraint counts; terminating ones do not. An empty selector counts none. */
function matching(node: NodeInfo, selector: LabelSelector | undefined, namespace: string): number {
  if (selector === undefined || selector.length === 0) return 0;
  let n = 0;
  for (const pod of node.pods.values()) if (pod.namespace === namespace && !pod.isTerminating && matchesLabels(selector, pod.labels)) n++;
  return n;
}

/** Matching pods of one constraint by its label. `needed`: a node must have the labels of all these to count. */
function tallyOf(c: SpreadConstraint, pod: PodInfo, cluster: Cluster, needed: readonly SpreadConstraint[]): Tally {
  const { spec, namespace } = pod;
  const isNear = c.honorsAffinity ? pod.requiredNodes : undefined;
  const tolerations = c.honorsTaints ? (spec.tolerations ?? []) : undefined;
  const nodes = isNear && [spec.nodeSelector ?? null, spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? null];
  const keys = needed.map((n) => n.topologyKey);
  return cluster.tallies.of({
    key: `spread ${JSON.stringify([c.topologyKey, namespace, c.selector ?? null, keys, nodes ?? null, tolerations ?? null])}`,
    topologyKey: c.topologyKey,
    orEmpty: needed.length === 0,
    countOn: (node) => matching(node, c.selector, namespace),
    isCounted: (node) =>
      hasAllKeys(needed, node) && (!isNear || isNear(node)) && (!tolerations || untolerated(node.taints, tolerations) === undefined),
  });
}

/** A constraint that rules nodes out. */
interface Hard {
  readonly constraint: SpreadConstraint;
  readonly tally: Tally;
  /** The pod counts itself. */
  readonly self: 0 | 1;
}
class SpreadStage implements FilterStage {
  readonly #pod: PodInfo;
  readonly #hards: readonly Hard[];
  /** In a trial: what is added to the counts of each constraint, by value. */
  readonly #moved: readonly Map<number, number>[] | undefined;
  constructor(pod: PodInfo, hards: readonly Hard[], moved?: readonly Map<number, number>[]) {
    this.#pod = pod;
    this.#hards = hards;
    this.#moved = moved;
  }
  copy(): SpreadStage {
    return new SpreadStage(this.#pod, this.#hards, this.#moved?.map((m) => new Map(m)) ?? this.#hards.map(() => new Map()));
  }

  filter(node: NodeInfo): Rejection | undefined {
    return this.filterAt(node.slot);
  }
  filterAt(slot: number): Rejection | undefined {
    const hards = this.#hards;
    for (let i = 0; i < hards.length; i++) {
      const { constraint, tally, self } = hards[i] as Hard;
      const value = tally.topology.ids[slot] as number;
      if (value === NOWHERE) return NO_LABEL;
      const moved = this.#moved?.[i];
      // With fewer domains than wanted, one that does not exist yet counts as empty.
      const least = tally.domains < constraint.minDomains ? 0 : tally.least(moved);
      if ((tally.byValue[value] as number) + (moved?.get(value) ?? 0) + self - least > constraint.maxSkew) return SKEWED;
    }
    return undefined;
  }

  addPod(other: PodInfo, node: NodeInfo): void {
    this.#move(other, node, 1);
  }
  removePod(other: PodInfo, node: NodeInfo): void {
    this.#move(other, node, -1);
  }
  #move(other: PodInfo, node: NodeInfo, by: 1 | -1): void {
    if (other.namespace !== this.#pod.namespace) return;
    this.#hards.forEach(({ constraint, tally }, i) => {
      if (!selects(constraint.selector, other) || !tally.selection.isCounted(node)) return;
      const value = tally.topology.ids[node.slot] as number;
      const moved = this.#moved?.[i];
      moved?.set(value, (moved.get(value) ?? 0) + by);
    });
  }
}

function startFilter(pod: PodInfo, cluster: Cluster, defaults: SpreadDefaults): FilterStage | undefined {
  // Asking what owns a pod costs a look at all services, and the usual defaults rule out nothing.
  if (pod.spread.length === 0 && !defaults.constraints.some((c) => c.isHard)) return undefined;
  const constraints = constraintsOf(pod, cluster, defaults).filter((c) => c.isHard);
  if (constraints.length === 0) return undefined;
  return new SpreadStage(
    pod,
    constraints.map((constraint) => ({
      constraint,
      tally: tallyOf(constraint, pod, cluster, constraints),
      self: selects(constraint.selector, pod) ? 1 : 0,
    })),
  );
}

function constraintsOf(pod: PodInfo, cluster: Cluster, { constraints }: SpreadDefaults): readonly SpreadConstraint[] {
  if (pod.spread.length > 0) return pod.spread;
  if (constraints.length === 0) return constraints as readonly [];
  const selector = cluster.objects.ownersSelector(pod);
  if (selector === undefined || selector.length === 0) return [];
  return constraints.map((c) => ({ ...c, selector, minDomains: 1, honorsAffinity: true, honorsTaints: false }));
}

/** A constraint that only prefers. */
interface Soft {
  readonly constraint: SpreadConstraint;
  readonly tally: Tally;
  readonly weight: number;
}
/** Small topologies are not to be drowned by large ones. */
const weightOf = (domains: number): number => Math.log(domains + 2);

interface Scored {
  readonly pod: PodInfo;
  readonly cluster: Cluster;
  readonly slots: Int32Array;
}
function scoreAll({ pod, cluster, slots }: Scored, defaults: SpreadDefaults, scores: Float64Array): boolean {
  const constraints = constraintsOf(pod, cluster, defaults).filter((c) => !c.isHard);
  if (constraints.length === 0) return false;
  const needed = pod.spread.length > 0 || !defaults.bySystem ? constraints : [];
  const tallies = constraints.map((c) => tallyOf(c, pod, cluster, needed));
  const isIgnored = ignoredOf(tallies, slots, needed.length > 0);
  constraints.forEach((constraint, i) => {
    const tally = tallies[i] as Tally;
    addSoft({ constraint, tally, weight: weightOf(domainsAmong(tally, slots, isIgnored)) }, slots, scores);
  });
  for (let i = 0; i < scores.length; i++) scores[i] = Math.round(scores[i] as number);
  fewestFirst(scores, isIgnored);
  return true;
}
/** By place, 1: a node without a label that is needed gets nothing. */
function ignoredOf(tallies: readonly Tally[], slots: Int32Array, isNeeded: boolean): Uint8Array {
  const isIgnored = new Uint8Array(slots.length);
  if (isNeeded)
    for (const { topology } of tallies)
      for (let i = 0; i < slots.length; i++) if (topology.ids[slots[i] as number] === NOWHERE) isIgnored[i] = 1;
  return isIgnored;
}
/** Values that nodes have which are scored; of host names, nodes. */
function domainsAmong({ topology }: Tally, slots: Int32Array, isIgnored: Uint8Array): number {
  const isHost = topology.key === HOSTNAME;
  const isSeen = new Uint8Array(topology.size);
  let domains = 0;
  for (let i = 0; i < slots.length; i++) {
    if (isIgnored[i] === 1) continue;
    // A node without the label is one of those whose label is empty.
    const value = Math.max(EMPTY_VALUE, topology.ids[slots[i] as number] as number);
    if (!isHost && isSeen[value] === 1) continue;
    isSeen[value] = 1;
    domains++;
  }
  return domains;
}
function addSoft({ constraint, tally, weight }: Soft, slots: Int32Array, scores: Float64Array): void {
  const { topology, onNode, byValue } = tally;
  const isHost = topology.key === HOSTNAME;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    const value = topology.ids[slot] as number;
    if (value === NOWHERE) continue;
    const n = (isHost ? onNode[slot] : byValue[value]) as number;
    scores[i] = (scores[i] as number) + (n * weight + (constraint.maxSkew - 1));
  }
}
/** 100 for the node with the fewest. */
function fewestFirst(scores: Float64Array, isIgnored: Uint8Array): void {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  scores.forEach((score, i) => {
    if (isIgnored[i] === 1) return;
    least = Math.min(least, score);
    most = Math.max(most, score);
  });
  for (let i = 0; i < scores.length; i++) {
    if (isIgnored[i] === 1) scores[i] = 0;
    else if (most === 0) scores[i] = MAX_NODE_SCORE;
    else scores[i] = Math.trunc((MAX_NODE_SCORE * (most + least - (scores[i] as number))) / most);
  }
}

export const podTopologySpread = (defaults: SpreadDefaults = SYSTEM_DEFAULTS): CyclePlugin => ({
  name: NAME,
  startFilter: (pod, cluster) => startFilter(pod, cluster, defaults),
  scoreAll: (pod, cluster, slots, scores) => scoreAll({ pod, cluster, slots }, defaults, scores),
});
