export { NODES_MAX } from "./hollow/limits.js";
export { type HollowNodeSpec, hollowNode } from "./hollow/node.js";
export { HollowNodes, type HollowOptions } from "./hollow/nodes.js";
export { hollowRuntime } from "./hollow/runtime.js";
export { DEFAULT_STAGES, parseStages, type Stage, StageError } from "./hollow/stages.js";
export { METRICS_SERVER_NAME, type MetricsServer, serveMetrics } from "./metrics/server.js";
export type { CommandEnd, CommandStreams, ContainerRef, LogOptions, NodeRuntime, Refused } from "./server/runtime.js";
export { type NodeServer, type NodeServerOptions, serveNode } from "./server/server.js";
