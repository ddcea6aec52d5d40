import type { Json } from "../kube/meta/index.js";
import { SchedulerConfigError, Section } from "./config-read.js";
import {
  balancedAllocation,
  type CyclePlugin,
  DEFAULT_STRATEGY,
  interPodAffinity,
  nodeAffinity,
  nodeResourcesFit,
  podTopologySpread,
  type ResourceWeight,
  type ScoringStrategy,
} from "./cycle/index.js";

/** Makes a plugin from the arguments of a profile's pluginConfig. */
export type PluginFactory = (args: Json, path: string) => CyclePlugin;
const HEAD = ["apiVersion", "kind"];

function weights(section: Section, key: string, otherwise: readonly ResourceWeight[]): readonly ResourceWeight[] {
  const given = section.sections(key, ["name", "weight"]);
  if (given.length === 0) return otherwise;
  return given.map((s) => ({ name: s.text("name") ?? "", weight: s.number("weight", 1, 100) ?? 1 }));
}
const STRATEGIES = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"] as const;

function strategyOf(section: Section | undefined): ScoringStrategy {
  if (section === undefined) return DEFAULT_STRATEGY;
  const type = (section.text("type") ?? "LeastAllocated") as (typeof STRATEGIES)[number];
  const resources = weights(section, "resources", DEFAULT_STRATEGY.resources);
  if (!STRATEGIES.includes(type)) throw new SchedulerConfigError(`${section.path}.type: write one of ${STRATEGIES.join(", ")}`);
  if (type !== "RequestedToCapacityRatio") return { type, resources };
  const points = section.section("requestedToCapacityRatio", ["shape"])?.sections("shape", ["utilization", "score"]) ?? [];
  const shape = points.map((p) => ({ utilization: p.number("utilization", 0, 100) ?? 0, score: p.number("score", 0, 10) ?? 0 }));
  const isAscending = shape.every((p, i) => i === 0 || p.utilization > (shape[i - 1]?.utilization ?? 0));
  if (shape.length === 0 || !isAscending)
    throw new SchedulerConfigError(`${section.path}.requestedToCapacityRatio.shape: write points with ascending utilization`);
  return { type, resources, shape };
}

function fit(args: Json, path: string): CyclePlugin {
  const section = new Section(args, path, [...HEAD, "scoringStrategy", "ignoredResources", "ignoredResourceGroups"]);
  const names = new Set(section.list("ignoredResources").map(String));
  const groups = new Set(section.list("ignoredResourceGroups").map(String));
  const strategy = strategyOf(section.section("scoringStrategy", ["type", "resources", "requestedToCapacityRatio"]));
  return nodeResourcesFit(strategy, (name) => names.has(name) || groups.has(name.split("/")[0] ?? ""));
}
function spread(args: Json, path: string): CyclePlugin {
  const section = new Section(args, path, [...HEAD, "defaultConstraints", "defaultingType"]);
  const type = section.text("defaultingType") ?? "System";
  const constraints = section.sections("defaultConstraints", ["maxSkew", "topologyKey", "whenUnsatisfiable"]).map((c) => ({
    maxSkew: c.number("maxSkew", 1, 2 ** 31 - 1) ?? 1,
    topologyKey: c.text("topologyKey") ?? "",
    isHard: c.text("whenUnsatisfiable") === "DoNotSchedule",
  }));
  if (type === "List") return podTopologySpread({ constraints, bySystem: false });
  if (type !== "System") throw new SchedulerConfigError(`${path}.defaultingType: write System or List`);
  if (constraints.length > 0)
    throw new SchedulerConfigError(`${path}.defaultConstraints: not with .defaultingType System; write List or leave them out`);
  return podTopologySpread();
}

/** Plugins that take arguments, by name. */
export const FACTORIES: ReadonlyMap<string, PluginFactory> = new Map<string, PluginFactory>([
  ["NodeResourcesFit", fit],
  ["PodTopologySpread", spread],
  [
    "NodeResourcesBalancedAllocation",
    (args, path) => balancedAllocation(weights(new Section(args, path, [...HEAD, "resources"]), "resources", DEFAULT_STRATEGY.resources)),
  ],
  [
    "InterPodAffinity",
    (args, path) => {
      const section = new Section(args, path, [...HEAD, "hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"]);
      return interPodAffinity(section.number("hardPodAffinityWeight", 0, 100));
    },
  ],
  [
    "NodeAffinity",
    (args, path) => nodeAffinity((new Section(args, path, [...HEAD, "addedAffinity"]).get("addedAffinity") ?? {}) as object),
  ],
]);
