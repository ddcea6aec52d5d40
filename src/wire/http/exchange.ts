import { type Bytes, NO_BYTES } from "../../base/index.js";
import { ERROR, encodeHeaders, type HeaderList, HTTP2_LIMITS, type Http2Connection, type Http2Stream } from "../http2/index.js";
import type { HttpHead } from "./head.js";
import { LATE_BYTES_MAX } from "./limits.js";

/** Who answers a request. */
export interface HttpHandler {
  /** A piece of the body: a view of the socket's chunk, so that whoever keeps it keeps a copy. `last`: nothing comes behind it. */
  data(bytes: Bytes, last: boolean): void;
  /** It is over before we ended it. */
  cancelled(): void;
  /** What `write` said false about has gone out. */
  drained(): void;
}

/** The session that an exchange is of, as far as it has to do with it. */
export interface ExchangeHost {
  readonly connection: Http2Connection<Part>;
  /** What unfinished requests of this connection keep in memory. */
  heldBytes: number;
}
/** What hangs on a stream of a server's connection. */
export interface Part {
  data(bytes: Bytes, last: boolean): void;
  cancelled(): void;
  drained(): void;
}

/** The server's side of one request over HTTP/2 that is no gRPC. */
export class HttpExchange implements Part {
  readonly head: HttpHead;
  /** Set before the first piece of the body comes. */
  handler: HttpHandler | undefined;
  readonly #host: ExchangeHost;
  readonly #stream: Http2Stream<Part>;
  #held = 0;
  #cameBytes = 0;
  #lateBytes = 0;
  #over = false;

  constructor(host: ExchangeHost, stream: Http2Stream<Part>, head: HttpHead) {
    this.#host = host;
    this.#stream = stream;
    this.head = head;
  }

  get isOpen(): boolean {
    return !this.#over;
  }
  /** Written and still waiting for windows. */
  get pendingBytes(): number {
    return this.#stream.pendingBytes;
  }

  /** The body is not taken in before `resume`: the client's window stays as it is. */
  pause(): void {
    this.#host.connection.pause(this.#stream);
  }
  resume(): void {
    this.#host.connection.resume(this.#stream);
  }

  /** The handler keeps so many bytes more, or less, until the request is over: false when its connection keeps too much. */
  hold(bytes: number): boolean {
    if (this.#over) return true;
    this.#held += bytes;
    this.#host.heldBytes += bytes;
    return this.#host.heldBytes <= HTTP2_LIMITS.HELD_BYTES_MAX;
  }

  respond(status: number, headers: HeaderList, last = false): void {
    if (this.#over) return;
    this.#host.connection.sendHeaders(this.#stream, encodeHeaders([[":status", String(status)], ...headers]), last);
    if (last) this.#end();
  }
  /** False: windows hold it up, and `drained` will tell. The bytes must not change any more. */
  write(bytes: Bytes): boolean {
    return this.#over || this.#host.connection.sendData(this.#stream, NO_BYTES, bytes, false);
  }
  end(bytes: Bytes = NO_BYTES): void {
    if (this.#over) return;
    this.#host.connection.sendData(this.#stream, NO_BYTES, bytes, true);
    this.#end();
  }
  /** The answer cannot be told, or not to its end. */
  reset(): void {
    if (this.#over) return;
    this.#finish();
    this.#host.connection.reset(this.#stream, ERROR.internal);
  }

  #end(): void {
    this.#finish();
    // The client may still be sending, or wait for a window that nobody would give it any more.
    this.resume();
  }
  /** What nobody hears any more. Whoever goes on with it for long is told to stop, without an error (RFC 9113 8.1), behind the answer. */
  #late(bytes: number): void {
    this.#lateBytes += bytes;
    if (this.#lateBytes <= LATE_BYTES_MAX) return;
    if (this.#stream.pending === undefined) this.#host.connection.reset(this.#stream, ERROR.none);
    else this.pause();
  }
  #finish(): void {
    this.#over = true;
    this.#host.heldBytes -= this.#held;
    this.#held = 0;
  }

  data(bytes: Bytes, last: boolean): void {
    if (this.#over) return this.#late(bytes.length);
    this.#cameBytes += bytes.length;
    const { contentLength } = this.head;
    // RFC 9113 8.1.1: passed on over HTTP/1.1, what is beyond its length would be a request of its own there.
    if (contentLength !== undefined && (last ? this.#cameBytes !== contentLength : this.#cameBytes > contentLength))
      return this.#host.connection.malformed(this.#stream);
    this.handler?.data(bytes, last);
  }
  cancelled(): void {
    if (this.#over) return;
    this.#finish();
    this.handler?.cancelled();
  }
  drained(): void {
    if (this.#over) this.#late(0);
    else this.handler?.drained();
  }
}

/** Of a request that is answered already: what else it brings is not looked at. */
export const UNHEARD: HttpHandler = { data: () => {}, cancelled: () => {}, drained: () => {} };

/** Collects a body that is wanted whole; `done` hears once, "tooLarge" as soon as it is known. */
export class WholeBody {
  readonly #exchange: HttpExchange;
  readonly #bytesMax: number;
  readonly #done: (body: Bytes | "tooLarge") => void;
  #parts: Bytes[] = [];
  #bytes = 0;
  #over = false;

  constructor(exchange: HttpExchange, bytesMax: number, done: (body: Bytes | "tooLarge") => void) {
    this.#exchange = exchange;
    this.#bytesMax = bytesMax;
    this.#done = done;
  }

  data(bytes: Bytes, last: boolean): void {
    if (this.#over) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bytesMax || !this.#exchange.hold(bytes.length)) {
      this.#over = true;
      this.#parts = [];
      return this.#done("tooLarge");
    }
    // A copy: a view would keep the socket's whole chunk alive.
    if (bytes.length > 0) this.#parts.push(Buffer.from(bytes));
    if (!last) return;
    this.#over = true;
    this.#done(this.#parts.length === 1 ? (this.#parts[0] as Bytes) : Buffer.concat(this.#parts));
  }
}
