import { type Bytes, concatBytes, NO_BYTES } from "../../base/index.js";
import { CONTROL_BYTES_MAX } from "./limits.js";

export const TYPE = { synStream: 1, synReply: 2, reset: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
export const FLAG_FIN = 1;
const VERSION = 3;
const HEADER_BYTES = 8;

export type Frame =
  | { readonly kind: "control"; readonly type: number; readonly flags: number; readonly payload: Bytes }
  /** A piece of a data frame, as it came; `end`: the last of a frame that ends its stream. */
  | { readonly kind: "data"; readonly stream: number; readonly bytes: Bytes; readonly end: boolean }
  /** Nothing after it can be read. */
  | { readonly kind: "broken"; readonly why: string };

/** Bytes to frames. Data is handed on as it comes, control frames when they are whole. */
export class FrameReader {
  #rest: Bytes = NO_BYTES;
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;
  #isBroken = false;

  push(chunk: Bytes): readonly Frame[] {
    if (this.#isBroken) return [];
    const frames: Frame[] = [];
    this.#rest = this.#rest.length === 0 ? chunk : concatBytes([this.#rest, chunk]);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      frames.push(frame);
      if (frame.kind === "broken") this.#isBroken = true;
      if (this.#isBroken) break;
    }
    return frames;
  }

  #next(): Frame | undefined {
    if (this.#data !== undefined) return this.#more(this.#data);
    if (this.#rest.length < HEADER_BYTES) return undefined;
    const view = new DataView(this.#rest.buffer, this.#rest.byteOffset, HEADER_BYTES);
    const first = view.getUint32(0);
    const flags = view.getUint8(4);
    const length = view.getUint32(4) & 0xff_ffff;
    if (first >>> 31 === 0) {
      this.#take(HEADER_BYTES);
      this.#data = { stream: first, fin: (flags & FLAG_FIN) !== 0, left: length };
      return this.#more(this.#data);
    }
    const version = (first >>> 16) & 0x7fff;
    if (version !== VERSION) return { kind: "broken", why: `version ${version}` };
    if (length > CONTROL_BYTES_MAX) return { kind: "broken", why: `a control frame of ${length} bytes` };
    if (this.#rest.length < HEADER_BYTES + length) return undefined;
    this.#take(HEADER_BYTES);
    return { kind: "control", type: first & 0xffff, flags, payload: this.#take(length) };
  }
  #more(data: { readonly stream: number; readonly fin: boolean; left: number }): Frame | undefined {
    if (data.left > 0 && this.#rest.length === 0) return undefined;
    const bytes = this.#take(Math.min(data.left, this.#rest.length));
    data.left -= bytes.length;
    if (data.left === 0) this.#data = undefined;
    return { kind: "data", stream: data.stream, bytes, end: data.fin && data.left === 0 };
  }
  #take(n: number): Bytes {
    const taken = this.#rest.subarray(0, n);
    this.#rest = this.#rest.subarray(n);
    return taken;
  }
}

export function controlFrame(type: number, flags: number, payload: Bytes): Bytes {
  return concatBytes([header(0x8000_0000 + VERSION * 0x1_0000 + type, flags, payload.length), payload]);
}
export const dataFrame = (stream: number, bytes: Bytes, end: boolean): Bytes =>
  concatBytes([header(stream, end ? FLAG_FIN : 0, bytes.length), bytes]);
function header(first: number, flags: number, length: number): Bytes {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, first);
  view.setUint32(4, flags * 0x100_0000 + length);
  return bytes;
}
/** Numbers of 32 bits, one after the other. */
export function words(...values: readonly number[]): Bytes {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => void view.setUint32(i * 4, value));
  return bytes;
}
export const wordAt = (bytes: Bytes, at: number): number =>
  at + 4 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at) : 0;
