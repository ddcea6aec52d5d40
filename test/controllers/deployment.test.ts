import { describe, expect, test } from "vitest";
import { maxSurge, maxUnavailable } from "../../src/controllers/deployment/arithmetic.js";
import { type Action, type Plan, plan } from "../../src/controllers/deployment/plan.js";
import type { Deployment, Pod, ReplicaSet } from "../../src/controllers/shared/types.js";
import { type DeploymentGiven, deployment, NOW, pod, set, time } from "./objects.js";

const planned = (d: Deployment, sets: readonly ReplicaSet[], pods: ReadonlyMap<string, readonly Pod[]> = new Map()): Plan =>
  plan({ deployment: d, sets, pods, nowMs: NOW });
const short = (a: Action): string => {
  if (a.kind === "scale") return `${a.name} ${a.from}>${a.to}`;
  return a.kind === "create" ? `create ${a.set.spec.replicas}` : `${a.kind} ${a.name}`;
};
const steps = (d: Deployment, sets: readonly ReplicaSet[]): string[] =>
  planned(d, sets)
    .actions.filter((a) => a.kind !== "annotate")
    .map(short);
const says = (p: Plan, type: string): string | undefined => {
  const c = p.status.conditions?.find((x) => x.type === type);
  return c && `${c.status} ${c.reason}`;
};
const old = (replicas: number, more: object = {}): ReplicaSet =>
  set("old", { replicas, image: "v1", revision: 1, desired: 10, max: 13, ageSeconds: 900, ...more });
const now = (replicas: number, more: object = {}): ReplicaSet =>
  set("new", { replicas, image: "v2", revision: 2, desired: 10, max: 13, ...more });

describe("surge and unavailable", () => {
  test.each([
    [10, "25%", "25%", 3, 2],
    [10, 0, 1, 0, 1],
    [3, "25%", "25%", 1, 0],
    [1, "0%", "10%", 0, 1],
    [2, 1, 5, 1, 2],
    [0, "25%", "25%", 0, 0],
  ])("of %i replicas with %s and %s are %i and %i", (replicas, surge, unavailable, up, down) => {
    const d = deployment({ replicas, surge, unavailable });
    expect([maxSurge(d), maxUnavailable(d)]).toEqual([up, down]);
  });
});

describe("a rolling update", () => {
  const cases: readonly {
    readonly name: string;
    readonly d?: DeploymentGiven;
    readonly sets: readonly ReplicaSet[];
    readonly steps: readonly string[];
  }[] = [
    { name: "begins with all replicas when there are no old ones", sets: [], steps: ["create 10"] },
    {
      name: "surges when the new set is made, and shrinks the old one by what may be missing",
      sets: [old(10)],
      steps: ["create 3", "old 10>8"],
    },
    { name: "grows the new set by the room that the old one leaves", sets: [old(8), now(3)], steps: ["new 3>5"] },
    { name: "shrinks the old set by as many as became available", sets: [old(8), now(5, { available: 5 })], steps: ["old 8>3"] },
    { name: "waits while new pods are not available", sets: [old(8), now(5, { available: 0 })], steps: [] },
    { name: "takes sick old pods away first", sets: [old(8, { available: 4 }), now(5, { available: 5 })], steps: ["old 8>4", "old 4>3"] },
    {
      name: "keeps old pods, sick ones too, while the new ones are worse",
      sets: [old(8, { available: 6 }), now(5, { available: 0 })],
      steps: [],
    },
    { name: "is done when the old set is empty", sets: [old(0), now(10)], steps: [] },
    { name: "reuses the set of a former template", d: { image: "v1" }, sets: [old(0), now(10)], steps: ["old 0>3"] },
    {
      name: "keeps as many old sets as the history wants",
      d: {
        revisionHistoryLimit: 1,
        status: { observedGeneration: 2, replicas: 10, updatedReplicas: 10, availableReplicas: 10, conditions: [] },
      },
      sets: [
        set("a", { replicas: 0, image: "va", revision: 1 }),
        set("b", { replicas: 0, image: "vb", revision: 2 }),
        now(10, { revision: 3 }),
      ],
      steps: ["delete a"],
    },
  ];
  test.each(cases)("$name", ({ d, sets, steps: expected }) => {
    expect(steps(deployment(d), sets)).toEqual(expected);
  });

  test("the new set is named after its template, and its pods can be told from others", () => {
    const create = planned(deployment(), [old(10)]).actions.find((a) => a.kind === "create");
    if (create?.kind !== "create") throw new Error("no set is made");
    const { metadata, spec } = create.set;
    const hash = spec.selector.matchLabels?.["pod-template-hash"];
    expect(metadata.name).toBe(`web-${hash}`);
    expect(spec.template.metadata?.labels).toEqual({ app: "web", "pod-template-hash": hash });
    expect(metadata.annotations).toEqual({
      "deployment.kubernetes.io/revision": "2",
      "deployment.kubernetes.io/desired-replicas": "10",
      "deployment.kubernetes.io/max-replicas": "13",
    });
    const collided = planned(deployment({ status: { collisionCount: 1 } }), [old(10)]).actions[0];
    expect(collided?.kind === "create" && collided.set.metadata.name).not.toBe(metadata.name);
  });

  test("going back gives the old set a new number and remembers its former one", () => {
    const [first] = planned(deployment({ image: "v1", annotations: { team: "blue" } }), [old(0), now(10)]).actions;
    expect(first).toMatchObject({
      kind: "annotate",
      name: "old",
      annotations: { "deployment.kubernetes.io/revision": "3", "deployment.kubernetes.io/revision-history": "1", team: "blue" },
    });
  });
});

describe("another size in the middle of a rollout", () => {
  test("is shared in proportion, and the largest takes the rest", () => {
    const d = deployment({ replicas: 20 });
    expect(steps(d, [old(8), now(5)])).toEqual(["old 8>15", "new 5>10"]);
    expect(steps(deployment({ replicas: 5 }), [old(8), now(5)])).toEqual(["old 8>4", "new 5>3"]);
    expect(steps(deployment({ replicas: 0 }), [old(8), now(5)])).toEqual(["old 8>0", "new 5>0"]);
  });
  test("goes to the only set that has pods", () => {
    expect(steps(deployment({ replicas: 4 }), [old(0), now(10)])).toEqual(["new 10>4"]);
  });
});

describe("recreating", () => {
  const d = deployment({ strategy: { type: "Recreate" } });
  test("ends all old pods first", () => {
    expect(steps(d, [old(10)])).toEqual(["old 10>0"]);
  });
  test("waits for the last of them", () => {
    const left = new Map([["uid-old", [pod("p", { deleting: true })]]]);
    expect(planned(d, [old(0)], left).actions).toEqual([]);
  });
  test("then makes all new ones", () => {
    expect(steps(d, [old(0)])).toEqual(["create 10"]);
  });
});

describe("pausing", () => {
  test("stops a rollout and says so; a change of size is still followed", () => {
    const p = planned(deployment({ paused: true }), [old(10)]);
    expect([p.actions, says(p, "Progressing")]).toEqual([[], "Unknown DeploymentPaused"]);
    expect(steps(deployment({ paused: true, replicas: 4 }), [old(10)])).toEqual(["old 10>4"]);
  });
  test("ends with another condition, so that its time is not counted", () => {
    const conditions = [{ type: "Progressing", status: "Unknown", reason: "DeploymentPaused", lastUpdateTime: time(5_000) }] as const;
    const p = planned(deployment({ status: { conditions } }), [old(10)]);
    expect(says(p, "Progressing")).not.toBe("False ProgressDeadlineExceeded");
  });
});

describe("what a deployment says", () => {
  const progressing = (reason: string, secondsAgo: number): Deployment["status"] => ({
    observedGeneration: 2,
    replicas: 10,
    updatedReplicas: 5,
    readyReplicas: 5,
    availableReplicas: 5,
    conditions: [{ type: "Progressing", status: "True", reason, lastUpdateTime: time(secondsAgo), lastTransitionTime: time(secondsAgo) }],
  });
  test("that it is done", () => {
    const p = planned(deployment({ status: progressing("ReplicaSetUpdated", 10) }), [old(0), now(10)]);
    expect([says(p, "Progressing"), says(p, "Available")]).toEqual(["True NewReplicaSetAvailable", "True MinimumReplicasAvailable"]);
    expect(p.status.conditions?.find((c) => c.type === "Progressing")?.message).toBe('ReplicaSet "new" has successfully progressed.');
  });
  test("that it is stuck when its deadline has passed, and when to look for that", () => {
    const stuck = [old(5), now(5, { has: 5, available: 0 })];
    const of = (seconds: number): Plan => planned(deployment({ replicas: 10, status: progressing("ReplicaSetUpdated", seconds) }), stuck);
    expect(says(of(700), "Progressing")).toBe("False ProgressDeadlineExceeded");
    expect([says(of(100), "Progressing"), of(100).lookMs]).toEqual(["True ReplicaSetUpdated", 501_000]);
  });
  test("what its sets say of pods that cannot be made", () => {
    const failure = {
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message: "quota",
      lastTransitionTime: time(9),
    } as const;
    const p = planned(deployment(), [old(0), now(10, { conditions: [failure] })]);
    expect(says(p, "ReplicaFailure")).toBe("True FailedCreate");
  });
  test("the revision of its current set", () => {
    expect(planned(deployment(), [old(0), now(10)]).revision).toBe("2");
    expect(planned(deployment({ annotations: { "deployment.kubernetes.io/revision": "2" } }), [old(0), now(10)]).revision).toBeUndefined();
  });
});
