export { NODES_MAX } from "./hollow/limits.js";
export { type HollowNodeSpec, hollowNode } from "./hollow/node.js";
export { HollowNodes, type HollowOptions } from "./hollow/nodes.js";
export { DEFAULT_STAGES, parseStages, type Stage, StageError } from "./hollow/stages.js";
