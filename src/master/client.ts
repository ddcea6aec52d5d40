// `trimast/client`: for programs that talk to an apiserver: tools, tests, operators.
export { createNodeClock, createNodeLog, createNodeRandom } from "../host/node/index.js";
export * from "../kube/client/index.js";
