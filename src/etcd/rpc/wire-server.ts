import type { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Bytes } from "../../base/index.js";
import { type CallHandler, type GrpcCall, GrpcServerSession, type HttpExchange } from "../../wire/grpc/index.js";
import { ERROR, HTTP2_LIMITS } from "../../wire/http2/index.js";
import { type CallContext, GRPC } from "../api/index.js";
import { Deadlines } from "./deadlines.js";
import { DEFAULT_KEEP_ALIVE, type GrpcServer, type GrpcServerOptions, type KeepAlive } from "./grpc-server.js";
import { CONNECTIONS_BYTES_MAX, HANDSHAKE_TIMEOUT_MS, KEEPALIVE_LOOKS, LINGER_MS } from "./limits.js";
import { type Holder, SharedMemory } from "./memory.js";
import type { RpcMethod, RpcStatus } from "./method.js";
import { BidiCall, contextOf, type Drain, ServerStreamCall, TimedCall, UnaryCall } from "./wire-calls.js";

export interface WireServerOptions extends GrpcServerOptions {
  /** Requests over HTTP/2 that are not gRPC. */
  readonly http: (exchange: HttpExchange) => void;
  /** What all connections together may keep in memory. Default: CONNECTIONS_BYTES_MAX. */
  readonly connectionsBytesMax?: number;
}

/** The server port over our own HTTP/2: one pass from socket bytes to method, one write a connection and turn. */
export function wireServer(options: WireServerOptions): GrpcServer {
  const methods = new Map(options.methods.map((m) => [m.path, m]));
  const services = new Set(options.methods.map((m) => m.path.slice(1, m.path.lastIndexOf("/"))));
  const flusher = new Flusher();
  const connections = new Set<WireConnection>();
  const memory = new SharedMemory(options.connectionsBytesMax ?? CONNECTIONS_BYTES_MAX);
  const deadlines = new Deadlines(options.nowMs);
  const keepAlive = options.keepAlive ?? DEFAULT_KEEP_ALIVE;
  const shared = { options, methods, services, flusher, memory, deadlines, keepAlive };
  const forget = (connection: WireConnection): void => void connections.delete(connection);
  const looking = watchSilence(connections, keepAlive, options.nowMs);
  return {
    take: (socket, commonName) => void connections.add(new WireConnection(socket, { ...shared, commonName, forget })),
    close: () => {
      clearInterval(looking);
      for (const connection of [...connections]) connection.destroy();
    },
  };
}

/** One timer for all connections: a timer each, set anew with every chunk, would cost more than what it finds. */
function watchSilence(connections: ReadonlySet<WireConnection>, at: KeepAlive, nowMs: () => number): NodeJS.Timeout | undefined {
  if (at.intervalMs <= 0 || at.timeoutMs <= 0) return undefined;
  const look = (): void => {
    const now = nowMs();
    for (const connection of connections) connection.lookForSilence(now);
  };
  return setInterval(look, Math.max(1, Math.min(at.intervalMs, at.timeoutMs) / KEEPALIVE_LOOKS)).unref();
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
  readonly memory: SharedMemory;
  readonly deadlines: Deadlines;
  readonly keepAlive: KeepAlive;
  readonly commonName: string | undefined;
  forget(connection: WireConnection): void;
}

const PING_PAYLOAD = Buffer.from("trimast?");

class WireConnection implements Holder, Drain {
  readonly #socket: Socket;
  readonly #shared: Shared;
  readonly #session: GrpcServerSession;
  /** Streams that were told to wait until the socket drains. */
  readonly #waiting = new Set<CallHandler>();
  #dirty = false;
  #ending = false;
  /** Something came since the last look; when the silence began; when we asked whether anybody is there. */
  #heard = true;
  #silentSinceMs = 0;
  #askedMs: number | undefined;
  /** Whoever does not say its settings in time, or does not close when we have, is cut. */
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, shared: Shared) {
    this.#socket = socket;
    this.#shared = shared;
    const { options } = shared;
    this.#session = new GrpcServerSession({
      receiveBytesMax: options.receiveBytesMax,
      nowMs: options.nowMs,
      streamsMax: options.streamsMax,
      pingMsMin: shared.keepAlive.minTimeMs > 0 ? shared.keepAlive.minTimeMs : undefined,
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
      shared.memory.forget(this);
      shared.forget(this);
    });
    socket.on("end", () => this.#finish());
  }

  destroy(): void {
    this.#session.connection.lost("destroyed");
    this.#socket.destroy();
  }

  get heldBytes(): number {
    return this.#session.heldBytes + this.#session.connection.queuedBytes + this.#socket.writableLength;
  }
  letGo(): void {
    // Who does not read what we wrote will not read why either.
    if (this.#socket.writableLength > 0) return this.destroy();
    this.#session.connection.cut(ERROR.enhanceYourCalm, "this connection keeps the most while all together keep too much");
  }

  /** A machine that lost power, or a cable that was pulled, closes nothing: its connections would stay for good. */
  lookForSilence(nowMs: number): void {
    const { intervalMs, timeoutMs } = this.#shared.keepAlive;
    if (this.#heard) {
      this.#heard = false;
      this.#silentSinceMs = nowMs;
      this.#askedMs = undefined;
    } else if (this.#askedMs !== undefined) {
      if (nowMs - this.#askedMs >= timeoutMs) this.destroy();
    } else if (nowMs - this.#silentSinceMs >= intervalMs && this.#session.connection.isSettled) {
      this.#askedMs = nowMs;
      this.#session.connection.ping(PING_PAYLOAD);
    }
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
    this.#shared.memory.note(this);
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
    this.#heard = true;
    connection.receive(chunk);
    this.#shared.memory.note(this);
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
    if (context.deadlineMonotonicMs === undefined) return this.#handler(call, method, context, observe);
    const timed = new TimedCall(call, observe);
    timed.handler = this.#handler(call, method, context, timed.observe);
    const waiting = this.#shared.deadlines.add(timed, context.deadlineMonotonicMs);
    call.onOver = () => void waiting.delete(timed);
    return timed.handler;
  }

  #handler(call: GrpcCall, method: RpcMethod, context: CallContext, observe: (code: number) => void): CallHandler {
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

const TAKES_NO_ANSWERS = { code: GRPC.resourceExhausted, message: "grpc: too much unread data waits for this connection" } as const;
