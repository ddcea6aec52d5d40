import type { JsonObject } from "../../meta/index.js";
import { labelsFromTemplate } from "./core.js";
import { both, child, childOrNew, inside, isAbsent, isEmptyList, isZeroOrAbsent, pointers, type Row, type Rows, values } from "./rows.js";

const rollingUpdate =
  (strategy: string, defaults: Readonly<Record<string, string | number>>): Row =>
  (spec) => {
    const s = childOrNew(spec, strategy);
    values({ type: "RollingUpdate" })(s);
    if (s["type"] === "RollingUpdate") pointers(defaults)(childOrNew(s, "rollingUpdate"));
  };

const statefulSet: Row = (spec) => {
  values({ podManagementPolicy: "OrderedReady" })(spec);
  const strategy = childOrNew(spec, "updateStrategy");
  if (isZeroOrAbsent(strategy["type"])) {
    strategy["type"] = "RollingUpdate";
    childOrNew(strategy, "rollingUpdate");
  }
  const rolling = child(strategy, "rollingUpdate");
  if (strategy["type"] === "RollingUpdate" && rolling !== undefined) pointers({ partition: 0 })(rolling);
  values({ whenDeleted: "Retain", whenScaled: "Retain" })(childOrNew(spec, "persistentVolumeClaimRetentionPolicy"));
  pointers({ replicas: 1, revisionHistoryLimit: 10 })(spec);
};

/** The kind alone: a CronJob's template of one has none of this. */
const job: Row = (o) => {
  const had = child(child(o, "metadata"), "labels");
  const labels = labelsFromTemplate(o);
  // One map in both places, as in the original: labels that a registry adds to the template are the job's too.
  if (labels !== undefined && (had === undefined || Object.keys(had).length === 0)) childOrNew(o, "metadata")["labels"] = labels;
  const spec = childOrNew(o, "spec");
  if (isAbsent(spec["completions"]) && isAbsent(spec["parallelism"])) spec["completions"] = 1;
  pointers({
    parallelism: 1,
    backoffLimit: isAbsent(spec["backoffLimitPerIndex"]) ? 6 : 2_147_483_647,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: isAbsent(spec["podFailurePolicy"]) ? "TerminatingOrFailed" : "Failed",
    manualSelector: false,
  })(spec);
};

const CPU_PERCENT = 80;
const PERIOD_SECONDS = 15;
const percentPolicy = (): JsonObject => ({ type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS });
const podsPolicy = (): JsonObject => ({ type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS });
const autoscaler: Row = (spec) => {
  pointers({ minReplicas: 1 })(spec);
  if (isEmptyList(spec["metrics"])) {
    const target = { type: "Utilization", averageUtilization: CPU_PERCENT };
    spec["metrics"] = [{ type: "Resource", resource: { name: "cpu", target } }];
  }
  const behavior = child(spec, "behavior");
  if (behavior === undefined) return;
  const up = childOrNew(behavior, "scaleUp");
  pointers({ stabilizationWindowSeconds: 0, selectPolicy: "Max", policies: () => [podsPolicy(), percentPolicy()] })(up);
  pointers({ selectPolicy: "Max", policies: () => [percentPolicy()] })(childOrNew(behavior, "scaleDown"));
};

/** Annotations in which v1 carries what it has no fields for. */
const METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics";
const autoscalerV1: Row = (o) => {
  const spec = child(o, "spec");
  if (spec === undefined) return;
  pointers({ minReplicas: 1 })(spec);
  const metrics = child(child(o, "metadata"), "annotations")?.[METRICS_ANNOTATION];
  if (metrics === undefined || metrics === "[]") pointers({ targetCPUUtilizationPercentage: CPU_PERCENT })(spec);
};

export const WORKLOADS: Rows = {
  kinds: {
    "apps/v1 Deployment": inside(
      "spec",
      both(
        pointers({ replicas: 1 }),
        rollingUpdate("strategy", { maxUnavailable: "25%", maxSurge: "25%" }),
        pointers({ revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
      ),
    ),
    "apps/v1 ReplicaSet": inside("spec", pointers({ replicas: 1 })),
    "apps/v1 DaemonSet": inside(
      "spec",
      both(rollingUpdate("updateStrategy", { maxUnavailable: 1, maxSurge: 0 }), pointers({ revisionHistoryLimit: 10 })),
    ),
    "apps/v1 StatefulSet": inside("spec", statefulSet),
    "batch/v1 Job": job,
    "batch/v1 CronJob": inside(
      "spec",
      both(values({ concurrencyPolicy: "Allow" }), pointers({ suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })),
    ),
    "autoscaling/v2 HorizontalPodAutoscaler": inside("spec", autoscaler),
    "autoscaling/v1 HorizontalPodAutoscaler": autoscalerV1,
  },
  types: { "batch.v1.PodFailurePolicyOnPodConditionsPattern": values({ status: "True" }) },
};
