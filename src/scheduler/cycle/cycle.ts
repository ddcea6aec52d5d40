import type { Cluster } from "./cluster.js";
import type { Diagnosis } from "./diagnosis.js";
import { FEASIBLE_PERCENT_MIN, FEASIBLE_PERCENT_NODES_STEP, FEASIBLE_PERCENT_START, MAX_NODE_SCORE, MIN_FEASIBLE_NODES } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import { type BeforeBinding, type FilterStage, isRejection, type Rejection, type WeightedPlugin } from "./types.js";

/** A plugin's stage under its name. */
export interface NamedStage {
  readonly name: string;
  readonly stage: FilterStage;
}
/** All filters of one pod, started. */
export interface Filters {
  readonly stages: readonly NamedStage[];
  /** The only nodes to look at, and who said so. */
  readonly only: ReadonlySet<string> | undefined;
  readonly narrowedBy: readonly string[];
}
export type Outcome =
  | {
      readonly kind: "fits";
      readonly node: string;
      readonly before: readonly BeforeBinding[];
      /** Where the next search begins, so that all nodes have their turn. */
      readonly nextStart: number;
    }
  | { readonly kind: "noNodes" }
  | { readonly kind: "unschedulable"; readonly diagnosis: Diagnosis; readonly filters: Filters | undefined; readonly nextStart: number };

export interface CycleOptions {
  readonly plugins: readonly WeightedPlugin[];
  /** Of nodes, found feasible; 0: by the number of nodes. */
  readonly percentageOfNodes: number;
  readonly start: number;
  /** In [0, bound): decides between equal scores. */
  readonly below: (bound: number) => number;
}

export type Searched =
  | Exclude<Outcome, { kind: "fits" }>
  | {
      readonly kind: "found";
      readonly feasible: readonly NodeInfo[];
      readonly rejections: ReadonlyMap<string, Rejection>;
      readonly filters: Filters;
      readonly nextStart: number;
    };

/** Finds the best node for a pod, or why there is none. */
export function schedule(pod: PodInfo, cluster: Cluster, options: CycleOptions): Outcome {
  const found = search(pod, cluster, options);
  if (found.kind !== "found") return found;
  const node = choose(pod, cluster, found.feasible, options);
  return { kind: "fits", node: node.name, before: beforeBinding(found.filters, node), nextStart: found.nextStart };
}
export const beforeBinding = (filters: Filters, node: NodeInfo): readonly BeforeBinding[] =>
  filters.stages.flatMap(({ stage }) => stage.beforeBinding?.(node) ?? []);

/** The first half of a cycle: nodes that pass all filters. */
export function search(pod: PodInfo, cluster: Cluster, options: CycleOptions): Searched {
  const all = cluster.nodes;
  if (all.length === 0) return { kind: "noNodes" };
  const filters = startFilters(pod, cluster, options.plugins);
  if (isRefused(filters)) {
    const diagnosis = {
      nodes: all.length,
      everywhere: filters,
      rejections: new Map(),
      others: filters,
      plugins: new Set([filters.plugin]),
    };
    return { kind: "unschedulable", diagnosis, filters: undefined, nextStart: options.start };
  }
  const found = findFeasible(pod, cluster, filters, options);
  if (found.feasible.length > 0) return { kind: "found", filters, ...found };
  return { kind: "unschedulable", diagnosis: diagnosisOf(all.length, filters, found.rejections), filters, nextStart: found.nextStart };
}

export const isRefused = (x: Filters | Rejection): x is Rejection => "reasons" in x;

export function startFilters(pod: PodInfo, cluster: Cluster, plugins: readonly WeightedPlugin[]): Filters | Rejection {
  const stages: NamedStage[] = [];
  const narrowedBy: string[] = [];
  let only: ReadonlySet<string> | undefined;
  for (const { plugin } of plugins) {
    const stage = plugin.startFilter?.(pod, cluster);
    if (stage === undefined) continue;
    if (isRejection(stage)) return stage;
    stages.push({ name: plugin.name, stage });
    if (!stage.nodes) continue;
    narrowedBy.push(plugin.name);
    const nodes: ReadonlySet<string> = stage.nodes;
    only = only === undefined ? nodes : new Set([...only].filter((name) => nodes.has(name)));
  }
  return { stages, only, narrowedBy };
}

interface Found {
  readonly feasible: readonly NodeInfo[];
  readonly rejections: ReadonlyMap<string, Rejection>;
  readonly nextStart: number;
}

function findFeasible(pod: PodInfo, cluster: Cluster, filters: Filters, options: CycleOptions): Found {
  const nominated = cluster.node(pod.status.nominatedNodeName ?? "");
  // The node that was cleared for it is likely the only one.
  if (nominated && passes(pod, nominated, cluster, filters.stages) === undefined) {
    return { feasible: [nominated], rejections: new Map(), nextStart: options.start };
  }
  const candidates = filters.only === undefined ? cluster.nodes : cluster.nodes.filter((n) => filters.only?.has(n.name));
  const enough = feasibleEnough(candidates.length, options.percentageOfNodes);
  const feasible: NodeInfo[] = [];
  const rejections = new Map<string, Rejection>();
  for (let i = 0; i < candidates.length && feasible.length < enough; i++) {
    const node = candidates[(options.start + i) % candidates.length] as NodeInfo;
    const rejection = passes(pod, node, cluster, filters.stages);
    if (rejection === undefined) feasible.push(node);
    else rejections.set(node.name, rejection);
  }
  return { feasible, rejections, nextStart: (options.start + feasible.length + rejections.size) % cluster.nodes.length };
}

/** Large clusters are not searched whole: a good node is enough. */
export function feasibleEnough(nodes: number, percentage: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  const adaptive = Math.max(FEASIBLE_PERCENT_START - Math.floor(nodes / FEASIBLE_PERCENT_NODES_STEP), FEASIBLE_PERCENT_MIN);
  return Math.max(Math.floor((nodes * (percentage > 0 ? percentage : adaptive)) / 100), MIN_FEASIBLE_NODES);
}

/**
 * Whether a pod passes on a node, with those that wait for it there and are not less important, and without them too: they may yet go
 * elsewhere, and affinity to them must not be counted on.
 */
export function passes(pod: PodInfo, node: NodeInfo, cluster: Cluster, stages: readonly NamedStage[]): Rejection | undefined {
  const waiting = cluster.hasNominated
    ? [...cluster.nominatedTo(node.name)].filter((p) => p.uid !== pod.uid && p.priority >= pod.priority)
    : NOBODY;
  if (waiting.length > 0) {
    const trial = node.copy();
    const copies = copyStages(stages);
    for (const other of waiting) put(other, trial, copies);
    const rejection = runFilters(trial, copies);
    if (rejection) return rejection;
  }
  return runFilters(node, stages);
}
const NOBODY: readonly PodInfo[] = [];
function runFilters(node: NodeInfo, stages: readonly NamedStage[]): Rejection | undefined {
  for (const { stage } of stages) {
    const rejection = stage.filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}
export const copyStages = (stages: readonly NamedStage[]): readonly NamedStage[] =>
  stages.map(({ name, stage }) => ({ name, stage: stage.copy?.() ?? stage }));
export function put(pod: PodInfo, node: NodeInfo, stages: readonly NamedStage[]): void {
  node.addPod(pod);
  for (const { stage } of stages) stage.addPod?.(pod, node);
}
export function take(pod: PodInfo, node: NodeInfo, stages: readonly NamedStage[]): void {
  node.removePod(pod.uid);
  for (const { stage } of stages) stage.removePod?.(pod, node);
}

export function diagnosisOf(nodes: number, filters: Filters, rejections: ReadonlyMap<string, Rejection>): Diagnosis {
  const narrowed = filters.only !== undefined;
  const others: Rejection | undefined = narrowed
    ? {
        plugin: filters.narrowedBy[0] ?? "",
        canPreempt: false,
        reasons: [`node(s) didn't satisfy plugin(s) [${[...filters.narrowedBy].sort().join(" ")}]`],
      }
    : undefined;
  const plugins = new Set([...rejections.values()].map((r) => r.plugin));
  for (const name of filters.narrowedBy) plugins.add(name);
  return { nodes, everywhere: undefined, rejections, others, plugins };
}

/** What one plugin gave the nodes, weighted; in the order of the nodes. */
export interface PluginScores {
  readonly plugin: string;
  readonly scores: readonly number[];
}
export function scoresOf(
  pod: PodInfo,
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  plugins: readonly WeightedPlugin[],
): readonly PluginScores[] {
  const all: PluginScores[] = [];
  for (const { plugin, weight } of plugins) {
    const stage = weight === 0 ? undefined : plugin.startScore?.(pod, cluster, nodes);
    if (stage === undefined) continue;
    const scores = nodes.map((node) => stage.score(node));
    stage.normalize?.(scores);
    all.push({ plugin: plugin.name, scores: scores.map((s) => s * weight) });
  }
  return all;
}

/** The second half: the node with the highest score. `more`: what others gave them, by name. */
export function choose(
  pod: PodInfo,
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  options: CycleOptions,
  more?: ReadonlyMap<string, number>,
): NodeInfo {
  if (nodes.length === 1) return nodes[0] as NodeInfo;
  const total = nodes.map((node) => more?.get(node.name) ?? 0);
  for (const { scores } of scoresOf(pod, cluster, nodes, options.plugins))
    for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (scores[i] as number);
  let chosen = 0;
  let equals = 1;
  for (let i = 1; i < nodes.length; i++) {
    const difference = (total[i] as number) - (total[chosen] as number);
    if (difference > 0) {
      chosen = i;
      equals = 1;
    } else if (difference === 0 && options.below(++equals) === 0) chosen = i;
  }
  return nodes[chosen] as NodeInfo;
}

/** The greatest becomes 100; `reverse`: the least does. As most scoring plugins do it. */
export function normalized(scores: number[], reverse: boolean): void {
  const max = Math.max(0, ...scores);
  for (let i = 0; i < scores.length; i++) {
    const share = max === 0 ? 0 : Math.trunc((MAX_NODE_SCORE * (scores[i] as number)) / max);
    scores[i] = reverse ? MAX_NODE_SCORE - share : share;
  }
}
