import { type Bytes, NumberMap, utf8Text } from "../../base/index.js";
import {
  DEFAULT_MAX_FRAME,
  DEFAULT_WINDOW,
  ERROR,
  type ErrorCode,
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  PREFACE,
  SETTING,
  WINDOW_MAX,
} from "./constants.js";
import { FloodGuard } from "./flood.js";
import { type HeaderList, HpackDecoder } from "./hpack.js";
import { DEFAULT_TABLE_BYTES, HpackEncoder } from "./hpack-encoder.js";
import {
  CONNECTION_WINDOW_BYTES,
  FRAME_BYTES_MAX,
  HEADER_BLOCK_BYTES_MAX,
  HEADER_BLOCK_FRAMES_MAX,
  HEADER_CACHE_BLOCK_BYTES_MAX,
  HEADER_CACHE_ENTRIES,
  HEADER_LIST_BYTES_MAX,
  OUT_CUT_BYTES,
  STREAM_WINDOW_BYTES,
  STREAMS_MAX,
} from "./limits.js";
import { OutBuffer } from "./out-buffer.js";
import { PingPolicy } from "./ping-policy.js";
import { type HeaderBlock, Http2Stream, type Pending } from "./stream.js";

export interface Http2Handlers<App> {
  /** A request or response head, or trailers. The same list object comes again when the peer repeats a block. */
  headers(stream: Http2Stream<App>, list: HeaderList, endStream: boolean): void;
  /** A view into the chunk that was received. */
  data(stream: Http2Stream<App>, bytes: Bytes, endStream: boolean): void;
  /** The stream is over before its time: reset by the peer, or with the connection. */
  reset(stream: Http2Stream<App>, code: number): void;
  /** Everything that waited for windows on this stream has been written. */
  drained(stream: Http2Stream<App>): void;
  /** There is output: take it at the end of the turn. */
  dirty(): void;
  /** Nothing more will come; write what is left and close. */
  closed(reason: string): void;
}

export interface Http2Options<App> {
  readonly role: "server" | "client";
  readonly handlers: Http2Handlers<App>;
  /** Monotonic milliseconds, for flood limits alone. */
  readonly nowMs: () => number;
  /** Streams that the peer may have open at once. Default: STREAMS_MAX. */
  readonly streamsMax?: number;
  /** The least time between two PINGs of a client; none without. */
  readonly pingMsMin?: number;
}

/** A connection error: RFC 9113 5.4.1. */
class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const NO_STREAM = 0;
interface DecodedBlock {
  readonly block: Buffer;
  readonly list: HeaderList;
}
/** A block is a few bytes as soon as its fields lie in the table. */
function sameBytes(block: Buffer, input: Buffer, from: number, end: number): boolean {
  if (block.length !== end - from) return false;
  for (let i = 0, at = from; at < end; i++, at++) if (block[i] !== input[at]) return false;
  return true;
}
const TABLE_OF_NOTHING = Uint8Array.of(0x20);

/** One HTTP/2 connection without its socket: bytes in by `receive`, frames out by `takeOutput`. */
export class Http2Connection<App = unknown> {
  readonly #options: Http2Options<App>;
  readonly #hpack = new HpackDecoder();
  readonly #encoder = new HpackEncoder();
  readonly #cache = new Map<string, DecodedBlock>();
  #cacheVersion = 0;
  /** The block that came last, while it means the same. */
  #last: DecodedBlock | undefined;
  readonly #out = new OutBuffer();
  readonly #streams = new NumberMap<Http2Stream<App>>();
  readonly #blocked = new Set<Http2Stream<App>>();
  /** Pieces of a frame that is not whole, and how many bytes it needs. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #restNeeds = 0;
  #prefaceLeft: number;
  #settled = false;
  #closed = false;
  #draining = false;
  #lastPeerStream = 0;
  #nextStream = 1;
  #sendWindow = DEFAULT_WINDOW;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #consumed = 0;
  #peerInitialWindow = DEFAULT_WINDOW;
  #peerMaxFrame = DEFAULT_MAX_FRAME;
  #peerMaxStreams = Number.POSITIVE_INFINITY;
  /** A header block that CONTINUATIONs are still to complete. */
  #block: { readonly streamId: number; readonly endStream: boolean; readonly parts: Bytes[]; bytes: number; frames: number } | undefined;
  readonly #flood: FloodGuard;
  readonly #pings: PingPolicy | undefined;
  readonly #streamsMax: number;
  #pendingBytes = 0;
  /** RFC 7541 4.2: a smaller table is confirmed at the beginning of the next block, or the peer cannot decode it. */
  #tableUpdateDue = false;

  constructor(options: Http2Options<App>) {
    this.#options = options;
    this.#flood = new FloodGuard(options.nowMs);
    this.#streamsMax = options.streamsMax ?? STREAMS_MAX;
    const { pingMsMin: minTimeMs, nowMs } = options;
    this.#pings = minTimeMs === undefined ? undefined : new PingPolicy({ minTimeMs, nowMs });
    this.#prefaceLeft = options.role === "server" ? PREFACE.length : 0;
    if (options.role === "client") this.#out.bytes(Buffer.from(PREFACE, "latin1"));
    this.#sendSettings();
  }

  get isClosed(): boolean {
    return this.#closed;
  }
  /** The peer has said its preface and its settings. */
  get isSettled(): boolean {
    return this.#settled;
  }
  get streamCount(): number {
    return this.#streams.size;
  }
  /** Frames that are ready and not taken by `takeOutput` yet. */
  get unwrittenBytes(): number {
    return this.#out.length;
  }
  /** Bytes that were given to this connection and are not taken by the socket yet. */
  get queuedBytes(): number {
    return this.#out.length + this.#pendingBytes;
  }

  // ---------------------------------------------------------------- in

  /** Bytes from the socket, in any pieces. Nothing is thrown: a peer's mistake ends the stream or the connection. */
  receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      const input = this.#joined(chunk);
      if (input !== undefined) this.#parse(input);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error.code, error.message);
    }
  }

  /** With what came before; undefined while that is still no whole frame: small pieces are joined once, not each time. */
  #joined(chunk: Buffer): Buffer | undefined {
    if (this.#restBytes === 0) return chunk;
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    if (this.#restBytes < this.#restNeeds) return undefined;
    const input = Buffer.concat(this.#rest, this.#restBytes);
    this.#rest = [];
    this.#restBytes = 0;
    return input;
  }

  /** A copy: the beginning of a frame must not keep the whole chunk alive until the rest comes. */
  #keep(rest: Buffer, needs: number): void {
    this.#rest = [Buffer.from(rest)];
    this.#restBytes = rest.length;
    this.#restNeeds = needs;
  }

  #parse(input: Buffer): void {
    let at = this.#prefaceLeft > 0 ? this.#preface(input) : 0;
    if (at < 0) return;
    let needs = FRAME_HEADER_BYTES;
    while (!this.#closed && input.length - at >= FRAME_HEADER_BYTES) {
      const length = ((input[at] as number) << 16) | ((input[at + 1] as number) << 8) | (input[at + 2] as number);
      if (length > FRAME_BYTES_MAX) throw new ConnectionError(ERROR.frameSize, `frame of ${length} bytes`);
      const end = at + FRAME_HEADER_BYTES + length;
      if (end > input.length) {
        needs = end - at;
        break;
      }
      const type = input[at + 3] as number;
      const flags = input[at + 4] as number;
      const streamId = input.readUInt32BE(at + 5) & 0x7fff_ffff;
      this.#frame(type, flags, streamId, input, at + FRAME_HEADER_BYTES, end);
      at = end;
    }
    if (at < input.length && !this.#closed) this.#keep(input.subarray(at), needs);
  }

  /** Index behind the preface; -1 while it is not whole. */
  #preface(input: Buffer): number {
    const have = Math.min(input.length, PREFACE.length);
    if (input.toString("latin1", 0, have) !== PREFACE.slice(0, have)) throw new ConnectionError(ERROR.protocol, "wrong preface");
    if (input.length < PREFACE.length) {
      // Needs one byte more, not all: a wrong preface is refused at its first wrong byte.
      if (have > 0) this.#keep(input, 1);
      return -1;
    }
    this.#prefaceLeft = 0;
    return PREFACE.length;
  }

  #frame(type: number, flags: number, streamId: number, input: Buffer, from: number, end: number): void {
    if (!this.#settled && type !== FRAME.settings) throw new ConnectionError(ERROR.protocol, "the first frame is not SETTINGS");
    if (this.#block !== undefined && (type !== FRAME.continuation || streamId !== this.#block.streamId)) {
      throw new ConnectionError(ERROR.protocol, "a header block is interrupted");
    }
    switch (type) {
      case FRAME.data:
        return this.#onData(flags, streamId, input, from, end);
      case FRAME.headers:
        return this.#onHeaders(flags, streamId, input, from, end);
      case FRAME.continuation:
        return this.#onContinuation(flags, input.subarray(from, end));
      case FRAME.windowUpdate:
        return this.#onWindowUpdate(streamId, input, from, end);
      case FRAME.rstStream:
        return this.#onReset(streamId, input, from, end);
      case FRAME.settings:
        return this.#onSettings(flags, streamId, input, from, end);
      case FRAME.ping:
        return this.#onPing(flags, streamId, input, from, end);
      case FRAME.goaway:
        return this.#onGoaway(streamId, input, from, end);
      case FRAME.priority:
        return this.#onPriority(streamId, end - from);
      case FRAME.pushPromise:
        throw new ConnectionError(ERROR.protocol, "PUSH_PROMISE");
      default:
        // RFC 9113 4.1: unknown types are ignored; a stream of them is a flood.
        this.#countIdle();
    }
  }

  #onPriority(streamId: number, length: number): void {
    if (streamId === NO_STREAM) throw new ConnectionError(ERROR.protocol, "PRIORITY on stream 0");
    this.#countIdle();
    if (length === 5) return;
    const stream = this.#streams.get(streamId);
    if (stream === undefined) throw new ConnectionError(ERROR.frameSize, "PRIORITY");
    this.#resetStream(stream, ERROR.frameSize);
  }

  /** Bounds of the payload without its padding. */
  #unpad(flags: number, input: Buffer, from: number, end: number): readonly [number, number] {
    if ((flags & FLAG.padded) === 0) return [from, end];
    const padding = from < end ? (input[from] as number) : 0;
    if (from + 1 + padding > end) throw new ConnectionError(ERROR.protocol, "padding longer than its frame");
    return [from + 1, end - padding];
  }

  #onData(flags: number, streamId: number, input: Buffer, from: number, end: number): void {
    const length = end - from;
    const endStream = (flags & FLAG.endStream) !== 0;
    this.#takeWindow(length);
    const stream = this.#streams.get(streamId);
    if (stream?.remoteClosed) return this.#resetStream(stream, ERROR.streamClosed);
    if (stream === undefined) {
      if (streamId === NO_STREAM || this.#isIdle(streamId)) throw new ConnectionError(ERROR.protocol, "DATA on an idle stream");
      this.#countIdle();
      return;
    }
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) return this.#resetStream(stream, ERROR.flowControl);
    const [start, stop] = this.#unpad(flags, input, from, end);
    if (start === stop && !endStream) this.#countIdle();
    if (endStream) stream.remoteClosed = true;
    else this.#giveBack(stream, length);
    this.#options.handlers.data(stream, input.subarray(start, stop), endStream);
    this.#forgetIfDone(stream);
  }

  #takeWindow(length: number): void {
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) throw new ConnectionError(ERROR.flowControl, "more data than the connection's window");
    this.#consumed += length;
    if (this.#consumed < CONNECTION_WINDOW_BYTES / 2) return;
    this.#windowUpdate(NO_STREAM, this.#consumed);
    this.#receiveWindow += this.#consumed;
    this.#consumed = 0;
  }

  #giveBack(stream: Http2Stream<App>, length: number): void {
    stream.consumed += length;
    if (stream.paused || stream.consumed < STREAM_WINDOW_BYTES / 2) return;
    this.#windowUpdate(stream.id, stream.consumed);
    stream.receiveWindow += stream.consumed;
    stream.consumed = 0;
  }

  #onHeaders(flags: number, streamId: number, input: Buffer, from: number, end: number): void {
    if (streamId === NO_STREAM) throw new ConnectionError(ERROR.protocol, "HEADERS on stream 0");
    const [unpadded, stop] = this.#unpad(flags, input, from, end);
    let start = unpadded;
    if ((flags & FLAG.priority) !== 0) start += 5;
    if (start > stop) throw new ConnectionError(ERROR.protocol, "HEADERS too short");
    const endStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) return this.#headerBlock(streamId, endStream, this.#decode(input, start, stop));
    const block = input.subarray(start, stop);
    this.#block = { streamId, endStream, parts: [Buffer.from(block)], bytes: block.length, frames: 1 };
  }

  #onContinuation(flags: number, part: Buffer): void {
    const block = this.#block;
    if (block === undefined) throw new ConnectionError(ERROR.protocol, "CONTINUATION without HEADERS");
    block.bytes += part.length;
    block.frames++;
    // CVE-2024-27316: blocks that never end, and ends made of nothing.
    if (block.bytes > HEADER_BLOCK_BYTES_MAX || block.frames > HEADER_BLOCK_FRAMES_MAX)
      throw new ConnectionError(ERROR.enhanceYourCalm, "header block too long");
    block.parts.push(Buffer.from(part));
    if ((flags & FLAG.endHeaders) === 0) return;
    this.#block = undefined;
    this.#headerBlock(block.streamId, block.endStream, this.#decode(Buffer.concat(block.parts), 0, block.bytes));
  }

  #headerBlock(streamId: number, endStream: boolean, list: HeaderList | "tooLarge"): void {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return this.#moreHeaders(known, list, endStream);
    if (!this.#isIdle(streamId)) {
      // Headers that crossed with our reset.
      this.#countIdle();
      return;
    }
    if (this.#options.role === "client" || (streamId & 1) === 0)
      throw new ConnectionError(ERROR.protocol, `stream ${streamId} is not the peer's to open`);
    this.#lastPeerStream = streamId;
    if (this.#draining || this.#streams.size >= this.#streamsMax) return this.#reset(streamId, ERROR.refusedStream);
    const stream = new Http2Stream<App>(streamId, this.#peerInitialWindow, STREAM_WINDOW_BYTES);
    this.#streams.set(streamId, stream);
    this.#moreHeaders(stream, list, endStream);
  }

  #moreHeaders(stream: Http2Stream<App>, list: HeaderList | "tooLarge", endStream: boolean): void {
    if (stream.remoteClosed) return this.#resetStream(stream, ERROR.streamClosed);
    if (list === "tooLarge") return this.#resetStream(stream, ERROR.enhanceYourCalm);
    if (this.#options.role === "server" && stream.headersSeen && !endStream) return this.#resetStream(stream, ERROR.protocol);
    stream.headersSeen = true;
    if (endStream) stream.remoteClosed = true;
    this.#options.handlers.headers(stream, list, endStream);
    this.#forgetIfDone(stream);
  }

  /** Clients repeat their header blocks byte for byte; while the table does not change, the same bytes mean the same. */
  #decode(input: Buffer, from: number, end: number): HeaderList | "tooLarge" {
    if (this.#last !== undefined && sameBytes(this.#last.block, input, from, end)) return this.#last.list;
    const key = input.toString("latin1", from, end);
    if (this.#cacheVersion === this.#hpack.version) {
      const known = this.#cache.get(key);
      if (known !== undefined) {
        this.#last = known;
        return known.list;
      }
    } else {
      this.#cache.clear();
      this.#cacheVersion = this.#hpack.version;
    }
    this.#last = undefined;
    const block = input.subarray(from, end);
    const list = this.#hpack.decode(block);
    if (list === "compression") throw new ConnectionError(ERROR.compression, "header block cannot be decoded");
    if (list === "tooLarge") return list;
    if (this.#hpack.version !== this.#cacheVersion || block.length > HEADER_CACHE_BLOCK_BYTES_MAX) return list;
    // Full of blocks that never came again (a timeout in each, say): those that do come again get their place.
    if (this.#cache.size >= HEADER_CACHE_ENTRIES) this.#cache.clear();
    this.#cache.set(key, { block: Buffer.from(block), list });
    return list;
  }

  #onWindowUpdate(streamId: number, input: Buffer, from: number, end: number): void {
    if (end - from !== 4) throw new ConnectionError(ERROR.frameSize, "WINDOW_UPDATE");
    const by = input.readUInt32BE(from) & 0x7fff_ffff;
    if (streamId === NO_STREAM) {
      if (by === 0) throw new ConnectionError(ERROR.protocol, "WINDOW_UPDATE by 0");
      this.#countEcho();
      const wasOpen = this.#sendWindow > 0;
      this.#sendWindow += by;
      if (this.#sendWindow > WINDOW_MAX) throw new ConnectionError(ERROR.flowControl, "window beyond 2^31-1");
      // Who waits while the connection's window is open waits for a stream's: looking at all of them for each byte given would be a gift to a flood.
      if (!wasOpen) this.#pumpBlocked();
      return;
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      if (this.#isIdle(streamId)) throw new ConnectionError(ERROR.protocol, "WINDOW_UPDATE on an idle stream");
      this.#countIdle();
      return;
    }
    if (by === 0) return this.#resetStream(stream, ERROR.protocol);
    this.#countEcho();
    stream.sendWindow += by;
    if (stream.sendWindow > WINDOW_MAX) return this.#resetStream(stream, ERROR.flowControl);
    if (stream.pending !== undefined) this.#pump(stream);
  }

  #onReset(streamId: number, input: Buffer, from: number, end: number): void {
    if (end - from !== 4) throw new ConnectionError(ERROR.frameSize, "RST_STREAM");
    if (streamId === NO_STREAM || this.#isIdle(streamId)) throw new ConnectionError(ERROR.protocol, "RST_STREAM on an idle stream");
    this.#countReset();
    const stream = this.#streams.get(streamId);
    if (stream) this.#drop(stream, input.readUInt32BE(from));
  }

  #onSettings(flags: number, streamId: number, input: Buffer, from: number, end: number): void {
    if (streamId !== NO_STREAM) throw new ConnectionError(ERROR.protocol, "SETTINGS on a stream");
    if ((flags & FLAG.ack) !== 0) {
      if (end !== from) throw new ConnectionError(ERROR.frameSize, "SETTINGS ack with a payload");
      if (!this.#settled) throw new ConnectionError(ERROR.protocol, "the first frame is an ack");
      this.#countIdle();
      return;
    }
    if ((end - from) % 6 !== 0) throw new ConnectionError(ERROR.frameSize, "SETTINGS");
    this.#countIdle();
    this.#settled = true;
    let window = this.#peerInitialWindow;
    for (let at = from; at < end; at += 6) {
      const id = input.readUInt16BE(at);
      const value = input.readUInt32BE(at + 2);
      if (id === SETTING.initialWindowSize) window = value;
      this.#setting(id, value);
    }
    // Once a frame: thousands of sizes in one frame times all streams would be a cheap way to keep us busy.
    if (window !== this.#peerInitialWindow) this.#initialWindow(window);
    this.#out.frame(0, FRAME.settings, FLAG.ack, NO_STREAM);
    this.#options.handlers.dirty();
  }

  #setting(id: number, value: number): void {
    switch (id) {
      case SETTING.initialWindowSize:
        if (value > WINDOW_MAX) throw new ConnectionError(ERROR.flowControl, "initial window beyond 2^31-1");
        return;
      case SETTING.maxFrameSize:
        if (value < DEFAULT_MAX_FRAME || value > 0xff_ffff) throw new ConnectionError(ERROR.protocol, "max frame size out of range");
        this.#peerMaxFrame = value;
        return;
      case SETTING.enablePush:
        if (value > 1) throw new ConnectionError(ERROR.protocol, "ENABLE_PUSH is neither 0 nor 1");
        return;
      case SETTING.headerTableSize:
        if (value >= DEFAULT_TABLE_BYTES) return;
        this.#tableUpdateDue = true;
        this.#encoder.turnOff();
        return;
      case SETTING.maxConcurrentStreams:
        this.#peerMaxStreams = value;
        return;
      default:
        return;
    }
  }

  #initialWindow(value: number): void {
    const by = value - this.#peerInitialWindow;
    this.#peerInitialWindow = value;
    for (const stream of this.#streams.values()) {
      stream.sendWindow += by;
      if (stream.sendWindow > WINDOW_MAX) throw new ConnectionError(ERROR.flowControl, "window beyond 2^31-1");
    }
    this.#pumpBlocked();
  }

  #pumpBlocked(): void {
    for (const stream of [...this.#blocked]) {
      if (this.#sendWindow <= 0) return;
      this.#pump(stream);
    }
  }

  #onPing(flags: number, streamId: number, input: Buffer, from: number, end: number): void {
    if (streamId !== NO_STREAM) throw new ConnectionError(ERROR.protocol, "PING on a stream");
    if (end - from !== 8) throw new ConnectionError(ERROR.frameSize, "PING");
    this.#countEcho();
    if ((flags & FLAG.ack) !== 0) return;
    // grpc-go's words: its clients slow down when they read them.
    if (this.#pings?.ping(this.#streams.size)) throw new ConnectionError(ERROR.enhanceYourCalm, "too_many_pings");
    this.#out.frame(8, FRAME.ping, FLAG.ack, NO_STREAM);
    this.#out.bytes(input.subarray(from, end));
    this.#options.handlers.dirty();
  }

  #onGoaway(streamId: number, input: Buffer, from: number, end: number): void {
    if (streamId !== NO_STREAM || end - from < 8) throw new ConnectionError(ERROR.protocol, "GOAWAY");
    this.#countIdle();
    this.#draining = true;
    const last = input.readUInt32BE(from) & 0x7fff_ffff;
    const debug = utf8Text(input.subarray(from + 8, Math.min(end, from + 8 + 200)));
    if (this.#options.role === "client") {
      for (const stream of this.#streams.values()) if (stream.id > last) this.#drop(stream, ERROR.refusedStream);
      if (this.#streams.size === 0) this.#end(`the peer goes away: ${debug}`);
    }
  }

  /** Never opened by anybody: above the highest id its opener used. */
  #isIdle(streamId: number): boolean {
    const peers = (streamId & 1) === (this.#options.role === "server" ? 1 : 0);
    return peers ? streamId > this.#lastPeerStream : streamId >= this.#nextStream;
  }

  #countIdle(): void {
    if (this.#flood.idle()) throw new ConnectionError(ERROR.enhanceYourCalm, "too many frames without work in them");
  }
  #countEcho(): void {
    if (this.#flood.echo()) throw new ConnectionError(ERROR.enhanceYourCalm, "too many frames without work in them");
  }
  #countReset(): void {
    if (this.#flood.reset()) throw new ConnectionError(ERROR.enhanceYourCalm, "too many streams reset");
  }

  // ---------------------------------------------------------------- out

  /** The peer takes another stream of ours. */
  get canOpen(): boolean {
    return !this.#closed && !this.#draining && this.#streams.size < this.#peerMaxStreams && this.#nextStream <= 0x7fff_fff0;
  }
  /** A client's next stream; undefined when the peer takes no more now. */
  open(): Http2Stream<App> | undefined {
    if (!this.canOpen) return undefined;
    const stream = new Http2Stream<App>(this.#nextStream, this.#peerInitialWindow, STREAM_WINDOW_BYTES);
    this.#nextStream += 2;
    this.#streams.set(stream.id, stream);
    return stream;
  }

  sendHeaders(stream: Http2Stream<App>, block: HeaderBlock, endStream: boolean): void {
    if (stream.localClosed || this.#closed) return;
    if (stream.pending !== undefined) {
      stream.pending.push({ kind: "headers", block, endStream });
      return;
    }
    this.#writeHeaders(stream, block, endStream);
    this.#forgetIfDone(stream);
    this.#options.handlers.dirty();
  }

  /** `prefix` and `bytes` as one piece of data. False when windows or the socket hold it up: `drained` tells when they do not any more. */
  sendData(stream: Http2Stream<App>, prefix: Bytes, bytes: Bytes, endStream: boolean): boolean {
    if (stream.localClosed || this.#closed) return true;
    if (this.queuedBytes > OUT_CUT_BYTES) {
      // Asked for far more than it takes: without this, one peer with no window could fill our memory.
      this.#fail(ERROR.enhanceYourCalm, "too much data waits for this connection");
      return true;
    }
    this.#flood.dataFramesSent++;
    this.#pings?.spoke();
    const length = prefix.length + bytes.length;
    if (stream.pending === undefined && length <= stream.sendWindow && length <= this.#sendWindow && length <= this.#peerMaxFrame) {
      this.#out.frame(length, FRAME.data, endStream ? FLAG.endStream : 0, stream.id);
      this.#out.bytes(prefix);
      this.#out.bytes(bytes);
      stream.sendWindow -= length;
      this.#sendWindow -= length;
      if (endStream) stream.localClosed = true;
      this.#forgetIfDone(stream);
      this.#options.handlers.dirty();
      return true;
    }
    stream.pending ??= [];
    stream.pending.push({ kind: "data", bytes: prefix.length === 0 ? bytes : Buffer.concat([prefix, bytes]), endStream });
    stream.pendingBytes += length;
    this.#pendingBytes += length;
    // Nobody waits yet: going out at once is no news, and `drained` inside a write would surprise its caller.
    this.#pump(stream, false);
    return stream.pending === undefined;
  }

  /** The peer may fill this stream's window and no more until `resume`. */
  pause(stream: Http2Stream<App>): void {
    stream.paused = true;
  }
  resume(stream: Http2Stream<App>): void {
    stream.paused = false;
    if (!this.#closed && !stream.remoteClosed && this.#streams.has(stream.id)) this.#giveBack(stream, 0);
  }

  reset(stream: Http2Stream<App>, code: ErrorCode): void {
    if (this.#closed || !this.#streams.has(stream.id)) return;
    this.#reset(stream.id, code);
    this.#remove(stream);
  }

  /** What came on a stream, and was just handed to us, is no request: the stream is over, `reset` tells, and it counts as the peer's mistake. */
  malformed(stream: Http2Stream<App>): void {
    if (!this.#closed && this.#streams.has(stream.id)) this.#resetStream(stream, ERROR.protocol);
  }

  /** No new streams; what runs may end. */
  drain(): void {
    if (this.#closed || this.#draining) return;
    this.#draining = true;
    this.#goaway(ERROR.none, "");
    if (this.#streams.size === 0) this.#end("drained");
  }

  ping(payload: Bytes): void {
    if (this.#closed) return;
    this.#out.frame(8, FRAME.ping, 0, NO_STREAM);
    this.#out.bytes(payload);
    this.#options.handlers.dirty();
  }

  /** For reasons of ours that the peer should read. */
  cut(code: ErrorCode, why: string): void {
    if (!this.#closed) this.#fail(code, why);
  }

  /** The socket is gone. */
  lost(reason: string): void {
    if (!this.#closed) this.#end(reason);
  }

  /** Frames since the last call; undefined when there are none. */
  takeOutput(): Bytes | undefined {
    return this.#out.length === 0 ? undefined : this.#out.take();
  }

  #writeHeaders(stream: Http2Stream<App>, headers: HeaderBlock, endStream: boolean): void {
    this.#pings?.spoke();
    const fields = headers instanceof Uint8Array ? headers : this.#encoder.encode(headers);
    // We use no table from then on, so any smaller size is confirmed as 0.
    const block = this.#tableUpdateDue ? Buffer.concat([TABLE_OF_NOTHING, fields]) : fields;
    this.#tableUpdateDue = false;
    const first = Math.min(block.length, this.#peerMaxFrame);
    const whole = first === block.length;
    const flags = (endStream ? FLAG.endStream : 0) | (whole ? FLAG.endHeaders : 0);
    this.#out.frame(first, FRAME.headers, flags, stream.id);
    this.#out.bytes(whole ? block : block.subarray(0, first));
    for (let at = first; at < block.length; at += this.#peerMaxFrame) {
      const part = block.subarray(at, at + this.#peerMaxFrame);
      this.#out.frame(part.length, FRAME.continuation, at + part.length >= block.length ? FLAG.endHeaders : 0, stream.id);
      this.#out.bytes(part);
    }
    if (endStream) stream.localClosed = true;
  }

  /** Writes as much of what waits as the windows allow. */
  #pump(stream: Http2Stream<App>, announce = true): void {
    const pending = stream.pending;
    if (pending === undefined) return;
    while (pending.length > 0) {
      const item = pending[0] as Pending;
      if (item.kind === "headers") {
        pending.shift();
        this.#writeHeaders(stream, item.block, item.endStream);
        continue;
      }
      if (!this.#pumpData(stream, pending, item)) break;
    }
    this.#options.handlers.dirty();
    if (pending.length > 0) {
      this.#blocked.add(stream);
      return;
    }
    stream.pending = undefined;
    this.#blocked.delete(stream);
    this.#forgetIfDone(stream);
    if (announce) this.#options.handlers.drained(stream);
  }

  #pumpData(stream: Http2Stream<App>, pending: Pending[], item: Extract<Pending, { kind: "data" }>): boolean {
    const take = Math.min(item.bytes.length, stream.sendWindow, this.#sendWindow, this.#peerMaxFrame);
    if (take <= 0 && item.bytes.length > 0) return false;
    const all = take === item.bytes.length;
    this.#out.frame(take, FRAME.data, all && item.endStream ? FLAG.endStream : 0, stream.id);
    this.#out.bytes(item.bytes.subarray(0, take));
    this.#flood.dataFramesSent++;
    stream.sendWindow -= take;
    this.#sendWindow -= take;
    stream.pendingBytes -= take;
    this.#pendingBytes -= take;
    if (all) {
      pending.shift();
      if (item.endStream) stream.localClosed = true;
    } else {
      pending[0] = { kind: "data", bytes: item.bytes.subarray(take), endStream: item.endStream };
    }
    return true;
  }

  #sendSettings(): void {
    const settings: [number, number][] = [
      [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
      [SETTING.maxHeaderListSize, HEADER_LIST_BYTES_MAX],
      ...(this.#options.role === "server"
        ? ([[SETTING.maxConcurrentStreams, this.#streamsMax]] as [number, number][])
        : ([[SETTING.enablePush, 0]] as [number, number][])),
    ];
    this.#out.frame(settings.length * 6, FRAME.settings, 0, NO_STREAM);
    for (const [id, value] of settings) {
      this.#out.uint16(id);
      this.#out.uint32(value);
    }
    this.#windowUpdate(NO_STREAM, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW);
  }

  #windowUpdate(streamId: number, by: number): void {
    this.#out.frame(4, FRAME.windowUpdate, 0, streamId);
    this.#out.uint32(by);
    this.#options.handlers.dirty();
  }

  #reset(streamId: number, code: ErrorCode): void {
    this.#out.frame(4, FRAME.rstStream, 0, streamId);
    this.#out.uint32(code);
    this.#options.handlers.dirty();
  }
  /** The peer's mistake, and as many as it likes to make: CVE-2025-8671. */
  #resetStream(stream: Http2Stream<App>, code: ErrorCode): void {
    this.#reset(stream.id, code);
    this.#drop(stream, code);
    this.#countReset();
  }

  #goaway(code: ErrorCode, debug: string): void {
    const text = Buffer.from(debug, "utf8");
    this.#out.frame(8 + text.length, FRAME.goaway, 0, NO_STREAM);
    this.#out.uint32(this.#lastPeerStream);
    this.#out.uint32(code);
    this.#out.bytes(text);
    this.#options.handlers.dirty();
  }

  // ---------------------------------------------------------------- ends

  #forgetIfDone(stream: Http2Stream<App>): void {
    if (!stream.localClosed || !stream.remoteClosed || stream.pending !== undefined) return;
    this.#remove(stream);
  }

  #remove(stream: Http2Stream<App>): void {
    if (!this.#streams.delete(stream.id)) return;
    this.#blocked.delete(stream);
    this.#pendingBytes -= stream.pendingBytes;
    stream.pending = undefined;
    stream.pendingBytes = 0;
    stream.localClosed = true;
    if (this.#draining && this.#streams.size === 0) this.#end("drained");
  }

  #drop(stream: Http2Stream<App>, code: number): void {
    this.#remove(stream);
    this.#options.handlers.reset(stream, code);
  }

  #fail(code: ErrorCode, message: string): void {
    this.#goaway(code, message);
    this.#end(message);
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rest = [];
    this.#cache.clear();
    for (const stream of this.#streams.values()) this.#drop(stream, ERROR.cancel);
    this.#options.handlers.closed(reason);
  }
}
