import { connect, createServer, Socket } from "node:net";
import type { Bytes } from "../../base/index.js";
import { type CallHandler, type GrpcCall, GrpcClientSession, GrpcServerSession } from "../../wire/grpc/index.js";
import { UNHEARD } from "../../wire/http/index.js";
import { addressOf, type Endpoint, endpointOf, type Link, type LinkHandlers, type Net } from "../index.js";
import { HELLO_BYTES_MAX, HELLO_TIMEOUT_MS, PEER_CONNECTIONS_MAX, TCP_KEEP_ALIVE_MS } from "./limits.js";
import type { NetLimits } from "./net.js";

const STREAM_PATH = "/trimast.peer.v1.Peer/Stream";
const UNKNOWN = 2;
const UNIMPLEMENTED = { code: 12, message: "peers speak /trimast.peer.v1.Peer/Stream" } as const;

/** Answers a unary call that comes to the peer port; undefined for a path it does not know. */
export type PeerPortCalls = (path: string, request: Bytes) => Promise<Bytes> | undefined;

/** TLS between peers. Loaded and given only where an address is secure. */
export interface PeerSecurity {
  connect(endpoint: Endpoint): Socket;
  accept(secured: (socket: Socket) => void): { take(socket: Socket): void; close(): void };
}

export interface WireNetOptions {
  readonly limits: NetLimits;
  /** Answers who has only peer addresses, such as a member that is about to join. */
  readonly calls?: PeerPortCalls;
  readonly security?: PeerSecurity | undefined;
}

/** Links as long-lived gRPC streams over our own HTTP/2, within TLS where the address says https: a frame a message, one write a link and turn. */
export function wireNet(options: WireNetOptions): Net {
  return {
    dial: (address, handlers) => dial(address, handlers, options),
    listen: (address, accept) => listen(address, { ...options, accept }),
  };
}

function open(endpoint: Endpoint, security: PeerSecurity | undefined): Socket {
  if (!endpoint.secure) return connect({ ...addressOf(endpoint), noDelay: true });
  if (security !== undefined) return security.connect(endpoint);
  // Somebody added a member at such an address: that is no reason to fall over.
  return new Socket().destroy(new Error("the address is https, and there are no peer certificates here"));
}
const schemeOf = (endpoint: Endpoint): "http" | "https" => (endpoint.secure ? "https" : "http");
/** A path is no authority; Go's clients say so as well. */
const authorityOf = (endpoint: Endpoint): string => (endpoint.kind === "unix" ? "localhost" : `${endpoint.host}:${endpoint.port}`);
const nowMs = (): number => performance.now();

/** Writes what a session has to say, once, when the turn is over. */
class Outlet {
  readonly #socket: Socket;
  readonly #take: () => Bytes | undefined;
  #scheduled = false;

  constructor(socket: Socket, take: () => Bytes | undefined) {
    this.#socket = socket;
    this.#take = take;
  }
  dirty(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }
  readonly #flush = (): void => {
    this.#scheduled = false;
    const bytes = this.#take();
    if (bytes !== undefined && this.#socket.writable) this.#socket.write(bytes);
  };
  end(): void {
    this.#flush();
    this.#socket.end();
  }
}

/** Reports a link's end once, and not inside the call that caused it. */
function once(handlers: () => LinkHandlers | undefined): (reason: string) => void {
  let closed = false;
  return (reason) => {
    if (closed) return;
    closed = true;
    setImmediate(() => handlers()?.onClose(reason));
  };
}

function dial(address: string, handlers: LinkHandlers, { limits, security }: WireNetOptions): Link {
  const endpoint = endpointOf(address);
  const socket = open(endpoint, security);
  const closed = once(() => handlers);
  const outlet = new Outlet(socket, () => session.connection.takeOutput());
  const session: GrpcClientSession = new GrpcClientSession({
    authority: authorityOf(endpoint),
    scheme: schemeOf(endpoint),
    receiveBytesMax: limits.frameBytesMax,
    nowMs,
    dirty: () => outlet.dirty(),
    closed: (reason) => {
      closed(reason);
      outlet.end();
    },
  });
  const stream = session.open(STREAM_PATH, {
    accepted: () => handlers.onOpen?.(),
    message: (bytes) => handlers.onFrame(bytes),
    ended: ({ message }) => {
      closed(message);
      socket.destroy();
    },
  });
  socket.on("data", (chunk: Buffer) => session.connection.receive(chunk));
  socket.on("error", (error) => closed(error.message));
  socket.on("close", () => {
    session.connection.lost("socket closed");
    closed("closed");
  });
  return link(
    {
      send: (frame) => void stream?.send(frame),
      queued: () => session.connection.queuedBytes + socket.writableLength,
      isOpen: () => !session.connection.isClosed && !socket.destroyed,
    },
    limits,
    () => {
      closed("closed here");
      socket.destroy();
    },
  );
}

export interface PeerQuestion {
  readonly path: string;
  readonly request: Bytes;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly security?: PeerSecurity | undefined;
}

/** One unary question to a peer port; undefined when nobody answers it in time, or not with a message. */
export function askPeerPort(address: string, question: PeerQuestion): Promise<Bytes | undefined> {
  return new Promise((resolve) => {
    const endpoint = endpointOf(address);
    const socket = open(endpoint, question.security);
    const done = (answer: Bytes | undefined): void => {
      clearTimeout(timer);
      resolve(answer);
      socket.destroy();
    };
    const timer = setTimeout(() => done(undefined), question.timeoutMs);
    const outlet = new Outlet(socket, () => session.connection.takeOutput());
    const session: GrpcClientSession = new GrpcClientSession({
      authority: authorityOf(endpoint),
      scheme: schemeOf(endpoint),
      receiveBytesMax: question.answerBytesMax,
      nowMs,
      dirty: () => outlet.dirty(),
      closed: () => done(undefined),
    });
    const stream = session.open(question.path, {
      accepted: () => {},
      message: (bytes) => done(Buffer.from(bytes)),
      ended: () => done(undefined),
    });
    stream?.send(question.request);
    socket.on("data", (chunk: Buffer) => session.connection.receive(chunk));
    socket.on("error", () => done(undefined));
    socket.on("close", () => done(undefined));
  });
}

function link(at: { send(frame: Bytes): void; queued(): number; isOpen(): boolean }, limits: NetLimits, close: () => void): Link {
  return {
    send: (frame) => {
      if (!at.isOpen()) return "closed";
      if (at.queued() > limits.linkQueueBytesMax) return "full";
      at.send(frame);
      return "sent";
    },
    close,
  };
}

interface Listening extends WireNetOptions {
  readonly accept: (link: Link) => LinkHandlers;
}

async function listen(address: string, at: Listening): Promise<{ close(): Promise<void> }> {
  const endpoint = endpointOf(address);
  if (endpoint.secure && at.security === undefined) throw new Error(`${address} is https and there are no peer certificates`);
  const sockets = new Set<Socket>();
  const secured = endpoint.secure ? at.security?.accept((socket) => serve(socket, at)) : undefined;
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (secured === undefined) serve(socket, at);
    else secured.take(socket);
  });
  // A stranger's connections must not cost the members theirs: beyond the limit new ones are closed, and silent ones end by themselves.
  server.maxConnections = PEER_CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(addressOf(endpoint), () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
  return {
    close: async () => {
      secured?.close();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Until the member behind the port has answered its hello, a connection is a stranger's: it may not say much, nor stay long. */
class Stranger {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  known = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#timer = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    socket.once("close", () => clearTimeout(this.#timer));
  }
  /** False when it has said too much. */
  hears(bytes: number): boolean {
    if (this.known) return true;
    this.#bytes += bytes;
    if (this.#bytes <= HELLO_BYTES_MAX) return true;
    this.#socket.destroy();
    return false;
  }
  answered(): void {
    if (this.known) return;
    this.known = true;
    clearTimeout(this.#timer);
  }
}

function serve(socket: Socket, at: Listening): void {
  const { limits, calls = () => undefined } = at;
  const stranger = new Stranger(socket);
  const outlet = new Outlet(socket, () => session.connection.takeOutput());
  const session: GrpcServerSession = new GrpcServerSession({
    receiveBytesMax: limits.frameBytesMax,
    nowMs,
    handlers: {
      begin: (call) =>
        call.head.path === STREAM_PATH ? peerStream(call, { socket, session, stranger, ...at }) : new PeerPortCall(call, calls),
      http: (exchange) => {
        exchange.respond(404, [], true);
        return UNHEARD;
      },
      gunzip: () => "malformed",
      dirty: () => outlet.dirty(),
      closed: () => outlet.end(),
    },
  });
  outlet.dirty();
  socket.on("data", (chunk: Buffer) => {
    if (stranger.hears(chunk.length)) session.connection.receive(chunk);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => session.connection.lost("socket closed"));
}

function peerStream(
  call: GrpcCall,
  at: Listening & { readonly socket: Socket; readonly session: GrpcServerSession; readonly stranger: Stranger },
): CallHandler {
  const { socket, session, stranger } = at;
  call.accept();
  let handlers: LinkHandlers | undefined;
  const closed = once(() => handlers);
  const open = link(
    {
      send: (frame) => {
        stranger.answered();
        call.write(frame);
      },
      queued: () => session.connection.queuedBytes + socket.writableLength,
      isOpen: () => call.isOpen,
    },
    at.limits,
    () => {
      closed("closed here");
      call.end({ code: 0, message: "" });
      // One link a connection: who was refused must not go on as if it were known.
      session.connection.drain();
    },
  );
  handlers = at.accept(open);
  return {
    message: (bytes) => handlers?.onFrame(bytes),
    ended: () => {
      closed("ended");
      call.end({ code: 0, message: "" });
    },
    cancelled: () => closed("cancelled"),
    drained: () => {},
  };
}

class PeerPortCall implements CallHandler {
  readonly #call: GrpcCall;
  readonly #calls: PeerPortCalls;
  #answered = false;

  constructor(call: GrpcCall, calls: PeerPortCalls) {
    this.#call = call;
    this.#calls = calls;
  }
  message(bytes: Bytes): void {
    if (this.#answered) return;
    this.#answered = true;
    const answer = this.#calls(this.#call.head.path, bytes);
    if (answer === undefined) return this.#call.end(UNIMPLEMENTED);
    answer.then(
      (message) => this.#call.finish(message),
      (error: unknown) => this.#call.end({ code: UNKNOWN, message: error instanceof Error ? error.message : String(error) }),
    );
  }
  ended(): void {
    if (!this.#answered) this.#call.end(UNIMPLEMENTED);
  }
  cancelled(): void {}
  drained(): void {}
}
