import { type Bytes, NO_BYTES } from "../../base/index.js";
import { HttpExchange, type HttpHandler, type HttpHead, headOf, type Part } from "../http/index.js";
import {
  ERROR,
  encodeHeaders,
  type HeaderBlock,
  type HeaderList,
  HTTP2_LIMITS,
  Http2Connection,
  type Http2Stream,
  repeatedBlock,
} from "../http2/index.js";
import { encodeMessage, isOneMessage, MESSAGE_HEAD_BYTES, MessageReader, messageHead, timeoutMs } from "./messages.js";

/** What a call brought with it. Binary values stay as base64. */
export interface RequestHead extends HttpHead {
  readonly contentType: string;
  readonly timeoutMs: number | undefined;
  readonly encoding: string;
}

/** The server's side of one call. */
export interface GrpcCall {
  readonly head: RequestHead;
  /** Sends the head at once: the client learns that somebody answers. Otherwise it goes with the first message. */
  accept(): void;
  /** Sends a message; false when the peer does not read and the caller should wait for `drained`. */
  write(message: Bytes): boolean;
  /** One message and an OK status: what a unary call ends with. */
  finish(message: Bytes): void;
  end(status: { readonly code: number; readonly message: string }): void;
  readonly isOpen: boolean;
  /** The handler keeps so many bytes until the client has said all: they count against its connection. */
  hold(bytes: number): void;
  /** It is over, however it ended. Called once. */
  onOver: (() => void) | undefined;
}

/** Who answers calls. */
export interface CallHandler {
  /** `last`: nothing comes behind it. Otherwise a handler that keeps it beyond this turn keeps a copy: it is a view of a socket's chunk. */
  message(bytes: Bytes, last: boolean): void;
  /** The client has said all. */
  ended(): void;
  /** The call is over before we ended it. */
  cancelled(): void;
  drained(): void;
}

export interface GrpcServerHandlers {
  /** Begins a call, or says why not. */
  begin(call: GrpcCall): CallHandler | { readonly code: number; readonly message: string };
  /** A request that is not gRPC; its body follows. */
  http(exchange: HttpExchange): HttpHandler;
  gunzip(bytes: Bytes, bytesMax: number): Bytes | "tooLarge" | "malformed";
  dirty(): void;
  closed(reason: string): void;
}

export interface GrpcServerSessionOptions {
  readonly handlers: GrpcServerHandlers;
  readonly receiveBytesMax: number;
  readonly nowMs: () => number;
  readonly streamsMax?: number | undefined;
  readonly pingMsMin?: number | undefined;
}

const RESPONSE_HEAD = repeatedBlock([
  [":status", "200"],
  ["content-type", "application/grpc"],
]);
const OK_TRAILERS = repeatedBlock([
  ["grpc-status", "0"],
  ["grpc-message", ""],
]);
const HOLDS_TOO_MUCH = { code: 8, message: "grpc: too many unfinished messages on this connection" } as const;
const CODE = { unknown: 2, unimplemented: 12, resourceExhausted: 8, internal: 13 } as const;

/** gRPC and plain HTTP on one HTTP/2 connection, without its socket. */
export class GrpcServerSession {
  readonly connection: Http2Connection<Part>;
  readonly options: GrpcServerSessionOptions;
  /** What unfinished requests of this connection keep in memory. */
  heldBytes = 0;
  readonly #heads = new WeakMap<HeaderList, RequestHead>();

  constructor(options: GrpcServerSessionOptions) {
    this.options = options;
    const { handlers } = options;
    this.connection = new Http2Connection<Part>({
      role: "server",
      nowMs: options.nowMs,
      ...(options.streamsMax === undefined ? {} : { streamsMax: options.streamsMax }),
      ...(options.pingMsMin === undefined ? {} : { pingMsMin: options.pingMsMin }),
      handlers: {
        headers: (stream, list, endStream) => this.#headers(stream, list, endStream),
        data: (stream, bytes, endStream) => stream.app?.data(bytes, endStream),
        reset: (stream) => stream.app?.cancelled(),
        drained: (stream) => stream.app?.drained(),
        dirty: () => handlers.dirty(),
        closed: (reason) => handlers.closed(reason),
      },
    });
  }

  #headers(stream: Http2Stream<Part>, list: HeaderList, endStream: boolean): void {
    if (stream.app !== undefined) {
      // Trailers of a request: gRPC has none that mean anything.
      stream.app.data(NO_BYTES, endStream);
      return;
    }
    let head = this.#heads.get(list);
    if (head === undefined) {
      const parsed = headOf(list);
      if (parsed === undefined) return this.connection.reset(stream, ERROR.protocol);
      head = callHead(parsed);
      this.#heads.set(list, head);
    }
    if (head.contentType.startsWith("application/grpc")) this.#call(stream, head, endStream);
    else {
      const exchange = new HttpExchange(this, stream, head);
      stream.app = exchange;
      exchange.handler = this.options.handlers.http(exchange);
    }
    if (endStream) stream.app?.data(NO_BYTES, true);
  }

  #call(stream: Http2Stream<Part>, head: RequestHead, _endStream: boolean): void {
    const call = new ServerCall(this, stream, head);
    stream.app = call;
    const handler = this.options.handlers.begin(call);
    if ("code" in handler) call.end(handler);
    else call.handler = handler;
  }
}

function callHead(head: HttpHead): RequestHead {
  let contentType = "";
  let timeout: number | undefined;
  let encoding = "identity";
  for (const [name, value] of head.headers) {
    if (name === "content-type") contentType = value;
    else if (name === "grpc-timeout") timeout = timeoutMs(value);
    else if (name === "grpc-encoding") encoding = value;
  }
  return { ...head, contentType, timeoutMs: timeout, encoding };
}

class ServerCall implements GrpcCall, Part {
  readonly head: RequestHead;
  handler: CallHandler | undefined;
  onOver: (() => void) | undefined;
  readonly #session: GrpcServerSession;
  readonly #stream: Http2Stream<Part>;
  #reader: MessageReader | undefined;
  #answered = false;
  #over = false;
  /** Of the session's `heldBytes`: in the reader, and by the handler. */
  #counted = 0;
  #byHandler = 0;

  constructor(session: GrpcServerSession, stream: Http2Stream<Part>, head: RequestHead) {
    this.#session = session;
    this.#stream = stream;
    this.head = head;
  }

  get isOpen(): boolean {
    return !this.#over;
  }

  data(bytes: Bytes, endStream: boolean): void {
    if (this.#over) return;
    if (bytes.length > 0) this.#take(bytes, endStream);
    if (this.#over) return;
    if (!endStream) return this.#count((this.#reader?.heldBytes ?? 0) + this.#byHandler);
    this.#count(0);
    if (this.#reader !== undefined && !this.#reader.isEmpty) {
      this.end({ code: CODE.internal, message: "unexpected EOF" });
      return;
    }
    this.handler?.ended();
  }

  hold(bytes: number): void {
    this.#byHandler += bytes;
  }

  #count(bytes: number): void {
    this.#session.heldBytes += bytes - this.#counted;
    this.#counted = bytes;
    if (bytes > 0 && this.#session.heldBytes > HTTP2_LIMITS.HELD_BYTES_MAX) this.end(HOLDS_TOO_MUCH);
  }

  #take(bytes: Bytes, endStream: boolean): void {
    // One whole message and nothing else is what nearly every unary call is: it needs no reader.
    if (this.#reader === undefined && endStream && isOneMessage(bytes, this.#session.options.receiveBytesMax)) {
      this.handler?.message(bytes.subarray(MESSAGE_HEAD_BYTES), true);
      return;
    }
    this.#reader ??= new MessageReader(this.#session.options.receiveBytesMax);
    const messages = this.#reader.push(bytes);
    if ("tooLarge" in messages) {
      const max = this.#session.options.receiveBytesMax;
      return this.end({
        code: CODE.resourceExhausted,
        message: `grpc: received message larger than max (${messages.tooLarge} vs. ${max})`,
      });
    }
    const last = endStream && messages.length === 1;
    for (const m of messages) {
      if (this.#over) return;
      if (m.compressed) this.#compressed(m.bytes, last);
      else this.handler?.message(m.bytes, last);
    }
  }

  #compressed(bytes: Bytes, last: boolean): void {
    if (this.head.encoding !== "gzip") {
      const message =
        this.head.encoding === "identity"
          ? "grpc: compressed flag set with identity or empty encoding"
          : `grpc: Decompressor is not installed for grpc-encoding "${this.head.encoding}"`;
      return this.end({ code: this.head.encoding === "identity" ? CODE.internal : CODE.unimplemented, message });
    }
    const max = this.#session.options.receiveBytesMax;
    const plain = this.#session.options.handlers.gunzip(bytes, max);
    if (plain === "tooLarge")
      return this.end({ code: CODE.resourceExhausted, message: `grpc: received message after decompression larger than max ${max}` });
    if (plain === "malformed") return this.end({ code: CODE.internal, message: "grpc: failed to decompress the received message" });
    this.handler?.message(plain, last);
  }

  write(message: Bytes): boolean {
    if (this.#over) return true;
    this.accept();
    return this.#session.connection.sendData(this.#stream, messageHead(message.length), message, false);
  }

  finish(message: Bytes): void {
    if (this.#over) return;
    this.write(message);
    this.#close(OK_TRAILERS);
  }

  end(status: { readonly code: number; readonly message: string }): void {
    if (this.#over) return;
    if (status.code === 0) {
      this.accept();
      return this.#close(OK_TRAILERS);
    }
    const trailers: [string, string][] = [
      ["grpc-status", String(status.code)],
      ["grpc-message", encodeMessage(status.message)],
    ];
    if (this.#answered) return this.#close(encodeHeaders(trailers));
    this.#close(encodeHeaders([[":status", "200"], ["content-type", "application/grpc"], ...trailers]));
  }

  accept(): void {
    if (this.#answered || this.#over) return;
    this.#answered = true;
    this.#session.connection.sendHeaders(this.#stream, RESPONSE_HEAD, false);
  }

  #close(block: HeaderBlock): void {
    this.#over = true;
    this.#count(0);
    this.#reader = undefined;
    const { connection } = this.#session;
    const early = !this.#stream.remoteClosed;
    connection.sendHeaders(this.#stream, block, true);
    this.onOver?.();
    // The client may still be sending: it is told to stop, without an error (RFC 9113 8.1).
    if (early && this.#stream.pending === undefined) connection.reset(this.#stream, ERROR.none);
  }

  cancelled(): void {
    if (this.#over) return;
    this.#over = true;
    this.#count(0);
    this.#reader = undefined;
    this.onOver?.();
    this.handler?.cancelled();
  }
  drained(): void {
    if (!this.#over) this.handler?.drained();
  }
}
