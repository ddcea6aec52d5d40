// `trimast/testing`: a cluster for a test file.
export * from "../kube/client/index.js";
export { parseStages, type Stage } from "../kubelet/index.js";
export { type ClusterOptions, startCluster, type TestCluster } from "./cluster.js";
