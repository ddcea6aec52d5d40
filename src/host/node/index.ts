export { createNodeClock } from "./clock.js";
export { createNodeDisk } from "./disk.js";
export { createNodeLog, type NodeLogOptions } from "./log.js";
export type { NetLimits } from "./net.js";
export { grpcNet } from "./net-lazily.js";
export { createNodeRandom } from "./random.js";
export { askPeerPort, type PeerPortCalls, type PeerQuestion, type PeerSecurity, type WireNetOptions, wireNet } from "./wire-net.js";
