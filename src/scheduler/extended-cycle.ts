import {
  beforeBinding,
  type Cluster,
  type CycleOptions,
  choose,
  diagnosisOf,
  isRefused,
  type NodeInfo,
  nodesAt,
  type Outcome,
  type PodInfo,
  passes,
  type Rejection,
  rejectionsByName,
  search,
  slotsOf,
  startFilters,
} from "./cycle/index.js";
import type { Extender } from "./extender.js";

const EXTENDER = "Extender";

/** A cycle in which other programs have a say. "changed": the chosen node does not take the pod any more. */
export async function scheduleWith(
  extenders: readonly Extender[],
  pod: PodInfo,
  cluster: Cluster,
  options: CycleOptions,
): Promise<Outcome | { readonly kind: "changed" }> {
  const found = search(pod, cluster, options);
  if (found.kind !== "found") return found;
  const rejected = found.rejected();
  const nodes = await filtered(extenders, pod, nodesAt(cluster, found.slots), rejected);
  const { nextStart, filters } = found;
  if (nodes.length === 0) {
    const diagnosis = diagnosisOf(cluster.nodes.length, filters, rejectionsByName(rejected));
    return { kind: "unschedulable", diagnosis, filters, nextStart };
  }
  const given = await scores(extenders, pod, nodes);
  // Some may have gone while they were asked about.
  const left = nodes.filter((n) => cluster.node(n.name) === n);
  if (left.length === 0) return { kind: "changed" };
  const node = choose(pod, cluster, slotsOf(left), options, given);
  const again = startFilters(pod, cluster, options.plugins);
  const now = cluster.node(node.name);
  if (now === undefined || isRefused(again) || passes(pod, now, again.stages)) return { kind: "changed" };
  return { kind: "fits", node: node.name, before: beforeBinding(again, now), nextStart };
}

async function filtered(
  extenders: readonly Extender[],
  pod: PodInfo,
  feasible: readonly NodeInfo[],
  rejections: Map<string, Rejection>,
): Promise<readonly NodeInfo[]> {
  let nodes = feasible;
  for (const extender of extenders) {
    if (extender.settings.filterVerb === "" || nodes.length === 0) continue;
    try {
      const verdict = await extender.filter(pod, nodes);
      for (const [name, { reason, canPreempt }] of verdict.failed)
        rejections.set(name, { plugin: EXTENDER, canPreempt, reasons: [reason] });
      nodes = verdict.nodes;
    } catch (error) {
      if (!extender.settings.ignorable) throw error;
    }
  }
  return nodes;
}

/** Who cannot say which node is better leaves it to the others. */
async function scores(extenders: readonly Extender[], pod: PodInfo, nodes: readonly NodeInfo[]): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>();
  const asked = extenders.filter((e) => e.settings.prioritizeVerb !== "");
  const answers = await Promise.all(asked.map((e) => e.prioritize(pod, nodes).catch(() => new Map<string, number>())));
  for (const answer of answers) for (const [name, score] of answer) sums.set(name, (sums.get(name) ?? 0) + score);
  return sums;
}
