import type { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Bytes } from "../../base/index.js";
import { type CallHandler, type GrpcCall, GrpcServerSession, type HttpExchange, type RequestHead } from "../../wire/grpc/index.js";
import { HTTP2_LIMITS } from "../../wire/http2/index.js";
import { type CallContext, GRPC } from "../api/index.js";
import type { GrpcServer, GrpcServerOptions } from "./grpc-js-server.js";
import { HANDSHAKE_TIMEOUT_MS, LINGER_MS } from "./limits.js";
import type { RpcMethod, RpcStatus, RpcStreamHandlers } from "./method.js";
import { statusOf } from "./status.js";

export interface WireServerOptions extends GrpcServerOptions {
  /** Requests over HTTP/2 that are not gRPC. */
  readonly http: (exchange: HttpExchange) => void;
}

/** The server port over our own HTTP/2: one pass from socket bytes to method, one write a connection and turn. */
export function wireServer(options: WireServerOptions): GrpcServer {
  const methods = new Map(options.methods.map((m) => [m.path, m]));
  const services = new Set(options.methods.map((m) => m.path.slice(1, m.path.lastIndexOf("/"))));
  const flusher = new Flusher();
  const connections = new Set<WireConnection>();
  return {
    take: (socket, commonName) => {
      const shared = { options, methods, services, flusher, commonName, forget: (c: WireConnection) => connections.delete(c) };
      const connection = new WireConnection(socket, shared);
      connections.add(connection);
    },
    close: () => {
      for (const connection of [...connections]) connection.destroy();
    },
  };
}

/** Everything that connections said in a turn is written at its end, once each. */
class Flusher {
  #dirty: WireConnection[] = [];

  add(connection: WireConnection): void {
    if (this.#dirty.length === 0) process.nextTick(this.#flush);
    this.#dirty.push(connection);
  }

  readonly #flush = (): void => {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const connection of dirty) connection.flush();
  };
}

interface Shared {
  readonly options: WireServerOptions;
  readonly methods: ReadonlyMap<string, RpcMethod>;
  readonly services: ReadonlySet<string>;
  readonly flusher: Flusher;
  readonly commonName: string | undefined;
  forget(connection: WireConnection): void;
}

class WireConnection {
  readonly #socket: Socket;
  readonly #shared: Shared;
  readonly #session: GrpcServerSession;
  /** Streams that were told to wait until the socket drains. */
  readonly #waiting = new Set<CallHandler>();
  #dirty = false;
  #ending = false;
  /** Whoever does not say its settings in time, or does not close when we have, is cut. */
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, shared: Shared) {
    this.#socket = socket;
    this.#shared = shared;
    const { options } = shared;
    this.#session = new GrpcServerSession({
      receiveBytesMax: options.receiveBytesMax,
      nowMs: options.nowMs,
      handlers: {
        begin: (call) => this.#begin(call),
        http: options.http,
        gunzip,
        dirty: () => this.#markDirty(),
        closed: () => this.#finish(),
      },
    });
    this.#markDirty();
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#drained());
    this.#timer = setTimeout(() => this.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.on("close", () => {
      clearTimeout(this.#timer);
      this.#session.connection.lost("socket closed");
      shared.forget(this);
    });
    socket.on("end", () => this.#finish());
  }

  destroy(): void {
    this.#session.connection.lost("destroyed");
    this.#socket.destroy();
  }

  /** The peer's requests and our answers are written in one go. */
  flush(): void {
    this.#dirty = false;
    const bytes = this.#session.connection.takeOutput();
    if (bytes !== undefined && this.#socket.writable) this.#socket.write(bytes);
    if (this.#socket.writableLength > HTTP2_LIMITS.OUT_CUT_BYTES) return this.destroy();
    // Who does not take answers asks no more questions.
    if (this.isFull) this.#socket.pause();
    // All went to the kernel at once: no `drain` need come. Not in this turn, or a producer that is always ready would leave no room for others.
    if (this.#waiting.size > 0 && this.#socket.writableLength === 0) setImmediate(() => this.#drained());
    if (this.#ending && !this.#socket.writableEnded) this.#linger();
  }

  /** Whether producers should wait for the socket's `drain`. What waits for windows is each stream's own matter: `write` says so. */
  get isFull(): boolean {
    // With what this turn has not written yet: a producer that is always ready would otherwise never see the socket fill.
    return this.#socket.writableLength + this.#session.connection.unwrittenBytes > HTTP2_LIMITS.OUT_PAUSE_BYTES;
  }
  waitForDrain(handler: CallHandler): void {
    this.#waiting.add(handler);
  }
  forget(handler: CallHandler): void {
    this.#waiting.delete(handler);
  }

  #receive(chunk: Buffer): void {
    const { connection } = this.#session;
    connection.receive(chunk);
    if (this.#timer === undefined || this.#ending || !connection.isSettled) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Says what is left to say; a peer that neither reads it nor closes keeps nothing for long. */
  #linger(): void {
    this.#socket.end();
    // Read and thrown away: unread data would turn our close into a reset that may overtake the last frames.
    this.#socket.resume();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), LINGER_MS);
  }

  #drained(): void {
    this.#socket.resume();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const handler of waiting) handler.drained();
  }

  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#shared.flusher.add(this);
  }

  #finish(): void {
    this.#ending = true;
    this.#markDirty();
  }

  #begin(call: GrpcCall): CallHandler | RpcStatus {
    const method = this.#shared.methods.get(call.head.path);
    if (method === undefined) return unknownMethod(call.head.path, this.#shared.services);
    // Its windows are its own to open: reading stops for nobody, but nothing more is worked out for who takes no answers.
    if (this.#session.connection.queuedBytes > HTTP2_LIMITS.OUT_REFUSE_BYTES) return TAKES_NO_ANSWERS;
    const context = contextOf(call.head, this.#shared.options.nowMs, this.#shared.commonName);
    const observe = (code: number): void => this.#shared.options.observe?.(method.path, code);
    switch (method.kind) {
      case "unary":
        return new UnaryCall(call, method, context, observe);
      case "serverStream":
        return new ServerStreamCall(call, method, context, observe, this);
      case "bidi":
        return new BidiCall(call, method, context, observe, this);
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

const NO_CONTEXT: CallContext = {};
const CONTEXTS = new WeakMap<RequestHead, CallContext>();

/** Heads that repeat (they are their connection's own) give the same context, unless a deadline makes each call its own. */
function contextOf(head: RequestHead, nowMs: () => number, commonName: string | undefined): CallContext {
  let context = CONTEXTS.get(head);
  if (context === undefined) {
    const requireLeader = head.headers.some(([name, value]) => name === "hasleader" && value === "true");
    const token = head.headers.find(([name]) => name === "token" || name === "authorization")?.[1];
    context =
      requireLeader || token !== undefined || commonName !== undefined
        ? {
            ...(requireLeader ? { requireLeader } : {}),
            ...(token !== undefined ? { token } : {}),
            ...(commonName !== undefined ? { commonName } : {}),
          }
        : NO_CONTEXT;
    CONTEXTS.set(head, context);
  }
  return head.timeoutMs === undefined ? context : { ...context, deadlineMonotonicMs: nowMs() + head.timeoutMs };
}

const TAKES_NO_ANSWERS = { code: GRPC.resourceExhausted, message: "grpc: too much unread data waits for this connection" } as const;
const TOO_MANY = { code: GRPC.internal, message: "grpc: a unary call has one request" } as const;
const NO_REQUEST = { code: GRPC.internal, message: "grpc: a unary call needs a request" } as const;

/** A request that stays beyond this turn: it must not keep the socket's chunk alive. */
function keep(call: GrpcCall, bytes: Bytes): Bytes {
  call.hold(bytes.length);
  return Buffer.from(bytes);
}

class UnaryCall implements CallHandler {
  readonly #call: GrpcCall;
  readonly #method: Extract<RpcMethod, { kind: "unary" }>;
  readonly #context: CallContext;
  readonly #observe: (code: number) => void;
  #request: Bytes | undefined;
  #abort: AbortController | undefined;

  constructor(call: GrpcCall, method: Extract<RpcMethod, { kind: "unary" }>, context: CallContext, observe: (code: number) => void) {
    this.#call = call;
    this.#method = method;
    this.#context = context;
    this.#observe = observe;
  }

  message(bytes: Bytes, last: boolean): void {
    if (this.#request !== undefined) return this.#call.end(TOO_MANY);
    this.#request = last ? bytes : keep(this.#call, bytes);
  }

  ended(): void {
    if (this.#request === undefined) return this.#call.end(NO_REQUEST);
    let context = this.#context;
    if (this.#method.cancellable) {
      this.#abort = new AbortController();
      context = { ...context, signal: this.#abort.signal };
    }
    this.#method.handle(context, this.#request).then(this.#answer, this.#fail);
  }

  readonly #answer = (bytes: Bytes): void => {
    this.#observe(0);
    this.#call.finish(bytes);
  };
  readonly #fail = (error: unknown): void => {
    const status = statusOf(error);
    this.#observe(status.code);
    this.#call.end(status);
  };

  cancelled(): void {
    this.#abort?.abort();
  }
  drained(): void {}
}

class ServerStreamCall implements CallHandler {
  readonly #call: GrpcCall;
  readonly #method: Extract<RpcMethod, { kind: "serverStream" }>;
  readonly #context: CallContext;
  readonly #observe: (code: number) => void;
  readonly #connection: WireConnection;
  readonly #abort = new AbortController();
  #request: Bytes | undefined;
  #resume: (() => void) | undefined;

  constructor(
    call: GrpcCall,
    method: Extract<RpcMethod, { kind: "serverStream" }>,
    context: CallContext,
    observe: (code: number) => void,
    connection: WireConnection,
  ) {
    this.#call = call;
    this.#method = method;
    this.#context = { ...context, signal: this.#abort.signal };
    this.#observe = observe;
    this.#connection = connection;
  }

  message(bytes: Bytes): void {
    if (this.#request !== undefined) return this.#call.end(TOO_MANY);
    this.#request = keep(this.#call, bytes);
  }
  ended(): void {
    if (this.#request === undefined) return this.#call.end(NO_REQUEST);
    void this.#pump(this.#request);
  }

  async #pump(request: Bytes): Promise<void> {
    try {
      for await (const answer of this.#method.handle(this.#context, request)) {
        if (!this.#call.isOpen) return;
        // The stream says itself when its windows open; waiting for the socket as well would wake it for nothing.
        const written = this.#call.write(answer);
        if (written && this.#connection.isFull) this.#connection.waitForDrain(this);
        if (!written || this.#connection.isFull) await this.#untilDrained();
      }
      this.#observe(0);
      this.#call.end({ code: 0, message: "" });
    } catch (error) {
      const status = statusOf(error);
      this.#observe(status.code);
      this.#call.end(status);
    }
  }

  #untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  cancelled(): void {
    this.#abort.abort();
    this.drained();
    this.#connection.forget(this);
  }
  drained(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

class BidiCall implements CallHandler {
  readonly #handlers: RpcStreamHandlers;
  readonly #connection: WireConnection;
  #open = true;

  constructor(
    call: GrpcCall,
    method: Extract<RpcMethod, { kind: "bidi" }>,
    context: CallContext,
    observe: (code: number) => void,
    connection: WireConnection,
  ) {
    this.#connection = connection;
    const finish = (status: RpcStatus): void => {
      if (!this.#open) return;
      observe(status.code);
      call.end(status);
      // The handlers may still be under construction when a call fails at once.
      queueMicrotask(() => this.#close());
    };
    this.#handlers = method.open(context, {
      write: (message) => {
        if (!this.#open) return true;
        const written = call.write(message);
        if (!written) return false;
        if (!connection.isFull) return true;
        connection.waitForDrain(this);
        return false;
      },
      end: () => finish({ code: 0, message: "" }),
      fail: (error) => finish(statusOf(error)),
    });
  }

  message(bytes: Bytes): void {
    if (this.#open) this.#handlers.message(bytes);
  }
  ended(): void {
    if (this.#open) this.#handlers.ended();
  }
  cancelled(): void {
    this.#close();
  }
  drained(): void {
    if (this.#open) this.#handlers.drained();
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.forget(this);
    this.#handlers.closed();
  }
}
