import type { Cluster } from "./cluster.js";
import { MAX_NODE_SCORE } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import { type Nodes, nodesIn } from "./search.js";
import type { CycleOptions, ScoreStage, ScoresAtOnce, WeightedPlugin } from "./types.js";

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
  const some = nodesIn(nodes);
  const scores = new Float64Array(nodes.length);
  for (const { plugin, weight } of plugins)
    if (weight !== 0 && score(plugin.startScore?.(pod, cluster, nodes), some, scores))
      all.push({ plugin: plugin.name, scores: Array.from(scores, (s) => s * weight) });
  return all;
}
/** Into `into`; false: the plugin has nothing to say. */
function score(stage: ScoreStage | ScoresAtOnce | undefined, { nodes, slots }: Nodes, into: Float64Array): boolean {
  if (stage === undefined) return false;
  into.fill(0);
  if ("scoreAll" in stage) stage.scoreAll(slots, into);
  else {
    const scores = nodes.map((node) => stage.score(node));
    stage.normalize?.(scores);
    into.set(scores);
  }
  return true;
}

/** The second half: the node with the highest score. `more`: what others gave them, by name. */
export function choose(pod: PodInfo, cluster: Cluster, some: Nodes, options: CycleOptions, more?: ReadonlyMap<string, number>): NodeInfo {
  const { nodes } = some;
  if (nodes.length === 1) return nodes[0] as NodeInfo;
  const total = cluster.scratch.numbers(0, nodes.length);
  const scores = cluster.scratch.numbers(1, nodes.length);
  if (more)
    nodes.forEach((node, i) => {
      total[i] = more.get(node.name) ?? 0;
    });
  for (const { plugin, weight } of options.plugins) {
    if (weight === 0 || !score(plugin.startScore?.(pod, cluster, nodes), some, scores)) continue;
    for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + weight * (scores[i] as number);
  }
  return nodes[highest(total, options.below)] as NodeInfo;
}
/** Each of several equals with the same chance. */
function highest(total: Float64Array, below: (bound: number) => number): number {
  let chosen = 0;
  let equals = 1;
  for (let i = 1; i < total.length; i++) {
    const difference = (total[i] as number) - (total[chosen] as number);
    if (difference > 0) {
      chosen = i;
      equals = 1;
    } else if (difference === 0 && below(++equals) === 0) chosen = i;
  }
  return chosen;
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
