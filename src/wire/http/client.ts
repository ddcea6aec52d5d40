import { type Bytes, NO_BYTES } from "../../base/index.js";
import { ERROR, encodeHeaders, type HeaderList, Http2Connection, type Http2Stream } from "../http2/index.js";

/** Hears what a request is answered. One of `ended` and `failed` comes last, once. */
export interface AnswerHandlers {
  head(status: number, headers: HeaderList): void;
  /** A view of the socket's chunk: whoever keeps it for long keeps a copy. */
  data(bytes: Bytes): void;
  ended(): void;
  /** `refused`: the server says that it did nothing (RFC 9113 8.7). */
  failed(why: string, refused: boolean): void;
}
/** The client's side of one request. */
export interface HttpRequest {
  /** The answer is not taken in before `resume`. */
  pause(): void;
  resume(): void;
  /** Nobody wants the answer any more; nothing is heard after this. */
  cancel(): void;
}
export interface RequestToSend {
  readonly method: string;
  readonly scheme: "https" | "http";
  readonly authority: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: HeaderList;
  readonly body: Bytes | undefined;
}

/** Requests on one HTTP/2 connection, without its socket. */
export class HttpClientSession {
  readonly connection: Http2Connection<Asked>;
  /** Nothing is kept here: answers go to who asked. */
  readonly heldBytes = 0;

  constructor(options: { readonly nowMs: () => number; dirty(): void; closed(reason: string): void }) {
    this.connection = new Http2Connection<Asked>({
      role: "client",
      nowMs: options.nowMs,
      handlers: {
        headers: (stream, list, last) => stream.app?.headers(list, last),
        data: (stream, bytes, last) => stream.app?.data(bytes, last),
        reset: (stream, code) => stream.app?.reset(code),
        drained: () => {},
        dirty: options.dirty,
        closed: options.closed,
      },
    });
  }

  /** undefined: the connection takes no more requests, now or for good. */
  request(request: RequestToSend, handlers: AnswerHandlers): HttpRequest | undefined {
    const stream = this.connection.open();
    if (stream === undefined) return undefined;
    const asked = new Asked(this.connection, stream, handlers);
    stream.app = asked;
    const { method, scheme, authority, path, headers, body } = request;
    const head: HeaderList = [[":method", method], [":scheme", scheme], [":authority", authority], [":path", path], ...headers];
    this.connection.sendHeaders(stream, encodeHeaders(head), body === undefined);
    if (body !== undefined) this.connection.sendData(stream, NO_BYTES, body, true);
    return asked;
  }
}

const INFORMATIONAL_MAX = 199;

class Asked implements HttpRequest {
  readonly #connection: Http2Connection<Asked>;
  readonly #stream: Http2Stream<Asked>;
  readonly #handlers: AnswerHandlers;
  #answered = false;
  #over = false;

  constructor(connection: Http2Connection<Asked>, stream: Http2Stream<Asked>, handlers: AnswerHandlers) {
    this.#connection = connection;
    this.#stream = stream;
    this.#handlers = handlers;
  }

  pause(): void {
    this.#connection.pause(this.#stream);
  }
  resume(): void {
    this.#connection.resume(this.#stream);
  }
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.reset(this.#stream, ERROR.cancel);
  }

  headers(list: HeaderList, last: boolean): void {
    if (this.#over) return;
    const status = Number(list.find(([name]) => name === ":status")?.[1]);
    if (!this.#answered && Number.isInteger(status) && status > INFORMATIONAL_MAX) {
      this.#answered = true;
      this.#handlers.head(status, list);
    } else if (!this.#answered && !Number.isInteger(status)) return this.#fail("an answer without a status");
    if (last) this.#end();
  }
  data(bytes: Bytes, last: boolean): void {
    if (this.#over) return;
    if (!this.#answered) return this.#fail("a body before its head");
    if (bytes.length > 0) this.#handlers.data(bytes);
    if (last && !this.#over) this.#end();
  }
  reset(code: number): void {
    if (this.#over) return;
    this.#over = true;
    // RFC 9113 8.1: the server needs no more of the request; whether its answer was whole `ended` has said.
    const why = code === ERROR.refusedStream ? "the server refused the request" : `the connection ended (HTTP/2 code ${code})`;
    this.#handlers.failed(why, code === ERROR.refusedStream);
  }

  #end(): void {
    this.#over = true;
    this.#handlers.ended();
  }
  #fail(why: string): void {
    this.#over = true;
    this.#connection.reset(this.#stream, ERROR.protocol);
    this.#handlers.failed(why, false);
  }
}
