import type { WeightedPlugin } from "../types.js";
import { imageLocality } from "./image-locality.js";
import { interPodAffinity } from "./inter-pod-affinity.js";
import { nodeAffinity, nodeName, nodePorts, nodeUnschedulable, taintToleration } from "./nodes.js";
import { balancedAllocation, nodeResourcesFit } from "./resources.js";
import { podTopologySpread } from "./topology-spread.js";
import { volumeBinding } from "./volume-binding.js";
import { nodeVolumeLimits, volumeRestrictions, volumeZone } from "./volumes.js";

export { fits } from "./fit.js";
export { interPodAffinity } from "./inter-pod-affinity.js";
export { nodeAffinity } from "./nodes.js";
export { balancedAllocation, DEFAULT_STRATEGY, nodeResourcesFit, type ResourceWeight, type ScoringStrategy } from "./resources.js";
export { podTopologySpread, type SpreadDefaults } from "./topology-spread.js";

/** In the order in which they are asked: the first to refuse a node is the one that is named. Weights are the original's. */
export const DEFAULT_PLUGINS: readonly WeightedPlugin[] = [
  { plugin: nodeUnschedulable, weight: 0 },
  { plugin: nodeName, weight: 0 },
  { plugin: taintToleration, weight: 3 },
  { plugin: nodeAffinity(), weight: 2 },
  { plugin: nodePorts, weight: 0 },
  { plugin: nodeResourcesFit(), weight: 1 },
  { plugin: volumeRestrictions, weight: 0 },
  { plugin: nodeVolumeLimits, weight: 0 },
  { plugin: volumeBinding, weight: 0 },
  { plugin: volumeZone, weight: 0 },
  { plugin: podTopologySpread(), weight: 2 },
  { plugin: interPodAffinity(), weight: 2 },
  { plugin: balancedAllocation(), weight: 1 },
  { plugin: imageLocality, weight: 1 },
];
