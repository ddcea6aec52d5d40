/** A node's Lease is renewed this often and runs out after this long. Source: the kubelet's defaults. */
export const LEASE_RENEW_MS = 10_000;
export const LEASE_SECONDS = 40;
/** A node's status is written this often although nothing changed. Source: the kubelet's nodeStatusReportFrequency. */
export const NODE_STATUS_MS = 300_000;
/** Pods that are worked on at once, by all nodes of a process. Ours. */
export const POD_WORKERS = 32;
/** Nodes that are registered at once. Ours. */
export const NODE_WORKERS = 32;
/** A crashed container waits this long, doubled each time, before it runs again. Source: the kubelet. */
export const CRASH_BACKOFF_MS = 10_000;
export const CRASH_BACKOFF_MS_MAX = 300_000;
/** Nodes in one process. Ours: memory, and addresses of one /16 for hosts. */
export const NODES_MAX = 20_000;
/** Pods on a node. Source: the kubelet's maxPods. */
export const POD_CAPACITY = 110;
/** What a hollow node says that it has. Ours. */
export const DEFAULT_CAPACITY = { cpu: "32", memory: "256Gi", pods: String(POD_CAPACITY), "ephemeral-storage": "1Ti" } as const;
/** Stages that one process reads. */
export const STAGES_MAX = 1_000;
