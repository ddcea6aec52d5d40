import { connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HpackDecoder } from "../../src/wire/http2/index.js";
import { until } from "../kit/until.js";
import { type Frame, framesOf, TYPE } from "./frames.js";

/** A socket that says whatever it is told. */
export class Raw {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  closed = false;

  /** Of a socket that is open already: one over TLS, say. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
    });
  }
  static async open(port: number): Promise<Raw> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Raw(socket);
  }
  say(...parts: readonly Uint8Array[]): this {
    for (const p of parts) if (!this.socket.destroyed) this.socket.write(p);
    return this;
  }
  get bytes(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
  get frames(): Frame[] {
    return framesOf(this.bytes);
  }
  /** The header blocks of one stream. All are decoded in order: each may count on what an earlier one put into our table. */
  headersOf(streamId: number): ReadonlyMap<string, string>[] {
    const hpack = new HpackDecoder();
    return this.frames.flatMap((f) => {
      if (f.type !== TYPE.headers) return [];
      const list = hpack.decode(f.payload);
      return f.streamId !== streamId || typeof list === "string" ? [] : [new Map(list)];
    });
  }
  has(type: number, streamId?: number): boolean {
    return this.frames.some((f) => f.type === type && (streamId === undefined || f.streamId === streamId));
  }
  /** The code of the GOAWAY that came, once one has. */
  async goaway(): Promise<number> {
    await until("a GOAWAY", async () => this.has(TYPE.goaway));
    return this.frames.find((f) => f.type === TYPE.goaway)?.payload.readUInt32BE(4) ?? -1;
  }
  /** The other side has said that it is over, or has gone. */
  get isOver(): boolean {
    return this.closed || this.socket.readableEnded;
  }
  end(): void {
    this.socket.destroy();
  }
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** Megabytes that live. */
export function liveMb(): number {
  // Twice: array buffers are let go by the next collection.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

/** `until` sleeps by setTimeout; this is for tests in which that is not real. */
export async function realUntil(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 100_000; i++) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("never");
}
