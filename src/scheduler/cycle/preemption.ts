import type { Cluster } from "./cluster.js";
import { type Diagnosis, fitErrorText, RejectionsBySlot } from "./diagnosis.js";
import { PREEMPTION_CANDIDATES_MIN, PREEMPTION_CANDIDATES_PERCENT } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import type { PodInfo } from "./pod-info.js";
import { trialOf } from "./trial.js";
import type { Filters, Rejection } from "./types.js";
import { budgetsOf, type Candidate, isCandidate, pickOne, victimsOn } from "./victims.js";

export type Preemption =
  | { readonly kind: "preempts"; readonly node: string; readonly victims: readonly PodInfo[] }
  /** `forget`: a nomination that the pod has is of no use any more. */
  | { readonly kind: "helpless"; readonly message: string; readonly forget: boolean };

/** Looks for the node where the fewest and least important pods must go to make room. Nothing is changed. */
export function preempt(
  pod: PodInfo,
  diagnosis: Diagnosis,
  filters: Filters,
  cluster: Cluster,
  below: (bound: number) => number,
): Preemption {
  const barred = whyNotEligible(pod, diagnosis, cluster);
  if (barred !== undefined) return { kind: "helpless", message: barred, forget: false };
  const possible = cluster.nodes.filter((n) => (diagnosis.rejections.of(n) ?? diagnosis.others)?.canPreempt === true);
  const { candidates, rejections } = tryAll(pod, possible, filters, cluster, below);
  if (candidates.length > 0) {
    const { node, victims } = pickOne(candidates);
    return { kind: "preempts", node, victims };
  }
  const others: Rejection = { plugin: "", canPreempt: false, reasons: ["Preemption is not helpful for scheduling"] };
  const message = fitErrorText({ nodes: cluster.nodes.length, everywhere: undefined, rejections, others, plugins: new Set() });
  return { kind: "helpless", message, forget: true };
}

function whyNotEligible(pod: PodInfo, diagnosis: Diagnosis, cluster: Cluster): string | undefined {
  if (pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.status.nominatedNodeName ?? "";
  const node = cluster.node(nominated);
  const rejection = (node && diagnosis.rejections.of(node)) ?? diagnosis.others;
  if (nominated === "" || (rejection !== undefined && !rejection.canPreempt)) return undefined;
  const isLeaving = [...(node?.pods.values() ?? [])].some((p) => p.priority < pod.priority && leavesForAnother(p));
  return isLeaving ? "not eligible due to a terminating pod on the nominated node." : undefined;
}
const leavesForAnother = (pod: PodInfo): boolean =>
  pod.isTerminating &&
  (pod.status.conditions ?? []).some((c) => c.type === "DisruptionTarget" && c.status === "True" && c.reason === "PreemptionByScheduler");

function tryAll(pod: PodInfo, nodes: readonly NodeInfo[], filters: Filters, cluster: Cluster, below: (bound: number) => number) {
  const enough = Math.min(
    nodes.length,
    Math.max(Math.floor((nodes.length * PREEMPTION_CANDIDATES_PERCENT) / 100), PREEMPTION_CANDIDATES_MIN),
  );
  const attempt = attempts(pod, filters, cluster);
  const candidates: Candidate[] = [];
  const rejections = new RejectionsBySlot(cluster.table.capacity);
  const offset = nodes.length === 0 ? 0 : below(nodes.length);
  let isHarmless = false;
  for (let i = 0; i < nodes.length && !(isHarmless && candidates.length >= enough); i++) {
    const node = nodes[(offset + i) % nodes.length] as NodeInfo;
    const found = attempt(node);
    if (isCandidate(found)) {
      candidates.push(found);
      isHarmless ||= found.violations === 0;
    } else rejections.set(node.slot, found);
  }
  return { candidates, rejections };
}
/** One after another finds the same on hundreds of nodes, where nothing but amounts matters: that is remembered. */
function attempts(pod: PodInfo, { stages }: Filters, cluster: Cluster): (node: NodeInfo) => Candidate | Rejection {
  const budgets = budgetsOf(cluster.objects.budgets());
  const trial = trialOf(stages);
  const attempt = (node: NodeInfo): Candidate | Rejection => victimsOn(pod, node, trial, budgets);
  if (budgets.length > 0 || stages.some(({ stage }) => stage.usedKey === undefined)) return attempt;
  const runs = cluster.dryRuns.of(`${pod.priority} ${stages.map(({ stage }) => stage.usedKey).join()}`);
  return (node) => (node.nominated.length > 0 ? attempt(node) : runs.of(node, () => attempt(node)));
}
