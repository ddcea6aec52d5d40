import type { Socket } from "node:net";
import tls, { type TLSSocket } from "node:tls";
import type { Clock } from "../../host/index.js";
import { Http2Sockets } from "../../wire/socket/index.js";
import { http1Server } from "./http1.js";
import { http2Session } from "./http2.js";
import { ANSWER_MS, CONNECTIONS_BYTES_MAX, CONNECTIONS_MAX, HANDSHAKE_TIMEOUT_MS, SILENCE_MS } from "./limits.js";
import type { Handle } from "./types.js";

export interface ListenerOptions {
  /** PEMs, and the CA that client certificates must come from. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  readonly handle: Handle;
  readonly clock: Clock;
}
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}
export type ListenAt = { readonly host: string; readonly port: number } | { readonly fd: number };

/** HTTPS for HTTP/2 and HTTP/1.1 on one or more sockets, one of them perhaps inherited and shared with other masters. */
export async function listen(options: ListenerOptions, at: readonly ListenAt[]): Promise<readonly Listener[]> {
  return Promise.all(at.map((one) => listenOne(options, one)));
}

function listenOne({ tls: { key, cert, ca }, handle, clock }: ListenerOptions, at: ListenAt): Promise<Listener> {
  const keepAlive = { intervalMs: SILENCE_MS, timeoutMs: ANSWER_MS };
  const http2 = new Http2Sockets({ nowMs: () => clock.monotonicMs(), keepAlive, bytesMax: CONNECTIONS_BYTES_MAX });
  const http1 = http1Server(handle);
  const sockets = new Set<Socket>();
  const server = tls.createServer({
    key,
    cert,
    ca,
    ALPNProtocols: ["h2", "http/1.1"],
    requestCert: true,
    // Who shows none, or one of another authority, is anonymous or refused by authentication, not by TLS.
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    noDelay: true,
    // A machine that vanished over HTTP/1.1, which knows no question of its own; the system asks each second from then on.
    keepAlive: true,
    keepAliveInitialDelay: SILENCE_MS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", () => socket.destroy());
    if (socket.alpnProtocol === "h2") http2.take(socket, http2Session({ handle, clock, socket }));
    else http1.emit("connection", socket);
  });
  // Of a handshake that is not made in time node only tells: the socket is ours to end, or it stays for good.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen("fd" in at ? { fd: at.fd } : { host: at.host, port: at.port }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const close = async (): Promise<void> => {
        const closed = new Promise<void>((done) => server.close(() => done()));
        http2.close();
        http1.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      };
      resolve({ port, close });
    });
  });
}
