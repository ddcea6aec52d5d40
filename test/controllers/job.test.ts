import { describe, expect, test } from "vitest";
import { formatIndexes, parseIndexes } from "../../src/controllers/job/indexes.js";
import { type Plan, plan } from "../../src/controllers/job/plan.js";
import { type Job, TRACKING } from "../../src/controllers/job/types.js";
import type { Pod } from "../../src/controllers/shared/types.js";
import { NOW, type PodGiven, pod, time } from "./objects.js";

const job = (spec: Partial<Job["spec"]> = {}, status: Job["status"] = { startTime: time(60), uncountedTerminatedPods: {} }): Job => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j", namespace: "ns", uid: "uj", resourceVersion: "1", creationTimestamp: time(60) },
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    selector: { matchLabels: { job: "j" } },
    template: { spec: { restartPolicy: "Never", containers: [] } },
    ...spec,
  },
  status,
});
interface Given extends PodGiven {
  readonly index?: number;
  readonly untracked?: boolean;
  readonly exit?: number;
  readonly finished?: number;
  readonly failures?: number;
}
function task(name: string, given: Given = {}): Pod {
  const made = pod(name, given);
  const annotations = {
    ...(given.index === undefined ? {} : { "batch.kubernetes.io/job-completion-index": String(given.index) }),
    ...(given.failures === undefined ? {} : { "batch.kubernetes.io/job-index-failure-count": String(given.failures) }),
  };
  const state =
    given.exit === undefined ? {} : { state: { terminated: { exitCode: given.exit, finishedAt: time(given.finished ?? 500) } } };
  return {
    ...made,
    metadata: { ...made.metadata, annotations, ...(given.untracked ? {} : { finalizers: [TRACKING] }) },
    status: { ...made.status, containerStatuses: [{ name: "c", ...state }] },
  };
}
const ok = (name: string, more: Given = {}): Pod => task(name, { phase: "Succeeded", ready: false, exit: 0, ...more });
const bad = (name: string, more: Given = {}): Pod => task(name, { phase: "Failed", ready: false, exit: 1, ...more });
const look = (j: Job, pods: readonly Pod[] = []): Plan => plan({ job: j, pods, mayAct: true, nowMs: NOW });
const said = (p: Plan): string[] => (p.status.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}`);
const made = (p: Plan): (number | undefined)[] => p.creates.map((c) => c.index);

describe("pods of a job", () => {
  test.each([
    { name: "as many as may run together", spec: { parallelism: 3, completions: 10 }, pods: [], creates: 3 },
    { name: "no more than are still to do", spec: { parallelism: 3, completions: 2 }, pods: [], creates: 2 },
    { name: "the missing ones", spec: { parallelism: 3, completions: 10 }, pods: [task("a"), ok("b")], creates: 2 },
    {
      name: "of a work queue none after the first success",
      spec: { parallelism: 3, completions: undefined },
      pods: [task("a"), ok("b")],
      creates: 0,
    },
    { name: "none while it is suspended", spec: { suspend: true }, pods: [], creates: 0 },
  ])("$name", ({ spec, pods, creates }) => {
    expect(look(job(spec as Partial<Job["spec"]>), pods).creates).toHaveLength(creates);
  });
  test("none while what was done is not seen yet", () => {
    expect(plan({ job: job(), pods: [], mayAct: false, nowMs: NOW }).creates).toEqual([]);
  });
  test("a pause after failures, twice as long after each", () => {
    const waits = (...ago: number[]): number | undefined =>
      look(
        job(),
        ago.map((s, i) => bad(`p${i}`, { finished: s })),
      ).lookMs;
    expect([waits(3), waits(3, 30), waits(3, 30, 60)]).toEqual([7_000, 17_000, 37_000]);
    expect(look(job(), [bad("a", { finished: 11 })]).creates).toHaveLength(1);
  });
  test("a suspended job ends its pods and says so", () => {
    const p = look(job({ suspend: true }), [task("a")]);
    expect([p.deletes.map((x) => x.metadata.name), said(p), p.status.startTime]).toEqual([
      ["a"],
      ["Suspended=True JobSuspended"],
      undefined,
    ]);
  });
});

describe("counting", () => {
  test("a finished pod is listed by its uid before it loses its finalizer, and counted after", () => {
    const first = look(job({ completions: 2 }), [ok("a"), bad("b")]);
    expect(first.status.uncountedTerminatedPods).toEqual({ succeeded: ["uid-a"], failed: ["uid-b"] });
    expect(first.status.succeeded).toBeUndefined();
    expect(first.release.map((p) => p.metadata.name)).toEqual(["a", "b"]);
    const second = look(job({ completions: 2 }, first.status), [ok("a", { untracked: true }), bad("b")]);
    expect(second.status).toMatchObject({ succeeded: 1, uncountedTerminatedPods: { failed: ["uid-b"] } });
    const third = look(job({ completions: 2 }, second.status), [ok("a", { untracked: true }), bad("b", { untracked: true })]);
    expect(third.status).toMatchObject({ succeeded: 1, failed: 1, uncountedTerminatedPods: {} });
    const again = look(job({ completions: 2 }, third.status), [ok("a", { untracked: true }), bad("b", { untracked: true })]);
    expect(again.status).toMatchObject({ succeeded: 1, failed: 1 });
  });
  test("a job is over when its last pod is counted, not before", () => {
    const first = look(job(), [ok("a")]);
    expect(said(first)).toEqual(["SuccessCriteriaMet=True CompletionsReached"]);
    const second = look(job({}, first.status), [ok("a", { untracked: true })]);
    expect(said(second)).toEqual(["SuccessCriteriaMet=True CompletionsReached", "Complete=True CompletionsReached"]);
    expect([second.status.completionTime === undefined, second.events.map((e) => e.reason)]).toEqual([false, ["Completed"]]);
  });
});

describe("how a job fails", () => {
  const ends = (j: Job, pods: readonly Pod[]): string | undefined => said(look(j, pods)).find((c) => c.startsWith("FailureTarget"));
  const rules = (action: string) =>
    ({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator: "In", values: [42] } }] } }) as Partial<Job["spec"]>;
  test.each([
    { name: "too many failures", j: job({ backoffLimit: 1 }), pods: [bad("a"), bad("b")], ends: "FailureTarget=True BackoffLimitExceeded" },
    { name: "not one too few", j: job({ backoffLimit: 2 }), pods: [bad("a"), bad("b")], ends: undefined },
    { name: "its time", j: job({ activeDeadlineSeconds: 60 }), pods: [task("a")], ends: "FailureTarget=True DeadlineExceeded" },
    { name: "a rule of its policy", j: job(rules("FailJob")), pods: [bad("a", { exit: 42 })], ends: "FailureTarget=True PodFailurePolicy" },
    { name: "no rule fits", j: job(rules("FailJob")), pods: [bad("a", { exit: 1 })], ends: undefined },
    { name: "an ignored failure", j: job({ backoffLimit: 0, ...rules("Ignore") }), pods: [bad("a", { exit: 42 })], ends: undefined },
  ])("$name", ({ j, pods, ends: expected }) => {
    expect(ends(j, pods)).toBe(expected);
  });
  test("ends the pods that still run", () => {
    expect(
      look(job({ backoffLimit: 0, parallelism: 2, completions: 2 }), [bad("a"), task("b")]).deletes.map((p) => p.metadata.name),
    ).toEqual(["b"]);
  });
});

describe("indexes", () => {
  const indexed = (more: Partial<Job["spec"]> = {}): Job => job({ completionMode: "Indexed", completions: 4, parallelism: 4, ...more });
  test.each([
    [[], ""],
    [[3], "3"],
    [[1, 2], "1,2"],
    [[0, 1, 2, 5, 7, 8, 9], "0-2,5,7-9"],
  ])("%j are written %j and read back", (list, text) => {
    expect(formatIndexes(new Set(list))).toBe(text);
    expect([...parseIndexes(text, 100)]).toEqual(list);
  });
  test("each that is missing is made once", () => {
    expect(made(look(indexed(), [task("a", { index: 1 }), ok("b", { index: 2 })]))).toEqual([0, 3]);
  });
  test("a second pod of one index goes", () => {
    const pods = [0, 0, 1, 2, 3].map((index, i) => task(`p${i}`, { index }));
    expect(look(indexed(), pods).deletes.map((p) => p.metadata.name)).toEqual(["p1"]);
  });
  test("with a limit of its own an index fails alone, and its failures go on counting", () => {
    const limited = indexed({ backoffLimitPerIndex: 1 });
    const p = look(limited, [
      bad("a", { index: 0, failures: 1 }),
      bad("b", { index: 1, failures: 0 }),
      task("c", { index: 2 }),
      task("d", { index: 3 }),
    ]);
    expect([p.status.failedIndexes, p.creates]).toEqual(["0", [{ index: 1, failures: 1 }]]);
  });
  test("when all others are done the failed ones fail the job", () => {
    const limited = indexed({ backoffLimitPerIndex: 0 });
    expect(said(look(limited, [bad("a", { index: 0 }), ...[1, 2, 3].map((index) => ok(`s${index}`, { index }))]))).toEqual([
      "FailureTarget=True FailedIndexes",
    ]);
  });
  test("some indexes may be enough", () => {
    const leader = indexed({ successPolicy: { rules: [{ succeededIndexes: "0" }] } });
    const p = look(leader, [ok("a", { index: 0 }), task("b", { index: 1 })]);
    expect([said(p), p.deletes.map((x) => x.metadata.name)]).toEqual([["SuccessCriteriaMet=True SuccessPolicy"], ["b"]]);
  });
});
