import type { TLSSocket } from "node:tls";
import type { Bytes } from "../../base/index.js";
import type { Clock } from "../../host/index.js";
import { type HttpExchange, type HttpHandler, type HttpHead, HttpServerSession } from "../../wire/http/index.js";
import type { Drained, Http2Socket, Session, SessionEvents } from "../../wire/socket/index.js";
import type { ApiRequest, ApiResponse, ByteSink, ClientCertificate, RawRequest, StreamHandlers } from "../chain/index.js";
import { type Field, fieldsOf, GZIP_FIELDS, gzipped, lengthOf, wantsGzip } from "./answer.js";
import { RequestBody } from "./body.js";
import { certificateOf } from "./certificate.js";
import { Gone } from "./gone.js";
import { STREAMS_MAX } from "./limits.js";
import type { Handle } from "./types.js";

interface At {
  readonly handle: Handle;
  readonly clock: Clock;
  readonly socket: TLSSocket;
}

/** HTTP/2 on one connection, over our own framing. */
export function http2Session(at: At): (events: SessionEvents, out: Http2Socket) => Session {
  const { clock, socket } = at;
  const facts = { certificate: certificateOf(socket), remoteAddress: socket.remoteAddress ?? "", clock };
  return (events, out) =>
    new HttpServerSession({
      nowMs: () => clock.monotonicMs(),
      streamsMax: STREAMS_MAX,
      handlers: {
        begin: (exchange) => {
          const asked = new Asked(exchange, facts, out);
          at.handle(asked)
            .then((answer) => asked.answer(answer))
            .catch(() => exchange.reset());
          return asked;
        },
        ...events,
      },
    });
}

interface Facts {
  readonly certificate: ClientCertificate | undefined;
  readonly remoteAddress: string;
  readonly clock: Clock;
}

/** One object for all requests of a connection that bring the same head. */
const FIELDS = new WeakMap<HttpHead, ReadonlyMap<string, string>>();
function headersOf(head: HttpHead): ReadonlyMap<string, string> {
  const known = FIELDS.get(head);
  if (known !== undefined) return known;
  const fields = new Map<string, string>();
  for (const [name, value] of head.headers) {
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`);
  }
  FIELDS.set(head, fields);
  return fields;
}

/** A request as the chain sees it, and the way of its answer back. */
class Asked implements ApiRequest, HttpHandler, Drained {
  readonly identity = undefined;
  readonly #exchange: HttpExchange;
  readonly #facts: Facts;
  readonly #out: Http2Socket;
  readonly #body: RequestBody;
  readonly #gone = new Gone();
  #left = false;
  #ended = false;
  #handlers: StreamHandlers | undefined;
  /** Of a stream: written since the socket was full. */
  #behindBytes = 0;

  constructor(exchange: HttpExchange, facts: Facts, out: Http2Socket) {
    this.#exchange = exchange;
    this.#facts = facts;
    this.#out = out;
    this.#body = new RequestBody(exchange, {
      announced: exchange.head.contentLength ?? 0,
      awaited: this.header("expect")?.toLowerCase() === "100-continue",
    });
  }

  get method(): string {
    return this.#exchange.head.method;
  }
  get url(): string {
    return this.#exchange.head.path;
  }
  get certificate(): ClientCertificate | undefined {
    return this.#facts.certificate;
  }
  get remoteAddress(): string {
    return this.#facts.remoteAddress;
  }
  get signal(): AbortSignal {
    return this.#gone.signal;
  }
  header(name: string): string | undefined {
    return headersOf(this.#exchange.head).get(name);
  }
  headerNames(): readonly string[] {
    return [...headersOf(this.#exchange.head).keys()].filter((name) => !name.startsWith(":"));
  }
  body(): Promise<Bytes> {
    return this.#body.whole();
  }
  get raw(): RawRequest {
    const body = this.#body;
    return {
      headers: this.#exchange.head.headers.flat(),
      // Not before it is asked for: who looks at the headers may want the body whole.
      get body() {
        return body.stream();
      },
    };
  }

  // ---------------------------------------------------------------- what the connection says

  data(bytes: Bytes, last: boolean): void {
    this.#body.take(bytes, last);
  }
  cancelled(): void {
    this.#left = true;
    this.#gone.end();
    this.#body.gone();
    this.#out.forget(this);
    this.#handlers?.closed();
  }
  /** A window opened, or the socket has room again. */
  drained(): void {
    if (this.#exchange.pendingBytes > 0) return;
    // Windows of many streams opened at once, say: nobody else would tell when there is room.
    if (this.#out.isFull) return this.#out.waitForDrain(this);
    this.#behindBytes = 0;
    this.#handlers?.drained();
  }

  // ---------------------------------------------------------------- the answer

  answer(answer: ApiResponse): void | Promise<void> {
    const fields = [...fieldsOf(answer), ["date", httpDate(this.#facts.clock.wallMs())] as Field];
    if (answer.kind === "stream") {
      this.#exchange.respond(answer.code, fields);
      this.#handlers = answer.start(this.#sink());
      // It went away while the answer was worked out: nobody would tell.
      if (this.#left && !this.#ended) this.#handlers.closed();
      return;
    }
    if (!wantsGzip(answer, this.header("accept-encoding"))) return this.#bytes(answer.code, fields, answer.body);
    return gzipped(answer.body).then((body) => this.#bytes(answer.code, [...fields, ...GZIP_FIELDS], [body]));
  }

  #bytes(code: number, fields: readonly Field[], body: readonly Bytes[]): void {
    const all: readonly Field[] = [...fields, ["content-length", String(lengthOf(body))]];
    const bodiless = this.method === "HEAD" || body.length === 0;
    this.#exchange.respond(code, all, bodiless);
    if (bodiless) return;
    for (let i = 0; i < body.length - 1; i++) this.#exchange.write(body[i] as Bytes);
    this.#exchange.end(body.at(-1) as Bytes);
  }

  #sink(): ByteSink {
    const behind = (): number => this.#behindBytes;
    const exchange = this.#exchange;
    return {
      write: (bytes) => this.#write(bytes),
      end: () => {
        this.#ended = true;
        this.#out.forget(this);
        exchange.end();
      },
      get queuedBytes() {
        return Math.max(exchange.pendingBytes, behind());
      },
    };
  }
  #write(bytes: Bytes): boolean {
    const taken = this.#exchange.write(bytes);
    if (!this.#out.isFull) return taken;
    this.#behindBytes += bytes.length;
    this.#out.waitForDrain(this);
    return false;
  }
}

const SECOND_MS = 1_000;
let date = { second: 0, text: "" };
/** Worked out once a second: RFC 9110 6.6.1. */
function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / SECOND_MS);
  if (second !== date.second) date = { second, text: new Date(nowMs).toUTCString() };
  return date.text;
}
