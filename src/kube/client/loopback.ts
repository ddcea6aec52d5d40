import { asBuffer, type Bytes, concatBytes, NO_BYTES } from "../../base/index.js";
import { ByteQueue } from "./byte-queue.js";
import { LOOPBACK_QUEUE_BYTES } from "./limits.js";
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from "./transport.js";

/** Who asks, as the apiserver's loopback authenticator takes it. */
export interface LoopbackUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}
/** The apiserver's request and answer as far as they concern a client in its process: kube never imports apiserver. */
export interface LoopbackRequest {
  readonly method: string;
  readonly url: string;
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  body(): Promise<Bytes>;
  readonly certificate: undefined;
  readonly identity: LoopbackUser;
  readonly remoteAddress: string;
  readonly signal: AbortSignal;
}
interface Sink {
  write(bytes: Bytes): boolean;
  end(): void;
  readonly queuedBytes: number;
}
type Headers = ReadonlyMap<string, string | readonly string[]>;
export type LoopbackResponse =
  | { readonly kind: "bytes"; readonly code: number; readonly headers: Headers; readonly body: readonly Bytes[] }
  | { readonly kind: "stream"; readonly code: number; readonly headers: Headers; start(sink: Sink): { drained(): void; closed(): void } };
export type LoopbackHandle = (request: LoopbackRequest) => Promise<LoopbackResponse>;

/** A service account's identity, with the groups that its tokens give. */
export const serviceAccountUser = (namespace: string, name: string): LoopbackUser => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  uid: "",
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  extra: new Map(),
});
export const loopbackUser = (name: string, groups: readonly string[] = []): LoopbackUser => ({
  name,
  uid: "",
  groups: [...groups, "system:authenticated"],
  extra: new Map(),
});

/** Into an apiserver of this process, through its whole chain, as `identity`. */
export function loopbackTransport(options: { readonly handle: LoopbackHandle; readonly identity: LoopbackUser }): Transport {
  return {
    close: () => {},
    request: async (request) => {
      request.signal?.throwIfAborted();
      const abort = new AbortController();
      const onAbort = (): void => abort.abort();
      request.signal?.addEventListener("abort", onAbort, { once: true });
      const release = (): void => request.signal?.removeEventListener("abort", onAbort);
      try {
        const response = await options.handle(asRequest(request, options.identity, abort.signal));
        if (response.kind === "bytes") release();
        return response.kind === "bytes" ? whole(response) : streamed(response, request.signal, release);
      } catch (error) {
        release();
        throw error instanceof TransportError ? error : new TransportError("LOOPBACK", String(error), { cause: error });
      }
    },
  };
}

function asRequest(request: TransportRequest, identity: LoopbackUser, signal: AbortSignal): LoopbackRequest {
  return {
    method: request.method,
    url: request.path,
    header: (name) => request.headers[name],
    headerNames: () => Object.keys(request.headers),
    body: () => Promise.resolve(request.body === undefined ? NO_BYTES : asBuffer(request.body)),
    certificate: undefined,
    identity,
    remoteAddress: "127.0.0.1",
    signal,
  };
}

const reader =
  (headers: Headers) =>
  (name: string): string | undefined => {
    const value = headers.get(name);
    return typeof value === "object" ? value.join(", ") : value;
  };
function whole(response: LoopbackResponse & { kind: "bytes" }): TransportResponse {
  return {
    status: response.code,
    header: reader(response.headers),
    bytes: () => Promise.resolve(concatBytes(response.body)),
    chunks: async function* () {
      yield* response.body;
    },
  };
}
function streamed(
  response: LoopbackResponse & { kind: "stream" },
  signal: AbortSignal | undefined,
  release: () => void,
): TransportResponse {
  let ended = false;
  let waiting = false;
  let handlers: { drained(): void; closed(): void } | undefined;
  const left = (): void => {
    signal?.removeEventListener("abort", left);
    release();
    queue.close();
    if (!ended) handlers?.closed();
    ended = true;
  };
  const drained = (): void => {
    const wasWaiting = waiting;
    // Before it is told: it writes again at once, and may have to wait again.
    waiting = false;
    if (wasWaiting) handlers?.drained();
  };
  const queue = new ByteQueue({ drained, left });
  signal?.addEventListener("abort", left, { once: true });
  handlers = response.start({
    write: (bytes) => {
      queue.push(bytes);
      waiting = queue.queuedBytes > LOOPBACK_QUEUE_BYTES;
      return !waiting;
    },
    end: () => {
      ended = true;
      queue.close();
    },
    get queuedBytes() {
      return queue.queuedBytes;
    },
  });
  return { status: response.code, header: reader(response.headers), chunks: () => queue, bytes: () => gather(queue) };
}

export async function gather(chunks: AsyncIterable<Bytes>): Promise<Bytes> {
  const all: Bytes[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return concatBytes(all);
}
