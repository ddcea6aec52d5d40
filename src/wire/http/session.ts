import { NO_BYTES } from "../../base/index.js";
import { type HeaderList, Http2Connection, type Http2Stream } from "../http2/index.js";
import { type ExchangeHost, HttpExchange, type HttpHandler, type Part } from "./exchange.js";
import { type HttpHead, headOf } from "./head.js";

export interface HttpServerHandlers {
  /** A request has come; its body follows. */
  begin(exchange: HttpExchange): HttpHandler;
  dirty(): void;
  closed(reason: string): void;
}

/** Requests that are no gRPC on one HTTP/2 connection, without its socket. */
export class HttpServerSession implements ExchangeHost {
  readonly connection: Http2Connection<Part>;
  heldBytes = 0;
  readonly #heads = new WeakMap<HeaderList, HttpHead>();
  readonly #begin: (exchange: HttpExchange) => HttpHandler;

  constructor(options: { readonly handlers: HttpServerHandlers; readonly nowMs: () => number; readonly streamsMax: number }) {
    const { handlers, nowMs, streamsMax } = options;
    this.#begin = handlers.begin;
    this.connection = new Http2Connection<Part>({
      role: "server",
      nowMs,
      streamsMax,
      handlers: {
        headers: (stream, list, last) => this.#headers(stream, list, last),
        data: (stream, bytes, last) => stream.app?.data(bytes, last),
        reset: (stream) => stream.app?.cancelled(),
        drained: (stream) => stream.app?.drained(),
        dirty: handlers.dirty,
        closed: handlers.closed,
      },
    });
  }

  #headers(stream: Http2Stream<Part>, list: HeaderList, last: boolean): void {
    // Trailers of a request say nothing here.
    if (stream.app !== undefined) return stream.app.data(NO_BYTES, last);
    const head = this.#heads.get(list) ?? headOf(list);
    // The length of a body that does not come: whoever hears of it would wait, or pass it on.
    if (head === undefined || (last && (head.contentLength ?? 0) > 0)) return this.connection.malformed(stream);
    this.#heads.set(list, head);
    const exchange = new HttpExchange(this, stream, head);
    stream.app = exchange;
    exchange.handler = this.#begin(exchange);
    if (last) exchange.data(NO_BYTES, true);
  }
}
