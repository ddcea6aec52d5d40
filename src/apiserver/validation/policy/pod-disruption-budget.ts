import { type FieldError, invalid, type JsonObject, type KubeObject, renderValue } from "../../../kube/meta/index.js";
import { conditionErrors } from "../shared/conditions.js";
import { selectorValue } from "../shared/internal-form.js";
import { selectorErrors } from "../shared/labels.js";
import { child, field, has, objects, optionalText, optionalWhole } from "../shared/read.js";
import { type Errors, intOrPercent, NONE, nonNegative, notOverHundred, oneOf } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";
import type { KindRules } from "../types.js";

const EVICTION_POLICIES = ["AlwaysAllow", "IfHealthyBudget"];
const AMOUNTS = ["minAvailable", "maxUnavailable"];
const COUNTERS = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];

/** As the original's own form has it: all fields, in their order. */
function specText(spec: JsonObject): string {
  const value = (name: string): string => {
    const of = field(spec, name);
    return of === undefined || of === null ? "null" : typeof of === "number" ? String(of) : renderValue(of);
  };
  const selector = selectorValue(child(spec, "selector"));
  return `{"MinAvailable":${value("minAvailable")},"Selector":${selector},"MaxUnavailable":${value("maxUnavailable")},"UnhealthyPodEvictionPolicy":${value("unhealthyPodEvictionPolicy")}}`;
}
const bothError = (spec: JsonObject): FieldError => ({
  ...invalid("spec", null, "minAvailable and maxUnavailable cannot be both set"),
  value: specText(spec),
});
function specErrors(spec: JsonObject, anyValue: boolean): Errors {
  const given = AMOUNTS.filter((name) => has(spec, name));
  const eviction = optionalText(spec, "unhealthyPodEvictionPolicy");
  return [
    ...(given.length === AMOUNTS.length ? [bothError(spec)] : []),
    ...given.flatMap((name) => [...intOrPercent(`spec.${name}`, field(spec, name)), ...notOverHundred(`spec.${name}`, field(spec, name))]),
    ...selectorErrors(child(spec, "selector"), "spec.selector", { anyValue }),
    ...(eviction === undefined ? NONE : oneOf("spec.unhealthyPodEvictionPolicy", eviction, EVICTION_POLICIES)),
  ];
}
function statusErrors(o: KubeObject): Errors {
  const status = statusOf(o);
  return [
    ...conditionErrors(objects(status, "conditions"), "status.conditions"),
    ...COUNTERS.flatMap((f) => nonNegative(`status.${f}`, optionalWhole(status, f))),
  ];
}
export const POD_DISRUPTION_BUDGET: KindRules = {
  ownMetadata: "all",
  create: (o) => specErrors(specOf(o), false),
  update: (o, old) => specErrors(specOf(o), selectorErrors(child(specOf(old), "selector"), "").length > 0),
  parts: { status: statusErrors },
};
