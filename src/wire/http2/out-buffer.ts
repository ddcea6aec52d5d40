import { type Bytes, present } from "../../base/index.js";
import { FRAME_HEADER_BYTES } from "./constants.js";

const FIRST_BYTES = 4 * 1024;

/** What a connection will say next: frames written one behind the other, handed to the socket once a turn. */
export class OutBuffer {
  #buffer: Buffer | undefined;
  #length = 0;
  /** Next allocation: what the last turn needed. */
  #hint = FIRST_BYTES;

  get length(): number {
    return this.#length;
  }

  /** Room for `bytes` more; the buffer to write into at `length`. */
  #room(bytes: number): Buffer {
    const need = this.#length + bytes;
    if (this.#buffer !== undefined && this.#buffer.length >= need) return this.#buffer;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#hint, need, (this.#buffer?.length ?? 0) * 2));
    this.#buffer?.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
    return grown;
  }

  frame(length: number, type: number, flags: number, streamId: number): void {
    const b = this.#room(FRAME_HEADER_BYTES + length);
    let at = this.#length;
    b[at++] = length >>> 16;
    b[at++] = length >>> 8;
    b[at++] = length;
    b[at++] = type;
    b[at++] = flags;
    b[at++] = streamId >>> 24;
    b[at++] = streamId >>> 16;
    b[at++] = streamId >>> 8;
    b[at++] = streamId;
    this.#length = at;
  }

  bytes(data: Bytes): void {
    const b = this.#room(data.length);
    if (data.length > 64) b.set(data, this.#length);
    else for (let i = 0, at = this.#length; i < data.length; i++) b[at++] = data[i] as number;
    this.#length += data.length;
  }

  uint8(value: number): void {
    this.#room(1)[this.#length++] = value;
  }
  uint16(value: number): void {
    this.uint8(value >>> 8);
    this.uint8(value);
  }
  uint32(value: number): void {
    const b = this.#room(4);
    let at = this.#length;
    b[at++] = value >>> 24;
    b[at++] = value >>> 16;
    b[at++] = value >>> 8;
    b[at++] = value;
    this.#length = at;
  }

  /** Everything so far; the buffer is the caller's from now on. */
  take(): Bytes {
    const buffer = present(this.#buffer, "output to take");
    const out = buffer.subarray(0, this.#length);
    this.#hint = Math.max(FIRST_BYTES, Math.min(this.#length * 2, 256 * 1024));
    this.#buffer = undefined;
    this.#length = 0;
    return out;
  }
}
