import { Readable } from "node:stream";
import { type Bytes, concatBytes } from "../../base/index.js";
import type { HttpExchange } from "../../wire/http/index.js";
import { BODY_BYTES_MAX } from "../verbs/index.js";
import { tooLarge, wentAway } from "./answer.js";
import { BODY_AHEAD_BYTES } from "./limits.js";

/** Where a body goes: kept until it is asked for, then whole to one, or on as it comes. */
type Taker =
  | { readonly kind: "nobody" }
  | { readonly kind: "whole"; resolve(bytes: Bytes): void; reject(error: Error): void }
  | { readonly kind: "stream"; readonly to: Readable };

/** A request's body over HTTP/2. It begins to come before anybody knows what it is for. */
export class RequestBody {
  readonly #exchange: HttpExchange;
  readonly #announced: number;
  #taker: Taker = { kind: "nobody" };
  #parts: Bytes[] = [];
  #bytes = 0;
  /** Of it what waits here, as its connection knows it. */
  #heldBytes = 0;
  #ended = false;
  /** The client sends it when it is told that somebody wants it (RFC 9110 10.1.1). */
  #awaited: boolean;
  /** Too much of it came for anybody to keep. */
  #refused = false;
  #gone = false;

  constructor(exchange: HttpExchange, facts: { readonly announced: number; readonly awaited: boolean }) {
    this.#exchange = exchange;
    this.#announced = facts.announced;
    this.#awaited = facts.awaited;
  }

  /** Rejects beyond BODY_BYTES_MAX as soon as that is known. */
  whole(): Promise<Bytes> {
    if (this.#announced > BODY_BYTES_MAX || this.#bytes > BODY_BYTES_MAX || this.#refused) return Promise.reject(tooLarge());
    if (this.#gone) return Promise.reject(wentAway());
    if (this.#ended) return Promise.resolve(this.#joined());
    return new Promise((resolve, reject) => {
      this.#taker = { kind: "whole", resolve, reject };
      this.#want();
    });
  }

  stream(): Readable {
    if (this.#taker.kind === "stream") return this.#taker.to;
    const to: Readable = new Readable({
      read: () => {
        this.#hold(to.readableLength);
        this.#want();
      },
    });
    // Whoever it is for hears of it in another way; without a listener it would be an uncaught error.
    to.on("error", () => {});
    this.#taker = { kind: "stream", to };
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) to.push(part);
    if (this.#ended) to.push(null);
    if (this.#gone) to.destroy(wentAway());
    if (this.#refused) to.destroy(tooLarge());
    return to;
  }

  take(bytes: Bytes, last: boolean): void {
    this.#ended ||= last;
    this.#bytes += bytes.length;
    if (this.#refused) return;
    const taker = this.#taker;
    if (taker.kind === "stream") return this.#pass(taker.to, bytes, last);
    if (this.#bytes > BODY_BYTES_MAX || !this.#hold(this.#bytes)) {
      this.#refuse();
      if (taker.kind === "whole") taker.reject(tooLarge());
      return;
    }
    // A copy: a view would keep the socket's whole chunk alive.
    if (bytes.length > 0) this.#parts.push(Buffer.from(bytes));
    if (taker.kind === "nobody" && this.#bytes > BODY_AHEAD_BYTES) this.#exchange.pause();
    if (last && taker.kind === "whole") taker.resolve(this.#joined());
  }

  gone(): void {
    this.#gone = true;
    this.#parts = [];
    if (this.#taker.kind === "whole") this.#taker.reject(wentAway());
    if (this.#taker.kind === "stream" && !this.#ended) this.#taker.to.destroy(wentAway());
  }

  #pass(to: Readable, bytes: Bytes, last: boolean): void {
    const wantsMore = bytes.length === 0 || to.push(Buffer.from(bytes));
    if (last) to.push(null);
    if (this.#hold(to.readableLength)) {
      if (!wantsMore) this.#exchange.pause();
      return;
    }
    this.#refuse();
    to.destroy(tooLarge());
  }

  #want(): void {
    if (this.#awaited && !this.#ended) this.#exchange.respond(100, []);
    this.#awaited = false;
    this.#exchange.resume();
  }
  #refuse(): void {
    this.#refused = true;
    this.#parts = [];
    this.#hold(0);
  }
  /** False: its connection keeps too much. */
  #hold(bytes: number): boolean {
    const by = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    return this.#exchange.hold(by);
  }

  #joined(): Bytes {
    const parts = this.#parts;
    this.#parts = [];
    return parts.length === 1 ? (parts[0] as Bytes) : concatBytes(parts);
  }
}
