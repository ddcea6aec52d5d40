import type { Socket } from "node:net";
import { KEEPALIVE_INTERVAL_MS, KEEPALIVE_MIN_TIME_MS, KEEPALIVE_TIMEOUT_MS } from "./limits.js";
import type { RpcMethod } from "./method.js";

/** The server port: connections are handed in, so that one port can serve more than gRPC. Two adapters have it. */
export interface GrpcServer {
  /** `commonName`: of the client's verified certificate, where it says who asks. */
  take(socket: Socket, commonName?: string): void;
  /** Ends what runs, at once. */
  close(): void;
}

export interface GrpcServerOptions {
  readonly methods: readonly RpcMethod[];
  readonly receiveBytesMax: number;
  /** Monotonic now, the clock of CallContext's deadlines. */
  readonly nowMs: () => number;
  readonly observe?: (path: string, code: number) => void;
  /** Of one connection. etcd: no limit. */
  readonly streamsMax?: number;
  /** Half-open connections and clients that ask too often whether we live. etcd's --grpc-keepalive-*. */
  readonly keepAlive?: KeepAlive;
}

export interface KeepAlive {
  /** Less between two PINGs of a client, for no work of ours, is too often. */
  readonly minTimeMs: number;
  /** After so long a silence we ask, and cut after so long without an answer. 0: never. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export const DEFAULT_KEEP_ALIVE: KeepAlive = {
  minTimeMs: KEEPALIVE_MIN_TIME_MS,
  intervalMs: KEEPALIVE_INTERVAL_MS,
  timeoutMs: KEEPALIVE_TIMEOUT_MS,
};

/** Over @grpc/grpc-js, which is loaded by those who ask for it: every other master starts without. */
export const grpcJsServer = async (options: GrpcServerOptions): Promise<GrpcServer> =>
  (await import("./grpc-js-server.js")).grpcJsServer(options);
