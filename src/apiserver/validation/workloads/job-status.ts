import {
  duplicate,
  equalJson,
  type FieldError,
  invalid,
  invalidWithoutValue,
  type JsonObject,
  type KubeObject,
  parseTime,
  required,
} from "../../../kube/meta/index.js";
import { invalidDump } from "../shared/internal-form.js";
import { child, field, has, isTrue, list, objects, optionalText, optionalWhole, text, texts, whole } from "../shared/read.js";
import { type Errors, NONE } from "../shared/rules.js";
import { countIndexes, firstOverlap } from "./indexes.js";
import { counters, specOf, statusOf } from "./parts.js";

/** Rules that a status must keep are checked when what they speak of changes: older controllers wrote others. */
interface Change {
  readonly spec: JsonObject;
  readonly now: JsonObject;
  readonly old: JsonObject;
}
const CONDITIONS = "status.conditions";
const is = (status: JsonObject, type: string, value = "True"): boolean =>
  objects(status, "conditions").some((c) => text(c, "type") === type && text(c, "status") === value);
const finished = (status: JsonObject): boolean => is(status, "Complete") || is(status, "Failed");
const changes = (c: Change, what: (status: JsonObject) => unknown): boolean => what(c.now) !== what(c.old);
const moved = (c: Change, ...fields: readonly string[]): boolean =>
  fields.some((f) => !equalJson(field(c.now, f) ?? null, field(c.old, f) ?? null));
const flips = (c: Change, ...types: readonly string[]): boolean => types.some((t) => is(c.now, t) !== is(c.old, t));
const condition = (bad: boolean, why: string): Errors => (bad ? [invalidWithoutValue(CONDITIONS, why)] : NONE);

export function jobStatusErrors(o: KubeObject, old: KubeObject): Errors {
  const c: Change = { spec: specOf(o), now: statusOf(o), old: statusOf(old) };
  return [
    ...counters(c.now, "active", "succeeded", "failed", "ready", "terminating"),
    ...uncountedErrors(child(c.now, "uncountedTerminatedPods")),
    ...endingErrors(c),
    ...timeErrors(c),
    ...conditionErrors(c),
    ...finishedErrors(c),
    ...indexErrors(c),
    ...podErrors(c),
    ...successErrors(c),
    ...changeErrors(c),
  ];
}

function uncountedErrors(uncounted: JsonObject | undefined): Errors {
  const seen = new Set<string>();
  return ["succeeded", "failed"].flatMap((name) =>
    texts(uncounted, name).flatMap((uid, i) => {
      const at = `status.uncountedTerminatedPods.${name}[${i}]`;
      if (uid === "") return [invalid(at, uid, "must not be empty")];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return NONE;
    }),
  );
}
const endingErrors = (c: Change): Errors => [
  ...condition(
    flips(c, "Complete", "Failed") && is(c.now, "Complete") && is(c.now, "Failed"),
    "cannot set Complete=True and Failed=true conditions",
  ),
  ...condition(
    flips(c, "Complete", "FailureTarget") && is(c.now, "Complete") && is(c.now, "FailureTarget"),
    "cannot set Complete=True and FailureTarget=true conditions",
  ),
];
function timeErrors(c: Change): Errors {
  const path = "status.completionTime";
  const [start, end] = [optionalText(c.now, "startTime"), optionalText(c.now, "completionTime")];
  const touched = flips(c, "Complete") || moved(c, "completionTime");
  const errors: FieldError[] = [];
  if (touched && end !== undefined && !is(c.now, "Complete"))
    errors.push(invalid(path, end, "cannot set completionTime when there is no Complete=True condition"));
  if (touched && end === undefined && is(c.now, "Complete")) errors.push(required(path, "completionTime is required for Complete jobs"));
  const early = start !== undefined && end !== undefined && secondsOf(end) < secondsOf(start);
  if (moved(c, "startTime", "completionTime") && early) errors.push(invalid(path, end, "must be equal to or after `startTime`"));
  return errors;
}
const secondsOf = (time: string): number => parseTime(time, "time")?.seconds ?? 0;
const conditionErrors = (c: Change): Errors => [
  ...condition(
    (flips(c, "Failed") || moved(c, "failedIndexes")) && is(c.now, "Failed") && !is(c.now, "FailureTarget"),
    "cannot set Failed=True condition without the FailureTarget=true condition",
  ),
  ...condition(
    flips(c, "Complete", "SuccessCriteriaMet") && is(c.now, "Complete") && !is(c.now, "SuccessCriteriaMet"),
    "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
  ),
];
function finishedErrors(c: Change): Errors {
  if (!finished(c.now)) return NONE;
  const ended = changes(c, finished);
  const uncounted = child(c.now, "uncountedTerminatedPods");
  const left = list(uncounted, "failed").length + list(uncounted, "succeeded").length;
  const idle = isTrue(c.spec, "suspend") && optionalWhole(c.spec, "completions") === 0;
  const errors: FieldError[] = [];
  if ((ended || moved(c, "active")) && whole(c.now, "active") > 0)
    errors.push(invalid("status.active", whole(c.now, "active"), "active>0 is invalid for finished job"));
  if ((ended || moved(c, "startTime")) && !idle && !has(c.now, "startTime"))
    errors.push(required("status.startTime", "startTime is required for finished job"));
  if ((ended || moved(c, "uncountedTerminatedPods")) && left > 0)
    errors.push(invalidDump("status.uncountedTerminatedPods", uncounted, "must be empty for finished job"));
  return errors;
}
function indexErrors(c: Change): Errors {
  const completions = optionalWhole(c.spec, "completions");
  const [completed, failed] = [text(c.now, "completedIndexes"), optionalText(c.now, "failedIndexes")];
  const perIndex = has(c.spec, "backoffLimitPerIndex");
  const errors: FieldError[] = [];
  const parse = (name: string, value: string): void => {
    const counted = completions === undefined ? undefined : countIndexes(value, Number(completions));
    if (counted?.kind === "wrong") errors.push(invalid(`status.${name}`, value, `error parsing ${name}: ${counted.why}`));
  };
  if (moved(c, "completedIndexes")) parse("completedIndexes", completed);
  if (moved(c, "failedIndexes") && perIndex && failed !== undefined) parse("failedIndexes", failed);
  if (moved(c, "completedIndexes") && completed !== "" && text(c.spec, "completionMode") !== "Indexed")
    errors.push(invalid("status.completedIndexes", completed, "cannot set non-empty completedIndexes when non-indexed completion mode"));
  if (failed === undefined) return errors;
  if (moved(c, "failedIndexes") && !perIndex)
    errors.push(invalid("status.failedIndexes", failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null"));
  if (!moved(c, "failedIndexes", "completedIndexes") || completions === undefined) return errors;
  const both = firstOverlap(completed, failed, Number(completions));
  const why = `failedIndexes and completedIndexes overlap at index: ${both}`;
  return both === undefined ? errors : [...errors, invalid("status.failedIndexes", failed, why)];
}
function podErrors(c: Change): Errors {
  const [terminating, ready, active] = [whole(c.now, "terminating"), whole(c.now, "ready"), whole(c.now, "active")];
  const errors: FieldError[] = [];
  if ((changes(c, finished) || moved(c, "terminating")) && terminating > 0 && finished(c.now))
    errors.push(invalid("status.terminating", terminating, "terminating>0 is invalid for finished job"));
  if (moved(c, "ready", "active") && ready > active) errors.push(invalid("status.ready", ready, "cannot set more ready pods than active"));
  return errors;
}
const successErrors = (c: Change): Errors => {
  const met = is(c.now, "SuccessCriteriaMet");
  return [
    ...condition(met && is(c.now, "Failed"), "cannot set SuccessCriteriaMet=True and Failed=true conditions"),
    ...condition(met && is(c.now, "FailureTarget"), "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
    ...condition(
      has(c.spec, "successPolicy") && !met && is(c.now, "Complete"),
      "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
    ),
  ];
};
function changeErrors(c: Change): Errors {
  const errors: FieldError[] = ["Failed", "Complete", "FailureTarget"].flatMap((type) => [
    ...condition(is(c.old, type) && !is(c.now, type), `cannot disable the terminal ${type}=True condition`),
  ]);
  const less = (name: string): void => {
    if (whole(c.now, name) < whole(c.old, name))
      errors.push(invalid(`status.${name}`, whole(c.now, name), `cannot decrease the ${name} counter`));
  };
  less("failed");
  const elastic =
    text(c.spec, "completionMode") === "Indexed" && optionalWhole(c.spec, "completions") === optionalWhole(c.spec, "parallelism");
  if (!elastic) less("succeeded");
  const [end, before] = [optionalText(c.now, "completionTime"), optionalText(c.old, "completionTime")];
  if (end !== undefined && before !== undefined && end !== before) errors.push(invalid("status.completionTime", end, "field is immutable"));
  const resuming = is(c.old, "Suspended") && is(c.now, "Suspended", "False");
  if (moved(c, "startTime") && !resuming && has(c.old, "startTime") && !isTrue(c.spec, "suspend"))
    errors.push(invalid("status.startTime", field(c.now, "startTime") ?? null, "field is immutable for unsuspended job once set"));
  const [met, had] = [is(c.now, "SuccessCriteriaMet"), is(c.old, "SuccessCriteriaMet")];
  return [
    ...errors,
    ...condition(had && !met, "cannot disable the SuccessCriteriaMet=True condition"),
    ...condition(is(c.old, "Complete") && !had && met, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"),
  ];
}
