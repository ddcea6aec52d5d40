import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/kube/meta/index.js";
import { type Cluster, fitErrorText, podInfo, preempt, schedule, scoresOf } from "../../../src/scheduler/cycle/index.js";
import { clusterOf, node, OPTIONS, pod } from "./kit.js";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const web = { matchLabels: { app: "web" } };
const term = (topologyKey: string, more: object = {}) => ({ topologyKey, labelSelector: web, ...more });
const required = (...terms: object[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const preferred = (weight: number, podAffinityTerm: object) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }],
});
const spread = (...constraints: object[]) => ({
  topologySpreadConstraints: constraints.map((c) => ({
    maxSkew: 1,
    topologyKey: ZONE,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: web,
    ...c,
  })),
});
const theirs = { namespaceSelector: { matchLabels: { team: "a" } } };

/** Whatever a pod may ask that is answered by counting other pods. */
const SPECS: readonly Record<string, unknown>[] = [
  {},
  spread({}),
  spread({ minDomains: 3 }, { topologyKey: HOST, maxSkew: 2 }),
  spread({ whenUnsatisfiable: "ScheduleAnyway" }, { whenUnsatisfiable: "ScheduleAnyway", topologyKey: HOST }),
  { ...spread({ nodeTaintsPolicy: "Honor" }), nodeSelector: { disk: "ssd" } },
  { affinity: { podAffinity: required(term(ZONE)) } },
  { affinity: { podAffinity: required(term(ZONE), term("rack", { labelSelector: {} })), podAntiAffinity: required(term(HOST)) } },
  { affinity: { podAntiAffinity: required(term(HOST), term("rack", theirs)) } },
  { affinity: { podAffinity: preferred(3, term(ZONE)), podAntiAffinity: preferred(5, term(HOST, theirs)) } },
];
type Command =
  | { readonly kind: "node"; readonly i: number; readonly zone: number; readonly rack: number; readonly tainted: boolean }
  | { readonly kind: "noNode"; readonly i: number }
  | { readonly kind: "pod"; readonly spec: number; readonly on: number; readonly isWeb: boolean; readonly leaving: boolean }
  | { readonly kind: "noPod" | "relabelled"; readonly i: number }
  | { readonly kind: "scheduled" | "nominated"; readonly spec: number; readonly on: number }
  | { readonly kind: "namespace"; readonly team: string };

const small = fc.nat(5);
const spec = fc.nat(SPECS.length - 1);
/** Where no node is tainted, more is remembered. */
const commands = (tainted: fc.Arbitrary<boolean>): fc.Arbitrary<Command> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("node"), i: small, zone: fc.nat(2), rack: fc.nat(2), tainted }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("noNode"), i: small }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("pod"), spec, on: small, isWeb: fc.boolean(), leaving: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("noPod", "relabelled"), i: fc.nat(30) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("scheduled", "scheduled", "nominated"), spec, on: small }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("namespace"), team: fc.constantFrom("a", "b") }) },
  ) as fc.Arbitrary<Command>;

const aNode = ({ i, zone, rack, tainted }: Extract<Command, { kind: "node" }>): KubeObject =>
  node(`n${i}`, {
    labels: {
      ...(zone === 2 ? {} : { [ZONE]: `z${zone}` }),
      ...(rack === 2 ? {} : { rack: `r${rack}` }),
      ...(i % 2 ? { disk: "ssd" } : {}),
    },
    spec: tainted ? { taints: [{ key: "x", effect: "NoSchedule" }] } : {},
    allocatable: { cpu: "4", pods: "6" },
  });
function aPod(name: string, of: number, isWeb: boolean, leaving: boolean, cpu = "1"): KubeObject {
  const spec = { ...SPECS[of], priority: of % 3, containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }] };
  return pod(name, { labels: isWeb ? { app: "web" } : {}, spec, meta: leaving ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {} });
}

interface Nomination {
  readonly object: KubeObject;
  readonly on: string;
}
/** Some of those that wait matter to a pod that preempts. */
const nominate = (cluster: Cluster, { object, on }: Nomination): void =>
  cluster.nominate({ ...podInfo(object), priority: on < "n3" ? 9 : 0 }, on);

/** A cluster with a history, and what is there now, so that another can be made that has none. */
class World {
  readonly cluster: Cluster;
  #namespaces: Readonly<Record<string, string>> = { team: "a" };
  readonly #nodes = new Map<string, KubeObject>();
  readonly #pods = new Map<string, { readonly object: KubeObject; readonly on: string }>();
  readonly #nominated: Nomination[] = [];
  #names = 0;
  readonly #objects = () => ({ namespaceLabels: () => this.#namespaces, ownersSelector: () => undefined });
  constructor() {
    this.cluster = clusterOf({ nodes: [], objects: this.#objects() });
  }
  do(c: Command): void {
    switch (c.kind) {
      case "node":
        this.#nodes.set(`n${c.i}`, aNode(c));
        return this.cluster.setNode(aNode(c));
      case "noNode":
        this.#nodes.delete(`n${c.i}`);
        return this.cluster.removeNode(`n${c.i}`);
      case "pod":
        return this.#put(aPod(`p${++this.#names}`, c.spec, c.isWeb, c.leaving), `n${c.on}`);
      case "noPod":
        return this.#take(c.i, () => undefined);
      case "relabelled":
        return this.#take(c.i, (o) => ({ ...o, metadata: { ...o.metadata, labels: { app: "web" } } }));
      case "scheduled": {
        const object = aPod(`p${++this.#names}`, c.spec, true, false);
        const outcome = schedule(podInfo(object), this.cluster, OPTIONS);
        return outcome.kind === "fits" ? this.#put(object, outcome.node) : undefined;
      }
      case "nominated": {
        const nomination = { object: aPod(`p${++this.#names}`, c.spec, true, false), on: `n${c.on}` };
        this.#nominated.push(nomination);
        return nominate(this.cluster, nomination);
      }
      case "namespace":
        this.#namespaces = { team: c.team };
    }
  }
  #put(object: KubeObject, on: string): void {
    this.#pods.set(object.metadata.uid ?? "", { object, on });
    this.cluster.addPod(podInfo(object), on);
  }
  #take(i: number, change: (o: KubeObject) => KubeObject | undefined): void {
    const [uid, { object, on }] = [...this.#pods][i] ?? ["", { object: undefined, on: "" }];
    if (object === undefined) return;
    this.#pods.delete(uid);
    this.cluster.removePod(uid, on);
    const changed = change(object);
    if (changed) this.#put(changed, on);
  }
  /** The same, counted from the start. */
  fresh(): Cluster {
    const nodes = this.cluster.nodes.map((n) => this.#nodes.get(n.name) as KubeObject);
    const cluster = clusterOf({ nodes, objects: this.#objects() });
    for (const { object, on } of this.#pods.values()) cluster.addPod(podInfo(object), on);
    for (const nomination of this.#nominated) nominate(cluster, nomination);
    return cluster;
  }
}
/** What a cycle says of a pod, and what would have to go for it. */
function answer(cluster: Cluster, object: KubeObject): unknown {
  const info = podInfo(object);
  const outcome = schedule(info, cluster, OPTIONS);
  const scores = scoresOf(info, cluster, cluster.nodes, OPTIONS.plugins);
  if (outcome.kind !== "unschedulable" || !outcome.filters) return [outcome, scores];
  const { diagnosis, filters } = outcome;
  const room = preempt({ ...info, priority: 9 }, diagnosis, filters, cluster, () => 0);
  return [fitErrorText(diagnosis), scores, room.kind === "preempts" ? [room.node, room.victims.map((v) => v.name)] : room.message];
}
/** Of each kind of pod, and of one that is large. */
const answers = (cluster: Cluster): unknown => [
  ...SPECS.map((_, i) => answer(cluster, aPod("asking", i, true, false))),
  answer(cluster, aPod("large", 0, true, false, "3")),
];

describe("counts that are kept from cycle to cycle", () => {
  test.each([
    ["any nodes", fc.boolean()],
    ["nodes without taints", fc.constant(false)],
  ] as const)("they are what counting everything anew gives, whatever happened before: %s", (_, tainted) => {
    const command = commands(tainted);
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), fc.array(command, { maxLength: 10 }), (history, more) => {
        const world = new World();
        for (const c of history) world.do(c);
        expect(answers(world.cluster)).toEqual(answers(world.fresh()));
        for (const c of more) world.do(c);
        expect(answers(world.cluster)).toEqual(answers(world.fresh()));
      }),
      { numRuns: 150 },
    );
  });

  test("more changes between two cycles than are remembered", () => {
    const world = new World();
    for (const i of [0, 1, 2, 3]) world.do({ kind: "node", i, zone: i % 2, rack: 0, tainted: false });
    answers(world.cluster);
    for (const on of [1, 2, 3, 3]) world.do({ kind: "pod", spec: 0, on, isWeb: true, leaving: false });
    for (let i = 0; i < 5_000; i++) {
      world.do({ kind: "pod", spec: 0, on: 0, isWeb: true, leaving: false });
      world.do({ kind: "noPod", i: 4 });
    }
    expect(answers(world.cluster)).toEqual(answers(world.fresh()));
  });

  test("room that a pod waits for is not found again by the next", () => {
    const asking = (name: string, priority: number, cpu: string): KubeObject =>
      pod(name, { spec: { priority, containers: [{ name: "c", resources: { requests: { cpu } } }] } });
    const pods = { n1: [asking("a", 1, "4")], n2: [asking("b", 1, "4")] };
    const cluster = clusterOf({ nodes: ["n1", "n2"].map((name) => node(name)), pods });
    const taken = ["first", "second"].map((name) => {
      const info = podInfo(asking(name, 9, "3"));
      const outcome = schedule(info, cluster, OPTIONS);
      if (outcome.kind !== "unschedulable" || !outcome.filters) throw new Error(outcome.kind);
      const room = preempt(info, outcome.diagnosis, outcome.filters, cluster, () => 0);
      if (room.kind !== "preempts") throw new Error(room.message);
      cluster.nominate(info, room.node);
      return room.node;
    });
    expect(taken).toEqual(["n1", "n2"]);
  });

  test("a zone that was gone and comes back is not another one that came meanwhile", () => {
    const zone = (name: string) => node(name, { labels: { [ZONE]: name } });
    const shape = { labels: { app: "web" }, spec: { containers: [], ...spread({}) } };
    const asking = podInfo(pod("p", shape));
    const cluster = clusterOf({ nodes: [zone("a")] });
    schedule(asking, cluster, OPTIONS);
    cluster.removeNode("a");
    cluster.setNode(zone("b"));
    cluster.setNode(zone("a"));
    cluster.addPod(asking, "a");
    expect(schedule(podInfo(pod("q", shape)), cluster, OPTIONS)).toMatchObject({ node: "b" });
  });

  test("more questions than counts are kept", () => {
    const nodes = ["a", "b"].map((zone) => node(zone, { labels: { [ZONE]: zone }, allocatable: { pods: "5000" } }));
    const cluster = clusterOf({ nodes });
    const verdict = (app: number): string => {
      const labels = { app: `${app}` };
      const info = podInfo(pod("p", { labels, spec: { containers: [], ...spread({ labelSelector: { matchLabels: labels } }) } }));
      const outcome = schedule(info, cluster, OPTIONS);
      if (outcome.kind !== "fits") throw new Error(outcome.kind);
      cluster.addPod(info, outcome.node);
      return outcome.node;
    };
    for (let app = 0; app < 1_100; app++) {
      const first = verdict(app);
      expect([first, verdict(app)].sort()).toEqual(["a", "b"]);
    }
    expect(verdict(0)).not.toBe(verdict(0));
    expect(cluster.tallies.size).toBeLessThan(1_100);
  });
});
