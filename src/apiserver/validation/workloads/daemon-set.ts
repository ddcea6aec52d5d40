import { equalJson, type FieldError, invalid, type Json, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import type { PodOptions } from "../pods/options.js";
import { templateErrors, templateLabels, templateTolerance } from "../pods/template.js";
import { templateWarnings } from "../pods/warnings.js";
import { invalidSelector } from "../shared/internal-form.js";
import { isEmptySelector, selectorErrors, selectorHasBadValue } from "../shared/labels.js";
import { child, field, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, intOrPercent, intOrPercentNumber, NONE, nonNegative, notOverHundred } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { dumpError, strategyDump } from "./deployment.js";
import {
  alwaysErrors,
  collisions,
  counters,
  isConvertible,
  mismatchError,
  selectorImmutable,
  selects,
  specOf,
  statusOf,
  templateOf,
} from "./parts.js";

/** Kept in an annotation; at least 1. */
const GENERATION = "deprecated.daemonset.template.generation";
export const templateGenerationOf = (o: KubeObject): number => Number(o.metadata.annotations?.[GENERATION] ?? 0) || 0;

function specErrors(o: KubeObject, options: PodOptions): Errors {
  const spec = specOf(o);
  const selector = child(spec, "selector");
  const template = templateOf(o);
  const differs = isConvertible(selector) && !selects(selector, templateLabels(template));
  const empty = selector !== undefined && isEmptySelector(selector);
  return [
    ...selectorErrors(selector, "spec.selector", { anyValue: options.anySelectorValue === true }),
    ...(differs ? [mismatchError(template, "spec.template")] : []),
    ...(empty ? [invalidSelector("spec.selector", selector, "empty selector is invalid for daemonset")] : []),
    ...templateErrors(template, "spec.template", options),
    ...alwaysErrors(template, "spec.template", "DaemonSet"),
    ...nonNegative("spec.minReadySeconds", whole(spec, "minReadySeconds")),
    ...nonNegative("spec.templateGeneration", templateGenerationOf(o)),
    ...strategyErrors(child(spec, "updateStrategy") ?? {}),
    ...nonNegative("spec.revisionHistoryLimit", optionalWhole(spec, "revisionHistoryLimit")),
  ];
}
function strategyErrors(strategy: JsonObject): Errors {
  const path = "spec.updateStrategy";
  const [type, rolling] = [text(strategy, "type"), child(strategy, "rollingUpdate")];
  if (type === "OnDelete") return NONE;
  if (type !== "RollingUpdate")
    return [dumpError(path, strategyDump(strategy, "maxUnavailable", "maxSurge"), ["RollingUpdate", "OnDelete"])];
  if (rolling === undefined) return [required(`${path}.rollingUpdate`)];
  const [unavailable, surge] = [field(rolling, "maxUnavailable"), field(rolling, "maxSurge")];
  const [at, surgeAt] = [`${path}.rollingUpdate.maxUnavailable`, `${path}.rollingUpdate.maxSurge`];
  const some = [unavailable, surge].map((v) => intOrPercentNumber(v) !== 0);
  const errors: FieldError[] = [
    ...intOrPercent(at, unavailable),
    ...intOrPercent(surgeAt, surge),
    ...notOverHundred(at, unavailable),
    ...notOverHundred(surgeAt, surge),
  ];
  if (some[0] && some[1]) errors.push(invalid(surgeAt, surge, "may not be set when maxUnavailable is non-zero"));
  if (!some[0] && !some[1]) errors.push(required(at, "cannot be 0 when maxSurge is 0"));
  return errors;
}

function generationErrors(o: KubeObject, old: KubeObject): Errors {
  const [now, before] = [templateGenerationOf(o), templateGenerationOf(old)];
  const updated = !equalJson(templateOf(o) as Json, templateOf(old) as Json);
  const tell = (why: string): Errors => [invalid("spec.templateGeneration", now, why)];
  return [
    ...(now < before ? tell("must not be decremented") : []),
    ...(now === before && updated ? tell("must be incremented upon template update") : []),
    ...(now > before && !updated ? tell("must not be incremented without template update") : []),
  ];
}
function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const tolerated = templateTolerance(templateOf(old));
  const anySelectorValue = tolerated.anySelectorValue === true || selectorHasBadValue(child(specOf(old), "selector"));
  return [...generationErrors(o, old), ...selectorImmutable(specOf(o), specOf(old)), ...specErrors(o, { ...tolerated, anySelectorValue })];
}
const COUNTERS = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
];
export const DAEMON_SET: KindRules = {
  create: (o) => specErrors(o, {}),
  update: updateErrors,
  parts: { status: (o, old) => [...counters(statusOf(o), ...COUNTERS), ...collisions(o, old)] },
  warnings: (o, old) =>
    old === undefined || templateGenerationOf(o) !== templateGenerationOf(old) ? templateWarnings(templateOf(o), "spec.template") : [],
};
