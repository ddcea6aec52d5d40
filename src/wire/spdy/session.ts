import { type Bytes, concatBytes, NO_BYTES } from "../../base/index.js";
import { controlFrame, dataFrame, FLAG_FIN, type Frame, FrameReader, TYPE, wordAt, words } from "./frames.js";
import { HeaderReader, HeaderWriter, type StreamHeaders } from "./headers.js";
import { DATA_BYTES_MAX, STREAMS_MAX } from "./limits.js";

export type SpdyEvent =
  | { readonly kind: "opened"; readonly stream: number; readonly headers: StreamHeaders }
  | { readonly kind: "replied"; readonly stream: number; readonly headers: StreamHeaders }
  | { readonly kind: "data"; readonly stream: number; readonly bytes: Bytes }
  /** The peer sends no more on it. */
  | { readonly kind: "ended"; readonly stream: number }
  | { readonly kind: "reset"; readonly stream: number; readonly code: number }
  | { readonly kind: "goAway" }
  | { readonly kind: "broken"; readonly why: string };

const PROTOCOL_ERROR = 1;
const INVALID_STREAM = 2;
const REFUSED_STREAM = 3;

/**
 * One side of a SPDY/3.1 session without its socket: bytes in, events out; what is to be sent waits in `output`. Windows are not kept:
 * the clients that speak this neither keep them nor wait for them, the socket's own back-pressure holds.
 */
export class SpdySession {
  readonly #frames = new FrameReader();
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #isServer: boolean;
  /** Streams whose peer may still send. */
  readonly #open = new Set<number>();
  #lastPeer = 0;
  #next: number;
  #out: Bytes[] = [];

  constructor(options: { readonly side: "server" | "client" }) {
    this.#isServer = options.side === "server";
    this.#next = this.#isServer ? 2 : 1;
  }

  receive(chunk: Bytes): readonly SpdyEvent[] {
    return this.#frames.push(chunk).flatMap((frame) => this.#on(frame));
  }
  /** What must go to the peer now. */
  output(): Bytes {
    const out = this.#out;
    this.#out = [];
    return out.length === 0 ? NO_BYTES : concatBytes(out);
  }

  open(headers: StreamHeaders): number {
    const stream = this.#next;
    this.#next += 2;
    this.#open.add(stream);
    this.#out.push(controlFrame(TYPE.synStream, 0, concatBytes([words(stream, 0), new Uint8Array(2), this.#writer.write(headers)])));
    return stream;
  }
  reply(stream: number, headers: StreamHeaders = new Map()): void {
    this.#out.push(controlFrame(TYPE.synReply, 0, concatBytes([words(stream), this.#writer.write(headers)])));
  }
  send(stream: number, bytes: Bytes): void {
    for (let at = 0; at < bytes.length; at += DATA_BYTES_MAX)
      this.#out.push(dataFrame(stream, bytes.subarray(at, at + DATA_BYTES_MAX), false));
  }
  end(stream: number): void {
    this.#out.push(dataFrame(stream, NO_BYTES, true));
  }
  reset(stream: number, code = PROTOCOL_ERROR): void {
    this.#open.delete(stream);
    this.#out.push(controlFrame(TYPE.reset, 0, words(stream, code)));
  }
  goAway(): void {
    this.#out.push(controlFrame(TYPE.goAway, 0, words(this.#lastPeer, 0)));
  }

  #on(frame: Frame): readonly SpdyEvent[] {
    if (frame.kind === "broken") return [frame];
    if (frame.kind === "data") return this.#onData(frame);
    const { type, flags, payload } = frame;
    const stream = wordAt(payload, 0) & 0x7fff_ffff;
    switch (type) {
      case TYPE.synStream:
        return this.#onOpen(stream, flags, payload);
      case TYPE.synReply: {
        const headers = this.#reader.read(payload.subarray(4));
        if (headers === undefined) return BROKEN_HEADERS;
        return [{ kind: "replied", stream, headers }, ...this.#onEnd(stream, (flags & FLAG_FIN) !== 0)];
      }
      case TYPE.headers: {
        // Read although nobody wants them: the next block is compressed against them.
        return this.#reader.read(payload.subarray(4)) === undefined ? BROKEN_HEADERS : this.#onEnd(stream, (flags & FLAG_FIN) !== 0);
      }
      case TYPE.reset:
        this.#open.delete(stream);
        return [{ kind: "reset", stream, code: wordAt(payload, 4) }];
      case TYPE.ping: {
        const id = wordAt(payload, 0);
        if ((id % 2 === 1) === this.#isServer) this.#out.push(controlFrame(TYPE.ping, 0, words(id)));
        return [];
      }
      case TYPE.goAway:
        return [{ kind: "goAway" }];
      default:
        return [];
    }
  }
  #onOpen(stream: number, flags: number, payload: Bytes): readonly SpdyEvent[] {
    const headers = this.#reader.read(payload.subarray(10));
    if (headers === undefined) return BROKEN_HEADERS;
    if ((stream % 2 === 1) !== this.#isServer || stream <= this.#lastPeer)
      return [{ kind: "broken", why: `stream ${stream} out of order` }];
    this.#lastPeer = stream;
    if (this.#open.size >= STREAMS_MAX) {
      this.reset(stream, REFUSED_STREAM);
      return [];
    }
    this.#open.add(stream);
    return [{ kind: "opened", stream, headers }, ...this.#onEnd(stream, (flags & FLAG_FIN) !== 0)];
  }
  #onData({ stream, bytes, end }: Extract<Frame, { kind: "data" }>): readonly SpdyEvent[] {
    if (!this.#open.has(stream)) {
      // Of a stream that was reset meanwhile, or never was: its sender is told once it ends, not for each piece.
      if (end) this.#out.push(controlFrame(TYPE.reset, 0, words(stream, INVALID_STREAM)));
      return [];
    }
    const data: readonly SpdyEvent[] = bytes.length === 0 ? [] : [{ kind: "data", stream, bytes }];
    return [...data, ...this.#onEnd(stream, end)];
  }
  #onEnd(stream: number, ends: boolean): readonly SpdyEvent[] {
    if (!ends) return [];
    this.#open.delete(stream);
    return [{ kind: "ended", stream }];
  }
}
const BROKEN_HEADERS: readonly SpdyEvent[] = [{ kind: "broken", why: "headers that cannot be read" }];
