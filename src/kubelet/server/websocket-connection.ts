import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import type { Bytes } from "../../base/index.js";
import { binaryMessage, CLOSE, closeFrame, pongFrame, textMessage, WEBSOCKET_GUID, WebSocketReader } from "../../wire/websocket/index.js";
import { LINGER_MS } from "./limits.js";

export const isWebSocket = (request: IncomingMessage): boolean => request.headers.upgrade?.toLowerCase() === "websocket";

/** The first of the client's protocols that is served; undefined: none of them. "" when it names none. */
export function protocolOf(request: IncomingMessage, served: readonly string[]): string | undefined {
  const asked = (request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((p) => p.trim())
    .filter((p) => p !== "");
  return asked.length === 0 ? "" : asked.find((p) => served.includes(p));
}

/** The answer that turns a request into a WebSocket; undefined: the request is none. */
export function acceptance(request: IncomingMessage, protocol: string): string | undefined {
  const key = request.headers["sec-websocket-key"];
  if (typeof key !== "string" || request.headers["sec-websocket-version"] !== "13") return undefined;
  const accept = createHash("sha1").update(`${key}${WEBSOCKET_GUID}`).digest("base64");
  const chosen = protocol === "" ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`;
}

/**
 * The server's side of a WebSocket as a stream: reading gives a client's messages, one a chunk, writing sends each chunk as a binary one.
 * With `text`, messages are text: chunks are its UTF-8.
 */
export class WebSocketStream extends Duplex {
  readonly #socket: Duplex;
  readonly #reader = new WebSocketReader({ from: "client" });
  readonly #text: boolean;
  #isClosed = false;

  constructor(socket: Duplex, head: Bytes, options: { readonly text?: boolean } = {}) {
    super({ allowHalfOpen: true, readableObjectMode: true, readableHighWaterMark: 16 });
    this.#socket = socket;
    this.#text = options.text === true;
    socket.on("data", (chunk: Bytes) => this.#receive(chunk));
    socket.on("error", () => {});
    socket.once("close", () => this.destroy());
    socket.once("end", () => {
      if (!this.readableEnded) this.push(null);
    });
    if (head.length > 0) queueMicrotask(() => this.#receive(head));
  }

  override _read(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }
  override _write(chunk: Bytes, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#isClosed || this.#socket.destroyed) done(null);
    else this.#socket.write(this.#text ? textMessage(Buffer.from(chunk).toString("utf8")) : binaryMessage(chunk), (e) => done(e ?? null));
  }
  override _final(done: (error?: Error | null) => void): void {
    this.#close(CLOSE.normal, "");
    done(null);
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#close(error === null ? CLOSE.normal : CLOSE.internalError, "");
    done(error);
  }
  /** Whoever does not close within a while after this is cut off. */
  #close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#socket.destroyed) return;
    this.#socket.end(closeFrame(code, reason));
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #receive(chunk: Bytes): void {
    for (const event of this.#reader.push(chunk)) {
      if (event.kind === "message") {
        if (!this.readableEnded && !this.destroyed && !this.push(event.bytes)) this.#socket.pause();
      } else if (event.kind === "ping") {
        if (!this.#isClosed) this.#socket.write(pongFrame(event.payload));
      } else {
        this.#close(event.kind === "broken" ? event.code : CLOSE.normal, event.kind === "broken" ? event.why : "");
        if (!this.readableEnded && !this.destroyed) this.push(null);
      }
    }
  }
}
