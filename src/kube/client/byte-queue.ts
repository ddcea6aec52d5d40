import type { Bytes } from "../../base/index.js";

/** Chunks from who writes to who reads. `close` ends it after what is queued, `fail` at once. */
export class ByteQueue implements AsyncIterable<Bytes> {
  #chunks: Bytes[] = [];
  #bytes = 0;
  #over = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  readonly #onDrained: () => void;
  readonly #onLeft: () => void;
  constructor(handlers: { readonly drained: () => void; readonly left: () => void }) {
    this.#onDrained = handlers.drained;
    this.#onLeft = handlers.left;
  }

  get queuedBytes(): number {
    return this.#bytes;
  }
  push(chunk: Bytes): void {
    if (this.#over) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wake?.();
  }
  close(): void {
    this.#over = true;
    this.#wake?.();
  }
  fail(error: Error): void {
    this.#error = error;
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Bytes, void, undefined> {
    try {
      for (;;) {
        if (this.#error !== undefined) throw this.#error;
        if (this.#chunks.length > 0) {
          const taken = this.#chunks;
          this.#chunks = [];
          this.#bytes = 0;
          this.#onDrained();
          for (const chunk of taken) yield chunk;
        } else if (this.#over) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      this.#over = true;
      this.#onLeft();
    }
  }
}
