import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type { GrpcServer } from "./grpc-js-server.js";
import { CONNECTIONS_MAX, SNIFF_TIMEOUT_MS, SNIFFING_MAX, TCP_KEEP_ALIVE_MS } from "./limits.js";

/** One port for gRPC and HTTP/1.1: the HTTP/2 preface tells them apart. */
export interface ClientPort {
  readonly port: number;
  /** Of all connections so far. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number };
  close(): Promise<void>;
}

const PREFACE = Buffer.from("PRI * HTTP/2.0");

export async function openClientPort(options: {
  readonly host: string;
  readonly port: number;
  readonly grpc: GrpcServer;
  readonly http: RequestListener;
}): Promise<ClientPort> {
  const http = createHttp(options.http);
  // node:http watches over slow heads and bodies only once its server listens; this one is handed its sockets.
  http.emit("listening");
  const sockets = new Set<Socket>();
  const sniffing = new Set<Socket>();
  const past = { receivedBytes: 0, sentBytes: 0 };
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      sniffing.delete(socket);
      past.receivedBytes += socket.bytesRead;
      past.sentBytes += socket.bytesWritten;
    });
    // Without a listener a reset connection would be an uncaught error.
    socket.on("error", () => socket.destroy());
    sniffing.add(socket);
    if (sniffing.size > SNIFFING_MAX)
      for (const oldest of sniffing) {
        oldest.destroy();
        sniffing.delete(oldest);
        break;
      }
    sniff(socket, (speaks) => {
      sniffing.delete(socket);
      if (speaks === "http2") options.grpc.take(socket);
      else http.emit("connection", socket);
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, options.host, options.port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
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
      options.grpc.close();
      http.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
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
