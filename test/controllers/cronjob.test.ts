import { describe, expect, test } from "vitest";
import { type CronJob, type Plan, plan } from "../../src/controllers/cronjob/plan.js";
import { nextTime, parseSchedule, type Schedule } from "../../src/controllers/cronjob/schedule.js";
import type { Job } from "../../src/controllers/job/types.js";

const ms = (text: string): number => Date.parse(text);
const iso = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString().replace(".000Z", "Z");
const next = (text: string, after: string, zone = ""): string | undefined =>
  iso(nextTime(parseSchedule(text) as Schedule, ms(after), zone));

describe("schedules", () => {
  test.each([
    ["* * * * *", "2026-03-01T10:00:30Z", "2026-03-01T10:01:00Z"],
    ["*/15 * * * *", "2026-03-01T10:45:00Z", "2026-03-01T11:00:00Z"],
    ["5 4 * * sun", "2026-03-02T00:00:00Z", "2026-03-08T04:05:00Z"],
    ["0 0 1,15 * 3", "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"],
    ["0 12 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T12:00:00Z"],
    ["@hourly", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"],
    ["@monthly", "2026-12-05T10:00:00Z", "2027-01-01T00:00:00Z"],
    ["@every 1h30m", "2026-03-01T10:00:00Z", "2026-03-01T11:30:00Z"],
    ["30 9-17/4 * jan-mar 1-5", "2026-03-27T18:00:00Z", "2026-03-30T09:30:00Z"],
    ["0 0 31 2 *", "2026-03-01T00:00:00Z", undefined],
  ])("%s after %s is %s", (text, after, due) => {
    expect(next(text, after)).toBe(due);
  });
  test("are in the time of their place, with its summer time", () => {
    expect(next("0 9 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin")).toBe("2026-03-29T07:00:00Z");
    expect(next("0 9 * * *", "2026-03-27T12:00:00Z", "Europe/Berlin")).toBe("2026-03-28T08:00:00Z");
    expect(next("30 0 * * *", "2026-03-28T12:00:00Z", "Asia/Kolkata")).toBe("2026-03-28T19:00:00Z");
  });
  test.each(["61 * * * *", "* * * *", "@sometimes", "a * * * *", "5-1 * * * *"])("%s is none", (text) => {
    expect(parseSchedule(text)).toBeUndefined();
  });
});

const cron = (spec: Partial<CronJob["spec"]> = {}, status: CronJob["status"] = {}): CronJob => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "c", namespace: "ns", uid: "uc", resourceVersion: "1", creationTimestamp: "2026-03-01T09:59:30Z" },
  spec: { schedule: "*/5 * * * *", jobTemplate: { spec: {} }, ...spec },
  status,
});
const job = (name: string, ended?: "Complete" | "Failed", startTime = "2026-03-01T09:00:00Z"): Job => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, namespace: "ns", uid: `u-${name}`, resourceVersion: "1", creationTimestamp: startTime },
  spec: { selector: {}, template: { spec: { containers: [] } } },
  status: { startTime, ...(ended === undefined ? {} : { completionTime: startTime, conditions: [{ type: ended, status: "True" }] }) },
});
const listed = (name: string) => ({ name, uid: `u-${name}` });
const at = (time: string, c: CronJob, jobs: readonly Job[] = []): Plan => plan({ cron: c, jobs, nowMs: ms(time) });
const said = (p: Plan): string[] => p.events.map((e) => e.reason);

describe("a cron job", () => {
  test("waits for its time and is looked at just after", () => {
    const p = at("2026-03-01T09:59:40Z", cron());
    expect([p.create, p.lookMs]).toEqual([undefined, 20_100]);
  });
  test("makes one job a time, named after it", () => {
    const p = at("2026-03-01T10:00:01Z", cron());
    expect(p.create).toMatchObject({ name: `c-${ms("2026-03-01T10:00:00Z") / 60_000}`, scheduledMs: ms("2026-03-01T10:00:00Z") });
    expect(at("2026-03-01T10:00:02Z", cron({}, { lastScheduleTime: "2026-03-01T10:00:00Z" })).create).toBeUndefined();
  });
  test("of several missed times makes only the last", () => {
    const p = at("2026-03-01T10:22:00Z", cron());
    expect(iso(p.create?.scheduledMs)).toBe("2026-03-01T10:20:00Z");
  });
  test("says when very many were missed", () => {
    expect(said(at("2026-03-02T10:00:01Z", cron({ schedule: "* * * * *" })))).toEqual(["TooManyMissedTimes"]);
  });
  test("lets go what is too late", () => {
    expect(at("2026-03-01T10:04:00Z", cron({ startingDeadlineSeconds: 60 })).create).toBeUndefined();
    expect(at("2026-03-01T10:00:30Z", cron({ startingDeadlineSeconds: 60 })).create).toBeDefined();
  });
  test("with one still running: beside it, not at all, or in its place", () => {
    const of = (concurrencyPolicy: string): Plan =>
      at("2026-03-01T10:00:01Z", cron({ concurrencyPolicy }, { active: [listed("r")] }), [job("r")]);
    expect([of("Allow").create !== undefined, of("Allow").replace]).toEqual([true, []]);
    expect([of("Forbid").create, said(of("Forbid"))]).toEqual([undefined, ["JobAlreadyActive"]]);
    expect(of("Replace").replace.map((j) => j.metadata.name)).toEqual(["r"]);
  });
  test("stands still while it is suspended", () => {
    expect(at("2026-03-01T10:00:01Z", cron({ suspend: true }))).toMatchObject({ create: undefined, lookMs: undefined });
  });
  test("keeps so many that succeeded and that failed, the latest", () => {
    const jobs = [1, 2, 3].flatMap((n) => [
      job(`s${n}`, "Complete", `2026-03-01T0${n}:00:00Z`),
      job(`f${n}`, "Failed", `2026-03-01T0${n}:00:00Z`),
    ]);
    const p = at("2026-03-01T09:59:40Z", cron({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 }), jobs);
    expect(p.forget.map((j) => j.metadata.name)).toEqual(["s1", "f1", "f2", "f3"]);
    expect(p.status.lastSuccessfulTime).toBe("2026-03-01T03:00:00Z");
  });
  test("says what became of its jobs", () => {
    const p = at("2026-03-01T09:59:40Z", cron({}, { active: [listed("done"), listed("gone")] }), [
      job("done", "Complete"),
      job("stranger"),
    ]);
    expect([said(p).sort(), p.status.active]).toEqual([["MissingJob", "SawCompletedJob", "UnexpectedJob"], undefined]);
  });
  test("says that its schedule never comes", () => {
    expect(at("2026-03-01T10:00:00Z", cron({ schedule: "0 0 31 2 *" })).events[0]?.message).toBe(
      "invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second",
    );
  });
});
