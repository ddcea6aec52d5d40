export { DEFAULT_PROFILES, DEFAULT_SCHEDULER, type Profile, type Profiles } from "./config.js";
export type { CyclePlugin, FilterStage, Rejection, ScoreStage, WeightedPlugin } from "./cycle/index.js";
export { type RunningScheduler, type SchedulerStart, startScheduler } from "./start.js";
