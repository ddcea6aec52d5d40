/** The etcd release whose interface we serve; clients probe features by it. */
export const ETCD_VERSION = "3.7.1";
export const CLUSTER_VERSION = "3.7.0";
export const STORAGE_VERSION = "3.7.0";
/** Newest command format that this program writes and reads. The cluster uses the lowest that all members speak. */
export const SPEAKS = 1;
