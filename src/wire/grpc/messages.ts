import type { Bytes } from "../../base/index.js";

/** A gRPC message in a stream of data: one flag byte, four of length, the message. */
export const MESSAGE_HEAD_BYTES = 5;

export interface GrpcMessage {
  readonly compressed: boolean;
  readonly bytes: Bytes;
}

/** First room for a message that comes in pieces; it grows with what really came, never to what a head promises. */
const FIRST_ROOM_BYTES = 512;

/** Cuts messages out of data in any pieces. */
export class MessageReader {
  readonly #bytesMax: number;
  /** The beginning of a message, copied: views of tiny pieces would keep a whole socket chunk alive each. */
  #begun: Buffer | undefined;
  #have = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#have === 0;
  }
  /** Bytes of the message that is not whole yet. */
  get heldBytes(): number {
    return this.#have;
  }

  /** Whole messages; "tooLarge" with its length as soon as a head says so. Messages are views where the data came whole. */
  push(data: Bytes): readonly GrpcMessage[] | { readonly tooLarge: number } {
    const messages: GrpcMessage[] = [];
    const begun = this.#have === 0 ? 0 : this.#complete(data, messages);
    if (typeof begun !== "number") return begun;
    let at: number = begun;
    while (data.length - at >= MESSAGE_HEAD_BYTES) {
      const length = lengthAt(data, at);
      if (length > this.#bytesMax) return { tooLarge: length };
      const end = at + MESSAGE_HEAD_BYTES + length;
      if (end > data.length) break;
      messages.push({ compressed: data[at] !== 0, bytes: data.subarray(at + MESSAGE_HEAD_BYTES, end) });
      at = end;
    }
    if (at < data.length) this.#append(data.subarray(at));
    return messages;
  }

  /** Takes what the begun message lacks; the index in `data` behind it. */
  #complete(data: Bytes, messages: GrpcMessage[]): number | { readonly tooLarge: number } {
    let at = 0;
    if (this.#have < MESSAGE_HEAD_BYTES) {
      at = Math.min(MESSAGE_HEAD_BYTES - this.#have, data.length);
      this.#append(data.subarray(0, at));
      if (this.#have < MESSAGE_HEAD_BYTES) return at;
    }
    const begun = this.#begun as Buffer;
    const length = lengthAt(begun, 0);
    if (length > this.#bytesMax) return { tooLarge: length };
    const whole = MESSAGE_HEAD_BYTES + length;
    const end = Math.min(at + whole - this.#have, data.length);
    this.#append(data.subarray(at, end));
    if (this.#have < whole) return end;
    messages.push({ compressed: begun[0] !== 0, bytes: (this.#begun as Buffer).subarray(MESSAGE_HEAD_BYTES, whole) });
    this.#begun = undefined;
    this.#have = 0;
    return end;
  }

  #append(part: Bytes): void {
    const need = this.#have + part.length;
    if (this.#begun === undefined || this.#begun.length < need) {
      const grown = Buffer.allocUnsafeSlow(Math.max(need, this.#begun === undefined ? FIRST_ROOM_BYTES : this.#begun.length * 2));
      this.#begun?.copy(grown, 0, 0, this.#have);
      this.#begun = grown;
    }
    this.#begun.set(part, this.#have);
    this.#have = need;
  }
}

/** Exactly one message, not compressed and no longer than `bytesMax`. */
export const isOneMessage = (data: Bytes, bytesMax: number): boolean =>
  data.length >= MESSAGE_HEAD_BYTES && data[0] === 0 && lengthAt(data, 0) === data.length - MESSAGE_HEAD_BYTES && data.length <= bytesMax;

function lengthAt(b: Bytes, at: number): number {
  return (b[at + 1] as number) * 0x100_0000 + ((b[at + 2] as number) << 16) + ((b[at + 3] as number) << 8) + (b[at + 4] as number);
}

/** Shared: written out before anybody asks for the next one. */
const HEAD = new Uint8Array(MESSAGE_HEAD_BYTES);
export function messageHead(length: number): Bytes {
  HEAD[1] = length >>> 24;
  HEAD[2] = length >>> 16;
  HEAD[3] = length >>> 8;
  HEAD[4] = length;
  return HEAD;
}

const UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };
/** grpc-timeout: at most eight digits and a unit; undefined for anything else. */
export function timeoutMs(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match ? Number(match[1]) * (UNITS_MS[match[2] as string] as number) : undefined;
}

/** grpc-message: percent-encoded where it is not printable ASCII. */
export function encodeMessage(text: string): string {
  return Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[^ -$&-~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
export function decodeMessage(text: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
