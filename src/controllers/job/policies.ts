import type { Pod } from "../shared/types.js";
import { parseIndexes } from "./indexes.js";
import type { FailureRule, Job } from "./types.js";

interface Terminated {
  readonly exitCode?: number;
}
export type FailureVerdict =
  | { readonly kind: "count" }
  | { readonly kind: "ignore" }
  | { readonly kind: "failIndex" }
  | { readonly kind: "failJob"; readonly message: string };

/** The first rule that fits a failed pod. */
export function verdictOn(job: Job, pod: Pod): FailureVerdict {
  for (const [i, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = rule.onExitCodes ? byExitCode(pod, rule.onExitCodes) : byCondition(pod, rule);
    if (why === undefined) continue;
    if (rule.action === "Ignore") return { kind: "ignore" };
    if (rule.action === "Count") return { kind: "count" };
    if (rule.action === "FailIndex") return { kind: "failIndex" };
    return { kind: "failJob", message: `${why} matching FailJob rule at index ${i}` };
  }
  return { kind: "count" };
}
function byExitCode(pod: Pod, rule: NonNullable<FailureRule["onExitCodes"]>): string | undefined {
  for (const list of [pod.status?.containerStatuses, pod.status?.initContainerStatuses]) {
    for (const container of list ?? []) {
      const code = (container.state?.["terminated"] as Terminated | undefined)?.exitCode;
      if (code === undefined || code === 0) continue;
      if (rule.containerName !== undefined && rule.containerName !== container.name) continue;
      if (rule.values.includes(code) === (rule.operator === "In"))
        return `Container ${container.name} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${code}`;
    }
  }
  return undefined;
}
function byCondition(pod: Pod, rule: FailureRule): string | undefined {
  for (const condition of pod.status?.conditions ?? []) {
    if (rule.onPodConditions?.some((p) => p.type === condition.type && p.status === condition.status))
      return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${condition.type}`;
  }
  return undefined;
}

/** Why the indexes that succeeded are enough; undefined: they are not. */
export function successMessage(job: Job, succeeded: ReadonlySet<number>): string | undefined {
  if (succeeded.size === 0) return undefined;
  for (const [i, rule] of (job.spec.successPolicy?.rules ?? []).entries()) {
    const required = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, job.spec.completions ?? 0);
    if (required?.size === 0) continue;
    const met = required === undefined ? succeeded.size : [...required].filter((n) => succeeded.has(n)).length;
    if (met === required?.size || (rule.succeededCount !== undefined && met >= rule.succeededCount)) return `Matched rules at index ${i}`;
  }
  return undefined;
}
