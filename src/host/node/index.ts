export { createNodeClock } from "./clock.js";
export { createNodeDisk } from "./disk.js";
export { createNodeLog, type NodeLogOptions } from "./log.js";
export { createNodeRandom } from "./random.js";
