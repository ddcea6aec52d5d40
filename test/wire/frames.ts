import { encodeHeaders, type HeaderList, Http2Connection, type Http2Stream, PREFACE } from "../../src/wire/http2/index.js";

/** Frames by hand, for what no well-behaved client says. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;
export const PRIORITY = 32;

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}
export function uint32(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((v, i) => {
    out.writeUInt32BE(v >>> 0, i * 4);
  });
  return out;
}
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  pairs.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return frame(TYPE.settings, 0, 0, payload);
}
export const HELLO = Buffer.concat([Buffer.from(PREFACE, "latin1"), settings()]);

export const requestHead = (path: string, more: HeaderList = []): Uint8Array =>
  encodeHeaders([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...more,
  ]);
export function message(bytes: Uint8Array, compressed = 0): Buffer {
  return Buffer.concat([Buffer.from([compressed]), uint32(bytes.length), bytes]);
}
/** A whole unary request. */
export const request = (streamId: number, path: string, body: Uint8Array): Buffer =>
  Buffer.concat([frame(TYPE.headers, END_HEADERS, streamId, requestHead(path)), frame(TYPE.data, END_STREAM, streamId, message(body))]);

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}
export function framesOf(bytes: Uint8Array): Frame[] {
  const b = Buffer.from(bytes);
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= b.length; ) {
    const length = b.readUIntBE(at, 3);
    frames.push({
      type: b[at + 3] as number,
      flags: b[at + 4] as number,
      streamId: b.readUInt32BE(at + 5),
      payload: b.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}

export type Seen =
  | { readonly kind: "headers"; readonly stream: number; readonly list: HeaderList; readonly end: boolean }
  | { readonly kind: "data"; readonly stream: number; readonly hex: string; readonly end: boolean }
  | { readonly kind: "reset"; readonly stream: number; readonly code: number }
  | { readonly kind: "drained"; readonly stream: number }
  | { readonly kind: "closed"; readonly reason: string };

/** A server's connection that only remembers what it saw. */
export class Recorder {
  readonly seen: Seen[] = [];
  readonly streams = new Map<number, Http2Stream>();
  readonly connection: Http2Connection;
  nowMs = 0;
  #out: Buffer[] = [];

  constructor(role: "server" | "client" = "server") {
    this.connection = new Http2Connection({
      role,
      nowMs: () => this.nowMs,
      handlers: {
        headers: (stream, list, end) => {
          this.streams.set(stream.id, stream);
          this.seen.push({ kind: "headers", stream: stream.id, list, end });
        },
        data: (stream, bytes, end) => this.seen.push({ kind: "data", stream: stream.id, hex: Buffer.from(bytes).toString("hex"), end }),
        reset: (stream, code) => this.seen.push({ kind: "reset", stream: stream.id, code }),
        drained: (stream) => this.seen.push({ kind: "drained", stream: stream.id }),
        dirty: () => {},
        closed: (reason) => this.seen.push({ kind: "closed", reason }),
      },
    });
  }
  receive(...parts: readonly Uint8Array[]): this {
    for (const p of parts) this.connection.receive(Buffer.from(p));
    return this;
  }
  /** Past the preface, with the answers to it thrown away. */
  greeted(): this {
    this.receive(HELLO);
    this.output();
    return this;
  }
  stream(id: number): Http2Stream {
    const stream = this.streams.get(id);
    if (stream === undefined) throw new Error(`no stream ${id}`);
    return stream;
  }
  output(): Frame[] {
    for (let bytes = this.connection.takeOutput(); bytes !== undefined; bytes = this.connection.takeOutput())
      this.#out.push(Buffer.from(bytes));
    const all = Buffer.concat(this.#out);
    this.#out = [];
    return framesOf(all);
  }
  /** The code of the GOAWAY that was said. */
  goaway(): number | undefined {
    return this.output()
      .find((f) => f.type === TYPE.goaway)
      ?.payload.readUInt32BE(4);
  }
  rst(): readonly (readonly [number, number])[] {
    return this.output()
      .filter((f) => f.type === TYPE.rst)
      .map((f) => [f.streamId, f.payload.readUInt32BE(0)] as const);
  }
}
