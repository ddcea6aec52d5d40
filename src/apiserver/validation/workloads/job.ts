import {
  dnsLabelErrors,
  duplicate,
  equalJson,
  type FieldError,
  invalid,
  invalidWithoutValue,
  type Json,
  type JsonObject,
  type KubeObject,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import {
  EXIT_CODES_MAX,
  INDEXED_PODS_MAX,
  INDEXES_BYTES_MAX,
  MANAGED_BY_BYTES_MAX,
  MANY_COMPLETIONS,
  MANY_PODS_MAX,
  RULES_MAX,
} from "../limits.js";
import type { PodOptions } from "../pods/options.js";
import { templateErrors, templateLabels, templateTolerance } from "../pods/template.js";
import { templateWarnings } from "../pods/warnings.js";
import { domainPath } from "../shared/domains.js";
import { internalForm, invalidDump, invalidSelector } from "../shared/internal-form.js";
import { selectorErrors, selectorHasBadValue } from "../shared/labels.js";
import { metaChangesOf, metaOf } from "../shared/meta-of.js";
import { child, field, has, isTrue, list, objects, optionalText, optionalWhole, text, whole } from "../shared/read.js";
import { type Errors, immutable, NONE, nonNegative, oneOf, qualified } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { countIndexes } from "./indexes.js";
import { jobStatusErrors } from "./job-status.js";
import { templateChanges } from "./job-template.js";
import { isConvertible, mismatchError, nameWarnings, selectorImmutable, selects, specOf, templateOf } from "./parts.js";

export const isIndexed = (spec: JsonObject): boolean => text(spec, "completionMode") === "Indexed";

// ---------------------------------------------------------------- the spec, of jobs and of a cron job's template

export function jobSpecErrors(spec: JsonObject, path: string, options: PodOptions): Errors {
  const mode = optionalText(spec, "completionMode");
  return [
    ...countErrors(spec, path),
    ...managedErrors(spec, path),
    ...(mode === undefined ? [] : oneOf(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"])),
    ...(isIndexed(spec) ? indexedErrors(spec, path) : NONE),
    ...(mode === undefined || mode === "NonIndexed" ? plainErrors(spec, path) : NONE),
    ...failurePolicy(spec, `${path}.podFailurePolicy.rules`),
    ...successPolicy(spec, `${path}.successPolicy`),
    ...replacementErrors(spec, `${path}.podReplacementPolicy`),
    ...templateErrors(child(spec, "template") ?? {}, `${path}.template`, options),
    ...restartErrors(spec, `${path}.template.spec.restartPolicy`),
  ];
}
const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];
const countErrors = (spec: JsonObject, path: string): Errors => [
  ...COUNTS.flatMap((f) => nonNegative(`${path}.${f}`, optionalWhole(spec, f))),
  ...(has(spec, "maxFailedIndexes") && !has(spec, "backoffLimitPerIndex")
    ? [required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified")]
    : []),
];
function managedErrors(spec: JsonObject, path: string): Errors {
  const name = optionalText(spec, "managedBy");
  if (name === undefined) return NONE;
  const long = byteLength(name) > MANAGED_BY_BYTES_MAX ? [tooLong(`${path}.managedBy`, MANAGED_BY_BYTES_MAX)] : [];
  return [...domainPath(`${path}.managedBy`, name), ...long];
}
function indexedErrors(spec: JsonObject, path: string): Errors {
  const [completions, parallelism, failed] = ["completions", "parallelism", "maxFailedIndexes"].map((f) => optionalWhole(spec, f));
  const errors: FieldError[] = [];
  const over = (name: string, value: number | bigint | undefined, most: number | bigint | undefined, why: string): void => {
    if (value !== undefined && most !== undefined && value > most) errors.push(invalid(`${path}.${name}`, value, why));
  };
  if (completions === undefined) errors.push(required(`${path}.completions`, "when completion mode is Indexed"));
  const pods = `must be less than or equal to ${INDEXED_PODS_MAX}`;
  over("parallelism", parallelism, INDEXED_PODS_MAX, `${pods} when completion mode is Indexed`);
  over("maxFailedIndexes", failed, completions, "must be less than or equal to completions");
  over("maxFailedIndexes", failed, INDEXED_PODS_MAX, pods);
  if (completions === undefined || completions <= MANY_COMPLETIONS || !has(spec, "backoffLimitPerIndex")) return errors;
  const many = `must be less than or equal to ${MANY_PODS_MAX} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (failed === undefined)
    errors.push(required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`));
  over("parallelism", parallelism, MANY_PODS_MAX, many);
  over("maxFailedIndexes", failed, MANY_PODS_MAX, many);
  return errors;
}
const plainErrors = (spec: JsonObject, path: string): Errors =>
  ["backoffLimitPerIndex", "maxFailedIndexes"].flatMap((f) => {
    const value = optionalWhole(spec, f);
    return value === undefined ? NONE : [invalid(`${path}.${f}`, value, "requires indexed completion mode")];
  });

// ---------------------------------------------------------------- policies

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const valid = (values: readonly string[]): string => `valid values: [${values.map((v) => `"${v}"`).join(" ")}]`;
const oneOfNamed = (path: string, value: string, values: readonly string[]): Errors =>
  value === "" ? [required(path, valid(values))] : oneOf(path, value, values);

function failurePolicy(spec: JsonObject, path: string): Errors {
  const policy = child(spec, "podFailurePolicy");
  if (policy === undefined) return NONE;
  const rules = objects(policy, "rules");
  const pod = child(child(spec, "template"), "spec");
  const containers = ["containers", "initContainers"].flatMap((l) => objects(pod, l).map((c) => text(c, "name")));
  return [
    ...(rules.length > RULES_MAX ? [tooMany(path, rules.length, RULES_MAX)] : []),
    ...rules.flatMap((rule, i) => failureRule(rule, `${path}[${i}]`, spec, containers)),
  ];
}
function failureRule(rule: JsonObject, path: string, spec: JsonObject, containers: readonly string[]): Errors {
  const action = text(rule, "action");
  const codes = child(rule, "onExitCodes");
  const conditions = objects(rule, "onPodConditions");
  const unlimited = action === "FailIndex" && !has(spec, "backoffLimitPerIndex");
  const errors: FieldError[] = [
    ...oneOfNamed(`${path}.action`, action, ACTIONS),
    ...(unlimited ? [invalid(`${path}.action`, action, "requires the backoffLimitPerIndex to be set")] : []),
    ...(codes === undefined ? [] : exitCodes(codes, `${path}.onExitCodes`, containers)),
    ...(conditions.length === 0 ? [] : conditionPatterns(conditions, `${path}.onPodConditions`)),
  ];
  if (codes !== undefined && conditions.length > 0)
    errors.push(invalidWithoutValue(path, "specifying both OnExitCodes and OnPodConditions is not supported"));
  if (codes === undefined && conditions.length === 0)
    errors.push(invalidWithoutValue(path, "specifying one of OnExitCodes and OnPodConditions is required"));
  return errors;
}
const conditionPatterns = (patterns: readonly JsonObject[], path: string): Errors => [
  ...(patterns.length > RULES_MAX ? [tooMany(path, patterns.length, RULES_MAX)] : []),
  ...patterns.flatMap((p, i) => [
    ...qualified(`${path}[${i}].type`, text(p, "type")),
    ...oneOfNamed(`${path}[${i}].status`, text(p, "status"), ["False", "True", "Unknown"]),
  ]),
];
function exitCodes(codes: JsonObject, path: string, containers: readonly string[]): Errors {
  const [operator, name] = [text(codes, "operator"), optionalText(codes, "containerName")];
  const values = list(codes, "values") as readonly number[];
  const at = `${path}.values`;
  const errors: FieldError[] = [...oneOfNamed(`${path}.operator`, operator, ["In", "NotIn"])];
  if (name !== undefined && !containers.includes(name))
    errors.push(invalid(`${path}.containerName`, name, "must be one of the container or initContainer names in the pod template"));
  if (values.length === 0) errors.push(invalid(at, field(codes, "values") ?? null, "at least one value is required"));
  if (values.length > EXIT_CODES_MAX) errors.push(tooMany(at, values.length, EXIT_CODES_MAX));
  values.forEach((value, i) => {
    if (operator === "In" && value === 0) errors.push(invalid(`${at}[${i}]`, value, "must not be 0 for the In operator"));
    if (values.indexOf(value) < i) errors.push(duplicate(`${at}[${i}]`, value));
  });
  const ordered = values.every((value, i) => i === 0 || (values[i - 1] as number) <= value);
  return ordered ? errors : [...errors, invalid(at, [...values], "must be ordered")];
}

function successPolicy(spec: JsonObject, path: string): Errors {
  const policy = child(spec, "successPolicy");
  if (policy === undefined) return NONE;
  if (!isIndexed(spec)) return [invalidDump(path, policy, "requires indexed completion mode")];
  const rules = objects(policy, "rules");
  const at = `${path}.rules`;
  return [
    ...(rules.length === 0 ? [required(at, "at least one rules must be specified when the successPolicy is specified")] : []),
    ...(rules.length > RULES_MAX ? [tooMany(at, rules.length, RULES_MAX)] : []),
    ...rules.flatMap((rule, i) => successRule(rule, `${at}[${i}]`, Number(whole(spec, "completions")))),
  ];
}
function successRule(rule: JsonObject, path: string, completions: number): Errors {
  const [count, indexes] = [optionalWhole(rule, "succeededCount"), optionalText(rule, "succeededIndexes")];
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined)
    errors.push(required(path, "at least one of succeededCount or succeededIndexes must be specified"));
  const counted = countIndexes(indexes ?? "", completions);
  if (indexes !== undefined) {
    if (byteLength(indexes) > INDEXES_BYTES_MAX) errors.push(tooLong(`${path}.succeededIndexes`, INDEXES_BYTES_MAX));
    const why = counted.kind === "wrong" ? `error parsing succeededIndexes: ${counted.why}` : "";
    if (counted.kind === "wrong") errors.push(invalid(`${path}.succeededIndexes`, indexes, why));
  }
  if (count === undefined) return errors;
  const at = `${path}.succeededCount`;
  const most = counted.kind === "count" ? counted.count : 0;
  errors.push(...nonNegative(at, count));
  if (count > completions)
    errors.push(invalid(at, count, `must be less than or equal to ${completions} (the number of specified completions)`));
  if (indexes !== undefined && count > most)
    errors.push(
      invalid(at, count, `must be less than or equal to ${most} (the number of indexes in the specified succeededIndexes field)`),
    );
  return errors;
}
function replacementErrors(spec: JsonObject, path: string): Errors {
  const policy = optionalText(spec, "podReplacementPolicy");
  if (policy === undefined) return NONE;
  return oneOf(path, policy, has(spec, "podFailurePolicy") ? ["Failed"] : ["Failed", "TerminatingOrFailed"]);
}
function restartErrors(spec: JsonObject, path: string): Errors {
  const policy = text(child(child(spec, "template"), "spec"), "restartPolicy");
  if (policy === "Always" || policy === "") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== "OnFailure" && policy !== "Never") return [notSupported(path, policy, ["OnFailure", "Never"])];
  const restarted = has(spec, "podFailurePolicy") && policy !== "Never";
  return restarted ? [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')] : NONE;
}

// ---------------------------------------------------------------- jobs

const NAME_LABEL = "batch.kubernetes.io/job-name";
const UID_LABEL = "batch.kubernetes.io/controller-uid";
/** What the registry put in, unless the selector is somebody's own. */
function generatedErrors(o: KubeObject, prefixed: boolean): Errors {
  const spec = specOf(o);
  const selector = child(spec, "selector");
  if (isTrue(spec, "manualSelector") || selector === undefined) return NONE;
  const [name, uid] = [o.metadata.name ?? "", o.metadata.uid ?? ""];
  const expected: readonly (readonly [string, string])[] = [
    ["controller-uid", uid],
    ["job-name", name],
    ...(prefixed
      ? ([
          [UID_LABEL, uid],
          [NAME_LABEL, name],
        ] as const)
      : []),
  ];
  const labels = templateLabels(templateOf(o));
  const has = expected.flatMap(([key, value]) => labelErrors(labels, key, value));
  const selected = !isConvertible(selector) || selects(selector, Object.fromEntries(expected));
  return [
    ...(uid === "" ? [required("metadata.uid")] : []),
    ...has,
    ...(selected ? [] : [invalidSelector("spec.selector", selector, "`selector` not auto-generated")]),
  ];
}
function labelErrors(labels: JsonObject | undefined, key: string, value: string): Errors {
  const path = `spec.template.metadata.labels[${key}]`;
  if (labels?.[key] === undefined) return [required(path, `must be '${value}'`)];
  return labels[key] === value ? NONE : [invalid(path, labels, `must be '${value}'`)];
}
function wholeSpec(spec: JsonObject, options: PodOptions): Errors {
  const selector = child(spec, "selector");
  const template = child(spec, "template") ?? {};
  const differs = isConvertible(selector) && !selects(selector, templateLabels(template));
  return [
    ...jobSpecErrors(spec, "spec", options),
    ...(selector === undefined
      ? [required("spec.selector")]
      : selectorErrors(selector, "spec.selector", { anyValue: options.anySelectorValue === true })),
    ...(differs ? [mismatchError(template, "spec.template")] : []),
  ];
}
function jobErrors(o: KubeObject, options: PodOptions, prefixed: boolean): Errors {
  const spec = specOf(o);
  const completions = whole(spec, "completions");
  const last = `${o.metadata.name ?? ""}-${Number(completions) - 1}`;
  const unnamed = isIndexed(spec) && completions > 0 && dnsLabelErrors(last, false).length > 0;
  return [
    ...generatedErrors(o, prefixed),
    ...wholeSpec(spec, options),
    ...(unnamed ? [invalid("metadata.name", o.metadata.name ?? "", `will not able to create pod with invalid DNS label: ${last}`)] : []),
  ];
}

function completionErrors(spec: JsonObject, old: JsonObject): Errors {
  const [now, before] = [optionalWhole(spec, "completions"), optionalWhole(old, "completions")];
  const path = "spec.completions";
  if (!isIndexed(spec)) return immutable(path, field(spec, "completions"), field(old, "completions"));
  if (now === undefined || now === before || now === whole(spec, "parallelism")) return NONE;
  return [invalid(path, now, "can only be modified in tandem with spec.parallelism")];
}
function dumpImmutable(spec: JsonObject, old: JsonObject, name: string): Errors {
  const [now, before] = [field(spec, name), field(old, name)];
  const same = equalJson(now ?? null, before ?? null);
  return same ? NONE : [invalid(`spec.${name}`, internalForm(now) as Json, "field is immutable")];
}
function updateErrors(o: KubeObject, old: KubeObject): Errors {
  const [spec, was] = [specOf(o), specOf(old)];
  const tolerated = templateTolerance(templateOf(old));
  const options = { ...tolerated, anySelectorValue: tolerated.anySelectorValue === true || selectorHasBadValue(child(was, "selector")) };
  const had = templateLabels(templateOf(old)) ?? {};
  return [
    ...metaOf(o),
    ...jobErrors(o, options, had[NAME_LABEL] !== undefined && had[UID_LABEL] !== undefined),
    ...metaChangesOf(o, old),
    ...wholeSpec(spec, options),
    ...completionErrors(spec, was),
    ...selectorImmutable(spec, was),
    ...templateChanges(o, old),
    ...immutable("spec.completionMode", field(spec, "completionMode"), field(was, "completionMode")),
    ...dumpImmutable(spec, was, "podFailurePolicy"),
    ...immutable("spec.backoffLimitPerIndex", field(spec, "backoffLimitPerIndex"), field(was, "backoffLimitPerIndex")),
    ...immutable("spec.managedBy", field(spec, "managedBy"), field(was, "managedBy")),
    ...dumpImmutable(spec, was, "successPolicy"),
  ];
}

const MANY_WARNING =
  "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
export function jobSpecWarnings(spec: JsonObject, path: string): readonly string[] {
  const many = isIndexed(spec) && whole(spec, "completions") > MANY_COMPLETIONS && whole(spec, "parallelism") > MANY_PODS_MAX;
  return [...(many ? [`${path}: ${MANY_WARNING}`] : []), ...templateWarnings(child(spec, "template"), `${path}.template`)];
}

export const JOB: KindRules = {
  ownMetadata: "all",
  create: (o) => [...metaOf(o), ...jobErrors(o, {}, true)],
  update: updateErrors,
  parts: { status: (o, old) => [...metaChangesOf(o, old), ...jobStatusErrors(o, old)] },
  warnings: (o, old) => {
    if (old === undefined) return [...nameWarnings(o), ...jobSpecWarnings(specOf(o), "spec")];
    return o.metadata.generation === old.metadata.generation ? [] : jobSpecWarnings(specOf(o), "spec");
  },
};
