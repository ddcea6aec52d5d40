import { connect, createServer, type Socket } from "node:net";
import type { Bytes } from "../../base/index.js";
import { type CallHandler, type GrpcCall, GrpcClientSession, GrpcServerSession } from "../../wire/grpc/index.js";
import type { Link, LinkHandlers, Net } from "../index.js";
import type { NetLimits } from "./net.js";

const STREAM_PATH = "/trimast.peer.v1.Peer/Stream";
const UNKNOWN = 2;
const UNIMPLEMENTED = { code: 12, message: "peers speak /trimast.peer.v1.Peer/Stream" } as const;

/** Answers a unary call that comes to the peer port; undefined for a path it does not know. */
export type PeerPortCalls = (path: string, request: Bytes) => Promise<Bytes> | undefined;

/** Links as long-lived gRPC streams over our own HTTP/2: a frame a message, one write a link and turn. `calls` answers who has only peer
 *  addresses, such as a member that is about to join. */
export function wireNet(limits: NetLimits, calls: PeerPortCalls = () => undefined): Net {
  return {
    dial: (address, handlers) => dial(address, handlers, limits),
    listen: (address, accept) => listen(address, { accept, calls, limits }),
  };
}

function hostPort(address: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(address.includes("://") ? address : `http://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}
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

function dial(address: string, handlers: LinkHandlers, limits: NetLimits): Link {
  const { host, port } = hostPort(address);
  const socket = connect({ host, port, noDelay: true });
  const closed = once(() => handlers);
  const outlet = new Outlet(socket, () => session.connection.takeOutput());
  const session: GrpcClientSession = new GrpcClientSession({
    authority: `${host}:${port}`,
    scheme: "http",
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

/** One unary question to a peer port; undefined when nobody answers it in time, or not with a message. */
export function askPeerPort(
  address: string,
  question: { readonly path: string; readonly request: Bytes; readonly timeoutMs: number; readonly answerBytesMax: number },
): Promise<Bytes | undefined> {
  return new Promise((resolve) => {
    const { host, port } = hostPort(address);
    const socket = connect({ host, port, noDelay: true });
    const done = (answer: Bytes | undefined): void => {
      clearTimeout(timer);
      resolve(answer);
      socket.destroy();
    };
    const timer = setTimeout(() => done(undefined), question.timeoutMs);
    const outlet = new Outlet(socket, () => session.connection.takeOutput());
    const session: GrpcClientSession = new GrpcClientSession({
      authority: `${host}:${port}`,
      scheme: "http",
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

interface Listening {
  readonly accept: (link: Link) => LinkHandlers;
  readonly calls: PeerPortCalls;
  readonly limits: NetLimits;
}

async function listen(address: string, at: Listening): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, at);
  });
  const { host, port } = hostPort(address);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(socket: Socket, at: Listening): void {
  const { accept, limits } = at;
  const outlet = new Outlet(socket, () => session.connection.takeOutput());
  const session: GrpcServerSession = new GrpcServerSession({
    receiveBytesMax: limits.frameBytesMax,
    nowMs,
    handlers: {
      begin: (call) => {
        if (call.head.path !== STREAM_PATH) return new PeerPortCall(call, at.calls);
        call.accept();
        let handlers: LinkHandlers | undefined;
        const closed = once(() => handlers);
        const open = link(
          {
            send: (frame) => void call.write(frame),
            queued: () => session.connection.queuedBytes + socket.writableLength,
            isOpen: () => call.isOpen,
          },
          limits,
          () => {
            closed("closed here");
            call.end({ code: 0, message: "" });
          },
        );
        handlers = accept(open);
        return {
          message: (bytes) => handlers?.onFrame(bytes),
          ended: () => {
            closed("ended");
            call.end({ code: 0, message: "" });
          },
          cancelled: () => closed("cancelled"),
          drained: () => {},
        };
      },
      http: (exchange) => {
        exchange.respond({ status: 404, headers: [] });
        exchange.end();
      },
      gunzip: () => "malformed",
      dirty: () => outlet.dirty(),
      closed: () => outlet.end(),
    },
  });
  outlet.dirty();
  socket.on("data", (chunk: Buffer) => session.connection.receive(chunk));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => session.connection.lost("socket closed"));
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
