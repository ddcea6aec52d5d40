import { type FieldError, invalid, type JsonObject, type KubeObject, notSupported, required } from "../../../kube/meta/index.js";
import { byteLength } from "../formats/text.js";
import { CRON_NAME_BYTES_MAX } from "../limits.js";
import type { PodOptions } from "../pods/options.js";
import { templateTolerance } from "../pods/template.js";
import { invalidPointer, invalidSelector } from "../shared/internal-form.js";
import { child, childAt, isTrue, optionalText, optionalWhole, text } from "../shared/read.js";
import { type Errors, NONE, nonNegative, oneOf } from "../shared/rules.js";
import type { KindRules } from "../types.js";
import { cronProblem } from "./cron.js";
import { jobSpecErrors, jobSpecWarnings } from "./job.js";
import { nameWarnings, specOf } from "./parts.js";
import { isTimeZone } from "./time-zone.js";

const jobSpecOf = (spec: JsonObject): JsonObject => childAt(spec, "jobTemplate", "spec") ?? {};

function scheduleErrors(spec: JsonObject, old: JsonObject | undefined): Errors {
  const schedule = text(spec, "schedule");
  const path = "spec.schedule";
  if (schedule === "") return [required(path)];
  const problem = cronProblem(schedule);
  const errors: FieldError[] = problem === undefined ? [] : [invalid(path, schedule, problem)];
  const had = text(old, "schedule").includes("TZ");
  if (!schedule.includes("TZ")) return errors;
  if (!had) errors.push(invalid(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
  else if (optionalText(spec, "timeZone") !== undefined)
    errors.push(invalid(path, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule"));
  return errors;
}
const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;
function zoneErrors(zone: string | undefined): Errors {
  const path = "spec.timeZone";
  if (zone === undefined) return NONE;
  if (zone === "") return [invalid(path, zone, "timeZone must be nil or non-empty string")];
  const strange = zone.split("/").some((p) => p === "." || p === ".." || p.startsWith("-") || !ZONE_PART.test(p));
  const unknown = invalidPointer(path, zone, `unknown time zone ${zone}`);
  if (strange) return [unknown];
  const local = zone.toLowerCase() === "local";
  const why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  return [...(local ? [invalid(path, zone, why)] : []), ...(zone === "Local" || zone === "UTC" || isTimeZone(zone) ? [] : [unknown])];
}
function specErrors(spec: JsonObject, old: JsonObject | undefined, options: PodOptions): Errors {
  const zone = optionalText(spec, "timeZone");
  const job = jobSpecOf(spec);
  const selector = child(job, "selector");
  const path = "spec.jobTemplate.spec";
  return [
    ...scheduleErrors(spec, old),
    ...nonNegative("spec.startingDeadlineSeconds", optionalWhole(spec, "startingDeadlineSeconds")),
    ...(old !== undefined && optionalText(old, "timeZone") === zone ? NONE : zoneErrors(zone)),
    ...oneOf("spec.concurrencyPolicy", text(spec, "concurrencyPolicy"), ["Allow", "Forbid", "Replace"], "required"),
    ...jobSpecErrors(job, path, options),
    ...(selector === undefined ? [] : [invalidSelector(`${path}.selector`, selector, "`selector` will be auto-generated")]),
    ...(isTrue(job, "manualSelector") ? [notSupported(`${path}.manualSelector`, true, ["nil", "false"])] : []),
    ...["successfulJobsHistoryLimit", "failedJobsHistoryLimit"].flatMap((f) => nonNegative(`spec.${f}`, optionalWhole(spec, f))),
  ];
}
function createErrors(o: KubeObject): Errors {
  const name = o.metadata.name ?? "";
  const long =
    byteLength(name) > CRON_NAME_BYTES_MAX
      ? [invalid("metadata.name", name, `must be no more than ${CRON_NAME_BYTES_MAX} characters`)]
      : [];
  return [...specErrors(specOf(o), undefined, {}), ...long];
}
const ZONED =
  "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";
function warnings(o: KubeObject, old: KubeObject | undefined): readonly string[] {
  const own = (): readonly string[] => jobSpecWarnings(jobSpecOf(specOf(o)), "spec.jobTemplate.spec");
  if (old === undefined) return [...nameWarnings(o), ...own()];
  const zoned = text(specOf(o), "schedule").includes("TZ") ? [ZONED] : [];
  return [...(o.metadata.generation === old.metadata.generation ? [] : own()), ...zoned];
}

export const CRON_JOB: KindRules = {
  ownMetadata: "parts",
  create: createErrors,
  update: (o, old) => specErrors(specOf(o), specOf(old), templateTolerance(child(jobSpecOf(specOf(old)), "template"))),
  parts: { status: () => NONE },
  warnings,
};
