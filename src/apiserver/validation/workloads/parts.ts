import {
  dnsLabelErrors,
  equalJson,
  type FieldError,
  forbiddenField,
  fromLabelSelector,
  invalid,
  type JsonObject,
  type KubeObject,
  labelValueErrors,
  matchesLabels,
  notSupported,
  qualifiedNameErrors,
  required,
} from "../../../kube/meta/index.js";
import type { PodOptions } from "../pods/options.js";
import { templateErrors, templateLabels } from "../pods/template.js";
import { templateWarnings } from "../pods/warnings.js";
import { invalidSelector } from "../shared/internal-form.js";
import { isEmptySelector, selectorErrors } from "../shared/labels.js";
import { child, field, has, objects, optionalWhole, text, textEntries, texts, whole } from "../shared/read.js";
import { type Errors, NONE, nonNegative } from "../shared/rules.js";
import { specOf, statusOf } from "../shared/sections.js";

export { specOf, statusOf };

/** What workloads share: selectors over their templates, counters of their statuses. */
export const templateOf = (o: KubeObject): JsonObject => child(specOf(o), "template") ?? {};

/** The original makes a selector of it only when every part is good. */
export function isConvertible(selector: JsonObject | undefined): boolean {
  const labels = textEntries(selector, "matchLabels");
  if (labels.some(([k, v]) => qualifiedNameErrors(k).length > 0 || labelValueErrors(v).length > 0)) return false;
  return objects(selector, "matchExpressions").every((e) => {
    const [operator, values] = [text(e, "operator"), texts(e, "values")];
    const listed = operator === "In" || operator === "NotIn";
    const known = listed ? values.length > 0 : (operator === "Exists" || operator === "DoesNotExist") && values.length === 0;
    return known && qualifiedNameErrors(text(e, "key")).length === 0 && values.every((v) => labelValueErrors(v).length === 0);
  });
}
/** None matches nothing, an empty one everything. */
export function selects(selector: JsonObject | undefined, labels: JsonObject | undefined): boolean {
  const parsed = fromLabelSelector(selector);
  return parsed !== undefined && matchesLabels(parsed, labels as { [key: string]: string } | undefined);
}
export const mismatchError = (template: JsonObject, path: string): FieldError =>
  invalid(`${path}.metadata.labels`, templateLabels(template), "`selector` does not match template `labels`");

/** `kind`: as the text about empty ones says. */
export function selectorRules(spec: JsonObject, kind: "deployment" | "statefulset"): Errors {
  const selector = child(spec, "selector");
  if (selector === undefined) return [required("spec.selector")];
  const empty = isEmptySelector(selector) ? [invalidSelector("spec.selector", selector, `empty selector is invalid for ${kind}`)] : [];
  return [...selectorErrors(selector, "spec.selector"), ...empty];
}

/** Pods that always run; `kind`: as the text says. */
export function alwaysErrors(template: JsonObject, path: string, kind: string): Errors {
  const spec = child(template, "spec");
  const policy = text(spec, "restartPolicy");
  return [
    ...(policy === "Always" ? [] : [notSupported(`${path}.spec.restartPolicy`, policy, ["Always"])]),
    ...(has(spec, "activeDeadlineSeconds")
      ? [forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]
      : []),
  ];
}
/** ReplicaSets and Deployments: the selector, and the template if there is one to compare. */
export function selectedTemplate(spec: JsonObject, options: PodOptions): Errors {
  const selector = child(spec, "selector");
  const template = child(spec, "template") ?? {};
  if (!isConvertible(selector)) return [invalidSelector("spec.selector", selector, "invalid label selector")];
  const differs = !(selector !== undefined && isEmptySelector(selector)) && !selects(selector, templateLabels(template));
  return [
    ...(differs ? [mismatchError(template, "spec.template")] : []),
    ...templateErrors(template, "spec.template", options),
    ...alwaysErrors(template, "spec.template", "ReplicaSet"),
  ];
}
export function selectorImmutable(now: JsonObject, old: JsonObject): Errors {
  if (equalJson(field(now, "selector") ?? null, field(old, "selector") ?? null)) return NONE;
  return [invalidSelector("spec.selector", child(now, "selector"), "field is immutable")];
}

// ---------------------------------------------------------------- statuses

export const counters = (status: JsonObject, ...fields: readonly string[]): Errors =>
  fields.flatMap((f) => nonNegative(`status.${f}`, optionalWhole(status, f)));
/** None is more than all, and none available that is not ready. */
export function boundedBy(status: JsonObject, fields: readonly string[], ready: string): Errors {
  const all = whole(status, "replicas");
  const over = (f: string, most: number | bigint, why: string): Errors =>
    whole(status, f) > most ? [invalid(`status.${f}`, whole(status, f), why)] : NONE;
  return [
    ...fields.flatMap((f) => over(f, all, "cannot be greater than status.replicas")),
    ...over("availableReplicas", whole(status, "readyReplicas"), `cannot be greater than ${ready}`),
  ];
}
export function collisions(now: KubeObject, old: KubeObject): Errors {
  const [count, before] = [whole(statusOf(now), "collisionCount"), optionalWhole(statusOf(old), "collisionCount")];
  return before !== undefined && count < before ? [invalid("status.collisionCount", count, "cannot be decremented")] : NONE;
}

// ---------------------------------------------------------------- warnings

const HOSTNAMES =
  "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended:";
export function nameWarnings(o: KubeObject): readonly string[] {
  const wrong = dnsLabelErrors(o.metadata.name ?? "", false);
  return wrong.length === 0 ? [] : [`${HOSTNAMES} [${wrong.join(" ")}]`];
}
/** Of a new object, and of one that changed. */
export const workloadWarnings = (o: KubeObject, old: KubeObject | undefined): readonly string[] => {
  if (old === undefined) return [...nameWarnings(o), ...templateWarnings(templateOf(o), "spec.template")];
  return o.metadata.generation === old.metadata.generation ? [] : templateWarnings(templateOf(o), "spec.template");
};
