import type { Bytes } from "../../base/index.js";

/** Carries one HTTP request to an apiserver: over HTTPS, or into one in this process. */
export interface Transport {
  /** Rejects with TransportError when no answer came; every answer, refusals too, is a value. */
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Ends idle connections. Requests under way go on. */
  close(): void;
}
export interface TransportRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes | undefined;
  /** Aborted: the request, and its stream, end as soon as possible. */
  readonly signal: AbortSignal | undefined;
  /** The answer is read as it comes and may last for ever. */
  readonly stream: boolean;
}
export interface TransportResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** The whole body. Call this or `chunks`, once. */
  bytes(): Promise<Bytes>;
  /** Ends with the stream; throws TransportError when it breaks. Leaving the loop closes it. */
  chunks(): AsyncIterable<Bytes>;
}

/** No answer, or half of one: nobody knows whether the request was carried out. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /** errno's name where there is one: ECONNREFUSED means that nothing was carried out. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
