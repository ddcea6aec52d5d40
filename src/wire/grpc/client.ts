import type { Bytes } from "../../base/index.js";
import { ERROR, encodeHeaders, type HeaderList, Http2Connection, type Http2Stream } from "../http2/index.js";
import { decodeMessage, MessageReader, messageHead } from "./messages.js";

export interface ClientStreamHandlers {
  /** The server answered. */
  accepted(): void;
  message(bytes: Bytes): void;
  /** The call is over; code 0 for a good end. Called once. */
  ended(status: { readonly code: number; readonly message: string }): void;
}

/** The client's side of one bidirectional call. */
export interface ClientStream {
  /** False when windows hold it up. It is sent all the same. */
  send(message: Bytes): boolean;
  cancel(): void;
}

export interface GrpcClientSessionOptions {
  readonly authority: string;
  readonly scheme: "http" | "https";
  readonly receiveBytesMax: number;
  readonly nowMs: () => number;
  dirty(): void;
  closed(reason: string): void;
}

const UNAVAILABLE = 14;
const INTERNAL = 13;

/** gRPC calls on one HTTP/2 connection, without its socket: what peers use. */
export class GrpcClientSession {
  readonly connection: Http2Connection<Call>;
  readonly #options: GrpcClientSessionOptions;

  constructor(options: GrpcClientSessionOptions) {
    this.#options = options;
    this.connection = new Http2Connection<Call>({
      role: "client",
      nowMs: options.nowMs,
      handlers: {
        headers: (stream, list, endStream) => stream.app?.headers(list, endStream),
        data: (stream, bytes, endStream) => stream.app?.data(bytes, endStream),
        reset: (stream, code) => stream.app?.end({ code: UNAVAILABLE, message: `stream reset by HTTP/2 code ${code}` }),
        drained: () => {},
        dirty: () => options.dirty(),
        closed: (reason) => options.closed(reason),
      },
    });
  }

  /** Begins a call; undefined when the connection takes no more. */
  open(path: string, handlers: ClientStreamHandlers): ClientStream | undefined {
    const stream = this.connection.open();
    if (stream === undefined) return undefined;
    const call = new Call(this.connection, stream, handlers, this.#options.receiveBytesMax);
    stream.app = call;
    const { scheme, authority } = this.#options;
    const head = encodeHeaders([
      [":method", "POST"],
      [":scheme", scheme],
      [":path", path],
      [":authority", authority],
      ["content-type", "application/grpc"],
      ["te", "trailers"],
    ]);
    this.connection.sendHeaders(stream, head, false);
    return call;
  }
}

class Call implements ClientStream {
  readonly #connection: Http2Connection<Call>;
  readonly #stream: Http2Stream<Call>;
  readonly #handlers: ClientStreamHandlers;
  readonly #reader: MessageReader;
  #over = false;
  #accepted = false;

  constructor(connection: Http2Connection<Call>, stream: Http2Stream<Call>, handlers: ClientStreamHandlers, bytesMax: number) {
    this.#connection = connection;
    this.#stream = stream;
    this.#handlers = handlers;
    this.#reader = new MessageReader(bytesMax);
  }

  send(message: Bytes): boolean {
    return this.#over || this.#connection.sendData(this.#stream, messageHead(message.length), message, false);
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.reset(this.#stream, ERROR.cancel);
  }

  headers(list: HeaderList, endStream: boolean): void {
    if (this.#over) return;
    const fields = new Map(list);
    const status = fields.get("grpc-status");
    if (status !== undefined || endStream) {
      const code = status === undefined ? INTERNAL : Number(status);
      return this.end({ code, message: decodeMessage(fields.get("grpc-message") ?? "") });
    }
    if (fields.get(":status") !== "200") return this.#fail(`HTTP status ${fields.get(":status")}`);
    if (this.#accepted) return;
    this.#accepted = true;
    this.#handlers.accepted();
  }

  data(bytes: Bytes, endStream: boolean): void {
    if (this.#over) return;
    const messages = this.#reader.push(bytes);
    if ("tooLarge" in messages) return this.#fail(`message of ${messages.tooLarge} bytes`);
    for (const m of messages) {
      if (this.#over) return;
      if (m.compressed) return this.#fail("compressed message");
      this.#handlers.message(m.bytes);
    }
    if (endStream) this.end({ code: INTERNAL, message: "server closed the stream without sending trailers" });
  }

  #fail(message: string): void {
    this.end({ code: INTERNAL, message });
    this.#connection.reset(this.#stream, ERROR.cancel);
  }

  end(status: { readonly code: number; readonly message: string }): void {
    if (this.#over) return;
    this.#over = true;
    this.#handlers.ended(status);
  }
}
