import http from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Bytes, concatBytes } from "../../base/index.js";
import type { ApiRequest, ApiResponse, ByteSink, StreamHandlers, Upgrade } from "../chain/index.js";
import { BODY_BYTES_MAX } from "../verbs/index.js";
import { type Field, fieldsOf, GZIP_FIELDS, gzipped, lengthOf, tooLarge, wantsGzip, wentAway } from "./answer.js";
import { certificateOf } from "./certificate.js";
import { Gone } from "./gone.js";
import { HANDSHAKE_TIMEOUT_MS, HEAD_LOOKS } from "./limits.js";
import type { Handle } from "./types.js";

/** HTTP/1.1 on sockets that are handed in, upgrades included. */
export function http1Server(handle: Handle): http.Server {
  const connectionsCheckingInterval = HANDSHAKE_TIMEOUT_MS / HEAD_LOOKS;
  const server = http.createServer({ headersTimeout: HANDSHAKE_TIMEOUT_MS, connectionsCheckingInterval });
  // node:http watches over slow heads and bodies only once its server listens; this one is handed its sockets.
  server.emit("listening");
  server.on("request", (request, response) => serve(handle, request, response));
  server.on("upgrade", (request: http.IncomingMessage, socket: Duplex, head: Buffer) => serveUpgrade(handle, request, { socket, head }));
  return server;
}

function serve(handle: Handle, request: http.IncomingMessage, response: http.ServerResponse): void {
  handle(apiRequest(request, goneWith(response))).then(
    (answer) => send(request, response, answer).catch(() => response.destroy()),
    () => response.destroy(),
  );
}

/** Who is not upgraded gets an ordinary answer, and no other one on this connection. */
function serveUpgrade(handle: Handle, request: http.IncomingMessage, upgrade: Upgrade): void {
  const { socket } = upgrade;
  socket.on("error", () => {});
  handle(apiRequest(request, goneWith(socket), upgrade)).then(
    (answer) => {
      if (answer.kind === "stream" && answer.code === 101) {
        socket.write(switching(answer), "latin1");
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
  const lines = fieldsOf(answer).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`;
}

function goneWith(response: http.ServerResponse | Duplex): Gone {
  const gone = new Gone();
  response.on("close", () => {
    // An answer that is closed because it has all gone out is no client that left.
    if (!(response instanceof http.ServerResponse && response.writableFinished)) gone.end();
  });
  response.on("error", () => gone.end());
  return gone;
}

function apiRequest(request: http.IncomingMessage, gone: Gone, upgrade?: Upgrade): ApiRequest {
  const { headers } = request;
  return {
    method: request.method ?? "GET",
    url: request.url ?? "/",
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    headerNames: () => Object.keys(headers),
    body: () => bodyOf(request),
    certificate: certificateOf(request.socket as TLSSocket),
    identity: undefined,
    remoteAddress: request.socket.remoteAddress ?? "",
    get signal() {
      return gone.signal;
    },
    get raw() {
      return { headers: request.rawHeaders, body: request, ...(upgrade === undefined ? {} : { upgrade }) };
    },
  };
}

/** Whole, and not beyond the limit: a longer one is refused as soon as it is known to be. */
function bodyOf(request: http.IncomingMessage): Promise<Bytes> {
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) return Promise.reject(tooLarge());
  // It has said so already, and says nothing more.
  if (request.destroyed) return Promise.reject(wentAway());
  return new Promise((resolve, reject) => {
    const chunks: Bytes[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_BYTES_MAX) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Bytes) : concatBytes(chunks)));
    for (const event of ["error", "close"]) request.on(event, () => reject(wentAway()));
  });
}

function headersOf(fields: readonly Field[]): http.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

async function send(request: http.IncomingMessage, response: http.ServerResponse, answer: ApiResponse): Promise<void> {
  const fields = fieldsOf(answer);
  if (answer.kind === "stream") {
    response.writeHead(answer.code, headersOf(fields));
    stream(response, answer);
    return;
  }
  const gzip = wantsGzip(answer, request.headers["accept-encoding"]?.toString());
  const body = gzip ? [await gzipped(answer.body)] : answer.body;
  if (gzip) fields.push(...GZIP_FIELDS);
  response.writeHead(answer.code, headersOf([...fields, ["content-length", String(lengthOf(body))]]));
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  for (const bytes of body.slice(0, -1)) if (!response.write(bytes)) await drained(response);
  response.end(body.at(-1));
}
const drained = (response: http.ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });

function stream(response: http.ServerResponse | Duplex, answer: Extract<ApiResponse, { kind: "stream" }>): void {
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
  // It went away while the answer was worked out: nobody would tell.
  if (!out.destroyed || over) return;
  over = true;
  handlers.closed();
}
