/** The map of ARCHITECTURE as data: who may import whom. `pure` bans clocks, random, timers, promises and node: imports. */
export interface Room {
  readonly may: readonly string[];
  readonly pure?: true;
  /** May import node: modules. */
  readonly node?: true;
}

/** A folder's room is the longest key that is a prefix of its path under src/. */
export const ROOMS: Readonly<Record<string, Room>> = {
  base: { may: [], pure: true },
  host: { may: ["base"] },
  "host/node": { may: ["base", "host", "wire"], node: true },
  "host/node/tls": { may: ["base", "host"], node: true },
  "host/sim": { may: ["base", "host"] },
  raft: { may: ["base"], pure: true },
  wal: { may: ["base", "host"] },
  backend: { may: ["base", "host"], node: true },
  // Types and a table; not "pure" only because its calls are typed as promises.
  "etcd/api": { may: ["base"] },
  mvcc: { may: ["base", "backend", "etcd/api"], pure: true },
  wire: { may: ["base", "host"] },
  "etcd/codec": { may: ["base", "wire", "etcd/api"], pure: true },
  "etcd/member": { may: ["base", "host", "raft", "wal", "backend", "mvcc", "wire", "etcd/api", "etcd/codec", "etcd/peer"] },
  "etcd/peer": { may: ["base", "host", "raft", "wire", "etcd/api"] },
  "etcd/rpc": { may: ["base", "host", "wire", "etcd/api", "etcd/codec"], node: true },
  "etcd/rpc/client": { may: ["base", "host", "wire", "etcd/api", "etcd/codec"], node: true },
  "kube/meta": { may: ["base"], pure: true },
  "kube/schema": { may: ["base", "wire", "kube/meta"], pure: true },
  "kube/patch": { may: ["base", "kube/meta", "kube/schema"], pure: true },
  "master/cluster": { may: ["base", "host", "etcd/member"], node: true },
  "master/certificates": { may: ["base"], node: true },
  master: {
    may: [
      "base",
      "host",
      "master/cluster",
      "master/certificates",
      "host/node",
      "host/node/tls",
      "raft",
      "wal",
      "backend",
      "mvcc",
      "wire",
      "etcd/api",
      "etcd/codec",
      "etcd/member",
      "etcd/peer",
      "etcd/rpc",
      "etcd/rpc/client",
    ],
    node: true,
  },
  cli: { may: ["base", "host", "etcd/api", "etcd/rpc/client", "master", "master/cluster"], node: true },
};
