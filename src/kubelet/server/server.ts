import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { refuseUpgrade, serveCommand, type Upgrading, type Wanted } from "./command.js";
import { COMMAND_WORDS_MAX, CONNECTIONS_MAX, IDLE_MS_MAX } from "./limits.js";
import { servePortForward } from "./port-forward.js";
import type { ContainerRef, LogOptions, NodeRuntime } from "./runtime.js";

export interface NodeServerOptions {
  readonly runtime: NodeRuntime;
  /** PEMs. Clients must show a certificate of `ca`; without one they are refused. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}
export interface NodeServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A node's HTTPS endpoint: logs, exec, attach and port-forward of its pods, as the apiserver asks for them. */
export function serveNode(options: NodeServerOptions): Promise<NodeServer> {
  const { runtime, tls, host, port } = options;
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  server.maxConnections = CONNECTIONS_MAX;
  const sockets = new Set<Duplex>();
  server.on("secureConnection", (socket: TLSSocket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS_MAX, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.on("request", (request, response) => answer(runtime, request, response));
  server.on("upgrade", (request, socket, head) => upgrade(runtime, { request, socket, head }));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve({ port: portOf(server), close: () => closed(server, sockets) });
    });
  });
}
const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};
const closed = (server: Server, sockets: ReadonlySet<Duplex>): Promise<void> =>
  new Promise((done) => {
    server.close(() => done());
    for (const socket of sockets) socket.destroy();
  });

const isKnown = (request: IncomingMessage): boolean => (request.socket as TLSSocket).authorized;
function urlOf(request: IncomingMessage): { readonly parts: readonly string[]; readonly query: URLSearchParams } {
  const [path = "", ...rest] = (request.url ?? "/").split("?");
  return { parts: path.split("/").slice(1).map(decoded), query: new URLSearchParams(rest.join("?")) };
}
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// ---------------------------------------------------------------- plain requests

function answer(runtime: NodeRuntime, request: IncomingMessage, response: ServerResponse): void {
  const say = (code: number, text: string, type = "text/plain; charset=utf-8"): void => {
    response.writeHead(code, { "content-type": type });
    response.end(request.method === "HEAD" ? undefined : text);
  };
  request.resume();
  if (!isKnown(request)) return say(401, "Unauthorized");
  const { parts, query } = urlOf(request);
  switch (parts[0]) {
    case "healthz":
      return say(200, "ok");
    case "pods":
      return say(200, JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: {}, items: runtime.pods() }), "application/json");
    case "containerLogs":
      return logs(runtime, refOf(parts), query, response, say);
    case "exec":
    case "attach":
    case "portForward":
      return say(400, "unable to upgrade: missing upgrade headers in request");
    default:
      return say(404, "404 page not found");
  }
}

function logs(
  runtime: NodeRuntime,
  ref: ContainerRef,
  query: URLSearchParams,
  response: ServerResponse,
  say: (code: number, text: string) => void,
): void {
  const refused = runtime.refuses(ref);
  if (refused !== undefined) return say(refused.code, refused.message);
  const lines = runtime.logs(ref, logOptions(query));
  lines.on("error", () => response.destroy());
  response.on("close", () => lines.destroy());
  response.writeHead(200, { "content-type": "text/plain" });
  response.flushHeaders();
  lines.pipe(response);
}
function logOptions(query: URLSearchParams): LogOptions {
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const stream = query.get("stream");
  return {
    follow: query.get("follow") === "true",
    previous: query.get("previous") === "true",
    timestamps: query.get("timestamps") === "true",
    tailLines: number("tailLines"),
    limitBytes: number("limitBytes"),
    sinceSeconds: number("sinceSeconds"),
    sinceTime: query.get("sinceTime") ?? undefined,
    stream: stream === "Stdout" || stream === "Stderr" ? stream : "All",
  };
}
const refOf = ([, namespace = "", pod = "", container = ""]: readonly string[]): ContainerRef => ({ namespace, pod, container });

// ---------------------------------------------------------------- upgrades

function upgrade(runtime: NodeRuntime, upgrading: Upgrading): void {
  const { request, socket } = upgrading;
  socket.on("error", () => {});
  if (!isKnown(request)) return refuseUpgrade(socket, 401, "Unauthorized");
  const { parts, query } = urlOf(request);
  const ref = refOf(parts);
  const kind = parts[0];
  if (kind !== "exec" && kind !== "attach" && kind !== "portForward") return refuseUpgrade(socket, 404, "404 page not found");
  const refused = runtime.refuses(kind === "portForward" ? { ...ref, container: undefined } : ref);
  if (refused !== undefined) return refuseUpgrade(socket, refused.code, refused.message);
  if (kind === "portForward") {
    const ports = query.getAll("port").flatMap((p) => p.split(",").map(Number));
    return servePortForward(upgrading, ports, (port) => runtime.connect(ref.namespace, ref.pod, port));
  }
  const wanted = wantedOf(query);
  const command = query.getAll("command");
  if (!wanted.stdin && !wanted.stdout && !wanted.stderr)
    return refuseUpgrade(socket, 400, "you must specify at least 1 of stdin, stdout, stderr");
  if (command.length > COMMAND_WORDS_MAX) return refuseUpgrade(socket, 400, "a command of too many words");
  void serveCommand(upgrading, wanted, (streams) =>
    kind === "exec" ? runtime.exec(ref, command, streams) : runtime.attach(ref, streams),
  ).catch(() => socket.destroy());
}
function wantedOf(query: URLSearchParams): Wanted {
  const has = (name: string): boolean => ["1", "true"].includes(query.get(name) ?? "");
  return { stdin: has("input"), stdout: has("output"), stderr: has("error"), tty: has("tty") };
}
