import { Duplex } from "node:stream";
import type { Bytes } from "../../base/index.js";
import { type SpdyEvent, SpdySession, type StreamHeaders } from "../../wire/spdy/index.js";

/** One stream of a session. Ending it ends our side of it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: StreamHeaders;
  readonly #of: SpdyConnection;
  constructor(of: SpdyConnection, id: number, headers: StreamHeaders) {
    super({ allowHalfOpen: true, emitClose: true });
    this.id = id;
    this.headers = headers;
    this.#of = of;
  }
  header(name: string): string {
    return this.headers.get(name)?.[0] ?? "";
  }
  override _read(): void {
    this.#of.wanted();
  }
  override _write(chunk: Bytes, _encoding: string, done: (error?: Error | null) => void): void {
    this.#of.send(this.id, chunk, done);
  }
  override _final(done: (error?: Error | null) => void): void {
    this.#of.end(this.id, done);
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#of.forget(this.id, error !== null);
    done(error);
  }
}

/**
 * A SPDY session on a byte stream: a socket, or a WebSocket whose messages carry it. A stream that is not read holds up all of them, because
 * clients keep no windows: the other choice were memory without bounds.
 */
export class SpdyConnection {
  readonly #io: Duplex;
  readonly #session: SpdySession;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: (stream: SpdyStream) => void;
  readonly closed: Promise<void>;

  constructor(io: Duplex, options: { readonly side: "server" | "client"; onStream(stream: SpdyStream): void }) {
    this.#io = io;
    this.#session = new SpdySession(options);
    this.#onStream = options.onStream;
    this.closed = new Promise((resolve) => io.once("close", resolve));
    io.on("data", (chunk: Bytes) => this.#receive(chunk));
    io.on("error", () => {});
    io.once("end", () => this.#over());
    io.once("close", () => this.#over());
  }

  open(headers: Readonly<Record<string, string>>): SpdyStream {
    const map: StreamHeaders = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
    const stream = new SpdyStream(this, this.#session.open(map), map);
    this.#streams.set(stream.id, stream);
    this.#flush();
    return stream;
  }
  reply(stream: SpdyStream): void {
    this.#session.reply(stream.id);
    this.#flush();
  }
  refuse(stream: SpdyStream): void {
    this.#session.reset(stream.id);
    this.#streams.delete(stream.id);
    this.#flush();
    stream.destroy();
  }
  /** After what was sent before. */
  close(): void {
    this.#session.goAway();
    this.#flush();
    this.#io.end();
  }

  wanted(): void {
    if (this.#io.isPaused()) this.#io.resume();
  }
  send(id: number, bytes: Bytes, done: (error?: Error | null) => void): void {
    this.#session.send(id, bytes);
    this.#flush(done);
  }
  end(id: number, done: (error?: Error | null) => void): void {
    this.#session.end(id);
    this.#flush(done);
  }
  forget(id: number, isFailed: boolean): void {
    if (!this.#streams.delete(id) || !isFailed) return;
    this.#session.reset(id);
    this.#flush();
  }

  #flush(done?: (error?: Error | null) => void): void {
    const bytes = this.#session.output();
    if (this.#io.destroyed || this.#io.writableEnded) done?.(null);
    else if (bytes.length === 0) done?.(null);
    else if (done === undefined) this.#io.write(bytes);
    // Called when the bytes have left: this is how a slow client slows down who writes.
    else this.#io.write(bytes, (error) => done(error ?? null));
  }
  #receive(chunk: Bytes): void {
    for (const event of this.#session.receive(chunk)) this.#on(event);
    this.#flush();
  }
  #on(event: SpdyEvent): void {
    switch (event.kind) {
      case "opened": {
        const stream = new SpdyStream(this, event.stream, event.headers);
        stream.on("error", () => {});
        this.#streams.set(event.stream, stream);
        this.#onStream(stream);
        return;
      }
      case "data": {
        const stream = this.#streams.get(event.stream);
        if (stream !== undefined && !stream.push(event.bytes)) this.#io.pause();
        return;
      }
      case "ended":
        this.#streams.get(event.stream)?.push(null);
        return;
      case "reset": {
        const stream = this.#streams.get(event.stream);
        this.#streams.delete(event.stream);
        stream?.destroy();
        return;
      }
      case "broken":
        this.#io.destroy();
        return;
      default:
        return;
    }
  }
  #over(): void {
    for (const stream of this.#streams.values()) stream.destroy();
    this.#streams.clear();
  }
}
