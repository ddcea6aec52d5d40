import { type Bytes, concatBytes, NO_BYTES, utf8 } from "../../base/index.js";
import { CONTROL_BYTES_MAX, FRAGMENTS_MAX, MESSAGE_BYTES_MAX } from "./limits.js";

const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** Goes before a client's key when it is hashed for the answer. Source: RFC 6455, 1.3. */
export const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
export const CLOSE = { normal: 1000, protocolError: 1002, tooLarge: 1009, internalError: 1011 } as const;

export type WebSocketEvent =
  | { readonly kind: "message"; readonly isText: boolean; readonly bytes: Bytes }
  /** `payload` goes back in a pong. */
  | { readonly kind: "ping"; readonly payload: Bytes }
  /** The peer ends; `code` 1005: it did not say why. */
  | { readonly kind: "close"; readonly code: number }
  /** It is to be closed with this code; nothing after it is read. */
  | { readonly kind: "broken"; readonly code: number; readonly why: string };

interface Head {
  readonly isFinal: boolean;
  readonly reserved: number;
  readonly op: number;
  readonly key: Bytes | undefined;
  readonly length: number;
  readonly size: number;
}

/** Bytes to messages, of one side's peer. Frames of clients are masked, those of servers are not; anything else is a mistake. */
export class WebSocketReader {
  readonly #masked: boolean;
  readonly #bytesMax: number;
  #rest: Bytes = NO_BYTES;
  #parts: Bytes[] = [];
  #length = 0;
  /** Of the message that is being put together. */
  #op = 0;
  #isOver = false;
  constructor(options: { readonly from: "client" | "server"; readonly bytesMax?: number }) {
    this.#masked = options.from === "client";
    this.#bytesMax = options.bytesMax ?? MESSAGE_BYTES_MAX;
  }

  push(chunk: Bytes): readonly WebSocketEvent[] {
    const events: WebSocketEvent[] = [];
    if (this.#isOver) return events;
    this.#rest = this.#rest.length === 0 ? chunk : concatBytes([this.#rest, chunk]);
    while (!this.#isOver) {
      const head = headOf(this.#rest);
      if (head === undefined) break;
      const mistake = this.#mistake(head);
      if (mistake !== undefined) {
        events.push(mistake);
        this.#isOver = true;
        break;
      }
      if (this.#rest.length < head.size + head.length) break;
      const payload = unmasked(this.#rest.subarray(head.size, head.size + head.length), head.key);
      this.#rest = this.#rest.subarray(head.size + head.length);
      const event = this.#frame(head, payload);
      if (event !== undefined) events.push(event);
      this.#isOver = event?.kind === "close" || event?.kind === "broken";
    }
    return events;
  }

  #mistake({ op, isFinal, reserved, key, length }: Head): WebSocketEvent | undefined {
    const wrong = (why: string): WebSocketEvent => ({ kind: "broken", code: CLOSE.protocolError, why });
    if ((key !== undefined) !== this.#masked) return wrong(this.#masked ? "a frame of a client is not masked" : "a frame is masked");
    // Extensions are never agreed on, so their bits mean nothing.
    if (reserved !== 0) return wrong("reserved bits are set");
    if (op >= OP.close) {
      if (op > OP.pong) return wrong(`no such kind of frame: ${op}`);
      return !isFinal || length > CONTROL_BYTES_MAX ? wrong("a control frame in pieces or too large") : undefined;
    }
    if (op > OP.binary) return wrong(`no such kind of frame: ${op}`);
    if ((op === OP.continuation) !== (this.#op !== 0)) return wrong("a message's pieces are mixed up");
    const isLarge = this.#length + length > this.#bytesMax || this.#parts.length >= FRAGMENTS_MAX;
    return isLarge ? { kind: "broken", code: CLOSE.tooLarge, why: `a message of more than ${this.#bytesMax} bytes` } : undefined;
  }
  #frame({ op, isFinal }: Head, payload: Bytes): WebSocketEvent | undefined {
    if (op === OP.ping) return { kind: "ping", payload };
    if (op === OP.pong) return undefined;
    if (op === OP.close) {
      return { kind: "close", code: payload.length < 2 ? 1005 : ((payload[0] as number) << 8) | (payload[1] as number) };
    }
    if (op !== OP.continuation) this.#op = op;
    this.#parts.push(payload);
    this.#length += payload.length;
    if (!isFinal) return undefined;
    const message: WebSocketEvent = { kind: "message", isText: this.#op === OP.text, bytes: concatBytes(this.#parts) };
    this.#parts = [];
    this.#length = 0;
    this.#op = 0;
    return message;
  }
}
function headOf(bytes: Bytes): Head | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const more = short === 127 ? 8 : short === 126 ? 2 : 0;
  const hasKey = (second & 0x80) !== 0;
  const size = 2 + more + (hasKey ? 4 : 0);
  if (bytes.length < size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const length = more === 8 ? view.getUint32(2) * 0x1_0000_0000 + view.getUint32(6) : more === 2 ? view.getUint16(2) : short;
  const key = hasKey ? bytes.subarray(size - 4, size) : undefined;
  return { isFinal: (first & 0x80) !== 0, reserved: first & 0x70, op: first & 15, key, length, size };
}
function unmasked(bytes: Bytes, key: Bytes | undefined): Bytes {
  if (key === undefined) return bytes;
  const plain = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) plain[i] = (bytes[i] as number) ^ (key[i & 3] as number);
  return plain;
}

/** One frame. `mask`: a client's key, four bytes. */
function frame(op: number, payload: Bytes, mask: Bytes | undefined): Bytes {
  const { length } = payload;
  const more = length > 0xffff ? 8 : length > 125 ? 2 : 0;
  const head = new Uint8Array(2 + more);
  head[0] = 0x80 | op;
  head[1] = (mask === undefined ? 0 : 0x80) | (more === 8 ? 127 : more === 2 ? 126 : length);
  const view = new DataView(head.buffer);
  if (more === 2) view.setUint16(2, length);
  if (more === 8) view.setBigUint64(2, BigInt(length));
  return mask === undefined ? concatBytes([head, payload]) : concatBytes([head, mask, unmasked(payload, mask)]);
}
export const binaryMessage = (bytes: Bytes, mask?: Bytes): Bytes => frame(OP.binary, bytes, mask);
export const textMessage = (text: string, mask?: Bytes): Bytes => frame(OP.text, utf8(text), mask);
export const pingFrame = (payload: Bytes, mask?: Bytes): Bytes => frame(OP.ping, payload, mask);
export const pongFrame = (payload: Bytes, mask?: Bytes): Bytes => frame(OP.pong, payload, mask);
export const closeFrame = (code: number, reason = "", mask?: Bytes): Bytes =>
  frame(OP.close, concatBytes([new Uint8Array([code >> 8, code & 255]), utf8(reason).subarray(0, CONTROL_BYTES_MAX - 2)]), mask);
