import { asMilli, formatQuantity, parseQuantity, type QuantityFormat, quantityOf } from "../../kube/meta/index.js";
import type { Pod, Selector } from "../shared/types.js";
import { TOLERANCE } from "./limits.js";
import { byAverage, byShare, byUtilization, byValue, type Calculated, type Tolerances } from "./replicas.js";
import type { Autoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValue, Observed, PodSample } from "./types.js";

export interface MetricFacts {
  readonly namespace: string;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly pods: readonly Pod[];
  readonly tolerances: Tolerances;
  readonly nowMs: number;
}
/** What one metric asks for, or why it cannot be said: `why` to the event and condition, `wrapped` to who reads all metrics. */
export type Proposal =
  | { readonly kind: "replicas"; readonly replicas: number; readonly name: string; readonly status: MetricStatus }
  | { readonly kind: "failed"; readonly reason: string; readonly why: string; readonly wrapped: string };

export function tolerancesOf({ behavior }: Autoscaler["spec"]): Tolerances {
  const given = (text: string | undefined): number => (text === undefined ? TOLERANCE : Number(asMilli(parseQuantity(text))) / 1_000);
  return { up: given(behavior?.scaleUp?.tolerance), down: given(behavior?.scaleDown?.tolerance) };
}

const milliText = (milli: bigint, format: QuantityFormat = "DecimalSI"): string => formatQuantity(quantityOf(milli, -3, format));
const milliOf = (text: string): bigint => asMilli(parseQuantity(text));

export function propose(spec: MetricSpec, observed: Observed, facts: MetricFacts): Proposal {
  switch (spec.type) {
    case "Resource":
      return resource(spec.resource, observed, facts, "");
    case "ContainerResource":
      return resource(spec.containerResource, observed, facts, spec.containerResource?.container ?? "");
    case "Pods":
      return pods(spec, observed, facts);
    case "Object":
      return object(spec, observed, facts);
    case "External":
      return external(spec, observed, facts);
    default: {
      const why = `unknown metric source type "${spec.type}"`;
      return { kind: "failed", reason: "InvalidMetricSourceType", why, wrapped: why };
    }
  }
}

/** Puts in front what was attempted; `wrapped` may say more than `why`. */
function refused(reason: string, outer: string, why: string, inner = ""): Proposal {
  return { kind: "failed", reason, why, wrapped: `${outer}: ${inner}${why}` };
}
const samplesOf = (observed: Observed): ReadonlyMap<string, PodSample> => (observed.kind === "pods" ? observed.samples : new Map());

function resource(
  of: { readonly name: string; readonly target: MetricTarget } | undefined,
  observed: Observed,
  facts: MetricFacts,
  container: string,
): Proposal {
  const { name = "", target } = of ?? {};
  const isContainer = container !== "";
  const reason = isContainer ? "FailedGetContainerResourceMetric" : "FailedGetResourceMetric";
  const outer = isContainer ? `failed to get ${container} container metric value` : `failed to get ${name} resource metric value`;
  const isAverage = target?.averageValue !== undefined;
  if (!isAverage && target?.averageUtilization === undefined)
    return refused(
      reason,
      outer,
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
    );
  const attempted = `failed to get ${name} ${isAverage ? "usage" : "utilization"}`;
  if (observed.kind === "failed")
    return refused(reason, outer, `${attempted}: unable to get metrics for resource ${name}: ${observed.why}`);
  const all = { ...facts, currentReplicas: facts.specReplicas, samples: samplesOf(observed), resource: name };
  const found =
    target?.averageValue === undefined
      ? byUtilization(all, { percent: target?.averageUtilization ?? 0, container })
      : byAverage(all, milliOf(target.averageValue));
  if (found.kind === "failed") return refused(reason, outer, `${attempted}: ${found.why}`);
  const current: MetricValue = {
    ...(found.utilization === undefined ? {} : { averageUtilization: found.utilization }),
    averageValue: milliText(found.milli, name === "memory" ? "BinarySI" : "DecimalSI"),
  };
  const share = `${name} ${isContainer ? "container resource" : "resource"} utilization (percentage of request)`;
  return {
    kind: "replicas",
    replicas: found.replicas,
    name: isAverage ? `${name} resource` : share,
    status: isContainer
      ? { type: "ContainerResource", containerResource: { name, container, current } }
      : { type: "Resource", resource: { name, current } },
  };
}

function pods({ pods: of }: MetricSpec, observed: Observed, facts: MetricFacts): Proposal {
  const reason = "FailedGetPodsMetric";
  const outer = "failed to get pods metric value";
  const metric = of?.metric ?? { name: "" };
  if (observed.kind === "failed") return refused(reason, outer, `unable to get metric ${metric.name}: ${observed.why}`);
  const all = { ...facts, currentReplicas: facts.specReplicas, samples: samplesOf(observed), resource: "" };
  const found = byAverage(all, milliOf(of?.target.averageValue ?? "0"));
  if (found.kind === "failed") return refused(reason, outer, found.why);
  const status = { type: "Pods", pods: { metric, current: { averageValue: milliText(found.milli) } } };
  return { kind: "replicas", replicas: found.replicas, name: `pods metric ${metric.name}`, status };
}

const valuesOf = (observed: Observed): bigint => {
  const total = observed.kind === "values" ? observed.milli.reduce((a, b) => a + b, 0n) : 0n;
  return total > INT64_MAX ? INT64_MAX : total;
};
const INT64_MAX = (1n << 63n) - 1n;

function object({ object: of }: MetricSpec, observed: Observed, facts: MetricFacts): Proposal {
  const reason = "FailedGetObjectMetric";
  const outer = "failed to get object metric value";
  const { metric = { name: "" }, describedObject = { kind: "", name: "" }, target } = of ?? {};
  const isAverage = target?.type === "AverageValue" && target.averageValue !== undefined;
  const inner = isAverage ? `failed to get ${metric.name} object metric: ` : "";
  if (!isAverage && !(target?.type === "Value" && target.value !== undefined))
    return refused(reason, outer, "invalid object metric source: neither a value target nor an average value target was set");
  if (observed.kind === "failed") {
    const where = `${describedObject.kind} ${facts.namespace}/${describedObject.name}`;
    return refused(reason, outer, `unable to get metric ${metric.name}: ${observed.why} on ${where}`, inner);
  }
  const found = shared(valuesOf(observed), target, isAverage, facts);
  if (found.kind === "failed") return refused(reason, outer, found.why, inner);
  const value = milliText(found.milli);
  const current = isAverage ? { averageValue: value } : { value };
  return {
    kind: "replicas",
    replicas: found.replicas,
    name: isAverage ? `external metric ${metric.name}(${selectorText(metric.selector)})` : `${describedObject.kind} metric ${metric.name}`,
    status: { type: "Object", object: { describedObject, metric, current } },
  };
}

function external({ external: of }: MetricSpec, observed: Observed, facts: MetricFacts): Proposal {
  const { metric = { name: "" }, target } = of ?? {};
  const reason = "FailedGetExternalMetric";
  const outer = `failed to get ${metric.name} external metric value`;
  const isAverage = target?.averageValue !== undefined;
  const inner = isAverage ? `failed to get ${metric.name} external metric: ` : `failed to get external metric ${metric.name}: `;
  if (!isAverage && target?.value === undefined)
    return refused(reason, outer, "invalid external metric source: neither a value target nor an average value target was set");
  const selector = selectorText(metric.selector);
  if (observed.kind === "failed")
    return refused(reason, outer, `unable to get external metric ${facts.namespace}/${metric.name}/${selector}: ${observed.why}`, inner);
  const found = shared(valuesOf(observed), target, isAverage, facts);
  if (found.kind === "failed") return refused(reason, outer, found.why, inner);
  const value = milliText(found.milli);
  const current = isAverage ? { averageValue: value } : { value };
  return {
    kind: "replicas",
    replicas: found.replicas,
    name: `external metric ${metric.name}(${selector})`,
    status: { type: "External", external: { metric, current } },
  };
}

function shared(milli: bigint, target: MetricTarget, isAverage: boolean, facts: MetricFacts): Calculated {
  if (isAverage) return byShare(facts, milli, milliOf(target.averageValue ?? "0"));
  return byValue({ ...facts, currentReplicas: facts.specReplicas }, milli, milliOf(target.value ?? "0"));
}

/** As such a value stands in events and conditions. */
export function selectorText(selector: Selector | undefined): string {
  if (selector === undefined) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  const matchLabels = labels.map(([key, value]) => `${key}: ${value},`).join("");
  return `&LabelSelector{MatchLabels:map[string]string{${matchLabels}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
