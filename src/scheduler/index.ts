export { DEFAULT_PROFILES, DEFAULT_SCHEDULER, type Profile, type Profiles, parseSchedulerConfig } from "./config.js";
export { SchedulerConfigError } from "./config-read.js";
export type { Cluster, CyclePlugin, FilterStage, NodeInfo, PodInfo, Rejection, ScoreStage, WeightedPlugin } from "./cycle/index.js";
export { type ExplainOptions, explainPod, type PodExplanation } from "./explain.js";
export { type RunningScheduler, type SchedulerStart, startScheduler } from "./start.js";
