import { describe, expect, test } from "vitest";
import { PodAddresses } from "../../src/kubelet/hollow/addresses.js";
import { planPod } from "../../src/kubelet/hollow/plan.js";
import type { Pod } from "../../src/kubelet/hollow/shapes.js";
import { DEFAULT_STAGES, parseStages, type Stage } from "../../src/kubelet/hollow/stages.js";

const facts = { nowMs: 10_000, sinceMs: 10_000, now: "2026-01-01T00:00:10Z", podIp: "10.200.0.1", hostIp: "10.128.0.1" };
function pod(more: { meta?: object; spec?: object; status?: object } = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default", uid: "u", ...more.meta },
    spec: { nodeName: "n", restartPolicy: "Always", containers: [{ name: "c", image: "reg/x:1" }], ...more.spec },
    ...(more.status ? { status: more.status } : {}),
  } as unknown as Pod;
}
const running = {
  phase: "Running",
  podIP: "10.200.0.1",
  containerStatuses: [{ name: "c", ready: true, restartCount: 0, state: { running: { startedAt: "2026-01-01T00:00:00Z" } } }],
};
const stage = (text: string): readonly Stage[] => [
  ...parseStages(`apiVersion: trimast.dev/v1alpha1\nkind: Stage\nmetadata: {name: s}\nspec:\n${text.replace(/^/gm, "  ")}`, "s.yaml"),
  ...DEFAULT_STAGES,
];

/** phase, first container's state, Ready. */
function shown(p: Pod, stages: readonly Stage[] = DEFAULT_STAGES, at: Partial<typeof facts> = {}): string {
  const action = planPod(p, stages, { ...facts, ...at });
  if (action.kind === "later") return `later ${action.ms}`;
  if (action.kind !== "status") return action.kind;
  const { phase, containerStatuses, conditions } = action.status as {
    phase: string;
    containerStatuses: readonly { state: Record<string, { reason?: string; exitCode?: number }>; restartCount: number }[];
    conditions: readonly { type: string; status: string }[];
  };
  const first = containerStatuses[0];
  const [kind, state] = Object.entries(first?.state ?? {})[0] ?? [];
  const ready = conditions.find((c) => c.type === "Ready")?.status;
  return [phase, kind, state?.reason ?? "-", state?.exitCode ?? "-", `restarts ${first?.restartCount}`, `ready ${ready}`].join(" ");
}

describe("what becomes of a pod", () => {
  const job = {
    meta: { ownerReferences: [{ kind: "Job", controller: true, name: "j", uid: "x", apiVersion: "batch/v1" }] },
    spec: { restartPolicy: "Never" },
  };
  const deleted = { deletionTimestamp: "2026-01-01T00:00:10Z", deletionGracePeriodSeconds: 5 };
  test.each<[string, Pod, readonly Stage[], Partial<typeof facts>, string]>([
    ["it runs and is ready", pod(), DEFAULT_STAGES, {}, "Running running - - restarts 0 ready True"],
    ["it goes on running", pod({ status: running }), DEFAULT_STAGES, {}, "none"],
    [
      "it was called unready while its node was taken for dead",
      pod({ status: { ...running, conditions: [{ type: "Ready", status: "False" }] } }),
      DEFAULT_STAGES,
      {},
      "Running running - - restarts 0 ready True",
    ],
    [
      "and although it will crash one day",
      pod({ status: { ...running, conditions: [{ type: "Ready", status: "False" }] } }),
      stage("from: Running\ndelay: 1h\nnext: {exited: {code: 3}}"),
      {},
      "Running running - - restarts 0 ready True",
    ],
    [
      "it is ready and says so",
      pod({ status: { ...running, conditions: [{ type: "Ready", status: "True" }] } }),
      DEFAULT_STAGES,
      {},
      "none",
    ],
    ["a job's is done a second later", pod({ ...job, status: running }), DEFAULT_STAGES, {}, "later 1000"],
    [
      "and then it is",
      pod({ ...job, status: running }),
      DEFAULT_STAGES,
      { nowMs: 11_000 },
      "Succeeded terminated Completed 0 restarts 0 ready False",
    ],
    [
      "its image fails",
      pod(),
      stage("selector: {images: [reg/]}\nnext: {waiting: {reason: ErrImagePull}}"),
      {},
      "Pending waiting ErrImagePull - restarts 0 ready False",
    ],
    [
      "another's image does not",
      pod(),
      stage("selector: {images: [other/]}\nnext: {waiting: {}}"),
      {},
      "Running running - - restarts 0 ready True",
    ],
    [
      "it is never ready",
      pod({ meta: { labels: { app: "x" } } }),
      stage("selector: {matchLabels: {app: x}}\nnext: {running: {notReady: [c]}}"),
      {},
      "Running running - - restarts 0 ready False",
    ],
    ["it takes its time", pod(), stage("delay: 2s\nnext: {running: }"), {}, "later 2000"],
    [
      "it crashes and waits",
      pod({ status: running }),
      stage("from: Running\nnext: {exited: {code: 3}}"),
      {},
      "Running waiting CrashLoopBackOff - restarts 1 ready False",
    ],
    [
      "it fails for good",
      pod({ spec: { restartPolicy: "Never" }, status: running }),
      stage("from: Running\nnext: {exited: {code: 3}}"),
      {},
      "Failed terminated Error 3 restarts 0 ready False",
    ],
    [
      "it is deleted and stops",
      pod({ meta: deleted, status: running }),
      DEFAULT_STAGES,
      {},
      "Succeeded terminated Completed 0 restarts 0 ready False",
    ],
    [
      "it will not stop",
      pod({ meta: deleted, status: running }),
      stage("from: Terminating\ndelay: 1h\nnext: {exited: }"),
      {},
      "later 5000",
    ],
    [
      "and is killed",
      pod({ meta: deleted, status: running }),
      stage("from: Terminating\ndelay: 1h\nnext: {exited: }"),
      { nowMs: 15_000 },
      "Failed terminated Error 137 restarts 0 ready False",
    ],
    ["it is over and asked to go", pod({ meta: deleted, status: { phase: "Succeeded" } }), DEFAULT_STAGES, {}, "remove"],
    ["it is over", pod({ status: { phase: "Failed" } }), DEFAULT_STAGES, {}, "none"],
  ])("%s", (_, p, stages, at, expected) => expect(shown(p, stages, at)).toBe(expected));

  test("a crash backs off longer each time, then it runs again", () => {
    const crashed = (restartCount: number) =>
      pod({
        status: { phase: "Running", containerStatuses: [{ name: "c", restartCount, state: { waiting: { reason: "CrashLoopBackOff" } } }] },
      });
    expect(shown(crashed(1))).toBe("later 10000");
    expect(shown(crashed(3))).toBe("later 40000");
    expect(shown(crashed(30))).toBe("later 300000");
    expect(shown(crashed(1), DEFAULT_STAGES, { nowMs: 20_000 })).toBe("Running running - - restarts 1 ready True");
  });
  test("a readiness gate keeps Ready false until somebody sets its condition", () => {
    const gates = { readinessGates: [{ conditionType: "example.com/up" }] };
    expect(shown(pod({ spec: gates }))).toBe("Running running - - restarts 0 ready False");
    const open = {
      ...running,
      conditions: [
        { type: "example.com/up", status: "True" },
        { type: "Ready", status: "False" },
      ],
    };
    expect(shown(pod({ spec: gates, status: open }))).toBe("Running running - - restarts 0 ready True");
  });
});

describe("a stage that cannot be read says what to write", () => {
  test.each([
    ["kind: Stage", "s.yaml, document 1: write apiVersion: trimast.dev/v1alpha1 and kind: Stage"],
    ["apiVersion: trimast.dev/v1alpha1\nkind: Stage\nmetadata: {name: s}\nspec: {from: Dead, next: {stays: }}", "spec.from: write one of"],
    ["apiVersion: trimast.dev/v1alpha1\nkind: Stage\nmetadata: {name: s}\nspec: {delay: soon, next: {stays: }}", "soon is not a duration"],
    [
      "apiVersion: trimast.dev/v1alpha1\nkind: Stage\nmetadata: {name: s}\nspec: {next: {stays: , running: }}",
      "spec.next: write one of running",
    ],
    ["apiVersion: trimast.dev/v1alpha1\nkind: Stage\nmetadata: {name: s}\nspec: {nxt: 1}", "unknown key nxt"],
    [
      "apiVersion: trimast.dev/v1alpha1\nkind: Stage\nmetadata: {name: s}\nspec: {next: {exited: {code: 900}}}",
      "write a number from 0 to 255",
    ],
  ])("%j", (text, message) => expect(() => parseStages(text, "s.yaml")).toThrow(message));
});

describe("addresses of pods", () => {
  const withIp = (uid: string, podIP: string): Pod => pod({ meta: { uid }, status: { ...running, podIP } });
  test("are not given twice, though the process that gave them is gone", () => {
    const addresses = new PodAddresses("10.128.0.0");
    addresses.take(withIp("a", "10.200.0.1"));
    addresses.take(withIp("b", "10.200.0.2"));
    expect(addresses.next()).toBe("10.200.0.3");
  });
  test("of two processes begin in different places", () => {
    expect(new PodAddresses("10.128.0.0").next()).toBe("10.200.0.1");
    expect(new PodAddresses("10.128.0.5").next()).toBe("10.200.2.39");
  });
  test("come back with the pod that had them, not with another that was there before", () => {
    const addresses = new PodAddresses("10.128.78.31");
    const ip = addresses.next();
    addresses.take(withIp("a", ip));
    addresses.take(withIp("b", ip));
    addresses.release(withIp("a", ip));
    let isGivenAgain = false;
    for (let i = 0; i < 2 ** 21 - 1; i++) isGivenAgain ||= addresses.next() === ip;
    expect(isGivenAgain).toBe(false);
    addresses.release(withIp("b", ip));
    expect(Array.from({ length: 2 }, () => addresses.next())).toContain(ip);
  });
});
