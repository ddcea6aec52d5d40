import { resolve } from "node:path";
import type { EtcdApi } from "../etcd/api/index.js";
import { RemoteEtcd, type RemoteOptions } from "../etcd/rpc/client/index.js";
import { createNodeLog } from "../host/node/index.js";
import { DEFAULT_STORE } from "./cluster/index.js";
import { startMaster } from "./master.js";

export type * from "../etcd/api/index.js";
export { EtcdError } from "../etcd/api/index.js";

/** A store in this process: one member, durable in `dataDir`, the same interface that a quorum has. */
export interface EmbeddedStore {
  readonly api: EtcdApi;
  /** Ports that the system gave, where `listen` asked for them. */
  readonly clientPorts: readonly number[];
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly dataDir: string;
  /** host:port (port 0: any) where etcd clients may connect; nobody but this process without it. */
  readonly listen?: string;
}

const MEMBER = "embedded";

/** Opens (or creates) the store. Rejects with DirectoryLocked when another process has it open. */
export async function open(options: OpenOptions): Promise<EmbeddedStore> {
  const clientUrls = options.listen === undefined ? [] : [`http://${options.listen}`];
  const master = await startMaster({
    cluster: {
      name: MEMBER,
      store: DEFAULT_STORE,
      masters: [{ name: MEMBER, clientUrls, advertiseClientUrls: clientUrls, peerUrls: [], advertisePeerUrls: ["http://localhost:2380"] }],
    },
    name: MEMBER,
    dataDir: resolve(options.dataDir),
    log: createNodeLog({ level: "warn" }),
    initialState: "new",
    fatal: (error) => {
      throw error;
    },
  });
  return { api: master.api, clientPorts: master.clientPorts.map((p) => p.port), close: () => master.stop() };
}

/** The same interface over a quorum elsewhere, or a real etcd. */
export const connect = (options: RemoteOptions): EtcdApi & { close(): void } => new RemoteEtcd(options);
