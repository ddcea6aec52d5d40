import { type FieldError, forbiddenField, invalid, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import { PERIOD_SECONDS_MAX, STABILIZATION_SECONDS_MAX } from "../limits.js";
import { nonNegativeQuantity } from "../shared/quantities.js";
import { child, field, has, objects, optionalText, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, NONE, nonNegative, oneOf } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";
import { metricSpecErrors } from "./metrics.js";
import { targetErrors, type VersionRule, versionErrors } from "./target-reference.js";

const SELECT_POLICIES = ["Disabled", "Max", "Min"];
const POLICY_TYPES = ["Percent", "Pods"];

interface Options {
  readonly minReplicas: number;
  readonly target: VersionRule;
  readonly described: VersionRule;
}

function policyErrors(policy: JsonObject, path: string): Errors {
  const [value, period] = [whole(policy, "value"), whole(policy, "periodSeconds")];
  const errors: FieldError[] = [...oneOf(`${path}.type`, text(policy, "type"), POLICY_TYPES)];
  if (value <= 0) errors.push(invalid(`${path}.value`, value, "must be greater than zero"));
  if (period <= 0) errors.push(invalid(`${path}.periodSeconds`, period, "must be greater than zero"));
  if (period > PERIOD_SECONDS_MAX)
    errors.push(invalid(`${path}.periodSeconds`, period, `must be less than or equal to ${PERIOD_SECONDS_MAX}`));
  return errors;
}
function scalingErrors(rules: JsonObject | undefined, path: string): Errors {
  if (rules === undefined) return NONE;
  const [window, select, policies] = [
    whole(rules, "stabilizationWindowSeconds"),
    optionalText(rules, "selectPolicy"),
    objects(rules, "policies"),
  ];
  const at = `${path}.stabilizationWindowSeconds`;
  const errors: FieldError[] = window < 0 ? [invalid(at, window, "must be greater than or equal to zero")] : [];
  if (window > STABILIZATION_SECONDS_MAX) errors.push(invalid(at, window, `must be less than or equal to ${STABILIZATION_SECONDS_MAX}`));
  if (select !== undefined) errors.push(...oneOf(`${path}.selectPolicy`, select, SELECT_POLICIES));
  if (policies.length === 0) errors.push(required(`${path}.policies`, "must specify at least one Policy"));
  errors.push(...policies.flatMap((p, i) => policyErrors(p, `${path}.policies[${i}]`)));
  if (has(rules, "tolerance")) errors.push(...nonNegativeQuantity(`${path}.tolerance`, field(rules, "tolerance")));
  return errors;
}

function replicasErrors(spec: JsonObject, least: number): Errors {
  const [min, max] = [optionalWhole(spec, "minReplicas"), whole(spec, "maxReplicas")];
  const errors: FieldError[] = [];
  if (min !== undefined && min < least) errors.push(invalid("spec.minReplicas", min, `must be greater than or equal to ${least}`));
  if (max === 0) errors.push(required("spec.maxReplicas", "must be set and greater than 0"));
  if (max < 0) errors.push(invalid("spec.maxReplicas", max, "must be greater than or equal to 1"));
  if (min !== undefined && max < min) errors.push(invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`"));
  return errors;
}
function metricsErrors(spec: JsonObject, rule: VersionRule): Errors {
  const metrics = objects(spec, "metrics");
  const elsewhere = metrics.some((m) => text(m, "type") === "Object" || text(m, "type") === "External");
  const blind = optionalWhole(spec, "minReplicas") === 0 && !elsewhere;
  return [
    ...metrics.flatMap((m, i) => metricSpecErrors(m, `spec.metrics[${i}]`, rule)),
    ...(blind
      ? [forbiddenField("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas")]
      : []),
  ];
}
function specErrors(spec: JsonObject, options: Options): Errors {
  const behavior = child(spec, "behavior");
  return [
    ...replicasErrors(spec, options.minReplicas),
    ...targetErrors(targetOf(spec), "spec.scaleTargetRef", options.target),
    ...metricsErrors(spec, options.described),
    ...scalingErrors(child(behavior, "scaleUp"), "spec.behavior.scaleUp"),
    ...scalingErrors(child(behavior, "scaleDown"), "spec.behavior.scaleDown"),
  ];
}

const targetOf = (spec: JsonObject): JsonObject => child(spec, "scaleTargetRef") ?? {};
/** Of the kinds that scale, one alone has no group. */
const targetRule = (spec: JsonObject): VersionRule => (text(targetOf(spec), "kind") === "ReplicationController" ? "any" : "group");
function describesBadly(spec: JsonObject): boolean {
  return objects(spec, "metrics").some((m) => {
    const described = child(child(m, "object"), "describedObject");
    const given = text(m, "type") === "Object" && child(m, "object") !== undefined;
    return given && versionErrors(text(described, "apiVersion"), "", "any").length > 0;
  });
}
/** What the stored object has stays good. */
function updateOptions(spec: JsonObject, old: JsonObject): Options {
  const same = ["apiVersion", "kind"].every((f) => text(targetOf(spec), f) === text(targetOf(old), f));
  return {
    minReplicas: optionalWhole(old, "minReplicas") === 0 ? 0 : 1,
    target: same ? "none" : targetRule(spec),
    described: describesBadly(old) ? "none" : "any",
  };
}
const statusErrors = (o: KubeObject): Errors =>
  ["currentReplicas", "desiredReplicas"].flatMap((f) => nonNegative(`status.${f}`, optionalWhole(statusOf(o), f)));

export const HORIZONTAL_POD_AUTOSCALER: KindRules = {
  create: (o) => specErrors(specOf(o), { minReplicas: 1, target: targetRule(specOf(o)), described: "any" }),
  update: (o, old) => specErrors(specOf(o), updateOptions(specOf(o), specOf(old))),
  parts: { status: statusErrors },
};
