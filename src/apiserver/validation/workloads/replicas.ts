import { dnsSubdomainErrors, type JsonObject, type KubeObject, required } from "../../../kube/meta/index.js";
import type { PodOptions } from "../pods/options.js";
import { templateErrors, templateLabels, templateTolerance } from "../pods/template.js";
import { templateWarnings } from "../pods/warnings.js";
import { child, entries, optionalWhole, whole } from "../shared/read.js";
import { type Errors, nonNegative } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import {
  alwaysErrors,
  boundedBy,
  counters,
  mismatchError,
  nameWarnings,
  selectedTemplate,
  selectorImmutable,
  selectorRules,
  selects,
  specOf,
  statusOf,
  templateOf,
  workloadWarnings,
} from "./parts.js";

// ---------------------------------------------------------------- replication controllers

function controllerErrors(o: KubeObject, options: PodOptions): Errors {
  const spec = specOf(o);
  const template = child(spec, "template");
  const replicas = optionalWhole(spec, "replicas");
  const selector = entries(spec, "selector");
  return [
    ...nonNegative("spec.minReadySeconds", whole(spec, "minReadySeconds")),
    ...(selector.length === 0 ? [required("spec.selector")] : []),
    ...(replicas === undefined ? [required("spec.replicas")] : nonNegative("spec.replicas", replicas)),
    ...(template === undefined ? [required("spec.template")] : controlledTemplate(template, spec, options)),
  ];
}
function controlledTemplate(template: JsonObject, spec: JsonObject, options: PodOptions): Errors {
  const selector = child(spec, "selector") ?? {};
  const differs = !selects({ matchLabels: selector }, templateLabels(template));
  return [
    ...(differs ? [mismatchError(template, "spec.template")] : []),
    ...templateErrors(template, "spec.template", options),
    ...alwaysErrors(template, "spec.template", "ReplicationController"),
  ];
}
const countErrors = (o: KubeObject, ...more: readonly string[]): Errors => [
  ...counters(statusOf(o), "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration", ...more),
  ...boundedBy(statusOf(o), ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"], "readyReplicas"),
];
export const REPLICATION_CONTROLLER: KindRules = {
  // Told of a name alone: a prefix is not looked at.
  name: (name, prefix) =>
    prefix
      ? []
      : dnsSubdomainErrors(name, false).map((m) => m.replace(" characters", m.startsWith("must be no more") ? " bytes" : " characters")),
  create: (o) => controllerErrors(o, {}),
  update: (o, old) => controllerErrors(o, templateTolerance(templateOf(old))),
  parts: { status: (o) => countErrors(o) },
  warnings: (o, old) => {
    if (old === undefined) return [...nameWarnings(o), ...templateWarnings(templateOf(o), "spec.template")];
    // The former template's: as the original does it.
    return o.metadata.generation === old.metadata.generation ? [] : templateWarnings(templateOf(old), "spec.template");
  },
};

// ---------------------------------------------------------------- replica sets

function setErrors(o: KubeObject, options: PodOptions): Errors {
  const spec = specOf(o);
  return [
    ...nonNegative("spec.replicas", whole(spec, "replicas")),
    ...nonNegative("spec.minReadySeconds", whole(spec, "minReadySeconds")),
    ...selectorRules(spec, "deployment"),
    ...selectedTemplate(spec, options),
  ];
}
export const REPLICA_SET: KindRules = {
  create: (o) => setErrors(o, {}),
  update: (o, old) => [...setErrors(o, templateTolerance(templateOf(old))), ...selectorImmutable(specOf(o), specOf(old))],
  parts: { status: (o) => countErrors(o, "terminatingReplicas") },
  warnings: workloadWarnings,
};
