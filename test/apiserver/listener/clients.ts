import http2 from "node:http2";
import https from "node:https";
import type { Readable, Writable } from "node:stream";
import type { ConnectionOptions } from "node:tls";

export const PROTOCOLS = ["HTTP/2", "HTTP/1.1"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Nothing: whoever began the exchange writes it. */
  readonly body?: Uint8Array | string;
}
export interface Head {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}
export interface Got extends Head {
  readonly body: Buffer;
}
/** A request whose body and answer a test has in its hands. */
export interface Exchange {
  readonly up: Writable;
  /** Rejects when there comes none. */
  readonly head: Promise<Head>;
  readonly down: Promise<Readable>;
  /** How the client saw its end: "whole", or what went wrong. */
  readonly end: Promise<string>;
  /** Goes away, in the middle of whatever it is. */
  leave(): void;
}
/** One of node's clients, on one connection for as long as that goes. */
export interface Client {
  begin(sent: Sent): Exchange;
  /** How many connections it has opened. */
  readonly connections: number;
  close(): void;
}

export const client = (protocol: Protocol, at: ConnectionOptions): Client => (protocol === "HTTP/2" ? new Client2(at) : new Client1(at));

export function whole(readable: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    readable.on("data", (chunk: Buffer) => chunks.push(chunk));
    readable.on("end", () => resolve(Buffer.concat(chunks)));
    readable.on("error", reject);
    readable.on("close", () => reject(new Error("closed before its end")));
  });
}
/** The whole answer. */
export async function ask(by: Client, sent: Sent): Promise<Got> {
  const exchange = by.begin(sent);
  if (sent.body === undefined) exchange.up.end();
  const [head, body] = await Promise.all([exchange.head, exchange.down.then(whole)]);
  return { ...head, body };
}

const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;

class Client2 implements Client {
  readonly session: http2.ClientHttp2Session;
  connections = 1;
  constructor({ host, port, ...tls }: ConnectionOptions) {
    this.session = http2.connect(`https://${host}:${port}`, tls);
    this.session.on("error", () => {});
    // nghttp2's own bookkeeping under node loses what a stream that is reset had not read yet: the connection's window would run out.
    this.session.on("connect", () => this.session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
  }
  begin({ method = "GET", path, headers = {}, body }: Sent): Exchange {
    const stream = this.session.request({ ":method": method, ":path": path, ...headers } as http2.OutgoingHttpHeaders, {
      endStream: false,
    });
    stream.on("error", () => {});
    const end = new Promise<string>((resolve) => {
      const over = (): void => resolve(stream.rstCode === 0 ? "whole" : `reset ${stream.rstCode}`);
      for (const event of ["end", "close"]) stream.on(event, over);
    });
    const head = new Promise<Head>((resolve, reject) => {
      stream.on("response", ({ ":status": code, ...rest }) => resolve({ code: code ?? 0, headers: rest as Head["headers"] }));
      end.then((why) => reject(new Error(`no answer: ${why}`)));
    });
    const down = head.then(() => stream);
    for (const p of [head, down]) p.catch(() => {});
    if (body !== undefined) stream.end(body);
    // Not `close`, which says first that the body is whole.
    return { up: stream, head, down, end, leave: () => void stream.destroy(new Error("left")) };
  }
  close(): void {
    this.session.destroy();
  }
}

class Client1 implements Client {
  readonly #agent: https.Agent;
  readonly #at: ConnectionOptions;
  readonly #sockets = new Set<unknown>();
  constructor(at: ConnectionOptions) {
    this.#at = at;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  }
  get connections(): number {
    return this.#sockets.size;
  }
  begin({ method = "GET", path, headers = {}, body }: Sent): Exchange {
    const options = { ...this.#at, agent: this.#agent, method, path, headers } as https.RequestOptions;
    const request = https.request(options);
    request.on("error", () => {});
    request.on("socket", (socket) => this.#sockets.add(socket));
    const down = new Promise<Readable>((resolve, reject) => {
      request.on("response", resolve);
      request.on("close", () => reject(new Error("no answer: closed")));
    });
    const head = down.then((r) => {
      const { statusCode, headers } = r as Readable & { readonly statusCode?: number; readonly headers: Head["headers"] };
      return { code: statusCode ?? 0, headers };
    });
    const end = new Promise<string>((resolve) => {
      down.then(
        (response) => {
          response.on("error", (error: Error) => resolve(error.message));
          response.on("end", () => resolve("whole"));
        },
        (error: Error) => resolve(error.message),
      );
    });
    for (const p of [head, down]) p.catch(() => {});
    if (body !== undefined) request.end(body);
    return { up: request, head, down, end, leave: () => void request.destroy() };
  }
  close(): void {
    this.#agent.destroy();
  }
}
