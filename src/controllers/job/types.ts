import type { ApiObject } from "../../kube/client/index.js";
import type { Condition, PodTemplate, Selector } from "../shared/types.js";

export interface JobCondition extends Condition {
  readonly lastProbeTime?: string | null;
}
export interface FailureRule {
  readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count";
  readonly onExitCodes?: { readonly containerName?: string; readonly operator: string; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}
export interface SuccessRule {
  readonly succeededIndexes?: string;
  readonly succeededCount?: number;
}
export interface JobStatus {
  readonly conditions?: readonly JobCondition[];
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly active?: number;
  readonly ready?: number;
  readonly terminating?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
  readonly uncountedTerminatedPods?: { readonly succeeded?: readonly string[]; readonly failed?: readonly string[] };
}
export interface Job extends ApiObject {
  readonly spec: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly completionMode?: string;
    readonly backoffLimit?: number;
    readonly backoffLimitPerIndex?: number;
    readonly maxFailedIndexes?: number;
    readonly activeDeadlineSeconds?: number;
    readonly podFailurePolicy?: { readonly rules: readonly FailureRule[] };
    readonly successPolicy?: { readonly rules: readonly SuccessRule[] };
    readonly podReplacementPolicy?: string;
    readonly suspend?: boolean;
    readonly managedBy?: string;
    readonly ttlSecondsAfterFinished?: number;
    readonly selector: Selector;
    readonly template: PodTemplate;
  };
  readonly status?: JobStatus;
}
/** Finalizer by which a finished pod is counted before it may go. */
export const TRACKING = "batch.kubernetes.io/job-tracking";
export const INDEX = "batch.kubernetes.io/job-completion-index";
export const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";
/** Kubernetes' own value of managedBy. */
export const MANAGER = "kubernetes.io/job-controller";
export const finishedCondition = (job: Job): JobCondition | undefined =>
  job.status?.conditions?.find((c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True");
