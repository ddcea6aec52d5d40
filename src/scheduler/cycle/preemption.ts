import { type KubeObject, matchesLabels } from "../../kube/meta/index.js";
import type { Cluster } from "./cluster.js";
import { type Diagnosis, fitErrorText, RejectionsBySlot } from "./diagnosis.js";
import { PREEMPTION_CANDIDATES_MIN, PREEMPTION_CANDIDATES_PERCENT } from "./limits.js";
import type { NodeInfo } from "./node-info.js";
import { byImportance, type PodInfo, selectorOf } from "./pod-info.js";
import type { BudgetShape } from "./shapes.js";
import { type Trial, trialOf, verdictAmong, waitingFor } from "./trial.js";
import type { Filters, Rejection } from "./types.js";

export type Preemption =
  | { readonly kind: "preempts"; readonly node: string; readonly victims: readonly PodInfo[] }
  /** `forget`: a nomination that the pod has is of no use any more. */
  | { readonly kind: "helpless"; readonly message: string; readonly forget: boolean };

interface Candidate {
  readonly node: string;
  /** Most important first. */
  readonly victims: readonly PodInfo[];
  readonly violations: number;
}

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
  const budgets = [...cluster.objects.budgets()];
  const trial = trialOf(filters.stages);
  const candidates: Candidate[] = [];
  const rejections = new RejectionsBySlot(cluster.table.capacity);
  const offset = nodes.length === 0 ? 0 : below(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    if (candidates.length >= enough && candidates.some((c) => c.violations === 0)) break;
    const node = nodes[(offset + i) % nodes.length] as NodeInfo;
    const found = victimsOn(pod, node, trial, budgets);
    if ("reasons" in found) rejections.set(node.slot, found);
    else candidates.push(found);
  }
  return { candidates, rejections };
}

type Budget = KubeObject & BudgetShape;

/** Takes away all that is less important, and lets back what can stay: those that a budget protects first, the more important before others. */
function victimsOn(pod: PodInfo, node: NodeInfo, trial: Trial, budgets: readonly Budget[]): Candidate | Rejection {
  const lesser = lesserOn(node, pod.priority);
  if (lesser.length === 0) return NO_VICTIMS;
  trial.start(node);
  const waiting = waitingFor(pod, node);
  for (const other of lesser) trial.take(other);
  const rejection = verdictAmong(waiting, trial);
  if (rejection) return rejection;
  const isProtected = budgets.length === 0 ? NONE : protectedBy(lesser, budgets);
  const victims: PodInfo[] = [];
  for (const wanted of isProtected.size === 0 ? [false] : [true, false])
    for (const other of lesser) {
      if (isProtected.has(other) !== wanted) continue;
      trial.put(other);
      if (verdictAmong(waiting, trial) === undefined) continue;
      trial.take(other);
      victims.push(other);
    }
  if (isProtected.size > 0) victims.sort(byImportance);
  return { node: node.name, victims, violations: victims.filter((v) => isProtected.has(v)).length };
}
/** Of a lower priority, the most important first. */
function lesserOn({ byImportance }: NodeInfo, priority: number): readonly PodInfo[] {
  let first = 0;
  while (first < byImportance.length && (byImportance[first] as PodInfo).priority >= priority) first++;
  return first === 0 ? byImportance : byImportance.slice(first);
}
const NO_VICTIMS: Rejection = { plugin: "", canPreempt: false, reasons: ["No preemption victims found for incoming pod"] };
const NONE: ReadonlySet<PodInfo> = new Set();

/** Those whose end would break a budget, counted from the most important on. */
function protectedBy(pods: readonly PodInfo[], budgets: readonly Budget[]): ReadonlySet<PodInfo> {
  const allowed = budgets.map((b) => b.status?.disruptionsAllowed ?? 0);
  const breaking = new Set<PodInfo>();
  for (const pod of pods)
    budgets.forEach((budget, i) => {
      if (!covers(budget, pod)) return;
      const left = (allowed[i] as number) - 1;
      allowed[i] = left;
      if (left < 0) breaking.add(pod);
    });
  return breaking;
}
function covers(budget: Budget, pod: PodInfo): boolean {
  if (budget.metadata.namespace !== pod.namespace || Object.keys(pod.labels).length === 0) return false;
  const selector = selectorOf(budget.spec?.selector);
  if (selector === undefined || selector.length === 0 || !matchesLabels(selector, pod.labels)) return false;
  // It counts as disrupted already.
  return budget.status?.disruptedPods?.[pod.name] === undefined;
}

/** Fewest broken budgets, then the least important victims, the smallest sum, the fewest, the youngest; then the first. */
const PREFERENCES: readonly ((c: Candidate) => number)[] = [
  (c) => c.violations,
  (c) => c.victims[0]?.priority ?? 0,
  sumOfPriorities,
  (c) => c.victims.length,
  (c) => -earliestStart(c.victims),
];
function sumOfPriorities({ victims }: Candidate): number {
  let sum = 0;
  // Shifted so that several pods of negative priority are not better than one.
  for (const { priority } of victims) sum += priority + 2 ** 31;
  return sum;
}
/** Of the most important ones. */
function earliestStart(victims: readonly PodInfo[]): number {
  let earliest = "";
  for (const { priority, status } of victims) {
    if (priority !== victims[0]?.priority) break;
    const start = status.startTime ?? "";
    if (start !== "" && (earliest === "" || start < earliest)) earliest = start;
  }
  return (earliest !== "" && Date.parse(earliest)) || Number.MAX_SAFE_INTEGER;
}
function pickOne(candidates: readonly Candidate[]): Candidate {
  let best = candidates[0] as Candidate;
  for (let i = 1; i < candidates.length; i++) if (isBetter(candidates[i] as Candidate, best)) best = candidates[i] as Candidate;
  return best;
}
function isBetter(a: Candidate, b: Candidate): boolean {
  for (const preference of PREFERENCES) {
    const difference = preference(a) - preference(b);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
