export type { MasterArguments } from "./cluster/index.js";
export { clusterIdOf, memberIdOf } from "./ids.js";
export { DirectoryLocked, type MasterOptions, type RunningMaster, startMaster } from "./master.js";
export { failureOf, runMaster } from "./process.js";
