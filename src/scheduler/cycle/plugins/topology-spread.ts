import { type LabelSelector, matchesLabels } from "../../../kube/meta/index.js";
import type { Cluster } from "../cluster.js";
import { MAX_NODE_SCORE } from "../limits.js";
import type { NodeInfo } from "../node-info.js";
import type { PodInfo, SpreadConstraint } from "../pod-info.js";
import { untolerated } from "../tolerations.js";
import type { CyclePlugin, FilterStage, Rejection, ScoreStage } from "../types.js";

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

/** Whether a node is one that the constraint spreads over. */
function counts(c: SpreadConstraint, pod: PodInfo, node: NodeInfo): boolean {
  if (c.honorsAffinity && pod.requiredNodes && !pod.requiredNodes(node)) return false;
  return !(c.honorsTaints && untolerated(node.taints, pod.spec.tolerations ?? []) !== undefined);
}
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

/** Matching pods by the value of one constraint's key. */
class Domains {
  readonly #counts: Map<string, number>;
  #least: number | undefined;
  constructor(counts: Map<string, number> = new Map()) {
    this.#counts = counts;
  }
  add(value: string, n: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + n);
    this.#least = undefined;
  }
  of(value: string): number {
    return this.#counts.get(value) ?? 0;
  }
  /** With fewer domains than wanted, one that does not exist yet counts as empty. */
  least(minDomains: number): number {
    if (this.#counts.size < minDomains) return 0;
    if (this.#least === undefined) {
      let least = Number.POSITIVE_INFINITY;
      for (const n of this.#counts.values()) if (n < least) least = n;
      this.#least = least;
    }
    return this.#least;
  }
  copy(): Domains {
    return new Domains(new Map(this.#counts));
  }
}

function hardStage(pod: PodInfo, constraints: readonly SpreadConstraint[], domains: readonly Domains[]): FilterStage {
  const self = constraints.map((c) => (selects(c.selector, pod) ? 1 : 0));
  const moved = (other: PodInfo, node: NodeInfo, by: 1 | -1): void => {
    if (other.namespace !== pod.namespace || !hasAllKeys(constraints, node)) return;
    constraints.forEach((c, i) => {
      if (selects(c.selector, other) && counts(c, pod, node)) domains[i]?.add(node.labels[c.topologyKey] as string, by);
    });
  };
  return {
    filter: (node) => {
      for (let i = 0; i < constraints.length; i++) {
        const c = constraints[i] as SpreadConstraint;
        const value = node.labels[c.topologyKey];
        if (value === undefined) return NO_LABEL;
        const domain = domains[i] as Domains;
        if (domain.of(value) + (self[i] as number) - domain.least(c.minDomains) > c.maxSkew) return SKEWED;
      }
      return undefined;
    },
    addPod: (other, node) => moved(other, node, 1),
    removePod: (other, node) => moved(other, node, -1),
    copy: () =>
      hardStage(
        pod,
        constraints,
        domains.map((d) => d.copy()),
      ),
  };
}

function startFilter(pod: PodInfo, cluster: Cluster, defaults: SpreadDefaults): FilterStage | undefined {
  const constraints = constraintsOf(pod, cluster, defaults).filter((c) => c.isHard);
  if (constraints.length === 0) return undefined;
  const domains = constraints.map(() => new Domains());
  for (const node of cluster.nodes) {
    if (!hasAllKeys(constraints, node)) continue;
    constraints.forEach((c, i) => {
      if (counts(c, pod, node)) domains[i]?.add(node.labels[c.topologyKey] as string, matching(node, c.selector, pod.namespace));
    });
  }
  return hardStage(pod, constraints, domains);
}

function constraintsOf(pod: PodInfo, cluster: Cluster, { constraints }: SpreadDefaults): readonly SpreadConstraint[] {
  if (pod.spread.length > 0) return pod.spread;
  if (constraints.length === 0) return constraints as readonly [];
  const selector = cluster.objects.ownersSelector(pod);
  if (selector === undefined || selector.length === 0) return [];
  return constraints.map((c) => ({ ...c, selector, minDomains: 1, honorsAffinity: true, honorsTaints: false }));
}

interface Soft {
  readonly constraint: SpreadConstraint;
  /** Matching pods by value, of values that a candidate has; unused for host names. */
  readonly byValue: Map<string, number>;
  weight: number;
}

/** Small topologies are not to be drowned by large ones. */
const weightOf = (domains: number): number => Math.log(domains + 2);

function startScore(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[], defaults: SpreadDefaults): ScoreStage | undefined {
  const constraints = constraintsOf(pod, cluster, defaults).filter((c) => !c.isHard);
  if (constraints.length === 0) return undefined;
  const needsAll = pod.spread.length > 0 || !defaults.bySystem;
  const ignored = new Set(needsAll ? nodes.filter((n) => !hasAllKeys(constraints, n)) : []);
  const softs: Soft[] = constraints.map((constraint) => ({
    constraint,
    byValue: new Map(),
    weight: weightOf(nodes.length - ignored.size),
  }));
  for (const soft of softs) if (soft.constraint.topologyKey !== HOSTNAME) prepare(soft, nodes, ignored);
  for (const node of cluster.nodes) {
    if (needsAll && !hasAllKeys(constraints, node)) continue;
    for (const { constraint: c, byValue } of softs) {
      const value = node.labels[c.topologyKey] ?? "";
      const so = byValue.get(value);
      if (so !== undefined && counts(c, pod, node)) byValue.set(value, so + matching(node, c.selector, pod.namespace));
    }
  }
  return softStage(pod, nodes, softs, ignored);
}
function prepare(soft: Soft, nodes: readonly NodeInfo[], ignored: ReadonlySet<NodeInfo>): void {
  for (const node of nodes) if (!ignored.has(node)) soft.byValue.set(node.labels[soft.constraint.topologyKey] ?? "", 0);
  soft.weight = weightOf(soft.byValue.size);
}

function softStage(pod: PodInfo, nodes: readonly NodeInfo[], softs: readonly Soft[], ignored: ReadonlySet<NodeInfo>): ScoreStage {
  return {
    score: (node) => {
      if (ignored.has(node)) return 0;
      let score = 0;
      for (const { constraint: c, byValue, weight } of softs) {
        const value = node.labels[c.topologyKey];
        if (value === undefined) continue;
        const n = c.topologyKey === HOSTNAME ? matching(node, c.selector, pod.namespace) : (byValue.get(value) ?? 0);
        score += n * weight + (c.maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize: (scores) => {
      const relevant = scores.filter((_, i) => !ignored.has(nodes[i] as NodeInfo));
      const [least, most] = [Math.min(...relevant), Math.max(0, ...relevant)];
      for (let i = 0; i < scores.length; i++) {
        if (ignored.has(nodes[i] as NodeInfo)) scores[i] = 0;
        else if (most === 0) scores[i] = MAX_NODE_SCORE;
        else scores[i] = Math.trunc((MAX_NODE_SCORE * (most + least - (scores[i] as number))) / most);
      }
    },
  };
}

export const podTopologySpread = (defaults: SpreadDefaults = SYSTEM_DEFAULTS): CyclePlugin => ({
  name: NAME,
  startFilter: (pod, cluster) => startFilter(pod, cluster, defaults),
  startScore: (pod, cluster, nodes) => startScore(pod, cluster, nodes, defaults),
});
