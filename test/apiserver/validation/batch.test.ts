import { describe, expect, test } from "vitest";
import { cronProblem } from "../../../src/apiserver/validation/workloads/cron.js";
import { countIndexes, firstOverlap } from "../../../src/apiserver/validation/workloads/indexes.js";
import { isTimeZone } from "../../../src/apiserver/validation/workloads/time-zone.js";
import { kindOf } from "./kit.js";

describe("schedules", () => {
  test.each(["* * * * *", "*/5 0-23/2 1,15 jan-Mar MON", "? ? ? ? ?", "@hourly", "@every 1h30m", "TZ=Europe/Berlin 0 0 * * *"])("%s", (s) =>
    expect(cronProblem(s)).toBeUndefined(),
  );
  const bad = [
    ["", "empty spec string"],
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["@often", "unrecognized descriptor: @often"],
    ["@every 5", 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ["TZ=Nowhere 0 0 * * *", "provided bad location Nowhere: unknown time zone Nowhere"],
    ["TZ=0", "invalid schedule format: runtime error: slice bounds out of range [:-1]"],
  ] as const;
  test.each(bad)("%s: %s", (schedule, why) => expect(cronProblem(schedule)).toBe(why));
});

describe("time zones", () => {
  test.each(["Europe/Berlin", "UTC", "Asia/Calcutta", "America/Argentina/Buenos_Aires"])("%s is one", (z) =>
    expect(isTimeZone(z)).toBe(true),
  );
  test.each(["europe/berlin", "Mars/Base", "+01:00", ""])("%s is none", (z) => expect(isTimeZone(z)).toBe(false));
});

describe("indexes of a job", () => {
  test("intervals are counted", () => expect(countIndexes("0,2-4,7", 10)).toEqual({ kind: "count", count: 5 }));
  const bad = [
    ["5", 'too large index: "5"'],
    ["x", 'cannot convert string to integer for index: "x"'],
    ["3,1", "non-increasing order, previous: 3, current: 1"],
    ["1-2-3", "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'"],
  ] as const;
  test.each(bad)("%s: %s", (text, why) => expect(countIndexes(text, 5)).toEqual({ kind: "wrong", why }));
  test("the first that both have", () => {
    expect(firstOverlap("0-2,6", "4,6-9", 10)).toBe(6);
    expect(firstOverlap("0-2", "3", 10)).toBeUndefined();
  });
});

describe("jobs", () => {
  const jobs = kindOf("batch", "Job");
  const uid = "u1";
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "controller-uid": uid,
    "batch.kubernetes.io/job-name": "x",
    "job-name": "x",
  };
  const job = (spec: object = {}, image = "i", status: object = {}) => ({
    metadata: { name: "x", namespace: "n", uid, resourceVersion: "1" },
    spec: {
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { metadata: { labels }, spec: { restartPolicy: "Never", containers: [{ name: "c", image }] } },
      ...spec,
    },
    status,
  });
  test("what the registry made is good", () => expect(jobs.created(job())).toEqual([]));
  test("failed exit codes are sorted, each once, and not zero", () => {
    const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [2, 0, 2] } }];
    expect(jobs.created(job({ podFailurePolicy: { rules } }))).toEqual([
      "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
      "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2",
      "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered",
    ]);
  });
  test("the template stays", () => {
    expect(jobs.updated(job({}, "j"), job())[0]).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/);
  });
  test("a job that waits may be told where its pods run", () => {
    const waiting = (nodeSelector: object) => {
      const j = job({ suspend: true });
      return { ...j, spec: { ...j.spec, template: { ...j.spec.template, spec: { ...j.spec.template.spec, nodeSelector } } } };
    };
    expect(jobs.updated(waiting({ a: "b" }), waiting({}))).toEqual([]);
    expect(jobs.updated(job({ suspend: true }, "j"), job({ suspend: true }))[0]).toMatch(/^spec\.template\.spec: .*field is immutable$/);
  });
  test("a finished job does not begin again", () => {
    const done = {
      startTime: "2026-01-01T00:00:00Z",
      conditions: [
        { type: "FailureTarget", status: "True" },
        { type: "Failed", status: "True" },
      ],
    };
    expect(jobs.part("status", job(), job({}, "i", done))).toContain(
      "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
    );
  });
});
