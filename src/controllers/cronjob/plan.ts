import { type ApiObject, controllerOf, msOf, referenceTo, timeText } from "../../kube/client/index.js";
import type { PlannedEvent } from "../framework/types.js";
import { finishedCondition, type Job } from "../job/types.js";
import { ownerReference } from "../shared/claim.js";
import { nextTime, offsetAt, parseSchedule, type Schedule } from "./schedule.js";

interface Reference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}
export interface CronJobStatus {
  readonly active?: readonly Reference[];
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
}
export interface CronJob extends ApiObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly startingDeadlineSeconds?: number;
    readonly concurrencyPolicy?: string;
    readonly suspend?: boolean;
    readonly jobTemplate: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: object;
    };
    readonly successfulJobsHistoryLimit?: number;
    readonly failedJobsHistoryLimit?: number;
  };
  readonly status?: CronJobStatus;
}
export interface Observed {
  readonly cron: CronJob;
  /** Its own. */
  readonly jobs: readonly Job[];
  readonly nowMs: number;
}
export interface Plan {
  /** The job that is due, after these are gone. */
  readonly create: { readonly name: string; readonly scheduledMs: number; readonly object: object } | undefined;
  readonly replace: readonly Job[];
  /** Finished ones beyond the history. */
  readonly forget: readonly Job[];
  readonly status: CronJobStatus;
  readonly events: readonly PlannedEvent[];
  readonly lookMs: number | undefined;
}
const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** More missed starts than this are worth a warning. */
const MISSED_MAX = 100;
/** A look just before the minute would see nothing due. */
const LATE_MS = 100;

export function plan({ cron, jobs, nowMs }: Observed): Plan {
  const events: PlannedEvent[] = [];
  const status = statusOf(cron, jobs, events);
  const forget = [
    ...beyond(jobs, "Complete", cron.spec.successfulJobsHistoryLimit ?? 3),
    ...beyond(jobs, "Failed", cron.spec.failedJobsHistoryLimit ?? 1),
  ];
  const rest: Plan = { create: undefined, replace: [], forget, status, events, lookMs: undefined };
  if (cron.metadata.deletionTimestamp !== undefined) return rest;
  const schedule = parsed(cron, events);
  if (schedule === undefined || cron.spec.suspend) return rest;
  const zone = cron.spec.timeZone ?? "";
  const due = lastDue(cron, schedule, nowMs);
  const next = nextTime(schedule, nowMs, zone);
  if (due.isNever) {
    const why = "time difference between two schedules is less than 1 second";
    events.push({ type: "Warning", reason: "InvalidSchedule", message: `invalid schedule: ${cron.spec.schedule} : ${why}` });
    return rest;
  }
  const waiting: Plan = { ...rest, lookMs: next === undefined ? undefined : next + LATE_MS - nowMs };
  if (due.ms === undefined) return waiting;
  if (due.missed > MISSED_MAX) {
    const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    events.push({ type: "Warning", reason: "TooManyMissedTimes", message });
  }
  const name = `${cron.metadata.name}-${Math.floor(due.ms / 60_000)}`;
  const active = status.active ?? [];
  if (active.some((a) => a.name === name) || msOf(cron.status?.lastScheduleTime) === due.ms) return waiting;
  if (cron.spec.concurrencyPolicy === "Forbid" && active.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    events.push({ type: "Normal", reason: "JobAlreadyActive", message });
    return waiting;
  }
  const replaced = new Set(cron.spec.concurrencyPolicy === "Replace" ? active.map((a) => a.uid) : []);
  const create = { name, scheduledMs: due.ms, object: jobOf(cron, name, due.ms) };
  return { ...waiting, create, replace: jobs.filter((j) => replaced.has(j.metadata.uid)) };
}

function parsed(cron: CronJob, events: PlannedEvent[]): Schedule | undefined {
  const { schedule, timeZone } = cron.spec;
  try {
    if (timeZone !== undefined) offsetAt(0, timeZone);
  } catch {
    events.push({ type: "Warning", reason: "UnknownTimeZone", message: `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}` });
    return undefined;
  }
  const found = parseSchedule(schedule);
  if (found === undefined)
    events.push({ type: "Warning", reason: "UnparseableSchedule", message: `unparseable schedule: "${schedule}" : no such schedule` });
  return found;
}

function lastDue(
  cron: CronJob,
  schedule: Schedule,
  nowMs: number,
): { readonly ms: number | undefined; readonly missed: number; readonly isNever: boolean } {
  const zone = cron.spec.timeZone ?? "";
  const deadline = cron.spec.startingDeadlineSeconds;
  const since = msOf(cron.status?.lastScheduleTime) ?? msOf(cron.metadata.creationTimestamp) ?? nowMs;
  const from = deadline === undefined ? since : Math.max(since, nowMs - deadline * 1_000);
  const first = nextTime(schedule, from, zone);
  if (first === undefined) return { ms: undefined, missed: 0, isNever: true };
  if (nowMs < first) return { ms: undefined, missed: 0, isNever: false };
  const second = nextTime(schedule, first, zone);
  if (second === undefined || nowMs < second) return { ms: first, missed: 1, isNever: false };
  const missed = Math.floor((nowMs - first) / (second - first)) + 1;
  // From shortly before now: stepping through a year of minutes would take long.
  let at = Math.max(first, first + (missed - 2) * (second - first) - 1);
  let last = first;
  for (let t = nextTime(schedule, at, zone); t !== undefined && t <= nowMs; t = nextTime(schedule, at, zone)) {
    last = t;
    at = t;
  }
  return { ms: last, missed, isNever: false };
}

function statusOf(cron: CronJob, jobs: readonly Job[], events: PlannedEvent[]): CronJobStatus {
  const known = new Map(jobs.map((j) => [j.metadata.uid, j]));
  let active = [...(cron.status?.active ?? [])];
  let lastSuccess = cron.status?.lastSuccessfulTime;
  for (const job of jobs) {
    const finished = finishedCondition(job);
    const isListed = active.some((a) => a.uid === job.metadata.uid);
    if (finished === undefined) {
      if (!isListed)
        events.push({
          type: "Warning",
          reason: "UnexpectedJob",
          message: `Saw a job that the controller did not create or forgot: ${job.metadata.name}`,
        });
      continue;
    }
    if (isListed) {
      active = active.filter((a) => a.uid !== job.metadata.uid);
      const message = `Saw completed job: ${job.metadata.name}, condition: ${finished.type}`;
      events.push({ type: "Normal", reason: "SawCompletedJob", message });
    }
    const done = job.status?.completionTime;
    if (finished.type === "Complete" && done !== undefined && (msOf(done) ?? 0) > (msOf(lastSuccess) ?? 0)) lastSuccess = done;
  }
  for (const { uid, name } of active)
    if (!known.has(uid ?? "")) events.push({ type: "Normal", reason: "MissingJob", message: `Active job went missing: ${name}` });
  active = active.filter((a) => known.has(a.uid ?? ""));
  return {
    ...(active.length === 0 ? {} : { active }),
    ...(cron.status?.lastScheduleTime === undefined ? {} : { lastScheduleTime: cron.status.lastScheduleTime }),
    ...(lastSuccess === undefined ? {} : { lastSuccessfulTime: lastSuccess }),
  };
}
/** The status after its job was made. */
export const started = (status: CronJobStatus, job: Job, scheduledMs: number): CronJobStatus => ({
  ...status,
  active: [...(status.active ?? []).filter((a) => a.uid !== job.metadata.uid), referenceTo(job)],
  lastScheduleTime: timeText(scheduledMs),
});

function beyond(jobs: readonly Job[], type: "Complete" | "Failed", limit: number): readonly Job[] {
  const begun = (job: Job): number => msOf(job.status?.startTime) ?? msOf(job.metadata.creationTimestamp) ?? 0;
  const finished = jobs.filter((j) => finishedCondition(j)?.type === type && j.metadata.deletionTimestamp === undefined);
  const sorted = [...finished].sort((a, b) => begun(a) - begun(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  return sorted.slice(0, Math.max(0, sorted.length - limit));
}

function jobOf(cron: CronJob, name: string, scheduledMs: number): object {
  const { metadata, spec } = cron.spec.jobTemplate;
  return {
    metadata: {
      name,
      namespace: cron.metadata.namespace,
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [SCHEDULED]: localText(scheduledMs, cron.spec.timeZone ?? "") },
      ownerReferences: [ownerReference(cron)],
    },
    spec,
  };
}
/** RFC 3339 in the place's own time. */
function localText(ms: number, zone: string): string {
  const offset = Math.round(offsetAt(ms, zone) / 60_000);
  const local = timeText(ms + offset * 60_000);
  if (offset === 0) return local;
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${local.slice(0, -1)}${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}
export const isOwnedBy = (job: Job, cron: CronJob): boolean => controllerOf(job)?.uid === cron.metadata.uid;
