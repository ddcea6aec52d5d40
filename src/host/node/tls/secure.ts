import { constants } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { addressOf, type Endpoint, type Log } from "../../index.js";
import type { Credentials, Loaded } from "./credentials.js";
import { HANDSHAKE_TIMEOUT_MS, REFUSALS_LOGGED_MAX, REFUSALS_PERIOD_MS } from "./limits.js";
import { certificateOf, commonNameOf, refuseCertificate, refuseStranger } from "./verify.js";

/** RFC 9113 9.2.1 forbids renegotiation, and TLS 1.2 clients could make us work with it. No tickets: who comes again with one would not be
 *  asked for a certificate that has expired, or was revoked, since. */
const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;

export interface SecureOptions {
  readonly credentials: Credentials;
  readonly log: Log;
  /** Protocols inside, the first one preferred. */
  readonly protocols: readonly string[];
  /** Peers: their certificate's addresses count too. */
  readonly checkAddress?: boolean;
  /** Default: HANDSHAKE_TIMEOUT_MS. */
  readonly handshakeTimeoutMs?: number;
}

/** A verified connection; the name only of those whose certificates say who they are. */
export type Secured = (socket: Socket, commonName?: string) => void;

/** Shakes hands on accepted sockets. A socket that fails is closed, and the reason logged. */
export interface SecureAcceptor {
  take(socket: Socket): void;
  close(): void;
}

export function secureAcceptor(options: SecureOptions, secured: Secured): SecureAcceptor {
  const { credentials, log } = options;
  const { files } = credentials;
  const refusal = refusals(log);
  let loaded: Loaded = credentials.current();
  // etcd: whoever names a CA wants its certificates.
  const requestCert = files.clientCertAuth === true || files.trustedCaFile !== undefined;
  const server = createServer({
    ...loaded.server,
    secureOptions: SECURE_OPTIONS,
    ALPNProtocols: [...options.protocols],
    requestCert,
    rejectUnauthorized: requestCert,
    handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const unverified: unknown = socket.authorizationError;
    if (typeof unverified === "string") refusal(socket, `tls: failed to verify certificate: ${unverified}`);
    // A connection that ends before it began is what port scanners and health checks do.
    else if (error.code !== "ECONNRESET") refusal(socket, reasonOf(error));
    socket.destroy();
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    void admit(socket, { options, loaded }).then((why) => {
      if (socket.destroyed) return;
      if (why === undefined) return secured(socket, files.clientCertAuth ? commonNameOf(socket.getPeerCertificate()) : undefined);
      refusal(socket, why);
      socket.destroy();
    });
  });
  return {
    take: (socket) => {
      const now = credentials.current();
      if (now !== loaded) {
        loaded = now;
        server.setSecureContext({ ...loaded.server, secureOptions: SECURE_OPTIONS });
      }
      server.emit("connection", socket);
    },
    close: () => server.removeAllListeners("secureConnection"),
  };
}

async function admit(socket: TLSSocket, at: { readonly options: SecureOptions; readonly loaded: Loaded }): Promise<string | undefined> {
  // Without a listener a reset connection would be an uncaught error.
  socket.on("error", () => socket.destroy());
  const { credentials, checkAddress } = at.options;
  const why = refuseCertificate(socket, credentials.files, at.loaded.revoked);
  if (why !== undefined || checkAddress !== true || credentials.files.skipClientSanCheck === true) return why;
  const certificate = certificateOf(socket);
  return certificate === undefined ? undefined : refuseStranger(certificate, socket.remoteAddress ?? "");
}

/** The words of Go's crypto/tls for the two that every operator meets, so that they are found. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") return "tls: client didn't provide a certificate";
  if (error.code === "ERR_SSL_HTTP_REQUEST") return "tls: first record does not look like a TLS handshake";
  if (error.code === "ERR_SSL_WRONG_VERSION_NUMBER") return "tls: first record does not look like a TLS handshake";
  return error.message.trim();
}

function refusals(log: Log): (socket: Socket, why: string) => void {
  let began = 0;
  let logged = 0;
  return (socket, why) => {
    const now = performance.now();
    if (now - began > REFUSALS_PERIOD_MS) {
      if (logged > REFUSALS_LOGGED_MAX) log.warn("rejected connections", { more: logged - REFUSALS_LOGGED_MAX });
      began = now;
      logged = 0;
    }
    if (++logged <= REFUSALS_LOGGED_MAX) log.warn("rejected connection", { "remote-addr": socket.remoteAddress ?? "", error: why });
  };
}

/** Dials with our certificate and verifies whom it reaches. Writes before the handshake is over wait for it. */
export function connectSecurely(endpoint: Endpoint, options: Pick<SecureOptions, "credentials" | "protocols">): TLSSocket {
  const { credentials } = options;
  const { files } = credentials;
  const loaded = credentials.current();
  const host = endpoint.kind === "tcp" ? endpoint.host : "localhost";
  const socket = connect({
    ...loaded.client,
    ...addressOf(endpoint),
    secureOptions: SECURE_OPTIONS,
    ALPNProtocols: [...options.protocols],
    rejectUnauthorized: files.selfSigned !== true,
    // A server with several certificates chooses by it; addresses are not allowed there.
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  socket.setNoDelay(true);
  socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy(new Error("TLS handshake timeout")));
  socket.once("secureConnect", () => {
    socket.setTimeout(0);
    const why = refuseCertificate(socket, files, loaded.revoked);
    if (why !== undefined) socket.destroy(new Error(why));
  });
  return socket;
}
