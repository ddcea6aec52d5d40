import { createHash } from "node:crypto";
import http from "node:http";
import http2 from "node:http2";
import type { Duplex } from "node:stream";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { asBuffer, type Bytes, concatBytes } from "../base/index.js";
import { failure } from "../kube/meta/index.js";
import type { ApiRequest, ApiResponse, ByteSink, ClientCertificate, StreamHandlers, Upgrade } from "./chain/index.js";
import { BODY_BYTES_MAX, GZIP_BYTES_MIN } from "./verbs/index.js";

const compress = promisify(gzip);

export interface ListenerOptions {
  /** PEMs, and the CA that client certificates must come from. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  /** Upgrades of HTTP/1.1 (exec, attach, port-forward) come here too; an answer with 101 has the socket from then on. */
  handle(request: ApiRequest): Promise<ApiResponse>;
}
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}
export type ListenAt = { readonly host: string; readonly port: number } | { readonly fd: number };

type Request = http.IncomingMessage | http2.Http2ServerRequest;
type Response = http.ServerResponse | http2.Http2ServerResponse;

/** HTTPS for HTTP/2 and HTTP/1.1 on one or more sockets, one of them perhaps inherited and shared with other masters. */
export async function listen(options: ListenerOptions, at: readonly ListenAt[]): Promise<readonly Listener[]> {
  return Promise.all(at.map((one) => listenOne(options, one)));
}

function listenOne(options: ListenerOptions, at: ListenAt): Promise<Listener> {
  const { key, cert, ca } = options.tls;
  const server = http2.createSecureServer({
    key,
    cert,
    ca,
    allowHTTP1: true,
    requestCert: true,
    // Who shows none, or one of another authority, is anonymous or refused by authentication, not by TLS.
    rejectUnauthorized: false,
    maxSessionMemory: 64,
    settings: { maxConcurrentStreams: 1_000 },
  });
  const sockets = new Set<Duplex>();
  server.on("secureConnection", (socket: TLSSocket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  server.on("sessionError", () => {});
  server.on("request", (request: Request, response: Response) => serve(options, request, response));
  server.on("upgrade", (request: http.IncomingMessage, socket: Duplex, head: Buffer) => serveUpgrade(options, request, { socket, head }));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen("fd" in at ? { fd: at.fd } : { host: at.host, port: at.port }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          for (const socket of sockets) socket.destroy();
        });
      resolve({ port, close });
    });
  });
}

function serve(options: ListenerOptions, request: Request, response: Response): void {
  const asked = apiRequest(request, goneSignal(response));
  options.handle(asked).then(
    (answer) => send(request, response, answer).catch(() => response.destroy()),
    () => response.destroy(),
  );
}

/** Who is not upgraded gets an ordinary answer, and no other one on this connection. */
function serveUpgrade(options: ListenerOptions, request: http.IncomingMessage, upgrade: Upgrade): void {
  const { socket } = upgrade;
  socket.on("error", () => {});
  const asked = apiRequest(request, goneSignal(socket), upgrade);
  options.handle(asked).then(
    (answer) => {
      if (answer.kind === "stream" && answer.code === 101) {
        socket.write(switching(answer));
        stream(socket, answer);
        return;
      }
      const response = new http.ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket as TLSSocket);
      response.on("finish", () => socket.end());
      send(request, response, answer).catch(() => socket.destroy());
    },
    () => socket.destroy(),
  );
}
function switching(answer: ApiResponse): string {
  const lines = [...answer.headers].flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${onTheWire(one)}`));
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`;
}

/** Made when somebody asks: most requests are answered before anybody does. */
function goneSignal(response: { on(event: "close" | "error", listener: () => void): unknown }): () => AbortSignal {
  let gone: AbortController | undefined;
  let over = false;
  const end = (): void => {
    over = true;
    gone?.abort();
  };
  response.on("close", end);
  response.on("error", end);
  return () => {
    gone ??= new AbortController();
    if (over) gone.abort();
    return gone.signal;
  };
}

function apiRequest(request: Request, signal: () => AbortSignal, upgrade?: Upgrade): ApiRequest {
  const headers = request.headers;
  return {
    method: request.method ?? "GET",
    url: request.url ?? "/",
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    headerNames: () => Object.keys(headers).filter((h) => !h.startsWith(":")),
    body: () => bodyOf(request),
    certificate: certificateOf(request.socket as TLSSocket),
    identity: undefined,
    remoteAddress: request.socket.remoteAddress ?? "",
    get signal() {
      return signal();
    },
    get raw() {
      return { headers: request.rawHeaders, body: request, ...(upgrade === undefined ? {} : { upgrade }) };
    },
  };
}

const CERTIFICATES = new WeakMap<object, { readonly certificate: ClientCertificate | undefined }>();
function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const known = CERTIFICATES.get(socket);
  if (known) return known.certificate;
  const certificate = socket.authorized ? described(socket.getPeerCertificate()) : undefined;
  CERTIFICATES.set(socket, { certificate });
  return certificate;
}
function described(peer: PeerCertificate): ClientCertificate | undefined {
  const subject = peer.subject as unknown as Record<string, string | string[]> | undefined;
  if (!subject) return undefined;
  const all = (name: string): readonly string[] => {
    const value = subject[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  };
  const fingerprint = createHash("sha256").update(peer.raw).digest("hex");
  return { commonName: all("CN")[0] ?? "", organizations: all("O"), fingerprint };
}

/** Whole, and not beyond the limit: a longer one is refused as soon as it is known to be. */
function bodyOf(request: Request): Promise<Bytes> {
  const tooLarge = () => failure("RequestEntityTooLarge", `Request entity too large: limit is ${BODY_BYTES_MAX}`, { details: {} });
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Bytes[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_BYTES_MAX) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Bytes) : concatBytes(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(failure("BadRequest", "the client went away", { details: {} })));
  });
}

/** UTF-8 as headers carry it, a character a byte: texts in them may quote what a client sent, and any other form would be refused here. */
const onTheWire = (value: string): string => Buffer.from(value, "utf8").toString("latin1");

async function send(request: Request, response: Response, answer: ApiResponse): Promise<void> {
  const headers: http.OutgoingHttpHeaders = {};
  for (const [name, value] of answer.headers) headers[name] = typeof value === "string" ? onTheWire(value) : value.map(onTheWire);
  if (answer.kind === "stream") {
    response.writeHead(answer.code, headers);
    stream(response, answer);
    return;
  }
  const body = await encoded(request, answer.body, headers);
  headers["content-length"] = body.reduce((sum, b) => sum + b.length, 0);
  response.writeHead(answer.code, headers);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const out = response as http.ServerResponse;
  for (const bytes of body.slice(0, -1)) if (!out.write(bytes)) await drained(out);
  out.end(body.at(-1));
}
const drained = (response: http.ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });

/** Large answers are compressed for those who accept it. */
async function encoded(request: Request, body: readonly Bytes[], headers: http.OutgoingHttpHeaders): Promise<readonly Bytes[]> {
  if (headers["content-encoding"] !== undefined) return body;
  const length = body.reduce((sum, b) => sum + b.length, 0);
  if (length < GZIP_BYTES_MIN || !/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) return body;
  headers["content-encoding"] = "gzip";
  headers["vary"] = "Accept-Encoding";
  return [await compress(asBuffer(concatBytes(body)), { level: 1 })];
}

function stream(response: Response | Duplex, answer: Extract<ApiResponse, { kind: "stream" }>): void {
  const out = response as http.ServerResponse;
  let over = false;
  let handlers: StreamHandlers | undefined;
  const sink: ByteSink = {
    write: (bytes) => !over && out.write(bytes),
    end: () => {
      over = true;
      out.end();
    },
    get queuedBytes() {
      return out.writableLength;
    },
  };
  out.flushHeaders?.();
  out.on("drain", () => handlers?.drained());
  out.on("close", () => {
    if (!over) handlers?.closed();
    over = true;
  });
  handlers = answer.start(sink);
}
