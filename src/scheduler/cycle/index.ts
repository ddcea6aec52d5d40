export { Cluster, type ClusterObjects } from "./cluster.js";
export { beforeBinding, diagnosisOf, isRefused, type Outcome, schedule, search, startFilters } from "./cycle.js";
export { type Diagnosis, fitErrorText, NO_NODES, type Rejections, rejectionsByName } from "./diagnosis.js";
export { type Explanation, explain, type NodeVerdict } from "./explain.js";
export { NodeInfo } from "./node-info.js";
export {
  balancedAllocation,
  DEFAULT_PLUGINS,
  DEFAULT_STRATEGY,
  fits,
  interPodAffinity,
  nodeAffinity,
  nodeResourcesFit,
  podTopologySpread,
  type ResourceWeight,
  type ScoringStrategy,
} from "./plugins/index.js";
export { isOver, keyOf, type PodInfo, podInfo, resourcesNamed, selectorOf } from "./pod-info.js";
export { type Preemption, preempt } from "./preemption.js";
export { choose, type PluginScores, scoresOf } from "./scores.js";
export { type Found, nodesAt, passes, slotsOf } from "./search.js";
export type { BudgetShape, Labels, NodeShape, PodSpecShape, TaintShape } from "./shapes.js";
export { isTolerated } from "./tolerations.js";
export type {
  BeforeBinding,
  CycleOptions,
  CyclePlugin,
  FilterStage,
  Rejection,
  ScoreStage,
  WeightedPlugin,
} from "./types.js";
