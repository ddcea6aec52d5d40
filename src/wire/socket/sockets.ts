import type { Socket } from "node:net";
import { ERROR, HTTP2_LIMITS, type Http2Connection } from "../http2/index.js";
import { CONNECTIONS_BYTES_MAX, HANDSHAKE_TIMEOUT_MS, KEEPALIVE_LOOKS, LINGER_MS } from "./limits.js";
import { type Holder, SharedMemory } from "./memory.js";

/** What is spoken on a socket: HTTP/2 and whatever is above it, without the socket. */
export interface Session {
  readonly connection: Pick<
    Http2Connection,
    "isSettled" | "queuedBytes" | "unwrittenBytes" | "receive" | "takeOutput" | "ping" | "cut" | "lost"
  >;
  /** What unfinished requests keep in memory. */
  readonly heldBytes: number;
}
export interface SessionEvents {
  /** There is output. */
  dirty(): void;
  /** Nothing more will come. */
  closed(): void;
}
/** Waits until a socket has room again. */
export interface Drained {
  drained(): void;
}
export interface Http2SocketsOptions {
  readonly nowMs: () => number;
  /** After so long a silence we ask, and cut after so long without an answer. 0: never. */
  readonly keepAlive: { readonly intervalMs: number; readonly timeoutMs: number };
  /** What all connections together may keep in memory. Default: CONNECTIONS_BYTES_MAX. */
  readonly bytesMax?: number | undefined;
}

interface Shared {
  readonly flusher: Flusher;
  readonly memory: SharedMemory;
  readonly keepAlive: Http2SocketsOptions["keepAlive"];
  forget(socket: Http2Socket): void;
}

/** All HTTP/2 connections of one server. */
export class Http2Sockets {
  readonly #sockets = new Set<Http2Socket>();
  readonly #shared: Shared;
  readonly #looking: NodeJS.Timeout | undefined;

  constructor({ nowMs, keepAlive, bytesMax }: Http2SocketsOptions) {
    this.#shared = {
      flusher: new Flusher(),
      memory: new SharedMemory(bytesMax ?? CONNECTIONS_BYTES_MAX),
      keepAlive,
      forget: (socket) => void this.#sockets.delete(socket),
    };
    const { intervalMs, timeoutMs } = keepAlive;
    if (intervalMs <= 0 || timeoutMs <= 0) return;
    // One timer for all connections: a timer each, set anew with every chunk, would cost more than what it finds.
    const look = (): void => {
      const now = nowMs();
      for (const socket of this.#sockets) socket.lookForSilence(now);
    };
    this.#looking = setInterval(look, Math.max(1, Math.min(intervalMs, timeoutMs) / KEEPALIVE_LOOKS)).unref();
  }

  /** Speaks HTTP/2 on a socket from now on. */
  take(socket: Socket, session: (events: SessionEvents, at: Http2Socket) => Session): void {
    this.#sockets.add(new Http2Socket(socket, this.#shared, session));
  }
  /** Ends what runs, at once. */
  close(): void {
    clearInterval(this.#looking);
    for (const socket of [...this.#sockets]) socket.destroy();
  }
}

/** Everything that connections said in a turn is written at its end, once each. */
class Flusher {
  #dirty: Http2Socket[] = [];

  add(socket: Http2Socket): void {
    if (this.#dirty.length === 0) process.nextTick(this.#flush);
    this.#dirty.push(socket);
  }

  readonly #flush = (): void => {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const socket of dirty) socket.flush();
  };
}

const PING_PAYLOAD = Buffer.from("trimast?");

/** One connection's socket: bytes in as they come, one write a turn out, and an end for whoever takes nothing or says nothing. */
export class Http2Socket implements Holder {
  readonly #socket: Socket;
  readonly #shared: Shared;
  readonly #session: Session;
  /** Streams that were told to wait until the socket drains. */
  readonly #waiting = new Set<Drained>();
  #dirty = false;
  #ending = false;
  /** Something came since the last look; when the silence began; when we asked whether anybody is there. */
  #heard = true;
  #silentSinceMs = 0;
  #askedMs: number | undefined;
  /** Whoever does not say its settings in time, or does not close when we have, is cut. */
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, shared: Shared, session: (events: SessionEvents, at: Http2Socket) => Session) {
    this.#socket = socket;
    this.#shared = shared;
    this.#session = session({ dirty: () => this.#markDirty(), closed: () => this.#finish() }, this);
    this.#markDirty();
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#drained());
    this.#timer = setTimeout(() => this.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.on("close", () => {
      clearTimeout(this.#timer);
      this.#session.connection.lost("socket closed");
      shared.memory.forget(this);
      shared.forget(this);
    });
    socket.on("end", () => this.#finish());
  }

  destroy(): void {
    this.#session.connection.lost("destroyed");
    this.#socket.destroy();
  }

  get heldBytes(): number {
    return this.#session.heldBytes + this.#session.connection.queuedBytes + this.#socket.writableLength;
  }
  letGo(): void {
    // Who does not read what we wrote will not read why either.
    if (this.#socket.writableLength > 0) return this.destroy();
    this.#session.connection.cut(ERROR.enhanceYourCalm, "this connection keeps the most while all together keep too much");
  }

  /** A machine that lost power, or a cable that was pulled, closes nothing: its connections would stay for good. */
  lookForSilence(nowMs: number): void {
    const { intervalMs, timeoutMs } = this.#shared.keepAlive;
    if (this.#heard) {
      this.#heard = false;
      this.#silentSinceMs = nowMs;
      this.#askedMs = undefined;
    } else if (this.#askedMs !== undefined) {
      if (nowMs - this.#askedMs >= timeoutMs) this.destroy();
    } else if (nowMs - this.#silentSinceMs >= intervalMs && this.#session.connection.isSettled) {
      this.#askedMs = nowMs;
      this.#session.connection.ping(PING_PAYLOAD);
    }
  }

  /** The peer's requests and our answers are written in one go. */
  flush(): void {
    this.#dirty = false;
    const bytes = this.#session.connection.takeOutput();
    if (bytes !== undefined && this.#socket.writable) this.#socket.write(bytes);
    if (this.#socket.writableLength > HTTP2_LIMITS.OUT_CUT_BYTES) return this.destroy();
    // Who does not take answers asks no more questions.
    if (this.isFull) this.#socket.pause();
    // All went to the kernel at once: no `drain` need come. Not in this turn, or a producer that is always ready would leave no room for others.
    if (this.#waiting.size > 0 && this.#socket.writableLength === 0) setImmediate(() => this.#drained());
    this.#shared.memory.note(this);
    if (this.#ending && !this.#socket.writableEnded) this.#linger();
  }

  /** Whether producers should wait for the socket's `drain`. What waits for windows is each stream's own matter: `write` says so. */
  get isFull(): boolean {
    // With what this turn has not written yet: a producer that is always ready would otherwise never see the socket fill.
    return this.#socket.writableLength + this.#session.connection.unwrittenBytes > HTTP2_LIMITS.OUT_PAUSE_BYTES;
  }
  waitForDrain(waiting: Drained): void {
    this.#waiting.add(waiting);
  }
  forget(waiting: Drained): void {
    this.#waiting.delete(waiting);
  }

  #receive(chunk: Buffer): void {
    const { connection } = this.#session;
    this.#heard = true;
    connection.receive(chunk);
    this.#shared.memory.note(this);
    if (this.#timer === undefined || this.#ending || !connection.isSettled) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Says what is left to say; a peer that neither reads it nor closes keeps nothing for long. */
  #linger(): void {
    this.#socket.end();
    // Read and thrown away: unread data would turn our close into a reset that may overtake the last frames.
    this.#socket.resume();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), LINGER_MS);
  }

  #drained(): void {
    this.#socket.resume();
    for (const one of [...this.#waiting]) {
      // The rest stays first in line: whoever always has more would otherwise fill the room each time.
      if (this.isFull) return;
      this.#waiting.delete(one);
      one.drained();
    }
  }

  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#shared.flusher.add(this);
  }

  #finish(): void {
    this.#ending = true;
    this.#markDirty();
  }
}
