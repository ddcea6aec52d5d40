export { type ServeRemote, serveRemote } from "./api.js";
export { BackupUnreadable } from "./backup-file.js";
export type { MasterArguments } from "./cluster/index.js";
export { clusterIdOf, memberIdOf } from "./ids.js";
export { DirectoryLocked, type MasterOptions, type RunningMaster, startMaster } from "./master.js";
export { failureOf, runMaster } from "./process.js";
export { type BackupFacts, DirectoryNotEmpty, describeBackup, type Restored, type RestoreOptions, restoreBackup } from "./restore.js";
