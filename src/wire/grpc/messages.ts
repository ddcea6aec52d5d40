import type { Bytes } from "../../base/index.js";

/** A gRPC message in a stream of data: one flag byte, four of length, the message. */
export const MESSAGE_HEAD_BYTES = 5;

export interface GrpcMessage {
  readonly compressed: boolean;
  readonly bytes: Bytes;
}

/** Cuts messages out of data in any pieces. */
export class MessageReader {
  readonly #bytesMax: number;
  #parts: Bytes[] = [];
  #have = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#have === 0;
  }

  /** Whole messages; "tooLarge" with its length as soon as a head says so. Messages are views where the data came whole. */
  push(data: Bytes): readonly GrpcMessage[] | { readonly tooLarge: number } {
    let input = data;
    if (this.#have > 0) {
      this.#parts.push(data);
      this.#have += data.length;
      const length = this.#lengthAhead();
      if (length === undefined) return [];
      if (length > this.#bytesMax) return { tooLarge: length };
      if (this.#have < MESSAGE_HEAD_BYTES + length) return [];
      input = Buffer.concat(this.#parts, this.#have);
      this.#parts = [];
      this.#have = 0;
    }
    return this.#cut(input);
  }

  #cut(input: Bytes): readonly GrpcMessage[] | { readonly tooLarge: number } {
    const messages: GrpcMessage[] = [];
    let at = 0;
    while (input.length - at >= MESSAGE_HEAD_BYTES) {
      const length = lengthAt(input, at);
      if (length > this.#bytesMax) return { tooLarge: length };
      const end = at + MESSAGE_HEAD_BYTES + length;
      if (end > input.length) break;
      messages.push({ compressed: input[at] !== 0, bytes: input.subarray(at + MESSAGE_HEAD_BYTES, end) });
      at = end;
    }
    if (at < input.length) {
      // Copied: the rest of a message must not keep whole socket chunks alive.
      this.#parts = [Buffer.from(input.subarray(at))];
      this.#have = input.length - at;
    }
    return messages;
  }

  #lengthAhead(): number | undefined {
    if (this.#have < MESSAGE_HEAD_BYTES) return undefined;
    const first = this.#parts[0] as Bytes;
    if (first.length >= MESSAGE_HEAD_BYTES) return lengthAt(first, 0);
    this.#parts = [Buffer.concat(this.#parts, this.#have)];
    return lengthAt(this.#parts[0] as Bytes, 0);
  }
}

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
