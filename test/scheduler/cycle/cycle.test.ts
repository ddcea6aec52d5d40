import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/kube/meta/index.js";
import { fitErrorText, podInfo, preempt, schedule, scoresOf } from "../../../src/scheduler/cycle/index.js";
import { clusterOf, node, OPTIONS, on, pod, type World } from "./kit.js";

/** The node's name, or why there is none. */
function verdict(p: KubeObject, world: World): string {
  const cluster = clusterOf(world);
  const outcome = schedule(podInfo(p), cluster, OPTIONS);
  if (outcome.kind === "fits") return outcome.node;
  return outcome.kind === "noNodes" ? "no nodes" : fitErrorText(outcome.diagnosis);
}
const ZONE = "topology.kubernetes.io/zone";
const two = [
  node("n1", { labels: { [ZONE]: "a", disk: "ssd", gen: "5" } }),
  node("n2", { labels: { [ZONE]: "b", disk: "hdd", gen: "7" } }),
];
const red = node("n3", { spec: { taints: [{ key: "team", value: "red", effect: "NoSchedule" }] } });
const affinity = (kind: "podAffinity" | "podAntiAffinity", labels: object, topologyKey = "kubernetes.io/hostname") => ({
  spec: {
    containers: [{ name: "c", image: "i" }],
    affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: labels } }] } },
  },
});
const nodeTerms = (...terms: object[]) => ({
  spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } },
});
const spread = (more: object) => ({
  labels: { app: "web" },
  spec: {
    containers: [{ name: "c", image: "i" }],
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "web" } }, ...more },
    ],
  },
});
const web = (name: string) => pod(name, { labels: { app: "web" } });
const ELSEWHERE = "node(s) didn't match Pod's node affinity/selector";

describe("where a pod may go", () => {
  test.each<[string, KubeObject, World, string]>([
    ["there is no node", pod("p"), { nodes: [] }, "no nodes"],
    ["there is room", pod("p", { requests: { cpu: "4" } }), { nodes: [two[0] as KubeObject] }, "n1"],
    [
      "nothing is large enough",
      pod("p", { requests: { cpu: "5", memory: "9Gi" } }),
      { nodes: two },
      "0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory.",
    ],
    [
      "nobody has the thing",
      pod("p", { requests: { "example.com/gpu": "1" } }),
      { nodes: two },
      "0/2 nodes are available: 2 Insufficient example.com/gpu.",
    ],
    [
      "the node is full of pods",
      pod("p"),
      { nodes: [node("n1", { allocatable: { pods: "1" } })], pods: { n1: [pod("a")] } },
      "0/1 nodes are available: 1 Too many pods.",
    ],
    [
      "it is cordoned",
      pod("p"),
      { nodes: [node("n1", { spec: { unschedulable: true } })] },
      "0/1 nodes are available: 1 node(s) were unschedulable.",
    ],
    ["it is tainted", pod("p"), { nodes: [red] }, "0/1 nodes are available: 1 node(s) had untolerated taint(s)."],
    ["the taint is tolerated", pod("p", { spec: { tolerations: [{ key: "team", operator: "Exists" }] } }), { nodes: [red] }, "n3"],
    [
      "the taint's value is not the tolerated one",
      pod("p", { spec: { tolerations: [{ key: "team", value: "blue" }] } }),
      { nodes: [red] },
      "0/1 nodes are available: 1 node(s) had untolerated taint(s).",
    ],
    ["labels select it", pod("p", { spec: { nodeSelector: { disk: "hdd" } } }), { nodes: two }, "n2"],
    [
      "labels select nothing",
      pod("p", { spec: { nodeSelector: { disk: "tape" } } }),
      { nodes: two },
      `0/2 nodes are available: 2 ${ELSEWHERE}.`,
    ],
    [
      "a number must be greater",
      pod("p", nodeTerms({ matchExpressions: [{ key: "gen", operator: "Gt", values: ["6"] }] })),
      { nodes: two },
      "n2",
    ],
    ["an empty term matches nothing", pod("p", nodeTerms({})), { nodes: two }, `0/2 nodes are available: 2 ${ELSEWHERE}.`],
    [
      "a node is named",
      pod("p", nodeTerms({ matchFields: [{ key: "metadata.name", operator: "In", values: ["n2"] }] })),
      { nodes: two },
      "n2",
    ],
    [
      "the named node is tainted",
      pod("p", nodeTerms({ matchFields: [{ key: "metadata.name", operator: "In", values: ["n3"] }] })),
      { nodes: [...two, red] },
      "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    ],
    [
      "names contradict",
      pod(
        "p",
        nodeTerms({
          matchFields: [
            { key: "metadata.name", operator: "In", values: ["n1"] },
            { key: "metadata.name", operator: "In", values: ["n2"] },
          ],
        }),
      ),
      { nodes: two },
      "0/2 nodes are available: pod affinity terms conflict.",
    ],
    [
      "nobody it wants is there",
      pod("p", affinity("podAffinity", { app: "ghost" })),
      { nodes: two },
      "0/2 nodes are available: 2 node(s) didn't match pod affinity rules.",
    ],
    [
      "it is the first of those that want each other",
      pod("p", { ...affinity("podAffinity", { app: "web" }), labels: { app: "web" } }),
      { nodes: [two[0] as KubeObject] },
      "n1",
    ],
    [
      "who it wants is in the zone",
      pod("p", affinity("podAffinity", { app: "web" }, ZONE)),
      { nodes: two, pods: { n2: [web("a")] } },
      "n2",
    ],
    ["who it shuns is there", pod("p", affinity("podAntiAffinity", { app: "web" })), { nodes: two, pods: { n1: [web("a")] } }, "n2"],
    [
      "another shuns it",
      web("p"),
      { nodes: [two[0] as KubeObject], pods: { n1: [pod("a", affinity("podAntiAffinity", { app: "web" }))] } },
      "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
    ],
    ["its zone has more than the other", pod("p", spread({})), { nodes: two, pods: { n1: [web("a")] } }, "n2"],
    [
      "there are fewer zones than wanted",
      pod("p", spread({ minDomains: 3 })),
      { nodes: two, pods: { n1: [web("a")], n2: [web("b")] } },
      "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
    ],
    [
      "the key is not there",
      pod("p", spread({ topologyKey: "rack" })),
      { nodes: two },
      "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label).",
    ],
    [
      "a claim is missing",
      pod("p", { spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "nix" } }] } }),
      { nodes: two },
      '0/2 nodes are available: persistentvolumeclaim "nix" not found.',
    ],
  ])("%s", (_, p, world, expected) => expect(verdict(p, world)).toBe(expected));

  test("a host port conflicts with the same on all addresses, not with another protocol", () => {
    const port = (more: object) => ({
      spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 1, hostPort: 80, ...more }] }] },
    });
    const world: World = { nodes: [two[0] as KubeObject], pods: { n1: [pod("a", port({ hostIP: "10.0.0.1" }))] } };
    expect(verdict(pod("p", port({})), world)).toContain("didn't have free ports");
    expect(verdict(pod("p", port({ hostIP: "10.0.0.2" })), world)).toBe("n1");
    expect(verdict(pod("p", port({ protocol: "UDP" })), world)).toBe("n1");
  });

  test("init containers count as the greatest, side cars on top", () => {
    const spec = {
      initContainers: [
        { name: "s", restartPolicy: "Always", resources: { requests: { cpu: "1" } } },
        { name: "i", resources: { requests: { cpu: "2500m" } } },
      ],
      containers: [{ name: "c", resources: { requests: { cpu: "2" } } }],
      overhead: { cpu: "100m" },
    };
    expect(podInfo(pod("p", { spec })).requests.actual.milliCpu).toBe(3_600);
  });
});

describe("which node is best", () => {
  const best = (p: KubeObject, world: World): string => verdict(p, world);
  test.each<[string, KubeObject, World, string]>([
    [
      "the emptier one",
      pod("p", { requests: { cpu: "1", memory: "2Gi" } }),
      { nodes: two, pods: { n1: [pod("a", { requests: { cpu: "2", memory: "4Gi" } })] } },
      "n2",
    ],
    [
      "the one without a taint that it would rather avoid",
      pod("p"),
      { nodes: [node("n1", { spec: { taints: [{ key: "x", effect: "PreferNoSchedule" }] } }), node("n2")] },
      "n2",
    ],
    [
      "the preferred one",
      pod("p", {
        spec: {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, preference: { matchExpressions: [{ key: "disk", operator: "In", values: ["hdd"] }] } },
              ],
            },
          },
        },
      }),
      { nodes: two },
      "n2",
    ],
    [
      "the one with the image, where it is large and widespread",
      pod("p", { spec: { containers: [{ name: "c", image: "big:1" }] } }),
      { nodes: [node("n1"), node("n2", { status: { images: [{ names: ["big:1"], sizeBytes: 900_000_000 }] } })] },
      "n2",
    ],
    [
      "the zone with fewer of its kind",
      pod("p", { ...spread({ whenUnsatisfiable: "ScheduleAnyway" }) }),
      { nodes: two, pods: { n1: [web("a")] } },
      "n2",
    ],
    [
      "of a service's pods the host with fewer",
      web("p"),
      { nodes: two, pods: { n1: [web("a")] }, objects: { ownersSelector: () => [{ key: "app", operator: "=", values: ["web"] }] } },
      "n2",
    ],
  ])("%s", (_, p, world, expected) => expect(best(p, world)).toBe(expected));

  test("each of several equals has the same chance", () => {
    const cluster = clusterOf({ nodes: ["n1", "n2", "n3"].map((name) => node(name)) });
    const drawn = [0, 1, 2].map((draw) => {
      const bounds: number[] = [];
      const below = (bound: number): number => {
        bounds.push(bound);
        return draw;
      };
      const outcome = schedule(podInfo(pod("p")), cluster, { ...OPTIONS, below });
      expect(bounds).toEqual([3]);
      return outcome.kind === "fits" ? outcome.node : outcome.kind;
    });
    expect(drawn.sort()).toEqual(["n1", "n2", "n3"]);
  });

  test("scores lie between 0 and 100 times their weight", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(8)), { minLength: 2, maxLength: 6 }), fc.nat(3), (used, asked) => {
        const nodes = used.map((_, i) => node(`n${i}`, { labels: { [ZONE]: `z${i % 2}` } }));
        const pods = Object.fromEntries(
          used.map(([cpu, memory], i) => [
            `n${i}`,
            [pod("x", { requests: { cpu: `${cpu}`, memory: `${memory}Gi` }, labels: { app: "web" } })],
          ]),
        );
        const cluster = clusterOf({ nodes, pods });
        const p = podInfo(pod("p", { ...spread({ whenUnsatisfiable: "ScheduleAnyway" }), requests: { cpu: `${asked}` } }));
        for (const { plugin, scores } of scoresOf(p, cluster, cluster.nodes, OPTIONS.plugins)) {
          const weight = OPTIONS.plugins.find((w) => w.plugin.name === plugin)?.weight ?? 0;
          for (const score of scores) expect(score >= 0 && score <= 100 * weight, `${plugin} ${score}`).toBe(true);
        }
      }),
    );
  });
});

describe("making room", () => {
  const at = (priority: number, cpu: string, more: object = {}) => ({
    requests: { cpu },
    spec: { priority, containers: [{ name: "c", resources: { requests: { cpu } } }], ...more },
  });
  function attempt(p: KubeObject, world: World) {
    const cluster = clusterOf(world);
    const info = podInfo(p);
    const outcome = schedule(info, cluster, OPTIONS);
    if (outcome.kind !== "unschedulable" || !outcome.filters) throw new Error(`it is ${outcome.kind}`);
    const before = JSON.stringify(cluster.nodes.map((n) => [n.name, n.requested, on(cluster, n.name).map((x) => x.name)]));
    const result = preempt(info, outcome.diagnosis, outcome.filters, cluster, () => 0);
    expect(JSON.stringify(cluster.nodes.map((n) => [n.name, n.requested, on(cluster, n.name).map((x) => x.name)]))).toBe(before);
    return result;
  }
  const victims = (p: KubeObject, world: World) => {
    const result = attempt(p, world);
    return result.kind === "preempts" ? [result.node, ...result.victims.map((v) => v.name)] : result.message;
  };

  test("the least important go, and no more of them than must", () => {
    const pods = { n1: [pod("low", at(1, "1")), pod("mid", at(5, "1")), pod("high", at(9, "2"))] };
    expect(victims(pod("p", at(8, "1")), { nodes: [two[0] as KubeObject], pods })).toEqual(["n1", "low"]);
  });
  test("the node whose victims matter least is taken", () => {
    const pods = { n1: [pod("mid", at(5, "4"))], n2: [pod("low", at(1, "4"))] };
    expect(victims(pod("p", at(8, "1")), { nodes: two, pods })).toEqual(["n2", "low"]);
  });
  test("a budget is broken only where nothing else helps", () => {
    const guarded = (name: string) => pod(name, { ...at(1, "2"), labels: { app: "db" } });
    const budget = {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "b", namespace: "default" },
      spec: { selector: { matchLabels: { app: "db" } } },
      status: { disruptionsAllowed: 0 },
    } as unknown as KubeObject;
    const objects = { budgets: () => [budget] };
    expect(
      victims(pod("p", at(8, "1")), { nodes: [two[0] as KubeObject], pods: { n1: [guarded("db"), pod("free", at(3, "2"))] }, objects }),
    ).toEqual(["n1", "free"]);
    expect(
      victims(pod("p", at(8, "4")), { nodes: [two[0] as KubeObject], pods: { n1: [guarded("db"), pod("free", at(3, "2"))] }, objects }),
    ).toEqual(["n1", "free", "db"]);
  });
  test("nobody less important is there", () => {
    expect(victims(pod("p", at(1, "1")), { nodes: two, pods: { n1: [pod("a", at(1, "4"))], n2: [pod("b", at(1, "4"))] } })).toBe(
      "0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    );
  });
  test("it is larger than any node", () => {
    expect(victims(pod("p", at(1, "9")), { nodes: two, pods: { n1: [pod("a", at(0, "4"))] } })).toBe(
      "0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
  });
  test("it is not to preempt", () => {
    expect(
      victims(pod("p", at(8, "1", { preemptionPolicy: "Never" })), {
        nodes: two,
        pods: { n1: [pod("a", at(0, "4"))], n2: [pod("b", at(0, "4"))] },
      }),
    ).toBe("not eligible due to preemptionPolicy=Never.");
  });
});

test("whatever comes, no node is overfull", () => {
  const amount = fc.nat(4);
  fc.assert(
    fc.property(fc.array(fc.tuple(amount, amount), { maxLength: 30 }), (asked) => {
      const cluster = clusterOf({ nodes: two });
      asked.forEach(([cpu, memory], i) => {
        const info = podInfo(pod(`p${i}`, { requests: { cpu: `${cpu}`, memory: `${memory}Gi` } }));
        const outcome = schedule(info, cluster, OPTIONS);
        if (outcome.kind === "fits") cluster.addPod(info, outcome.node);
      });
      for (const n of cluster.nodes) expect(n.requested.milliCpu <= 4_000 && n.requested.memory <= 8 * 2 ** 30).toBe(true);
    }),
  );
});
