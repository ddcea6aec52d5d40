import { connect, type TLSSocket } from "node:tls";
import { type Bytes, concatBytes } from "../../base/index.js";
import { type AnswerHandlers, HttpClientSession, type HttpRequest } from "../../wire/http/index.js";
import type { HeaderList } from "../../wire/http2/index.js";
import { Http2Sockets } from "../../wire/socket/index.js";
import { ByteQueue } from "./byte-queue.js";
import { type HttpsOptions, headersOf, placeOf, tlsOf } from "./https-options.js";
import {
  ANSWER_BYTES_MAX,
  ANSWER_MS_MAX,
  ANSWER_QUEUE_BYTES,
  CONNECT_MS_MAX,
  CONNECTIONS_MAX,
  REFUSALS_MAX,
  SERVER_ANSWER_MS,
  SERVER_SILENCE_MS,
  SOCKETS_MAX,
} from "./limits.js";
import { TransportError, type TransportRequest, type TransportResponse } from "./transport.js";

/** One that speaks HTTP/2, or the knowledge that the server does not. */
type Connected = HttpClientSession | "http/1.1";

/** Connections to one server: requests and watches share them. */
export class Http2Connections {
  readonly #options: HttpsOptions;
  readonly #base: URL;
  readonly #sockets = new Http2Sockets({
    nowMs: () => performance.now(),
    keepAlive: { intervalMs: SERVER_SILENCE_MS, timeoutMs: SERVER_ANSWER_MS },
  });
  readonly #open = new Map<HttpClientSession, TLSSocket>();
  #opening: Promise<Connected> | undefined;
  #speaks1 = false;
  /** Calls under way, and who waits for one to end. */
  #calls = 0;
  readonly #waiting = new Set<() => void>();
  /** Answers that are not over, watches too: without any, the connections alone keep no process running. */
  #underWay = 0;

  constructor(options: HttpsOptions) {
    this.#options = options;
    this.#base = new URL(options.server);
  }

  /** undefined: the server speaks HTTP/1.1 only. */
  async request(request: TransportRequest): Promise<TransportResponse | undefined> {
    if (this.#speaks1) return undefined;
    if (request.stream) return this.#send(request, () => {});
    if (this.#calls >= SOCKETS_MAX) await this.#turn(request.signal);
    this.#calls++;
    return this.#send(request, () => {
      this.#calls--;
      for (const next of this.#waiting) {
        this.#waiting.delete(next);
        return next();
      }
    });
  }
  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = (): void => {
        signal?.removeEventListener("abort", left);
        resolve();
      };
      const left = (): void => {
        this.#waiting.delete(next);
        reject(aborted());
      };
      if (signal?.aborted) return reject(aborted());
      signal?.addEventListener("abort", left, { once: true });
      this.#waiting.add(next);
    });
  }

  /** Idle ones end at once, others with their last request. */
  close(): void {
    for (const session of this.#open.keys()) session.connection.drain();
    this.#open.clear();
  }

  async #send(request: TransportRequest, over: () => void): Promise<TransportResponse | undefined> {
    this.#begin();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#end();
      over();
    };
    try {
      for (let refusals = 0; ; ) {
        const connected = await this.#connection();
        if (connected === "http/1.1") {
          end();
          return undefined;
        }
        const answer = new Answer(request, () => this.#forsake(connected), end);
        const sent = connected.request(this.#toSend(request), answer);
        // It takes no more, or ended a moment ago.
        if (sent === undefined) this.#forsake(connected);
        else {
          const begun = await answer.begin(sent);
          if (begun !== "refused") return begun;
          // Nothing was done: it is sent again. More were sent than the server takes before it had said how many.
          if (++refusals >= REFUSALS_MAX) throw new TransportError("ECONNREFUSED", "the server refused the request");
        }
      }
    } catch (error) {
      end();
      throw error;
    }
  }
  #begin(): void {
    if (this.#underWay++ === 0) for (const socket of this.#open.values()) socket.ref();
  }
  #end(): void {
    if (--this.#underWay === 0) for (const socket of this.#open.values()) socket.unref();
  }
  #toSend(request: TransportRequest) {
    const headers: HeaderList = Object.entries(headersOf(request, this.#options));
    const path = `${this.#base.pathname.replace(/\/$/, "")}${request.path}`;
    return { method: request.method, scheme: "https", authority: this.#base.host, path, headers, body: request.body } as const;
  }

  /** No new requests on it: those under way go on. */
  #forsake(session: HttpClientSession): void {
    if (this.#open.delete(session)) session.connection.drain();
  }

  #connection(): Promise<Connected> | Connected {
    const free = this.#freest();
    if (free !== undefined && this.#open.size >= (this.#options.connections ?? 1)) return free;
    if (this.#opening !== undefined) return free ?? this.#opening;
    if (this.#open.size >= CONNECTIONS_MAX) throw new TransportError("EBUSY", `${CONNECTIONS_MAX} connections are full of requests`);
    this.#opening = this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  #freest(): HttpClientSession | undefined {
    let best: HttpClientSession | undefined;
    for (const session of this.#open.keys()) {
      if (!session.connection.canOpen) continue;
      if (best === undefined || session.connection.streamCount < best.connection.streamCount) best = session;
    }
    return best;
  }

  async #connect(): Promise<Connected> {
    const socket = await handshake(this.#base, this.#options);
    if (socket.alpnProtocol !== "h2") {
      this.#speaks1 = true;
      socket.destroy();
      return "http/1.1";
    }
    return new Promise((resolve) => {
      this.#sockets.take(socket, (events) => {
        const session: HttpClientSession = new HttpClientSession({
          nowMs: () => performance.now(),
          dirty: events.dirty,
          closed: () => {
            this.#open.delete(session);
            events.closed();
          },
        });
        this.#open.set(session, socket);
        resolve(session);
        return session;
      });
    });
  }
}

function handshake(base: URL, options: HttpsOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...placeOf(base), ...tlsOf(options), ALPNProtocols: ["h2", "http/1.1"] });
    const timer = setTimeout(
      () => socket.destroy(new TransportError("ETIMEDOUT", `no connection in ${CONNECT_MS_MAX / 1000} s`)),
      CONNECT_MS_MAX,
    );
    const failed = (error: Error): void => {
      clearTimeout(timer);
      const { code } = error as NodeJS.ErrnoException;
      reject(error instanceof TransportError ? error : new TransportError(code ?? error.name, error.message, { cause: error }));
    };
    socket.setNoDelay(true);
    socket.once("error", failed);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", failed);
      // Its end is told by `close`; without a listener it would be an uncaught error.
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}

const aborted = (): TransportError => new TransportError("ABORT_ERR", "the request was aborted");

/** What one request is answered, from its head on. */
class Answer implements AnswerHandlers {
  readonly #request: TransportRequest;
  readonly #silent: () => void;
  readonly #over: () => void;
  readonly #body: ByteQueue;
  #sent: HttpRequest | undefined;
  #isOver = false;
  #settle: { resolve(answer: TransportResponse | "refused"): void; reject(error: Error): void } | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `silent`: the server did not answer in time. `over`: nothing more of it is on its way. */
  constructor(request: TransportRequest, silent: () => void, over: () => void) {
    this.#request = request;
    this.#silent = silent;
    this.#over = over;
    this.#body = new ByteQueue({ drained: () => this.#sent?.resume(), left: () => this.#left() });
  }

  /** "refused": the server says that it did nothing. */
  begin(sent: HttpRequest): Promise<TransportResponse | "refused"> {
    this.#sent = sent;
    const { signal, stream } = this.#request;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (!stream) this.#timer = setTimeout(this.#late, ANSWER_MS_MAX);
      if (signal?.aborted) return this.#aborted();
      signal?.addEventListener("abort", this.#aborted, { once: true });
    });
  }

  head(status: number, headers: HeaderList): void {
    const header = (name: string): string | undefined => {
      const values = headers.filter(([n]) => n === name).map(([, value]) => value);
      return values.length === 0 ? undefined : values.join(", ");
    };
    this.#settle?.resolve({ status, header, chunks: () => this.#body, bytes: () => gathered(this.#body) });
  }
  data(bytes: Bytes): void {
    // A copy: a view would keep the socket's whole chunk alive as long as a watcher takes its time.
    this.#body.push(this.#request.stream ? Buffer.from(bytes) : bytes);
    if (this.#body.queuedBytes > ANSWER_QUEUE_BYTES) this.#sent?.pause();
  }
  ended(): void {
    this.#body.close();
    this.#finish();
  }
  failed(why: string, refused: boolean): void {
    if (refused && !this.#isOver) {
      this.#isDone();
      this.#settle?.resolve("refused");
    }
    this.#fail(new TransportError("ECONNRESET", why));
  }

  readonly #late = (): void => {
    this.#silent();
    this.#fail(new TransportError("ETIMEDOUT", `no answer in ${ANSWER_MS_MAX / 1000} s`));
    this.#sent?.cancel();
  };
  readonly #aborted = (): void => {
    this.#fail(aborted());
    this.#sent?.cancel();
  };
  /** Nobody reads on. */
  #left(): void {
    if (!this.#isOver) this.#sent?.cancel();
    this.#finish();
  }
  #fail(error: TransportError): void {
    this.#settle?.reject(error);
    this.#body.fail(error);
    this.#finish();
  }
  #finish(): void {
    if (this.#isOver) return;
    this.#isDone();
    this.#over();
  }
  #isDone(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener("abort", this.#aborted);
  }
}

async function gathered(body: ByteQueue): Promise<Bytes> {
  const all: Bytes[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new TransportError("TOOLARGE", `an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    all.push(chunk);
  }
  return all.length === 1 ? (all[0] as Bytes) : concatBytes(all);
}
