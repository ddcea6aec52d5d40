import type { ApiObject } from "../../kube/client/index.js";
import type { Condition, Selector } from "../shared/types.js";

export interface MetricTarget {
  readonly type: string;
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}
export interface MetricName {
  readonly name: string;
  readonly selector?: Selector;
}
export interface ObjectRef {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
}
export interface MetricSpec {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly target: MetricTarget };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly target: MetricTarget };
  readonly pods?: { readonly metric: MetricName; readonly target: MetricTarget };
  readonly object?: { readonly metric: MetricName; readonly describedObject: ObjectRef; readonly target: MetricTarget };
  readonly external?: { readonly metric: MetricName; readonly target: MetricTarget };
}
export interface MetricValue {
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}
/** `type` is empty for a metric that could not be read. */
export interface MetricStatus {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly current: MetricValue };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly current: MetricValue };
  readonly pods?: { readonly metric: MetricName; readonly current: MetricValue };
  readonly object?: { readonly metric: MetricName; readonly describedObject: ObjectRef; readonly current: MetricValue };
  readonly external?: { readonly metric: MetricName; readonly current: MetricValue };
}
export interface ScalingPolicy {
  readonly type: string;
  readonly value: number;
  readonly periodSeconds: number;
}
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly policies?: readonly ScalingPolicy[];
  readonly tolerance?: string;
}
export interface AutoscalerStatus {
  readonly observedGeneration?: number;
  readonly lastScaleTime?: string;
  readonly currentReplicas?: number;
  readonly desiredReplicas: number;
  readonly currentMetrics?: readonly MetricStatus[] | null;
  readonly conditions?: readonly Condition[];
}
/** autoscaling/v2. */
export interface Autoscaler extends ApiObject {
  readonly spec: {
    readonly scaleTargetRef: ObjectRef;
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
    readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules };
  };
  readonly status?: AutoscalerStatus;
}
/** autoscaling/v1 Scale: how many replicas a target is to have and has, and which pods they are. */
export interface Scale extends ApiObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly selector?: string };
}

/** What a metric's server says of one pod, in thousandths. */
export interface PodSample {
  readonly milli: bigint;
  readonly atMs: number;
  readonly windowMs: number;
}
/** The answer for one metric of an autoscaler. */
export type Observed =
  | { readonly kind: "pods"; readonly samples: ReadonlyMap<string, PodSample> }
  | { readonly kind: "values"; readonly milli: readonly bigint[] }
  | { readonly kind: "failed"; readonly why: string };

/** What was recommended and done before: stabilization and rates look back. Kept in memory only, as the original keeps it. */
export interface History {
  readonly recommendations: readonly { readonly replicas: number; readonly atMs: number }[];
  readonly ups: readonly ScaleEvent[];
  readonly downs: readonly ScaleEvent[];
}
export interface ScaleEvent {
  /** How many replicas more or fewer; never negative. */
  readonly change: number;
  readonly atMs: number;
}
export const NO_HISTORY: History = { recommendations: [], ups: [], downs: [] };
