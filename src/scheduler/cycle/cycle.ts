import type { Cluster } from "./cluster.js";
import { type Diagnosis, NO_REJECTIONS, type Rejections } from "./diagnosis.js";
import type { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import { choose } from "./scores.js";
import { type Found, findFeasible } from "./search.js";
import {
  type BeforeBinding,
  type CycleOptions,
  type Filters,
  isRejection,
  type NamedStage,
  type Rejection,
  type WeightedPlugin,
} from "./types.js";

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

export type Searched = Exclude<Outcome, { kind: "fits" }> | (Found & { readonly kind: "found"; readonly filters: Filters });

/** Finds the best node for a pod, or why there is none. */
export function schedule(pod: PodInfo, cluster: Cluster, options: CycleOptions): Outcome {
  const found = search(pod, cluster, options);
  if (found.kind !== "found") return found;
  const node = choose(pod, cluster, found.slots, options);
  return { kind: "fits", node: node.name, before: beforeBinding(found.filters, node), nextStart: found.nextStart };
}
const NOTHING: readonly BeforeBinding[] = [];
export function beforeBinding(filters: Filters, node: NodeInfo): readonly BeforeBinding[] {
  let steps = NOTHING;
  for (const { stage } of filters.stages) if (stage.beforeBinding) steps = [...steps, ...stage.beforeBinding(node)];
  return steps;
}

/** The first half of a cycle: nodes that pass all filters. */
export function search(pod: PodInfo, cluster: Cluster, options: CycleOptions): Searched {
  const nodes = cluster.nodes.length;
  if (nodes === 0) return { kind: "noNodes" };
  const filters = startFilters(pod, cluster, options.plugins);
  if (isRefused(filters)) {
    const diagnosis = { nodes, everywhere: filters, rejections: NO_REJECTIONS, others: filters, plugins: new Set([filters.plugin]) };
    return { kind: "unschedulable", diagnosis, filters: undefined, nextStart: options.start };
  }
  const found = findFeasible(pod, cluster, filters, options);
  if (found.slots.length > 0) return { kind: "found", filters, ...found };
  return { kind: "unschedulable", diagnosis: diagnosisOf(nodes, filters, found.rejections()), filters, nextStart: found.nextStart };
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

export function diagnosisOf(nodes: number, filters: Filters, rejections: Rejections): Diagnosis {
  const narrowed = filters.only !== undefined;
  const others: Rejection | undefined = narrowed
    ? {
        plugin: filters.narrowedBy[0] ?? "",
        canPreempt: false,
        reasons: [`node(s) didn't satisfy plugin(s) [${[...filters.narrowedBy].sort().join(" ")}]`],
      }
    : undefined;
  const plugins = new Set(filters.narrowedBy);
  for (const [rejection] of rejections.counted()) plugins.add(rejection.plugin);
  return { nodes, everywhere: undefined, rejections, others, plugins };
}
