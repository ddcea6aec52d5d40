import { type KubeObject, type LabelSelector, matchesLabels } from "../../kube/meta/index.js";
import type { NodeInfo } from "./node-info.js";
import { byImportance, type PodInfo, selectorOf } from "./pod-info.js";
import type { BudgetShape } from "./shapes.js";
import { type Trial, verdictAmong, waitingFor } from "./trial.js";
import type { Rejection } from "./types.js";

/** A node on which a pod finds room, if these go. */
export interface Candidate {
  readonly node: string;
  /** Most important first. */
  readonly victims: readonly PodInfo[];
  /** Of budgets. */
  readonly violations: number;
  readonly topPriority: number;
  readonly priorities: number;
}
export const isCandidate = (x: Candidate | Rejection): x is Candidate => "victims" in x;

/** A budget with its selector read. */
export interface Budget {
  readonly namespace: string | undefined;
  readonly selector: LabelSelector;
  readonly allowed: number;
  readonly disrupted: Readonly<Record<string, string>>;
}
export function budgetsOf(objects: Iterable<KubeObject & BudgetShape>): readonly Budget[] {
  const budgets: Budget[] = [];
  for (const { metadata, spec, status } of objects) {
    const selector = selectorOf(spec?.selector);
    // It protects nobody.
    if (selector === undefined || selector.length === 0) continue;
    const { disruptionsAllowed = 0, disruptedPods = {} } = status ?? {};
    budgets.push({ namespace: metadata.namespace, selector, allowed: disruptionsAllowed, disrupted: disruptedPods });
  }
  return budgets;
}

/** Takes away all that is less important, and lets back what can stay: those that a budget protects first, the more important before others. */
export function victimsOn(pod: PodInfo, node: NodeInfo, trial: Trial, budgets: readonly Budget[]): Candidate | Rejection {
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
  return candidate(node.name, victims, isProtected);
}
function candidate(node: string, victims: readonly PodInfo[], isProtected: ReadonlySet<PodInfo>): Candidate {
  let [violations, priorities] = [0, 0];
  for (const victim of victims) {
    if (isProtected.has(victim)) violations++;
    // Shifted so that several pods of negative priority are not better than one.
    priorities += victim.priority + 2 ** 31;
  }
  return { node, victims, violations, topPriority: victims[0]?.priority ?? 0, priorities };
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
  const allowed = budgets.map((b) => b.allowed);
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
function covers({ namespace, selector, disrupted }: Budget, pod: PodInfo): boolean {
  if (namespace !== pod.namespace || Object.keys(pod.labels).length === 0 || !matchesLabels(selector, pod.labels)) return false;
  // It counts as disrupted already.
  return disrupted[pod.name] === undefined;
}

/** Fewest broken budgets, then the least important victims, the smallest sum, the fewest, the youngest; then the first. */
const PREFERENCES: readonly ((c: Candidate) => number)[] = [
  (c) => c.violations,
  (c) => c.topPriority,
  (c) => c.priorities,
  (c) => c.victims.length,
  (c) => -earliestStart(c.victims),
];
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
export function pickOne(candidates: readonly Candidate[]): Candidate {
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
