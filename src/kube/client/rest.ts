import { type Bytes, utf8, utf8Text } from "../../base/index.js";
import type { Clock } from "../../host/index.js";
import type { Json } from "../meta/index.js";
import { decodeStoredJson, encodeJson } from "../schema/index.js";
import { refusalOf } from "./errors.js";
import { RETRIES_MAX, RETRY_AFTER_SECONDS_MAX } from "./limits.js";
import type { ApiObject, Resource } from "./objects.js";
import { ResourceClient } from "./resource-client.js";
import type { Transport, TransportResponse } from "./transport.js";

/** One acquisition of a Lease: the apiserver refuses a write that carries one which is over. */
export interface Fence {
  /** "namespace/name" of the Lease. */
  readonly key: string;
  /** "uid/transitions/holder" as the Lease showed it when it was won. */
  readonly acquisition: string;
}
export const FENCE_HEADER = "trimast-fence";

export interface RestClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Its first word is the field manager of what it writes. */
  readonly userAgent: string;
  /** Sent with every request: impersonation. */
  readonly headers?: Readonly<Record<string, string>>;
}
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
export interface RestRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Requests to an apiserver, whatever carries them. Refusals are thrown as StatusError, lost answers as TransportError. */
export class RestClient {
  readonly clock: Clock;
  readonly #options: RestClientOptions;
  readonly #fence: (() => Fence | undefined) | undefined;
  constructor(options: RestClientOptions, fence?: () => Fence | undefined) {
    this.#options = options;
    this.clock = options.clock;
    this.#fence = fence;
  }

  /** The same client whose writes count only while this acquisition lasts. */
  withFence(fence: Fence | (() => Fence | undefined)): RestClient {
    return new RestClient(this.#options, typeof fence === "function" ? fence : () => fence);
  }

  resource<T extends ApiObject>(of: Resource, namespace = ""): ResourceClient<T> {
    return new ResourceClient<T>(this, of, namespace);
  }

  /** Reads only what all objects have: metadata. Its apiVersion and kind are PartialObjectMetadata's. */
  metadata(of: Resource, namespace = ""): ResourceClient<ApiObject> {
    return new ResourceClient<ApiObject>(this, of, namespace, "metadata");
  }

  /** The answer's JSON. */
  async json<T>(request: RestRequest): Promise<T> {
    const text = utf8Text(await this.#bytes(request));
    return (text === "" ? {} : decodeStoredJson(text)) as T;
  }
  async text(request: RestRequest): Promise<string> {
    return utf8Text(await this.#bytes(request));
  }
  async #bytes(request: RestRequest): Promise<Bytes> {
    const response = await this.#accepted(request, false);
    return response.bytes();
  }
  /** An answer that is read as it comes: watches, logs. */
  async stream(request: RestRequest): Promise<AsyncIterable<Bytes>> {
    const response = await this.#accepted(request, true);
    return response.chunks();
  }

  /** Repeats what the server asked to repeat, and nothing else: a lost answer may have been a success. */
  async #accepted(request: RestRequest, stream: boolean): Promise<TransportResponse> {
    for (let tries = 0; ; tries++) {
      const response = await this.#send(request, stream);
      if (response.status < 400) return response;
      const seconds = retryAfter(response);
      const body = await response.bytes();
      if (seconds === undefined || tries >= RETRIES_MAX) throw refusalOf(response, body);
      await pause(this.clock, seconds * 1_000, request.signal);
    }
  }
  #send(request: RestRequest, stream: boolean): Promise<TransportResponse> {
    const fence = request.method === "GET" ? undefined : this.#fence?.();
    const headers: Record<string, string> = {
      accept: request.accept ?? "application/json",
      "user-agent": this.#options.userAgent,
      ...this.#options.headers,
      ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
      ...(fence === undefined ? {} : { [FENCE_HEADER]: `${fence.key};${fence.acquisition}` }),
    };
    return this.#options.transport.request({
      method: request.method,
      path: `${request.path}${queryText(request.query)}`,
      headers,
      body: request.body === undefined ? undefined : utf8(encodeJson(request.body as Json)),
      signal: request.signal,
      stream,
    });
  }
  close(): void {
    this.#options.transport.close();
  }
}

/** Seconds to wait, where the server says that a repetition helps: 429 and 5xx with Retry-After. */
function retryAfter(response: TransportResponse): number | undefined {
  if (response.status !== 429 && response.status < 500) return undefined;
  const seconds = Number(response.header("retry-after"));
  return response.header("retry-after") !== undefined && seconds >= 0 ? Math.min(seconds, RETRY_AFTER_SECONDS_MAX) : undefined;
}

export function queryText(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "");
  if (pairs.length === 0) return "";
  return `?${pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&")}`;
}

/** Resolves after the time, or at once when aborted. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", over);
      resolve();
    };
    const timer = clock.after(ms, over);
    signal?.addEventListener("abort", over, { once: true });
  });
}
