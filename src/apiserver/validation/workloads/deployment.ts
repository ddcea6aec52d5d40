import {
  type FieldError,
  forbiddenField,
  invalid,
  type Json,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
} from "../../../kube/meta/index.js";
import type { PodOptions } from "../pods/options.js";
import { templateTolerance } from "../pods/template.js";
import { child, field, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, intOrPercent, intOrPercentNumber, NONE, nonNegative, notOverHundred } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import {
  boundedBy,
  collisions,
  counters,
  selectedTemplate,
  selectorImmutable,
  selectorRules,
  specOf,
  statusOf,
  templateOf,
  workloadWarnings,
} from "./parts.js";

/** As the original's structure: an unknown type is printed with all of it. */
export function strategyDump(strategy: JsonObject, ...fields: readonly string[]): Json {
  const rolling = child(strategy, "rollingUpdate");
  const upper = (f: string): string => f.charAt(0).toUpperCase() + f.slice(1);
  return {
    Type: text(strategy, "type"),
    RollingUpdate: rolling === undefined ? null : Object.fromEntries(fields.map((f) => [upper(f), field(rolling, f) ?? 0])),
  };
}
/** Fields in the given order, which no sorting may change. */
export const dumpError = (path: string, value: Json, supported: readonly string[]): FieldError => ({
  ...notSupported(path, null, supported),
  value: JSON.stringify(value),
});

function strategyErrors(strategy: JsonObject): Errors {
  const path = "spec.strategy";
  const [type, rolling] = [text(strategy, "type"), child(strategy, "rollingUpdate")];
  if (type === "Recreate")
    return rolling === undefined
      ? NONE
      : [forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  if (type !== "RollingUpdate")
    return [dumpError(path, strategyDump(strategy, "maxUnavailable", "maxSurge"), ["Recreate", "RollingUpdate"])];
  if (rolling === undefined) return [required(`${path}.rollingUpdate`, "this should be defaulted and never be nil")];
  const [unavailable, surge] = [field(rolling, "maxUnavailable"), field(rolling, "maxSurge")];
  const at = `${path}.rollingUpdate.maxUnavailable`;
  const stuck = intOrPercentNumber(unavailable) === 0 && intOrPercentNumber(surge) === 0;
  return [
    ...intOrPercent(at, unavailable),
    ...intOrPercent(`${path}.rollingUpdate.maxSurge`, surge),
    ...(stuck ? [invalid(at, unavailable ?? 0, "may not be 0 when `maxSurge` is 0")] : []),
    ...notOverHundred(at, unavailable),
  ];
}

function deploymentErrors(o: KubeObject, options: PodOptions): Errors {
  const spec = specOf(o);
  const [deadline, ready] = [optionalWhole(spec, "progressDeadlineSeconds"), whole(spec, "minReadySeconds")];
  const path = "spec.progressDeadlineSeconds";
  return [
    ...nonNegative("spec.replicas", whole(spec, "replicas")),
    ...selectorRules(spec, "deployment"),
    ...selectedTemplate(spec, options),
    ...strategyErrors(child(spec, "strategy") ?? {}),
    ...nonNegative("spec.minReadySeconds", ready),
    ...nonNegative("spec.revisionHistoryLimit", optionalWhole(spec, "revisionHistoryLimit")),
    ...nonNegative(path, deadline),
    ...(deadline !== undefined && deadline <= ready ? [invalid(path, deadline, "must be greater than minReadySeconds")] : []),
  ];
}
const COUNTERS = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
];
export const DEPLOYMENT: KindRules = {
  create: (o) => deploymentErrors(o, {}),
  update: (o, old) => [...deploymentErrors(o, templateTolerance(templateOf(old))), ...selectorImmutable(specOf(o), specOf(old))],
  parts: {
    status: (o, old) => [
      ...counters(statusOf(o), ...COUNTERS),
      ...boundedBy(statusOf(o), ["updatedReplicas", "readyReplicas", "availableReplicas"], "readyReplicas"),
      ...collisions(o, old),
    ],
  },
  warnings: workloadWarnings,
};
