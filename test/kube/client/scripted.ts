import { type Bytes, utf8 } from "../../../src/base/index.js";
import type { Log } from "../../../src/host/index.js";
import type { Transport, TransportRequest, TransportResponse } from "../../../src/kube/client/index.js";
import { until } from "../../kit/until.js";

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => silent };

/** A watch that a test feeds. */
export class Feed {
  #lines: string[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  #error: Error | undefined;
  push(type: string, object: object): void {
    this.raw(`${JSON.stringify({ type, object })}\n`);
  }
  raw(text: string): void {
    this.#lines.push(text);
    this.#wake?.();
  }
  end(error?: Error): void {
    this.#over = true;
    this.#error = error;
    this.#wake?.();
  }
  async *chunks(signal: AbortSignal | undefined): AsyncGenerator<Bytes, void, undefined> {
    signal?.addEventListener("abort", () => this.end());
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) yield utf8(line);
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#over) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
export type Answer =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: object }
  | Feed
  | Error;

/** Answers in the order of the script; asked for more, it waits. */
export class ScriptedTransport implements Transport {
  readonly requests: TransportRequest[] = [];
  readonly #answers: Answer[] = [];
  #wake: (() => void) | undefined;
  script(...answers: readonly Answer[]): this {
    this.#answers.push(...answers);
    this.#wake?.();
    return this;
  }
  async request(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    while (this.#answers.length === 0)
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        request.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    const answer = this.#answers.shift() as Answer;
    if (answer instanceof Error) throw answer;
    if (answer instanceof Feed) {
      const chunks = (): AsyncIterable<Bytes> => answer.chunks(request.signal);
      return { status: 200, header: () => undefined, chunks, bytes: () => Promise.reject(new Error("a stream")) };
    }
    const bytes = utf8(JSON.stringify(answer.body));
    return {
      status: answer.status ?? 200,
      header: (name) => answer.headers?.[name],
      bytes: () => Promise.resolve(bytes),
      chunks: async function* () {
        yield bytes;
      },
    };
  }
  close(): void {}
  /** Waits for the nth request (from 0) and says what its query asked. */
  async asked(n: number): Promise<URLSearchParams> {
    const request = await until(`request ${n}`, () => this.requests[n]);
    return new URL(request.path, "http://x").searchParams;
  }
}

export const status = (code: number, reason: string, message = reason): object => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message,
  reason,
  code,
});
export const configMap = (name: string, version: number, more: { readonly uid?: string; readonly data?: string } = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name,
    namespace: "default",
    uid: more.uid ?? `uid-${name}`,
    resourceVersion: String(version),
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  data: { value: more.data ?? String(version) },
});
export const bookmark = (version: number, isEnd = false): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { resourceVersion: String(version), ...(isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}) },
});
