import { networkInterfaces } from "node:os";

import { type RunningApiServer, startApiServer } from "../apiserver/index.js";
import type { EtcdApi } from "../etcd/api/index.js";
import { RemoteEtcd, type RemoteTls } from "../etcd/rpc/client/index.js";
import { endpointOf, type Host } from "../host/index.js";
import { createNodeClock, createNodeLog } from "../host/node/index.js";
import { CLUSTER_LIMITS, type Pki, readPki } from "./cluster/index.js";
import { type LoopsOptions, startLoops } from "./loops/index.js";

export interface ServeApi {
  readonly etcd: EtcdApi;
  readonly host: Pick<Host, "clock" | "log" | "random">;
  readonly spec: { readonly url: string; readonly front?: string };
  readonly clusterDir: string;
  /** The front socket, open in whoever started this. */
  readonly frontFd: number | undefined;
  /** What acts beside it; nothing without a member. */
  readonly loops?: Pick<LoopsOptions, "loops" | "name" | "member" | "schedulerConfig">;
}

/** The apiserver of one master: its own address, and the front that all share. */
export async function serveApi({ etcd, host, spec, clusterDir, frontFd, loops }: ServeApi): Promise<RunningApiServer> {
  const own = addressOf(spec.url);
  const pki = readPki(clusterDir);
  const api = await startApiServer({
    etcd,
    clock: host.clock,
    log: host.log,
    tokenKey: pki.serviceAccountKey,
    kubeletClient: pki.kubeletClient,
    caPem: pki.ca,
    advertise: { ip: advertisedIp(own.host), port: own.port },
    tls: { key: pki.serverKey, cert: pki.serverCert, ca: pki.ca },
    listen: frontFd === undefined ? [own] : [own, { fd: frontFd }],
  });
  let stopped = false;
  const running = loops && startLoops({ ...loops, api, host, caPem: pki.ca });
  if (frontFd === undefined && spec.front !== undefined) holdFront(api, addressOf(spec.front), host, () => stopped);
  return {
    ...api,
    stop: async () => {
      stopped = true;
      // Leases are given back through the API.
      await running?.stop();
      await api.stop();
    },
  };
}

const addressOf = (url: string): { readonly host: string; readonly port: number } => {
  const endpoint = endpointOf(url);
  if (!("port" in endpoint)) throw new Error(`${url}: the apiserver listens on host and port`);
  return { host: endpoint.host, port: endpoint.port };
};

/** Nobody handed the front over: whoever finds it free takes it, so that it is back as soon as its holder is gone. */
function holdFront(
  api: RunningApiServer,
  at: { readonly host: string; readonly port: number },
  host: Pick<Host, "clock" | "log">,
  over: () => boolean,
): void {
  api.listen(at).then(
    () => host.log.debug("holds the front address", at),
    () => host.clock.after(CLUSTER_LIMITS.FRONT_RETRY_MS, () => over() || holdFront(api, at, host, over)),
  );
}

/** Endpoints may not be loopback addresses: one of this machine's others, or a documentation address when it has none. */
function advertisedIp(host: string): string {
  if (!/^(127\.|::1|localhost|0\.0\.0\.0|::$)/.test(host)) return host;
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return others.find((a) => a.family === "IPv4" && !a.internal && !a.address.startsWith("169.254."))?.address ?? "192.0.2.1";
}

export interface ServeRemote {
  readonly endpoints: readonly string[];
  readonly tls: RemoteTls | undefined;
  readonly url: string;
  readonly pki: Pki;
}
/** An apiserver without a member: its store is elsewhere. */
export async function serveRemote({ endpoints, tls, url, pki }: ServeRemote): Promise<RunningApiServer> {
  const etcd = new RemoteEtcd({ endpoints, ...(tls === undefined ? {} : { tls }) });
  const at = addressOf(url);
  const api = await startApiServer({
    etcd,
    clock: createNodeClock(),
    log: createNodeLog({ level: "warn" }),
    tokenKey: pki.serviceAccountKey,
    kubeletClient: pki.kubeletClient,
    caPem: pki.ca,
    advertise: { ip: advertisedIp(at.host), port: at.port },
    tls: { key: pki.serverKey, cert: pki.serverCert, ca: pki.ca },
    listen: [at],
  });
  return {
    ...api,
    stop: async () => {
      await api.stop();
      etcd.close();
    },
  };
}
