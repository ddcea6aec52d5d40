import { describe, expect, test } from "vitest";
import { selectorText } from "../../src/controllers/horizontalpodautoscaler/metrics.js";
import { normalize, remembered } from "../../src/controllers/horizontalpodautoscaler/normalize.js";
import { type Measured, plan, rescaled, scaleFailed, statusOf } from "../../src/controllers/horizontalpodautoscaler/plan.js";
import { byAverage, byShare, byUtilization, byValue, type Facts } from "../../src/controllers/horizontalpodautoscaler/replicas.js";
import { type Autoscaler, type History, NO_HISTORY, type Observed } from "../../src/controllers/horizontalpodautoscaler/types.js";
import type { Pod } from "../../src/controllers/shared/types.js";
import { NOW, pod, time } from "./objects.js";

interface P {
  readonly use?: number;
  readonly request?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly startSeconds?: number;
  readonly deleting?: boolean;
}
const TOLERANCES = { up: 0.1, down: 0.1 };
function podOf(i: number, p: P): Pod {
  // A pod that is not ready never was.
  const readySeconds = p.ready === false ? (p.startSeconds ?? 1_000) - 5 : 600;
  const plain = pod(`p${i}`, {
    readySeconds,
    phase: p.phase ?? "Running",
    ready: p.ready ?? true,
    ...(p.deleting ? { deleting: true } : {}),
  });
  const containers = [{ name: "c", resources: { requests: { cpu: p.request ?? "1", memory: "1Gi" } } }];
  return { ...plain, spec: { ...plain.spec, containers }, status: { ...plain.status, startTime: time(p.startSeconds ?? 1_000) } };
}
function facts(pods: readonly P[], given: Partial<Facts> = {}): Facts {
  const samples = pods.flatMap((p, i) =>
    p.use === undefined ? [] : [[`p${i}`, { milli: BigInt(p.use), atMs: NOW, windowMs: 60_000 }] as const],
  );
  const all = pods.map((p, i) => podOf(i, p));
  const samplesOf = new Map(samples);
  return { currentReplicas: pods.length, pods: all, samples: samplesOf, resource: "cpu", tolerances: TOLERANCES, nowMs: NOW, ...given };
}
const replicas = (found: ReturnType<typeof byUtilization>): number | string => (found.kind === "replicas" ? found.replicas : found.why);

describe("replicas for a share of requests", () => {
  const cases: readonly { name: string; percent: number; pods: readonly P[]; want: number | string; given?: Partial<Facts> }[] = [
    { name: "more load, more pods", percent: 30, pods: [{ use: 300 }, { use: 500 }, { use: 700 }], want: 5 },
    { name: "less load, fewer pods", percent: 50, pods: [100, 300, 500, 250, 250].map((use) => ({ use })), want: 3 },
    { name: "within the tolerance nothing changes", percent: 100, pods: [1_010, 1_030, 1_020].map((use) => ({ use })), want: 3 },
    {
      name: "a tolerance of its own lets small ratios act",
      percent: 100,
      pods: [1_030, 1_030, 1_030].map((use) => ({ use })),
      want: 4,
      given: { tolerances: { up: 0.02, down: 0.1 } },
    },
    {
      name: "unready pods count as idle when scaling up",
      percent: 30,
      pods: [{ use: 300, ready: false }, { use: 500 }, { use: 700 }],
      want: 4,
    },
    {
      name: "so many unready pods that scaling up would not help",
      percent: 30,
      pods: [{ use: 400 }, { use: 500, ready: false }, { use: 700, ready: false }],
      want: 3,
    },
    {
      name: "a pod that only just started says nothing of its load",
      percent: 30,
      pods: [{ use: 400 }, { use: 500, startSeconds: 10, ready: false }, { use: 700, startSeconds: 10, ready: false }],
      want: 3,
    },
    { name: "failed pods are ignored", percent: 30, pods: [{ use: 500 }, { use: 700 }, { phase: "Failed" }, { phase: "Failed" }], want: 4 },
    { name: "pods on their way out are ignored", percent: 30, pods: [{ use: 500 }, { use: 700 }, { use: 0, deleting: true }], want: 4 },
    { name: "missing samples hold a scale-down back", percent: 90, pods: [{ use: 100 }, { use: 400 }, {}, {}], want: 3 },
    { name: "pending pods are idle when scaling up", percent: 50, pods: [{ use: 900 }, { phase: "Pending" }], want: 2 },
    {
      name: "pending pods that will take their part of a small excess",
      percent: 50,
      pods: [{ use: 820 }, { use: 820 }, { phase: "Pending" }],
      want: 3,
    },
    {
      name: "more load than wanted never means fewer replicas than are asked for already",
      percent: 50,
      pods: [{ use: 900 }, { use: 900 }, {}],
      want: 5,
      given: { currentReplicas: 5 },
    },
    { name: "missing samples never turn the direction round", percent: 100, pods: [{ use: 950 }, {}, {}, {}], want: 4 },
    { name: "no pods", percent: 50, pods: [], want: "no pods returned by selector while calculating replica count" },
    { name: "no samples", percent: 50, pods: [{}], want: "did not receive metrics for targeted pods (pods might be unready)" },
  ];
  for (const c of cases)
    test(c.name, () => {
      expect(replicas(byUtilization(facts(c.pods, c.given), { percent: c.percent, container: "" }))).toBe(c.want);
    });
  test("a container without a request is named", () => {
    const [p] = facts([{ use: 1 }]).pods;
    const bare = { ...(p as Pod), spec: { ...(p as Pod).spec, containers: [{ name: "c" }] } };
    const found = byUtilization(facts([{ use: 1 }], { pods: [bare] }), { percent: 50, container: "" });
    expect(replicas(found)).toBe("missing request for cpu in container c of Pod p0");
    expect(replicas(byUtilization(facts([{ use: 1 }]), { percent: 50, container: "d" }))).toBe("container d not found in Pod p0");
  });
  test("the utilization and the average are those of the pods that said something", () => {
    const found = byUtilization(facts([{ use: 300 }, { use: 500 }, { use: 700 }]), { percent: 30, container: "" });
    expect(found).toMatchObject({ utilization: 50, milli: 500n });
  });
});

describe("replicas for an amount", () => {
  test("an average a pod", () => {
    expect(replicas(byAverage(facts([{ use: 20_000 }, { use: 10_000 }, { use: 30_000 }], { resource: "" }), 15_000n))).toBe(4);
    expect(replicas(byAverage(facts([{ use: 100 }, {}, {}], { resource: "" }), 1_000n))).toBe(3);
  });
  test("one value, shared by the ready pods", () => {
    const all = facts([{}, {}, { ready: false }]);
    expect(replicas(byValue(all, 20_000n, 15_000n))).toBe(3);
    expect(replicas(byValue(all, 15_000n, 15_000n))).toBe(3);
    expect(replicas(byValue(all, 1n << 62n, 1n))).toBe(2_147_483_647);
  });
  test("one value, divided among all replicas", () => {
    const tolerances = TOLERANCES;
    expect(byShare({ statusReplicas: 3, tolerances }, 8_600n, 2_150n)).toEqual({ kind: "replicas", replicas: 4, milli: 2_867n });
    expect(byShare({ statusReplicas: 4, tolerances }, 8_600n, 2_150n)).toMatchObject({ replicas: 4, milli: 2_150n });
    expect(byShare({ statusReplicas: 0, tolerances }, 8_600n, 2_150n)).toMatchObject({ replicas: 4 });
  });
});

const recent = (...list: readonly (readonly [number, number])[]): History => ({
  ...NO_HISTORY,
  recommendations: list.map(([n, secondsAgo]) => ({ replicas: n, atMs: NOW - secondsAgo * 1_000 })),
});
const bounds = (current: number, min = 1, max = 100) => ({ current, min, max, nowMs: NOW });

describe("without behavior", () => {
  const cases = [
    {
      name: "the highest of five minutes holds a scale-down back",
      asked: 2,
      current: 8,
      history: recent([7, 200]),
      want: 7,
      able: "ScaleDownStabilized",
    },
    { name: "what is older is forgotten", asked: 2, current: 8, history: recent([7, 301]), want: 2, able: "ReadyForNewScale" },
    { name: "never more than twice as many at once", asked: 90, current: 5, history: NO_HISTORY, want: 10, limited: "ScaleUpLimit" },
    { name: "up to four at once", asked: 90, current: 1, history: NO_HISTORY, want: 4, limited: "ScaleUpLimit" },
    { name: "the maximum", asked: 150, current: 80, history: NO_HISTORY, want: 100, limited: "TooManyReplicas" },
    { name: "the minimum", asked: 0, current: 5, history: NO_HISTORY, want: 1, limited: "TooFewReplicas" },
  ] as const;
  for (const c of cases)
    test(c.name, () => {
      const found = normalize(undefined, c.asked, bounds(c.current), c.history);
      expect(found.desired).toBe(c.want);
      if ("able" in c) expect(found.able.reason).toBe(c.able);
      if ("limited" in c) expect(found.limited).toMatchObject({ is: true, reason: c.limited });
    });
  test("a recommendation takes the place of one that is too old", () => {
    const { history } = normalize(undefined, 3, bounds(3), recent([9, 400], [4, 10]));
    expect(history.recommendations.map((r) => r.replicas)).toEqual([3, 4]);
  });
});

describe("with behavior", () => {
  const pods = (value: number, periodSeconds = 60) => ({ type: "Pods", value, periodSeconds });
  const percent = (value: number, periodSeconds = 60) => ({ type: "Percent", value, periodSeconds });
  test("the policy that lets it grow most is chosen, or least, or none", () => {
    const up = (selectPolicy: string) =>
      normalize({ scaleUp: { selectPolicy, policies: [pods(2), percent(100)] } }, 50, bounds(10), NO_HISTORY);
    expect(up("Max").desired).toBe(20);
    expect(up("Min").desired).toBe(12);
    expect(up("Disabled")).toMatchObject({ desired: 10, limited: { is: true, reason: "ScaleUpLimit" } });
  });
  test("what was added in the period counts", () => {
    const behavior = { scaleUp: { policies: [pods(4)] } };
    const after = remembered(behavior, { from: 10, to: 13, nowMs: NOW - 30_000 }, NO_HISTORY);
    expect(normalize(behavior, 50, bounds(13), after).desired).toBe(14);
    const later = remembered(behavior, { from: 10, to: 13, nowMs: NOW - 61_000 }, NO_HISTORY);
    expect(normalize(behavior, 50, bounds(13), later).desired).toBe(17);
  });
  test("down by at most what the policies say", () => {
    const down = (selectPolicy: string) =>
      normalize(
        { scaleDown: { stabilizationWindowSeconds: 0, selectPolicy, policies: [pods(3), percent(50)] } },
        1,
        bounds(10),
        NO_HISTORY,
      );
    expect(down("Max")).toMatchObject({ desired: 5, limited: { reason: "ScaleDownLimit" } });
    expect(down("Min").desired).toBe(7);
    expect(down("Disabled").desired).toBe(10);
  });
  test("a window for scaling up takes its lowest recommendation", () => {
    const found = normalize({ scaleUp: { stabilizationWindowSeconds: 120 } }, 9, bounds(5), recent([6, 60]));
    expect(found).toMatchObject({ desired: 6, able: { reason: "ScaleUpStabilized" } });
  });
});

const hpaOf = (spec: Partial<Autoscaler["spec"]> = {}, status?: Autoscaler["status"]): Autoscaler => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web", namespace: "ns", uid: "u", resourceVersion: "1", creationTimestamp: time(900) },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    maxReplicas: 10,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
    ...spec,
  },
  ...(status === undefined ? {} : { status }),
});
const scaleOf = (n: number) => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name: "web", namespace: "ns", uid: "t", resourceVersion: "1", creationTimestamp: time(900) },
  spec: { replicas: n },
  status: { replicas: n, selector: "app=web" },
});
const at = { nowMs: NOW, now: time(0) };
function pass(hpa: Autoscaler, n: number, measured: Measured | undefined) {
  return plan(hpa, { scale: scaleOf(n), measured, history: NO_HISTORY, ...at });
}
const observed = (f: Facts, ...more: readonly Observed[]): Measured => ({
  kind: "observed",
  observed: [{ kind: "pods", samples: f.samples }, ...more],
  pods: f.pods,
});
const conditions = (p: ReturnType<typeof pass>) => p.draft.conditions.map((c) => `${c.type}=${c.status} ${c.reason}`);

describe("a pass", () => {
  test("scales up and says from what", () => {
    const planned = pass(hpaOf(), 2, observed(facts([{ use: 900 }, { use: 900 }])));
    expect(planned.rescale).toEqual({ to: 4, reason: "cpu resource utilization (percentage of request) above target" });
    const done = rescaled(hpaOf(), planned, undefined, at);
    expect(conditions(done)).toEqual([
      "AbleToScale=True SucceededRescale",
      "ScalingActive=True ValidMetricFound",
      "ScalingLimited=False DesiredWithinRange",
    ]);
    expect(done.draft.events).toEqual([
      {
        type: "Normal",
        reason: "SuccessfulRescale",
        message: "New size: 4; reason: cpu resource utilization (percentage of request) above target",
      },
    ]);
    expect(statusOf(hpaOf(), done, at.now)).toMatchObject({
      lastScaleTime: at.now,
      currentReplicas: 2,
      desiredReplicas: 4,
      currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 90, averageValue: "900m" } } }],
    });
  });
  test("leaves a target of zero replicas alone", () => {
    expect(conditions(pass(hpaOf(), 0, undefined))).toEqual(["AbleToScale=True SucceededGetScale", "ScalingActive=False ScalingDisabled"]);
  });
  test("brings a count within its bounds before any metric", () => {
    expect(pass(hpaOf(), 12, undefined).rescale).toEqual({ to: 10, reason: "Current number of replicas above Spec.MaxReplicas" });
    expect(pass(hpaOf({ minReplicas: 3 }), 1, undefined).rescale).toEqual({
      to: 3,
      reason: "Current number of replicas below Spec.MinReplicas",
    });
  });
  test("says why a metric could not be read, and changes nothing", () => {
    const why =
      "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
    const measured: Measured = { kind: "observed", observed: [{ kind: "failed", why }], pods: facts([{}]).pods };
    const planned = pass(hpaOf(), 1, measured);
    const inner = `failed to get cpu utilization: unable to get metrics for resource cpu: ${why}`;
    expect(planned.rescale).toBeUndefined();
    expect(planned.metrics).toEqual([{ type: "" }]);
    expect(planned.draft.conditions[1]).toMatchObject({
      type: "ScalingActive",
      status: "False",
      reason: "FailedGetResourceMetric",
      message: `the HPA was unable to compute the replica count: ${inner}`,
    });
    expect(planned.draft.events.map((e) => `${e.reason}: ${e.message}`)).toEqual([
      `FailedGetResourceMetric: ${inner}`,
      `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${inner}`,
    ]);
  });
  test("a metric that cannot be read lets the others say more, never fewer", () => {
    const external = { type: "External", external: { metric: { name: "queue" }, target: { type: "Value", value: "10" } } };
    const hpa = hpaOf({ metrics: [...(hpaOf().spec.metrics ?? []), external] });
    const broken: Observed = { kind: "failed", why: "gone" };
    expect(pass(hpa, 2, observed(facts([{ use: 900 }, { use: 900 }]), broken)).rescale?.to).toBe(4);
    const down = pass(hpa, 2, observed(facts([{ use: 100 }, { use: 100 }]), broken));
    expect(down.rescale).toBeUndefined();
    expect(down.draft.events.at(-1)?.message).toContain(
      "invalid metrics (1 invalid out of 2), first error is: failed to get queue external metric value: failed to get external metric queue: unable to get external metric ns/queue/nil: gone",
    );
  });
  test("two autoscalers over one pod: neither acts", () => {
    const autoscalers = [
      { name: "a", namespace: "ns" },
      { name: "b", namespace: "ns" },
    ];
    const planned = pass(hpaOf(), 2, { kind: "problem", problem: { kind: "ambiguous", selector: "app=web", autoscalers } });
    expect(planned.draft.events[0]).toMatchObject({
      reason: "AmbiguousSelector",
      message: "pods by selector app=web are controlled by multiple HPAs: [{a ns} {b ns}]",
    });
    expect(planned.rescale).toBeUndefined();
  });
  test("a refused rescale is said", () => {
    const done = rescaled(hpaOf(), pass(hpaOf(), 12, undefined), "denied", at);
    expect(conditions(done)).toEqual(["AbleToScale=False FailedUpdateScale"]);
    expect(done.draft.events[0]?.message).toBe("New size: 10; reason: Current number of replicas above Spec.MaxReplicas; error: denied");
    expect(statusOf(hpaOf(), done, at.now).lastScaleTime).toBeUndefined();
  });
  test("a target that is not there", () => {
    const draft = scaleFailed(hpaOf(), 'deployments.apps "web" not found', at.now);
    expect(draft.conditions[0]).toMatchObject({ type: "AbleToScale", status: "False", reason: "FailedGetScale" });
  });
  test("a condition keeps its time while its status stays", () => {
    const old = { type: "AbleToScale", status: "True" as const, reason: "SucceededGetScale", message: "", lastTransitionTime: time(500) };
    const hpa = hpaOf({}, { desiredReplicas: 2, conditions: [old] });
    expect(pass(hpa, 2, observed(facts([{ use: 500 }, { use: 500 }]))).draft.conditions[0]?.lastTransitionTime).toBe(time(500));
  });
});

test("memory is said in powers of 1024", () => {
  const metrics = [{ type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } }];
  const milli = (1 << 20) * 1_000 * 512;
  const planned = pass(hpaOf({ metrics }), 1, observed(facts([{ use: milli }], { resource: "memory" })));
  expect(planned.metrics).toEqual([{ type: "Resource", resource: { name: "memory", current: { averageValue: "512Mi" } } }]);
});

test("selectors of metrics stand in texts as Go prints them", () => {
  expect(selectorText({ matchLabels: { b: "2", a: "1" } })).toBe(
    "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{},}",
  );
  expect(selectorText(undefined)).toBe("nil");
});
