import { gunzipSync } from "node:zlib";
import type { Bytes } from "../../base/index.js";
import { type CallHandler, type GrpcCall, GrpcServerSession } from "../../wire/grpc/index.js";
import type { HttpExchange, HttpHandler } from "../../wire/http/index.js";
import { HTTP2_LIMITS } from "../../wire/http2/index.js";
import { type Http2Socket, Http2Sockets, type SessionEvents } from "../../wire/socket/index.js";
import { type CallContext, GRPC } from "../api/index.js";
import { Deadlines } from "./deadlines.js";
import { DEFAULT_KEEP_ALIVE, type GrpcServer, type GrpcServerOptions, type KeepAlive } from "./grpc-server.js";
import type { RpcMethod, RpcStatus } from "./method.js";
import { BidiCall, contextOf, type OutQueue, ServerStreamCall, TimedCall, UnaryCall } from "./wire-calls.js";

export interface WireServerOptions extends GrpcServerOptions {
  /** Requests over HTTP/2 that are not gRPC. */
  readonly http: (exchange: HttpExchange) => HttpHandler;
  /** What all connections together may keep in memory. */
  readonly connectionsBytesMax?: number;
}

/** The server port over our own HTTP/2: one pass from socket bytes to method, one write a connection and turn. */
export function wireServer(options: WireServerOptions): GrpcServer {
  const methods = new Map(options.methods.map((m) => [m.path, { method: m, observe: (code: number) => options.observe?.(m.path, code) }]));
  const services = new Set(options.methods.map((m) => m.path.slice(1, m.path.lastIndexOf("/"))));
  const deadlines = new Deadlines(options.nowMs);
  const keepAlive = options.keepAlive ?? DEFAULT_KEEP_ALIVE;
  const sockets = new Http2Sockets({ nowMs: options.nowMs, keepAlive, bytesMax: options.connectionsBytesMax });
  const shared = { options, methods, services, deadlines, keepAlive };
  return {
    take: (socket, commonName) =>
      sockets.take(socket, (events, at) => {
        const connection = new WireConnection({ ...shared, commonName }, at);
        return connection.session(events);
      }),
    close: () => sockets.close(),
  };
}

interface Observed {
  readonly method: RpcMethod;
  readonly observe: (code: number) => void;
}
interface Beginning {
  readonly context: CallContext;
  readonly observe: (code: number) => void;
  readonly queue: OutQueue;
}
interface Shared {
  readonly options: WireServerOptions;
  readonly methods: ReadonlyMap<string, Observed>;
  readonly services: ReadonlySet<string>;
  readonly deadlines: Deadlines;
  readonly keepAlive: KeepAlive;
  readonly commonName: string | undefined;
}

/** From calls of one connection to methods. */
class WireConnection {
  readonly #shared: Shared;
  readonly #socket: Http2Socket;

  constructor(shared: Shared, socket: Http2Socket) {
    this.#shared = shared;
    this.#socket = socket;
  }

  session(events: SessionEvents): GrpcServerSession {
    const { options, keepAlive } = this.#shared;
    const session: GrpcServerSession = new GrpcServerSession({
      receiveBytesMax: options.receiveBytesMax,
      nowMs: options.nowMs,
      streamsMax: options.streamsMax,
      pingMsMin: keepAlive.minTimeMs > 0 ? keepAlive.minTimeMs : undefined,
      handlers: { begin: (call) => this.#begin(call, session), http: options.http, gunzip, ...events },
    });
    return session;
  }

  #begin(call: GrpcCall, session: GrpcServerSession): CallHandler | RpcStatus {
    const known = this.#shared.methods.get(call.head.path);
    if (known === undefined) return unknownMethod(call.head.path, this.#shared.services);
    const { method, observe } = known;
    // Its windows are its own to open: reading stops for nobody, but nothing more is worked out for who takes no answers.
    if (session.connection.queuedBytes > HTTP2_LIMITS.OUT_REFUSE_BYTES) return TAKES_NO_ANSWERS;
    const context = contextOf(call.head, this.#shared.options.nowMs, this.#shared.commonName);
    const queue = session.connection;
    if (context.deadlineMonotonicMs === undefined) return this.#handler(call, method, { context, observe, queue });
    const timed = new TimedCall(call, observe);
    timed.handler = this.#handler(call, method, { context, observe: timed.observe, queue });
    const waiting = this.#shared.deadlines.add(timed, context.deadlineMonotonicMs);
    call.onOver = () => void waiting.delete(timed);
    return timed.handler;
  }

  #handler(call: GrpcCall, method: RpcMethod, { context, observe, queue }: Beginning): CallHandler {
    switch (method.kind) {
      case "unary":
        return new UnaryCall(call, method, context, observe, queue);
      case "serverStream":
        return new ServerStreamCall(call, method, context, observe, this.#socket);
      case "bidi":
        return new BidiCall(call, method, context, observe, this.#socket);
    }
  }
}

function gunzip(bytes: Bytes, bytesMax: number): Bytes | "tooLarge" | "malformed" {
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "tooLarge" : "malformed";
  }
}

function unknownMethod(path: string, services: ReadonlySet<string>): RpcStatus {
  const cut = path.lastIndexOf("/");
  const service = path.slice(1, cut);
  const message =
    cut < 1
      ? `malformed method name: "${path}"`
      : services.has(service)
        ? `unknown method ${path.slice(cut + 1)} for service ${service}`
        : `unknown service ${service}`;
  return { code: GRPC.unimplemented, message };
}

const TAKES_NO_ANSWERS = { code: GRPC.resourceExhausted, message: "grpc: too much unread data waits for this connection" } as const;
