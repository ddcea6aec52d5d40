import { createServer as createHttp, type RequestListener } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { addressOf, type Endpoint } from "../../host/index.js";
import type { GrpcServer } from "./grpc-server.js";
import { CONNECTIONS_MAX, SNIFF_TIMEOUT_MS, SNIFFING_MAX, TCP_KEEP_ALIVE_MS } from "./limits.js";

/** Shakes hands on a socket and gives back one that is verified; the name where its certificate says who it is. */
export type Secure = (secured: (socket: Socket, commonName?: string) => void) => { take(socket: Socket): void; close(): void };

/** One port for gRPC and HTTP/1.1, in plain text or within TLS: the HTTP/2 preface tells them apart. */
export interface ClientPort {
  readonly port: number;
  /** Of all connections so far. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number };
  close(): Promise<void>;
}

const PREFACE = Buffer.from("PRI * HTTP/2.0");

export interface ClientPortOptions {
  readonly endpoint: Endpoint;
  readonly grpc: GrpcServer;
  readonly http: RequestListener;
  /** For an endpoint that is secure. */
  readonly secure?: Secure;
}

export async function openClientPort(options: ClientPortOptions): Promise<ClientPort> {
  const { endpoint, grpc, secure } = options;
  const http = createHttp(options.http);
  // node:http watches over slow heads and bodies only once its server listens; this one is handed its sockets.
  http.emit("listening");
  const sockets = new Set<Socket>();
  /** Those that have not said yet what they speak, their handshake included. */
  const undecided = new Map<string, Socket>();
  const past = { receivedBytes: 0, sentBytes: 0 };
  const listen = (socket: Socket, commonName?: string): void =>
    sniff(socket, (speaks) => {
      undecided.delete(keyOf(socket));
      if (speaks === "http2") grpc.take(socket, commonName);
      else http.emit("connection", socket);
    });
  const secured = secure?.(listen);
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS }, (socket) => {
    const key = keyOf(socket);
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (undecided.get(key) === socket) undecided.delete(key);
      past.receivedBytes += socket.bytesRead;
      past.sentBytes += socket.bytesWritten;
    });
    // Without a listener a reset connection would be an uncaught error.
    socket.on("error", () => socket.destroy());
    // Whoever is on this machine may also do worse: a unix socket's callers have no address and are not counted.
    if (key !== "") undecided.set(key, socket);
    if (undecided.size > SNIFFING_MAX) dropOldest(undecided);
    if (secured === undefined) listen(socket);
    else secured.take(socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listenAt(server, endpoint);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    traffic: () => {
      const total = { ...past };
      for (const socket of sockets) {
        total.receivedBytes += socket.bytesRead;
        total.sentBytes += socket.bytesWritten;
      }
      return total;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      secured?.close();
      grpc.close();
      http.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The same for a socket and for the TLS within it. */
const keyOf = (socket: Socket): string =>
  socket.remotePort === undefined ? "" : `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;

/** Beyond the limit the oldest goes, so that silent ones keep nobody out. */
function dropOldest(undecided: Map<string, Socket>): void {
  for (const [key, oldest] of undecided) {
    oldest.destroy();
    undecided.delete(key);
    return;
  }
}

async function listenAt(server: Server, endpoint: Endpoint): Promise<void> {
  if (endpoint.kind === "unix") await clearTheWay(endpoint.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(addressOf(endpoint), () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** A socket file that a dead process left behind; one that answers is somebody's, and listening will say so. */
async function clearTheWay(path: string): Promise<void> {
  const { rm, stat } = await import("node:fs/promises");
  const found = await stat(path).catch(() => undefined);
  if (!found?.isSocket()) return;
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
  if (!answers) await rm(path, { force: true });
}

/** Reads just enough to know, and puts it back. */
function sniff(socket: Socket, decide: (speaks: "http1" | "http2") => void): void {
  let seen = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), SNIFF_TIMEOUT_MS);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, PREFACE.length);
    const isPrefix = seen.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (isPrefix && seen.length < PREFACE.length) return;
    clearTimeout(timer);
    socket.removeListener("readable", onReadable);
    socket.unshift(seen);
    decide(isPrefix ? "http2" : "http1");
  };
  socket.on("readable", onReadable);
  socket.once("close", () => clearTimeout(timer));
}
