/** Until a node's or a pod's socket is open. Source: the original's dialers. */
export const DIAL_MS_MAX = 30_000;
/** What is read of a node's answer that says why it has no log. Source: the original's response checker. */
export const REFUSAL_BYTES_MAX = 50_000;
/** An answer that refuses an upgrade is passed on within this time. Source: the original's proxy. */
export const REFUSED_UPGRADE_MS_MAX = 10_000;
/** Where a node does not say on which port it listens. Source: the kubelet. */
export const KUBELET_PORT = 10_250;
/** Ports of one port-forward, in its query. Ours. */
export const PORTS_MAX = 1_024;
/** A page whose links are rewritten is held whole, in bytes; a larger one goes on as it is. Ours: the pass over it must not stop others. */
export const HTML_BYTES_MAX = 2 * 1024 * 1024;
