import type { Cluster } from "./cluster.js";
import { MAX_NODE_SCORE } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import { nodesAt, slotsOf } from "./search.js";
import type { CycleOptions, CyclePlugin, WeightedPlugin } from "./types.js";

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
  const slots = slotsOf(nodes);
  const scores = new Float64Array(nodes.length);
  for (const { plugin, weight } of plugins)
    if (weight !== 0 && score(plugin, pod, cluster, slots, scores))
      all.push({ plugin: plugin.name, scores: Array.from(scores, (s) => s * weight) });
  return all;
}
/** Into `into`; false: the plugin has nothing to say. */
function score(plugin: CyclePlugin, pod: PodInfo, cluster: Cluster, slots: Int32Array, into: Float64Array): boolean {
  if (plugin.scoreAll) return plugin.scoreAll(pod, cluster, slots, into.fill(0));
  if (plugin.startScore === undefined) return false;
  const nodes = nodesAt(cluster, slots);
  const stage = plugin.startScore(pod, cluster, nodes);
  if (stage === undefined) return false;
  const scores = nodes.map((node) => stage.score(node));
  stage.normalize?.(scores);
  into.set(scores);
  return true;
}

/** The second half: the node with the highest score. `more`: what others gave them, by name. */
export function choose(
  pod: PodInfo,
  cluster: Cluster,
  slots: Int32Array,
  options: CycleOptions,
  more?: ReadonlyMap<string, number>,
): NodeInfo {
  const { table, scratch } = cluster;
  const total = scratch.numbers(0, slots.length);
  const scores = scratch.numbers(1, slots.length);
  if (slots.length > 1) {
    if (more) for (let i = 0; i < total.length; i++) total[i] = more.get(table.at(slots[i] as number)?.name ?? "") ?? 0;
    for (const { plugin, weight } of options.plugins) {
      if (weight === 0 || !score(plugin, pod, cluster, slots, scores)) continue;
      for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + weight * (scores[i] as number);
    }
  }
  return table.at(slots[highest(total, options.below)] as number) as NodeInfo;
}
/** Each of several equals with the same chance. */
function highest(total: Float64Array, below: (bound: number) => number): number {
  let most = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (let i = 0; i < total.length; i++) {
    const score = total[i] as number;
    if (score > most) {
      most = score;
      equals = 1;
    } else if (score === most) equals++;
  }
  let before = equals > 1 ? below(equals) : 0;
  for (let i = total.length - 1; i > 0; i--) if (total[i] === most && before-- === 0) return i;
  return 0;
}

/** The greatest becomes 100; `reverse`: the least does. As most scoring plugins do it. */
export function normalize(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (const s of scores) if (s > max) max = s;
  for (let i = 0; i < scores.length; i++) {
    const share = max === 0 ? 0 : Math.trunc((MAX_NODE_SCORE * (scores[i] as number)) / max);
    scores[i] = reverse ? MAX_NODE_SCORE - share : share;
  }
}
