import type { Cluster } from "./cluster.js";
import { isRefused, startFilters } from "./cycle.js";
import type { PodInfo } from "./pod-info.js";
import { scoresOf } from "./scores.js";
import type { CycleOptions } from "./types.js";

export interface NodeVerdict {
  readonly node: string;
  /** Every filter that refuses it, not only the first; none: the pod may go there. */
  readonly refusals: readonly { readonly plugin: string; readonly reasons: readonly string[] }[];
  /** Weighted, by plugin; empty where it may not go. */
  readonly scores: readonly { readonly plugin: string; readonly score: number }[];
  readonly total: number;
}
export interface Explanation {
  /** Said of every node before any was looked at. */
  readonly everywhere: { readonly plugin: string; readonly reasons: readonly string[] } | undefined;
  /** The best first, then those that refuse, by name. */
  readonly nodes: readonly NodeVerdict[];
}

/** What each plugin says of each node, as if the pod were to be scheduled now. */
export function explain(pod: PodInfo, cluster: Cluster, plugins: CycleOptions["plugins"]): Explanation {
  const filters = startFilters(pod, cluster, plugins);
  if (isRefused(filters)) return { everywhere: { plugin: filters.plugin, reasons: filters.reasons }, nodes: [] };
  const refusals = new Map(
    cluster.nodes.map((node) => {
      const named = filters.only === undefined || filters.only.has(node.name);
      const outside = named ? [] : [{ plugin: filters.narrowedBy.join(","), reasons: ["not one of the nodes that the pod names"] }];
      const refused = filters.stages.flatMap(({ stage }) => {
        const rejection = stage.filter(node);
        return rejection === undefined ? [] : [{ plugin: rejection.plugin, reasons: rejection.reasons }];
      });
      return [node.name, [...outside, ...refused]] as const;
    }),
  );
  const feasible = cluster.nodes.filter((n) => refusals.get(n.name)?.length === 0);
  const scored = scoresOf(pod, cluster, feasible, plugins);
  const fitting = feasible.map((node, i): NodeVerdict => {
    const scores = scored.map(({ plugin, scores: all }) => ({ plugin, score: all[i] ?? 0 }));
    return { node: node.name, refusals: [], scores, total: scores.reduce((sum, s) => sum + s.score, 0) };
  });
  const refusing = cluster.nodes
    .filter((n) => refusals.get(n.name)?.length !== 0)
    .map((n): NodeVerdict => ({ node: n.name, refusals: refusals.get(n.name) ?? [], scores: [], total: 0 }));
  const byName = (a: NodeVerdict, b: NodeVerdict): number => (a.node < b.node ? -1 : 1);
  return { everywhere: undefined, nodes: [...fitting.sort((a, b) => b.total - a.total || byName(a, b)), ...refusing.sort(byName)] };
}
