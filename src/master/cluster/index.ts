export {
  CLUSTER_FILE_VERSION,
  type ClusterFile,
  ClusterFileBroken,
  livingMasters,
  livingNodes,
  livingSupervisor,
  type MasterProcess,
  type NodesProcess,
  readClusterFile,
  updateClusterFile,
  withMaster,
  withoutSupervisor,
} from "./cluster-file.js";
export { ConfigError } from "./config-error.js";
export { ControlRefused, ControlUnreachable, controlGet, controlPost } from "./control-client.js";
export type {
  FaultRequest,
  MasterFailure,
  MasterMessage,
  MasterStatus,
  NamesRequest,
  PeerFaultView,
  ProbeAnswer,
  StopRequest,
} from "./control-protocol.js";
export { type ControlServer, serveControl } from "./control-server.js";
export { parseDuration } from "./duration.js";
export * as CLUSTER_LIMITS from "./limits.js";
export { nearest } from "./nearest.js";
export { type NodesArguments, type NodesMessage, type StartedNodes, startNodes, stopNodes } from "./nodes.js";
export {
  clusterFilePath,
  controlSocketPath,
  logDirectory,
  logPath,
  masterDirectory,
  ownCertificate,
  supervisorSocketPath,
} from "./paths.js";
export { ensurePki, kubeconfigPath, type Pki, readPki, temporaryPki } from "./pki.js";
export {
  freePorts,
  isLoopback,
  offLoopback,
  ownerOfPort,
  type PortOwner,
  type PortTaken,
  portsTaken,
  withApi,
  withFreePorts,
  withoutApi,
} from "./ports.js";
export { isAlive, type ProcessRef, type ProcessState, processState, refOf, rssBytesOf, signal } from "./process-state.js";
export { isMastersCount, type MastersCount, readClusterConfig, SHIPPED, shippedCluster, shippedPath } from "./shipped.js";
export { masterProgram, type SpawnedMaster, spawnMaster } from "./spawn.js";
export {
  type ClusterSpec,
  DEFAULT_STORE,
  GRPC_ADAPTERS,
  type GrpcAdapter,
  LOOPS,
  type Loop,
  type MasterArguments,
  type MasterSpec,
  type ServingSettings,
  type StoreSettings,
} from "./spec.js";
export { MasterFailed, MastersEnded, NotReadyInTime, Supervisor, type SupervisorEvent, type SupervisorOptions } from "./supervisor.js";
