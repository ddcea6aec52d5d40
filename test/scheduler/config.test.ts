import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { parseSchedulerConfig } from "../../src/scheduler/config.js";
import { type CyclePlugin, explain, podInfo, schedule } from "../../src/scheduler/cycle/index.js";
import { scheduleWith } from "../../src/scheduler/extended-cycle.js";
import { Extender } from "../../src/scheduler/extender.js";
import { clusterOf, node, OPTIONS, pod } from "./cycle/kit.js";

const HEAD = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
const parsed = (text: string, own: readonly CyclePlugin[] = []) => parseSchedulerConfig(HEAD + text, "s.yaml", own);
const weights = (text: string, name = "default-scheduler"): Readonly<Record<string, number>> =>
  Object.fromEntries((parsed(text).of(name)?.plugins ?? []).map((w) => [w.plugin.name, w.weight]));

describe("a scheduler's configuration", () => {
  test("says nothing: the default profile", () => {
    expect(weights("")).toMatchObject({ TaintToleration: 3, NodeResourcesFit: 1, PodTopologySpread: 2 });
    expect(parsed("").of("other")).toBeUndefined();
  });
  test("has profiles by name, back-offs and a share of nodes", () => {
    const p = parsed(
      "percentageOfNodesToScore: 30\npodInitialBackoffSeconds: 2\npodMaxBackoffSeconds: 20\nprofiles: [{schedulerName: a}, {schedulerName: b, percentageOfNodesToScore: 70}]",
    );
    expect([p.of("a")?.percentageOfNodes, p.of("b")?.percentageOfNodes, p.of("default-scheduler")]).toEqual([30, 70, undefined]);
    expect(p.backoff).toEqual({ backoffInitialMs: 2_000, backoffMaxMs: 20_000 });
  });
  test("changes weights, switches scores and filters off, takes plugins away", () => {
    const w = weights(
      "profiles: [{plugins: {score: {enabled: [{name: ImageLocality, weight: 9}], disabled: [{name: NodeResourcesFit}]}, multiPoint: {disabled: [{name: InterPodAffinity}]}}}]",
    );
    expect(w).toMatchObject({ ImageLocality: 9, NodeResourcesFit: 0 });
    expect(w["InterPodAffinity"]).toBeUndefined();
    const unfiltered = parsed(
      "profiles: [{plugins: {filter: {disabled: [{name: NodeResourcesFit}]}, postFilter: {disabled: [{name: '*'}]}}}]",
    ).of("default-scheduler");
    expect(unfiltered?.preempts).toBe(false);
    const cluster = clusterOf({ nodes: [node("n1")] });
    const big = podInfo(pod("p", { requests: { cpu: "99" } }));
    expect(schedule(big, cluster, { ...OPTIONS, plugins: unfiltered?.plugins ?? [] })).toMatchObject({ kind: "fits" });
  });
  test("makes the fullest node the best, or by a shape", () => {
    const best = (args: string): string => {
      const profile = parsed(
        `profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: ${args}}}], plugins: {multiPoint: {disabled: [{name: NodeResourcesBalancedAllocation}]}}}]`,
      ).of("default-scheduler");
      const cluster = clusterOf({ nodes: [node("n1"), node("n2")], pods: { n1: [pod("a", { requests: { cpu: "2", memory: "4Gi" } })] } });
      const outcome = schedule(podInfo(pod("p", { requests: { cpu: "1" } })), cluster, { ...OPTIONS, plugins: profile?.plugins ?? [] });
      return outcome.kind === "fits" ? outcome.node : outcome.kind;
    };
    expect(best("{type: LeastAllocated}")).toBe("n2");
    expect(best("{type: MostAllocated}")).toBe("n1");
    expect(
      best(
        "{type: RequestedToCapacityRatio, requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]}}",
      ),
    ).toBe("n1");
  });
  test("takes a plugin of the program that embeds it", () => {
    const odd: CyclePlugin = {
      name: "OnlyEven",
      startFilter: () => ({
        filter: (n) => (/[02468]$/.test(n.name) ? undefined : { plugin: "OnlyEven", canPreempt: false, reasons: ["node(s) were odd"] }),
      }),
    };
    const profile = parsed("profiles: [{plugins: {multiPoint: {enabled: [{name: OnlyEven}]}}}]", [odd]).of("default-scheduler");
    const outcome = schedule(podInfo(pod("p")), clusterOf({ nodes: [node("n1"), node("n2"), node("n3")] }), {
      ...OPTIONS,
      plugins: profile?.plugins ?? [],
    });
    expect(outcome).toMatchObject({ kind: "fits", node: "n2" });
  });
  test.each([
    ["profile: []", "s.yaml.profile: unknown field; known are apiVersion, kind"],
    ["percentageOfNodesToScore: 101", "s.yaml.percentageOfNodesToScore: write a number from 0 to 100"],
    ["profiles: [{}, {}]", "default-scheduler has a profile already"],
    ["profiles: [{plugins: {score: {enabled: [{name: Nix}]}}}]", "there is no plugin Nix"],
    ["profiles: [{pluginConfig: [{name: NodePorts, args: {}}]}]", "NodePorts takes no arguments"],
    [
      "profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: Best}}}]}]",
      "write one of LeastAllocated, MostAllocated, RequestedToCapacityRatio",
    ],
    ["extenders: [{urlPrefix: ftp://x}]", "s.yaml.extenders[0].urlPrefix: write an http or https URL"],
    ["extenders: [{urlPrefix: 'http://x', prioritizeVerb: p}]", "weight: must be positive with prioritizeVerb"],
    ["podInitialBackoffSeconds: 5\npodMaxBackoffSeconds: 1", "must not be less than podInitialBackoffSeconds"],
  ])("%j is refused: %s", (text, message) => expect(() => parsed(text)).toThrow(message));
});

describe("extenders", () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>((done) => (server ? server.close(() => done()) : done())));
  async function extender(answers: Readonly<Record<string, unknown>>, settings = ""): Promise<readonly Extender[]> {
    server = createServer((request, response) => {
      const answer = answers[(request.url ?? "").slice(1)];
      response.writeHead(answer === undefined ? 500 : 200).end(JSON.stringify(answer ?? null));
    });
    await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const text = `extenders: [{urlPrefix: 'http://127.0.0.1:${port}', filterVerb: filter, prioritizeVerb: prioritize, weight: 5, nodeCacheCapable: true${settings}}]`;
    return parsed(text).extenders.map((s) => new Extender(s));
  }
  const world = () => clusterOf({ nodes: [node("n1"), node("n2"), node("n3")] });

  test("take nodes out and prefer others", async () => {
    const asked = await extender({
      filter: { nodenames: ["n2", "n3"], failedNodes: { n1: "out of licences" } },
      prioritize: [{ host: "n3", score: 10 }],
    });
    expect(await scheduleWith(asked, podInfo(pod("p")), world(), OPTIONS)).toMatchObject({ kind: "fits", node: "n3" });
  });
  test("take all nodes out, and it is said why", async () => {
    const asked = await extender({ filter: { nodenames: [], failedNodes: { n1: "no", n2: "no", n3: "no" } } });
    const outcome = await scheduleWith(asked, podInfo(pod("p")), world(), OPTIONS);
    expect(outcome).toMatchObject({ kind: "unschedulable" });
  });
  test("that fail are errors, unless they may be ignored", async () => {
    await expect(scheduleWith(await extender({}), podInfo(pod("p")), world(), OPTIONS)).rejects.toThrow("answered 500");
    server?.close();
    expect(await scheduleWith(await extender({}, ", ignorable: true"), podInfo(pod("p")), world(), OPTIONS)).toMatchObject({
      kind: "fits",
    });
  });
  test("that manage a resource are asked only about pods that want it", async () => {
    const [asked] = await extender({}, ", managedResources: [{name: example.com/gpu}]");
    expect(asked?.isInterested(podInfo(pod("p")))).toBe(false);
    expect(asked?.isInterested(podInfo(pod("q", { requests: { "example.com/gpu": "1" } })))).toBe(true);
  });
});

test("an explanation has every refusal of every node, and the scores of the rest", () => {
  const cluster = clusterOf({ nodes: [node("n1", { spec: { unschedulable: true }, allocatable: { cpu: "1" } }), node("n2")] });
  const told = explain(podInfo(pod("p", { requests: { cpu: "2" } })), cluster, OPTIONS.plugins);
  expect(told.nodes.map((n) => [n.node, n.refusals.map((r) => r.plugin)])).toEqual([
    ["n2", []],
    ["n1", ["NodeUnschedulable", "NodeResourcesFit"]],
  ]);
  expect(told.nodes[0]?.scores.length).toBeGreaterThan(0);
});
